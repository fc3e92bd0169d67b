# SPDX-License-Identifier: GPL-3.0-or-later
"""Nearest upsampling: each output copies one input (torch.nn.Upsample, mode "nearest", with a whole scale_factor)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .axis import Axis
from .base_layer import BaseLayer, set_fields
from .channels import parse_separate_channels
from .formatting import format_uniform_size
from .parameters import ParameterParser, Sizes


@dataclass(frozen=True, init=False)
class Upsample(BaseLayer):
    """Nearest upsampling: output y reads input floor(y / scale), by the single tap of a kernel of 1.

    input:    one number for every axis, or one per axis
    scale:    the same; the number of times that each cell is repeated
    channels: number of channels, each upsampled separately
    Raises SpecError with all problems.

    >>> Upsample(input=(2, 3), scale=2).output
    (4, 6)
    """

    op: ClassVar[str] = "upsample"
    display_name: ClassVar[str] = "Nearest upsampling"
    PARAMETERS = ("input", "scale", "channels")
    scale: tuple[int, ...]

    def __init__(self, input: Sizes, scale: Sizes, channels: int = 1) -> None:
        parser = ParameterParser(input=input, scale=scale)
        sizes, scales = parser.parse_sizes("input", input, 1), parser.parse_sizes("scale", scale, 1)
        separate = parse_separate_channels(parser, channels)
        parser.raise_errors()
        assert sizes and scales
        axes = tuple(Axis(i, i * r, 1, 1, 1, 0, 0, upsampling=r) for i, r in zip(sizes, scales, strict=True))
        ones, no_padding = (1,) * parser.dims, ((0, 0),) * parser.dims
        set_fields(self, input=sizes, kernel=ones, stride=ones, padding=no_padding, dilation=ones, axes=axes)
        set_fields(self, padding_name=None, scale=scales, channels=separate)

    def size_equation(self, axis: int) -> str:
        """Return the equation of the output size of one axis with this layer's numbers."""
        return f"{self.input[axis]}·{self.scale[axis]} = {self.output[axis]}"

    def _size_parts(self) -> list[str]:
        return [f"scale {format_uniform_size(self.scale)}"]
