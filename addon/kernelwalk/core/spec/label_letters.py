# SPDX-License-Identifier: GPL-3.0-or-later
"""The letters of a spec's title and labels: a font must draw each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import Problem, format_value
from ..typeface import Typeface
from .labels_section import EQUALS_SIGN, SEPARATOR, Labels

SEPARATORS = {"names": SEPARATOR, "legend": SEPARATOR + EQUALS_SIGN}
"""Characters between texts of a label that are drawn apart, so that each may need another font."""

SUM_CHARACTERS = "0123456789.,·+−×/()=:… "
"""Characters beside which the words of a sum stand, in one font."""

LEFT_TO_RIGHT = ("position", "sum")
"""Labels whose parts are placed one by one from left to right."""


def find_letter_errors(title: str, labels: Labels, typeface: Typeface) -> list[Problem]:
    """Return the problem of each text that no font can draw."""
    problems = []
    for where, text, separators in _list_texts(title, labels):
        from ..font_metrics import REGULAR, explain_missing_characters  # only now: most texts are ASCII
        from ..text_direction import is_right_to_left

        font = typeface.get_font(REGULAR)
        parts = re.split(f"[{re.escape(separators)}]", text) if separators else [text]
        beside = SUM_CHARACTERS if where == "labels.sum" else ""
        missing = next(filter(None, (explain_missing_characters(part + beside, font) for part in parts)), None)
        if missing is not None:
            problems.append(Problem(where, f"{format_value(text)}: {missing[0]}", missing[1]))
        elif where.removeprefix("labels.") in LEFT_TO_RIGHT and is_right_to_left(text):
            what = f"{format_value(text)} reads from right to left"
            problems.append(Problem(where, what, "Write this line from left to right"))
    return problems


def _list_texts(title: str, labels: Labels) -> Iterator[tuple[str, str, str]]:
    """Yield where each text stands that is not ASCII, which every font or its substitute has; the text and its
    separators."""
    texts = {"title": title} | {f"labels.{key}": value for key, value in labels._asdict().items() if key != "font"}
    for where, text in texts.items():
        if isinstance(text, str) and not text.isascii():
            yield where, text, SEPARATORS.get(where.removeprefix("labels."), "")
