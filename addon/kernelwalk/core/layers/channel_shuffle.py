# SPDX-License-Identifier: GPL-3.0-or-later
"""Channel shuffle: channels of every group are dealt to all groups. Formula: torch.nn.ChannelShuffle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from .axis import Axis
from .base_layer import set_fields
from .channels import Channels
from .parameters import ParameterParser, Sizes
from .rearrangement import Rearrangement

if TYPE_CHECKING:
    from ..arrays import Integers
    from .base_layer import ChannelsAndPositions


@dataclass(frozen=True, init=False)
class ChannelShuffle(Rearrangement):
    """Channel shuffle: each number stays in its cell, and moves to another channel.

    input:    one number for every axis, or one per axis
    groups:   equal parts of the channels. Output channel c holds input channel (c mod groups) · n + floor(c / groups),
              where n is the number of channels of a group
    channels: channels of the input; by default as many that each group gets one of every group
    Raises SpecError with all problems.

    >>> ChannelShuffle(input=1, groups=2, channels=6).source_of([0, 1, 2, 3, 4, 5], [0, 0])[0].tolist()
    [0, 3, 1, 4, 2, 5]
    """

    op: ClassVar[str] = "channel_shuffle"
    display_name: ClassVar[str] = "Channel shuffle"
    PARAMETERS = ("input", "groups", "channels")
    DERIVED_PARAMETERS = ("channels",)
    moves_cells = True
    groups: int

    def __init__(self, input: Sizes, groups: int = 2, channels: int | None = None) -> None:
        parser = ParameterParser(input=input)
        sizes, parts = parser.parse_sizes("input", input, 1), parser.parse_integer("groups", groups, 1)
        given = (parts or 1) ** 2 if channels is None else channels
        count = parser.parse_integer("channels", given, 1)
        if parts and count and count % parts:
            parser.add_problem("channels", "channels_in_groups", channels=count, count=parts, key="groups")
        parser.raise_errors()
        assert sizes and parts and count
        ones = (1,) * parser.dims
        axes = tuple(Axis(i, i, 1, 1, 1, 0, 0) for i in sizes)
        set_fields(self, input=sizes, kernel=ones, stride=ones, padding=((0, 0),) * parser.dims, dilation=ones)
        set_fields(self, axes=axes, padding_name=None, channels=Channels(count, count), groups=parts)

    def _find_source(self, channel: Integers, position: Integers) -> ChannelsAndPositions:
        part, within = channel % self.groups, channel // self.groups
        return part * (self.channels.inputs // self.groups) + within, position

    def _find_target(self, channel: Integers, position: Integers) -> ChannelsAndPositions:
        size = self.channels.inputs // self.groups
        return channel % size * self.groups + channel // size, position

    def channel_counts(self) -> dict[str, int]:
        """Return the parameters that give the number of channels."""
        return {"groups": self.groups, "channels": self.channels.inputs}

    def to_table(self) -> dict[str, Any]:
        """Return the parameters as plain values, without channels that follow from the groups."""
        table = {**super().to_table(), **self.channel_counts()}
        if table["channels"] == self.groups**2:
            del table["channels"]
        return table

    def size_equation(self, axis: int) -> str:
        """Return the output size of one axis, which is the input's."""
        return str(self.output[axis])

    def detail_rows(self) -> list[tuple[str, str]]:
        """Return the groups, and the input channel of each output channel."""
        size = self.channels.inputs // self.groups
        order = f"output channel c holds input channel (c mod {self.groups})·{size} + ⌊c / {self.groups}⌋"
        return [("groups", str(self.groups)), ("order", order)]

    def _size_parts(self) -> list[str]:
        return [f"{self.groups} groups"]

    def chain_caption_parts(self) -> list[str]:
        """Return the parts of the caption of a layer in a chain: its label and its groups."""
        return [self.display_name, *self._size_parts()]
