# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences about a step or a tile of one layer: "output (2, 3) ← input rows 2–6, columns 3–7"."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..layers.axis import INPUT, OVERHANG, PADDING, ZERO_CELL
from ..layers.registry import Layer

AXIS_NOUNS = {1: ("position",), 2: ("row", "column"), 3: ("slice", "row", "column")}
"""Names of the indices along each axis, by the number of axes."""

MAX_LISTED_NUMBERS = 4
"""Numbers that are listed in full; of more, the first two and the last are."""


def describe_step(layer: Layer, position: Sequence[int], channel: int | None = None) -> str:
    """Return a sentence on the inputs of the output at `position`: of all channels, or of one output channel.

    >>> from kernelwalk.core import Conv
    >>> describe_step(Conv(9, 5), (2, 3))
    'output (2, 3) ← input rows 2–6, columns 3–7'
    """
    output = f"output {_channel_prefix(channel)}{_format_tuple(position)}"
    if channel is not None and layer.is_rearrangement:
        source_channel, cell = layer.source_of(channel, position)
        if (cell < 0).any():
            return f"{output} ← padding"
        return f"{output} ← input channel {source_channel}, {_format_indices([index[None] for index in cell])}"
    tables = [table[place] for table, place in zip(layer.mapping.source_tables, position, strict=True)]
    read = [np.unique(table[table >= 0]) for table in tables]
    reads_padding = layer.mapping.includes_padding and any((table == ZERO_CELL).any() for table in tables)
    if any(len(cells) == 0 for cells in read):
        source = "padding alone" if layer.mapping.includes_padding else "no input"
    else:
        channels = "" if channel is None else f"{_format_channels(layer.channels.inputs_of(channel))}, "
        source = f"input {channels}{_format_indices(read)}" + (" and padding" if reads_padding else "")
        source += ", copies in the padding too" if _reads_copies(layer, position) else ""
    source += layer.describe_step_details(position)
    return f"{output} ← {source}"


def _channel_prefix(channel: int | None) -> str:
    return "" if channel is None else f"channel {channel} "


def _format_channels(channels: range) -> str:
    return f"channel{'s' if len(channels) > 1 else ''} {format_numbers(np.array(channels))}"


def _reads_copies(layer: Layer, position: Sequence[int]) -> bool:
    """Return True if a tap at `position` is on padding that holds copies."""
    firsts = [axis.first_cell(place) for axis, place in zip(layer.axes, position, strict=True)]
    return any(
        axis.padding_mode != "zeros" and (first < 0 or first + axis.extent > axis.dilated_input)
        for axis, first in zip(layer.axes, firsts, strict=True)
    )


def describe_tile(layer: Layer, cell: Sequence[int], channel: int | None = None) -> str:
    """Return a sentence on a tile below the output, and the outputs that read it: of all channels, or of one input
    channel.

    cell: the tile's, as in Axis.cells

    >>> from kernelwalk.core import Conv
    >>> describe_tile(Conv(5, 3, padding=1), (-1, 0))
    'padding → outputs row 0, columns 0–1'
    """
    kind = _cell_kind(layer, cell)
    fed = find_fed_outputs(layer, cell)
    prefix = "outputs " if channel is None else f"output {_format_channels(layer.channels.outputs_of(channel))}, "
    outputs = prefix + _format_indices(fed) if all(len(indices) for indices in fed) else "no output"
    if kind == INPUT:
        source = _input_index(layer, cell)
        if channel is not None and layer.has_targets:
            target_channel, target = layer.target_of(channel, source)
            is_cropped = (target < 0).any() or (target >= layer.output).any()
            outputs = f"output channel {target_channel}, {_format_indices([index[None] for index in target])}"
            outputs = "no output" if is_cropped else outputs
        return f"input {_channel_prefix(channel)}{_format_tuple(source)} → {outputs}"
    if kind == OVERHANG:
        return f"beyond the padding, where nothing is → {outputs}"
    if kind == PADDING and layer.axes[0].padding_mode != "zeros":
        copied = [int(axis.copy_sources(np.array(place))) for axis, place in zip(layer.axes, cell, strict=True)]
        return f"padding, a copy of input {_format_tuple(copied)} → {outputs}"
    return f"{'padding' if kind == PADDING else 'inserted zero'} → {outputs}"


def find_fed_outputs(layer: Layer, cell: Sequence[int]) -> list[NDArray[np.int64]]:
    """Return the outputs that read a tile below the output, or a copy of it: along each axis their indices, shape (n,).

    cell: the tile's, as in Axis.cells
    There are none for a tile that the stride skips.
    """
    if _cell_kind(layer, cell) == INPUT:
        return [axis.outputs_reading(place) for axis, place in zip(layer.axes, _input_index(layer, cell), strict=True)]
    return [axis.outputs_over_cell(place) for axis, place in zip(layer.axes, cell, strict=True)]


def _cell_kind(layer: Layer, cell: Sequence[int]) -> int:
    kinds = [axis.cell_kinds()[place - axis.cells.start] for axis, place in zip(layer.axes, cell, strict=True)]
    return int(max(kinds))


def _input_index(layer: Layer, cell: Sequence[int]) -> list[int]:
    """Return the index of the input in a cell."""
    return [place // axis.input_dilation for axis, place in zip(layer.axes, cell, strict=True)]


def _format_tuple(position: Sequence[int]) -> str:
    return f"({', '.join(map(str, position))})"


def _format_indices(axes: Sequence[NDArray[np.int64]]) -> str:
    """Return the indices along each axis as text."""
    named = zip(AXIS_NOUNS[len(axes)], axes, strict=True)
    return ", ".join(f"{noun}{'s' if len(indices) > 1 else ''} {format_numbers(indices)}" for noun, indices in named)


def format_numbers(ascending: NDArray[np.int64]) -> str:
    """Return ascending numbers as text: consecutive numbers as a range, and many others with an ellipsis.

    >>> format_numbers(np.arange(2, 7)), format_numbers(np.arange(0, 6, 2)), format_numbers(np.arange(0, 14, 2))
    ('2–6', '0, 2, 4', '0, 2, … 12')
    """
    numbers = ascending.tolist()
    if len(numbers) > 1 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{numbers[0]}–{numbers[-1]}"
    if len(numbers) > MAX_LISTED_NUMBERS:
        return f"{numbers[0]}, {numbers[1]}, … {numbers[-1]}"
    return ", ".join(map(str, numbers))
