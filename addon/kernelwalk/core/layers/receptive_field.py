# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers one after another: how large each output's receptive field is in the input of the first, and where it lies.

Formulas: Araujo, Norris, Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019
(distill.pub/2019/computing-receptive-fields), written for a window over a grid with zeros between its cells (a
transposed convolution), and for one that moves by a part of a cell (upsampling), so that they are fractions there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from .axis import Axis
from .registry import Layer

MAX_POSITIONS, MAX_CELLS = 256, 1_000_000
"""Outputs of which each is followed down by itself, and cells that are then read at once."""


@dataclass(frozen=True)
class ReceptiveField:
    """The receptive fields of a layer's outputs along one axis, in cells of the first layer's input, as if that had no
    end: what output y reads lies within `reach` of start + y·jump.

    size:  of the largest receptive field, from its first cell to its last. Without upsampling they are all alike;
           with it, outputs in turn read more and less. (Of fields that are too large to be followed cell by cell, what
           none goes beyond)
    jump:  from the middle of one field to that of the next: the strides multiplied; a fraction where layers upsample
    start: the middle of the first output's field: 0 is the middle of the first input
    reach: (size - 1)/2, or more where the outputs that share a cell lie around its middle
    """

    size: int
    jump: Fraction
    start: Fraction
    half_width: Fraction


def receptive_fields(layers: Sequence[Layer]) -> list[tuple[ReceptiveField, ...]]:
    """For each layer, and each of its axes, the receptive fields of its outputs in the first layer's input."""
    lines = list(zip(*(layer.axes for layer in layers), strict=True))
    return [tuple(_receptive_field(line[: number + 1]) for line in lines) for number in range(len(layers))]


def _receptive_field(axes: Sequence[Axis]) -> ReceptiveField:
    """The fields of the last one's outputs, from what lies between, along one axis."""
    jump, start, reach = Fraction(1), Fraction(0), Fraction(0)
    for axis in axes:
        window = Fraction(axis.extent - 1, 2 * axis.input_dilation)
        # outputs that share a cell lie in a row over it, as wide as the cell
        parts = Fraction(axis.upsampling - 1, 2 * axis.upsampling)
        start += (window - Fraction(axis.before, axis.input_dilation) - parts) * jump
        reach += (window + parts) * jump
        jump *= _input_stride(axis)
    whole = all(axis.input_dilation == axis.upsampling == 1 for axis in axes)
    size = int(2 * reach) + 1
    return ReceptiveField(size if whole else _largest_size(axes, size), jump, start, reach)


def _input_stride(axis: Axis) -> Fraction:
    """Cells of the input by which the window moves from an output to the next."""
    return Fraction(axis.stride, axis.upsampling * axis.input_dilation)


def _largest_size(axes: Sequence[Axis], bound: int) -> int:
    """The size of the largest field, at most `bound`: of all outputs until they lie over the input as the first did."""
    shift, period = Fraction(1), 1
    for axis in reversed(axes):
        shift *= _input_stride(axis)
        period = math.lcm(period, shift.denominator)
    if period > MAX_POSITIONS or bound * max(axis.kernel for axis in axes) > MAX_CELLS:
        return bound
    sizes = []
    for output in range(period):
        wanted = {output}
        for axis in reversed(axes):
            taps = range(0, axis.extent, axis.dilation)
            under = {axis.first_cell(each) + tap for each in wanted for tap in taps}
            wanted = {cell // axis.input_dilation for cell in under if cell % axis.input_dilation == 0}
        sizes.append(max(wanted) - min(wanted) + 1 if wanted else 0)
    return max(sizes)


def trace_inputs(layers: Sequence[Layer], position: Sequence[int]) -> list[tuple[list[int], ...]]:
    """What one output of the last layer reads of the input of each layer, the first one's first: per axis the indices,
    ascending, which multiplied are the cells. No cell is read where an axis has none.

    Raises SpecError where there is no such output.
    """
    wanted = [[place] for place in layers[-1].check_position(position)]
    found: list[tuple[list[int], ...]] = []
    for layer in reversed(layers):
        read = [set().union(*map(axis.tap_sources, places)) for axis, places in zip(layer.axes, wanted, strict=True)]
        wanted = [sorted(cell for cell in cells if cell >= 0) for cells in read]
        found.append(tuple(wanted))
    return found[::-1]
