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

FONTS = Path(__file__).resolve().parents[1] / "fonts"

REGULAR, STRONG = "regular", "strong"

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
    file: of one of Blender's fonts; empty for the add-on's own
    """

    cap_height: float
    ascent: float
    descent: float
    max_ascent: float
    max_descent: float
    common: frozenset[str]
    widths: dict[str, float]
    file: str = ""

    def covers(self, text: str) -> bool:
        """Return whether the font has all characters of a text."""
        return all(character in self.widths for character in text)

    def width(self, text: str) -> float:
        """Return the length of a line of text."""
        try:
            return sum(map(self.widths.__getitem__, text))
        except KeyError:
            return sum(map(find_other_font(text).widths.__getitem__, text))

    def vertical_extent(self, text: str) -> tuple[float, float]:
        """Return upper bounds of how far a line of text reaches below and above its baseline."""
        if text.isascii() and text.isdigit():
            return OVERSHOOT, self.cap_height + OVERSHOOT
        if not self.covers(text):
            other = find_other_font(text)
            return other.descent, other.ascent
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


@cache
def load_other_fonts() -> tuple[Font, ...]:
    """Return the metrics of Blender's fonts for other scripts, in the order of preference."""
    tables: dict[str, dict[str, Any]] = json.loads((FONTS / "other_metrics.json").read_text(encoding="utf-8"))
    fonts = []
    for table in tables.values():
        runs = table.pop("runs")
        widths = {chr(code): width for first, last, width in runs for code in range(first, last + 1)}
        fonts.append(Font(**table, common=frozenset(), widths=widths))
    return tuple(fonts)


def find_other_font(text: str) -> Font:
    """Return the first of Blender's fonts that has all characters of a line. Raises SpecError if none has."""
    found = next((font for font in load_other_fonts() if font.covers(text)), None)
    if found is None:
        what, remedy = explain_missing_characters(text) or ("", "")
        raise SpecError([Problem("labels", what, remedy)])
    return found


def choose_font(name: str, text: str) -> Font:
    """Return the font that draws a line: the named one, or one of Blender's if that lacks characters of it."""
    font = load_font(name)
    return font if font.covers(text) else find_other_font(text)


def explain_missing_characters(text: str) -> tuple[str, str] | None:
    """Return what no font can draw of a line, and the remedy; None if one font draws it all."""
    own = load_font(REGULAR)
    if own.covers(text) or any(font.covers(text) for font in load_other_fonts()):
        return None
    fonts = (own, *load_other_fonts())
    missing = sorted({character for character in text if not any(character in font.widths for font in fonts)})
    if not missing:
        others = sorted({character for character in text if character not in own.widths})
        named = name_characters(others)
        return f"no font draws {named} together with the rest of this line", "Write them without the other signs"
    scripts = "Latin, Greek, Cyrillic, Chinese, Japanese, Korean or Hebrew letters, mathematics or symbols"
    return f"no font at hand draws {name_characters(missing)} rightly", f"Write it in {scripts}"


def name_characters(characters: Sequence[str], limit: int = 6) -> str:
    """Return characters and their code points, for a message.

    >>> name_characters(["ก"])
    'ก (U+0E01)'
    """
    shown = ", ".join(f"{character} (U+{ord(character):04X})" for character in characters[:limit])
    return shown + (f" and {len(characters) - limit} more" if len(characters) > limit else "")


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
