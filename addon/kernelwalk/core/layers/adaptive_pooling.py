# SPDX-License-Identifier: GPL-3.0-or-later
"""Adaptive pooling: the output's size is given, and the windows follow from it (torch.nn.AdaptiveAvgPool2d)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from .adaptive_axis import AdaptiveAxis
from .averaging import AveragingLayer
from .base_layer import BaseLayer, set_fields
from .channels import parse_separate_channels
from .formatting import format_compact_size
from .parameters import ParameterParser, Sizes


@dataclass(frozen=True, init=False)
class _BaseAdaptivePool(BaseLayer):
    """The common part of both adaptive poolings. A global pooling has an output of 1."""

    PARAMETERS = ("input", "output_shape", "channels")
    output_shape: tuple[int, ...]

    def __init__(self, input: Sizes, output_shape: Sizes = 1, channels: int = 1) -> None:
        shape: Any = output_shape
        if isinstance(shape, (list, tuple)) and isinstance(input, (list, tuple)) and len(shape) == len(input):
            shape = tuple(own if size is None else size for own, size in zip(input, shape, strict=True))
        parser = ParameterParser(input=input, output_shape=shape)
        sizes = parser.parse_sizes("input", input, 1)
        outputs = parser.parse_sizes("output_shape", shape, 1)
        separate = parse_separate_channels(parser, channels)
        parser.raise_errors()
        assert sizes and outputs and separate
        axes = tuple(AdaptiveAxis.make(i, o) for i, o in zip(sizes, outputs, strict=True))
        ones, no_padding = (1,) * parser.dims, ((0, 0),) * parser.dims
        kernel = tuple(axis.kernel for axis in axes)
        set_fields(self, input=sizes, kernel=kernel, stride=ones, padding=no_padding, dilation=ones, axes=axes)
        set_fields(self, padding_name=None, output_shape=outputs, channels=separate)

    def size_equation(self, axis: int) -> str:
        """Return the windows of one axis, whose number is given.

        >>> AdaptiveAvgPool(input=[10], output_shape=7).size_equation(0)
        '7, output i reads ⌊10·i/7⌋ to ⌈10·(i + 1)/7⌉ - 1'
        """
        i, o = self.input[axis], self.output[axis]
        return f"{o}, output i reads ⌊{i}·i/{o}⌋ to ⌈{i}·(i + 1)/{o}⌉ - 1"

    def _size_parts(self) -> list[str]:
        return [f"to {format_compact_size(self.output)}"]


class AdaptiveMaxPool(_BaseAdaptivePool):
    """Adaptive max pooling: the largest value of each window.

    input:        one number for every axis, or one per axis
    output_shape: the same: the size of the output; None in a list keeps that axis. 1 is global pooling
    channels:     number of channels, each pooled separately
    Raises SpecError with all problems.

    >>> AdaptiveMaxPool(input=[10], output_shape=7).taps([2])
    [((0,), (2,)), ((1,), (3,)), ((2,), (4,))]
    """

    op: ClassVar[str] = "adaptive_max_pool"
    display_name: ClassVar[str] = "Adaptive max pooling"
    takes_maximum = True


class AdaptiveAvgPool(AveragingLayer, _BaseAdaptivePool):
    """Adaptive average pooling: the mean of each window, whose length is the divisor.

    Parameters as for AdaptiveMaxPool.

    >>> AdaptiveAvgPool(input=[10], output_shape=7).divisors
    ([2, 2, 3, 2, 3, 2, 2],)
    """

    op: ClassVar[str] = "adaptive_avg_pool"
    display_name: ClassVar[str] = "Adaptive average pooling"

    @cached_property
    def divisors(self) -> tuple[list[int], ...]:
        """Lengths of the windows, per axis for each output; an output's divisor is their product."""
        return tuple(
            [axis.length(place) for place in range(axis.output)] for axis in self.axes if isinstance(axis, AdaptiveAxis)
        )

    def detail_rows(self) -> list[tuple[str, str]]:
        """Return the divisor: one number, or the range if windows differ in length."""
        least, most = self.divisor_range()
        return [("divisor", str(most) if least == most else f"{least} to {most}, the number of cells in the window")]
