# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors Kernelwalk raises on purpose: each says what is wrong, where it stands and what helps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


class KernelwalkError(Exception):
    """Base of every error that Kernelwalk raises on purpose."""


@dataclass(frozen=True)
class Problem:
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
    """A layer or a spec that cannot be: carries all of its problems, not only the first."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class PlanError(KernelwalkError):
    """A plan that contradicts itself, such as two writers on one channel."""


def shown(value: Any, limit: int = 60) -> str:
    """`value` as it would be written in a spec, cut to `limit` characters for a message."""
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, str):
        text = '"' + value.replace("\n", "\\n") + '"'
    elif isinstance(value, (list, tuple)):
        # an early cut: a hostile list may be huge or deep, and only its head is shown
        text = "[" + ", ".join(shown(item, limit) for item in value[:limit]) + "]"
    elif isinstance(value, dict):
        text = "a table"
    else:
        try:
            text = str(value)
        except ValueError:  # Python refuses to print integers of thousands of digits
            text = "a very large number"
    return text if len(text) <= limit else text[: limit - 1] + "…"
