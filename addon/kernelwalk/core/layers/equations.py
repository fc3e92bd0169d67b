# SPDX-License-Identifier: GPL-3.0-or-later
"""A layer's output size as an equation with its own numbers, and sizes in words."""

from __future__ import annotations

import math

from .parameters import PaddingPairs, axis_names
from .pooling import AvgPool, MaxPool
from .registry import Conv, ConvTranspose, Layer, PixelShuffle, PixelUnshuffle, Unfold, Upsample


def size_equation(layer: Layer, axis: int) -> str:
    """The output size of one axis, filled in: the formulas of torch.nn.Conv2d, ConvTranspose2d and MaxPool2d."""
    i, k, s, d = layer.input[axis], layer.kernel[axis], layer.stride[axis], layer.dilation[axis]
    before, after = layer.padding[axis]
    output = layer.output[axis]
    if isinstance(layer, Upsample):
        return f"{i}·{layer.scale[axis]} = {output}"
    if isinstance(layer, PixelShuffle):
        return f"{i}·{layer.factor[axis]} = {output}"
    if isinstance(layer, PixelUnshuffle):
        return f"{i} / {layer.factor[axis]} = {output}"
    if isinstance(layer, ConvTranspose):
        extra = layer.output_padding[axis]
        return f"({i} - 1)·{s}{_subtract(before)}{_subtract(after)} + {d}·({k} - 1) + {extra} + 1 = {output}"
    steps = f"({i} + {before} + {after} - {d}·({k} - 1) - 1) / {s}"
    if isinstance(layer, (MaxPool, AvgPool)) and layer.ceil_mode:
        # of a window that would begin beyond the input there is none
        left_out = -(-(i + before + after - d * (k - 1) - 1) // s) + 1 - output
        return f"⌈{steps}⌉ + 1{f' - {left_out}' if left_out else ''} = {output}"
    return f"⌊{steps}⌋ + 1 = {output}"


def channel_equation(layer: Layer) -> str | None:
    """The number of output channels of a layer that changes it by rearranging, filled in."""
    channels = layer.channels
    if isinstance(layer, PixelShuffle):
        return f"{channels.inputs} / ({'·'.join(map(str, layer.factor))}) = {channels.outputs}"
    if isinstance(layer, (PixelUnshuffle, Unfold)):
        return f"{channels.inputs}·{'·'.join(map(str, layer.kernel))} = {channels.outputs}"
    return None


def weight_equation(layer: Layer) -> str | None:
    """How many weights a convolution has, without biases, filled in; None of layers that have none."""
    if not isinstance(layer, (Conv, ConvTranspose)):
        return None
    channels = layer.channels
    pair = (channels.outputs, channels.inputs // channels.groups)
    if isinstance(layer, ConvTranspose):
        pair = (channels.inputs, channels.outputs // channels.groups)
    sizes = (*pair, *layer.kernel)
    return f"{'·'.join(map(str, sizes))} = {math.prod(sizes)}"


def _subtract(number: int) -> str:
    return f" - {number}" if number >= 0 else f" + {-number}"


def format_size(sizes: tuple[int, ...]) -> str:
    """Sizes in words: "3 × 4"; along one axis the number alone."""
    return " × ".join(map(str, sizes))


def format_padding(padding: PaddingPairs) -> str:
    """One number where all sides agree, else each axis' sides."""
    sides = {side for pair in padding for side in pair}
    if len(sides) == 1:
        return str(sides.pop())
    named = zip(axis_names(len(padding)), padding, strict=True)
    return ", ".join(f"{name} {before} and {after}" for name, (before, after) in named)


def format_divisors(layer: AvgPool) -> str:
    """By what an average's sums are divided: one number, or the least and the most where some cells do not count."""
    least, most = (math.prod(int(chosen(counts)) for counts in layer.divisors) for chosen in (min, max))
    if least == most:
        return str(most)
    return f"{least} to {most}, as many cells as count: {'input and padding' if layer.count_include_pad else 'input'}"
