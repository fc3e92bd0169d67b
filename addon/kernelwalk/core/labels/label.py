# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels as data: text and swatches in the world, and the same in pixels before they have a place in the world.

Labels lie in planes that face the camera.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..arrays import Floats
from ..font_metrics import Font
from .typography import TextStyle

EDGE_SHARE = 0.09
"""Width of the outline of a legend's square, as a share of its side."""

Box = tuple[float, float, float, float]
"""Left, bottom, right and top, in pixels from the picture's lower left corner."""


@dataclass(frozen=True)
class Label:
    """A piece of text in the world.

    location:  start of the baseline
    font_size: of an em, in world units
    anchor:    "left": the text begins at `location`; "center": its middle is there
    font:      the one that draws the text
    color:     scene RGB
    rotation:  Euler angles XYZ: upright, and facing the camera
    box:       the room that the text takes in the picture
    role:      "title", "caption", "equation", "legend", "position", "name" or "index"
    is_fixed:  the label is fixed in the picture, rather than in the scene
    grid_index: of the grid that the label appears with; None for none
    is_facing_camera: the label turns around its location with an orbiting camera
    """

    text: str
    location: tuple[float, float, float]
    font_size: float
    anchor: str
    font: Font
    color: tuple[float, float, float]
    rotation: tuple[float, float, float]
    box: Box
    role: str
    is_fixed: bool
    grid_index: int | None = None
    is_facing_camera: bool = False


@dataclass(frozen=True)
class Swatch:
    """A square of a color in the legend, in the world; fields as of Label.

    location:   lower left corner
    edge_color: scene RGB of an outline; None for a color that differs enough from the background
    """

    location: tuple[float, float, float]
    side: float
    color: tuple[float, float, float]
    rotation: tuple[float, float, float]
    box: Box
    edge_color: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class TextRun:
    """Text in one style on one line, in pixels.

    font: the one that draws it, unless it lacks letters of it
    em:   pixels of an em of names
    x, y: where the baseline begins, or has its middle if `anchor` is "center"
    role, anchor, grid_index: as of Label
    """

    text: str
    style: TextStyle
    font: Font
    em: float
    x: float
    y: float
    role: str
    anchor: str = "left"
    grid_index: int | None = None

    @property
    def width(self) -> float:
        """Length of the line, in pixels."""
        return self.font.width(self.text) * self.font_size

    @property
    def font_size(self) -> float:
        """An em of this run, in pixels."""
        return self.style.size * self.em

    @property
    def box(self) -> Box:
        """The room that the run takes."""
        descent, ascent = self.font.vertical_extent(self.text)
        left = self.x - (self.width / 2 if self.anchor == "center" else 0)
        return left, self.y - descent * self.font_size, left + self.width, self.y + ascent * self.font_size

    def shifted(self, x: float, y: float) -> TextRun:
        """Return the run, moved by so many pixels."""
        return replace(self, x=self.x + x, y=self.y + y)


@dataclass(frozen=True)
class LegendSquare:
    """A swatch in pixels: `x`, `y` is its lower left corner, `color` scene RGB."""

    x: float
    y: float
    side: float
    color: Floats


def bounding_box(boxes: Sequence[Box]) -> Box:
    """Return the box around all boxes.

    >>> bounding_box([(0, 0, 2, 1), (1, -1, 3, 0)])
    (0, -1, 3, 1)
    """
    left, bottom, right, top = zip(*boxes, strict=True)
    return min(left), min(bottom), max(right), max(top)
