# SPDX-License-Identifier: GPL-3.0-or-later
"""Two layers on the same input: their sizes, the outputs that differ, and the parameters in which they differ."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..errors import Problem, SpecError
from ..layers.formatting import format_size
from ..layers.parameters import axis_names
from ..layers.registry import Layer
from ..lazy_numpy import np
from .axis_comparison import AxisComparison

if TYPE_CHECKING:
    from ..arrays import Booleans


class LayerComparison:
    """Two layers on the same input.

    axes: their axes, one by one
    """

    def __init__(self, first: Layer, second: Layer, axes: tuple[AxisComparison, ...]):
        self.first, self.second, self.axes = first, second, axes

    @property
    def computes_same(self) -> bool:
        """True if both compute the same numbers from the same input, given the same weights."""
        if not (self.has_same_kind and self.has_same_channels and self.has_same_sizes):
            return False
        has_equal_axes = self.first.axes == self.second.axes and self.first.divisors == self.second.divisors
        if self._are_rearrangements:
            # of one operation, axes and channels, with their groups and their order, decide where each number goes
            names = [
                (layer.op, layer.axes, layer.channels, layer.channel_counts()) for layer in (self.first, self.second)
            ]
            return names[0] == names[1] or bool(self.is_same.all())
        if has_equal_axes or all(first == second for first, second in (axis.readings for axis in self.axes)):
            return True
        # numpy, which takes a while to load, is needed only where an output may read nothing at all
        may_read_nothing = any(not reading.cells for axis in self.axes for reading in axis.readings[0])
        return may_read_nothing and bool(self.is_same.all())

    @property
    def has_same_kind(self) -> bool:
        """True if both weigh, both take the maximum, both average, or both move numbers."""
        return _kind(self.first) == _kind(self.second)

    @property
    def has_same_channels(self) -> bool:
        """True if both have the same channels and, unless they only move numbers, the same groups."""
        one, other = self.first.channels, self.second.channels
        if self._are_rearrangements:
            return (one.inputs, one.outputs) == (other.inputs, other.outputs)
        return one == other

    @property
    def _are_rearrangements(self) -> bool:
        return self.first.is_rearrangement and self.second.is_rearrangement

    @property
    def has_same_sizes(self) -> bool:
        """True if both have outputs of the same size."""
        return self.first.output == self.second.output

    @cached_property
    def is_same(self) -> Booleans:
        """True for each output that both layers have and compute alike, shape (common outputs along each axis)."""
        if self._are_rearrangements and self.has_same_channels:
            return self._move_same_numbers()
        return self._join_axes([axis.is_same for axis in self.axes])

    @cached_property
    def has_same_cells(self) -> Booleans:
        """True for each output that both layers have and compute from the same cells, in whatever way."""
        return self._join_axes([axis.has_same_cells for axis in self.axes])

    def _join_axes(self, along_axes: list[Booleans]) -> Booleans:
        # an output that reads nothing along one axis reads nothing at all
        empty = [_combine(np.logical_or, [axis.reads_nothing[layer] for axis in self.axes]) for layer in (0, 1)]
        return _combine(np.logical_and, along_axes) | (empty[0] & empty[1])

    def _move_same_numbers(self) -> Booleans:
        """Return `is_same` of two rearrangements, whose outputs hold one number each."""
        shape = tuple(min(axis.sizes) for axis in self.axes)
        positions = np.moveaxis(np.indices(shape), 0, -1)
        channels = np.arange(self.first.channels.outputs).reshape(-1, *[1] * len(shape))
        where = [layer.source_of(channels, positions) for layer in (self.first, self.second)]
        is_padding = [(cell < 0).any(axis=-1) for _, cell in where]
        same = (where[0][0] == where[1][0]) & (where[0][1] == where[1][1]).all(axis=-1)
        alike: Booleans = np.where(is_padding[0] | is_padding[1], is_padding[0] == is_padding[1], same).all(axis=0)
        return alike

    @property
    def differs_in_direction(self) -> bool:
        """True if it is enough to reverse the weights along the axes where one layer reads them in reverse."""
        shifts = [axis.shift for axis in self.axes]
        if not (self.has_same_kind and self.has_same_channels and self.has_same_sizes and self.first.has_weights):
            return False
        return all(
            shift is not None and shift.cells == 0 and axis.axes[0].padding_mode == axis.axes[1].padding_mode
            for shift, axis in zip(shifts, self.axes, strict=True)
        ) and any(shift is not None and shift.is_flipped for shift in shifts)

    @property
    def first_difference(self) -> tuple[int, ...] | None:
        """The first position at which both have an output, and not the same one; None if there is none."""
        if self.is_same.all():
            return None
        return tuple(int(place) for place in np.unravel_index(int(np.argmin(self.is_same)), self.is_same.shape))

    @cached_property
    def parameters(self) -> dict[str, tuple[Any, Any]]:
        """The parameters in which the layers differ, with the value of each; None for one that a layer lacks."""
        return dict(_list_differences(self.first, self.second))


def compare_layers(first: Layer, second: Layer) -> LayerComparison:
    """Compare two layers. Raises SpecError if they have other inputs.

    >>> from kernelwalk.core import Conv
    >>> comparison = compare_layers(Conv(input=6, kernel=3, stride=2, padding=1), Conv(input=6, kernel=3, stride=2))
    >>> comparison.has_same_sizes, comparison.axes[0].shift.cells
    (False, 1)
    """
    if first.input != second.input:
        sizes = f"{format_size(first.input)} and {format_size(second.input)}"
        raise SpecError([Problem("input", f"the layers read {sizes} cells", "Compare layers on inputs of one size")])
    names = axis_names(first.dims)
    axes = [AxisComparison(name, (first, second), number) for number, name in enumerate(names)]
    return LayerComparison(first, second, tuple(axes))


def _kind(layer: Layer) -> tuple[bool, ...]:
    """Return what a layer does with the numbers that it reads."""
    sums = layer.has_weights, layer.has_tap_channels, bool(layer.divisors)
    return *sums, layer.takes_maximum, layer.is_rearrangement


def _combine(operation: Any, along_axes: list[Booleans]) -> Booleans:
    """Return an operation on one boolean per axis, shape (outputs along each axis)."""
    total = along_axes[0]
    for each in along_axes[1:]:
        total = operation.outer(total, each)
    return total


def _list_differences(first: Layer, second: Layer) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Yield the parameters in which layers differ; padding as numbers."""
    if first.op != second.op:
        yield "op", (first.op, second.op)
    tables = [{**layer.to_table(), "padding": layer.describe_padding()} for layer in (first, second)]
    for key in {**tables[0], **tables[1]}:
        values = tables[0].get(key), tables[1].get(key)
        if values[0] != values[1]:
            yield key, values
