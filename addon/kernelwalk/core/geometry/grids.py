# SPDX-License-Identifier: GPL-3.0-or-later
"""The grids of tiles that show a spec's layers, and the positions of the walk at which each tile is active."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..arrays import Floats, Integers, SmallIntegers
from ..layers.axis import INPUT
from ..layers.crops import TransposedPadding
from ..layers.registry import Layer
from ..spec.label_texts import INPUT_NAME, name_outputs
from ..spec.spec import Spec
from ..walk.active_ranges import NO_POSITION, ActiveRanges
from ..walk.dependencies import Crop, GridAxes, GridAxis, apply_crop, trace_gather, trace_scatter
from ..walk.order import WalkOrder
from .excerpts import Excerpt, find_excerpts


@dataclass(frozen=True)
class CellBounds:
    """The first and the last cell of a grid that each step uses; NaN where it uses none.

    low, high: shape (steps, 4): x, y, z, channel
    """

    low: Floats
    high: Floats


@dataclass(frozen=True)
class Grid:
    """A grid of tiles without a place in the world.

    axes:   channel, z, y and x
    active_ranges: positions of the walk at which each tile is active
    read_ranges: positions at which each tile's value is read, also through a copy of it in the padding; None where
        padding holds no copies
    active_bounds: active cells of each step
    value_bounds: those of the active cells that hold a value, computed by a layer below
    excerpt: the part of the grid that is drawn; None if all of it is
    """

    name: str
    axes: GridAxes
    active_ranges: ActiveRanges
    read_ranges: ActiveRanges | None
    active_bounds: CellBounds
    value_bounds: CellBounds
    excerpt: Excerpt | None = None

    @property
    def drawn_axes(self) -> GridAxes:
        """The axes of what is drawn: of the excerpt, whose cells count from 0, or of the whole grid."""
        return self.axes if self.excerpt is None else self.excerpt.axes

    @property
    def sizes(self) -> tuple[int, ...]:
        """Numbers of cells along channels, z, y and x."""
        return tuple(len(axis.cells) for axis in self.axes)

    @property
    def cells(self) -> Floats:
        """Shape (n, 4): x, y, z and channel of each tile's cell, x fastest."""
        cells = [np.arange(axis.cells.start, axis.cells.stop, dtype=np.float64) for axis in self.axes]
        c, z, y, x = np.meshgrid(*cells, indexing="ij")
        return np.stack([x, y, z, c], axis=-1).reshape(-1, 4)

    @property
    def activation_count(self) -> int:
        """Times that a tile is active at a step, with the tiles between those of a dilated kernel."""
        return int(np.nan_to_num(self.active_bounds.high - self.active_bounds.low + 1).prod(axis=1).sum())

    @property
    def kinds(self) -> SmallIntegers:
        """Shape (n,): each tile's kind, the highest of the kinds that its cell has on the axes."""
        kinds = self.axes[0].kinds
        for axis in self.axes[1:]:
            kinds = np.maximum.outer(kinds, axis.kinds)
        return kinds.ravel()


def make_grids(spec: Spec) -> list[Grid]:
    """Return the grids of a spec, from the lowest up: from input to output, in scatter from output to input."""
    last = spec.layers[-1]
    one_by_one = spec.walk_order.filter_count > 1
    if spec.is_scatter:
        assert last.output_borders is not None
        crops = _make_crops(last.output_borders, spec)
        grid_axes = trace_scatter(last.axes, crops, spec.drawn_channels[-1], one_by_one)
    else:
        grid_axes = trace_gather([layer.axes for layer in spec.layers], spec.drawn_channels, one_by_one)
        if last.output_borders is not None:
            missing = [Crop()] * (4 - len(last.axes))
            cropped = map(apply_crop, grid_axes[-1], [*missing, *_make_crops(last.output_borders, spec)])
            grid_axes[-1] = (next(cropped), next(cropped), next(cropped), next(cropped))
    names = [INPUT_NAME, *name_outputs(spec)]
    names = names[::-1] if spec.is_scatter else names
    grids = [_make_grid(name, axes, spec) for name, axes in zip(names, grid_axes, strict=True)]
    if last.moves_cells and not spec.shuffles_within:
        grids[-2] = _rearrange_input(grids[-2], grids[-1], last, spec)
    elif last.has_tap_channels and not spec.is_scatter and spec.shows_channels:
        grids[-2] = _narrow_to_targets(grids[-2], grids[-1], last)
    elif last.has_matrix_output:
        grids[-1] = _make_unfolded_output(grids[-1], last, spec)
    excerpts = find_excerpts(spec, [grid.axes for grid in grids], spec.walk_order.positions.astype(np.int64))
    return [replace(grid, excerpt=excerpt) for grid, excerpt in zip(grids, excerpts, strict=True)]


def _make_crops(borders: Sequence[TransposedPadding], spec: Spec) -> list[Crop]:
    """Return the crop of a transposed convolution's output per axis."""
    return [Crop(border.before, border.after, border.output_padding, spec.shows_cropped) for border in borders]


def _make_grid(name: str, axes: GridAxes, spec: Spec) -> Grid:
    active_ranges = ActiveRanges.from_axes([axis.active_ranges for axis in axes])
    read_ranges = None
    if any(axis.read_pairs is not None for axis in axes):
        read_ranges = ActiveRanges.from_axes([axis.read_ranges for axis in axes])
    positions = spec.walk_order.positions.astype(np.int64)
    active = CellBounds(*(_find_bounds_at(axes, positions, end) for end in ("active_first", "active_last")))
    values = CellBounds(*(_find_bounds_at(axes, positions, end) for end in ("value_first", "value_last")))
    return Grid(name, axes, active_ranges, read_ranges, active, values)


