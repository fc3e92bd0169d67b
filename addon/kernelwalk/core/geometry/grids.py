# SPDX-License-Identifier: GPL-3.0-or-later
"""The grids of tiles that show a spec's layers, and by which positions of the walk each tile is lit."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..layers.registry import ConvTranspose, PixelShuffle, PixelUnshuffle, Unfold
from ..spec.label_texts import INPUT_NAME, output_names
from ..spec.spec import Spec
from ..walk.activation import ActivationRanges, Floats
from ..walk.dependencies import Crop, GridAxes, GridAxis, apply_crop, trace_gather, trace_scatter
from ..walk.order import WalkOrder


@dataclass(frozen=True)
class CellBounds:
    """What of a grid each step lights, as its first and its last cell. Shapes (steps, 4): x, y, z, channel."""

    low: Floats
    high: Floats


@dataclass(frozen=True)
class Grid:
    """A grid of tiles, before it is known where they stand.

    name:   what it is called
    strips: its axes
    reach:  by which positions its tiles are lit, and `copies`, by which their values are read, be it by a copy in the
            padding
    lit:    what of it each step lights; `held`: of that the cells that hold a value, which a layer below has computed
    """

    name: str
    axes: GridAxes
    active_ranges: ActivationRanges
    read_ranges: ActivationRanges | None
    active_bounds: CellBounds
    value_bounds: CellBounds

    @property
    def sizes(self) -> tuple[int, ...]:
        """Cells along channels, z, y and x."""
        return tuple(len(strip.cells) for strip in self.axes)

    @property
    def cells(self) -> Floats:
        """Shape (n, 4): each tile's cell, x fastest."""
        along = [np.arange(strip.cells.start, strip.cells.stop, dtype=np.float64) for strip in self.axes]
        c, z, y, x = np.meshgrid(*along, indexing="ij")
        return np.stack([x, y, z, c], axis=-1).reshape(-1, 4)

    @property
    def kinds(self) -> NDArray[np.int8]:
        """Shape (n,): each tile's kind, which is the greatest that any axis gives it."""
        kinds = self.axes[0].kinds
        for strip in self.axes[1:]:
            kinds = np.maximum.outer(kinds, strip.kinds)
        return kinds.ravel()


def make_grids(spec: Spec) -> list[Grid]:
    """The grids of a spec, from the lowest up: from the input to the output, in scatter the other way round."""
    last = spec.layers[-1]
    each = spec.walk_order.filter_count > 1
    axes = [layer.axes for layer in spec.layers]
    if spec.is_scatter:
        strips = trace_scatter(last.axes, _make_crops(spec), spec.drawn_channels[-1], each)
    else:
        strips = trace_gather(axes, spec.drawn_channels, each)
        if isinstance(last, ConvTranspose):
            missing = [Crop()] * (4 - len(last.axes))
            ends = map(apply_crop, strips[-1], [*missing, *_make_crops(spec)])
            strips[-1] = (next(ends), next(ends), next(ends), next(ends))
    names = [INPUT_NAME, *output_names(spec)]
    names = names[::-1] if spec.is_scatter else names
    found = [_make_grid(name, each_strips, spec) for name, each_strips in zip(names, strips, strict=True)]
    if isinstance(last, (PixelShuffle, PixelUnshuffle)):
        found[-2] = _rearrange_input(found[-2], found[-1], last, spec)
    elif isinstance(last, Unfold):
        found[-1] = _make_unfolded_output(found[-1], last, spec)
    return found


def _make_crops(spec: Spec) -> list[Crop]:
    """What of a transposed convolution's output is cropped, which may be drawn beside it."""
    layer = spec.layers[-1]
    assert isinstance(layer, ConvTranspose)
    drawn = spec.shows_cropped
    pads = zip(layer.padding, layer.output_padding, strict=True)
    return [Crop(before, after, extra, drawn) for (before, after), extra in pads]


def _make_grid(name: str, strips: GridAxes, spec: Spec) -> Grid:
    reach = ActivationRanges.from_axes([strip.active_ranges for strip in strips])
    copies = None
    if any(strip.read_pairs is not None for strip in strips):
        copies = ActivationRanges.from_axes([strip.read_ranges for strip in strips])
    at = spec.walk_order.positions.astype(np.int64)
    lit = CellBounds(*(_bounds_at(strips, at, end) for end in ("low", "high")))
    return Grid(
        name, strips, reach, copies, lit, CellBounds(*(_bounds_at(strips, at, end) for end in ("first", "last")))
    )


