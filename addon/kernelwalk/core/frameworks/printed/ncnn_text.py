# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of ncnn's param files, also a whole file: KIND NAME INPUTS OUTPUTS, names of blobs, and NUMBER=VALUE.

Convolution conv1 1 1 data conv1 0=64 1=3 4=1 6=1728
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..ncnn_layers import PARAMETERS, SIGNATURES
from ..parsing.code_text import CodeError, locate_error, make_error

MAX_CHARACTERS, MAX_LINES = 1_000_000, 5000

MAGIC, COUNTS = "7767517", re.compile(r"\s*\d+\s+\d+\s*")
"""The first lines of a file."""

ARRAY_START = -23300
"""The number of an array of parameter 0; one more parameter is one less."""

ELEMENTWISE = {
    **{"TanH": "Tanh", "Split": "Identity", "Noop": "Identity", "Clip": "Hardtanh", "Swish": "SiLU"},
    **{"Scale": "LayerScale", "Bias": "LayerScale", "BatchNorm": "BatchNorm2d"},
}
"""Kinds of lines that have other names elsewhere."""

ACTIVATIONS = {0: None, 1: "relu", 2: "leaky_relu", 3: "clip", 4: "sigmoid", 5: "mish", 6: "hardswish"}
"""Words of activation_type."""

PADDING_KINDS = ("Constant", "Replication", "Reflection")
"""Names of padding layers by the type of ncnn's Padding."""


@dataclass(frozen=True)
class Token:
    """A word of a line. lineno, col_offset: its place as ast has it."""

    text: str
    lineno: int
    col_offset: int


@dataclass(frozen=True)
class ParamLine:
    """A line. parameters: values by number, with their places."""

    text: str
    kind: Token
    name: Token
    inputs: Sequence[Token]
    outputs: Sequence[Token]
    parameters: Mapping[int, tuple[Any, Token]]


def find_param_calls(text: str) -> list[tuple[ast.Call, str]]:
    """Return calls such as ncnn.Convolution(num_output=8) for the lines of a text, each with its line.

    Raises SpecError, with the place of the error.

    >>> [(call, line)] = find_param_calls("Convolution1D conv 1 1 x y 0=8 1=3")
    >>> ast.unparse(call)
    'ncnn.Convolution1D(num_output=8, kernel_w=3)'
    """
    if len(text) > MAX_CHARACTERS:
        raise make_error(f"the text has {len(text):,} characters", f"Give at most {MAX_CHARACTERS:,}: a part of it")
    try:
        lines = list(read_lines(text))
        _check_chain(lines)
        following = [*lines[1:], None]
        return [(make_call(line, after), line.text) for line, after in zip(lines, following, strict=True)]
    except CodeError as error:
        raise locate_error(text, error) from None


def has_branches(text: str) -> bool:
    """Return True for a param file whose lines are no chain; False where they cannot be read."""
    try:
        lines = list(read_lines(text))
    except CodeError:
        return False
    try:
        _check_chain(lines)
    except CodeError:
        return True
    return False


def read_lines(text: str) -> Iterator[ParamLine]:
    """Yield the lines of a text. Raises CodeError."""
    rows = text.split("\n")
    if len(rows) > MAX_LINES:
        raise CodeError(Token("", MAX_LINES, 0), f"there are {len(rows):,} lines", f"Give at most {MAX_LINES:,}")
    for number, row in enumerate(rows, start=1):
        stripped = row.strip()
        if stripped and stripped != MAGIC and not stripped.startswith("#") and not COUNTS.fullmatch(row):
            yield _read_line(row, number)


def _read_line(row: str, number: int) -> ParamLine:
    tokens = [
        Token(match[0], number, len(row[: match.start()].encode())) for match in re.finditer(r"\S+", row.rstrip())
    ]
    end = Token("", number, len(row.rstrip().encode()))
    tokens += [end] * max(4 - len(tokens), 0)
    counts = []
    for token, what in zip(tokens[2:4], ("inputs", "outputs"), strict=True):
        if not re.fullmatch(r"\d{1,4}", token.text):
            remedy = "Write KIND NAME INPUTS OUTPUTS, then the names of both, as in Convolution conv1 1 1 x y 0=8 1=3"
            raise CodeError(token, f"the number of {what} stands here", remedy)
        counts.append(int(token.text))
    count = sum(counts)
    blobs = tokens[4 : 4 + count]
    wrong = next((token for token in blobs if re.match(r"-?\d+=", token.text)), None)
    if wrong or len(blobs) < count:
        what = f"{counts[0]} inputs and {counts[1]} outputs need {count} names before the parameters"
        raise CodeError(wrong or end, what, "Write the names, or other numbers")
    parameters = dict(_read_parameter(token) for token in tokens[4 + count :])
    return ParamLine(row.strip(), tokens[0], tokens[1], blobs[: counts[0]], blobs[counts[0] :], parameters)


def _read_parameter(token: Token) -> tuple[int, tuple[Any, Token]]:
    """Return a parameter's number and value."""
    match = re.fullmatch(r"(-?\d{1,5})=(.*)", token.text)
    if match is None:
        raise CodeError(token, "this is no parameter", "Write NUMBER=VALUE, such as 0=8")
    number, text = int(match[1]), match[2]
    if number > ARRAY_START:
        return number, (_read_value(token, text), token)
    entries = [_read_value(token, part) for part in text.split(",")]
    if entries[0] != len(entries) - 1:
        raise CodeError(token, f"{entries[0]} values stand here, not {len(entries) - 1}", "Begin with their number")
    return ARRAY_START - number, (entries[1:], token)


