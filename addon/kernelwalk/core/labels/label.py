# SPDX-License-Identifier: GPL-3.0-or-later
"""Words in the picture as data: what stands where, how large, in which font and colour.

Words lie in planes that face the camera. Sizes are shares of the picture, whatever the tiles' are: one typographic
scale for all of it, with the title at its top and ticks at its bottom.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..spec.look_section import Look, srgb_to_linear
from ..walk.activation import Floats
from .font_metrics import REGULAR, STRONG, load_font

EM_OF_PICTURE, EM_OF_SHORTER_SIDE = 0.0265, 0.044
"""An em of names: a share of the geometric mean of the picture's sides, and at most one of its shorter side."""

MUTED_SHARE = 0.76
"""How far the colour of what matters less goes from the background's to that of words, as sRGB."""

FAINT_DIFFERENCE = 0.055
"""How little a colour differs from the background's, about as sRGB from 0 to 1, that is hardly seen before it."""


@dataclass(frozen=True)
class TextStyle:
    """A step of the typographic scale: the font, its size in ems of names, and whether it is muted."""

    font: str
    size: float
    is_muted: bool = False


TITLE_STYLE = TextStyle(STRONG, 1.5)
NAME_STYLE, SIZE_STYLE = TextStyle(STRONG, 1.0), TextStyle(REGULAR, 1.0, is_muted=True)
CAPTION_STYLE = TextStyle(REGULAR, 0.88, is_muted=True)
EQUATION_STYLE = POSITION_STYLE = TextStyle(REGULAR, 0.88)
LEGEND_STYLE = TextStyle(REGULAR, 0.78)
INDEX_STYLE = TextStyle(REGULAR, 0.62, is_muted=True)


@dataclass(frozen=True)
class Label:
    """A piece of text.

    place:    of the start of the line it stands on, in the world
    height:   of an em, in the world
    anchor:   "left": it begins at `place`; "center": its middle is there
    font:     a name of lettering.font
    color:    linear RGB
    rotation: Euler angles XYZ: upright, and facing the camera
    box:      (left, bottom, right, top), in pixels from the picture's lower left: the room it takes
    role:     "title", "caption", "equation", "legend", "position", "name" or "tick"
    held:     whether it stands still in the picture, rather than in the scene
    grid:     the number of the grid that it belongs to, with which it appears; None for none
    turns:    whether it turns around its place with a camera that orbits
    """

    text: str
    location: tuple[float, float, float]
    font_size: float
    anchor: str
    font: str
    color: tuple[float, float, float]
    rotation: tuple[float, float, float]
    box: tuple[float, float, float, float]
    role: str
    is_fixed: bool
    grid_index: int | None = None
    is_facing_camera: bool = False


@dataclass(frozen=True)
class Swatch:
    """A square of a colour in the legend: fields as of Word, `place` its lower left corner, `size` its side;
    `edge`, the linear RGB of a line around what would hardly be seen before the background."""

    location: tuple[float, float, float]
    side: float
    color: tuple[float, float, float]
    rotation: tuple[float, float, float]
    box: tuple[float, float, float, float]
    edge_color: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class TextRun:
    """Text in one style on a line, not yet in the picture: `x`, `y` is where its line begins, in pixels. `grid`: see
    Word."""

    text: str
    style: TextStyle
    em: float
    x: float
    y: float
    role: str
    anchor: str = "left"
    grid_index: int | None = None

    @property
    def width(self) -> float:
        return load_font(self.style.font).width(self.text) * self.font_size

    @property
    def font_size(self) -> float:
        """An em of this run, in pixels."""
        return self.style.size * self.em

    @property
    def box(self) -> tuple[float, float, float, float]:
        """(left, bottom, right, top): the room that it takes, in pixels."""
        drop, rise = load_font(self.style.font).vertical_extent(self.text)
        left = self.x - (self.width / 2 if self.anchor == "center" else 0)
        return left, self.y - drop * self.font_size, left + self.width, self.y + rise * self.font_size

    def shifted(self, x: float, y: float) -> TextRun:
        return replace(self, x=self.x + x, y=self.y + y)


@dataclass(frozen=True)
class LegendSquare:
    """A swatch that is not yet in the picture, in pixels."""

    x: float
    y: float
    side: float
    color: Floats


def em_pixels(resolution: tuple[int, int], label_size: float) -> float:
    """The pixels of an em of names."""
    width, height = resolution
    return label_size * min(EM_OF_PICTURE * math.sqrt(width * height), EM_OF_SHORTER_SIDE * min(width, height))


def bounding_box(boxes: Sequence[tuple[float, float, float, float]]) -> tuple[float, float, float, float]:
    """The box around boxes."""
    left, bottom, right, top = zip(*boxes, strict=True)
    return min(left), min(bottom), max(right), max(top)


def is_faint(color: Floats, look: Look) -> bool:
    """Whether a square of a linear RGB is hardly seen before the background."""
    return bool(
        np.abs(color ** (1 / 2.2) - srgb_to_linear(look.colors.background) ** (1 / 2.2)).max() < FAINT_DIFFERENCE
    )


def text_color(style: TextStyle, look: Look) -> tuple[float, float, float]:
    """The linear RGB of a style's words."""
    text = look.colors.text
    if style.is_muted:
        pairs = [(int(text[at : at + 2], 16), int(look.colors.background[at : at + 2], 16)) for at in (1, 3, 5)]
        text = "#" + "".join(f"{round(MUTED_SHARE * own + (1 - MUTED_SHARE) * behind):02X}" for own, behind in pairs)
    red, green, blue = srgb_to_linear(text).tolist()
    return red, green, blue
