# SPDX-License-Identifier: GPL-3.0-or-later
"""The typographic scale of labels: sizes as shares of the picture, whatever the size of the tiles, and colors."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..arrays import Floats
from ..font_metrics import REGULAR, STRONG
from ..spec.colors_section import srgb_to_linear
from ..spec.look_section import Look

EM_OF_PICTURE, EM_OF_SHORTER_SIDE = 0.0265, 0.044
"""An em of names, as a share of the geometric mean of the picture's sides; and its limit, as a share of the shorter
side."""

MUTED_SHARE = 0.76
"""Position of a muted color between the background's color (0) and the text color (1), in sRGB."""

FAINT_DIFFERENCE = 0.055
"""Difference from the background, in sRGB from 0 to 1, below which a color is hard to see."""


@dataclass(frozen=True)
class TextStyle:
    """One step of the typographic scale.

    weight: REGULAR or STRONG
    size:   in ems of names
    """

    weight: str
    size: float
    is_muted: bool = False


TITLE_STYLE = TextStyle(STRONG, 1.5)
NAME_STYLE, SIZE_STYLE = TextStyle(STRONG, 1.0), TextStyle(REGULAR, 1.0, is_muted=True)
CAPTION_STYLE = TextStyle(REGULAR, 0.88, is_muted=True)
EQUATION_STYLE = POSITION_STYLE = SUM_STYLE = TextStyle(REGULAR, 0.88)
LEGEND_STYLE = TextStyle(REGULAR, 0.78)
INDEX_STYLE = TextStyle(REGULAR, 0.62, is_muted=True)


def em_pixels(resolution: tuple[float, float], label_size: float) -> float:
    """Return the pixels of an em of names; `label_size` scales all labels."""
    width, height = resolution
    return label_size * min(EM_OF_PICTURE * math.sqrt(width * height), EM_OF_SHORTER_SIDE * min(width, height))


def is_faint(color: Floats, look: Look) -> bool:
    """Return True if a square of this scene RGB is hard to see before the background."""
    background = srgb_to_linear(look.colors.background)
    return bool(np.abs(look.to_linear_rgb(color) ** (1 / 2.2) - background ** (1 / 2.2)).max() < FAINT_DIFFERENCE)


def text_color(style: TextStyle, look: Look) -> tuple[float, float, float]:
    """Return the scene RGB of text in a style."""
    text = look.colors.text
    if style.is_muted:
        background = look.colors.background
        pairs = [(int(text[at : at + 2], 16), int(background[at : at + 2], 16)) for at in (1, 3, 5)]
        text = "#" + "".join(f"{round(MUTED_SHARE * own + (1 - MUTED_SHARE) * behind):02X}" for own, behind in pairs)
    red, green, blue = look.to_scene_rgb(text).tolist()
    return red, green, blue
