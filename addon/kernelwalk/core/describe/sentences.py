# SPDX-License-Identifier: GPL-3.0-or-later
"""A step or a tile in words: "output (2, 3) ← input rows 2–6, columns 3–7"."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..layers.axis import INPUT, OVERHANG, PADDING, ZERO_CELL
from ..layers.registry import AvgPool, Layer, PixelShuffle, PixelUnshuffle, Unfold

AXIS_NOUNS = {1: ("position",), 2: ("row", "column"), 3: ("slice", "row", "column")}
"""What the places along each axis are called, by how many axes there are."""

MAX_LISTED_NUMBERS = 4
"""Numbers that are written out; of more, the first two and the last."""


def describe_step(layer: Layer, position: Sequence[int], channel: int | None = None) -> str:
    """What the output at `position` is computed from, in all channels alike, or of one output channel."""
    if channel is not None and isinstance(layer, (PixelShuffle, PixelUnshuffle, Unfold)):
        of, cell = layer.source_of(channel, position)
        source = "padding" if (cell < 0).any() else f"input channel {of}, {_places([c[None] for c in cell])}"
        return f"output channel {channel} {_tuple(position)} ← {source}"
    tables = [table[place] for table, place in zip(layer.mapping.source_tables, position, strict=True)]
    read = [np.unique(table[table >= 0]) for table in tables]
    beside = layer.mapping.includes_padding and any((table == ZERO_CELL).any() for table in tables)
    if any(len(cells) == 0 for cells in read):
        source = "padding alone" if layer.mapping.includes_padding else "no input"
    else:
        source = f"input {_read_channels(layer, channel)}{_places(read)}" + (" and padding" if beside else "")
        source += ", copies in the padding too" if _reads_copies(layer, position) else ""
    if isinstance(layer, AvgPool):
        source += f", divided by {layer.divisor(tuple(position))}"
    return f"output {'' if channel is None else f'channel {channel} '}{_tuple(position)} ← {source}"


def _read_channels(layer: Layer, channel: int | None) -> str:
    return "" if channel is None else f"{_channels(layer.channels.inputs_of(channel))}, "


def _channels(which: range) -> str:
    return f"channel{'s' if len(which) > 1 else ''} {format_numbers(np.array(which))}"


def _reads_copies(layer: Layer, position: Sequence[int]) -> bool:
    """Whether a tap at `position` is on padding that holds copies."""
    firsts = [axis.first_cell(place) for axis, place in zip(layer.axes, position, strict=True)]
    return any(
        axis.padding_mode != "zeros" and (first < 0 or first + axis.extent > axis.dilated_input)
        for axis, first in zip(layer.axes, firsts, strict=True)
    )


def describe_tile(layer: Layer, cell: Sequence[int], channel: int | None = None) -> str:
    """What a tile below the output is, and which outputs it feeds, in all channels alike, or of one input channel.
    `cell` is the tile's, as in Axis.cells."""
    kind = _kind(layer, cell)
    above = _fed(layer, cell)
    to = "outputs " if channel is None else f"output {_channels(layer.channels.outputs_of(channel))}, "
    outputs = to + _places(above) if all(len(places) for places in above) else "no output"
    if kind == INPUT:
        if channel is not None and isinstance(layer, (PixelShuffle, PixelUnshuffle)):
            of, place = layer.target_of(channel, _index(layer, cell))
            outputs = f"output channel {of}, {_places([p[None] for p in place])}"
        return f"input {'' if channel is None else f'channel {channel} '}{_tuple(_index(layer, cell))} → {outputs}"
    if kind == OVERHANG:
        return f"beyond the padding, where nothing is → {outputs}"
    if kind == PADDING and layer.axes[0].padding_mode != "zeros":
        copied = [int(axis.copy_sources(np.array(place))) for axis, place in zip(layer.axes, cell, strict=True)]
        return f"padding, a copy of input {_tuple(copied)} → {outputs}"
    return f"{'padding' if kind == PADDING else 'inserted zero'} → {outputs}"


def find_fed_outputs(layer: Layer, cell: Sequence[int]) -> NDArray[np.int64]:
    """Shape (n, axes): the output positions that a tile below the output feeds, an input by its copies too; none where
    a stride leaves it out."""
    places = _fed(layer, cell)
    return np.stack(np.meshgrid(*places, indexing="ij"), axis=-1).reshape(-1, len(places))


def _kind(layer: Layer, cell: Sequence[int]) -> int:
    kinds = [axis.cell_kinds()[place - axis.cells.start] for axis, place in zip(layer.axes, cell, strict=True)]
    return int(max(kinds))


def _index(layer: Layer, cell: Sequence[int]) -> list[int]:
    """The index of the input in a cell."""
    return [place // axis.input_dilation for axis, place in zip(layer.axes, cell, strict=True)]


def _fed(layer: Layer, cell: Sequence[int]) -> list[NDArray[np.int64]]:
    """Per axis the outputs that a tile feeds."""
    if _kind(layer, cell) == INPUT:
        return [axis.outputs_reading(place) for axis, place in zip(layer.axes, _index(layer, cell), strict=True)]
    return [axis.outputs_over_cell(place) for axis, place in zip(layer.axes, cell, strict=True)]


def _tuple(position: Sequence[int]) -> str:
    return f"({', '.join(map(str, position))})"


def _places(axes: Sequence[NDArray[np.int64]]) -> str:
    """Places on each axis in words."""
    named = zip(AXIS_NOUNS[len(axes)], axes, strict=True)
    return ", ".join(f"{name}{'s' if len(places) > 1 else ''} {format_numbers(places)}" for name, places in named)


def format_numbers(places: NDArray[np.int64]) -> str:
    """Ascending numbers: a run as its ends, few by themselves, of many the beginning and the end."""
    found = places.tolist()
    if len(found) > 1 and found[-1] - found[0] == len(found) - 1:
        return f"{found[0]}–{found[-1]}"
    if len(found) > MAX_LISTED_NUMBERS:
        return f"{found[0]}, {found[1]}, … {found[-1]}"
    return ", ".join(map(str, found))
