# SPDX-License-Identifier: GPL-3.0-or-later
"""A layer's channels, in groups that do not mix: the input channels that each output channel is computed from."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import Problem, SpecError, format_value
from ..lazy_numpy import np
from .parameters import ParameterParser

if TYPE_CHECKING:
    from ..arrays import Integers

CHANNEL_PARAMETERS = ("in_channels", "out_channels", "groups", "depth_multiplier", "channels")
"""The parameters that give the number of channels."""


class Channels(NamedTuple):
    """Channels, numbered from 0. At each position an output channel reads all inputs of its own group.

    (In a rearrangement it reads one of them at each position: see `BaseLayer.source_of`.)

    inputs, outputs: numbers of channels
    groups:          number of equal parts that both are divided into; pooling has as many as channels
    is_interleaved:  True if the channels of a group lie `groups` apart, instead of side by side

    >>> Channels(inputs=4, outputs=2, groups=2).inputs_of(1)
    range(2, 4)
    """

    inputs: int = 1
    outputs: int = 1
    groups: int = 1
    is_interleaved: bool = False

    def inputs_of(self, output: int) -> range:
        """Return the input channels that an output channel reads. Raises SpecError if there is no such channel."""
        return self._members(self._group(output, self.outputs), self.inputs)

    def outputs_of(self, source: int) -> range:
        """Return the output channels that read an input channel. Raises SpecError if there is no such channel."""
        return self._members(self._group(source, self.inputs), self.outputs)

    def group_of(self, outputs: Integers) -> Integers:
        """Return the group of each output channel; both of shape (n,)."""
        return outputs % self.groups if self.is_interleaved else outputs // (self.outputs // self.groups)

    def group_inputs(self, groups: Integers) -> Integers:
        """Return the input channels of each group (n,), ascending; shape (n, m)."""
        within = np.arange(self.inputs // self.groups)
        if self.is_interleaved:
            return groups[:, None] + within * self.groups
        return groups[:, None] * len(within) + within

    def _group(self, channel: int, count: int) -> int:
        try:
            number = operator.index(channel)
        except TypeError:
            number = -1
        if not 0 <= number < count:
            what = f"{format_value(channel)} is not a channel: there are {count}"
            raise SpecError([Problem("channel", what, f"Write a whole number from 0 to {count - 1}")])
        return number % self.groups if self.is_interleaved else number // (count // self.groups)

    def _members(self, group: int, count: int) -> range:
        size = count // self.groups
        return range(group, count, self.groups) if self.is_interleaved else range(group * size, (group + 1) * size)


def parse_convolution_channels(
    parser: ParameterParser, in_channels: Any, out_channels: Any, groups: Any, depth_multiplier: Any = None
) -> Channels | None:
    """Return the channels of a convolution, or None after adding errors.

    If in_channels or out_channels is None there are as many channels as groups: ONNX and Keras leave these numbers to
    the weights or to the layer before, and this is the least that fits. depth_multiplier is Keras' parameter: one group
    for each input channel, with this many outputs.
    """
    if depth_multiplier is not None:
        for key, value in (("out_channels", out_channels), ("groups", groups)):
            if value is not None:
                parser.add_problem(key, "channels_follow")
        inputs = parser.parse_integer("in_channels", 1 if in_channels is None else in_channels, 1)
        multiplier = parser.parse_integer("depth_multiplier", depth_multiplier, 1)
        return Channels(inputs, inputs * multiplier, inputs) if inputs and multiplier else None
    parts = parser.parse_integer("groups", 1 if groups is None else groups, 1)
    inputs = parts if in_channels is None else parser.parse_integer("in_channels", in_channels, 1)
    outputs = parts if out_channels is None else parser.parse_integer("out_channels", out_channels, 1)
    if not parts or not inputs or not outputs:
        return None
    for key, count in (("in_channels", inputs), ("out_channels", outputs)):
        if count % parts:
            parser.add_problem(key, "channels_in_groups", channels=count, count=parts, key="groups")
    return Channels(inputs, outputs, parts)


def parse_separate_channels(parser: ParameterParser, channels: Any) -> Channels | None:
    """Return the channels of a layer that treats each channel separately, or None after adding errors."""
    count = parser.parse_integer("channels", channels, 1)
    return Channels(count, count, count) if count else None
