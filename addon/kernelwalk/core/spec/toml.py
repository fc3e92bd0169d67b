# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading TOML files that may be anything: a table, or one SpecError."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from ..errors import Problem, SpecError

MAX_FILE_SIZE = 1 << 16

MAX_DOTS_PER_LINE = 1100
"""In a line: as many as the longest text of a spec can have. Keys end with their line, and one of many parts takes time
and memory by the square of their number."""


class UnreadableToml(ValueError):
    """Text that is no TOML, or none that can be read in good time; str() says why."""


def parse_toml(text: str) -> dict[str, Any]:
    """The table written in `text`. Raises SpecError."""
    if not text.strip():
        raise SpecError([Problem("", "the file is empty", "Write a section [layer] with op, input and kernel")])
    try:
        return _loads(text)
    except UnreadableToml as error:
        raise SpecError([Problem("", f"not TOML{error}", "See https://toml.io for how to write it")]) from None


def parse_toml_value(text: str) -> Any:
    """The value written in `text`; the text itself where it is no value of TOML's."""
    try:
        return _loads(f"value = {text}")["value"] if len(text) < MAX_FILE_SIZE else text
    except (UnreadableToml, KeyError):
        return text


def _loads(text: str) -> dict[str, Any]:
    if any(line.count(".") > MAX_DOTS_PER_LINE for line in text.split("\n")):
        raise UnreadableToml(f": a line has more than {MAX_DOTS_PER_LINE} dots")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UnreadableToml(f": {error}") from None
    except (RecursionError, ValueError):  # nested too deep; an integer of more digits than Python reads
        raise UnreadableToml(" that can be read: nested too deep, or a number too long") from None


def load_toml(path: Path) -> dict[str, Any]:
    """The table in the file at `path`. Raises SpecError, also where the file cannot be read."""
    try:
        if not path.is_file():
            what = "is not a file" if path.exists() else "is not there"
            raise SpecError([Problem("", f"the file {what}", "Name a TOML file, or a preset (see kernelwalk presets)")])
        if path.stat().st_size > MAX_FILE_SIZE:
            raise SpecError([Problem("", f"the file has more than {MAX_FILE_SIZE:,} bytes", "A spec is a short file")])
        text = path.read_bytes().decode()
    except OSError as error:
        reason = error.strerror or str(error)
        raise SpecError([Problem("", f"the file cannot be read: {reason}", "Check its permissions")]) from None
    except ValueError:  # not UTF-8, or a path with a NUL
        raise SpecError([Problem("", "the file is not text in UTF-8", "Save it as UTF-8")]) from None
    return parse_toml(text)


def dump_toml(table: dict[str, Any]) -> str:
    """`table`, of plain values and tables, as TOML, which parse_table reads back. A table's own values come first."""
    lines: list[str] = []
    _dump(table, (), lines)
    return "\n".join(lines) + "\n"


def _dump(table: dict[str, Any], path: tuple[str, ...], lines: list[str], header: str = "[{}]") -> None:
    if path:
        lines.extend(["", header.format(".".join(path))])
    for key, value in table.items():
        if not isinstance(value, dict) and not _is_tables(value):
            lines.append(f"{key} = {_value(value)}")
    for key, value in table.items():
        if isinstance(value, dict):
            _dump(value, (*path, key), lines)
        elif _is_tables(value):
            for entry in value:
                _dump(entry, (*path, key), lines, "[[{}]]")


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(entry, dict) for entry in value)


def _value(value: Any) -> str:
    # JSON's strings, numbers, true and false are TOML's too, but for one character
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
