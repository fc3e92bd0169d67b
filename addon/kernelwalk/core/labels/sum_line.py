# SPDX-License-Identifier: GPL-3.0-or-later
"""The line that tells what each step computes, in numbers: another text at each step, at one place of the picture."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from ..spec.label_texts import reword_lines
from ..spec.spec import Spec
from ..values.compute import compute_values
from ..values.sum_text import SumWriter
from .font_metrics import load_font
from .label import Box, TextRun
from .typography import SUM_STYLE

TERM_COUNTS = (12, 9, 7, 5, 4, 3, 2)
"""Terms of a sum that are written: the first of these with which every line has room."""

MAX_STEPS = 5000
"""Steps up to which sums are written: the scene holds the glyphs of all lines."""


@dataclass(frozen=True)
class SumLine:
    """The lines of all steps, which begin at one place.

    lines: of each step
    run:   the longest of them, where it stands
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
    font = load_font(SUM_STYLE.font)
    for term_count in TERM_COUNTS:
        lines, longest = _write_lines(spec, term_count)
        run = TextRun(longest, SUM_STYLE, em, left, bottom + font.max_descent * SUM_STYLE.size * em, "sum")
        if run.width <= max_width:
            return SumLine(lines, run)
    return None


@functools.lru_cache(maxsize=len(TERM_COUNTS))
def _write_lines(spec: Spec, term_count: int) -> tuple[tuple[str, ...], str]:
    """Return the lines of all steps, and the longest of them. Labels are laid out many times for one spec."""
    values = compute_values(spec)
    assert values is not None
    writer = SumWriter(spec, values, term_count)
    lines = reword_lines(spec.labels.sum, "sum", [writer.write(step) for step in range(spec.step_count)])
    return tuple(lines), max(lines, key=load_font(SUM_STYLE.font).width)
