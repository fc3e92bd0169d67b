# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a layer is shown, and how it is spread: a section of the spec of its own."""

from __future__ import annotations

from dataclasses import dataclass

from ..validation import Boolean, Check, Choice, Number

TRANSPOSED_VIEWS = ("gather", "scatter")
STACKS = ("auto", "beside", "above")
CHANNELS = ("auto", "all", "one")
AUTO_ON_OFF = ("auto", "on", "off")

MAX_SLICES = 16
"""Channels of a grid up to which all are shown, where nothing is said."""


@dataclass(frozen=True)
class Show:
    """What is shown.

    transposed: a transposed convolution as "gather": the kernel walks over the input with zeros inserted and collects
                each output; or as "scatter": each input stamps the kernel on the output, where stamps add up
    channels:   "all" as slices, "one" that stands for all, or "auto": all where they are few
    stack:      slices lie "beside" or "above" each other; "auto" makes the tiles as large as can be in the picture
    spread:     scales the gap between slices
    kernel:     whether the kernel is shown as a block that moves with the receptive field: "on", "off" or "auto", where
                channels are shown
    cropped:    whether the cells that a transposed convolution crops are shown: "on", "off" or "auto", in scatter, and
                where one side is cropped more than the other
    copies:     whether a cell of padding that holds a copy is tied to the cell that it copies
    """

    transposed: str = "gather"
    all_channels: str = "auto"
    stack: str = "auto"
    spread: float = 1.0
    kernel: str = "auto"
    cropped: str = "auto"
    arches: bool = True


SHOW: dict[str, Check] = {
    "transposed": Choice(TRANSPOSED_VIEWS),
    "channels": Choice(CHANNELS),
    "stack": Choice(STACKS),
    "spread": Number(0.0, 10.0),
    "kernel": Choice(AUTO_ON_OFF),
    "cropped": Choice(AUTO_ON_OFF),
    "copies": Boolean(),
}
