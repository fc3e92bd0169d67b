# SPDX-License-Identifier: GPL-3.0-or-later
"""The input cells that each output cell is computed from: a product of small tables, one per axis.

The cells that an output reads are, on each axis, a set of indices that depends on that axis's output index alone. So
nothing here grows with the number of tiles: a 1000×1000 layer is two tables of 1000 rows.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ..lazy_numpy import np
from .axis import OUTSIDE, Axis

if TYPE_CHECKING:
    from ..arrays import Integers

Index = tuple[int, ...]
Tap = tuple[Index, Index | None]


class Mapping:
    """The mapping of a layer with the given axes.

    includes_padding: True if taps that read no input (padding) are listed, as for a convolution; False if they are left
                      out, as for a transposed convolution, whose taps are those that contribute. Taps past the padding
                      are always left out
    """

    def __init__(self, axes: tuple[Axis, ...], includes_padding: bool):
        self.axes, self.includes_padding = axes, includes_padding

    @cached_property
    def source_tables(self) -> tuple[Integers, ...]:
        """A table per axis, shape (output, kernel): the input index that each tap reads, negative for none."""
        return tuple(axis.source_table() for axis in self.axes)

    @property
    def output(self) -> Index:
        """The output's size per axis."""
        return tuple(axis.output for axis in self.axes)

    def taps(self, position: Sequence[int]) -> list[Tap]:
        """Return the (kernel, input) pairs of one output position, kernel indices ascending; input is None for padding.

        >>> from kernelwalk.core import Conv
        >>> Conv(input=[3], kernel=2, padding=1).mapping.taps([0])
        [((0,), None), ((1,), (0,))]
        """
        rows = [axis.tap_sources(place) for axis, place in zip(self.axes, position, strict=True)]
        pairs = itertools.product(*(enumerate(row) for row in rows))
        return list(self._select_taps(pairs))

    def _select_taps(self, pairs: Iterator[tuple[tuple[int, int], ...]]) -> Iterator[Tap]:
        for pair in pairs:
            kernel = tuple(tap for tap, _ in pair)
            cell = tuple(source for _, source in pair)
            if min(cell) >= 0:
                yield kernel, cell
            elif self.includes_padding and OUTSIDE not in cell:
                yield kernel, None

    def read_counts(self) -> Integers:
        """Count the (output, tap) pairs that read each cell, in the input's shape; 0 where a stride skips a cell."""
        total = np.ones((), np.int64)
        for axis in self.axes:
            total = np.multiply.outer(total, np.array(axis.read_counts(), np.int64))
        return total

    @property
    def unused_count(self) -> int:
        """Number of input cells that no output reads."""
        read = math.prod(sum(map(bool, axis.read_counts())) for axis in self.axes)
        return math.prod(axis.input for axis in self.axes) - read
