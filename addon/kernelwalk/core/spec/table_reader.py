# SPDX-License-Identifier: GPL-3.0-or-later
"""Reader of a table of a spec, which collects the errors of all keys with where they stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import Problem, format_value
from ..validation import Check, InvalidValue
from .renamed_keys import RENAMED_VALUES, find_new_key

MAX_UNKNOWN_KEYS = 20
"""Unknown keys of a table that are reported one by one."""


class TableReader:
    """A table of a spec while it is read.

    where:    its name as a user writes it (`look.colors`); empty for the whole file
    problems: the list to which errors are added
    """

    def __init__(self, where: str, value: Any, problems: list[Problem]):
        self.where, self.problems = where, problems
        if not isinstance(value, Mapping):
            problems.append(Problem(where, f"{format_value(value)} is not a table", f"Write a section [{where}]"))
            value = {}
        self.values: Mapping[str, Any] = value

    def add_error(self, key: str, what: str, remedy: str) -> None:
        """Add the error of a key of this table."""
        self.problems.append(Problem(self._path(_format_key(key)), what, remedy))

    def reject_unknown_keys(self, keys: tuple[str, ...]) -> None:
        """Add an error for each key that is not in `keys`; of many, only for the first ones."""
        unknown = [key for key in self.values if key not in keys]
        for key in unknown[:MAX_UNKNOWN_KEYS]:
            if not self._reject_renamed_key(key):
                self._reject_unknown_key(key, keys)
        if len(unknown) > MAX_UNKNOWN_KEYS:
            what = f"there are {len(unknown) - MAX_UNKNOWN_KEYS:,} more unknown keys"
            self.problems.append(Problem(self.where, what, "Is this a spec?"))

    def read_values(self, checks: Mapping[str, Check]) -> dict[str, Any]:
        """Return the parsed values of the keys in `checks` that are present; add an error for each invalid one."""
        values = {}
        for key, check in checks.items():
            if key in self.values:
                try:
                    values[key] = check.parse(self.values[key])
                except InvalidValue as error:
                    self.add_error(key, error.problem, error.remedy)
        return values

    def open_section(self, key: str) -> TableReader:
        """Return the reader of a table within this one; of an empty one if it is missing."""
        return TableReader(self._path(key), self.values.get(key, {}), self.problems)

    def _path(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key

    def _reject_unknown_key(self, key: str, keys: tuple[str, ...]) -> None:
        import difflib  # only now: it takes a while to load

        from .misplaced_keys import find_places  # which knows all sections

        if places := find_places(self.where, str(key)):
            remedy = f"Write it as {' or '.join(places)}"
        else:
            similar = difflib.get_close_matches(str(key)[:40], keys, 1)
            remedy = f"Did you mean {similar[0]}?" if similar else "Known here: " + ", ".join(keys)
        self.add_error(key, "there is no such key", remedy)

    def _reject_renamed_key(self, key: str) -> bool:
        """Add an error that names the new key, and return True, if `key` is one that was renamed."""
        old = self._path(str(key))
        new = find_new_key(old)
        if new is None:
            return False
        value = self.values[key]
        if isinstance(value, Mapping):  # a section, of which keys may have been renamed too
            self.add_error(key, "this section was renamed", f"Write [{new}]")
            section = self.open_section(key)
            for inner in section.values:
                section._reject_renamed_key(inner)
            return True
        new_value = RENAMED_VALUES.get(old, {}).get(value) if isinstance(value, str) else None
        self.add_error(key, "this key was renamed", f"Write {new}" + (f' = "{new_value}"' if new_value else ""))
        return True


def _format_key(key: str) -> str:
    """Return a key as it would be written: in quotes where it is not a plain name."""
    return key if key.isidentifier() and len(key) <= 40 else format_value(key, 40)
