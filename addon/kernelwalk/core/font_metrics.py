# SPDX-License-Identifier: GPL-3.0-or-later
"""Font metrics, as addon/make_fonts.py has measured them, and line breaking. All lengths are in ems.

A line whose characters the fonts of the add-on lack is drawn in one of the fonts that Blender brings for other scripts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .errors import Problem, SpecError
from .joined_letters import stands_alone

FONTS = Path(__file__).resolve().parents[1] / "fonts"

REGULAR, STRONG = "regular", "strong"

MAX_NAMED = 6
"""Characters that a message names one by one."""

ASCII_DIGITS = "0123456789"

LINE_HEIGHT_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789()⌊⌋⌈⌉"
"""Characters that set the ascent and descent of an ordinary line."""

OVERSHOOT = 0.015
"""Height by which round digits exceed straight ones."""


@dataclass(frozen=True)
class Extent:
    """Bounds of how far some characters reach below and above their baseline, in ems."""

    characters: frozenset[str]
    descent: float
    ascent: float


@dataclass(frozen=True, eq=False)
class Font:
    """The metrics of a font, all in ems.

    cap_height: of capitals
    descent:    depth of an ordinary line below its baseline
    extents:    of digits, of characters of ordinary height, of others
    max_ascent, max_descent: bounds of all characters; Blender takes their sum for a text's size
    widths:     by character
    file:       name of a file of the add-on or of Blender, or the path of a user's own
    substitute: draws what this font lacks; None: one of Blender's fonts for other scripts
    """

    cap_height: float
    descent: float
    extents: tuple[Extent, ...]
    max_ascent: float
    max_descent: float
    widths: dict[str, float]
    file: str
    substitute: Font | None = None

    def covers(self, text: str) -> bool:
        """Return whether the font has all characters of a text."""
        return all(character in self.widths for character in text)

    def choose(self, text: str) -> Font:
        """Return the font that draws a line: this one, or the first other that has all characters of it.

        Raises SpecError if none has.
        """
        if self.covers(text):
            return self
        if self.substitute is not None:
            return self.substitute.choose(text)
        for font in load_other_fonts():
            if font.covers(text):
                return font
        raise SpecError([Problem("labels", *(explain_missing_characters(text, self) or ("", "")))])

    def width(self, text: str) -> float:
        """Return the length of a line of text, in ems. Raises SpecError if no font draws it."""
        try:
            return sum(map(self.widths.__getitem__, text))
        except KeyError:
            return sum(map(self.choose(text).widths.__getitem__, text))

    def vertical_extent(self, text: str) -> tuple[float, float]:
        """Return upper bounds of how far a line of text reaches below and above its baseline, in ems.

        Raises SpecError if no font draws it.
        """
        font = self.choose(text)
        for extent in font.extents:
            if extent.characters.issuperset(text):
                return extent.descent, extent.ascent
        return font.max_descent, font.max_ascent


@cache
def load_font(name: str) -> Font:
    """Return the metrics of a font of the add-on, by the name of its file without the suffix."""
    table: dict[str, Any] = dict(_load_metrics()[name])
    widths = {character: float(width) for width, characters in table.pop("widths").items() for character in characters}
    return _make_font(table, frozenset(table.pop("common")), widths, f"{name}.ttf")


@cache
def _load_metrics() -> dict[str, Any]:
    return json.loads((FONTS / "metrics.json").read_text(encoding="utf-8"))


@cache
def load_other_fonts() -> tuple[Font, ...]:
    """Return the metrics of Blender's fonts for other scripts, in the order of preference."""
    tables: dict[str, dict[str, Any]] = json.loads((FONTS / "other_metrics.json").read_text(encoding="utf-8"))
    fonts = []
    for table in tables.values():
        runs = table.pop("runs")
        widths = {chr(code): width for first, last, width in runs for code in range(first, last + 1)}
        fonts.append(_make_font(table, frozenset(widths), widths, table.pop("file")))
    return tuple(fonts)


def _make_font(table: dict[str, Any], common: frozenset[str], widths: dict[str, float], file: str) -> Font:
    digits = Extent(frozenset(ASCII_DIGITS), OVERSHOOT, table["cap_height"] + OVERSHOOT)
    extents = (digits, Extent(common, table["descent"], table.pop("ascent")))
    return Font(**table, extents=extents, widths=widths, file=file)


def explain_missing_characters(text: str, font: Font) -> tuple[str, str] | None:
    """Return why no single font draws a line, and the remedy; None if the font or one in its place does."""
    fonts = [font, *([font.substitute] if font.substitute else []), *load_other_fonts()]
    if any(font.covers(text) for font in fonts):
        return None
    scripts = "Latin, Greek, Cyrillic, Chinese, Japanese, Korean or Hebrew letters, mathematics or symbols"
    joined = sorted({character for character in text if not stands_alone(character)})
    if joined:
        what = f"Blender's text does not join or stack letters, as {name_characters(joined)} need it"
        return what, f"Write it in {scripts}, or leave it out and put it over the finished film"
    missing = sorted({character for character in text if not any(character in font.widths for font in fonts)})
    if missing:
        remedy = f"Write it in {scripts}, or name a font that has them as labels.font"
        return f"no font at hand draws {name_characters(missing)}", remedy
    others = sorted({character for character in text if character not in font.widths})
    what = f"no font draws {name_characters(others)} together with the rest of this line"
    return what, "Write them without the other signs, or name a font that has them all as labels.font"


def name_characters(characters: Sequence[str]) -> str:
    """Return the first of some characters with their code points, for a message.

    >>> name_characters(["ก"])
    'ก (U+0E01)'
    """
    shown = ", ".join(f"{character} (U+{ord(character):04X})" for character in characters[:MAX_NAMED])
    return shown + (f" and {len(characters) - MAX_NAMED} more" if len(characters) > MAX_NAMED else "")


def wrap_text(text: str, font: Font, max_width: float, breaks: Sequence[str] = (" ",)) -> list[str]:
    """Return a text in lines of at most `max_width` ems. Raises SpecError if no font draws a piece of it.

    Lines break at the first of `breaks` for which all lines are short enough; an arrow begins its line. Pieces that are
    longer than a line break anywhere.

    >>> wrap_text("Convolution and pooling", load_font("regular"), 7.0)
    ['Convolution', 'and pooling']
    """
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
