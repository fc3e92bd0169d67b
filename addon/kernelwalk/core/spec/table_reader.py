# SPDX-License-Identifier: GPL-3.0-or-later
"""A table of a spec while it is read: what is wrong with its keys is collected, and told with where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import Problem, format_value
from ..validation import Check, InvalidValue

MAX_UNKNOWN_KEYS = 20
"""Unknown keys of a table that are complained of one by one."""


class TableReader:
    """A table of the file while it is read."""

    def __init__(self, where: str, value: Any, problems: list[Problem]):
        self.where, self.problems = where, problems
        if not isinstance(value, Mapping):
            problems.append(Problem(where, f"{format_value(value)} is not a table", f"Write a section [{where}]"))
            value = {}
        self.values: Mapping[str, Any] = value

    def add_error(self, key: str, what: str, remedy: str) -> None:
        self.problems.append(Problem(f"{self.where}.{_key(key)}" if self.where else _key(key), what, remedy))

    def reject_unknown_keys(self, keys: tuple[str, ...]) -> None:
        """Complain of every other key; of very many, of the first."""
        strange = [key for key in self.values if key not in keys]
        for key in strange[:MAX_UNKNOWN_KEYS]:
            import difflib  # only now: it takes a while to load

            near = difflib.get_close_matches(str(key)[:40], keys, 1)
            remedy = f"Did you mean {near[0]}?" if near else "Known here: " + ", ".join(keys)
            self.add_error(key, "there is no such key", remedy)
        if len(strange) > MAX_UNKNOWN_KEYS:
            what = f"there are {len(strange) - MAX_UNKNOWN_KEYS:,} more keys that are not known"
            self.problems.append(Problem(self.where, what, "Is this a spec?"))

    def read_values(self, checks: Mapping[str, Check]) -> dict[str, Any]:
        """The values of the keys in `checks` that are there and right."""
        found = {}
        for key, check in checks.items():
            if key in self.values:
                try:
                    found[key] = check.parse(self.values[key])
                except InvalidValue as refused:
                    self.add_error(key, refused.problem, refused.remedy)
        return found

    def open_section(self, key: str) -> TableReader:
        where = f"{self.where}.{key}" if self.where else key
        return TableReader(where, self.values.get(key, {}), self.problems)


def _key(key: str) -> str:
    """A key as it would be written: in quotes where it is not a plain word."""
    return key if key.isidentifier() and len(key) <= 40 else format_value(key, 40)
