# SPDX-License-Identifier: GPL-3.0-or-later
"""Upsampling: each output copies one input, or is a weighted sum of those near it (torch.nn.Upsample).

A scale that is no whole number gives floor(input · scale) outputs, whose places follow from the scale, as in PyTorch
without recompute_scale_factor, and not from the sizes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from .axis import Axis
from .base_layer import BaseLayer, set_fields
from .channels import parse_separate_channels
from .formatting import format_compact_size, format_uniform_size
from .parameters import AxisSizes, ParameterParser, Scales, Sizes

if TYPE_CHECKING:
    from fractions import Fraction

    from ..arrays import Floats
    from .interpolation_axis import InterpolationAxis

KINDS = {
    "nearest": ("Nearest",) * 3,
    "nearest_exact": ("Nearest",) * 3,
    "linear": ("Linear", "Bilinear", "Trilinear"),
    "cubic": ("Cubic", "Bicubic", "Tricubic"),
}
"""Names of the interpolations of one, two and three axes."""


COPYING = ("nearest", "nearest_exact")
"""The interpolations whose outputs each copy one input."""

MAX_DENOMINATOR = 1_000_000
"""Largest denominator of a scale as a fraction: 0.3333333333333333 is 1/3."""


@dataclass(frozen=True, init=False)
class Upsample(BaseLayer):
    """Upsampling: nearest copies input floor(y / scale), nearest_exact input floor((y + 1/2) / scale), linear and cubic
    weigh 2 or 4 inputs on each axis.

    input:    one number for every axis, or one per axis
    scale:    the same; outputs for each input, also as fractions
    output_shape: the same, in place of scale: the size of the output
    interpolation: "nearest", "nearest_exact", "linear" (bilinear, trilinear) or "cubic" (bicubic)
    align_corners: True if the first and the last output stand on the first and the last input; not for nearest ones
    convention: "pytorch", "keras" or "onnx", on which the weights of "cubic" depend (interpolation_axis.py)
    channels: number of channels, each upsampled separately
    Raises SpecError with all problems.

    >>> Upsample(input=(2, 3), scale=2).output
    (4, 6)
    >>> Upsample(input=[5], scale=1.5).output
    (7,)
    >>> Upsample(input=[3], output_shape=5, interpolation="linear", align_corners=True).tap_weights[0].tolist()[1]
    [0.5, 0.5]
    """

    op: ClassVar[str] = "upsample"
    display_name: ClassVar[str] = "Upsampling"
    PARAMETERS = ("input", "scale", "output_shape", "interpolation", "align_corners", "convention", "channels")
    DERIVED_PARAMETERS = ("output_shape",)
    scale: tuple[float, ...] | None
    output_shape: tuple[int, ...] | None
    interpolation: str
    align_corners: bool
    convention: str

    def __init__(
        self,
        input: Sizes,
        scale: Scales | None = None,
        channels: int = 1,
        output_shape: Sizes | None = None,
        interpolation: str = "nearest",
        align_corners: bool = False,
        convention: str = "pytorch",
    ) -> None:
        parser = ParameterParser(input=input, scale=scale, output_shape=output_shape)
        sizes = parser.parse_sizes("input", input, 1)
        scales = shape = None
        if output_shape is None:
            scales = parser.parse_scales("scale", scale)
        else:
            shape = parser.parse_sizes("output_shape", output_shape, 1)
            if scale is not None:
                parser.add_problem("scale", "follows")
        kind = parser.parse_option("interpolation", interpolation)
        aligns = parser.parse_option("align_corners", align_corners)
        framework = parser.parse_option("convention", convention)
        separate = parse_separate_channels(parser, channels)
        parser.raise_errors()
        assert sizes and separate and (scales or shape)
        outputs = shape or _multiply(parser, sizes, scales or ())
        parser.raise_errors()
        copies = kind in COPYING
        aligns, framework = aligns and not copies, framework if kind == "cubic" else "pytorch"
        axes: list[Axis] = []
        for i, o, factor in zip(sizes, outputs, scales or (None,) * parser.dims, strict=True):
            ratio = None if factor is None or isinstance(factor, int) else _to_fraction(factor)
            if not copies:
                from .interpolation_axis import InterpolationAxis  # only now: most layers have no such axis

                axes.append(InterpolationAxis.make(i, o, kind, framework, aligns, ratio))
            elif _repeats_evenly(i, o, ratio, kind, parser.dims):
                axes.append(Axis(i, o, 1, 1, 1, 0, 0, upsampling=o // i))
            else:
                from .nearest_axis import NearestAxis  # only now: most layers have no such axis

                axes.append(NearestAxis.make(i, o, ratio, kind == "nearest_exact"))
        ones, no_padding = (1,) * parser.dims, ((0, 0),) * parser.dims
        kernel = tuple(axis.kernel for axis in axes)
        set_fields(self, input=sizes, kernel=kernel, stride=ones, padding=no_padding, dilation=ones, axes=tuple(axes))
        set_fields(self, padding_name=None, scale=scales, output_shape=shape, channels=separate, convention=framework)
        set_fields(self, interpolation=kind, align_corners=aligns)
        set_fields(self, display_name=f"{KINDS[kind][parser.dims - 1]} upsampling")

    @property
    def copies(self) -> bool:
        """True if each output copies one input."""
        return self.interpolation in COPYING

    @property
    def whole_scale(self) -> tuple[int, ...] | None:
        """The outputs for each input along each axis; None if a quotient of the sizes, or a scale, is not whole."""
        scales = self.scale or tuple(o / i for o, i in zip(self.output, self.input, strict=True))
        whole = tuple(int(scale) for scale in scales)
        return whole if whole == scales else None

    @property
    def tap_weights(self) -> tuple[Floats, ...]:
        """Weights of the taps, a table (output, kernel) per axis; empty for nearest upsampling."""
        if self.copies:
            return ()
        axes = cast("tuple[InterpolationAxis, ...]", self.axes)
        return tuple(axis.tap_weights for axis in axes)

    def to_table(self) -> dict[str, Any]:
        """Return the parameters as plain values, without those that make no difference."""
        table = super().to_table()
        unused = [*(["align_corners"] if self.copies else [])]
        unused += [] if self.interpolation == "cubic" else ["convention"]
        return {key: value for key, value in table.items() if key not in unused}

    def size_equation(self, axis: int) -> str:
        """Return the equation of the output size of one axis with this layer's numbers."""
        i, o = self.input[axis], self.output[axis]
        if self.scale is not None and not isinstance(self.scale[axis], int):
            return f"⌊{i}·{self.scale[axis]}⌋ = {o}"
        return f"{i}·{o // i} = {o}" if o % i == 0 else f"{i}·{o}/{i} = {o}"

    def describe_step_details(self, position: Sequence[int]) -> str:
        """Return the weights of the inputs that one output reads, along each axis."""
        if not self.tap_weights:
            return ""
        index = self.check_position(position)
        rows = [table[at] for table, at in zip(self.tap_weights, index, strict=True)]
        return f", weights {' × '.join(_format_weights(row[row != 0].tolist()) for row in rows)}"

    def _size_parts(self) -> list[str]:
        aligned = ["corners aligned"] if self.align_corners else []
        if self.scale is None:
            return [f"to {format_compact_size(self.output)}", *aligned]
        return [f"scale {format_uniform_size([f'{factor:g}' for factor in self.scale])}", *aligned]


