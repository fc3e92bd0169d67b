# SPDX-License-Identifier: GPL-3.0-or-later
"""Grids as the camera sees them, and text that is anchored at them.

Points in the picture are as of View.to_view_plane, which has lengths of the world.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np

from ..arrays import Floats
from ..assembly.scene_geometry import SceneGeometry
from ..camera.framing import View
from ..spec.spec import Spec
from .label import TextRun, bounding_box
from .label_boxes import LabelBoxes, Obstacles, convex_hull


@dataclass(frozen=True)
class OrbitAnchor:
    """A point of the world at which text stays while the camera orbits.

    location: shape (3,), a point at a grid
    offset:   shape (3,), from there, in pixels
    anchors:  shape (n, 2), where `location` is seen on each of n turns
    offsets:  shape (n, 2), from there to the text on each turn, in pixels
    magnifications: shape (n,), how much larger than at the view's distance the text is seen on each turn
    """

    location: Floats
    offset: Floats
    anchors: Floats
    offsets: Floats
    magnifications: Floats


@dataclass(frozen=True)
class AnchoredText:
    """Runs of text that are placed as one.

    anchor: shape (3,), a point of the view plane and its depth
    runs:   with places in pixels from the anchor
    is_displaced: there is no room at its grid, so that it stands beside all grids
    orbit:  replaces `anchor` for text that stays at its grid while the camera orbits
    """

    anchor: Floats
    runs: tuple[TextRun, ...]
    is_displaced: bool = False
    orbit: OrbitAnchor | None = None

    @cached_property
    def boxes(self) -> LabelBoxes:
        """The box around the runs; on each turn, for text that stays at its grid."""
        left, bottom, right, top = bounding_box([run.box for run in self.runs])
        if self.orbit is not None:
            low, high = (self.orbit.magnifications[:, None] * corner for corner in ([left, bottom], [right, top]))
            return LabelBoxes(self.orbit.anchors, self.orbit.offsets + low, self.orbit.offsets + high)
        return LabelBoxes(self.anchor[None, :2], np.array([[left, bottom]]), np.array([[right, top]]))


@dataclass(frozen=True)
class NameCandidates:
    """The name of a grid on one line, and its candidate places in the order in which they are tried.

    points: shape (n, 3), corners of the grid
    boxes:  one for each candidate
    """

    points: Floats
    runs: list[TextRun]
    candidates: list[AnchoredText]
    boxes: LabelBoxes


@dataclass(frozen=True)
class ProjectedEdge:
    """An edge of a grid along which indices may stand; both fields have a row for each cell that holds a value.

    places:   shape (n, 3), of the cells at the edge
    outwards: shape (n, 2), unit vectors out of the grid
    """

    places: Floats
    outwards: Floats


@dataclass
class OrbitEdge:
    """An edge of a grid along which indices may stand while the camera orbits.

    places:  shape (m, 3), of the cells at the edge that hold values
    outward: shape (3,), the direction out of the grid
    seen:    shape (n, m, 2), where each of n turns shows the places
    last_overlap: the turn on which indices last were not clear there, which is the likeliest to rule them out again
    """

    places: Floats
    outward: Floats
    seen: Floats
    last_overlap: int = 0

    @cached_property
    def steps(self) -> Floats:
        """Shape (n * (m - 1), 2), how far neighbors are apart, across and up."""
        return np.abs(np.diff(self.seen, axis=1)).reshape(-1, 2)


class ProjectedGrids:
    """The grids and the kernel as the camera sees them, from one place or on several turns along its orbit.

    angles: shape (n,), of the turns, in radians
    points: of each grid, the corners on all turns, shape (n * 8, 3)
    """

    def __init__(self, spec: Spec, geometry: SceneGeometry, view: View, angles: Floats):
        self.spec, self.geometry, self.view, self.angles = spec, geometry, view, angles
        self.grids = [self.project(_list_corners(grid.bounds)) for grid in geometry.tile_grids]
        self.others = [self.project(_list_corners(bounds)) for bounds in geometry.boxes[len(geometry.tile_grids) :]]
        self.points = [corners.reshape(-1, 3) for corners in self.grids]
        self.obstacles = self._make_obstacles(slice(None))
        self.all_points = np.concatenate([corners.reshape(-1, 3) for corners in [*self.grids, *self.others]])
        self.edge_cache: dict[tuple[int, int], list[ProjectedEdge]] = {}
        self.orbit_edge_cache: dict[tuple[int, int], list[OrbitEdge]] = {}
        self.index_cache: dict[tuple[float, float], Sequence[Any]] = {}
        self.name_cache: dict[tuple[float, str], list[NameCandidates]] = {}
        self.find_obstacles = cache(lambda turn: self._make_obstacles(slice(turn, turn + 1)))

    def _make_obstacles(self, turns: slice) -> Obstacles:
        """Return the grids as obstacles, and what is between neighbors, as all of these turns show them."""
        grids = [corners[turns, :, :2].reshape(-1, 2) for corners in self.grids]
        others = [corners[turns, :, :2].reshape(-1, 2) for corners in self.others]
        # lines run between neighbors, and the kernel is above the grid that it reads
        pairs = [np.concatenate([*grids[number : number + 2], *others]) for number in range(len(grids) - 1)]
        return Obstacles([convex_hull(points) for points in [*grids, *pairs]])

    def project(self, points: Floats) -> Floats:
        """Return where each of the turns shows points (m, 3), as of View.to_view_plane; shape (n, m, 3)."""
        if len(self.angles) == 1:  # the camera does not orbit
            return self.view.to_view_plane(points)[None]
        return self.view.to_view_plane(self._turn(points))

    def project_magnified(self, points: Floats) -> tuple[Floats, Floats]:
        """Return where an orbiting camera's turns show points (m, 3), shape (n, m, 2), and how much larger than at the
        view's distance, shape (n, m)."""
        turned = self._turn(points)
        return self.view.to_view_plane(turned)[..., :2], self.view.compute_magnification(turned)

    def _turn(self, points: Floats) -> Floats:
        """Return points (m, 3) as the camera at rest sees them where it sees `points` on each turn; shape (n, m, 3)."""
        return self.view.undo_orbit(np.broadcast_to(points, (len(self.angles), *points.shape)), self.angles)


def _list_corners(bounds: Floats) -> Floats:
    """Return the corners (8, 3) of a box (2, 3)."""
    return np.array(np.meshgrid(*bounds.T, indexing="ij")).reshape(3, -1).T
