# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers that compute nothing, and move each number: pixel shuffle, pixel unshuffle, and unfold (im2col).

Positions and taps are those of space alone, as for any layer. The input channel that an output reads depends on the
output's position; `source_of` finds it. Formulas: torch.nn.PixelShuffle, torch.nn.Unfold; ONNX' DepthToSpace,
SpaceToDepth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..lazy_numpy import np
from .axis import Axis
from .base_layer import BaseLayer, set_fields
from .cell_check import check_cells
from .channels import Channels, parse_separate_channels
from .crops import SAME_LOWER, SAME_UPPER
from .formatting import format_uniform_size
from .padding import resolve_padding
from .parameters import AxisSizes, Padding, ParameterParser, Sizes
from .sliding_window import build_sliding_axes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from ..arrays import Integers
    from .base_layer import ChannelsAndPositions

UNFOLD_PADDING = ("valid", "full", SAME_UPPER, SAME_LOWER)
"""Padding names of an unfold."""


class Rearrangement(BaseLayer):
    """A layer whose outputs each hold one input."""

    is_rearrangement = True

    def source_of(self, channel: ArrayLike, position: ArrayLike) -> ChannelsAndPositions:
        """Return the input channel and position that each output holds; a negative position is padding.

        channel: output channels, shape (...); position: output positions, shape (..., axes)
        Raises SpecError if there is no such output.
        """
        return self._find_source(*check_cells(channel, position, self.channels.outputs, self.output, "output"))

    def _find_source(self, channel: Integers, position: Integers) -> ChannelsAndPositions:
        raise NotImplementedError

    def target_of(self, channel: ArrayLike, position: ArrayLike) -> ChannelsAndPositions:
        """Return the output channel and position that each input becomes: the inverse of `source_of`.

        channel: input channels, shape (...); position: input positions, shape (..., axes)
        Raises SpecError if there is no such input.
        """
        return self._find_target(*check_cells(channel, position, self.channels.inputs, self.input, "input"))

    def _find_target(self, channel: Integers, position: Integers) -> ChannelsAndPositions:
        raise NotImplementedError


@dataclass(frozen=True, init=False)
class _PixelRearrangement(Rearrangement):
    """The common part of pixel shuffle and unshuffle.

    factor: cells along each axis of the larger picture for one cell of the smaller picture, which has more channels
    channel_order: the channels that these cells are: "CRD", adjacent for each channel, as in PyTorch, or "DCR", apart
          by the number of channels of the larger picture, as in TensorFlow. In both the last axis is fastest
    """

    PARAMETERS = ("input", "factor", "channel_order", "channels")
    moves_cells = True
    factor: tuple[int, ...]
    channel_order: str

    def _init(self, input: Sizes, factor: Sizes | None, channel_order: str, channels: int | None) -> None:
        parser = ParameterParser(input=input, factor=factor)
        sizes, factors = parser.parse_sizes("input", input, 1), parser.parse_sizes("factor", factor, 1)
        order = parser.parse_option("channel_order", channel_order)
        cells = math.prod(factors or ())
        separate = parse_separate_channels(
            parser, (cells if self._joins_channels else 1) if channels is None else channels
        )
        if sizes and factors and separate:
            self._check(parser, sizes, factors, separate.inputs)
        parser.raise_errors()
        assert sizes and factors and separate
        count = separate.inputs
        fewer = count // cells if self._joins_channels else count
        is_interleaved = order == "DCR" and fewer > 1 and cells > 1
        outputs = fewer if self._joins_channels else count * cells
        set_fields(self, channels=Channels(count, outputs, fewer, is_interleaved))
        axes = tuple(self._build_axis(i, r) for i, r in zip(sizes, factors, strict=True))
        set_fields(self, input=sizes, factor=factors, channel_order=order, axes=axes, padding_name=None)
        set_fields(self, kernel=tuple(axis.kernel for axis in axes), stride=tuple(axis.stride for axis in axes))
        set_fields(self, padding=((0, 0),) * parser.dims, dilation=(1,) * parser.dims)

    _joins_channels: ClassVar[bool]
    """True if several input channels become one output channel, False if one becomes several."""

    @staticmethod
    def _build_axis(i: int, r: int) -> Axis:
        raise NotImplementedError

    @staticmethod
    def _check(parser: ParameterParser, sizes: AxisSizes, factors: AxisSizes, channels: int) -> None:
        raise NotImplementedError

    def _join_channel(self, channel: Integers, within: Integers) -> Integers:
        """Return the channel of the smaller picture, from one of the larger and the cell (..., axes) within it."""
        part = np.ravel_multi_index(tuple(np.moveaxis(within, -1, 0)), self.factor)
        if self.channel_order == "CRD":
            return channel * math.prod(self.factor) + part
        return part * self.channels.groups + channel

    def _split_channel(self, channel: Integers) -> ChannelsAndPositions:
        """Return the channel of the larger picture and the cell within it: the inverse of `_join_channel`."""
        cells, fewer = math.prod(self.factor), self.channels.groups
        larger, part = np.divmod(channel, cells) if self.channel_order == "CRD" else np.divmod(channel, fewer)[::-1]
        return larger, np.stack(np.unravel_index(part, self.factor), axis=-1)

    def _to_smaller(self, channel: Integers, position: Integers) -> ChannelsAndPositions:
        """Return the cell of the smaller picture that a cell of the larger picture corresponds to."""
        return self._join_channel(channel, position % self.factor), position // self.factor

    def _to_larger(self, channel: Integers, position: Integers) -> ChannelsAndPositions:
        """Return the cell of the larger picture that a cell of the smaller picture corresponds to."""
        larger, within = self._split_channel(channel)
        return larger, position * self.factor + within

    def to_table(self) -> dict[str, Any]:
        """Return the parameters as plain values, without channels that follow from the factor."""
        table = {**super().to_table(), "channels": self.channels.inputs}
        if table["channels"] == (math.prod(self.factor) if self._joins_channels else 1):
            del table["channels"]
        return table

    def _size_parts(self) -> list[str]:
        return [f"factor {format_uniform_size(self.factor)}"]


