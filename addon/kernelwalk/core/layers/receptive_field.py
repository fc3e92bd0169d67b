# SPDX-License-Identifier: GPL-3.0-or-later
"""Receptive fields through a chain of layers: their sizes and places in the first layer's input.

Formulas: Araujo, Norris, Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019
(distill.pub/2019/computing-receptive-fields), extended to windows over a grid with zeros between its cells (a
transposed convolution), and to windows that move by a fraction of a cell (upsampling), so that values can be fractions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .axis import Axis
    from .registry import Layer

MAX_POSITIONS, MAX_CELLS = 256, 1_000_000
"""Limits for following each output down separately: outputs, and cells that are then read at once."""


@dataclass(frozen=True)
class ReceptiveField:
    """The receptive fields of a layer's outputs along one axis, in cells of the first layer's input.

    The input counts as endless: output y reads cells within `half_width` of start + y·jump.

    size:  cells of the largest receptive field, from first to last. Without upsampling all fields have this size; with
           it, outputs read more and fewer in turn. (An upper bound for fields too large to be followed cell by cell)
    jump:  distance between the middles of neighboring fields: the product of the strides; a fraction with upsampling
    start: the middle of the first output's field; 0 is the middle of the first input
    half_width: (size - 1)/2, or more where the outputs that share a cell lie around its middle
    """

    size: int
    jump: Fraction
    start: Fraction
    half_width: Fraction


def receptive_fields(layers: Sequence[Layer]) -> list[tuple[ReceptiveField, ...]]:
    """Return the receptive fields of each layer's outputs in the first layer's input, one per axis.

    >>> from kernelwalk.core import Conv, MaxPool
    >>> [[field.size for field in fields] for fields in receptive_fields([Conv([16], 3), MaxPool([14], 2)])]
    [[3], [4]]
    """
    by_axis = list(zip(*(layer.axes for layer in layers), strict=True))
    return [tuple(_receptive_field(axes[: count + 1]) for axes in by_axis) for count in range(len(layers))]


def _receptive_field(axes: Sequence[Axis]) -> ReceptiveField:
    """Return the receptive fields of the last layer's outputs along one axis, from that axis of each layer."""
    jump, start, half_width = Fraction(1), Fraction(0), Fraction(0)
    for axis in axes:
        start += axis.field_start * jump
        half_width += axis.field_half_width * jump
        jump *= _input_stride(axis)
    is_whole = all(axis.input_dilation == 1 and 2 * axis.field_half_width == axis.extent - 1 for axis in axes)
    size = int(2 * half_width) + 1
    return ReceptiveField(size if is_whole else _largest_size(axes, size), jump, start, half_width)


def _input_stride(axis: Axis) -> Fraction:
    """Return the cells of the input by which the window moves from an output to the next."""
    return Fraction(axis.stride, axis.upsampling * axis.input_dilation)


def _largest_size(axes: Sequence[Axis], bound: int) -> int:
    """Return the size of the largest field, at most `bound`, over one period of outputs.

    After a period the outputs lie over the input's cells as the first one did.
    """
    shift, period = Fraction(1), 1
    for axis in reversed(axes):
        shift *= _input_stride(axis)
        period = math.lcm(period, shift.denominator)
    if period > MAX_POSITIONS or bound * max(axis.kernel for axis in axes) > MAX_CELLS:
        return bound
    sizes = []
    for output in range(period):
        cells = {output}
        for axis in reversed(axes):
            under = {under for cell in cells for under in axis.endless_window(cell)}
            cells = {cell // axis.input_dilation for cell in under if cell % axis.input_dilation == 0}
        sizes.append(max(cells) - min(cells) + 1 if cells else 0)
    return max(sizes)


def trace_inputs(layers: Sequence[Layer], position: Sequence[int]) -> list[tuple[list[int], ...]]:
    """Return the cells of each layer's input that one output of the last layer depends on, the first layer's first.

    Per layer there is an ascending list of indices per axis, of which the product is the set of cells; an empty list
    means that no cell is read. Raises SpecError if there is no such output.

    >>> from kernelwalk.core import Conv
    >>> trace_inputs([Conv([7], 3), Conv([5], 3)], [0])
    [([0, 1, 2, 3, 4],), ([0, 1, 2],)]
    """
    indices = [[place] for place in layers[-1].check_position(position)]
    inputs: list[tuple[list[int], ...]] = []
    for layer in reversed(layers):
        read = [set().union(*map(axis.tap_sources, places)) for axis, places in zip(layer.axes, indices, strict=True)]
        indices = [sorted(cell for cell in cells if cell >= 0) for cells in read]
        inputs.append(tuple(indices))
    return inputs[::-1]


@dataclass(frozen=True)
class FieldSpan:
    """The cells of a model's input that the outputs of a layer lie over along one axis, also where branches meet.

    jump:      distance between neighboring outputs
    low, high: the first and the last cell of the first output's field, where the input counts as endless
    is_exact:  False if some outputs may read less, after a transposed convolution or an upsampling
    """

    jump: Fraction = Fraction(1)
    low: Fraction = Fraction(0)
    high: Fraction = Fraction(0)
    is_exact: bool = True

    @property
    def size(self) -> int:
        """Number of cells from the first to the last."""
        return int(self.high - self.low) + 1

    def extend(self, axis: Axis) -> FieldSpan:
        """Return the span of a layer whose input has this one, along the layer's axis.

        >>> from kernelwalk.core import Conv, MaxPool
        >>> FieldSpan().extend(Conv([16], 3).axes[0]).extend(MaxPool([14], 2).axes[0]).size
        4
        """
        return FieldSpan(
            self.jump * _input_stride(axis),
            self.low + (axis.field_start - axis.field_half_width) * self.jump,
            self.high + (axis.field_start + axis.field_half_width) * self.jump,
            self.is_exact and axis.input_dilation == 1 and 2 * axis.field_half_width == axis.extent - 1,
        )

    def join(self, other: FieldSpan) -> FieldSpan | None:
        """Return the span of what reads both; None if their outputs do not lie side by side."""
        if self.jump != other.jump:
            return None
        low, high = min(self.low, other.low), max(self.high, other.high)
        return FieldSpan(self.jump, low, high, self.is_exact and other.is_exact)
