# SPDX-License-Identifier: GPL-3.0-or-later
"""Upsampling: each output copies one input, or is a weighted sum of those near it (torch.nn.Upsample)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from .axis import Axis
from .base_layer import BaseLayer, set_fields
from .channels import parse_separate_channels
from .formatting import format_compact_size, format_uniform_size
from .parameters import AxisSizes, ParameterParser, Sizes

if TYPE_CHECKING:
    from ..arrays import Floats
    from .interpolation_axis import InterpolationAxis

KINDS = {
    "nearest": ("Nearest",) * 3,
    "linear": ("Linear", "Bilinear", "Trilinear"),
    "cubic": ("Cubic", "Bicubic", "Tricubic"),
}
"""Names of the interpolations of one, two and three axes."""


@dataclass(frozen=True, init=False)
class Upsample(BaseLayer):
    """Upsampling: nearest copies input floor(y / scale), linear and cubic weigh 2 or 4 inputs on each axis.

    input:    one number for every axis, or one per axis
    scale:    the same; outputs for each input
    output_shape: the same, in place of scale: the size of the output, for "nearest" a multiple of the input's
    interpolation: "nearest", "linear" (bilinear, trilinear) or "cubic" (bicubic)
    align_corners: True if the first and the last output stand on the first and the last input; not for "nearest"
    convention: "pytorch", "keras" or "onnx", on which the weights of "cubic" depend (interpolation_axis.py)
    channels: number of channels, each upsampled separately
    Raises SpecError with all problems.

    >>> Upsample(input=(2, 3), scale=2).output
    (4, 6)
    >>> Upsample(input=[3], output_shape=5, interpolation="linear", align_corners=True).tap_weights[0].tolist()[1]
    [0.5, 0.5]
    """

    op: ClassVar[str] = "upsample"
    display_name: ClassVar[str] = "Upsampling"
    PARAMETERS = ("input", "scale", "output_shape", "interpolation", "align_corners", "convention", "channels")
    DERIVED_PARAMETERS = ("output_shape",)
    scale: tuple[int, ...] | None
    output_shape: tuple[int, ...] | None
    interpolation: str
    align_corners: bool
    convention: str

    def __init__(
        self,
        input: Sizes,
        scale: Sizes | None = None,
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
            scales = parser.parse_sizes("scale", scale, 1)
        else:
            shape = parser.parse_sizes("output_shape", output_shape, 1)
            if scale is not None:
                parser.add_error("scale", "it follows from layer.output_shape", "Leave one of them out")
        kind = parser.parse_option("interpolation", interpolation)
        aligns = parser.parse_option("align_corners", align_corners)
        framework = parser.parse_option("convention", convention)
        separate = parse_separate_channels(parser, channels)
        if sizes and shape and kind == "nearest":
            _check_whole_scale(parser, sizes, shape)
        parser.raise_errors()
        assert sizes and separate and (scales or shape)
        outputs = shape or tuple(i * r for i, r in zip(sizes, scales or (), strict=True))
        aligns, framework = aligns and kind != "nearest", framework if kind == "cubic" else "pytorch"
        axes: list[Axis] = []
        for i, o in zip(sizes, outputs, strict=True):
            if kind == "nearest":
                axes.append(Axis(i, o, 1, 1, 1, 0, 0, upsampling=o // i))
            else:
                from .interpolation_axis import InterpolationAxis  # only now: most layers have no such axis

                axes.append(InterpolationAxis.make(i, o, kind, framework, aligns))
        ones, no_padding = (1,) * parser.dims, ((0, 0),) * parser.dims
        kernel = tuple(axis.kernel for axis in axes)
        set_fields(self, input=sizes, kernel=kernel, stride=ones, padding=no_padding, dilation=ones, axes=tuple(axes))
        set_fields(self, padding_name=None, scale=scales, output_shape=shape, channels=separate, convention=framework)
        set_fields(self, interpolation=kind, align_corners=aligns)
        set_fields(self, display_name=f"{KINDS[kind][parser.dims - 1]} upsampling")

    @property
    def tap_weights(self) -> tuple[Floats, ...]:
        """Weights of the taps, a table (output, kernel) per axis; empty for nearest upsampling."""
        if self.interpolation == "nearest":
            return ()
        axes = cast("tuple[InterpolationAxis, ...]", self.axes)
        return tuple(axis.tap_weights for axis in axes)

    def to_table(self) -> dict[str, Any]:
        """Return the parameters as plain values, without those that make no difference."""
        table = super().to_table()
        unused = [*(["align_corners"] if self.interpolation == "nearest" else [])]
        unused += [] if self.interpolation == "cubic" else ["convention"]
        return {key: value for key, value in table.items() if key not in unused}

    def size_equation(self, axis: int) -> str:
        """Return the equation of the output size of one axis with this layer's numbers."""
        i, o = self.input[axis], self.output[axis]
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
        return [f"scale {format_uniform_size(self.scale)}", *aligned]


def _format_weights(weights: Sequence[float]) -> str:
    """Return weights as text.

    >>> _format_weights([0.25, 0.75])
    '(0.25, 0.75)'
    """
    return f"({', '.join(f'{weight:.3g}' for weight in weights)})"


def _check_whole_scale(parser: ParameterParser, sizes: AxisSizes, shape: AxisSizes) -> None:
    """Add an error where nearest upsampling would repeat some cells more often than others."""
    for axis, (i, o) in enumerate(zip(sizes, shape, strict=True)):
        if o % i:
            what = f"{o} cells are no multiple of the input's {i}, and each cell is repeated equally often"
            parser.add_error(f"output_shape[{axis}]", what, f'Write a multiple of {i}, or interpolation = "linear"')