@dataclass(frozen=True, init=False)
class PixelShuffle(_PixelRearrangement):
    """Pixel shuffle (depth to space): channels become cells between the cells.

    input:    one number for every axis, or one per axis
    factor:   the same; the cells that each cell becomes. The input's channels are divided by the product of all factors
    channel_order: "CRD" (PyTorch) or "DCR" (TensorFlow, and the default of ONNX)
    channels: channels of the input; by default as many as one output channel needs
    Raises SpecError with all problems.

    >>> PixelShuffle(input=3, factor=2, channels=8).output
    (6, 6)
    """

    op: ClassVar[str] = "pixel_shuffle"
    display_name: ClassVar[str] = "Pixel shuffle"
    DERIVED_PARAMETERS = ("channels",)
    _joins_channels = True

    def __init__(
        self, input: Sizes, factor: Sizes | None = None, channel_order: str = "CRD", channels: int | None = None
    ) -> None:
        self._init(input, factor, channel_order, channels)

    @staticmethod
    def _build_axis(i: int, r: int) -> Axis:
        return Axis(i, i * r, 1, 1, 1, 0, 0, upsampling=r)

    @staticmethod
    def _check(parser: ParameterParser, sizes: AxisSizes, factors: AxisSizes, channels: int) -> None:
        cells = math.prod(factors)
        if channels % cells:
            parser.add_problem("channels", "channels_in_cells", channels=channels, count=cells, key="factor")

    def _find_source(self, channel: Integers, position: Integers) -> ChannelsAndPositions:
        return self._to_smaller(channel, position)

    def _find_target(self, channel: Integers, position: Integers) -> ChannelsAndPositions:
        return self._to_larger(channel, position)

    def size_equation(self, axis: int) -> str:
        """Return the equation of the output size of one axis with this layer's numbers."""
        return f"{self.input[axis]}·{self.factor[axis]} = {self.output[axis]}"

    def channel_equation(self) -> str:
        """Return the equation of the number of output channels."""
        return f"{self.channels.inputs} / ({'·'.join(map(str, self.factor))}) = {self.channels.outputs}"


