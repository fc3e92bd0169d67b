# SPDX-License-Identifier: GPL-3.0-or-later
"""One axis of nearest upsampling by a factor that is no whole number: outputs repeat some cells more often than others.

Output y copies input floor(y / scale), or with "nearest_exact" floor((y + 1/2) / scale), but the last input at most. As
in PyTorch, 1 / scale is rounded to float32, and so is the product (aten/src/ATen/native/UpSample.h,
nearest_neighbor_compute_source_index): a whole product may round to either side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..lazy_numpy import np
from .axis import Axis, CellOrCells

if TYPE_CHECKING:
    from fractions import Fraction

    from ..arrays import Integers


@dataclass(frozen=True)
class NearestAxis(Axis):
    """One axis of nearest upsampling. The window, of one cell, moves by `stride / upsampling` cells from output to
    output.

    scale:    outputs for each input; None for the quotient of the sizes
    is_exact: True if the cell under the output's middle is copied, False for that under its beginning
    """

    scale: float | None = None
    is_exact: bool = False

    @classmethod
    def make(cls, input: int, output: int, scale: Fraction | None, is_exact: bool) -> NearestAxis:
        """Return the axis of an upsampling from `input` to `output` cells."""
        stride, upsampling = (scale.denominator, scale.numerator) if scale else (input, output)
        factor = None if scale is None else float(scale)
        return cls(input, output, 1, stride, 1, 0, 0, upsampling=upsampling, scale=factor, is_exact=is_exact)

    def first_cell(self, output: CellOrCells) -> CellOrCells:
        """Return the cell that an output copies, or those that several copy."""
        cell: Any = self._cells[output]
        return cell

    @cached_property
    def _cells(self) -> Integers:
        single = np.float32
        step = single(self.input) / single(self.output) if self.scale is None else single(1 / self.scale)
        places = np.arange(self.output, dtype=single) + single(0.5 if self.is_exact else 0)
        return np.minimum(np.floor(places * step).astype(np.int64), self.input - 1)

    @property
    def field_start(self) -> Fraction:
        """The middle of the cells that the first output could copy, in inputs."""
        from fractions import Fraction  # only now: it takes a while to load

        step = Fraction(self.stride, self.upsampling)
        return (step if self.is_exact else Fraction(0)) / 2 - self.field_half_width

    @property
    def field_half_width(self) -> Fraction:
        """Half the distance between the places that an output may have over the cell that it copies, in inputs."""
        from fractions import Fraction  # only now: it takes a while to load

        step = Fraction(self.stride, self.upsampling) / (2 if self.is_exact else 1)
        return Fraction(step.denominator - 1, 2 * step.denominator)

    def endless_window(self, output: int) -> Sequence[int]:
        """Return the cell that any output copies, as if the input were endless."""
        part = (2 * output + 1, 2) if self.is_exact else (output, 1)
        return [part[0] * self.stride // (part[1] * self.upsampling)]
