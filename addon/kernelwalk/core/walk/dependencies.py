# SPDX-License-Identifier: GPL-3.0-or-later
"""The tiles of every grid that each walk position activates, traced from the output down through all layers.

Everything is per axis: a position along an axis of the walk activates a set of cells along the same axis of every grid,
whatever the other axes do. Channels are one more axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats
from ..layers.axis import CROPPED, INPUT, OUTPUT_PADDING, Axis
from ..layers.channels import Channels
from ..layers.interpolation_axis import InterpolationAxis
from .active_ranges import AxisRanges, IndexPairs, unique_pairs

MAX_STRENGTHS = 32
"""Positions along an axis that may each make a cell more or less active. The material has nodes for each of them."""


@dataclass(frozen=True)
class GridAxis:
    """One axis of a grid of tiles.

    cells: 0 is the first cell that holds a value; cells of padding before it are negative
    kinds: shape (cells,), kind of each cell as in axis.py
    active_pairs: pairs of a walk position and a cell that it activates, as an index into `cells`
    read_pairs: pairs of a walk position and a cell whose value it reads, be it through a copy in the padding; None
            where padding holds no copies
    active_first, active_last: shape (positions,): the first and the last active cell, be it cropped; NaN where none is
    value_first, value_last: shape (positions,): the first and the last active cell that holds a value, and so has been
            computed by the layer below; NaN where none is
    strengths: shape (active pairs,), how active each position makes its cell, 0 to 1; None where it is 1
    """

    cells: range
    kinds: NDArray[np.int8]
    active_pairs: IndexPairs
    read_pairs: IndexPairs | None
    active_first: Floats
    active_last: Floats
    value_first: Floats
    value_last: Floats
    strengths: Floats | None = None

    @cached_property
    def active_ranges(self) -> AxisRanges:
        """Ranges of positions that activate each cell."""
        if self.strengths is not None:
            return AxisRanges.from_strengths(self.active_pairs, self.strengths, len(self.cells))
        return AxisRanges.from_pairs(self.active_pairs, len(self.cells))

    @cached_property
    def read_ranges(self) -> AxisRanges:
        """Ranges of positions that read each cell's value."""
        return (
            self.active_ranges if self.read_pairs is None else AxisRanges.from_pairs(self.read_pairs, len(self.cells))
        )


GridAxes = tuple[GridAxis, GridAxis, GridAxis, GridAxis]
"""A grid's axes: channel, z, y, x, the slowest first."""


def trace_gather(axes: Sequence[Sequence[Axis]], channels: Sequence[Channels], one_by_one: bool) -> list[GridAxes]:
    """Return the grids of a chain of layers, from the first layer's input to the last layer's output.

    axes: of each layer, z to x as far as it has them
    channels: drawn channels of each layer
    one_by_one: True if the walk visits all positions for one filter before the next; False if a step computes all
    """
    lines = list(zip(*(_pad_to_3d(layer_axes) for layer_axes in axes), strict=True))
    traced = {line: _trace_axis(line) for line in dict.fromkeys(lines)}  # height and width are mostly the same
    along = [_trace_channels(channels, one_by_one), *(traced[line] for line in lines)]
    return [(c, z, y, x) for c, z, y, x in zip(*along, strict=True)]


@dataclass(frozen=True)
class Crop:
    """Cropping of a transposed convolution's output along an axis.

    before, after: cells cropped at each end
    output_padding: cells of the output that output padding added
    is_drawn: True if cropped cells are drawn
    """

    before: int = 0
    after: int = 0
    output_padding: int = 0
    is_drawn: bool = False


def trace_scatter(axes: Sequence[Axis], crops: Sequence[Crop], channels: Channels, one_by_one: bool) -> list[GridAxes]:
    """Return output and input of a transposed convolution that is walked over its input.

    Each input cell stamps the kernel on the output. The output is the lower grid, so it comes first.
    """
    padded = [*[(UNIT_AXIS, Crop())] * (3 - len(axes)), *zip(axes, crops, strict=True)]
    below, above = zip(*(_trace_stamps(axis, crop) for axis, crop in padded), strict=True)
    swapped = channels._replace(inputs=channels.outputs, outputs=channels.inputs)
    c = _trace_channels([swapped], one_by_one)
    return [(c[0], *below), (c[1], *above)]


UNIT_AXIS = Axis(1, 1, 1, 1, 1, 0, 0)
"""Stand-in for an axis that a layer does not have: one cell, one tap."""


def _pad_to_3d(axes: Sequence[Axis]) -> list[Axis]:
    return [*[UNIT_AXIS] * (3 - len(axes)), *axes]


def _trace_axis(axes: Sequence[Axis]) -> list[GridAxis]:
    """Return one axis of all grids of a chain, from that axis of each layer."""
    position_count = axes[-1].output
    outputs = np.arange(position_count)
    wanted = np.column_stack([outputs, outputs])
    grid_axes = [_value_axis(range(position_count), wanted, position_count)]
    for number in reversed(range(len(axes))):
        grid_axis, wanted = _trace_reads(axes[number], wanted, position_count)
        is_last = number == len(axes) - 1
        grid_axes.append(_weigh(grid_axis, axes[number]) if is_last else grid_axis)
    return grid_axes[::-1]


def _value_axis(cells: range, active_pairs: IndexPairs, position_count: int) -> GridAxis:
    """Return an axis whose cells all hold a value."""
    first, last = _first_and_last(active_pairs, position_count)
    return GridAxis(cells, np.zeros(len(cells), np.int8), active_pairs, None, first, last, first, last)


