# SPDX-License-Identifier: GPL-3.0-or-later
"""What all layers have in common: parameters, the axes that follow from them, and the taps of each output."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from ..errors import Problem, SpecError, format_value
from .axis import Axis
from .channels import CHANNEL_PARAMETERS, Channels
from .mapping import Index, Mapping, Tap
from .parameters import PaddingPairs


@dataclass(frozen=True)
class BaseLayer:
    """A layer as a window that slides over its input. The parameters are tuples, one entry per axis, once checked.

    padding: as it was resolved, per axis before and after; negative where a transposed convolution grows there
    word:    the name by which the padding was given, if it was
    channels: how many there are, and which reads which; positions, steps and taps are those of any of them
    """

    op: ClassVar[str]
    label: ClassVar[str]
    PARAMETERS: ClassVar[tuple[str, ...]]
    """The parameters, by the names that a spec gives them."""

    input: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: PaddingPairs
    dilation: tuple[int, ...]
    channels: Channels
    axes: tuple[Axis, ...] = field(repr=False, compare=False)
    padding_name: str | None = field(repr=False, compare=False)

    @property
    def dims(self) -> int:
        """How many axes the layer has."""
        return len(self.axes)

    @property
    def includes_padding_taps(self) -> bool:
        """Whether a tap on padding is one of an output's taps: it counts in what is computed."""
        return False

    @property
    def output(self) -> Index:
        """The output's size per axis."""
        return tuple(axis.output for axis in self.axes)

    @property
    def position_count(self) -> int:
        """Output positions, each one step of the walk."""
        return math.prod(self.output)

    @property
    def cell_count(self) -> int:
        """Cells that the window slides over: input, padding, inserted zeros and what it hangs over."""
        return math.prod(axis.size for axis in self.axes)

    @cached_property
    def mapping(self) -> Mapping:
        """The per-axis tables of what reads what."""
        return Mapping(self.axes, includes_padding=self.includes_padding_taps)

    def taps(self, position: Sequence[int]) -> list[Tap]:
        """The (kernel, input) pairs of one output position.

        position: one index per axis, from 0
        Returns kernel indices in ascending order with the input index each reads: None where a convolution, or an
        average that counts it, reads padding of zeros; the cell that is copied where padding holds copies. For the
        other layers only the taps that read an input.
        Raises SpecError where there is no such output.
        """
        return self.mapping.taps(self.check_position(position))

    def check_position(self, position: Sequence[int]) -> Index:
        """`position` as an index into the output. Raises SpecError where there is no such output."""
        try:
            place = tuple(operator.index(index) for index in position)
        except TypeError:
            place = ()
        inside = len(place) == len(self.output) and all(0 <= i < n for i, n in zip(place, self.output, strict=True))
        if not inside:
            what = f"{format_value(tuple(position))} is not in the output of size {format_value(self.output)}"
            raise SpecError([Problem("position", what, "Count from 0, one whole number per axis")])
        return place

    def to_table(self) -> dict[str, Any]:
        """The parameters as plain values, from which the layer can be made again: the padding by its name if it has
        one."""
        values = {key: getattr(self, key) for key in self.PARAMETERS if key not in CHANNEL_PARAMETERS}
        if self.padding_name is not None:
            values["padding"] = self.padding_name
        values |= {key: number for key, number in self.channel_counts().items() if number != 1}
        return {key: _plain(value) for key, value in values.items() if value is not None}

    def channel_counts(self) -> dict[str, int]:
        """The parameters that say how many channels there are."""
        counts = {"in_channels": "inputs", "out_channels": "outputs", "groups": "groups", "channels": "inputs"}
        return {key: getattr(self.channels, count) for key, count in counts.items() if key in self.PARAMETERS}


def _plain(value: Any) -> Any:
    return [_plain(entry) for entry in value] if isinstance(value, tuple) else value


def set_fields(layer: BaseLayer, **values: Any) -> None:
    """Set the fields of a frozen dataclass that has its own __init__."""
    for name, value in values.items():
        object.__setattr__(layer, name, value)
