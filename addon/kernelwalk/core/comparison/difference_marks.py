# SPDX-License-Identifier: GPL-3.0-or-later
"""Marks of what another layer does otherwise: a rim on each input tile that only one of two layers reads for the same
output, and on the output itself where they compute it in different ways."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from ..layers.registry import Layer
from ..lazy_numpy import np
from .layer_comparison import compare_layers

if TYPE_CHECKING:
    from ..arrays import Booleans, Integers

MAX_MARKS = 64
"""Largest number of input tiles that are marked at a step."""

MAX_TAPS = 2_000_000
"""Largest number of taps of all steps of which the cells are compared."""


class DifferenceMarks(NamedTuple):
    """The cells that are marked at each step.

    inputs:      input indices, shape (steps, marks, axes)
    has_input:   True for those that the step has, shape (steps, marks)
    is_own:      True for a cell that the layer itself reads, False for one that the other reads, shape (steps, marks)
    has_output:  True for steps whose output is marked, shape (steps,)
    """

    inputs: Integers
    has_input: Booleans
    is_own: Booleans
    has_output: Booleans


def find_difference_marks(layer: Layer, other: Layer, outputs: Integers) -> DifferenceMarks | None:
    """Return the marks at each of `outputs` (steps, axes); None if nothing differs, or too much to tell it apart.

    The other layer reads nothing for an output that it does not have.
    """
    taps = sum(math.prod(axis.kernel for axis in each.axes) for each in (layer, other))
    if len(outputs) * taps > MAX_TAPS:
        return None
    sources = [_read_sources(each, outputs) for each in (layer, other)]
    cells, differs = zip(*(_list_differing_cells(*pair) for pair in (sources, sources[::-1])), strict=True)
    inputs, differing = np.concatenate(cells, axis=1), np.concatenate(differs, axis=1)
    is_own = np.arange(differing.shape[1]) < cells[0].shape[1]
    is_same = compare_layers(layer, other).is_same
    common = (outputs < is_same.shape).all(axis=1)
    has_output = np.ones(len(outputs), bool)
    has_output[common] = ~is_same[tuple(outputs[common].T)]
    count = int(differing.sum(axis=1).max(initial=0))
    if count > MAX_MARKS or not has_output.any():
        return None
    chosen = np.argsort(~differing, axis=1, kind="stable")[:, :count]
    return DifferenceMarks(
        np.take_along_axis(inputs, chosen[..., None], axis=1),
        np.take_along_axis(differing, chosen, axis=1),
        is_own[chosen],
        has_output,
    )


def _read_sources(layer: Layer, outputs: Integers) -> list[Integers]:
    """Return per axis the inputs that taps read at outputs (steps, axes), shape (steps, taps); negative for none."""
    rows = []
    for table, places in zip(layer.mapping.source_tables, outputs.T, strict=True):
        is_there = places < len(table)
        rows.append(np.where(is_there[:, None], table[np.minimum(places, len(table) - 1)], -1))
    return rows


def _list_differing_cells(own: list[Integers], other: list[Integers]) -> tuple[Integers, Booleans]:
    """Return the cells under all taps, shape (steps, taps, axes), and True for those that only `own` reads."""
    steps, axes = len(own[0]), len(own)
    counts = [row.shape[1] for row in own]
    cells = np.empty((steps, *counts, axes), np.int64)
    is_read, is_shared = np.ones((steps, *counts), bool), np.ones((steps, *counts), bool)
    for axis, (row, others) in enumerate(zip(own, other, strict=True)):
        shape = [steps, *(count if number == axis else 1 for number, count in enumerate(counts))]
        cells[..., axis] = row.reshape(shape)
        is_read &= (row >= 0).reshape(shape)
        is_shared &= (row[:, :, None] == others[:, None, :]).any(axis=2).reshape(shape)
    return cells.reshape(steps, -1, axes), (is_read & ~is_shared).reshape(steps, -1)