def _format_weights(weights: Sequence[float]) -> str:
    """Return weights as text.

    >>> _format_weights([0.25, 0.75])
    '(0.25, 0.75)'
    """
    return f"({', '.join(f'{weight:.3g}' for weight in weights)})"


def _multiply(parser: ParameterParser, sizes: AxisSizes, scales: Sequence[float]) -> AxisSizes:
    """Return floor(size · scale) of each axis; add an error where that is no size."""
    outputs = tuple(math.floor(i * factor) for i, factor in zip(sizes, scales, strict=True))
    for axis, (i, o) in enumerate(zip(sizes, outputs, strict=True)):
        if o < 1:
            parser.add_problem(f"scale[{axis}]", "small_scale", scale=scales[axis], input=i)
    return outputs


def _to_fraction(scale: float) -> Fraction:
    from fractions import Fraction  # only now: it takes a while to load

    return Fraction(scale).limit_denominator(MAX_DENOMINATOR)


def _repeats_evenly(i: int, o: int, scale: Fraction | None, kind: str, dims: int) -> bool:
    """Return True if each input is copied equally often.

    PyTorch's nearest upsampling of two axes, alone, takes a size that is the input's, or twice that, for its scale
    (aten/src/ATen/native/UpSample.h, nearest_idx).
    """
    return o % i == 0 and (scale is None or (kind == "nearest" and dims == 2 and o // i <= 2))
