# SPDX-License-Identifier: GPL-3.0-or-later
"""Transposed convolution. Formulas: torch.nn.ConvTranspose2d."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

from .axis import Axis
from .base_layer import BaseLayer, set_fields
from .channels import Channels, parse_convolution_channels
from .padding import (
    NAMED_PADDING,
    SAME_LOWER,
    SAME_UPPER,
    TransposedPadding,
    canonical_padding_name,
    padding_for_output,
    transposed_padding,
)
from .parameters import Padding, ParameterParser, Sizes


@dataclass(frozen=True, init=False)
class ConvTranspose(BaseLayer):
    """A transposed convolution ("deconvolution").

    Parameters as for Conv, but padding is that of the matching convolution, and so crops the output;
    output_padding: cells by which the output grows at its end, fewer than the larger of stride and dilation; by default
    none, or with Keras' "valid" and "same" the number that follows from the output's size;
    output_shape: the output's size, from which padding in numbers follows (ONNX); beside padding in numbers and
        with PyTorch's convention, output padding follows instead (`output_size` of the call on a layer);
    channels as for Conv.
    Output size: (i-1)s - before - after + d(k-1) + output_padding + 1.
    Raises SpecError with all problems.

    >>> ConvTranspose(input=(3, 3), kernel=3, stride=2, padding=1, output_padding=1).output
    (6, 6)
    """

    op: ClassVar[str] = "conv_transpose"
    display_name: ClassVar[str] = "Transposed convolution"
    PARAMETERS = (
        *("input", "kernel", "stride", "padding", "dilation", "output_padding", "output_shape", "convention"),
        *("in_channels", "out_channels", "groups"),
    )
    DERIVED_PARAMETERS = ("output_padding", "output_shape")
    has_weights = True
    can_scatter = True
    output_padding: tuple[int, ...]
    output_shape: tuple[int, ...] | None
    convention: str
    has_derived_output_padding: bool = field(repr=False, compare=False)
    """True if the output padding was not given, and follows from the padding names of Keras."""

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
        parser = ParameterParser(
            input=input,
            kernel=kernel,
            stride=stride,
            padding=padding,
            dilation=dilation,
            output_padding=output_padding,
            output_shape=output_shape,
        )
        extras = None if output_padding is None else parser.parse_sizes("output_padding", output_padding, 0)
        shape = None if output_shape is None else parser.parse_sizes("output_shape", output_shape, 1)
        sizes, taps, strides, dilations = parser.parse_window(input, kernel, stride, dilation)
        framework = parser.parse_option("convention", convention)
        channels = parse_convolution_channels(parser, in_channels, out_channels, groups)
        name, pads = (None, None) if padding is None else parser.parse_padding(padding, NAMED_PADDING)
        if name == "same" and framework == "pytorch" and strides and output_shape is None:
            canonical_padding_name(parser, name, framework, strides)
        grows = framework == "pytorch" and pads is not None and shape is not None
        if grows and output_padding is not None:
            parser.add_error("output_padding", "it follows from layer.output_shape", "Leave one of them out")
        if output_shape is not None and padding is not None and not grows and name not in (SAME_UPPER, SAME_LOWER):
            remedy = (
                f'Leave one of them out, or write "{SAME_UPPER}" or "{SAME_LOWER}" to choose the side of an odd cell'
            )
            parser.add_error("padding", "it follows from layer.output_shape", remedy)
        parser.raise_errors()
        assert sizes and taps and strides and dilations
        axes: list[Axis] = []
        borders: list[TransposedPadding] = []
        for axis, (i, k, s, d) in enumerate(zip(sizes, taps, strides, dilations, strict=True)):
            reach = d * (k - 1)
            extra = extras[axis] if extras else None
            if grows and shape and pads:
                least = (i - 1) * s - sum(pads[axis]) + reach + 1
                border = TransposedPadding(*pads[axis], _find_growth(parser, axis, shape[axis], least, s))
            elif shape:
                border = padding_for_output(name != SAME_UPPER, shape[axis], i, reach + 1, s, extra or 0)
            elif name:
                border = transposed_padding(name, framework, i, reach + 1, s, extra)
            else:
                border = TransposedPadding(*(pads[axis] if pads else (0, 0)), extra or 0)
            output = (i - 1) * s - border.before - border.after + reach + border.output_padding + 1
            self._check_border(parser, axis, s, d, border, output)
            before, after = reach - border.before, reach - border.after + border.output_padding
            axes.append(Axis(i, output, k, 1, d, before, after, input_dilation=s, is_flipped=True))
            borders.append(border)
        parser.raise_errors()
        resolved = tuple((border.before, border.after) for border in borders)
        extra_sizes = tuple(border.output_padding for border in borders)
        is_derived = extras is None and framework == "keras" and name in ("same", "valid")
        set_fields(self, input=sizes, kernel=taps, stride=strides, padding=resolved, dilation=dilations)
        set_fields(self, axes=tuple(axes), padding_name=name, output_padding=extra_sizes)
        set_fields(self, output_shape=None if grows else shape)
        set_fields(self, channels=channels, convention=framework, has_derived_output_padding=is_derived)

    @staticmethod
    def _check_border(
        parser: ParameterParser, axis: int, s: int, d: int, border: TransposedPadding, output: int
    ) -> None:
        limit = max(s, d) - 1
        grown = border.output_padding - border.after
        if border.output_padding > limit:
            parser.add_error(
                f"output_padding[{axis}]",
                f"{border.output_padding} is not smaller than the larger of stride {s} and dilation {d}",
                f"Write at most {limit}",
            )
        elif grown > limit and border.after < 0:
            parser.add_error(
                f"output_shape[{axis}]",
                f"{output} is too large: {grown} cells more than the kernel reaches",
                f"Write at most {output - (grown - limit)}, or use a larger input, kernel or stride",
            )
        if output < 1:
            parser.add_error(
                f"padding[{axis}]",
                f"a padding of {border.before} + {border.after} crops the whole output of "
                f"{output + border.before + border.after} cells",
                "Use less padding, or a larger input, kernel or stride",
            )

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

    def to_table(self) -> dict[str, Any]:
        """Return the parameters as plain values, without those that follow from others."""
        table = super().to_table()
        if self.output_shape is not None and self.padding_name is None:
            del table["padding"]
        if self.has_derived_output_padding:
            del table["output_padding"]
        return table

    def size_equation(self, axis: int) -> str:
        """Return the equation of the output size of one axis (torch.nn.ConvTranspose2d).

        >>> ConvTranspose(input=3, kernel=3, stride=2, padding=1, output_padding=1).size_equation(0)
        '(3 - 1)·2 - 1 - 1 + 1·(3 - 1) + 1 + 1 = 6'
        """
        i, k, s, d = self.input[axis], self.kernel[axis], self.stride[axis], self.dilation[axis]
        crop = "".join(f" - {side}" if side >= 0 else f" + {-side}" for side in self.padding[axis])
        return f"({i} - 1)·{s}{crop} + {d}·({k} - 1) + {self.output_padding[axis]} + 1 = {self.output[axis]}"

    def weight_equation(self) -> str:
        """Return the equation of the number of weights, without biases."""
        sizes = (self.channels.inputs, self.channels.outputs // self.channels.groups, *self.kernel)
        return f"{'·'.join(map(str, sizes))} = {math.prod(sizes)}"


def _find_growth(parser: ParameterParser, axis: int, size: int, least: int, stride: int) -> int:
    """Return the output padding that gives an output of `size`; add an error if PyTorch takes no such size."""
    if not least <= size < least + stride:
        sizes = f"{least} to {least + stride - 1}" if stride > 1 else str(least)
        parser.add_error(f"output_shape[{axis}]", f"{size} is no size of this output", f"Write {sizes}")
        return 0
    return size - least