def _read_value(token: Token, text: str) -> Any:
    """Return a number, or a word in quotes."""
    if re.fullmatch(r"[+-]?\d{1,12}", text):
        return int(text)
    try:
        return float(text)
    except ValueError:
        if len(text) > 1 and text[0] == text[-1] == '"':
            return text[1:-1]
        raise CodeError(token, "the value is no number", "Write one, such as 0=8") from None


def _check_chain(lines: Sequence[ParamLine]) -> None:
    """Raise CodeError where a line does not read what the line before it gives."""
    for before, line in itertools.pairwise(lines):
        if len(line.inputs) > 1:
            raise CodeError(line.inputs[1], "two branches meet here", "Give the lines of one of them")
        given = [each.text for each in before.outputs]
        if line.inputs and line.inputs[0].text not in given:
            what = f"{line.kind.text} does not read what the line before it gives, {', '.join(given)}"
            raise CodeError(line.inputs[0], what, "Give lines that follow one another")


def make_call(line: ParamLine, after: ParamLine | None) -> ast.Call:
    """Return the call of a line's layer. after: the line that reads it. Raises CodeError."""
    kind = line.kind.text
    values = read_values(line)
    if kind in PARAMETERS:
        name = _choose_variant(kind, values)
        for needed in SIGNATURES[name].required:
            number = next(number for number, each in PARAMETERS[kind].items() if each == needed)
            if number not in values:
                raise CodeError(line.kind, f"{needed} is missing", f"Write {number}= and its value")
        return _build(line, name, _name_parameters(line))
    whole = {name: (value, line.kind) for name, value in _read_other(kind, values).items()}
    if kind == "Padding":
        dims = 1 if values.get(0, 0) == values.get(1, 0) == 0 and _is_single_axis(after) else 2
        dims = 3 if values.get(7, 0) or values.get(8, 0) or (after and after.kind.text.endswith("3D")) else dims
        sides = [values.get(number, 0) for number in (2, 3, 0, 1, 7, 8)[: 2 * dims]]
        kinds = dict(enumerate(PADDING_KINDS))
        if values.get(4, 0) not in kinds:
            raise CodeError(line.parameters[4][1], f"{values[4]} is no type of padding", "Write 0, 1 or 2")
        whole["padding"] = sides, line.kind
        return _build(line, f"{kinds[values.get(4, 0)]}Pad{dims}d", whole)
    if kind == "ReLU" and values.get(0):
        return _build(line, "LeakyReLU", whole)
    return _build(line, ELEMENTWISE.get(kind, kind), whole)


def read_values(line: ParamLine) -> dict[int, Any]:
    """Return the values of a line's parameters by their numbers."""
    return {number: value for number, (value, _) in line.parameters.items()}


def _is_single_axis(line: ParamLine | None) -> bool:
    return line is not None and line.kind.text.endswith("1D")


def _choose_variant(kind: str, values: Mapping[int, Any]) -> str:
    """Return the name of the layer of a line: the one that needs most of the parameters that the line has."""
    fitting = []
    for name in SIGNATURES:
        own, *needed = name.split(" ")
        pairs = [tuple(map(int, each.split("="))) for each in needed]
        if own == kind and all(values.get(number) == value for number, value in pairs):
            fitting.append(name)
    return max(fitting, key=len)


def _name_parameters(line: ParamLine) -> dict[str, tuple[Any, Token]]:
    """Return the parameters of a line by name. Raises CodeError for one that its kind does not have."""
    names = PARAMETERS[line.kind.text]
    named = {}
    for number, (value, token) in line.parameters.items():
        if number not in names:
            known = ", ".join(f"{each} ({name})" for each, name in sorted(names.items()))
            raise CodeError(token, f"{line.kind.text} has no parameter {number}", f"Known are {known}")
        if names[number] != "activation_type":
            named[names[number]] = value, token
        elif ACTIVATIONS.get(value, str(value)) is not None:
            named["activation"] = ACTIVATIONS.get(value, str(value)), token
    return named


def _read_other(kind: str, values: Mapping[int, Any]) -> dict[str, Any]:
    """Return those arguments of an element-wise line, or of an input, that matter."""
    if kind == "Input":
        shape = read_input_shape(values)
        return {"shape": shape} if shape else {}
    if kind == "ReLU":
        return {"negative_slope": values[0]} if values.get(0) else {}
    if kind == "GELU":
        return {"approximate": "tanh" if values.get(0) else "none"}
    return {"value": values.get(5, 0)} if kind == "Padding" and values.get(4, 0) == 0 else {}


def read_input_shape(values: Mapping[int, Any]) -> list[int]:
    """Return the sizes of an Input line, channels last; nothing where it does not have them."""
    sizes = [values.get(number, 0) for number in (11, 1, 0, 2)]  # planes, rows, columns, channels
    shape = sizes if sizes[0] else sizes[1:] if sizes[3] else [sizes[2], sizes[1]]
    return shape if min(shape) > 0 else []


def _build(line: ParamLine, name: str, named: Mapping[str, tuple[Any, Token]]) -> ast.Call:
    """Return a call with the places of its parts in the text."""
    call = ast.Call(ast.Attribute(ast.Name("ncnn", ast.Load()), name, ast.Load()), [], [])
    for each in ast.walk(call):
        _place(each, line.kind)
    for key, (value, token) in named.items():
        literal = ast.parse(repr(value), mode="eval").body
        word = ast.keyword(key, literal)
        for node in (*ast.walk(literal), word):
            _place(node, token)
        call.keywords.append(word)
    return call


def _place(node: ast.AST, token: Token) -> None:
    if isinstance(node, (ast.expr, ast.keyword)):
        node.lineno, node.col_offset = token.lineno, token.col_offset
