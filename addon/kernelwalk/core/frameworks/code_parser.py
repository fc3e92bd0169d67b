# SPDX-License-Identifier: GPL-3.0-or-later
"""Code of a layer, parsed: a line of PyTorch, Keras or ONNX becomes the keys of a spec.

The line is parsed and never executed. Arguments that matter must be plain numbers, strings, lists or tuples. Arguments
that do not change which cell reads which (biases, names, ...) are ignored, whatever they are, and so are numbers of
channels that are not literals.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ..errors import Problem, SpecError, format_value
from ..layers.registry import LAYERS
from .signatures import (
    ALIASES,
    CHANNEL_ARGUMENTS,
    MODULE_PREFIXES,
    SEPARABLE_ARGUMENTS,
    SEPARABLE_LAYERS,
    SIGNATURES,
    UNPOOLING_LAYERS,
    UPSAMPLING_AXES,
    LayerSignature,
    SpecKeys,
)

MAX_CHARACTERS, MAX_NESTING = 2000, 20
"""Limits of a line: its characters, and its brackets within brackets."""

EXCERPT_BEFORE, EXCERPT_AFTER = 24, 30
"""Characters of an excerpt on either side of the error."""


class CodeError(Exception):
    """A problem with a piece of the line, and the remedy."""

    def __init__(self, node: ast.AST, problem: str, remedy: str):
        super().__init__(problem)
        self.node, self.problem, self.remedy = node, problem, remedy


NODE_FUNCTIONS = ("make_node", "helper.make_node", "onnx.helper.make_node")


def parse_layer(text: Any) -> SpecKeys:
    """Return the keys of a spec's section [layer] that a line of code sets; all but `input`.

    Raises SpecError, at `layer.code`, with the column and an excerpt with a caret before the error.

    >>> parse_layer("nn.Conv2d(1, 8, kernel_size=3, padding=1)")["kernel"]
    [3, 3]
    """
    return parse_code(text, lambda _, call: _parse_call(call))


Result = TypeVar("Result")


def parse_code(text: Any, use: Callable[[str, ast.Call], Result]) -> Result:
    """Parse a line of code, call `use` with the line and the call in it, and return the result.

    Raises SpecError, at `layer.code`.
    """
    if not isinstance(text, str):
        problem = f"{format_value(text)} is not text"
        raise _spec_error(problem, 'Write a line of code in quotes, such as "nn.Conv2d(1, 1, 3)"')
    if len(text) > MAX_CHARACTERS:
        raise _spec_error(f"{format_value(text)} has {len(text):,} characters", f"Write at most {MAX_CHARACTERS:,}")
    text = text.removeprefix("\ufeff").strip().rstrip(",;")
    _check_depth(text)
    try:
        return use(text, _find_call(text))
    except CodeError as error:
        place, excerpt = _locate(text, error.node)
        raise _spec_error(f"{place}: {error.problem}: {excerpt}", error.remedy) from None


def merge_keys(coded: SpecKeys, explicit: Mapping[str, Any]) -> SpecKeys:
    """Return the keys of a line of code and the explicit keys beside it, which win.

    An explicit single number is repeated for as many axes as the number it replaces.
    """
    merged = {**coded, **explicit}
    for key in explicit.keys() & coded.keys():
        replaced = coded[key]
        if type(explicit[key]) is int and isinstance(replaced, list):
            merged[key] = [explicit[key]] * len(replaced)
    return merged


def _spec_error(problem: str, remedy: str) -> SpecError:
    return SpecError([Problem("layer.code", problem, remedy)])


def _check_depth(text: str) -> None:
    """Raise SpecError for brackets nested so deep that Python's parser could run out of stack."""
    depth = 0
    for at, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth > MAX_NESTING:
            problem = f"column {at + 1}: nested deeper than {MAX_NESTING} brackets: {_excerpt(text, at)}"
            raise _spec_error(problem, "Write one layer")


