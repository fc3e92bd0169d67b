# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and writing of TOML. Any input gives a table or one SpecError, soon and in little memory."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from ..errors import Problem, SpecError, format_line
from .number_arrays import cut_number_arrays, restore_number_arrays

MAX_FILE_SIZE = 1 << 16
"""Bytes of a spec file, without long lists of numbers."""

MAX_NUMBERS_SIZE = 1 << 25
"""Bytes of a spec file with its lists of numbers."""

MAX_DOTS_PER_LINE = 1100
"""As many as the longest text of a spec can have. A key of many parts, which ends with its line, takes time and memory
by the square of their number."""

MAX_LINE = 100
"""Characters of a list that is written on one line."""


BARE_TEXT = re.compile(r"[^\W\d][\w./ -]{0,60}")
"""A value that is a word, or a few, without quotes."""


class UnreadableToml(ValueError):
    """Text that is not TOML, or cannot be read in reasonable time; str() gives the reason."""


def parse_toml(text: str) -> dict[str, Any]:
    """Return the table written in `text`. Raises SpecError."""
    if not text.strip():
        raise SpecError([Problem("", "the file is empty", "Write a section [layer] with op, input and kernel")])
    try:
        return _loads(text)
    except UnreadableToml as error:
        place = re.search(r"at line (\d+)", str(error))
        line = text.split("\n")[int(place[1]) - 1].strip() if place else ""
        shown = ": " + format_line(line) if line else ""
        raise SpecError([Problem("", f"not TOML{error}{shown}", _find_remedy(line, str(error)))]) from None


def _find_remedy(line: str, error: str) -> str:
    """Return the remedy for a line that is not TOML."""
    if "overwrite a value" in error or "twice" in error:
        return "Give each key and each section once"
    key, equals, value = (part.strip() for part in line.partition("#")[0].partition("="))
    if BARE_TEXT.fullmatch(value):
        return f'Write text in quotes: {key} = "{value}"'
    if equals and value.startswith("(") and value.endswith(")"):
        return f"Write a list in brackets: {key} = [{value[1:-1]}]"
    if equals and value.endswith(","):
        return f"Leave out the comma: {key} = {value.rstrip(', ')}"
    return "See https://toml.io for how to write it"


def parse_toml_value(text: str) -> Any:
    """Return the value written in `text`, or the text itself if it is not a TOML value.

    >>> parse_toml_value("[1, 2]"), parse_toml_value("rows")
    ([1, 2], 'rows')
    """
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
    except (RecursionError, ValueError):  # nested too deep, or an integer with more digits than Python reads
        raise UnreadableToml(" that can be read: nested too deep, or a number too long") from None


def load_toml(path: Path) -> dict[str, Any]:
    """Return the table in the file at `path`. Raises SpecError, also if the file cannot be read."""
    try:
        if not path.is_file():
            what = "is not a file" if path.exists() else "is not there"
            raise SpecError([Problem("", f"the file {what}", "Name a TOML file, or a preset (see kernelwalk presets)")])
        if path.stat().st_size > MAX_NUMBERS_SIZE:
            raise _size_error(MAX_NUMBERS_SIZE)
        text = path.read_bytes().decode("utf-8-sig")  # which editors on Windows may begin with a mark
    except OSError as error:
        reason = error.strerror or str(error)
        raise SpecError([Problem("", f"the file cannot be read: {reason}", "Check its permissions")]) from None
    except ValueError:  # not UTF-8, or a path with a NUL
        raise SpecError([Problem("", "the file is not text in UTF-8", "Save it as UTF-8")]) from None
    if len(text) <= MAX_FILE_SIZE:
        return parse_toml(text)
    text, arrays = cut_number_arrays(text)
    if len(text) > MAX_FILE_SIZE:
        raise _size_error(MAX_FILE_SIZE)
    return restore_number_arrays(parse_toml(text), arrays)


def _size_error(limit: int) -> SpecError:
    return SpecError([Problem("", f"the file has more than {limit:,} bytes", "A spec is a short file")])


def dump_toml(table: dict[str, Any]) -> str:
    """Return `table`, of plain values and tables, as TOML that parse_toml reads back. Values come before tables.

    >>> print(dump_toml({"walk": {"fps": 24}, "title": "Same"}), end="")
    title = "Same"
    <BLANKLINE>
    [walk]
    fps = 24
    """
    lines: list[str] = []
    _append_table(table, (), lines)
    return "\n".join(lines) + "\n"


def _append_table(table: dict[str, Any], path: tuple[str, ...], lines: list[str], header: str = "[{}]") -> None:
    if path:
        lines.extend(["", header.format(".".join(path))])
    for key, value in table.items():
        if not isinstance(value, dict) and not _is_list_of_tables(value):
            lines.append(f"{key} = {_format_rows(value)}")
    for key, value in table.items():
        if isinstance(value, dict):
            _append_table(value, (*path, key), lines)
        elif _is_list_of_tables(value):
            for entry in value:
                _append_table(entry, (*path, key), lines, "[[{}]]")


def _is_list_of_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(entry, dict) for entry in value)


def _format_rows(value: Any, indent: str = "") -> str:
    """Return a value, a long list on several lines: a line for each list in it, or for every 20 numbers."""
    text = format_toml_value(value)
    if not isinstance(value, list) or len(text) <= MAX_LINE:
        return text
    inner = indent + "  "
    if any(isinstance(item, list) for item in value):
        rows = [_format_rows(item, inner) for item in value]
    else:
        rows = [format_toml_value(value[at : at + 20])[1:-1] for at in range(0, len(value), 20)]
    return "[\n" + "".join(f"{inner}{row},\n" for row in rows) + f"{indent}]"


def format_toml_value(value: Any) -> str:
    """Return a value, not a table, as TOML writes it."""
    # strings, numbers, true and false are written as in JSON, but for one character
    if isinstance(value, list):
        return "[" + ", ".join(map(format_toml_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
