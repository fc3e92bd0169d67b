# SPDX-License-Identifier: GPL-3.0-or-later
"""Indices along the rows and columns of grids, clear of tiles and lines.

Indices stay at their grids, and turn with a camera that orbits.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..arrays import Floats
from ..assembly.scene_geometry import SceneGeometry
from ..font_metrics import Font
from ..layers.axis import INPUT, OUTPUT_PADDING
from .label import TextRun
from .label_boxes import LabelBoxes, find_separated
from .projected_grids import AnchoredText, OrbitAnchor, OrbitEdge, ProjectedEdge, ProjectedGrids
from .typography import INDEX_STYLE

INDEX_EDGE_GAP, INDEX_SPACING = 0.45, 0.7
"""Distances in ems of indices: from the edge of a grid to its indices, and the least one of two indices."""

INDEX_CLEARANCE = 0.1
"""Least distance of indices from tiles, lines and other indices, in ems of names."""

MIN_ELEVATION_SINE = 0.2
"""Sine of the least elevation of an orbiting camera at which indices along the edges of a grid are legible."""

INDEX_INTERVALS = (1, 2, 5)
"""Intervals at which indices are shown, in each decade."""

MAX_DECADES = 8

FLOOR_CLEARANCE = 0.03
"""Height of labels at a grid above the floor."""


@dataclass(frozen=True)
class IndexRow:
    """Indices along an edge of a grid.

    anchors: shape (n, 3), as of AnchoredText
    offsets: shape (n, 2), from there to the middle of the baseline, in pixels
    em:      pixels of an em of names
    """

    texts: list[str]
    anchors: Floats
    offsets: Floats
    boxes: LabelBoxes
    font: Font
    em: float
    grid_index: int

    def anchored_texts(self) -> list[AnchoredText]:
        """Return each index as a text."""
        runs = [
            TextRun(text, INDEX_STYLE, self.font, self.em, x, y, "index", "center", self.grid_index)
            for text, (x, y) in zip(self.texts, self.offsets.tolist(), strict=True)
        ]
        return [AnchoredText(anchor, (run,)) for anchor, run in zip(self.anchors, runs, strict=True)]


@dataclass(frozen=True)
class OrbitIndexRow:
    """Indices along an edge of a grid that stay there while the camera orbits, k of them on n turns.

    places:  shape (k, 3), of the cells at the edge
    offset:  shape (3,), from there to the texts, in pixels
    anchors, offsets: shape (n, k, 2), as of OrbitAnchor
    magnifications:   shape (n, k), as of OrbitAnchor
    """

    runs: list[TextRun]
    places: Floats
    offset: Floats
    anchors: Floats
    offsets: Floats
    magnifications: Floats

    @cached_property
    def boxes(self) -> LabelBoxes:
        """The boxes of each index on all turns."""
        corners = np.array([run.box for run in self.runs])
        low, high = (self.offsets + self.magnifications[..., None] * part for part in np.split(corners, 2, axis=1))
        return LabelBoxes(*(part.swapaxes(0, 1).reshape(-1, 2) for part in (self.anchors, low, high)))

    def anchored_texts(self) -> list[AnchoredText]:
        """Return each index as a text."""
        orbits = [
            OrbitAnchor(place, self.offset, self.anchors[:, k], self.offsets[:, k], self.magnifications[:, k])
            for k, place in enumerate(self.places)
        ]
        return [AnchoredText(np.zeros(3), (run,), orbit=orbit) for run, orbit in zip(self.runs, orbits, strict=True)]


def place_indices(projected: ProjectedGrids, em: float, scale: float) -> Sequence[IndexRow | OrbitIndexRow]:
    """Return the indices along rows and columns, each at the first edge that is clear at this scale.

    The edge before the first row or column is tried first, as in a matrix. An axis whose edges all overlap something
    has no indices. Where the camera orbits, an edge must be clear on every turn.

    em:    pixels of an em of names
    scale: pixels of a length
    """
    if not projected.spec.labels.indices:
        return []
    if (em, scale) not in projected.index_cache:
        place = _place_orbit_indices if len(projected.angles) > 1 else _place_fixed_indices
        projected.index_cache[em, scale] = place(projected, em, scale)
    return projected.index_cache[em, scale]


def _place_fixed_indices(projected: ProjectedGrids, em: float, scale: float) -> list[IndexRow]:
    """Return the indices in a picture of a camera that does not orbit: see place_indices."""
    rows: list[IndexRow] = []
    font = projected.spec.typeface.get_font(INDEX_STYLE.weight)
    for grid_index in range(len(projected.points)):
        for axis in (0, 1):
            if (grid_index, axis) not in projected.edge_cache:
                projected.edge_cache[grid_index, axis] = _project_edges(projected, grid_index, axis)
            taken = LabelBoxes.concatenate(*(row.boxes for row in rows))
            for edge in projected.edge_cache[grid_index, axis]:
                row = _make_row(edge, font, em, scale, grid_index)
                if (
                    len(row.texts) < 2
                    or not projected.obstacles.find_clear(row.boxes, scale, INDEX_CLEARANCE * em).all()
                ):
                    continue
                if find_separated(row.boxes, taken, scale, INDEX_CLEARANCE * em).all():
                    rows.append(row)
                    break
    return rows


def _find_value_cells(geometry: SceneGeometry, grid_index: int, axis: int) -> list[int]:
    """Return the cells along x (0) or y (1) of a grid that hold values, and thus have an index."""
    grid_axis = geometry.grids[grid_index].axes[3 - axis]
    holds_value = np.isin(grid_axis.kinds, (INPUT, OUTPUT_PADDING))
    return [cell for cell, holds in zip(grid_axis.cells, holds_value.tolist(), strict=True) if holds]


def _find_edges(projected: ProjectedGrids, grid_index: int, axis: int) -> list[tuple[Floats, Floats]]:
    """Return the edges of a grid along x (0) or y (1), in the order in which they are tried.

    The edge before the first row or column comes first; of slices and channels, the first and the last have edges. Each
    edge is the places of the cells that hold values, shape (n, 3), and the direction out of the grid, shape (3,). There
    are none for fewer than two values, or for a grid that slides.
    """
    along = _find_value_cells(projected.geometry, grid_index, axis)
    if len(along) < 2 or projected.geometry.grids[grid_index].excerpt is not None:
        return []
    geometry = projected.geometry
    layout, tile_size = geometry.layouts[grid_index], geometry.tile_grids[grid_index].size
    ends = [
        [grid_axis.cells.start, grid_axis.cells.stop - 1] for grid_axis in reversed(geometry.grids[grid_index].axes)
    ]
    edges = []
    for end, z, channel in itertools.product((0, 1), dict.fromkeys(ends[2]), dict.fromkeys(ends[3])):
        cells = np.tile(np.array([0.0, 0.0, z, channel]), (len(along), 1))
        cells[:, axis], cells[:, 1 - axis] = along, ends[1 - axis][end]
        outward = layout.offsets[1 - axis] / np.linalg.norm(layout.offsets[1 - axis]) * (1 if end else -1)
        edges.append((layout.to_world(cells) + outward * tile_size / 2, outward))
    return edges


def _project_edges(projected: ProjectedGrids, grid_index: int, axis: int) -> list[ProjectedEdge]:
    """Return the edges of a grid along x (0) or y (1) as the camera sees them, in the order in which they are tried."""
    tiles, step = projected.geometry.tile_grids[grid_index], projected.geometry.layouts[grid_index].offsets[axis]
    max_thickness = max(tiles.thicknesses[kind] for kind in tiles.used_kinds)
    view, edges = projected.view, []
    for places, outward in _find_edges(projected, grid_index, axis):
        seen = view.to_view_plane(places)[:, :2]
        seen_step = view.to_view_plane(places + step)[:, :2] - seen
        seen_outward = view.to_view_plane(places + outward)[:, :2] - seen
        # at right angles to the edge, in the picture
        normals = np.column_stack([-seen_step[:, 1], seen_step[:, 0]])
        length = np.linalg.norm(normals, axis=1, keepdims=True)
        if (length < 1e-6).any():
            continue
        normals = normals / length * np.where((normals * seen_outward).sum(axis=1) >= 0, 1.0, -1.0)[:, None]
        # from the tiles' upper or lower edge, whichever is further out
        low, high = (view.to_view_plane(places + np.array([0.0, 0.0, height])) for height in (0.0, max_thickness))
        is_upper = ((high - low)[:, :2] * normals).sum(axis=1) > 0
        edges.append(ProjectedEdge(np.where(is_upper[:, None], high, low), normals))
    return edges


def _place_orbit_indices(projected: ProjectedGrids, em: float, scale: float) -> list[OrbitIndexRow]:
    """Return indices that stay at their grids while the camera orbits, at edges that are clear on every turn."""
    rows: list[OrbitIndexRow] = []
    for grid_index, axis in itertools.product(range(len(projected.points)), (0, 1)):
        if (grid_index, axis) not in projected.orbit_edge_cache:
            projected.orbit_edge_cache[grid_index, axis] = [
                OrbitEdge(places, outward, projected.project(places)[..., :2])
                for places, outward in _find_edges(projected, grid_index, axis)
            ]
        taken = LabelBoxes.concatenate(*(row.boxes for row in rows))
        for edge in projected.orbit_edge_cache[grid_index, axis]:
            row = _make_orbit_row(projected, edge, em, scale, grid_index)
            if row is not None and _is_clear_on_every_turn(projected, edge, row, taken, scale, INDEX_CLEARANCE * em):
                rows.append(row)
                break
    return rows


def _make_orbit_row(
    projected: ProjectedGrids, edge: OrbitEdge, em: float, scale: float, grid_index: int
) -> OrbitIndexRow | None:
    """Return indices along an edge of a grid, so far out that they do not overlap the edge on any turn.

    There are none if the camera is too low, or if only the first index has room.
    """
    places, outward = edge.places, edge.outward
    font, size = projected.spec.typeface.get_font(INDEX_STYLE.weight), INDEX_STYLE.size * em
    width, height = font.width(str(len(places) - 1)) * size, font.cap_height * size
    interval = _find_interval(edge.steps * scale, width, height, size)
    elevation_cosine, elevation_sine = (
        np.sqrt(1 - projected.view.axes[2, 2] ** 2),
        projected.view.axes[2, 2],
    )
    if interval >= len(places) or elevation_sine < MIN_ELEVATION_SINE:
        return None
    # in the picture, foreshortening brings the text no nearer to the edge than this
    out = (INDEX_EDGE_GAP * size + float(np.hypot(width, height)) / 2) / elevation_sine
    down = height / 2 / elevation_cosine if elevation_cosine > MIN_ELEVATION_SINE else 0.0
    # text goes no further down than the floor; in the picture, moving it further out makes up for that
    max_down = min(down, max(float(places[:, 2].min()) - FLOOR_CLEARANCE, 0.0) * scale)
    offset = outward * (out + (down - max_down) * elevation_cosine / elevation_sine) - np.array([0.0, 0.0, max_down])
    runs = [
        TextRun(str(index), INDEX_STYLE, font, em, 0.0, 0.0, "index", "center", grid_index)
        for index in range(0, len(places), interval)
    ]
    seen_text, magnifications = projected.project_magnified(places[::interval] + offset / scale)
    anchors = edge.seen[:, ::interval]
    return OrbitIndexRow(runs, places[::interval], offset, anchors, (seen_text - anchors) * scale, magnifications)


def _is_clear_on_every_turn(
    projected: ProjectedGrids, edge: OrbitEdge, row: OrbitIndexRow, taken: LabelBoxes, scale: float, margin: float
) -> bool:
    """Return True if indices are clear of tiles, lines and other indices on every turn."""
    # each text has a box for each turn
    turns = len(projected.angles)
    for turn in sorted(range(turns), key=lambda turn: turn != edge.last_overlap):
        boxes = row.boxes.take_every(turns, turn)
        if (
            not find_separated(boxes, taken.take_every(turns, turn), scale, margin).all()
            or not projected.find_obstacles(turn).find_clear(boxes, scale, margin).all()
        ):
            edge.last_overlap = turn
            return False
    return True


def _make_row(edge: ProjectedEdge, font: Font, em: float, scale: float, grid_index: int) -> IndexRow:
    """Return indices along an edge of a grid, as many as have room at a scale."""
    size = INDEX_STYLE.size * em
    count = len(edge.places)
    width, height = font.width(str(count - 1)) * size, font.cap_height * size
    interval = _find_interval(np.abs(np.diff(edge.places[:, :2], axis=0)) * scale, width, height, size)
    anchors, outwards = edge.places[::interval], edge.outwards[::interval]
    texts = [str(index) for index in range(0, count, interval)]
    half = np.array([(font.width(text) * size / 2, height / 2) for text in texts])
    # so far out that the box does not overlap the edge
    offsets = outwards * (INDEX_EDGE_GAP * size + (np.abs(outwards) * half).sum(axis=1))[:, None] - [0, height / 2]
    descent, ascent = (extent * size for extent in font.vertical_extent(texts[0]))
    low, high = offsets - half * [1, 0] - [0, descent], offsets + half * [1, 0] + [0, ascent]
    return IndexRow(texts, anchors, offsets, LabelBoxes(anchors[:, :2], low, high), font, em, grid_index)


def _find_interval(steps: Floats, width: float, height: float, size: float) -> int:
    """Return the least interval, 1, 2 or 5 times a power of ten, at which neighboring indices do not touch.

    steps: shape (n, 2), from each index to the next, in pixels
    width, height: of the widest index, in pixels
    size:  pixels of an em of indices
    """
    room = float(np.max(steps / (np.array([width, height]) + INDEX_SPACING * size), axis=1).min())
    intervals = [digit * 10**decade for decade in range(MAX_DECADES) for digit in INDEX_INTERVALS]
    largest = 10 ** (MAX_DECADES - 1)
    return next(interval for interval in intervals if interval * room >= 1 or interval >= largest)
