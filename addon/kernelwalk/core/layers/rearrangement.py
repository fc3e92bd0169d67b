# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers that compute nothing, and put each number elsewhere: pixel shuffle and unshuffle, and unfold (im2col).

Positions and taps are those of space alone, as of any layer. Which input channel an output reads depends on where it
stands, and is told by `source`. Formulas: torch.nn.PixelShuffle, torch.nn.Unfold; ONNX' DepthToSpace, SpaceToDepth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import Problem, SpecError, format_value
from ..lazy_numpy import np
from .axis import Axis
from .base_layer import BaseLayer, set_fields
from .channels import Channels, parse_separate_channels
from .padding import SAME_LOWER, SAME_UPPER, resolve_padding
from .parameters import Padding, ParameterParser, Sizes
from .sliding_window import build_sliding_axes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Integers = NDArray[np.int64]
    ChannelsAndPositions = tuple[Integers, Integers]
    """Channels, shape (...), and positions, shape (..., axes)."""

UNFOLD_PADDING = ("valid", "full", SAME_UPPER, SAME_LOWER)


class Rearrangement(BaseLayer):
    """What moves numbers about."""

    def source_of(self, channel: ArrayLike, position: ArrayLike) -> ChannelsAndPositions:
        """The input channel and position that outputs read, each of them one: negative where it is padding.

        channel: output channels, shape (...); position: output positions, shape (..., axes)
        Raises SpecError where there is no such output.
        """
        return self._source(*_checked(channel, position, self.channels.outputs, self.output, "output"))

    def _source(self, channel: Integers, position: Integers) -> ChannelsAndPositions:
        raise NotImplementedError


@dataclass(frozen=True, init=False)
class PixelRearrangement(Rearrangement):
    """What pixel shuffle and unshuffle have in common.

    factor: cells along each axis that one with more channels becomes, or the other way round
    mode: which channels those cells are: "CRD", side by side for each channel, as PyTorch has it, or "DCR", apart by
          as many as there are channels of the larger picture, as TensorFlow has it. In both the last axis is fastest
    """

    PARAMETERS = ("input", "factor", "mode", "channels")
    factor: tuple[int, ...]
    channel_order: str

    def _init(self, input: Sizes, factor: Sizes | None, mode: str, channels: int | None) -> None:
        read = ParameterParser(input=input, factor=factor)
        sizes, factors = read.parse_sizes("input", input, 1), read.parse_sizes("factor", factor, 1)
        order = read.parse_option("mode", mode)
        each = math.prod(factors or ())
        planes = parse_separate_channels(read, (each if self._parts else 1) if channels is None else channels)
        if sizes and factors and planes:
            self._check(read, sizes, factors, planes.inputs)
        read.raise_errors()
        assert sizes and factors and planes
        count = planes.inputs
        few = count // each if self._parts else count
        apart = order == "DCR" and few > 1 and each > 1
        set_fields(self, channels=Channels(count, few if self._parts else count * each, few, apart))
        axes = tuple(self._axis(i, r) for i, r in zip(sizes, factors, strict=True))
        set_fields(self, input=sizes, factor=factors, mode=order, axes=axes, word=None)
        set_fields(self, kernel=tuple(axis.kernel for axis in axes), stride=tuple(axis.stride for axis in axes))
        set_fields(self, padding=((0, 0),) * read.dims, dilation=(1,) * read.dims)

    _parts: ClassVar[bool]
    """Whether an input channel is a part of an output channel, rather than the other way round."""

    @staticmethod
    def _axis(i: int, r: int) -> Axis:
        raise NotImplementedError

    @staticmethod
    def _check(read: ParameterParser, sizes: tuple[int, ...], factors: tuple[int, ...], channels: int) -> None:
        raise NotImplementedError

    def _joined(self, channel: Integers, within: Integers) -> Integers:
        """The channel of the smaller picture, from one of the larger and the cell (..., axes) within it."""
        part = np.ravel_multi_index(tuple(np.moveaxis(within, -1, 0)), self.factor)
        few = self.channels.groups
        return channel * math.prod(self.factor) + part if self.channel_order == "CRD" else part * few + channel

    def _split(self, channel: Integers) -> ChannelsAndPositions:
        """The other way round."""
        each, few = math.prod(self.factor), self.channels.groups
        of, part = np.divmod(channel, each) if self.channel_order == "CRD" else np.divmod(channel, few)[::-1]
        return of, np.stack(np.unravel_index(part, self.factor), axis=-1)

    def target_of(self, channel: ArrayLike, position: ArrayLike) -> ChannelsAndPositions:
        """The output channel and position that inputs feed, each of them one: the inverse of `source`."""
        return self._target(*_checked(channel, position, self.channels.inputs, self.input, "input"))

    def _target(self, channel: Integers, position: Integers) -> ChannelsAndPositions:
        raise NotImplementedError

    def to_table(self) -> dict[str, Any]:
        table = {**super().to_table(), "channels": self.channels.inputs}
        if table["channels"] == (math.prod(self.factor) if self._parts else 1):
            del table["channels"]
        return table

    def _spread(self, channel: Integers, position: Integers) -> ChannelsAndPositions:
        """From the larger picture to the smaller."""
        return self._joined(channel, position % self.factor), position // self.factor

    def _gather(self, channel: Integers, position: Integers) -> ChannelsAndPositions:
        """From the smaller picture to the larger."""
        of, within = self._split(channel)
        return of, position * self.factor + within


