# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers one after another: how large each output's receptive field is in the input of the first, and where it lies.

Formulas: Araujo, Norris, Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019
(distill.pub/2019/computing-receptive-fields), written for a window over a grid with zeros between its cells (a
transposed convolution), and for one that moves by a part of a cell (upsampling), so that they are fractions there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from .axis import Axis
from .layers import Layer


@dataclass(frozen=True)
class Field:
    """The receptive fields of a layer's outputs along one axis, in cells of the first layer's input, as if that had no
    end: what output y reads lies within (size - 1)/2 of start + y·jump.

    size:  of each receptive field. Where the jump is whole in every layer up to here all outputs read as much, from the
           first cell to the last; elsewhere they read less in turn, and none more than the whole part of it
    jump:  from the middle of one field to that of the next: the strides multiplied; below 1 where layers upsample
    start: the middle of the first output's field: 0 is the middle of the first input
    """

    size: Fraction
    jump: Fraction
    start: Fraction


ONE = Field(Fraction(1), Fraction(1), Fraction(0))
"""A cell of the input itself."""


def fields(layers: Sequence[Layer]) -> list[tuple[Field, ...]]:
    """For each layer, and each of its axes, the receptive fields of its outputs in the first layer's input."""
    found: list[tuple[Field, ...]] = []
    for layer in layers:
        before = found[-1] if found else (ONE,) * layer.dims
        found.append(tuple(_over(axis, field) for axis, field in zip(layer.axes, before, strict=True)))
    return found


def _over(axis: Axis, below: Field) -> Field:
    """The field of a layer's outputs, from that of what it reads."""
    window = Fraction(axis.extent - 1, axis.spacing)
    # outputs that share a cell lie in a row over it, as wide as the cell
    parts = Fraction(axis.scale - 1, axis.scale)
    middle = window / 2 - Fraction(axis.before, axis.spacing) - parts / 2
    return Field(
        below.size + (window + parts) * below.jump,
        below.jump * Fraction(axis.step, axis.scale * axis.spacing),
        below.start + middle * below.jump,
    )


def read(layers: Sequence[Layer], position: Sequence[int]) -> list[tuple[NDArray[np.int64], ...]]:
    """What one output of the last layer reads of the input of each layer, the first one's first: per axis the indices,
    ascending, which multiplied are the cells. No cell is read where an axis has none.

    Raises SpecError where there is no such output.
    """
    wanted: list[NDArray[np.int64]] = [np.array([place]) for place in layers[-1].place(position)]
    found: list[tuple[NDArray[np.int64], ...]] = []
    for layer in reversed(layers):
        sources = [table[places] for table, places in zip(layer.mapping.sources, wanted, strict=True)]
        wanted = [np.unique(cells[cells >= 0]) for cells in sources]
        found.append(tuple(wanted))
    return found[::-1]
