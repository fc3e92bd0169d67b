# SPDX-License-Identifier: GPL-3.0-or-later
"""Long lists of numbers in a TOML file, read apart: a file may be long only where it is plain numbers.

They are read as JSON, which is TOML for such lists and ten times as fast.
"""

from __future__ import annotations

import json
import re
from typing import Any

SHORTEST = 1000
"""Characters of the shortest list that is read apart."""

_ARRAY = re.compile(rf"^([\w-]+ *= *)(\[[-\d\s.,eE+\[\]]{{{SHORTEST},}}\])[ \t]*$", re.MULTILINE)
_TRAILING_COMMA = re.compile(r",(?=\s*\])")
_MARK = "numbers beside this text: {}"


def cut_number_arrays(text: str) -> tuple[str, list[Any]]:
    """Return TOML with a mark in place of each long list of numbers, and the lists.

    A list that cannot be read stays in the text.
    """
    arrays: list[Any] = []

    def replace(match: re.Match[str]) -> str:
        try:
            arrays.append(json.loads(_TRAILING_COMMA.sub("", match[2])))
        except (ValueError, RecursionError):
            return match[0]
        return f'{match[1]}"{_MARK.format(len(arrays) - 1)}"'

    return _ARRAY.sub(replace, text), arrays


def restore_number_arrays(table: Any, arrays: list[Any]) -> Any:
    """Return a table with the lists again in place of their marks."""
    marks = {_MARK.format(number): array for number, array in enumerate(arrays)}

    def restore(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: restore(item) for key, item in value.items()}
        if isinstance(value, list):
            return [restore(item) for item in value]
        return marks.get(value, value) if isinstance(value, str) else value

    return restore(table)
