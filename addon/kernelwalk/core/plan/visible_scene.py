# SPDX-License-Identifier: GPL-3.0-or-later
"""The tiles and lines of a scene as something that the camera is to hold."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from ..animation.orbit import list_orbit_angles
from ..arrays import Floats
from ..assembly.scene_geometry import SceneGeometry
from ..camera.framing import ReservedMargins, View, fit_view
from ..geometry.clearance import sample_orbit_angles
from ..labels.label_boxes import convex_hull
from ..labels.projected_grids import ProjectedGrids
from ..lines.line_set import LineSet
from ..spec.spec import Spec

NO_MARGINS: ReservedMargins = (0.0, 0.0, 0.0, 0.0)

ANGLE_STEP = np.radians(2)
"""Distance of the angles of an orbit at which the outline is measured: between two, one pixel in 6,000 is missed."""


def list_span_margins(spec: Spec) -> ReservedMargins:
    """Return the shares of the picture that another layer takes, whose margin towards the middle is half of the
    camera's, as the own one is."""
    other = 0.5 - spec.camera.margin / 2 if spec.beside else 0.0
    return (other, 0.0, 0.0, 0.0) if spec.is_right else (0.0, 0.0, other, 0.0)


class VisibleScene:
    """The corners of all tiles, wherever they move, and the lines on all steps.

    points: shape (n, 3)
    radii:  shape (n,), of the balls around the points that are visible too
    angles: of the orbiting camera, on all frames, in radians
    area:   (left, bottom, right, top), the part of the picture inside the camera's margin, in pixels
    span_margins: as of list_span_margins
    """

    def __init__(self, spec: Spec, geometry: SceneGeometry, lines: Sequence[LineSet]):
        self.spec, self.geometry, self.lines = spec, geometry, lines
        corners = geometry.corners
        outermost = [(line_set.outermost_points, line_set.width / 2) for line_set in lines]
        self.points = np.concatenate([corners, *(points for points, _ in outermost)])
        self.radii = np.concatenate(
            [np.zeros(len(corners)), *(np.full(len(points), radius) for points, radius in outermost)]
        )
        self.angles = list_orbit_angles(spec)
        width, height = spec.render.resolution
        margin_x, margin_y = spec.camera.margin * width, spec.camera.margin * height
        self.span_margins = list_span_margins(spec)
        self._outlines: dict[View, Floats] = {}
        left, _, right, _ = self.span_margins
        self.area = (left * width + margin_x, margin_y, width - right * width - margin_x, height - margin_y)

    def fit_view(self, reserved_margins: ReservedMargins) -> View:
        """Return the closest view that leaves the camera's margin and the reserved margins free."""
        camera, resolution = self.spec.camera, self.spec.render.resolution
        return fit_view(self.points, camera, resolution, self.angles, reserved_margins, self.radii)

    @cached_property
    def closest_view(self) -> View:
        """The closest view that leaves the margins free: the camera's, and those of another layer."""
        return self.fit_view(self.span_margins)

    def looks_like(self, other: VisibleScene) -> bool:
        """Return whether another scene of the same grids takes the same room in the closest view, which is the same."""
        view = self.closest_view
        return view == other.closest_view and np.array_equal(self.find_outline(view), other.find_outline(view))

    def project_grids(self, view: View) -> ProjectedGrids:
        """Return the grids as a view shows them at all angles of the orbit."""
        return ProjectedGrids(self.spec, self.geometry, view, sample_orbit_angles(self.spec.camera))

    def find_outline(self, view: View) -> Floats:
        """Return the convex hull of all that a view shows at any angle, shape (m, 2), as of View.to_view_plane."""
        if view not in self._outlines:
            self._outlines[view] = self._measure_outline(view)
        return self._outlines[view]

    def _measure_outline(self, view: View) -> Floats:
        span = float(np.ptp(self.angles))
        count = min(len(self.angles), int(np.ceil(span / ANGLE_STEP)) + 1)
        sampled = self.angles[np.linspace(0, len(self.angles) - 1, count).round().astype(np.int64)]
        points = view.undo_orbit(np.broadcast_to(self.points, (len(sampled), *self.points.shape)), sampled)
        seen, radii = view.to_view_plane(points)[..., :2], (self.radii * view.compute_magnification(points))[..., None]
        return convex_hull(
            np.concatenate([seen + sign * radii * axis for axis in np.eye(2) for sign in (-1, 1)]).reshape(-1, 2)
        )