def _find_call(text: str) -> ast.Call:
    """Return the call that makes the layer, also in `name = call(...)` and `call(...)(x)`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python warns of dubious code
            body = ast.parse(text).body
    except SyntaxError as error:
        lines = text.split("\n")
        line = min(max(error.lineno or 1, 1), max(len(lines), 1)) - 1
        column = min(max((error.offset or 1) - 1, 0), len(lines[line]))
        place = f"line {line + 1}, column {column + 1}" if len(lines) > 1 else f"column {column + 1}"
        problem = f"{place}: this is not a line of Python: {_excerpt(lines[line], column)}"
        raise _spec_error(problem, 'Write a layer such as "nn.Conv2d(1, 1, 3)"') from None
    except (ValueError, MemoryError, RecursionError):  # a NUL, or hundreds of operators
        raise _spec_error(
            f"{format_value(text)} cannot be parsed as Python", 'Write a layer such as "nn.Conv2d(1, 1, 3)"'
        ) from None
    if len(body) != 1 or not isinstance(body[0], (ast.Expr, ast.Assign, ast.AnnAssign)):
        extra = body[1] if len(body) > 1 else body[0] if body else ast.Module([], [])
        raise CodeError(extra, "this is not one layer", 'Write one layer, such as "nn.Conv2d(1, 1, 3)"')
    value = body[0].value
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Call):
        value = value.func  # a Keras layer that is called at once
    if not isinstance(value, ast.Call):
        raise CodeError(value or body[0], "this is not a layer", 'Write a call, such as "nn.Conv2d(1, 1, 3)"')
    return value


def _parse_call(call: ast.Call) -> SpecKeys:
    path = find_dotted_name(call.func)
    positional = list(call.args)
    if path in NODE_FUNCTIONS:
        if not positional:
            raise CodeError(call, "the node's kind is missing", 'Begin with it: make_node("Conv", ...)')
        kind, positional = positional[0], []
        name = kind.value if isinstance(kind, ast.Constant) else None
        signature = SIGNATURES.get(name) if isinstance(name, str) else None
        if signature is None or signature.convention != "onnx":
            raise CodeError(kind, "this node is not supported", list_known_layers("onnx"))
    else:
        module, _, name = path.rpartition(".")
        name = ALIASES.get(name, name)
        signature = SIGNATURES.get(name)
        if name in SEPARABLE_LAYERS:
            raise CodeError(call.func, f"{name} is two layers in one", _write_separately(name, call))
        if name in UNPOOLING_LAYERS:
            what = f"{name} puts each value where a max pooling of other values found it: that depends on the values"
            raise CodeError(call.func, what, "Show nn.MaxPool2d with [values], which marks these places")
        if signature is None:
            raise CodeError(call.func, "this layer is not supported", list_known_layers())
        prefixes = MODULE_PREFIXES[signature.convention]
        if module not in prefixes:
            problem = f"{name} does not belong to {format_value(module)}"
            raise CodeError(call.func, problem, f"Write {prefixes[1]}.{name}")
    return _convert_arguments(signature, str(name), call, positional)


def _write_separately(name: str, call: ast.Call) -> str:
    """Return the remedy for a separable convolution: the two layers that it is."""
    arguments = dict(zip(SEPARABLE_ARGUMENTS, call.args, strict=False))
    arguments |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    texts = {}
    for argument, node in arguments.items():
        if argument in SEPARABLE_ARGUMENTS and argument != "data_format":
            try:
                texts[argument] = format_value(_literal(node), 20)
            except CodeError:
                texts[argument] = argument
    dims = name[-2:]
    depthwise = [texts.pop("kernel_size", "kernel_size")]
    filters = texts.pop("filters", "filters")
    depthwise += [f"{argument}={text}" for argument, text in texts.items()]
    return f"Write layers.DepthwiseConv{dims}({', '.join(depthwise)}) and then layers.Conv{dims}({filters}, 1)"


def list_known_layers(convention: str = "") -> str:
    """Return a sentence that lists the supported layers of one convention, or of all.

    Variants with other numbers of axes stand in parentheses.
    """
    families: dict[str, list[str]] = {}
    for name, signature in SIGNATURES.items():
        if signature.convention == convention or not convention:
            families.setdefault(re.sub(r"\d(?=[dD])", "#", name), []).append(name)
    texts = []
    for family in families.values():
        usual = next((name for name in family if "2" in name), family[0])
        others = [name[-2:] for name in family if name != usual and name[-1] in "dD"]
        texts.append(usual + (f" ({', '.join(others)})" if others else ""))
    return "Known are " + ", ".join(texts)


def find_dotted_name(node: ast.AST) -> str:
    """Return a name with its modules."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        raise CodeError(node, "this is not the name of a layer", 'Write one such as "nn.Conv2d(1, 1, 3)"')
    return ".".join([node.id, *reversed(parts)])