def _trace_reads(axis: Axis, wanted: IndexPairs, position_count: int) -> tuple[GridAxis, IndexPairs]:
    """Return the axis that a layer reads for the outputs `wanted`, and the outputs of the layer below that are read."""
    windows = axis.window_cells(wanted[:, 1]).ravel()
    active = unique_pairs(np.column_stack([np.repeat(wanted[:, 0], axis.kernel), windows]))
    copied = axis.copy_sources(active[:, 1])
    has_value = (
        (copied >= 0)
        & (copied < axis.dilated_input)
        & (copied % axis.input_dilation == 0)
        & (active[:, 1] < axis.padding_end)
    )
    sources = unique_pairs(np.column_stack([active[:, 0], copied])[has_value])
    read_pairs = None if axis.padding_mode == "zeros" else _as_indices(axis.cells, sources)
    ends = *_first_and_last(active, position_count), *_first_and_last(sources, position_count)
    grid_axis = GridAxis(axis.cells, axis.cell_kinds(), _as_indices(axis.cells, active), read_pairs, *ends)
    return grid_axis, np.column_stack([sources[:, 0], sources[:, 1] // axis.input_dilation])


def _weigh(grid_axis: GridAxis, axis: Axis) -> GridAxis:
    """Return the axis that the walked layer reads, with cells as active as the weights of its taps say, if it has any.

    A cell's strength is the root of its weight: a tile whose weights along two axes are 1/4 is then a quarter active,
    and can be seen. A cell that very many outputs read is active in full.
    """
    if not isinstance(axis, InterpolationAxis):
        return grid_axis
    if np.bincount(grid_axis.active_pairs[:, 1], minlength=1).max() > MAX_STRENGTHS:
        return grid_axis
    weights = axis.tap_weights[axis.tap_weights != 0]  # by output, and then by cell, as the active pairs are
    return replace(grid_axis, strengths=np.sqrt(np.minimum(np.abs(weights), 1.0)))


def _as_indices(cells: range, pairs: IndexPairs) -> IndexPairs:
    """Return pairs whose cells are indices into `cells`."""
    return pairs - np.array([0, cells.start])


def _first_and_last(pairs: IndexPairs, position_count: int) -> tuple[Floats, Floats]:
    """Return the first and the last cell (positions,) of each position of ascending pairs; NaN where it has none."""
    start, stop = (np.searchsorted(pairs[:, 0], np.arange(position_count), side) for side in ("left", "right"))
    first, last = np.full((2, position_count), np.nan)
    has_cells = start < stop
    first[has_cells], last[has_cells] = pairs[start[has_cells], 1], pairs[stop[has_cells] - 1, 1]
    return first, last


def _trace_channels(channels: Sequence[Channels], one_by_one: bool) -> list[GridAxis]:
    """Return the channels of all grids of a chain, as an axis."""
    counts = [channels[0].inputs, *(layer.outputs for layer in channels)]
    if not one_by_one:
        return [_value_axis(range(n), np.column_stack([np.zeros(n, np.int64), np.arange(n)]), 1) for n in counts]
    filters = np.arange(counts[-1])
    wanted = np.column_stack([filters, filters])
    grid_axes = [_value_axis(range(counts[-1]), wanted, counts[-1])]
    for layer, count in zip(reversed(channels), reversed(counts[:-1]), strict=True):
        wanted = _input_channels(wanted, layer)
        grid_axes.append(_value_axis(range(count), wanted, counts[-1]))
    return grid_axes[::-1]


def _input_channels(wanted: IndexPairs, channels: Channels) -> IndexPairs:
    """Return pairs of a filter and an input channel, from pairs of the filter and an output channel."""
    needed = unique_pairs(np.column_stack([wanted[:, 0], channels.group_of(wanted[:, 1])]))
    members = channels.group_inputs(needed[:, 1])
    return unique_pairs(np.column_stack([np.repeat(needed[:, 0], members.shape[1]), members.ravel()]))


def _trace_stamps(axis: Axis, crop: Crop) -> tuple[GridAxis, GridAxis]:
    """Return one axis of output and input of a transposed convolution that is walked over its input."""
    inputs = np.arange(axis.input)
    above = _value_axis(range(axis.input), np.column_stack([inputs, inputs]), axis.input)
    stamped = (inputs[:, None] * axis.input_dilation - crop.before + np.arange(axis.kernel) * axis.dilation).ravel()
    active = np.column_stack([np.repeat(inputs, axis.kernel), stamped])
    return apply_crop(_value_axis(range(axis.output), active, axis.input), crop), above


def apply_crop(axis: GridAxis, crop: Crop) -> GridAxis:
    """Return an axis of a transposed convolution's output with its cropped cells and the kinds of all cells."""
    size = len(axis.cells)
    cells = range(-max(crop.before, 0), size + max(crop.after, 0)) if crop.is_drawn else range(size)
    at = np.arange(cells.start, cells.stop)
    kinds = np.where(at >= size - crop.output_padding, OUTPUT_PADDING, INPUT)
    kinds = np.where((at < 0) | (at >= size), CROPPED, kinds).astype(np.int8)
    active = axis.active_pairs
    kept = active[(active[:, 1] >= 0) & (active[:, 1] < size)]
    drawn = active[(active[:, 1] >= cells.start) & (active[:, 1] < cells.stop)]
    first, last = _first_and_last(kept, len(axis.active_first))
    return replace(
        axis, cells=cells, kinds=kinds, active_pairs=_as_indices(cells, drawn), value_first=first, value_last=last
    )
