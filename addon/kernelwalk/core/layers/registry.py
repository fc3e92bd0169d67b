# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers: parameters as the frameworks name them, checked, and the axes that follow from them.

A layer has one to three axes. Sizes are tuples in the order of the tensor's axes: x; y, x; or z, y, x. Formulas:
torch.nn.Conv2d and torch.nn.ConvTranspose2d.
"""

from __future__ import annotations

import typing
from dataclasses import dataclass, field
from typing import Any, ClassVar

from .axis import PADDING_MODES, Axis
from .base_layer import BaseLayer, set_fields
from .channels import parse_convolution_channels
from .padding import (
    CAUSAL,
    CONV_PADDING,
    NAMED_PADDING,
    SAME_LOWER,
    SAME_UPPER,
    TransposedPadding,
    canonical_padding_name,
    padding_for_output,
    resolve_padding,
    transposed_padding,
)
from .parameters import CONVENTIONS, MAX_SIZE, OPTION_CHECKS, Padding, ParameterParser, Sizes
from .pooling import AvgPool, MaxPool
from .rearrangement import PixelShuffle, PixelUnshuffle, Unfold
from .sliding_window import build_sliding_axes
from .upsampling import Upsample

__all__ = [
    "OPTION_CHECKS",
    "CONVENTIONS",
    "MAX_SIZE",
    "LAYERS",
    "PADDING_MODES",
    "NAMED_PADDING",
    "AvgPool",
    "Conv",
    "ConvTranspose",
    "Layer",
    "MaxPool",
    "PixelShuffle",
    "PixelUnshuffle",
    "Unfold",
    "Upsample",
]


@dataclass(frozen=True, init=False)
class Conv(BaseLayer):
    """A convolution, in the sense of every framework: cross-correlation, the kernel is not flipped.

    input, kernel, stride, dilation: one number for every axis, or one per axis; lists say how many axes there are, and
             where there is none there are two
    padding: a number, one per axis, a pair (before, after) per axis, "valid", "same", "full", "same_upper",
             "same_lower" or, along a single axis, "causal" (see padding.py)
    padding_mode: what padding holds: "zeros", or copies of the input: "reflect", "replicate" or "circular"
    convention: whose "same" is meant: "pytorch", "keras" or "onnx"
    in_channels, out_channels, groups: an output channel reads the inputs of its group; of what is not given there are
             as many channels as groups, which are one
    depth_multiplier: in place of the latter two: a group for each input channel, and so many outputs in each
    Output size: floor((i + before + after - d(k-1) - 1)/s) + 1 (torch.nn.Conv2d); a stride that does not divide
    leaves cells at the end unused.
    Raises SpecError with all that is wrong.
    """

    op: ClassVar[str] = "conv"
    label: ClassVar[str] = "Convolution"
    PARAMETERS = (
        *("input", "kernel", "stride", "padding", "dilation", "padding_mode", "convention"),
        *("in_channels", "out_channels", "groups", "depth_multiplier"),
    )
    padding_mode: str
    convention: str

    def __init__(
        self,
        input: Sizes,
        kernel: Sizes,
        stride: Sizes = 1,
        padding: Padding = 0,
        dilation: Sizes = 1,
        padding_mode: str = "zeros",
        convention: str = "pytorch",
        in_channels: int | None = None,
        out_channels: int | None = None,
        groups: int | None = None,
        depth_multiplier: int | None = None,
    ) -> None:
        read = ParameterParser(input=input, kernel=kernel, stride=stride, padding=padding, dilation=dilation)
        sizes, taps, steps, gaps = read.parse_window(input, kernel, stride, dilation)
        mode = read.parse_option("padding_mode", padding_mode)
        channels = parse_convolution_channels(read, in_channels, out_channels, groups, depth_multiplier)
        words = read.parse_option("convention", convention)
        word, pads = read.parse_padding(padding, CONV_PADDING)
        if word == CAUSAL and read.dims != 1:
            read.add_causal_error()
        if word and steps:
            word = canonical_padding_name(read, word, words, steps)
        read.raise_errors()
        assert sizes and taps and steps and gaps
        if word:
            pads = resolve_padding(word, sizes, taps, steps, gaps)
        assert pads
        axes = build_sliding_axes(read, sizes, taps, steps, pads, gaps, mode)
        read.raise_errors()
        set_fields(self, input=sizes, kernel=taps, stride=steps, padding=pads, dilation=gaps, axes=axes)
        set_fields(self, word=word and padding, padding_mode=mode, convention=words, channels=channels)

    @property
    def includes_padding_taps(self) -> bool:
        return True


@dataclass(frozen=True, init=False)
class ConvTranspose(BaseLayer):
    """A transposed convolution ("deconvolution").

    Parameters as for Conv, but padding is what the matching convolution has, and so crops the output;
    output_padding: cells by which the output grows at its end, below the larger of stride and dilation; where it is
    not given, none, or with Keras' "valid" what makes the output as long as its steps;
    output_shape: the output's size, in place of padding in numbers, which follows (ONNX);
    channels as for Conv.
    Output size: (i-1)s - before - after + d(k-1) + output_padding + 1 (torch.nn.ConvTranspose2d).
    Raises SpecError with all that is wrong.
    """

    op: ClassVar[str] = "conv_transpose"
    label: ClassVar[str] = "Transposed convolution"
    PARAMETERS = (
        *("input", "kernel", "stride", "padding", "dilation", "output_padding", "output_shape", "convention"),
        *("in_channels", "out_channels", "groups"),
    )
    output_padding: tuple[int, ...]
    output_shape: tuple[int, ...] | None
    convention: str
    has_derived_output_padding: bool = field(repr=False, compare=False)
    """Whether the output padding was not given, and follows from Keras' words."""

    def __init__(
        self,
        input: Sizes,
        kernel: Sizes,
        stride: Sizes = 1,
        padding: Padding | None = None,
        dilation: Sizes = 1,
        output_padding: Sizes | None = None,
        output_shape: Sizes | None = None,
        convention: str = "pytorch",
        in_channels: int | None = None,
        out_channels: int | None = None,
        groups: int | None = None,
    ) -> None:
        read = ParameterParser(
            input=input,
            kernel=kernel,
            stride=stride,
            padding=padding,
            dilation=dilation,
            output_padding=output_padding,
            output_shape=output_shape,
        )
        extras = None if output_padding is None else read.parse_sizes("output_padding", output_padding, 0)
        shape = None if output_shape is None else read.parse_sizes("output_shape", output_shape, 1)
        sizes, taps, steps, gaps = read.parse_window(input, kernel, stride, dilation)
        words = read.parse_option("convention", convention)
        channels = parse_convolution_channels(read, in_channels, out_channels, groups)
        word, pads = (None, None) if padding is None else read.parse_padding(padding, NAMED_PADDING)
        if word == "same" and words == "pytorch" and steps and output_shape is None:
            canonical_padding_name(read, word, words, steps)
        if output_shape is not None and (padding is not None and word not in (SAME_UPPER, SAME_LOWER)):
            remedy = (
                f'Leave one of them out, or write "{SAME_UPPER}" or "{SAME_LOWER}" to say where an odd cell is cropped'
            )
            read.add_error("padding", "it follows from layer.output_shape", remedy)
        read.raise_errors()
        assert sizes and taps and steps and gaps
        axes: list[Axis] = []
        sides: list[TransposedPadding] = []
        for axis, (i, k, s, d) in enumerate(zip(sizes, taps, steps, gaps, strict=True)):
            border = d * (k - 1)
            extra = extras[axis] if extras else None
            if shape:
                ends = padding_for_output(word != SAME_UPPER, shape[axis], i, border + 1, s, extra or 0)
            elif word:
                ends = transposed_padding(word, words, i, border + 1, s, extra)
            else:
                ends = TransposedPadding(*(pads[axis] if pads else (0, 0)), extra or 0)
            output = (i - 1) * s - ends.before - ends.after + border + ends.output_padding + 1
            self._check(read, axis, s, d, ends, output)
            before, after = border - ends.before, border - ends.after + ends.output_padding
            axes.append(Axis(i, output, k, 1, d, before, after, input_dilation=s, is_flipped=True))
            sides.append(ends)
        read.raise_errors()
        resolved = tuple((ends.before, ends.after) for ends in sides)
        set_fields(self, input=sizes, kernel=taps, stride=steps, padding=resolved, dilation=gaps, axes=tuple(axes))
        set_fields(self, word=word, output_padding=tuple(ends.output_padding for ends in sides), output_shape=shape)
        set_fields(self, channels=channels)
        set_fields(self, convention=words, follows=extras is None and words == "keras" and word in ("same", "valid"))

    @staticmethod
    def _check(read: ParameterParser, axis: int, s: int, d: int, ends: TransposedPadding, output: int) -> None:
        most = max(s, d) - 1
        if ends.output_padding > most:
            read.add_error(
                f"output_padding[{axis}]",
                f"{ends.output_padding} is not smaller than the larger of stride {s} and dilation {d}",
                f"Write at most {most}",
            )
        elif ends.output_padding - ends.after > most and ends.after < 0:
            read.add_error(
                f"output_shape[{axis}]",
                f"{output} is too large: {ends.output_padding - ends.after} cells more than the kernel reaches",
                f"Write at most {output - (ends.output_padding - ends.after - most)}, or use a larger input, kernel or stride",
            )
        if output < 1:
            read.add_error(
                f"padding[{axis}]",
                f"a padding of {ends.before} + {ends.after} crops the whole output of "
                f"{output + ends.before + ends.after} cells",
                "Use less padding, or a larger input, kernel or stride",
            )

    def to_table(self) -> dict[str, Any]:
        table = super().to_table()
        if self.output_shape is not None and self.padding_name is None:
            del table["padding"]  # it follows
        if self.has_derived_output_padding:
            del table["output_padding"]
        return table


Layer = Conv | ConvTranspose | MaxPool | AvgPool | Upsample | PixelShuffle | PixelUnshuffle | Unfold

LAYERS: dict[str, type[Layer]] = {layer.op: layer for layer in typing.get_args(Layer)}
"""The layers by the name a spec gives them."""
