# SPDX-License-Identifier: GPL-3.0-or-later
"""One axis of an adaptive pooling: windows whose number is given, and whose first cell and length follow from it.

Output y of o reads cells floor(y·i/o) to ceil((y + 1)·i/o) - 1 of i (aten/src/ATen/native/AdaptivePooling.h,
start_index and end_index). So neighboring windows overlap where o does not divide i, and differ in length.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ..lazy_numpy import np
from .axis import OUTSIDE, Axis, CellOrCells

if TYPE_CHECKING:
    from fractions import Fraction

    from ..arrays import Integers


class AdaptiveAxis(Axis):
    """One axis of an adaptive pooling. `kernel` is the length of the longest window; shorter ones lack the last taps.

    The first cell of a window is that of an axis with `stride` input / `upsampling` output.
    """

    @classmethod
    def make(cls, input: int, output: int) -> AdaptiveAxis:
        """Return the axis of a pooling from `input` to `output` cells."""
        period = output // math.gcd(input, output)
        longest = max(-(-(y + 1) * input // output) - y * input // output for y in range(period))
        return cls(input, output, longest, input, 1, 0, 0, upsampling=output)

    def length(self, output: int) -> int:
        """Return the number of cells that an output reads.

        >>> [AdaptiveAxis.make(10, 7).length(y) for y in range(7)]
        [2, 2, 3, 2, 3, 2, 2]
        """
        return len(self.endless_window(output))

    @cached_property
    def _table(self) -> Integers:
        outputs = np.arange(self.output)
        first = self.first_cell(outputs)
        cells = first[:, None] + np.arange(self.kernel)
        return np.where(cells < self._end_cell(outputs)[:, None], cells, OUTSIDE)

    def source_table(self) -> Integers:
        """Return the input that each tap reads, shape (output, kernel); OUTSIDE for a tap after the window."""
        return self._table

    def tap_sources(self, output: int) -> tuple[int, ...]:
        """Return the input that each tap reads at an output; OUTSIDE for a tap after the window."""
        cells = self.endless_window(output)
        return (*cells, *[OUTSIDE] * (self.kernel - len(cells)))

    def window_cells(self, outputs: Integers) -> Integers:
        """Return the cells (n, kernel) under the taps of outputs (n,); the last one again for a tap after a window."""
        cells = self._table[outputs]
        return np.where(cells == OUTSIDE, cells.max(axis=1, keepdims=True), cells)

    def endless_window(self, output: int) -> Sequence[int]:
        """Return the cells under the window at any output, as if the input were endless."""
        return range(self.first_cell(output), self._end_cell(output))

    def _end_cell(self, output: CellOrCells) -> CellOrCells:
        """Return the cell after the window of an output, or of each of several."""
        return -(-(output + 1) * self.stride // self.upsampling)

    @property
    def field_start(self) -> Fraction:
        """The middle of the first output's share of the input, in inputs."""
        from fractions import Fraction  # only now: it takes a while to load

        return (Fraction(self.stride, self.upsampling) - 1) / 2

    @property
    def field_half_width(self) -> Fraction:
        """Half the distance between the outermost cells that an output may read, in inputs."""
        from fractions import Fraction  # only now: it takes a while to load

        step = Fraction(self.stride, self.upsampling)
        return (step + 1) / 2 - Fraction(1, step.denominator)
