# SPDX-License-Identifier: GPL-3.0-or-later
"""The section [look.colors]: sRGB colors, #RRGGBB."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ..lazy_numpy import np
from ..validation import Color
from .fields import Field

if TYPE_CHECKING:
    from ..arrays import Floats


class Colors(NamedTuple):
    """The colors of a look, as #RRGGBB; FIELDS says what each is for."""

    background: str
    input: str
    input_active: str
    zero: str
    zero_active: str
    padding: str
    padding_active: str
    output: str
    output_active: str
    feature_map: str
    feature_map_active: str
    output_padding: str
    output_padding_active: str
    cropped: str
    cropped_active: str
    kernel: str
    input_visited: str
    output_visited: str
    ghost: str
    one_stamp: str
    most_stamps: str
    connector: str
    outline: str
    text: str


MEANINGS = {
    "background": "Background of the picture",
    "input": "Input tiles",
    "input_active": "Input tiles that the step reads",
    "zero": "Zeros that a transposed convolution inserts",
    "zero_active": "Inserted zeros below the kernel",
    "padding": "Padding tiles",
    "padding_active": "Padding tiles below the kernel",
    "output": "Output tiles",
    "output_active": "The output tile that the step computes",
    "feature_map": "Tiles between the layers of a chain",
    "feature_map_active": "Tiles between the layers of a chain that the step reads",
    "output_padding": "Output padding of a transposed convolution",
    "output_padding_active": "Output padding that the step computes",
    "cropped": "Outputs that a transposed convolution crops",
    "cropped_active": "Cropped outputs that the step stamps",
    "kernel": "The kernel's block",
    "input_visited": "Inputs that have been scattered, with walk.trail",
    "output_visited": "Outputs that have been computed, with walk.trail",
    "ghost": "Outputs that are not yet computed, with walk.appear",
    "one_stamp": "Outputs that one stamp covers, in scatter",
    "most_stamps": "Outputs that the most stamps cover, in scatter",
    "connector": "Lines between the output tile and its receptive field",
    "outline": "Line along each tile's edge",
    "text": "All labels; less important ones are paler",
}

FIELDS = {key: Field(Color(), meaning) for key, meaning in MEANINGS.items()}


@lru_cache(maxsize=512)
def parse_srgb(color: str) -> Floats:
    """Return the sRGB values (3,), from 0 to 1, of a color #RRGGBB, read-only."""
    srgb: Floats = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    srgb.flags.writeable = False
    return srgb


def linearize(srgb: Floats) -> Floats:
    """Return the linear RGB of sRGB values from 0 to 1, of any shape (IEC 61966-2-1)."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def encode_srgb(linear: Any) -> Any:
    """Return the sRGB values of linear RGB from 0 to 1, of any shape: the inverse of `linearize`."""
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


@lru_cache(maxsize=512)
def srgb_to_linear(color: str) -> Floats:
    """Return the linear RGB (3,), from 0 to 1, of an sRGB color #RRGGBB, read-only."""
    linear = linearize(parse_srgb(color))
    linear.flags.writeable = False
    return linear
