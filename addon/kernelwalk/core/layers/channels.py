# SPDX-License-Identifier: GPL-3.0-or-later
"""Which input channels an output channel is computed from: a layer's channels, in groups that do not mix."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import Problem, SpecError, format_value
from ..lazy_numpy import np
from .parameters import ParameterParser

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHANNEL_PARAMETERS = ("in_channels", "out_channels", "groups", "depth_multiplier", "channels")
"""The parameters that say how many channels there are."""


@dataclass(frozen=True)
class Channels:
    """Channels are numbered from 0. An output channel reads all inputs of its own group, at each position that it
    reads (a rearrangement reads a single one of them there: see its `source`).

    inputs, outputs: how many there are
    groups: into how many equal parts both are divided; pooling has as many as channels
    interleaved: whether the channels of a group lie `groups` apart, instead of side by side
    """

    inputs: int = 1
    outputs: int = 1
    groups: int = 1
    is_interleaved: bool = False

    def inputs_of(self, output: int) -> range:
        """The input channels that an output channel reads. Raises SpecError where there is no such output channel."""
        return self._members(self._group(output, self.outputs), self.inputs)

    def outputs_of(self, source: int) -> range:
        """The output channels that read an input channel. Raises SpecError where there is no such input channel."""
        return self._members(self._group(source, self.inputs), self.outputs)

    def connected_pairs(self) -> NDArray[np.int64]:
        """Shape (m, 2): every output channel with every input channel that it reads, both ascending."""
        outputs = np.arange(self.outputs)
        read = self.group_inputs(self.group_of(outputs))
        return np.column_stack([np.repeat(outputs, read.shape[1]), read.ravel()])

    def group_of(self, outputs: NDArray[np.int64]) -> NDArray[np.int64]:
        """Shape (n,): the group of each output channel (n,)."""
        return outputs % self.groups if self.is_interleaved else outputs // (self.outputs // self.groups)

    def group_inputs(self, groups: NDArray[np.int64]) -> NDArray[np.int64]:
        """Shape (n, m): the input channels of each group (n,), ascending."""
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
            what = f"{format_value(channel)} is no channel: there are {count}"
            raise SpecError([Problem("channel", what, f"Write a whole number from 0 to {count - 1}")])
        return number % self.groups if self.is_interleaved else number // (count // self.groups)

    def _members(self, group: int, count: int) -> range:
        each = count // self.groups
        return range(group, count, self.groups) if self.is_interleaved else range(group * each, (group + 1) * each)


def parse_convolution_channels(
    read: ParameterParser, in_channels: Any, out_channels: Any, groups: Any, depth_multiplier: Any = None
) -> Channels | None:
    """The channels of a convolution, or None after complaining.

    Where in_channels or out_channels is None there are as many as groups: so much is sure of a layer in the words of
    ONNX or Keras, which leave to the weights, or to the layer before, what these say. depth_multiplier is Keras': a
    group for each input channel, and so many outputs for each.
    """
    if depth_multiplier is not None:
        for key, value in (("out_channels", out_channels), ("groups", groups)):
            if value is not None:
                remedy = "Leave it out: there is a group for each input channel, of depth_multiplier outputs"
                read.add_error(key, "it follows from layer.depth_multiplier", remedy)
        inputs = read.parse_integer("in_channels", 1 if in_channels is None else in_channels, 1)
        multiplier = read.parse_integer("depth_multiplier", depth_multiplier, 1)
        return Channels(inputs, inputs * multiplier, inputs) if inputs and multiplier else None
    parts = read.parse_integer("groups", 1 if groups is None else groups, 1)
    inputs = parts if in_channels is None else read.parse_integer("in_channels", in_channels, 1)
    outputs = parts if out_channels is None else read.parse_integer("out_channels", out_channels, 1)
    if not parts or not inputs or not outputs:
        return None
    for key, count in (("in_channels", inputs), ("out_channels", outputs)):
        if count % parts:
            remedy = f"Write a multiple of {parts}, or another layer.groups"
            read.add_error(key, f"{count} channels cannot be divided into {parts} groups", remedy)
    return Channels(inputs, outputs, parts)


def parse_separate_channels(read: ParameterParser, channels: Any) -> Channels | None:
    """The channels of a layer that treats each by itself, or None after complaining."""
    count = read.parse_integer("channels", channels, 1)
    return Channels(count, count, count) if count else None
