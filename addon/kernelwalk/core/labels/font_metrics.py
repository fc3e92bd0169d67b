# SPDX-License-Identifier: GPL-3.0-or-later
"""How much room words take: the fonts' measures, which addon/make_fonts.py has taken. All lengths are in ems."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FONTS = Path(__file__).resolve().parents[2] / "fonts"

REGULAR, STRONG = "regular", "strong"

MISSING_GLYPH_WIDTH, WIDE_MISSING_GLYPH_WIDTH = 0.8, 1.5
"""Widths of a character that the fonts lack, which Blender takes from another: generous, and of those that East Asian
scripts write in a square."""


OVERSHOOT = 0.015
"""How far round figures reach beyond straight ones."""


@dataclass(frozen=True)
class Font:
    """A font's measures.

    capital: how high its capitals are
    rise, drop: how far the characters in `plain` reach above and below the line
    highest, lowest: how far any does; Blender takes their sum for a text's size
    widths: of characters
    """

    capital: float
    rise: float
    drop: float
    highest: float
    lowest: float
    plain: frozenset[str]
    widths: dict[str, float]

    def width(self, text: str) -> float:
        """How far a line of text reaches to the right."""
        return sum(self.widths[each] if each in self.widths else _strange(each) for each in text)

    def vertical_extent(self, text: str) -> tuple[float, float]:
        """How far a line of text reaches below and above the line it stands on, at most."""
        if text.isascii() and text.isdigit():
            return OVERSHOOT, self.capital + OVERSHOOT
        return (self.drop, self.rise) if self.plain.issuperset(text) else (self.lowest, self.highest)


@cache
def load_font(name: str) -> Font:
    """A font, by the name of its file."""
    table: dict[str, Any] = _measures()[name]
    widths = {character: float(width) for width, characters in table["widths"].items() for character in characters}
    return Font(**{**table, "plain": frozenset(table["plain"]), "widths": widths})


@cache
def _measures() -> dict[str, Any]:
    return json.loads((FONTS / "measures.json").read_text(encoding="utf-8"))


def _strange(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    return WIDE_MISSING_GLYPH_WIDTH if unicodedata.east_asian_width(character) in "WF" else MISSING_GLYPH_WIDTH


def wrap_text(text: str, font_name: str, max_width: float, breaks: Sequence[str] = (" ",)) -> list[str]:
    """A text in lines no wider than `room`, broken where one of `breaks` is, the first of them if that does; an arrow
    begins its line. A piece that is wider than all the room is broken anywhere."""
    measure = load_font(font_name)
    for separator in breaks:
        lines: list[str] = []
        for piece in text.split(separator):
            joined = f"{lines[-1]}{separator}{piece}" if lines else piece
            if lines and measure.width(joined) <= max_width:
                lines[-1] = joined
            else:
                lines.append(f"→ {piece}" if lines and "→" in separator else piece)
        if all(measure.width(line) <= max_width for line in lines):
            return lines
    return [part for line in lines for part in _cut(line, measure, max_width)]


def _cut(line: str, measure: Font, room: float) -> list[str]:
    parts = [""]
    for character in line:
        if parts[-1] and measure.width(parts[-1] + character) > room:
            parts.append("")
        parts[-1] += character
    return parts
