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
from .lettering import REGULAR, STRONG, font

OF_PICTURE, OF_SIDE = 0.0265, 0.044
"""An em of names: a share of the geometric mean of the picture's sides, and at most one of its shorter side."""

MUTED = 0.76
"""How far the colour of what matters less goes from the background's to that of words, as sRGB."""

FAINT = 0.055
"""How little a colour differs from the background's, about as sRGB from 0 to 1, that is hardly seen before it."""


@dataclass(frozen=True)
class Style:
    """A step of the typographic scale: the font, its size in ems of names, and whether it is muted."""

    font: str
    size: float
    muted: bool = False


TITLE = Style(STRONG, 1.5)
NAME, SIZE = Style(STRONG, 1.0), Style(REGULAR, 1.0, muted=True)
CAPTION = Style(REGULAR, 0.88, muted=True)
EQUATION = POSITION = Style(REGULAR, 0.88)
LEGEND = Style(REGULAR, 0.78)
TICK = Style(REGULAR, 0.62, muted=True)


@dataclass(frozen=True)
class Word:
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
    place: tuple[float, float, float]
    height: float
    anchor: str
    font: str
    color: tuple[float, float, float]
    rotation: tuple[float, float, float]
    box: tuple[float, float, float, float]
    role: str
    held: bool
    grid: int | None = None
    turns: bool = False


@dataclass(frozen=True)
class Swatch:
    """A square of a colour in the legend: fields as of Word, `place` its lower left corner, `size` its side;
    `edge`, the linear RGB of a line around what would hardly be seen before the background."""

    place: tuple[float, float, float]
    size: float
    color: tuple[float, float, float]
    rotation: tuple[float, float, float]
    box: tuple[float, float, float, float]
    edge: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Run:
    """Text in one style on a line, not yet in the picture: `x`, `y` is where its line begins, in pixels. `grid`: see
    Word."""

    text: str
    style: Style
    em: float
    x: float
    y: float
    role: str
    anchor: str = "left"
    grid: int | None = None

    @property
    def width(self) -> float:
        return font(self.style.font).width(self.text) * self.size

    @property
    def size(self) -> float:
        """An em of this run, in pixels."""
        return self.style.size * self.em

    @property
    def box(self) -> tuple[float, float, float, float]:
        """(left, bottom, right, top): the room that it takes, in pixels."""
        drop, rise = font(self.style.font).upright(self.text)
        left = self.x - (self.width / 2 if self.anchor == "center" else 0)
        return left, self.y - drop * self.size, left + self.width, self.y + rise * self.size

    def moved(self, x: float, y: float) -> Run:
        return replace(self, x=self.x + x, y=self.y + y)


@dataclass(frozen=True)
class Square:
    """A swatch that is not yet in the picture, in pixels."""

    x: float
    y: float
    size: float
    color: Floats


def em(resolution: tuple[int, int], size: float) -> float:
    """The pixels of an em of names."""
    width, height = resolution
    return size * min(OF_PICTURE * math.sqrt(width * height), OF_SIDE * min(width, height))


def around(boxes: Sequence[tuple[float, float, float, float]]) -> tuple[float, float, float, float]:
    """The box around boxes."""
    left, bottom, right, top = zip(*boxes, strict=True)
    return min(left), min(bottom), max(right), max(top)


def is_faint(color: Floats, look: Look) -> bool:
    """Whether a square of a linear RGB is hardly seen before the background."""
    return bool(np.abs(color ** (1 / 2.2) - srgb_to_linear(look.colors.background) ** (1 / 2.2)).max() < FAINT)


def colored(style: Style, look: Look) -> tuple[float, float, float]:
    """The linear RGB of a style's words."""
    text = look.colors.text
    if style.muted:
        pairs = [(int(text[at : at + 2], 16), int(look.colors.background[at : at + 2], 16)) for at in (1, 3, 5)]
        text = "#" + "".join(f"{round(MUTED * own + (1 - MUTED) * behind):02X}" for own, behind in pairs)
    red, green, blue = srgb_to_linear(text).tolist()
    return red, green, blue
