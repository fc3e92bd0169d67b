# SPDX-License-Identifier: GPL-3.0-or-later
"""Transposed convolution. Formulas: torch.nn.ConvTranspose2d."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

from .axis import Axis
from .base_layer import set_fields
from .channels import parse_convolution_channels
from .conventions import CONVENTIONS, Convention
from .crops import SAME_LOWER, SAME_UPPER, TransposedPadding
from .padding import NAMED_PADDING, canonical_padding_name
from .parameters import Padding, ParameterParser, Sizes
from .transposed_window import TransposedWindowLayer, add_size_error, build_transposed_axis, find_growth


@dataclass(frozen=True, init=False)
class ConvTranspose(TransposedWindowLayer):
    """A transposed convolution ("deconvolution").

    Parameters as for Conv, but padding is that of the matching convolution, and so crops the output; with JAX'
    convention, padding in numbers is put around the input with zeros between its cells;
    output_padding: cells by which the output grows at its end, fewer than the larger of stride and dilation; by default
    none, or with Keras' "valid" and "same" the number that follows from the output's size;
    output_shape: the output's size, from which padding in numbers follows (ONNX); beside padding in numbers and
        with PyTorch's convention, output padding follows instead (`output_size` of the call on a layer), and so beside
        "same" with Paddle's;
    flip_kernel: True if each input adds the kernel in reverse (JAX, Flax, Haiku, Equinox);
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
        *("flip_kernel", "in_channels", "out_channels", "groups"),
    )
    DERIVED_PARAMETERS = ("output_padding", "output_shape")
    has_weights = True
    output_shape_sets_padding = True
    convention: str
    flip_kernel: bool
    has_derived_output_padding: bool = field(repr=False, compare=False)
    """True if the output padding was not given, and follows from the padding's name."""

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
        flip_kernel: bool = False,
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
        rules = CONVENTIONS[framework or "pytorch"]
        flips = parser.parse_option("flip_kernel", flip_kernel)
        channels = parse_convolution_channels(parser, in_channels, out_channels, groups)
        name, pads = (None, None) if padding is None else parser.parse_padding(padding, NAMED_PADDING)
        if name and framework and strides and output_shape is None:
            canonical_padding_name(parser, name, framework, strides)
        is_sized = pads is not None or (name == "same" and rules.same is not None)
        grows = rules.shape_sets_output_padding and is_sized and shape is not None
        if grows and output_padding is not None:
            parser.add_problem("output_padding", "follows")
        keeps_begin = rules.shape_keeps_begin and pads is not None
        is_free = grows or keeps_begin or name in (SAME_UPPER, SAME_LOWER)
        if output_shape is not None and padding is not None and not is_free:
            parser.add_problem("padding", "padding_follows")
        parser.raise_errors()
        assert sizes and taps and strides and dilations
        axes: list[Axis] = []
        borders: list[TransposedPadding] = []
        for axis, (i, k, s, d) in enumerate(zip(sizes, taps, strides, dilations, strict=True)):
            reach = d * (k - 1)
            extra = extras[axis] if extras else None
            if grows and shape:
                crop = TransposedPadding(*pads[axis], 0) if pads else rules.crops["same"](i, reach + 1, s, None)
                least = (i - 1) * s - crop.before - crop.after + reach + 1
                growth = find_growth(parser, axis, shape[axis], least, s)
                border = TransposedPadding(crop.before, crop.after, growth)
            elif shape:
                total = (i - 1) * s + reach + 1 + (extra or 0) - shape[axis]
                sides = rules.crop_to_shape(name, total)
                if keeps_begin and pads:
                    sides = pads[axis][0], total - pads[axis][0]
                border = TransposedPadding(*sides, extra or 0)
                if rules.shape_range:
                    allowed = rules.shape_range(name, i, reach + 1 + (extra or 0), s)
                    if shape[axis] not in allowed:
                        add_size_error(parser, axis, shape[axis], allowed)
            elif name:
                border = rules.crops[name](i, reach + 1, s, extra)
            else:
                before, after = pads[axis] if pads else (0, 0)
                if rules.pads_spread_input and pads:
                    before, after = reach - before, reach - after
                border = TransposedPadding(before, after, extra or 0)
            axes.append(build_transposed_axis(parser, axis, i, k, s, d, border, not flips))
            _check_border(parser, rules, axis, s, d, border, axes[-1].output)
            borders.append(border)
        parser.raise_errors()
        resolved = tuple((border.before, border.after) for border in borders)
        extra_sizes = tuple(border.output_padding for border in borders)
        is_derived = extras is None and name in rules.derived_output_padding
        set_fields(self, input=sizes, kernel=taps, stride=strides, padding=resolved, dilation=dilations)
        set_fields(self, axes=tuple(axes), padding_name=name, output_padding=extra_sizes)
        set_fields(self, output_shape=None if grows else shape, flip_kernel=flips)
        set_fields(self, channels=channels, convention=framework, has_derived_output_padding=is_derived)

    def to_table(self) -> dict[str, Any]:
        """Return the parameters as plain values, without those that follow from others."""
        table = super().to_table()
        if self.output_shape is not None and self.padding_name is None:
            del table["padding"]
            if CONVENTIONS[self.convention].shape_keeps_begin:
                table["padding"] = [[before, 0] for before, _ in self.padding]
        elif self.padding_name is None and CONVENTIONS[self.convention].pads_spread_input:
            pairs = zip(self.padding, self.kernel, self.dilation, strict=True)
            table["padding"] = [[d * (k - 1) - side for side in sides] for sides, k, d in pairs]
        if self.has_derived_output_padding:
            del table["output_padding"]
        return table

    def weight_equation(self) -> str:
        """Return the equation of the number of weights, without biases."""
        sizes = (self.channels.inputs, self.channels.outputs // self.channels.groups, *self.kernel)
        return f"{'·'.join(map(str, sizes))} = {math.prod(sizes)}"


def _check_border(
    parser: ParameterParser, rules: Convention, axis: int, s: int, d: int, border: TransposedPadding, output: int
) -> None:
    """Add an error if the output grows by more cells than the convention allows."""
    if rules.output_padding_limit is None:
        return
    limit = rules.output_padding_limit(s, d)
    grown = border.output_padding - border.after
    if border.output_padding > limit:
        bound = f"stride {s}" if limit == s - 1 and limit < d - 1 else f"the larger of stride {s} and dilation {d}"
        values = {"value": border.output_padding, "bound": bound, "limit": limit}
        parser.add_problem(f"output_padding[{axis}]", "large_output_padding", **values)
    elif grown > limit and border.after < 0 and not rules.pads_spread_input:
        most = output - (grown - limit)
        parser.add_problem(f"output_shape[{axis}]", "large_output", output=output, grown=grown, limit=most)
