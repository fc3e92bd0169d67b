# SPDX-License-Identifier: GPL-3.0-or-later
"""Outlines of letters, and the font files that hold them."""

from __future__ import annotations

import importlib.util
import io
from functools import cache
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

import numpy as np
from kernelwalk.core.font_metrics import FONTS, Font
from kernelwalk.core.text_direction import order_letters

from ..failures import UsageError
from .shapes import Path, Words, transform

if TYPE_CHECKING:
    import uharfbuzz as hb

PACKED = b"wOF"
"""What a file of the Web Open Font Format begins with, as those of Blender do."""

CONTROL_SHARE = 2 / 3
"""Place of a cubic curve's control points on the way to that of the same quadratic curve."""

Point = tuple[float, ...]


def find_font_file(font: Font) -> FilePath:
    """Return the path of a font's file: of the add-on, of the Python package bpy, or of the user. Raises UsageError."""
    path = FONTS / font.file  # the path of a user's own font is absolute
    if path.exists():
        return path
    package = importlib.util.find_spec("bpy")
    folder = FilePath(package.origin).parent if package is not None and package.origin is not None else FONTS
    for found in folder.glob(f"*/datafiles/fonts/{font.file}"):
        return found
    raise UsageError(
        f"{font.file}: this font comes with the Python package bpy, which is not installed. Install it, or write the "
        "labels in Latin letters"
    )


@cache
def _load_letters(font: Font) -> hb.Font:
    """Open a font. Raises UsageError."""
    import uharfbuzz as hb

    path = find_font_file(font)
    data = path.read_bytes()
    if data.startswith(PACKED):
        data = _unpack(path)
    return hb.Font(hb.Face(data))


def _unpack(path: FilePath) -> bytes:
    """Return a font file of the Web Open Font Format as the font file that is packed in it."""
    from fontTools.ttLib import TTFont  # only now: it takes longer to load than some figures

    buffer, font = io.BytesIO(), TTFont(path)
    font.flavor = None
    font.save(buffer)
    return buffer.getvalue()


@cache
def outline_character(font: Font, character: str) -> Path:
    """Return the outline of a character, in ems from its origin. Raises UsageError."""
    letters = _load_letters(font)
    pen = _Pen()
    glyph = letters.get_nominal_glyph(ord(character))
    if glyph is not None:
        letters.draw_glyph_with_pen(glyph, pen)
    return Path("".join(pen.commands), np.array(pen.points).reshape(-1, 2) / letters.face.upem)


class _Pen:
    """A pen of fontTools' kind that notes contours, with quadratic curves as cubic ones."""

    def __init__(self) -> None:
        self.commands: list[str] = []
        self.points: list[Point] = []
        self._start = 0

    def moveTo(self, point: Point) -> None:  # noqa: N802
        self._start = len(self.points)
        self._add("M", point)

    def lineTo(self, point: Point) -> None:  # noqa: N802
        self._add("L", point)

    def qCurveTo(self, control: Point, end: Point) -> None:  # noqa: N802
        controls = [
            tuple(place + CONTROL_SHARE * (to - place) for place, to in zip(corner, control, strict=True))
            for corner in (self.points[-1], end)
        ]
        self._add("C", *controls, end)

    def curveTo(self, *points: Point) -> None:  # noqa: N802
        self._add("C", *points)

    def closePath(self) -> None:  # noqa: N802
        if self.commands[-1] == "L" and self.points[-1] == self.points[self._start]:
            self.commands.pop()  # the last line of a closed contour draws itself
            self.points.pop()
        self.commands.append("Z")

    def _add(self, command: str, *points: Point) -> None:
        self.commands.append(command)
        self.points.extend(points)


@cache
def measure_extent(font: Font, character: str) -> tuple[float, float]:
    """Return how far a character reaches to the left and to the right, in ems from its origin."""
    _, points = outline_character(font, character)
    return (float(points[:, 0].min()), float(points[:, 0].max())) if len(points) else (0.0, 0.0)


def place_characters(words: Words) -> list[tuple[str, float]]:
    """Return the characters of words as they stand from left to right, and where each begins, in ems."""
    if words.places is not None:
        return list(zip(words.text, words.places, strict=True))
    placed, x = [], 0.0
    for character in order_letters(words.text):
        placed.append((character, x))
        x += words.font.width(character)
    return placed


def outline_words(words: Words) -> Path:
    """Return words as a path, in pixels. Raises UsageError for a font that is not there."""
    commands, points = "", [np.zeros((0, 2))]
    for character, x in place_characters(words):
        outline = outline_character(words.font, character)
        commands += outline.commands
        points.append(transform(outline.points + [x, 0.0], words.matrix))
    return Path(commands, np.concatenate(points))
