# SPDX-License-Identifier: GPL-3.0-or-later
"""Outlines of letters, and the font files that hold them."""

from __future__ import annotations

import importlib.util
import struct
from contextlib import suppress
from functools import cache
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

import numpy as np
from kernelwalk.core.font_metrics import FONTS, Font
from kernelwalk.core.text_direction import order_letters
from kernelwalk.core.validation import InvalidValue

from ..failures import UsageError
from .shapes import Path, Words, transform
from .truetype import TrueTypeOutlines

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

UNREADABLE = (InvalidValue, ValueError, IndexError, struct.error)
"""Errors of a font or a letter that is left to fontTools."""


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
def open_font(font: Font) -> TTFont:
    """Open a font. Raises UsageError."""
    from fontTools.ttLib import TTFont  # only now: it takes longer to load than some figures

    opened = TTFont(find_font_file(font), fontNumber=0, lazy=True)
    if "glyf" in opened:  # names for all glyphs, which fontTools would take a list of all of Adobe's names to invent
        opened.setGlyphOrder([f"glyph{number}" for number in range(opened["maxp"].numGlyphs)])
    return opened


@cache
def _load_glyphs(font: Font) -> Any:
    return open_font(font).getGlyphSet()


@cache
def _load_characters(font: Font) -> dict[int, str]:
    """Return the names of the glyphs of a font by character."""
    return open_font(font).getBestCmap() or {}


@cache
def outline_character(font: Font, character: str) -> Path:
    """Return the outline of a character, in ems from its origin."""
    if (simple := _load_outlines(font)) is not None:
        with suppress(*UNREADABLE):
            return simple.outline(character)
    return _outline_by_font_tools(font, character)


@cache
def _load_outlines(font: Font) -> TrueTypeOutlines | None:
    try:
        return TrueTypeOutlines(find_font_file(font))
    except UNREADABLE:
        return None


def _outline_by_font_tools(font: Font, character: str) -> Path:
    from fontTools.pens.basePen import BasePen

    opened: Any = open_font(font)
    glyphs = _load_glyphs(font)
    commands: list[str] = []
    points: list[tuple[float, float]] = []

    class Pen(BasePen):  # type: ignore[misc]  # fontTools has no types
        """A pen that notes contours; the base turns quadratic curves into cubic ones."""

        def _moveTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
            commands.append("M")
            points.append(pt)

        def _lineTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
            commands.append("L")
            points.append(pt)

        def _curveToOne(self, *pts: tuple[float, float]) -> None:  # noqa: N802
            commands.append("C")
            points.extend(pts)

        def _closePath(self) -> None:  # noqa: N802
            commands.append("Z")

    name = _load_characters(font).get(ord(character))
    if name is not None:
        glyphs[name].draw(Pen(glyphs))
    return Path("".join(commands), np.array(points).reshape(-1, 2) / opened["head"].unitsPerEm)


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
