# SPDX-License-Identifier: GPL-3.0-or-later
"""The section [show]: which parts of a layer are drawn, and where its slices lie."""

from __future__ import annotations

from typing import NamedTuple

from ..validation import AutoOr, Boolean, Integer, Number
from .fields import Field, make_choice_field

MAX_SLICES = 16
"""Channels of a grid up to which `all_channels = "auto"` draws each as a slice."""


class Show(NamedTuple):
    """The parts that are drawn; FIELDS says what each key means.

    excerpt: None stands for "auto"
    """

    transposed: str = "gather"
    all_channels: str = "auto"
    stack: str = "auto"
    spread: float = 1.0
    kernel: str = "auto"
    cropped: str = "auto"
    arches: bool = True
    excerpt: int | None = None


FIELDS = {
    "transposed": make_choice_field(
        "View of a transposed convolution",
        {
            "gather": "The kernel walks over the input with zeros inserted and collects each output",
            "scatter": "Each input stamps the kernel on the output; colors show how many stamps overlap",
        },
    ),
    "all_channels": make_choice_field(
        "Channels that are drawn as slices",
        {
            "auto": f"All channels, where there are at most {MAX_SLICES}",
            "on": "A slice for every channel",
            "off": "One slice that stands for all channels",
        },
    ),
    "stack": make_choice_field(
        "Place of slices and channels",
        {
            "auto": "Wherever tiles are larger in the picture",
            "beside": "Side by side",
            "above": "Above each other",
        },
    ),
    "spread": Field(Number(0.0, 10.0), "Scale of the gap between slices"),
    "kernel": make_choice_field(
        "Draw the kernel as a block that moves with the receptive field",
        {"auto": "Only where channels are drawn", "on": "Always", "off": "Never"},
    ),
    "cropped": make_choice_field(
        "Draw the outputs that a transposed convolution crops",
        {"auto": "Only in scatter, and where the sides are cropped unevenly", "on": "Always", "off": "Never"},
    ),
    "arches": Field(Boolean(), "Draw an arch from each active padding tile to the input tile whose value it copies"),
    "excerpt": Field(
        AutoOr(Integer(1, 1_000_000)),
        "Cells of a longer axis that are drawn, around the receptive field. Auto: 20, or 32 of a row, of more than 200",
    ),
}
