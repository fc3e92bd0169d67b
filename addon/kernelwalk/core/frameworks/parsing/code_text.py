# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of code: its limits, its syntax tree, and the places of its errors. It is parsed and never executed."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence
from typing import Any

from ...errors import Problem, SpecError, format_value

MAX_CHARACTERS, MAX_PIECE, MAX_NESTING, MAX_LINKS = 100_000, 1000, 20, 60
"""Limits of code: its characters, those without a comma or a new line, its brackets within brackets, and the brackets
of one statement after which it goes on without a comma. They keep Python's parser from running out of stack."""

EXCERPT_BEFORE, EXCERPT_AFTER = 24, 30
"""Characters of an excerpt on either side of the error."""

WRITE_A_LAYER = 'Write a layer such as "nn.Conv2d(1, 1, 3)"'
WRITE_ONE_LAYER = 'Write one layer, such as "nn.Conv2d(1, 1, 3)"'
"""Remedies for code that is none, and for code that is more than one layer."""

PARAM_LINE = re.compile(r"(\s*(#.*)?\n)*\s*(7767517\s|[A-Z]\w*[ \t]+[^\s=(),]+[ \t]+\d+\s)")
"""The beginning of lines of an ncnn param file, which no Python has."""


class CodeError(Exception):
    """A problem with a piece of the code, and the remedy."""

    def __init__(self, node: Any, problem: str, remedy: str):
        super().__init__(problem)
        self.node, self.problem, self.remedy = node, problem, remedy


def is_param_text(text: str) -> bool:
    """Return True for lines of an ncnn param file.

    >>> is_param_text("Pooling pool1 1 1 x y 0=1 1=2"), is_param_text("nn.Conv2d(1, 8, 3)")
    (True, False)
    """
    return PARAM_LINE.match(text.removeprefix("\ufeff")) is not None


def make_error(problem: str, remedy: str) -> SpecError:
    """Return the error of a layer's code."""
    return SpecError([Problem("layer.code", problem, remedy)])


def locate_error(text: str, error: CodeError) -> SpecError:
    """Return the error with its line and column in the text, and an excerpt with a caret before its place."""
    place, excerpt = _locate(text, error.node)
    return make_error(f"{place}: {error.problem}: {excerpt}", error.remedy)


def clean_code(text: Any) -> str:
    """Return code without a byte order mark, the prompts of an interactive Python, and a common indentation.

    Raises SpecError if it is not text, or too long or too deeply nested.

    >>> clean_code(">>> nn.Conv2d(\\n...     1, 1, 3),")
    'nn.Conv2d(\\n    1, 1, 3)'
    """
    if not isinstance(text, str):
        problem = f"{format_value(text)} is not text"
        raise make_error(problem, 'Write a line of code in quotes, such as "nn.Conv2d(1, 1, 3)"')
    if len(text) > MAX_CHARACTERS:
        raise make_error(f"{format_value(text)} has {len(text):,} characters", f"Write at most {MAX_CHARACTERS:,}")
    lines = text.removeprefix("\ufeff").strip().rstrip(",;").split("\n")
    if lines[0].startswith(">>>"):
        lines = [re.sub(r"^(>>>|\.\.\.) ?", "", line) for line in lines if re.match(r">>>|\.\.\.", line)]
    margin = min((len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()), default=0)
    is_even = margin and not lines[0].rstrip().endswith((":", "(", "[", "{", ",", "\\"))
    text = "\n".join([lines[0], *(line[margin:] for line in lines[1:])] if is_even else lines)
    _check_limits(text)
    return text


def _check_limits(text: str) -> None:
    depth = piece = links = 0
    for at, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        piece = 0 if character == "," or (character == "\n" and depth <= 0) else piece + 1
        if character in "\n;" and depth <= 0:
            links = 0
        elif character in ")]}" and re.match(r"\s*[^\s,;)\]}#]", text[at + 1 : at + 9]):
            links += 1
        if depth > MAX_NESTING:
            problem = f"column {at + 1}: nested deeper than {MAX_NESTING} brackets: {make_excerpt(text, at)}"
            raise make_error(problem, "Write one layer")
        if piece > MAX_PIECE or links > MAX_LINKS:
            problem = f"{format_value(text)} has a piece that is too long: {make_excerpt(text, at)}"
            raise make_error(problem, WRITE_A_LAYER)


def parse_python(text: str) -> list[ast.stmt]:
    """Return the statements of code. Raises SpecError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python warns of dubious code
            return ast.parse(text).body
    except SyntaxError as error:
        lines = text.split("\n")
        line = min(max(error.lineno or 1, 1), max(len(lines), 1)) - 1
        column = min(max((error.offset or 1) - 1, 0), len(lines[line]))
        place, excerpt = _describe_place(lines, line, column)
        what = "this bracket is not closed" if "never closed" in error.msg else "this is not a line of Python"
        raise make_error(f"{place}: {what}: {excerpt}", WRITE_A_LAYER) from None
    except (ValueError, MemoryError, RecursionError):  # a NUL, or hundreds of operators
        raise make_error(f"{format_value(text)} cannot be parsed as Python", WRITE_A_LAYER) from None


def _locate(text: str, node: Any) -> tuple[str, str]:
    """Return the place of a piece of the code in words, and an excerpt with a caret before it."""
    lines = text.split("\n")
    line = min(getattr(node, "lineno", 1), len(lines)) - 1
    # col_offset counts bytes of UTF-8, a column characters
    column = len(lines[line].encode()[: getattr(node, "col_offset", 0)].decode(errors="ignore"))
    return _describe_place(lines, line, column)


def _describe_place(lines: Sequence[str], line: int, column: int) -> tuple[str, str]:
    """Return a place in words, which count from 1, and an excerpt with a caret before it; `line` and `column` count
    from 0."""
    place = f"line {line + 1}, column {column + 1}" if len(lines) > 1 else f"column {column + 1}"
    return place, make_excerpt(lines[line], column)


def make_excerpt(line: str, column: int) -> str:
    """Return a piece of a line with a caret before a column."""
    start, end = max(column - EXCERPT_BEFORE, 0), column + EXCERPT_AFTER
    head = ("…" if start else "") + line[start:column]
    tail = line[column:end] + ("…" if end < len(line) else "")
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in f"{head}^{tail}")


def find_dotted_name(node: ast.AST) -> str:
    """Return a name with its modules. Raises CodeError for any other expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        raise CodeError(node, "this is not the name of a layer", 'Write one such as "nn.Conv2d(1, 1, 3)"')
    return ".".join([node.id, *reversed(parts)])
