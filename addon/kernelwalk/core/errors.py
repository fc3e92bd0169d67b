# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors that Kernelwalk raises on purpose. Each names the value, the place and the remedy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

MAX_PATH_LENGTH = 300
"""Characters of a path that a message shows."""


class KernelwalkError(Exception):
    """The base of every error that Kernelwalk raises on purpose."""


class Problem(NamedTuple):
    """One thing that is wrong.

    where:  the key, as a user would write it (`layer.kernel`, `layer.padding[1]`); empty for a whole file
    what:   the offending value and what is allowed
    remedy: what to do about it
    """

    where: str
    what: str
    remedy: str

    def __str__(self) -> str:
        head = f"{self.where}: " if self.where else ""
        return f"{head}{self.what}. {self.remedy}"


class SpecError(KernelwalkError):
    """An impossible layer or spec, with all of its problems."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class PlanError(KernelwalkError):
    """A plan that contradicts itself, such as two writers on one curve."""


def format_value(value: Any, limit: int = 60) -> str:
    """Return `value` as a spec would write it, on one line of at most `limit` characters, for a message.

    >>> format_value([True, "same"])
    '[true, "same"]'
    """
    return _cut(_format_nested(value, limit, depth=3), limit)


def format_line(line: str, limit: int = 60) -> str:
    """Return a line of a file as it is written, for a message of at most `limit` characters.

    >>> format_line('title = "a"')
    'title = "a"'
    """
    return _cut(_make_printable(line, limit), limit)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _make_printable(text: str, limit: int) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[: limit + 1])


def _format_nested(value: Any, limit: int, depth: int) -> str:
    """Format only the head of a list or a text: a hostile one may be huge, or deep."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{_make_printable(value, limit)}"'
    if isinstance(value, (list, tuple)):
        inner = ", ".join(_format_nested(item, limit, depth - 1) for item in value[:limit]) if depth else "…"
        return f"[{inner}]"
    if isinstance(value, dict):
        return "a table"
    try:
        return str(value)
    except ValueError:  # Python refuses to write integers of thousands of digits
        return "a very large number"
