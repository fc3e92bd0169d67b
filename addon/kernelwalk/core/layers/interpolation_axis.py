# SPDX-License-Identifier: GPL-3.0-or-later
"""One axis of linear or cubic upsampling: a window whose taps have weights that differ from output to output.

Output y stands at the place x of the input, in cells: x = (y + 1/2)/scale - 1/2, where the scale is o/i unless another
is given, or with aligned corners x = y·(i - 1)/(o - 1) (aten/src/ATen/native/UpSample.h,
area_pixel_compute_source_index). With f = floor(x) and t = x - f, linear upsampling is (1 - t)·cell f + t·cell f + 1,
and cubic upsampling weighs cells f - 1 to f + 2 by Keys' polynomials (Keys 1981, doi:10.1109/TASSP.1981.1163711). Their
coefficient is -3/4 in PyTorch and ONNX, where a tap beyond the input reads the edge cell; it is -1/2 in TensorFlow and
JAX, where such a tap is left out and the others are divided by their sum. The weights of taps on one cell are added, so
that no tap lies outside the input.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..lazy_numpy import np
from .axis import OUTSIDE, Axis, CellOrCells
from .conventions import CONVENTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from ..arrays import Floats, Integers

TAP_OFFSETS = {"linear": (0, 1), "cubic": (-1, 0, 1, 2)}
"""Cells from floor(x) to each tap."""


@dataclass(frozen=True)
class InterpolationAxis(Axis):
    """One axis of linear or cubic upsampling. The window moves by `stride / upsampling` cells from output to output.

    interpolation: a key of TAP_OFFSETS
    convention:    of cubic upsampling, a key of CONVENTIONS
    aligns_corners: True if the first and the last output stand on the first and the last input
    """

    interpolation: str = "linear"
    convention: str = "pytorch"
    aligns_corners: bool = False

    @classmethod
    def make(
        cls, input: int, output: int, interpolation: str, convention: str, aligns: bool, scale: Fraction | None = None
    ) -> InterpolationAxis:
        """Return the axis of an upsampling from `input` to `output` cells; `scale` is that of the sizes if it is None.

        Aligned corners take no scale, and PyTorch's linear upsampling to the same size copies, whatever the scale.
        """
        kernel = min(len(TAP_OFFSETS[interpolation]), input)
        stride, upsampling = (input - 1, max(output - 1, 1)) if aligns else (input, output)
        if scale is not None and not aligns and (interpolation != "linear" or input != output):
            stride, upsampling = scale.denominator, scale.numerator
        if aligns and output == 1:
            stride = 0  # the only output stands on the first input
        sizes = input, output, kernel, stride, 1, 0, 0
        names: Any = {"interpolation": interpolation, "convention": convention, "aligns_corners": aligns}
        return cls(*sizes, upsampling=upsampling, **names)

    def first_cell(self, output: CellOrCells) -> CellOrCells:
        """Return the cell under the window's first tap at an output, or at each of several."""
        first: Any = self._weighted_windows[0][output]
        return first

    @cached_property
    def tap_weights(self) -> Floats:
        """The weight of each tap at each output, shape (output, kernel); they add up to 1, and some may be 0."""
        return self._weighted_windows[1]

    @cached_property
    def _weighted_windows(self) -> tuple[Integers, Floats]:
        outputs = np.arange(self.output)
        if self.aligns_corners:
            numerator, denominator = outputs * self.stride, self.upsampling
        else:
            numerator, denominator = (2 * outputs + 1) * self.stride - self.upsampling, 2 * self.upsampling
        floor = numerator // denominator
        weights = self._weigh((numerator - floor * denominator) / denominator)
        cells = floor[:, None] + np.array(TAP_OFFSETS[self.interpolation])
        if CONVENTIONS[self.convention].cuts_cubic:
            weights = np.where((cells >= 0) & (cells < self.input), weights, 0.0)
            weights /= weights.sum(axis=1, keepdims=True)
        first = np.clip(cells[:, 0], 0, self.input - self.kernel)
        tap = np.clip(cells, 0, self.input - 1) - first[:, None]
        table = np.zeros((self.output, self.kernel))
        np.add.at(table, (outputs[:, None], tap), weights)
        return first, table

    def _weigh(self, t: Floats) -> Floats:
        """Return the weights of all taps (n, taps) at places t (n,) after the cell before them, 0 to 1."""
        if self.interpolation == "linear":
            return np.stack([1 - t, t], axis=1)
        a = CONVENTIONS[self.convention].cubic_coefficient
        near, far = np.stack([t, 1 - t], axis=1), np.stack([1 + t, 2 - t], axis=1)
        inner = ((a + 2) * near - (a + 3)) * near**2 + 1
        outer = ((a * far - 5 * a) * far + 8 * a) * far - 4 * a
        return np.column_stack([outer[:, 0], inner, outer[:, 1]])

    def source_table(self) -> Integers:
        """Return the input that each tap reads, shape (output, kernel); OUTSIDE for a tap of weight 0."""
        first, weights = self._weighted_windows
        return np.where(weights != 0, first[:, None] + np.arange(self.kernel), OUTSIDE)

    @cached_property
    def _source_rows(self) -> Sequence[tuple[int, ...]]:
        return [tuple(row) for row in self.source_table().tolist()]

    def tap_sources(self, output: int) -> tuple[int, ...]:
        """Return the input that each tap reads at an output; OUTSIDE for a tap of weight 0."""
        return self._source_rows[output]

    def window_cells(self, outputs: Integers) -> Integers:
        """Return the cells (n, kernel) that the taps of outputs (n,) read; one of them for a tap of weight 0."""
        first, weights = self._weighted_windows
        cells = self.source_table()[outputs]
        largest = first[outputs] + np.abs(weights[outputs]).argmax(axis=1)
        return np.where(cells == OUTSIDE, largest[:, None], cells)

    @property
    def field_start(self) -> Fraction:
        """The place of the first output, in inputs."""
        from fractions import Fraction  # only now: it takes a while to load

        return Fraction(0) if self.aligns_corners else (Fraction(self.stride, self.upsampling) - 1) / 2

    @property
    def field_half_width(self) -> Fraction:
        """Half the distance between the outermost cells that an output may read, in inputs."""
        from fractions import Fraction  # only now: it takes a while to load

        return Fraction(len(TAP_OFFSETS[self.interpolation]), 2)

    def endless_window(self, output: int) -> Sequence[int]:
        """Return the cells under the window at any output, as if the input were endless."""
        from fractions import Fraction  # only now: it takes a while to load

        place = self.field_start + output * Fraction(self.stride, self.upsampling)
        floor = place.numerator // place.denominator
        if place == floor:
            return [floor]
        return [floor + offset for offset in TAP_OFFSETS[self.interpolation]]
