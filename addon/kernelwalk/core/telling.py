# SPDX-License-Identifier: GPL-3.0-or-later
"""A step or a tile in words: "output (2, 3) ← input rows 2–6, columns 3–7"."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .axis import INPUT, NO_CELL, OVERHANG, PADDING
from .layers import AvgPool, Layer

AXIS_WORDS = {1: ("position",), 2: ("row", "column"), 3: ("slice", "row", "column")}
"""What the places along each axis are called, by how many axes there are."""

MOST_NUMBERS = 4
"""Numbers that are written out; of more, the first two and the last."""


def tell_step(layer: Layer, position: Sequence[int]) -> str:
    """What the output at `position` is computed from."""
    tables = [table[place] for table, place in zip(layer.mapping.sources, position, strict=True)]
    read = [np.unique(table[table >= 0]) for table in tables]
    beside = layer.mapping.keep_empty and any((table == NO_CELL).any() for table in tables)
    if any(len(cells) == 0 for cells in read):
        source = "padding alone" if layer.mapping.keep_empty else "no input"
    else:
        source = f"input {_places(read)}" + (" and padding" if beside else "")
        source += ", copies in the padding too" if _reads_copies(layer, position) else ""
    if isinstance(layer, AvgPool):
        source += f", divided by {layer.divisor(tuple(position))}"
    return f"output {_tuple(position)} ← {source}"


def _reads_copies(layer: Layer, position: Sequence[int]) -> bool:
    """Whether a tap at `position` is on padding that holds copies."""
    firsts = [axis.first_cell(place) for axis, place in zip(layer.axes, position, strict=True)]
    return any(
        axis.mode != "zeros" and (first < 0 or first + axis.extent > axis.inner)
        for axis, first in zip(layer.axes, firsts, strict=True)
    )


def tell_tile(layer: Layer, cell: Sequence[int]) -> str:
    """What a tile below the output is, and which outputs it feeds. `cell` is the tile's, as in Axis.cells."""
    kind = _kind(layer, cell)
    above = _fed(layer, cell)
    outputs = f"outputs {_places(above)}" if all(len(places) for places in above) else "no output"
    if kind == INPUT:
        return f"input {_tuple(_index(layer, cell))} → {outputs}"
    if kind == OVERHANG:
        return f"beyond the padding, where nothing is → {outputs}"
    if kind == PADDING and layer.axes[0].mode != "zeros":
        copied = [int(axis.copied(np.array(place))) for axis, place in zip(layer.axes, cell, strict=True)]
        return f"padding, a copy of input {_tuple(copied)} → {outputs}"
    return f"{'padding' if kind == PADDING else 'inserted zero'} → {outputs}"


def readers(layer: Layer, cell: Sequence[int]) -> NDArray[np.int64]:
    """Shape (n, axes): the output positions that a tile below the output feeds, an input by its copies too; none where
    a stride leaves it out."""
    places = _fed(layer, cell)
    return np.stack(np.meshgrid(*places, indexing="ij"), axis=-1).reshape(-1, len(places))


def _kind(layer: Layer, cell: Sequence[int]) -> int:
    kinds = [axis.kinds()[place - axis.cells.start] for axis, place in zip(layer.axes, cell, strict=True)]
    return int(max(kinds))


def _index(layer: Layer, cell: Sequence[int]) -> list[int]:
    """The index of the input in a cell."""
    return [place // axis.spacing for axis, place in zip(layer.axes, cell, strict=True)]


def _fed(layer: Layer, cell: Sequence[int]) -> list[NDArray[np.int64]]:
    """Per axis the outputs that a tile feeds."""
    if _kind(layer, cell) == INPUT:
        return [axis.users(place) for axis, place in zip(layer.axes, _index(layer, cell), strict=True)]
    return [axis.readers(place) for axis, place in zip(layer.axes, cell, strict=True)]


def _tuple(position: Sequence[int]) -> str:
    return f"({', '.join(map(str, position))})"


def _places(axes: Sequence[NDArray[np.int64]]) -> str:
    """Places on each axis in words."""
    named = zip(AXIS_WORDS[len(axes)], axes, strict=True)
    return ", ".join(f"{name}{'s' if len(places) > 1 else ''} {numbers(places)}" for name, places in named)


def numbers(places: NDArray[np.int64]) -> str:
    """Ascending numbers: a run as its ends, few by themselves, of many the beginning and the end."""
    numbers = places.tolist()
    if len(numbers) > 1 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{numbers[0]}–{numbers[-1]}"
    if len(numbers) > MOST_NUMBERS:
        return f"{numbers[0]}, {numbers[1]}, … {numbers[-1]}"
    return ", ".join(map(str, numbers))