def _convert_arguments(signature: LayerSignature, name: str, call: ast.Call, positional: list[ast.expr]) -> SpecKeys:
    """Return the spec keys of a call."""
    arguments = _name_arguments(signature, name, call, positional)
    keys: SpecKeys = {"op": signature.op}
    if LAYERS[signature.op].has_parameter("convention"):
        keys |= {"convention": signature.convention}
    keys |= signature.defaults
    dims = _count_axes(signature, arguments)
    for argument, node in arguments.items():
        if argument in signature.ignored:
            continue
        try:
            value = _literal(node)
        except CodeError:
            if argument in CHANNEL_ARGUMENTS:
                continue
            raise
        if argument in signature.fixed:
            allowed, reason = signature.fixed[argument]
            if value not in allowed:
                problem = f"{argument} cannot be {format_value(value)}"
                raise CodeError(node, problem, f"Leave it out: {reason}")
            continue
        if value is None:
            continue  # the same as leaving it out
        key = signature.arguments[argument]
        try:
            converted = {key: value} if isinstance(key, str) else key(value)
        except ValueError as error:
            raise CodeError(node, f"{format_value(value)} is not a valid {argument}", f"Fix it: {error}") from None
        if dims and any(isinstance(entry, list) and len(entry) != dims for entry in converted.values()):
            axes = "1 axis" if dims == 1 else f"{dims} axes"
            problem = f"{argument} = {format_value(value)} does not have one entry per axis: {name} has {axes}"
            raise CodeError(node, problem, "Write one per axis")
        keys |= converted
    for argument in signature.required:
        if argument not in arguments:
            raise CodeError(call, f"{argument} is missing", f"Write {name}(..., {argument}=...)")
    for key in ("kernel", "scale", "factor", *(["output_shape"] if signature.op == "upsample" else [])):
        if dims and type(keys.get(key)) is int:
            keys[key] = [keys[key]] * dims  # a number alone would not give the number of axes
    if "output_shape" in keys and not isinstance(keys.get("padding"), str):
        keys.pop("padding", None)  # ONNX ignores pads then
    elif keys.get("padding") == "valid" and "output_shape" in keys:
        del keys["padding"]
    return keys


def _count_axes(signature: LayerSignature, arguments: Mapping[str, ast.expr]) -> int | None:
    """Return the number of axes, from the layer's name, from torch's mode of an upsampling, or for ONNX from the length
    of its kernel; None if unknown."""
    if signature.op == "upsample" and signature.dims is None and "mode" in arguments:
        mode = _literal(arguments["mode"])
        return UPSAMPLING_AXES.get(mode) if isinstance(mode, str) else None
    if signature.convention != "onnx" or "kernel_shape" not in arguments:
        return signature.dims
    kernel = _literal(arguments["kernel_shape"])
    return len(kernel) if isinstance(kernel, list) else None


def _name_arguments(
    signature: LayerSignature, name: str, call: ast.Call, positional: list[ast.expr]
) -> dict[str, ast.expr]:
    """Return the arguments by name."""
    arguments: dict[str, ast.expr] = {}
    for at, node in enumerate(positional):
        count = len(signature.positional)
        if isinstance(node, ast.Starred) or at >= count:
            remedy = f"{name} takes {count or 'no'} arguments without a name: name it"
            raise CodeError(node, "this argument has no name", remedy)
        arguments[signature.positional[at]] = node
    for keyword in call.keywords:
        argument = keyword.arg
        known = {*signature.positional, *signature.arguments, *signature.fixed, *signature.ignored}
        if argument is None or argument not in known:
            remedy = "Known are " + ", ".join(sorted({*signature.arguments, *signature.fixed}))
            raise CodeError(keyword, f"{name} has no argument {format_value(argument or '**')}", remedy)
        if argument in arguments:
            raise CodeError(keyword, f"{argument} is given twice", "Leave one out")
        arguments[argument] = keyword.value
    return arguments


def _literal(node: ast.expr) -> Any:
    """Return the value of a literal: a number, with or without a sign, a string, a boolean or None, or a list."""
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return value
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [_literal(part) for part in parts]
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=ast.Constant(value=int() | float() as value)):
            return -value if isinstance(sign, ast.USub) else value
    raise CodeError(node, "this is not a literal", "Write it as a number, a word in quotes, or a list of numbers")


def _locate(text: str, node: Any) -> tuple[str, str]:
    """Return the place of a piece of the line in words, and an excerpt with a caret before it."""
    lines = text.split("\n")
    line = min(getattr(node, "lineno", 1), len(lines)) - 1
    # col_offset counts bytes of UTF-8, a column characters
    column = len(lines[line].encode()[: getattr(node, "col_offset", 0)].decode(errors="ignore"))
    place = f"line {line + 1}, column {column + 1}" if len(lines) > 1 else f"column {column + 1}"
    return place, _excerpt(lines[line], column)


def _excerpt(line: str, column: int) -> str:
    start, end = max(column - EXCERPT_BEFORE, 0), column + EXCERPT_AFTER
    head = ("…" if start else "") + line[start:column]
    tail = line[column:end] + ("…" if end < len(line) else "")
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in f"{head}^{tail}")