def _find_bounds_at(axes: GridAxes, positions: Integers, end: str) -> Floats:
    """Return the cells (steps, 4) that an attribute of axes, such as "active_first", has at positions (steps, 4)."""
    xyzc = zip(reversed(axes), (0, 1, 2, 3), strict=True)
    return np.column_stack([getattr(axis, end)[positions[:, number]] for axis, number in xyzc])


def _rearrange_input(below: Grid, above: Grid, layer: Layer, spec: Spec) -> Grid:
    """Return the input of a layer that only moves cells: each tile is active with the output tile that it becomes."""
    dims = len(layer.axes)
    sources = _find_source_cells(layer, above.cells)
    spans = [(axis.cells.start, len(axis.cells)) for axis in below.axes]
    index = [sources[:, axis] - spans[3 - axis][0] for axis in (3, 2, 1, 0)]
    output_tiles = np.empty(len(sources), np.int64)
    output_tiles[np.ravel_multi_index(tuple(index), tuple(size for _, size in spans))] = np.arange(len(sources))
    low, high = below.active_bounds.low.copy(), below.active_bounds.high.copy()
    outputs = spec.drawn_channels[-1].outputs if spec.walk_order.filter_count == 1 else 1
    read = []
    for channel in range(outputs):
        cells = spec.walk_order.positions + np.array([0, 0, 0, channel])
        read.append(_find_source_cells(layer, cells))
    moved = [*range(dims), 3]
    low[:, moved], high[:, moved] = np.min(read, axis=0)[:, moved], np.max(read, axis=0)[:, moved]
    bounds = CellBounds(low, high)
    return replace(
        below, active_ranges=above.active_ranges.select(output_tiles), active_bounds=bounds, value_bounds=bounds
    )


def _narrow_to_targets(below: Grid, above: Grid, layer: Layer) -> Grid:
    """Return the input of a layer with a channel for each tap: each tile is active with the output it is added to."""
    cells = below.cells.astype(np.int64)
    is_input = np.flatnonzero(below.kinds == INPUT)
    dims = len(layer.axes)
    position = cells[is_input, dims - 1 :: -1] // [axis.input_dilation for axis in layer.axes]
    channel, target = layer.target_of(cells[is_input, 3], position)
    is_output = np.all((target >= 0) & (target < layer.output), axis=1)
    outputs = np.zeros((len(is_input), 4), np.int64)
    outputs[:, 3], outputs[:, :dims] = channel, np.where(is_output[:, None], target[:, ::-1], 0)
    index = [outputs[:, axis] - above.axes[3 - axis].cells.start for axis in (3, 2, 1, 0)]
    tiles = np.ravel_multi_index(tuple(index), tuple(len(axis.cells) for axis in above.axes))
    own = above.active_ranges.select(tiles)
    first, last = below.active_ranges.first.copy(), below.active_ranges.last.copy()
    first[:, is_input], last[:, is_input] = NO_POSITION, NO_POSITION - np.array(below.active_ranges.gap)
    first[0, is_input[is_output]], last[0, is_input[is_output]] = own.first[0, is_output], own.last[0, is_output]
    return replace(below, active_ranges=replace(below.active_ranges, first=first, last=last))


def list_rearranged_channel_pairs(spec: Spec) -> Integers:
    """Return the output channels that each step computes, each with its input channel, for a layer that moves cells.

    Shape (steps, outputs, 2).
    """
    layer = spec.layer
    pairs = []
    for channel in range(spec.drawn_channels[-1].outputs if spec.walk_order.filter_count == 1 else 1):
        cells = spec.walk_order.positions + np.array([0, 0, 0, channel])
        pairs.append(np.column_stack([cells[:, 3], _find_source_cells(layer, cells)[:, 3]]))
    return np.stack(pairs, axis=1).astype(np.int64)


def _find_source_cells(layer: Layer, cells: Floats) -> Integers:
    """Return the input cells (n, 4) that output cells (n, 4) hold."""
    dims = len(layer.axes)
    channel, position = layer.source_of(cells[:, 3].astype(np.int64), cells[:, dims - 1 :: -1].astype(np.int64))
    sources = np.zeros((len(cells), 4), np.int64)
    sources[:, 3], sources[:, :dims] = channel, position[:, ::-1]
    return sources


def _make_unfolded_output(output: Grid, layer: Layer, spec: Spec) -> Grid:
    """Return the matrix that an unfolding computes: a column per position, and a row per tap of each channel."""
    order = spec.walk_order
    rows = spec.drawn_channels[-1].inputs * math.prod(layer.kernel)
    by_rows = WalkOrder(1, order.sizes, "rows")
    column = by_rows.steps_at(order.positions_at(np.arange(order.step_count))).astype(np.float64)
    low, high = np.zeros((order.step_count, 4)), np.zeros((order.step_count, 4))
    low[:, 0] = high[:, 0] = column
    high[:, 1] = rows - 1
    x, y = (_make_plain_axis(size) for size in (math.prod(order.sizes), rows))
    # row after row, each with every column
    first = np.tile(by_rows.positions.astype(np.float32), (1, rows, 1))
    bounds = CellBounds(low, high)
    return replace(
        output,
        axes=(_make_plain_axis(1), _make_plain_axis(1), y, x),
        active_ranges=ActiveRanges(first, first, (1, 1, 1, 1)),
        active_bounds=bounds,
        value_bounds=bounds,
    )


def _make_plain_axis(size: int) -> GridAxis:
    """Return an axis of a grid whose tiles have active ranges of their own, not the product of the axes'."""
    cells = np.arange(size, dtype=np.float64)
    no_pairs = np.zeros((0, 2), np.int64)
    return GridAxis(range(size), np.zeros(size, np.int8), no_pairs, None, cells, cells, cells, cells)
