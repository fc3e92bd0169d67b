# SPDX-License-Identifier: GPL-3.0-or-later
"""The tiles of a grid: where each stands, and its color at any moment of the walk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..arrays import Floats, Integers, SmallIntegers
from ..geometry.excerpts import FADING_CELLS, Excerpt
from ..geometry.grids import Grid
from ..geometry.layout import Layout
from ..layers.axis import CROPPED, INPUT, OVERHANG, PADDING, ZERO
from ..spec.label_texts import INPUT_NAME, OUTPUT_NAME
from ..spec.spec import Spec
from ..walk.active_ranges import ActiveRanges
from ..walk.position_index import PositionIndex, index_positions
from .palette import INPUT_KIND_NAMES, OUTPUT_KIND_NAMES, find_visit_colors, make_input_palette, make_output_palette
from .tile_values import TileValues
from .visit_counts import VisitCounts, make_visit_counts
from .walk_state import WalkState

OCCLUDING_OPACITY = 0.15
"""Opacity of a tile that hides an active tile."""

COPY_ACTIVE_SHARE = 0.5
"""Activation of an input tile that a step reads only through a copy in the padding."""

LOW_TILE_SHARE = 0.3
"""Thickness of tiles without a value (padding, inserted zeros, overhang, cropped), as a share of the others'."""


@dataclass(frozen=True)
class TileGrid:
    """The tiles of one grid.

    cells:   shape (n, 4), each tile's cell: column, row, slice, channel
    kinds:   shape (n,), indices into `palette` and `thicknesses`
    base_centers: shape (n, 3), middle of each tile's underside in the world
    size:    edge of a tile
    thicknesses: per kind
    kind_names: name of each kind that may occur
    palette: per kind the colors (idle, active), scene RGB of shape (kinds, 2, 3)
    active_ranges: positions of the walk at which each tile is active
    read_ranges: positions at which its value is read, also through a copy in the padding; None without copies
    visit_counts: visits of each tile and the colors they leave; None if they leave no trace
    occlusion_ranges: positions at which each tile hides an active tile below; None if none ever does
    lift:    how far an active tile rises
    opacity: of the tiles' surfaces, as a share of the look's
    values:  the numbers on the tiles; None if the spec has none
    excerpt: the part that is drawn; None if all tiles are
    slides:  shape (steps, 3), how far the tiles have slid at each step, so that the excerpt stays within its bounds;
             None without an excerpt
    excerpt_bounds: shape (2, 3), lowest and highest corner of the cells of an excerpt; None without one
    cell_offsets: distances in the world from a column and a row to the next
    """

    name: str
    cells: Floats
    kinds: SmallIntegers
    base_centers: Floats
    size: float
    thicknesses: tuple[float, ...]
    kind_names: Mapping[int, str]
    palette: Floats
    active_ranges: ActiveRanges
    read_ranges: ActiveRanges | None = None
    visit_counts: VisitCounts | None = None
    occlusion_ranges: ActiveRanges | None = None
    lift: float = 0.0
    opacity: float = 1.0
    values: TileValues | None = None
    excerpt: Excerpt | None = None
    slides: Floats | None = None
    excerpt_bounds: Floats | None = None
    cell_offsets: tuple[float, float] = (1.0, 1.0)

    @cached_property
    def used_kinds(self) -> list[int]:
        """The kinds that occur among the tiles, ascending."""
        return np.unique(self.kinds).tolist()

    @cached_property
    def kind_boxes(self) -> list[Floats]:
        """Shape (2, 3) each: lowest and highest corner of the tiles of each used kind, lifted ones included."""
        half = np.array([self.size / 2, self.size / 2, 0.0])
        if self.excerpt_bounds is not None:
            height = max(self.thicknesses[kind] for kind in self.used_kinds) + self.lift
            return [np.array([self.excerpt_bounds[0] - half, self.excerpt_bounds[1] + half + np.array([0, 0, height])])]
        boxes = []
        for kind in self.used_kinds:
            centers = self.base_centers[self.kinds == kind]
            top = half + np.array([0, 0, self.thicknesses[kind] + self.lift])
            boxes.append(np.array([centers.min(axis=0) - half, centers.max(axis=0) + top]))
        return boxes

    @cached_property
    def bounds(self) -> Floats:
        """Shape (2, 3): lowest and highest corner of all tiles."""
        corners = np.concatenate(self.kind_boxes)
        return np.array([corners.min(axis=0), corners.max(axis=0)])

    @cached_property
    def _position_indices(self) -> list[PositionIndex]:
        ranges = self.active_ranges, self.read_ranges, self.occlusion_ranges
        return [index_positions(each) for each in ranges if each is not None]

    @property
    def shows_history(self) -> bool:
        """True if any tile may look other than at rest: visits leave traces, and values change with them."""
        return self.visit_counts is not None or self.values is not None

    @property
    def changes_locally(self) -> bool:
        """True if a step changes no tiles but those that it, or the one before, affects."""
        return not self.shows_history and self.excerpt is None

    def find_affected_tiles(self, position: Floats) -> Integers:
        """Return, ascending, all tiles that a position (4,) activates or lets hide others, and few more."""
        return np.unique(np.concatenate([index.find_tiles(position) for index in self._position_indices]))

    def find_affected_pairs(self, positions: Floats) -> tuple[Integers, Integers]:
        """Return all tiles that positions (m, 4) activate or let hide others, and few more.

        They are numbers of positions and of tiles, shape (n,); a pair may come several times.
        """
        numbers, tiles = zip(*(index.find_pairs(positions) for index in self._position_indices), strict=True)
        return np.concatenate(numbers), np.concatenate(tiles)

    def select(self, tiles: Integers) -> TileGrid:
        """Return the grid with some of its tiles alone, in the given order; it must not show history.

        A tile may come several times, for several moments.
        """
        ranges = self.active_ranges, self.read_ranges, self.occlusion_ranges
        active, read, occlusion = (None if each is None else each.select(tiles) for each in ranges)
        assert active is not None and not self.shows_history
        return replace(
            self,
            cells=self.cells[tiles],
            kinds=self.kinds[tiles],
            base_centers=self.base_centers[tiles],
            active_ranges=active,
            read_ranges=read,
            occlusion_ranges=occlusion,
        )

    def active_share_at(self, position: Floats) -> Floats:
        """Return how active each tile is, 0 to 1, shape (n,), at a position (4,), or one for each (n, 4)."""
        active = self.active_ranges.active_share_at(position)
        if self.read_ranges is None:
            return active
        return np.maximum(active, COPY_ACTIVE_SHARE * self.read_ranges.active_share_at(position))

    def opacities_at(self, state: WalkState, slide: Floats | None = None) -> Floats:
        """Return each tile's opacity, shape (n,), as a share of the look's; a tile that hides an active one fades, and
        so does one outside the excerpt.

        slide: shape (3,), how far a grid with an excerpt has slid
        """
        if self.excerpt is not None and slide is not None:
            return self.opacity * self.excerpt.measure_opacities(self.cells, self.find_excerpt_start(slide))
        if self.occlusion_ranges is None:
            return np.full(len(self.cells), self.opacity)
        idle = 1 - self.active_share_at(state.position) * state.activity
        occlusion = self.occlusion_ranges.active_share_at(state.position)
        opacities: Floats = 1 - (1 - OCCLUDING_OPACITY) * occlusion * state.activity * idle
        return opacities * self.opacity

    def find_excerpt_start(self, slide: Floats) -> Floats:
        """Return the excerpt's first cell (4,) where the grid has slid so far, shape (3,)."""
        x, y = (-slide[axis] / direction for axis, direction in enumerate(self.cell_offsets))
        return np.array([x, y, 0.0, 0.0])

    def colors_at(self, state: WalkState) -> Floats:
        """Return each tile's scene RGB, shape (n, 3)."""
        active_share = (self.active_share_at(state.position) * state.activity)[:, None]
        idle, active = (self.palette[:, number].take(self.kinds, axis=0) for number in range(2))
        if self.visit_counts is not None:
            count = self.visit_counts.count_at(state.last_position, state.reversed_axes)
            visited = self.visit_counts.blend_colors(idle, count, state.trail_opacity)
            idle = np.where((self.kinds != CROPPED)[:, None], visited, idle)
        return idle + active_share * (active - idle)