@dataclass(frozen=True, init=False)
class PixelUnshuffle(_PixelRearrangement):
    """Pixel unshuffle (space to depth): the inverse of pixel shuffle, cells become channels.

    input:    one number for every axis, or one per axis, each a multiple of its factor
    factor:   the same; the cells that become one
    channel_order: "CRD" (PyTorch) or "DCR" (TensorFlow and ONNX)
    channels: channels of the input
    Raises SpecError with all problems.

    >>> PixelUnshuffle(input=6, factor=2).channels.outputs
    4
    """

    op: ClassVar[str] = "pixel_unshuffle"
    display_name: ClassVar[str] = "Pixel unshuffle"
    _joins_channels = False

    def __init__(
        self, input: Sizes, factor: Sizes | None = None, channel_order: str = "CRD", channels: int | None = None
    ) -> None:
        self._init(input, factor, channel_order, channels)

    @staticmethod
    def _build_axis(i: int, r: int) -> Axis:
        return Axis(i, i // r, r, r, 1, 0, 0)

    @staticmethod
    def _check(parser: ParameterParser, sizes: AxisSizes, factors: AxisSizes, channels: int) -> None:
        for axis, (i, r) in enumerate(zip(sizes, factors, strict=True)):
            if i % r:
                parser.add_problem(f"input[{axis}]", "cells_in_groups", cells=i, count=r, key="factor")

    def _find_source(self, channel: Integers, position: Integers) -> ChannelsAndPositions:
        return self._to_larger(channel, position)

    def _find_target(self, channel: Integers, position: Integers) -> ChannelsAndPositions:
        return self._to_smaller(channel, position)

    def size_equation(self, axis: int) -> str:
        """Return the equation of the output size of one axis with this layer's numbers."""
        return f"{self.input[axis]} / {self.factor[axis]} = {self.output[axis]}"

    def channel_equation(self) -> str:
        """Return the equation of the number of output channels."""
        return f"{self.channels.inputs}·{'·'.join(map(str, self.factor))} = {self.channels.outputs}"


@dataclass(frozen=True, init=False)
class Unfold(Rearrangement):
    """Unfold (im2col): the cells under a convolution's window at each position, a channel for each tap of each channel.

    input, kernel, stride, padding, dilation: as for Conv; padding by name is "valid", "full", "same_upper" or
             "same_lower", and holds zeros
    channels: channels of the input; an output channel is channel · taps + tap, with the last axis of the taps fastest
    Raises SpecError with all problems.

    >>> Unfold(input=5, kernel=3).channels.outputs
    9
    """

    op: ClassVar[str] = "unfold"
    display_name: ClassVar[str] = "Unfold"
    PARAMETERS = ("input", "kernel", "stride", "padding", "dilation", "channels")
    has_matrix_output = True

    def __init__(
        self,
        input: Sizes,
        kernel: Sizes,
        stride: Sizes = 1,
        padding: Padding = 0,
        dilation: Sizes = 1,
        channels: int = 1,
    ) -> None:
        parser = ParameterParser(input=input, kernel=kernel, stride=stride, padding=padding, dilation=dilation)
        sizes, taps, strides, dilations = parser.parse_window(input, kernel, stride, dilation)
        name, pads = parser.parse_padding(padding, UNFOLD_PADDING)
        separate = parse_separate_channels(parser, channels)
        parser.raise_errors()
        assert sizes and taps and strides and dilations and separate
        if name:
            pads = resolve_padding(name, sizes, taps, strides, dilations)
        assert pads
        axes = build_sliding_axes(parser, sizes, taps, strides, pads, dilations)
        parser.raise_errors()
        set_fields(self, input=sizes, kernel=taps, stride=strides, padding=pads, dilation=dilations, axes=axes)
        outputs = separate.inputs * math.prod(taps)
        set_fields(self, padding_name=name, channels=Channels(separate.inputs, outputs, separate.inputs))

    @property
    def includes_padding_taps(self) -> bool:
        """True: the output holds the padding's zeros."""
        return True

    @property
    def drawn_channels(self) -> Channels:
        """The input's channels: each has rows of its own in the matrix."""
        return Channels(self.channels.inputs)

    def count_output_tiles(self, channels: Channels, with_cropped: bool) -> int:
        """Count the tiles of the matrix if `channels` are drawn."""
        return super().count_output_tiles(channels, with_cropped) * channels.inputs * math.prod(self.kernel)

    def channel_equation(self) -> str:
        """Return the equation of the number of output channels."""
        return f"{self.channels.inputs}·{'·'.join(map(str, self.kernel))} = {self.channels.outputs}"

    def _find_source(self, channel: Integers, position: Integers) -> ChannelsAndPositions:
        source, tap = np.divmod(channel, math.prod(self.kernel))
        taps = np.unravel_index(tap, self.kernel)
        tables = zip(self.mapping.source_tables, np.moveaxis(position, -1, 0), taps, strict=True)
        return source, np.stack([table[place, at] for table, place, at in tables], axis=-1)
