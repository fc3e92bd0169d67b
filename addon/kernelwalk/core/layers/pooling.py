# SPDX-License-Identifier: GPL-3.0-or-later
"""Pooling: a window whose taps have no weights. Formulas: torch.nn.MaxPool2d, aten/src/ATen/native/Pool.h."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from .averaging import AveragingLayer
from .axis import OUTSIDE, ZERO_CELL, Axis
from .base_layer import BaseLayer, set_fields
from .channels import parse_separate_channels
from .conventions import CONVENTIONS
from .crops import SAME_LOWER, SAME_UPPER
from .padding import resolve_padding
from .parameters import AxisSizes, Padding, PaddingPairs, ParameterParser, Sizes

POOL_PADDING = ("valid", SAME_UPPER, SAME_LOWER)
"""Padding names of a pooling; conventions other than PyTorch's have "same" too."""


@dataclass(frozen=True, init=False)
class _BasePool(BaseLayer):
    """The common part of both poolings.

    Output size: floor((i + before + after - d(k-1) - 1)/s) + 1; with ceil_mode rounded up, but without a last window
    that would begin after the input and the padding before it. Such a rounded window extends past the padding, where
    cells hold nothing.
    """

    DERIVED_PARAMETERS = ("stride",)
    ceil_mode: bool
    convention: str

    def _init(
        self,
        parser: ParameterParser,
        input: Sizes,
        kernel: Sizes,
        stride: Sizes | None,
        padding: Padding,
        dilation: Sizes,
        ceil_mode: bool,
        convention: str,
        channels: int,
    ) -> None:
        """Set the fields. Raises SpecError with all problems, including those that `parser` already has."""
        sizes, taps, strides, dilations = parser.parse_window(input, kernel, 1 if stride is None else stride, dilation)
        strides = taps if stride is None else strides
        framework = parser.parse_option("convention", convention)
        rounds_up = parser.parse_option("ceil_mode", ceil_mode)
        separate = parse_separate_channels(parser, channels)
        if padding == "same" and framework is not None and CONVENTIONS[framework].same is None:
            parser.add_problem("padding", "same_pooling")
        name, pads = parser.parse_padding(padding, ("same", *POOL_PADDING))
        if pads and taps and framework:
            _check_padding(parser, framework, taps, pads)
        parser.raise_errors()
        assert sizes and taps and strides and dilations
        rules = CONVENTIONS[framework]
        if name:
            counted = (1,) * len(taps) if rules.drops_pool_dilation else dilations
            pads = resolve_padding(SAME_UPPER if name == "same" else name, sizes, taps, strides, counted)
        assert pads
        set_fields(self, ceil_mode=rounds_up, padding_name=name, convention=framework)
        rounds_up = self.rounds_up
        axes: list[Axis] = []
        for i, k, s, (before, after), d in zip(sizes, taps, strides, pads, dilations, strict=True):
            extent, padded = d * (k - 1) + 1, i + before + after
            more = s - 1 if rounds_up or (rules.rounds_to_zero and padded < extent) else 0
            output = (padded - extent + more) // s + 1
            if rounds_up and rules.fits_no_window:
                output = -(-(i + before) // s)
            elif rounds_up and not rules.keeps_late_window and (output - 1) * s >= i + before:
                output -= 1
            if output < 1:
                larger = "input, padding or stride with layer.ceil_mode = true" if rounds_up else "input or padding"
                parser.add_kernel_error(len(axes), k, d, padded, larger, rules.oversized_pool)
            overhang = max((output - 1) * s + extent - padded, 0)
            axes.append(Axis(i, output, k, s, d, before, after, overhang=overhang))
        parser.raise_errors()
        set_fields(self, input=sizes, kernel=taps, stride=strides, padding=pads, dilation=dilations, axes=tuple(axes))
        set_fields(self, channels=separate)

    @property
    def default_stride(self) -> tuple[int, ...]:
        """The stride that holds if none is given: the kernel's size."""
        return self.kernel

    @property
    def rounds_up(self) -> bool:
        """True if the output's size is rounded up. With ONNX' VALID it is not, whatever the ceil_mode."""
        return self.ceil_mode and (self.padding_name != "valid" or CONVENTIONS[self.convention].rounds_valid_up)

    def size_equation(self, axis: int) -> str:
        """Return the equation of the output size of one axis (torch.nn.MaxPool2d).

        >>> MaxPool(input=6, kernel=3, stride=2, ceil_mode=True).size_equation(0)
        '⌈(6 + 0 + 0 - 1·(3 - 1) - 1) / 2⌉ + 1 = 3'
        """
        i, k, s, d = self.input[axis], self.kernel[axis], self.stride[axis], self.dilation[axis]
        spare = i + sum(self.padding[axis]) - d * (k - 1) - 1
        if not self.rounds_up and spare >= 0:
            return super().size_equation(axis)
        if self.rounds_up and CONVENTIONS[self.convention].fits_no_window:
            return f"⌈({i} + {self.padding[axis][0]}) / {s}⌉ = {self.output[axis]}"
        # a last window that would begin after the input is left out; a negative number is rounded to zero, up
        left_out = -(-spare // s) + 1 - self.output[axis]
        return f"⌈{self._unrounded_size(axis)}⌉ + 1{f' - {left_out}' if left_out else ''} = {self.output[axis]}"

    def _size_parts(self) -> list[str]:
        return super()._size_parts()[:2]  # without "padding 0", which is usual


def _check_padding(parser: ParameterParser, convention: str, kernel: AxisSizes, padding: PaddingPairs) -> None:
    """Add an error for more padding than the convention allows: half the kernel (torch), or less than it (others)."""
    halves = CONVENTIONS[convention].halves_pool_padding
    for axis, (k, sides) in enumerate(zip(kernel, padding, strict=True)):
        limit = k // 2 if halves else k - 1
        if max(sides) > limit:
            problem = "half_kernel_padding" if halves else "whole_kernel_padding"
            parser.add_problem(f"padding[{axis}]", problem, padding=max(sides), kernel=k, limit=limit)


@dataclass(frozen=True, init=False)
class MaxPool(_BasePool):
    """Max pooling: the largest value that the window covers, padding excluded.

    input, kernel, dilation: one number for every axis, or one per axis
    stride: the same; by default the kernel's size
    padding: a number, one per axis, a pair (before, after) per axis, "valid", "same_upper" or "same_lower"; with
             Keras' or ONNX' convention also "same". In numbers at most half the kernel
    ceil_mode: True to round the output's size up
    convention: the framework whose padding names and bounds hold, one of conventions.CONVENTIONS
    channels: number of channels, each pooled separately
    Raises SpecError with all problems.

    >>> MaxPool(input=5, kernel=2, ceil_mode=True).output
    (3, 3)
    """

    op: ClassVar[str] = "max_pool"
    display_name: ClassVar[str] = "Max pooling"
    takes_maximum = True
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
        parser = ParameterParser(input=input, kernel=kernel, stride=stride, padding=padding, dilation=dilation)
        self._init(parser, input, kernel, stride, padding, dilation, ceil_mode, convention, channels)


@dataclass(frozen=True, init=False)
class AvgPool(AveragingLayer, _BasePool):
    """Average pooling: the mean of the values that the window covers.

    Parameters as for MaxPool; among those that may be given without a name, dilation is the last;
    count_include_pad: True if cells of padding count, as zeros. By default they do with PyTorch's convention, and not
    with those of Keras and ONNX. Cells past the padding never count.
    Raises SpecError with all problems.

    >>> AvgPool(input=3, kernel=2, stride=1, padding=1).divisor((0, 0))
    4
    """

    op: ClassVar[str] = "avg_pool"
    display_name: ClassVar[str] = "Average pooling"
    PARAMETERS = (
        *("input", "kernel", "stride", "padding", "dilation", "ceil_mode", "count_include_pad", "convention"),
        "channels",
    )
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
        dilation: Sizes = 1,
    ) -> None:
        parser = ParameterParser(input=input, kernel=kernel, stride=stride, padding=padding, dilation=dilation)
        is_known = isinstance(convention, str) and convention in CONVENTIONS
        usual = is_known and CONVENTIONS[convention].counts_padding
        counts: Any = usual if count_include_pad is None else count_include_pad
        set_fields(self, count_include_pad=parser.parse_option("count_include_pad", counts))
        self._init(parser, input, kernel, stride, padding, dilation, ceil_mode, convention, channels)

    @property
    def includes_padding_taps(self) -> bool:
        """True if a tap on padding counts, as a zero."""
        return self.count_include_pad

    @cached_property
    def divisors(self) -> tuple[list[int], ...]:
        """Numbers of cells that count, per axis for each output; an output's divisor is their product."""
        ignored: tuple[int, ...] = (OUTSIDE,) if self.count_include_pad else (ZERO_CELL, OUTSIDE)
        if self.count_include_pad and CONVENTIONS[self.convention].counts_overhang:
            ignored = ()
        return tuple(
            [len(row) - sum(map(row.count, ignored)) for row in axis.iterate_tap_sources()] for axis in self.axes
        )

    def detail_rows(self) -> list[tuple[str, str]]:
        """Return the divisor: one number, or the range if some cells do not count."""
        least, most = self.divisor_range()
        if least == most:
            return [("divisor", str(most))]
        counted = "input and padding" if self.count_include_pad else "input"
        return [("divisor", f"{least} to {most}, the number of cells that count: {counted}")]
