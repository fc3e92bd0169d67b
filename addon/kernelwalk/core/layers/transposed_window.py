# SPDX-License-Identifier: GPL-3.0-or-later
"""The window of a transposed convolution and of a fold: each input adds to the outputs under a window of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .axis import Axis
from .base_layer import BaseLayer
from .channels import Channels
from .crops import TransposedPadding
from .parameters import ParameterParser


@dataclass(frozen=True)
class TransposedWindowLayer(BaseLayer):
    """A layer whose inputs each add to the outputs under a window; padding crops the output.

    output_padding: cells by which the output grows at its end
    output_shape: the output's size, if it was given and does not follow from the other parameters
    """

    can_scatter = True
    output_padding: tuple[int, ...]
    output_shape: tuple[int, ...] | None

    @property
    def output_borders(self) -> tuple[TransposedPadding, ...]:
        """The output's cropped cells and output padding per axis."""
        borders = zip(self.padding, self.output_padding, strict=True)
        return tuple(TransposedPadding(before, after, extra) for (before, after), extra in borders)

    def count_output_tiles(self, channels: Channels, with_cropped: bool) -> int:
        """Count the tiles of the output if `channels` are drawn, with or without the cropped cells."""
        if not with_cropped:
            return super().count_output_tiles(channels, with_cropped)
        cropped = [max(before, 0) + max(after, 0) for before, after in self.padding]
        return math.prod(map(sum, zip(self.output, cropped, strict=True))) * channels.outputs

    def size_equation(self, axis: int) -> str:
        """Return the equation of the output size of one axis (torch.nn.ConvTranspose2d).

        >>> from kernelwalk.core import ConvTranspose
        >>> ConvTranspose(input=3, kernel=3, stride=2, padding=1, output_padding=1).size_equation(0)
        '(3 - 1)·2 - 1 - 1 + 1·(3 - 1) + 1 + 1 = 6'
        """
        i, k, s, d = self.input[axis], self.kernel[axis], self.stride[axis], self.dilation[axis]
        crop = "".join(f" - {side}" if side >= 0 else f" + {-side}" for side in self.padding[axis])
        return f"({i} - 1)·{s}{crop} + {d}·({k} - 1) + {self.output_padding[axis]} + 1 = {self.output[axis]}"


def build_transposed_axis(
    parser: ParameterParser,
    axis: int,
    input: int,
    kernel: int,
    stride: int,
    dilation: int,
    border: TransposedPadding,
    is_flipped: bool = True,
) -> Axis:
    """Build an axis whose window slides over the input with zeros between its cells; add an error if it has no output.

    axis:       number of the axis
    is_flipped: False if the window reads the kernel forward, so that each input adds it in reverse
    """
    reach = dilation * (kernel - 1)
    output = (input - 1) * stride - border.before - border.after + reach + border.output_padding + 1
    if output < 1:
        before, after = border.before, border.after
        values = {"before": before, "after": after, "cells": output + before + after}
        parser.add_problem(f"padding[{axis}]", "whole_output_cropped", **values)
    before, after = reach - border.before, reach - border.after + border.output_padding
    return Axis(input, output, kernel, 1, dilation, before, after, input_dilation=stride, is_flipped=is_flipped)


def find_growth(parser: ParameterParser, axis: int, size: int, least: int, stride: int) -> int:
    """Return the output padding that gives an output of `size`; add an error if there is no output of that size.

    least: the output's size without output padding
    """
    if not least <= size < least + stride:
        add_size_error(parser, axis, size, range(least, least + stride))
        return 0
    return size - least


def add_size_error(parser: ParameterParser, axis: int, size: int, allowed: range) -> None:
    """Add the error of an output's size that is not among those that are `allowed`."""
    sizes = f"{allowed[0]} to {allowed[-1]}" if len(allowed) > 1 else str(allowed[0])
    parser.add_problem(f"output_shape[{axis}]", "no_output_size", size=size, sizes=sizes)
