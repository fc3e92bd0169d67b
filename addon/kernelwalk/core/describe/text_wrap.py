# SPDX-License-Identifier: GPL-3.0-or-later
"""Text in short lines, also text that holds code."""

from __future__ import annotations

import re
import textwrap

CODE_BREAK = re.compile(r"(?<=[.,=/\[(])(?=[^,)\]])")
"""Places at which code is cut: after a point, a bracket or a sign."""

WORD = re.compile(r"\(\d+(?:, \d+)+\)[^ \n]*|[^ \n]+")
"""Text between two gaps: a position, as in "(1, 1)", is one word, and a no-break space is no gap."""

NAME_BREAK = re.compile(r"(?<=[_-])|(?<=[a-z])(?=[A-Z])|(?<=\dD)(?=[A-Z])")
"""Places at which a name is cut that is too long for a line: between its parts."""


def wrap_text(text: str, most: int) -> list[str]:
    """Return text in lines of at most so many characters. A word that is longer is cut where code may be read apart.

    >>> wrap_text("input (1, 1)", 9)
    ['input', '(1, 1)']
    >>> wrap_text("it is layers.Conv2DTranspose(1, 3)", 16)
    ['it is layers.', 'Conv2DTranspose(', '1, 3)']
    """
    lines = [""]
    words = [word for found in WORD.findall(text) for word in ([found] if len(found) <= most else found.split(" "))]
    for word in words:
        for number, part in enumerate(_split_word(word, most)):
            gap = " " if number == 0 and lines[-1] else ""
            if len(lines[-1]) + len(gap) + len(part) <= most:
                lines[-1] += gap + part
            else:
                lines.append(part)
    return [line for line in lines if line]


def _split_word(word: str, most: int) -> list[str]:
    """Return the parts of a word, none of which is longer than a line."""
    parts = [word]
    for places in (CODE_BREAK, NAME_BREAK):
        parts = [piece for part in parts for piece in ([part] if len(part) <= most else places.split(part))]
    # most words fit, and textwrap takes as long as drawing the line
    return [piece for part in parts for piece in ([part] if 0 < len(part) <= most else textwrap.wrap(part, most))]
