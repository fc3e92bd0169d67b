# SPDX-License-Identifier: GPL-3.0-or-later
"""Which input cells each output cell is computed from: a product of small tables, one per axis.

The selection of a step is, on each axis, a set of indices that depends on that axis's output index alone. So nothing
here grows with the number of tiles: a 1000x1000 layer is two tables of 1000 rows.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ..lazy_numpy import np
from .axis import OUTSIDE, Axis

if TYPE_CHECKING:
    from numpy.typing import NDArray

Index = tuple[int, ...]
Tap = tuple[Index, Index | None]


@dataclass(frozen=True)
class Mapping:
    """The mapping of a layer with the given axes.

    keep_empty: whether taps that read no input (padding) are told, as a convolution does, or left out, as a
                transposed convolution does: its taps are those that contribute. Those that hang over the padding are
                left out always
    """

    axes: tuple[Axis, ...]
    includes_padding: bool

    @cached_property
    def source_tables(self) -> tuple[NDArray[np.int64], ...]:
        """Per axis a table of shape (output, kernel): the input index each tap reads, negative for none."""
        return tuple(axis.source_table() for axis in self.axes)

    @property
    def output(self) -> Index:
        return tuple(axis.output for axis in self.axes)

    def taps(self, position: Sequence[int]) -> list[Tap]:
        """The (kernel, input) pairs of one output position, kernel indices ascending; input is None for padding."""
        rows = [axis.tap_sources(place) for axis, place in zip(self.axes, position, strict=True)]
        pairs = itertools.product(*(enumerate(row) for row in rows))
        return list(self._reading(pairs))

    def _reading(self, pairs: Iterator[tuple[tuple[int, int], ...]]) -> Iterator[Tap]:
        for pair in pairs:
            kernel = tuple(tap for tap, _ in pair)
            cell = tuple(source for _, source in pair)
            if min(cell) >= 0:
                yield kernel, cell
            elif self.includes_padding and OUTSIDE not in cell:
                yield kernel, None

    def read_counts(self) -> NDArray[np.int64]:
        """Shape of the input: how many (output, tap) pairs read each cell; 0 marks cells a stride leaves unused."""
        total = np.ones((), np.int64)
        for axis in self.axes:
            total = np.multiply.outer(total, np.array(axis.read_counts(), np.int64))
        return total

    @property
    def unused_count(self) -> int:
        """How many input cells no output reads."""
        read = math.prod(sum(map(bool, axis.read_counts())) for axis in self.axes)
        return math.prod(axis.input for axis in self.axes) - read