def _bounds_at(strips: GridAxes, positions: NDArray[np.int64], end: str) -> Floats:
    """Shape (steps, 4): one end of what each of `positions` (steps, 4) lights."""
    along = zip(reversed(strips), (0, 1, 2, 3), strict=True)
    return np.column_stack([getattr(strip, end)[positions[:, axis]] for strip, axis in along])


def _rearrange_input(below: Grid, above: Grid, layer: PixelShuffle | PixelUnshuffle, spec: Spec) -> Grid:
    """The input of a layer that moves each cell to a place of its own: a tile is lit with the one that it becomes."""
    dims = len(layer.axes)
    sources = _source_cells(layer, above.cells)
    where = [(strip.cells.start, len(strip.cells)) for strip in below.axes]
    index = [sources[:, axis] - where[3 - axis][0] for axis in (3, 2, 1, 0)]
    becomes = np.empty(len(sources), np.int64)
    becomes[np.ravel_multi_index(tuple(index), tuple(size for _, size in where))] = np.arange(len(sources))
    low, high = below.active_bounds.low.copy(), below.active_bounds.high.copy()
    outputs = spec.drawn_channels[-1].outputs if spec.walk_order.filter_count == 1 else 1
    read = []
    for channel in range(outputs):
        cells = spec.walk_order.positions + np.array([0, 0, 0, channel])
        read.append(_source_cells(layer, cells))
    moved = [*range(dims), 3]
    low[:, moved], high[:, moved] = np.min(read, axis=0)[:, moved], np.max(read, axis=0)[:, moved]
    lit = CellBounds(low, high)
    return replace(below, reach=above.active_ranges.select(becomes), lit=lit, held=lit)


def rearranged_channel_pairs(spec: Spec) -> NDArray[np.int64]:
    """Shape (steps, outputs, 2): at each step of a layer that moves cells, the output channels it computes, and the
    input channel of each."""
    layer = spec.layer
    assert isinstance(layer, (PixelShuffle, PixelUnshuffle))
    found = []
    for channel in range(spec.drawn_channels[-1].outputs if spec.walk_order.filter_count == 1 else 1):
        cells = spec.walk_order.positions + np.array([0, 0, 0, channel])
        found.append(np.column_stack([cells[:, 3], _source_cells(layer, cells)[:, 3]]))
    return np.stack(found, axis=1).astype(np.int64)


def _source_cells(layer: PixelShuffle | PixelUnshuffle, cells: Floats) -> NDArray[np.int64]:
    """Shape (n, 4): the input cells that output cells (n, 4) hold."""
    dims = len(layer.axes)
    channel, position = layer.source_of(cells[:, 3].astype(np.int64), cells[:, dims - 1 :: -1].astype(np.int64))
    found = np.zeros((len(cells), 4), np.int64)
    found[:, 3], found[:, :dims] = channel, position[:, ::-1]
    return found


def _make_unfolded_output(output: Grid, layer: Unfold, spec: Spec) -> Grid:
    """The output of an unfolding: a matrix with a column for each position and a row for each tap of each channel."""
    route = spec.walk_order
    rows = spec.drawn_channels[-1].inputs * math.prod(layer.kernel)
    column = (
        WalkOrder(1, route.sizes, "rows").steps_at(route.positions_at(np.arange(route.step_count))).astype(np.float64)
    )
    low, high = np.zeros((route.step_count, 4)), np.zeros((route.step_count, 4))
    low[:, 0] = high[:, 0] = column
    high[:, 1] = rows - 1
    x, y = (_plain_axis(size) for size in (math.prod(route.sizes), rows))
    # row after row, each with every column
    first = np.tile(WalkOrder(1, route.sizes, "rows").positions.astype(np.float32), (1, rows, 1))
    lit = CellBounds(low, high)
    return replace(
        output,
        strips=(_plain_axis(1), _plain_axis(1), y, x),
        reach=ActivationRanges(first, first, (1, 1, 1, 1)),
        lit=lit,
        held=lit,
    )


def _plain_axis(size: int) -> GridAxis:
    """An axis of a grid whose tiles are lit otherwise than by axis."""
    cells = np.arange(size, dtype=np.float64)
    nothing = np.zeros((0, 2), np.int64)
    return GridAxis(range(size), np.zeros(size, np.int8), nothing, None, cells, cells, cells, cells)
