# SPDX-License-Identifier: GPL-3.0-or-later
"""What of each grid of tiles a position of the walk lights: followed from the output down through all layers.

All that follows is per axis: a position along an axis of the walk lights a set of cells along the same axis of every
grid, whatever the other axes do. Channels are one axis more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..layers.axis import CROPPED, INPUT, OUTPUT_PADDING, Axis
from ..layers.channels import Channels
from .activation import AxisRanges, Floats, IndexPairs, unique_pairs

AXIS_ORDER = ("channel", "z", "y", "x")
"""The axes of a grid and of the walk, the slowest first."""


@dataclass(frozen=True)
class GridAxis:
    """One axis of a grid of tiles.

    cells: 0 is the first cell that holds a value; cells of padding before it are negative
    kinds: shape (cells,), of each as in axis.py
    lit:   pairs of a position of the walk and a cell that it lights, as an index into `cells`
    copied: the same with the cells whose values a position reads, be it by a copy in the padding; None where padding
            holds no copies
    low, high: shape (positions,): the first and the last cell that are lit, or would be, were they not cropped; NaN
            where none is
    first, last: the same of the cells that hold a value, and so have been computed by a layer below
    """

    cells: range
    kinds: NDArray[np.int8]
    active_pairs: IndexPairs
    read_pairs: IndexPairs | None
    active_first: Floats
    active_last: Floats
    value_first: Floats
    value_last: Floats

    @property
    def active_ranges(self) -> AxisRanges:
        return AxisRanges.from_pairs(self.active_pairs, len(self.cells))

    @property
    def read_ranges(self) -> AxisRanges:
        return (
            self.active_ranges if self.read_pairs is None else AxisRanges.from_pairs(self.read_pairs, len(self.cells))
        )


GridAxes = tuple[GridAxis, GridAxis, GridAxis, GridAxis]
"""A grid's axes in the order of ROW."""


def trace_gather(axes: Sequence[Sequence[Axis]], channels: Sequence[Channels], one_by_one: bool) -> list[GridAxes]:
    """The grids of layers, the first one's input first and the last one's output last.

    axes: of each layer, from z to x as far as it has them
    channels: of each layer those that are drawn
    each: whether the walk goes on to the next filter when it has seen all positions, rather than doing all at once
    """
    whole = [_full(each_axes) for each_axes in axes]
    along = [_along_channels(channels, one_by_one), *(_along(line) for line in zip(*whole, strict=True))]
    return [(c, z, y, x) for c, z, y, x in zip(*along, strict=True)]


@dataclass(frozen=True)
class Crop:
    """Along an axis of a transposed convolution's output, the cells cropped before and after it, of it those of output
    padding, and whether what is cropped is drawn."""

    before: int = 0
    after: int = 0
    output_padding: int = 0
    is_drawn: bool = False


def trace_scatter(axes: Sequence[Axis], crops: Sequence[Crop], channels: Channels, one_by_one: bool) -> list[GridAxes]:
    """The output, and above it the input, of a transposed convolution that is walked over its input, each cell of which
    stamps the kernel on the output."""
    whole = [*[(UNIT_AXIS, Crop())] * (3 - len(axes)), *zip(axes, crops, strict=True)]
    below, above = zip(*(_stamped(axis, crop) for axis, crop in whole), strict=True)
    turned = replace(channels, inputs=channels.outputs, outputs=channels.inputs)
    c = _along_channels([turned], one_by_one)
    return [(c[0], *below), (c[1], *above)]


UNIT_AXIS = Axis(1, 1, 1, 1, 1, 0, 0)
"""An axis that a layer does not have."""


def _full(axes: Sequence[Axis]) -> list[Axis]:
    return [*[UNIT_AXIS] * (3 - len(axes)), *axes]


def _along(axes: Sequence[Axis]) -> list[GridAxis]:
    """One axis of all grids of layers whose axes these are."""
    positions = axes[-1].output
    outputs = np.arange(positions)
    wanted = np.column_stack([outputs, outputs])
    strips = [_values(range(positions), wanted, positions)]
    for number in reversed(range(len(axes))):
        axis = axes[number]
        strip, wanted = _read(axis, wanted, positions)
        strips.append(strip)
    return strips[::-1]


def _values(cells: range, lit: IndexPairs, positions: int) -> GridAxis:
    """Cells that all hold a value, and are lit by `lit`."""
    low, high = _ends(lit, positions)
    return GridAxis(cells, np.zeros(len(cells), np.int8), lit, None, low, high, low, high)


