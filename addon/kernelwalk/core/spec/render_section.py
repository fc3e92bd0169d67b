# SPDX-License-Identifier: GPL-3.0-or-later
"""The section [render]: size and quality of the pictures."""

from __future__ import annotations

from typing import NamedTuple

from ..validation import Boolean, Integer, Number, PixelSize
from .fields import Field, make_choice_field

CPU, AUTO = "cpu", "auto"
"""The device that every machine has, and the choice of the fastest one."""


class Render(NamedTuple):
    """The settings of the renderer; FIELDS says what each key means. `resolution` is (width, height)."""

    resolution: tuple[int, int] = (1280, 720)
    samples: int = 16
    noise: float = 0.0
    engine: str = "cycles"
    transparent: bool = False
    device: str = CPU


FIELDS = {
    "resolution": Field(PixelSize(16, 16_384), "Width and height of the picture, in pixels"),
    "samples": Field(Integer(1, 65_536), "Samples per pixel, at most: more are smoother and slower"),
    "noise": Field(
        Number(0, 1),
        "Noise that a pixel may keep, after which Cycles samples it no more: less is smoother; 0 gives each pixel all "
        "samples. Pictures rendered whole take less time with it, those rendered in parts more. EEVEE has no limit",
    ),
    "engine": make_choice_field(
        "Render engine of Blender",
        {"cycles": "Exact, on any machine", "eevee": "Fast, but needs a graphics driver"},
    ),
    "transparent": Field(
        Boolean(), "Leave the background out. In Cycles, shadows stay. MP4 and GIF cannot be transparent"
    ),
    "device": make_choice_field(
        "Device on which Cycles renders",
        {
            CPU: "The same pixels on every machine",
            AUTO: "The first kind of GPU that is there, else the CPU",
            "cuda": "NVIDIA",
            "optix": "NVIDIA, by its ray tracing",
            "hip": "AMD",
            "oneapi": "Intel",
            "metal": "Apple",
        },
    ),
}
