# SPDX-License-Identifier: GPL-3.0-or-later
"""The line that tells what each step computes, in numbers: another text at each step, at one place of the picture.

The words of all lines stand in columns: what stays the same from step to step stays where it is.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..font_metrics import Font, explain_missing_characters
from ..spec.label_texts import reword_lines
from ..spec.spec import Spec
from ..values.compute import compute_values
from ..values.sum_text import SumWriter
from ..values.written_sums import APPROXIMATE, EQUAL
from .label import Box, TextRun
from .typography import SUM_STYLE

TERM_COUNTS = (12, 9, 7, 5, 4, 3, 2)
"""Terms of a sum that are written: the first of these with which every line has room."""

PLAIN_APPROXIMATE = "~"
"""What stands for APPROXIMATE where a font of the user's own lacks it."""

SIGNS = (EQUAL, APPROXIMATE, PLAIN_APPROXIMATE)
"""Words before a result."""

MAX_STEPS = 5000
"""Steps up to which sums are written: the scene holds the glyphs of all lines."""


@dataclass(frozen=True)
class SumLine:
    """The lines of all steps, which begin at one place.

    lines: of each step
    run:   the longest of them, with spaces that fill the room of all, where it stands
    """

    lines: tuple[str, ...]
    run: TextRun

    @property
    def box(self) -> Box:
        """The room that all lines take."""
        return self.run.box


def make_sum_line(spec: Spec, em: float, left: float, bottom: float, max_width: float) -> SumLine | None:
    """Build the line that begins at `left` and stands on `bottom`, at most `max_width` long, all in pixels.

    em: pixels of an em of names
    Returns None if the spec has no values, shows no sums or has more than MAX_STEPS steps, or if there is no room.
    """
    if spec.values is None or not spec.labels.sum or spec.step_count > MAX_STEPS:
        return None
    for term_count in TERM_COUNTS:
        lines, longest, font = _write_lines(spec, term_count)
        run = TextRun(longest, SUM_STYLE, font, em, left, bottom + font.max_descent * SUM_STYLE.size * em, "sum")
        if run.width <= max_width:
            return SumLine(lines, run)
    return None


@functools.lru_cache(maxsize=len(TERM_COUNTS))
def _write_lines(spec: Spec, term_count: int) -> tuple[tuple[str, ...], str, Font]:
    """Return the lines of all steps, the run's text, and the font that draws all.

    Labels are laid out many times for one spec.
    """
    values = compute_values(spec)
    assert values is not None
    writer = SumWriter(spec, values, term_count)
    lines = reword_lines(spec.labels.sum, "sum", [writer.write(step) for step in range(spec.step_count)])
    typeface = spec.typeface.get_font(SUM_STYLE.weight)
    characters = "".join(sorted(set().union(*lines)))
    if APPROXIMATE in characters and explain_missing_characters(characters, typeface):
        lines = [line.replace(APPROXIMATE, PLAIN_APPROXIMATE) for line in lines]
        characters = characters.replace(APPROXIMATE, PLAIN_APPROXIMATE)
    font = typeface.choose(characters)
    longest = max(lines, key=font.width)
    missing = find_columns(lines, font)[-1] - font.width(longest) - font.width(" ")
    return tuple(lines), longest + " " * max(0, math.ceil(missing / font.width(" ") - 1e-6)), font


def find_columns(lines: Sequence[str], font: Font) -> tuple[float, ...]:
    """Return where the first words of all lines begin, the second ones and so on, and where another would, in ems."""
    widths: list[float] = []
    for line in lines:
        own = [font.width(word) for word in line.split(" ")]
        widths += [0.0] * (len(own) - len(widths))
        widths[: len(own)] = map(max, own, widths)
    starts = [0.0]
    for width in widths:
        starts.append(starts[-1] + width + font.width(" "))
    return tuple(starts)


def place_glyphs(line: str, columns: Sequence[float], font: Font) -> Iterator[tuple[str, float]]:
    """Yield the characters of a line and where each begins, in ems.

    Numbers stand in the middle of their columns, except the line's first word and the result; other words begin where
    their columns do. Equal places are equal to the last bit.
    """
    words = line.split(" ")
    for before, word, start, following in zip([EQUAL, *words], words, columns, columns[1:], strict=False):
        is_centered = before not in SIGNS and any(character.isdigit() for character in word)
        x = start + (following - font.width(f"{word} ") - start) / 2 if is_centered else start
        for character in word:
            yield character, round(x, 6)
            x += font.width(character)