def make_tile_grid(spec: Spec, grid: Grid, layout: Layout) -> TileGrid:
    """Return the tiles of a grid with this layout."""
    look, cells, kinds = spec.look, grid.cells, grid.kinds
    role = {INPUT_NAME: "input", OUTPUT_NAME: "output"}.get(grid.name, "feature_map")
    if role == "output":
        kind_names, palette = OUTPUT_KIND_NAMES, make_output_palette(look)
    else:
        kind_names = INPUT_KIND_NAMES
        palette = make_input_palette(look, role, holds_copies=grid.read_ranges is not None)
    # most layers lack most kinds, and each kind in the material takes time wherever a ray meets a tile
    kind_names = {kind: name for kind, name in kind_names.items() if kind == INPUT or (kinds == kind).any()}
    low_kinds = {ZERO, PADDING, OVERHANG, CROPPED}
    shares = [LOW_TILE_SHARE if kind in low_kinds else 1 for kind in range(len(palette))]
    tiles = TileGrid(
        name=grid.name,
        cells=cells,
        kinds=kinds,
        base_centers=layout.to_world(cells),
        size=look.tile_size,
        thicknesses=tuple(look.thickness * share for share in shares),
        kind_names=kind_names,
        palette=palette,
        active_ranges=grid.active_ranges,
        read_ranges=grid.read_ranges,
        lift=spec.walk.lift,
    )
    if grid.excerpt is not None:
        tiles = _add_excerpt(tiles, grid.excerpt, layout)
    colors = find_visit_colors(spec, role)
    if colors is None:
        return tiles
    counts = make_visit_counts(grid.active_ranges, list_axes_slowest_first(spec), kinds != CROPPED, *colors)
    return replace(tiles, visit_counts=counts)


def _add_excerpt(tiles: TileGrid, excerpt: Excerpt, layout: Layout) -> TileGrid:
    """Return tiles of which an excerpt is drawn."""
    low, high = tiles.cells.min(axis=0), tiles.cells.max(axis=0)
    for axis, size in enumerate(excerpt.sizes):
        if size is not None:
            low[axis], high[axis] = -FADING_CELLS, size - 1 + FADING_CELLS
    ends = layout.to_world(np.stack(np.meshgrid(*np.array([low, high]).T, indexing="ij"), axis=-1).reshape(-1, 4))
    return replace(
        tiles,
        excerpt=excerpt,
        slides=-excerpt.starts @ layout.offsets,
        excerpt_bounds=np.array([ends.min(axis=0), ends.max(axis=0)]),
        cell_offsets=(float(layout.offsets[0, 0]), float(layout.offsets[1, 1])),
    )


def list_axes_slowest_first(spec: Spec) -> tuple[int, ...]:
    """Return the axes of the walk, the slowest first: 0 to 3 for x, y, z and channel."""
    spatial = list(range(len(spec.layer.axes)))
    filters = [3] if spec.walk_order.filter_count > 1 else []
    return (*filters, *(spatial if spec.walk.order == "columns" else spatial[::-1]))
