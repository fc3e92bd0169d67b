# SPDX-License-Identifier: GPL-3.0-or-later
"""Pooling: a window whose taps have no weights. Formulas: torch.nn.MaxPool2d, aten/src/ATen/native/Pool.h."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from .axis import OUTSIDE, ZERO_CELL, Axis
from .base_layer import BaseLayer, set_fields
from .channels import parse_separate_channels
from .padding import SAME_LOWER, SAME_UPPER, resolve_padding
from .parameters import Padding, PaddingPairs, ParameterParser, Sizes

POOL_PADDING = ("valid", SAME_UPPER, SAME_LOWER)
"""The words for a pooling's padding; the conventions other than PyTorch's have "same" too."""


@dataclass(frozen=True, init=False)
class _BasePool(BaseLayer):
    """What both poolings have in common.

    Output size: floor((i + before + after - d(k-1) - 1)/s) + 1, with ceil_mode rounded up, but without a last window
    that would begin after the input and the padding before it. Such a rounded window hangs over the padding, where
    nothing is.
    """

    ceil_mode: bool
    convention: str

    def _init(
        self,
        read: ParameterParser,
        input: Sizes,
        kernel: Sizes,
        stride: Sizes | None,
        padding: Padding,
        dilation: Sizes,
        ceil_mode: bool,
        convention: str,
        channels: int,
    ) -> None:
        """Fill in the fields. Raises SpecError with all that is wrong, also what was read before."""
        sizes, taps, steps, gaps = read.parse_window(input, kernel, 1 if stride is None else stride, dilation)
        steps = taps if stride is None else steps
        words = read.parse_option("convention", convention)
        up = read.parse_option("ceil_mode", ceil_mode)
        planes = parse_separate_channels(read, channels)
        if isinstance(padding, str) and padding == "same" and words == "pytorch":
            remedy = (
                f'Write "{SAME_UPPER}", which is the "same" of Keras, "{SAME_LOWER}", or layer.convention = "keras"'
            )
            read.add_error("padding", 'PyTorch has no "same" for pooling', remedy)
        word, pads = read.parse_padding(padding, ("same", *POOL_PADDING))
        if pads and taps:
            _check_padding(read, words, taps, pads)
        read.raise_errors()
        assert sizes and taps and steps and gaps
        if word:
            pads = resolve_padding(SAME_UPPER if word == "same" else word, sizes, taps, steps, gaps)
        assert pads
        axes: list[Axis] = []
        for i, k, s, (before, after), d in zip(sizes, taps, steps, pads, gaps, strict=True):
            extent, whole = d * (k - 1) + 1, i + before + after
            output = (whole - extent + (s - 1 if up else 0)) // s + 1
            if up and (output - 1) * s >= i + before:
                output -= 1
            if output < 1:
                larger = "input, padding or stride with layer.ceil_mode = true" if up else "input or padding"
                read.add_kernel_error(len(axes), k, d, whole, larger)
            overhang = max((output - 1) * s + extent - whole, 0)
            axes.append(Axis(i, output, k, s, d, before, after, overhang=overhang))
        read.raise_errors()
        set_fields(self, input=sizes, kernel=taps, stride=steps, padding=pads, dilation=gaps, axes=tuple(axes))
        set_fields(self, word=word, ceil_mode=up, convention=words, channels=planes)


def _check_padding(read: ParameterParser, convention: str, taps: tuple[int, ...], pads: PaddingPairs) -> None:
    """Complain of more padding than half the kernel (torch), or as much as the kernel (ONNX Runtime)."""
    for axis, (k, sides) in enumerate(zip(taps, pads, strict=True)):
        most = k - 1 if convention == "onnx" else k // 2
        if max(sides) > most:
            which = "the kernel must be larger" if convention == "onnx" else "at most half the kernel can be"
            read.add_error(
                f"padding[{axis}]",
                f"{max(sides)} is too much for pooling with a kernel of {k}: {which}, "
                "so that each window reads some input",
                f"Write at most {most}, or use a larger kernel",
            )


@dataclass(frozen=True, init=False)
class MaxPool(_BasePool):
    """Max pooling: the largest of what the window covers; padding never is.

    input, kernel, dilation: one number for every axis, or one per axis
    stride: so too; the kernel's size where it is not given
    padding: a number, one per axis, a pair (before, after) per axis, "valid", "same_upper" or "same_lower"; with
             Keras' or ONNX' convention also "same". In numbers at most half the kernel
    ceil_mode: whether the output's size is rounded up
    convention: whose words and bounds hold: "pytorch", "keras" or "onnx"
    channels: how many, each pooled by itself
    Raises SpecError with all that is wrong.
    """

    op: ClassVar[str] = "max_pool"
    label: ClassVar[str] = "Max pooling"
    PARAMETERS = ("input", "kernel", "stride", "padding", "dilation", "ceil_mode", "convention", "channels")

    def __init__(
        self,
        input: Sizes,
        kernel: Sizes,
        stride: Sizes | None = None,
        padding: Padding = 0,
        dilation: Sizes = 1,
        ceil_mode: bool = False,
        convention: str = "pytorch",
        channels: int = 1,
    ) -> None:
        read = ParameterParser(input=input, kernel=kernel, stride=stride, padding=padding, dilation=dilation)
        self._init(read, input, kernel, stride, padding, dilation, ceil_mode, convention, channels)


@dataclass(frozen=True, init=False)
class AvgPool(_BasePool):
    """Average pooling: the mean of what the window covers.

    Parameters as for MaxPool, but there is no dilation;
    count_include_pad: whether cells of padding count, as zeros. Not given, they do with PyTorch's convention, and not
    with those of Keras and ONNX. What the window hangs over never counts.
    Raises SpecError with all that is wrong.
    """

    op: ClassVar[str] = "avg_pool"
    label: ClassVar[str] = "Average pooling"
    PARAMETERS = ("input", "kernel", "stride", "padding", "ceil_mode", "count_include_pad", "convention", "channels")
    count_include_pad: bool

    def __init__(
        self,
        input: Sizes,
        kernel: Sizes,
        stride: Sizes | None = None,
        padding: Padding = 0,
        ceil_mode: bool = False,
        count_include_pad: bool | None = None,
        convention: str = "pytorch",
        channels: int = 1,
    ) -> None:
        read = ParameterParser(input=input, kernel=kernel, stride=stride, padding=padding)
        counts: Any = convention == "pytorch" if count_include_pad is None else count_include_pad
        set_fields(self, count_include_pad=read.parse_option("count_include_pad", counts))
        self._init(read, input, kernel, stride, padding, 1, ceil_mode, convention, channels)

    @property
    def includes_padding_taps(self) -> bool:
        return self.count_include_pad

    @cached_property
    def divisors(self) -> tuple[list[int], ...]:
        """Per axis, for each output: how many cells count there; an output's divisor is their product."""
        without = (OUTSIDE,) if self.count_include_pad else (ZERO_CELL, OUTSIDE)
        return tuple(
            [len(row) - sum(map(row.count, without)) for row in axis.iterate_tap_sources()] for axis in self.axes
        )

    def divisor(self, position: Sequence[int]) -> int:
        """By what the sum of an output's cells is divided. Raises SpecError where there is no such output."""
        place = self.check_position(position)
        return math.prod(counts[at] for counts, at in zip(self.divisors, place, strict=True))