@dataclass(frozen=True, init=False)
class PixelShuffle(PixelRearrangement):
    """Pixel shuffle (depth to space): channels become cells between the cells.

    input: one number for every axis, or one per axis
    factor: so too; cells that each becomes. Channels of the input are divided by all of them multiplied
    mode: "CRD" (PyTorch) or "DCR" (TensorFlow, and ONNX where nothing is said)
    channels: of the input; what one output channel needs where it is not given
    Raises SpecError with all that is wrong.
    """

    op: ClassVar[str] = "pixel_shuffle"
    label: ClassVar[str] = "Pixel shuffle"
    _parts = True

    def __init__(
        self, input: Sizes, factor: Sizes | None = None, channel_order: str = "CRD", channels: int | None = None
    ) -> None:
        self._init(input, factor, channel_order, channels)

    @staticmethod
    def _axis(i: int, r: int) -> Axis:
        return Axis(i, i * r, 1, 1, 1, 0, 0, upsampling=r)

    @staticmethod
    def _check(read: ParameterParser, sizes: tuple[int, ...], factors: tuple[int, ...], channels: int) -> None:
        each = math.prod(factors)
        if channels % each:
            remedy = f"Write a multiple of {each}, or another layer.factor"
            read.add_error("channels", f"{channels} channels do not become cells by {each}", remedy)

    def _source(self, channel: Integers, position: Integers) -> ChannelsAndPositions:
        return self._spread(channel, position)

    def _target(self, channel: Integers, position: Integers) -> ChannelsAndPositions:
        return self._gather(channel, position)


