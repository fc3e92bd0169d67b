# SPDX-License-Identifier: GPL-3.0-or-later
"""Font metrics, as addon/make_fonts.py has measured them, and line breaking. All lengths are in ems."""

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
"""Widths assumed for characters that the fonts lack, which Blender takes from another font: generous, and wider for
the square characters of East Asian scripts."""

OVERSHOOT = 0.015
"""Height by which round digits exceed straight ones."""


@dataclass(frozen=True)
class Font:
    """The metrics of a font.

    cap_height: of capitals
    ascent, descent: heights above and below the baseline that the characters in `common` reach at most
    max_ascent, max_descent: the same for all characters; Blender takes their sum for a text's size
    common: characters of ordinary height
    widths: by character
    """

    cap_height: float
    ascent: float
    descent: float
    max_ascent: float
    max_descent: float
    common: frozenset[str]
    widths: dict[str, float]

    def width(self, text: str) -> float:
        """Return the length of a line of text."""
        return sum(self.widths[char] if char in self.widths else _missing_width(char) for char in text)

    def vertical_extent(self, text: str) -> tuple[float, float]:
        """Return upper bounds of how far a line of text reaches below and above its baseline."""
        if text.isascii() and text.isdigit():
            return OVERSHOOT, self.cap_height + OVERSHOOT
        return (self.descent, self.ascent) if self.common.issuperset(text) else (self.max_descent, self.max_ascent)


@cache
def load_font(name: str) -> Font:
    """Return the metrics of a font, by the name of its file without the suffix."""
    table: dict[str, Any] = _load_metrics()[name]
    widths = {character: float(width) for width, characters in table["widths"].items() for character in characters}
    return Font(**{**table, "common": frozenset(table["common"]), "widths": widths})


@cache
def _load_metrics() -> dict[str, Any]:
    return json.loads((FONTS / "metrics.json").read_text(encoding="utf-8"))


def _missing_width(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    return WIDE_MISSING_GLYPH_WIDTH if unicodedata.east_asian_width(character) in "WF" else MISSING_GLYPH_WIDTH


def wrap_text(text: str, font_name: str, max_width: float, breaks: Sequence[str] = (" ",)) -> list[str]:
    """Return a text in lines of at most `max_width`.

    Lines break at the first of `breaks` for which all lines are short enough; an arrow begins its line. Pieces that are
    longer than a line break anywhere.

    >>> wrap_text("Convolution and pooling", "regular", 7.0)
    ['Convolution', 'and pooling']
    """
    font = load_font(font_name)
    for separator in breaks:
        lines: list[str] = []
        for piece in text.split(separator):
            joined = f"{lines[-1]}{separator}{piece}" if lines else piece
            if lines and font.width(joined) <= max_width:
                lines[-1] = joined
            else:
                lines.append(f"→ {piece}" if lines and "→" in separator else piece)
        if all(font.width(line) <= max_width for line in lines):
            return lines
    return [part for line in lines for part in _cut(line, font, max_width)]


def _cut(line: str, font: Font, max_width: float) -> list[str]:
    parts = [""]
    for character in line:
        if parts[-1] and font.width(parts[-1] + character) > max_width:
            parts.append("")
        parts[-1] += character
    return parts
