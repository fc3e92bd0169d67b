# SPDX-License-Identifier: GPL-3.0-or-later
"""Nearest upsampling: each output copies one input (torch.nn.Upsample, mode "nearest", with a whole scale_factor)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .axis import Axis
from .base_layer import BaseLayer, set_fields
from .channels import parse_separate_channels
from .parameters import ParameterParser, Sizes


@dataclass(frozen=True, init=False)
class Upsample(BaseLayer):
    """Nearest upsampling: output y reads input floor(y / scale), by the single tap of a kernel of 1.

    input: one number for every axis, or one per axis
    scale: so too; how often each cell is repeated
    channels: how many, each by itself
    Raises SpecError with all that is wrong.
    """

    op: ClassVar[str] = "upsample"
    label: ClassVar[str] = "Nearest upsampling"
    PARAMETERS = ("input", "scale", "channels")
    scale: tuple[int, ...]

    def __init__(self, input: Sizes, scale: Sizes, channels: int = 1) -> None:
        read = ParameterParser(input=input, scale=scale)
        sizes, scales = read.parse_sizes("input", input, 1), read.parse_sizes("scale", scale, 1)
        planes = parse_separate_channels(read, channels)
        read.raise_errors()
        assert sizes and scales
        axes = tuple(Axis(i, i * r, 1, 1, 1, 0, 0, upsampling=r) for i, r in zip(sizes, scales, strict=True))
        one = (1,) * read.dims
        set_fields(
            self, input=sizes, kernel=one, stride=one, padding=((0, 0),) * read.dims, dilation=one, axes=axes, word=None
        )
        set_fields(self, scale=scales, channels=planes)