@dataclass(frozen=True, init=False)
class PixelUnshuffle(PixelRearrangement):
    """Pixel unshuffle (space to depth): the inverse of pixel shuffle, so that cells become channels.

    input: one number for every axis, or one per axis, each a multiple of
    factor: so too; cells that become one
    mode: "CRD" (PyTorch) or "DCR" (TensorFlow and ONNX)
    channels: of the input
    Raises SpecError with all that is wrong.
    """

    op: ClassVar[str] = "pixel_unshuffle"
    label: ClassVar[str] = "Pixel unshuffle"
    _parts = False

    def __init__(
        self, input: Sizes, factor: Sizes | None = None, channel_order: str = "CRD", channels: int | None = None
    ) -> None:
        self._init(input, factor, channel_order, channels)

    @staticmethod
    def _axis(i: int, r: int) -> Axis:
        return Axis(i, i // r, r, r, 1, 0, 0)

    @staticmethod
    def _check(read: ParameterParser, sizes: tuple[int, ...], factors: tuple[int, ...], channels: int) -> None:
        for axis, (i, r) in enumerate(zip(sizes, factors, strict=True)):
            if i % r:
                remedy = f"Write a multiple of {r}, or another layer.factor"
                read.add_error(f"input[{axis}]", f"{i} cells cannot be put together by {r}", remedy)

    def _source(self, channel: Integers, position: Integers) -> ChannelsAndPositions:
        return self._gather(channel, position)

    def _target(self, channel: Integers, position: Integers) -> ChannelsAndPositions:
        return self._spread(channel, position)


@dataclass(frozen=True, init=False)
class Unfold(Rearrangement):
    """Unfold (im2col): what a convolution's window covers at each position, a channel for each tap of each channel.

    input, kernel, stride, padding, dilation: as for Conv; padding by name is "valid", "full", "same_upper" or
             "same_lower", and holds zeros
    channels: of the input; an output channel is channel · taps + tap, of the taps the last axis fastest
    Raises SpecError with all that is wrong.
    """

    op: ClassVar[str] = "unfold"
    label: ClassVar[str] = "Unfold"
    PARAMETERS = ("input", "kernel", "stride", "padding", "dilation", "channels")

    def __init__(
        self,
        input: Sizes,
        kernel: Sizes,
        stride: Sizes = 1,
        padding: Padding = 0,
        dilation: Sizes = 1,
        channels: int = 1,
    ) -> None:
        read = ParameterParser(input=input, kernel=kernel, stride=stride, padding=padding, dilation=dilation)
        sizes, taps, steps, gaps = read.parse_window(input, kernel, stride, dilation)
        word, pads = read.parse_padding(padding, UNFOLD_PADDING)
        planes = parse_separate_channels(read, channels)
        read.raise_errors()
        assert sizes and taps and steps and gaps and planes
        if word:
            pads = resolve_padding(word, sizes, taps, steps, gaps)
        assert pads
        axes = build_sliding_axes(read, sizes, taps, steps, pads, gaps)
        read.raise_errors()
        set_fields(self, input=sizes, kernel=taps, stride=steps, padding=pads, dilation=gaps, axes=axes, word=word)
        set_fields(self, channels=Channels(planes.inputs, planes.inputs * math.prod(taps), planes.inputs))

    @property
    def includes_padding_taps(self) -> bool:
        return True

    def _source(self, channel: Integers, position: Integers) -> ChannelsAndPositions:
        of, tap = np.divmod(channel, math.prod(self.kernel))
        taps = np.unravel_index(tap, self.kernel)
        tables = zip(self.mapping.source_tables, np.moveaxis(position, -1, 0), taps, strict=True)
        return of, np.stack([table[place, at] for table, place, at in tables], axis=-1)


def _checked(
    channel: ArrayLike, position: ArrayLike, count: int, size: tuple[int, ...], of: str
) -> ChannelsAndPositions:
    """Channels and positions as arrays that fit each other. Raises SpecError where there is no such cell."""
    channels, places = np.asarray(channel), np.asarray(position)
    fit = channels.dtype.kind in "iu" and places.dtype.kind in "iu" and places.shape[-1:] == (len(size),)
    if not fit or (channels < 0).any() or (channels >= count).any() or (places < 0).any() or (places >= size).any():
        told = ", ".join(format_value(np.asarray(given).tolist()) for given in (channel, position))
        what = f"{told} are no channel and position of the {of}, which has {count} channels of {format_value(size)}"
        raise SpecError([Problem("position", what, "Count from 0, one whole number per axis")])
    shape = np.broadcast_shapes(channels.shape, places.shape[:-1])
    return np.broadcast_to(channels, shape).astype(np.int64), np.broadcast_to(places, (*shape, len(size)))
