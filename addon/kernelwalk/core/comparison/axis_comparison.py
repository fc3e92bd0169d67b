# SPDX-License-Identifier: GPL-3.0-or-later
"""Two layers along one axis: the outputs that read other cells, and how the two windows lie to each other."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from ..layers.axis import Axis
from ..layers.crops import PaddingPair
from ..layers.registry import Layer
from ..lazy_numpy import np
from .readings import Reading, iterate_readings

if TYPE_CHECKING:
    from ..arrays import Booleans


class Shift(NamedTuple):
    """The place of the second layer's windows beside the first's, where both have the same kernel, stride and dilation.

    cells:       cells by which the second's windows begin later; in a transposed layer, cells of its spread-out input
    outputs:     outputs by which the second's results come later; None where no whole number of outputs does it
    is_flipped:  True if one of them reads its kernel in reverse
    is_mirrored: True if the second pads before what the first pads after, and the other way round
    """

    cells: int
    outputs: int | None
    is_flipped: bool
    is_mirrored: bool


class AxisComparison:
    """Two layers along one axis.

    name:   the axis, "y"
    layers: the first and the second
    number: of the axis, from 0
    """

    def __init__(self, name: str, layers: tuple[Layer, Layer], number: int):
        self.name, self.layers, self.number = name, layers, number

    @property
    def axes(self) -> tuple[Axis, Axis]:
        """The axis of the first layer and of the second."""
        first, second = self.layers
        return first.axes[self.number], second.axes[self.number]

    @property
    def padding(self) -> tuple[PaddingPair, PaddingPair]:
        """Cells before and after, of each layer; of a transposed convolution those that it crops."""
        first, second = self.layers
        return first.padding[self.number], second.padding[self.number]

    @cached_property
    def readings(self) -> tuple[tuple[Reading, ...], tuple[Reading, ...]]:
        """The readings of each layer, one for each output."""
        first, second = (tuple(iterate_readings(layer, self.number)) for layer in self.layers)
        return first, second

    @property
    def sizes(self) -> tuple[int, int]:
        """Outputs of the first layer and of the second."""
        return self.axes[0].output, self.axes[1].output

    @cached_property
    def is_same(self) -> Booleans:
        """True for each output that both layers have and compute from the same cells in the same way."""
        pairs = zip(*self.readings, strict=False)
        return np.array([first == second for first, second in pairs], bool)

    @cached_property
    def has_same_cells(self) -> Booleans:
        """True for each output that both layers have and compute from the same cells, in whatever way."""
        pairs = zip(*self.readings, strict=False)
        return np.array([first.cells == second.cells for first, second in pairs], bool)

    @cached_property
    def reads_nothing(self) -> tuple[Booleans, Booleans]:
        """True for each output that both layers have and that reads no input, in the first and in the second."""
        count = min(self.sizes)
        empty = [np.array([not each.cells for each in readings[:count]], bool) for readings in self.readings]
        return empty[0], empty[1]

    @property
    def shift(self) -> Shift | None:
        """The shift and the flip that lead from the first layer's windows to the second's; None where none do."""
        one, other = self.axes
        if type(one) is not Axis or type(other) is not Axis:
            return None  # windows of several lengths, or with weights of their own
        if _step(one) != _step(other):
            return None
        cells = one.before - other.before
        pads = (one.before, one.after + one.overhang), (other.before, other.after + other.overhang)
        return Shift(
            cells,
            None if cells % one.stride else -cells // one.stride,
            one.kernel > 1 and one.is_flipped != other.is_flipped,
            pads[0] == pads[1][::-1] != pads[1],
        )


def _step(axis: Axis) -> tuple[int, ...]:
    """Return the numbers that must agree for windows to differ by a shift alone."""
    return axis.input, axis.kernel, axis.stride, axis.dilation, axis.input_dilation, axis.upsampling