def _read(axis: Axis, wanted: IndexPairs, positions: int) -> tuple[GridAxis, IndexPairs]:
    """What the layer of an axis reads for the outputs `wanted`, and the outputs of the layer below that are wanted
    for it."""
    taps = np.arange(axis.kernel) * axis.dilation
    under = (axis.first_cell(wanted[:, 1])[:, None] + taps).ravel()
    lit = unique_pairs(np.column_stack([np.repeat(wanted[:, 0], axis.kernel), under]))
    held = axis.copy_sources(lit[:, 1])
    reads = (
        (held >= 0) & (held < axis.dilated_input) & (held % axis.input_dilation == 0) & (lit[:, 1] < axis.padding_end)
    )
    sources = unique_pairs(np.column_stack([lit[:, 0], held])[reads])
    copied = None if axis.padding_mode == "zeros" else _counted(axis.cells, sources)
    ends = *_ends(lit, positions), *_ends(sources, positions)
    strip = GridAxis(axis.cells, axis.cell_kinds(), _counted(axis.cells, lit), copied, *ends)
    return strip, np.column_stack([sources[:, 0], sources[:, 1] // axis.input_dilation])


def _counted(cells: range, pairs: IndexPairs) -> IndexPairs:
    """Pairs whose cells count from the first of `cells`."""
    return pairs - np.array([0, cells.start])


def _ends(pairs: IndexPairs, positions: int) -> tuple[Floats, Floats]:
    """Shape (positions,) twice: of ascending pairs the least and the greatest cell of each position, NaN where it has
    none."""
    start, stop = (np.searchsorted(pairs[:, 0], np.arange(positions), side) for side in ("left", "right"))
    low, high = np.full((2, positions), np.nan)
    there = start < stop
    low[there], high[there] = pairs[start[there], 1], pairs[stop[there] - 1, 1]
    return low, high


def _along_channels(channels: Sequence[Channels], each: bool) -> list[GridAxis]:
    """The channels of all grids, as an axis."""
    counts = [channels[0].inputs, *(of.outputs for of in channels)]
    if not each:
        return [_values(range(n), np.column_stack([np.zeros(n, np.int64), np.arange(n)]), 1) for n in counts]
    filters = np.arange(counts[-1])
    wanted = np.column_stack([filters, filters])
    strips = [_values(range(counts[-1]), wanted, counts[-1])]
    for of, count in zip(reversed(channels), reversed(counts[:-1]), strict=True):
        wanted = _joined(wanted, of)
        strips.append(_values(range(count), wanted, counts[-1]))
    return strips[::-1]


def _joined(wanted: IndexPairs, of: Channels) -> IndexPairs:
    """Pairs of a filter and an input channel, from those of the filter and an output channel."""
    needed = unique_pairs(np.column_stack([wanted[:, 0], of.group_of(wanted[:, 1])]))
    members = of.group_inputs(needed[:, 1])
    return unique_pairs(np.column_stack([np.repeat(needed[:, 0], members.shape[1]), members.ravel()]))


def _stamped(axis: Axis, crop: Crop) -> tuple[GridAxis, GridAxis]:
    """One axis of the output and of the input of a transposed convolution, walked over its input."""
    inputs = np.arange(axis.input)
    above = _values(range(axis.input), np.column_stack([inputs, inputs]), axis.input)
    under = (inputs[:, None] * axis.input_dilation - crop.before + np.arange(axis.kernel) * axis.dilation).ravel()
    lit = np.column_stack([np.repeat(inputs, axis.kernel), under])
    return apply_crop(_values(range(axis.output), lit, axis.input), crop), above


def apply_crop(strip: GridAxis, crop: Crop) -> GridAxis:
    """An axis of a transposed convolution's output with the cells that are cropped, and the kinds of its cells."""
    size = len(strip.cells)
    cells = range(-max(crop.before, 0), size + max(crop.after, 0)) if crop.is_drawn else range(size)
    at = np.arange(cells.start, cells.stop)
    kinds = np.where(at >= size - crop.output_padding, OUTPUT_PADDING, INPUT)
    kinds = np.where((at < 0) | (at >= size), CROPPED, kinds).astype(np.int8)
    kept = strip.active_pairs[(strip.active_pairs[:, 1] >= 0) & (strip.active_pairs[:, 1] < size)]
    there = strip.active_pairs[(strip.active_pairs[:, 1] >= cells.start) & (strip.active_pairs[:, 1] < cells.stop)]
    first, last = _ends(kept, len(strip.active_first))
    return replace(strip, cells=cells, kinds=kinds, lit=_counted(cells, there), first=first, last=last)
