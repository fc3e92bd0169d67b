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
from typing import Any, NamedTuple, TypeVar

from ..errors import Problem, SpecError, format_value
from ..layers.registry import LAYERS
from .signatures import (
    ALIASES,
    CHANNEL_ARGUMENTS,
    MODULE_PREFIXES,
    SEPARABLE_ARGUMENTS,
    SEPARABLE_LAYERS,
    SIGNATURES,
    LayerSignature,
    SpecKeys,
)

MAX_CHARACTERS, MAX_NESTING = 2000, 20
"""Limits of a line: its characters, and its brackets within brackets."""

EXCERPT_BEFORE, EXCERPT_AFTER = 24, 30
"""Characters of an excerpt on either side of the error."""


class _CodeError(Exception):
    """A problem with a piece of the line, and the remedy."""

    def __init__(self, node: ast.AST, problem: str, remedy: str):
        super().__init__(problem)
        self.node, self.problem, self.remedy = node, problem, remedy


NODE_FUNCTIONS = ("make_node", "helper.make_node", "onnx.helper.make_node")

SEQUENTIAL = "Sequential"
"""The container of layers one after another, in PyTorch and in Keras."""

ELEMENTWISE_LAYERS = (
    r"\w*ReLU\w*|\w*ELU|\w*GELU|SiLU|Mish|Tanh|Hardtanh|\w*[Ss]igmoid|\w*[Ss]wish|\w*Softmax\w*|Soft(plus|sign|shrink)"
    r"|Identity|Activation|Rescaling|InputLayer|Input|\w*Dropout\w*|\w*Norm([123]d)?|\w*Normalization"
)
"""The names of layers that leave each number in its place, and so have no tiles of their own."""


def parse_layer(text: Any) -> SpecKeys:
    """Return the keys of a spec's section [layer] that a line of code sets; all but `input`.

    Raises SpecError, at `layer.code`, with the column and an excerpt with a caret before the error.

    >>> parse_layer("nn.Conv2d(1, 8, kernel_size=3, padding=1)")["kernel"]
    [3, 3]
    """
    return parse_code(text, lambda _, call: _parse_call(call))


def split_sequential(text: Any) -> list[str]:
    """Return the code of each layer of a Sequential, except element-wise layers; for a single layer, its own code.

    Raises SpecError as `parse_layer` does.

    >>> split_sequential("nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2))")
    ['nn.Conv2d(1, 8, 3)', 'nn.MaxPool2d(2)']
    """
    return [part.code for part in split_parts(text)]


class SequentialPart(NamedTuple):
    """A layer of a Sequential, as code, and the element-wise layers beside it.

    before: element-wise layers before the first layer
    after:  element-wise layers between this layer and the next
    """

    code: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def split_parts(text: Any) -> list[SequentialPart]:
    """Return the layers of a Sequential with the element-wise layers beside each. Raises SpecError.

    >>> split_parts("nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU())")
    [SequentialPart(code='nn.Conv2d(1, 8, 3)', before=(), after=('nn.ReLU()',))]
    """
    return parse_code(text, _split)


def _split(text: str, call: ast.Call) -> list[SequentialPart]:
    if find_dotted_name(call.func).rpartition(".")[2] != SEQUENTIAL:
        return [SequentialPart(text)]
    layers = call.args
    if len(layers) == 1 and isinstance(layers[0], (ast.List, ast.Tuple)):
        layers = layers[0].elts  # Keras takes a list
    parts: list[SequentialPart] = []
    before: tuple[str, ...] = ()
    for layer in layers:
        if not isinstance(layer, ast.Call):
            raise _CodeError(layer, "this is not a layer", 'Write calls, such as "nn.Conv2d(1, 1, 3)"')
        code = ast.get_source_segment(text, layer) or ""
        if not re.fullmatch(ELEMENTWISE_LAYERS, find_dotted_name(layer.func).rpartition(".")[2]):
            parts.append(SequentialPart(code, () if parts else before))
        elif parts:
            parts[-1] = parts[-1]._replace(after=(*parts[-1].after, code))
        else:
            before = (*before, code)
    if not parts:
        raise _CodeError(call, "there is no layer that can be shown", _list_known())
    return parts


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
    text = text.strip().rstrip(",;")
    _check_depth(text)
    try:
        return use(text, _find_call(text))
    except _CodeError as error:
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
        raise _CodeError(extra, "this is not one layer", 'Write one layer, such as "nn.Conv2d(1, 1, 3)"')
    value = body[0].value
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Call):
        value = value.func  # a Keras layer that is called at once
    if not isinstance(value, ast.Call):
        raise _CodeError(value or body[0], "this is not a layer", 'Write a call, such as "nn.Conv2d(1, 1, 3)"')
    return value


def _parse_call(call: ast.Call) -> SpecKeys:
    path = find_dotted_name(call.func)
    positional = list(call.args)
    if path in NODE_FUNCTIONS:
        if not positional:
            raise _CodeError(call, "the node's kind is missing", 'Begin with it: make_node("Conv", ...)')
        kind, positional = positional[0], []
        name = kind.value if isinstance(kind, ast.Constant) else None
        signature = SIGNATURES.get(name) if isinstance(name, str) else None
        if signature is None or signature.convention != "onnx":
            raise _CodeError(kind, "this node is not supported", _list_known("onnx"))
    else:
        module, _, name = path.rpartition(".")
        name = ALIASES.get(name, name)
        signature = SIGNATURES.get(name)
        if name in SEPARABLE_LAYERS:
            raise _CodeError(call.func, f"{name} is two layers in one", _write_separately(name, call))
        if signature is None:
            raise _CodeError(call.func, "this layer is not supported", _list_known())
        prefixes = MODULE_PREFIXES[signature.convention]
        if module not in prefixes:
            problem = f"{name} does not belong to {format_value(module)}"
            raise _CodeError(call.func, problem, f"Write {prefixes[1]}.{name}")
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
            except _CodeError:
                texts[argument] = argument
    dims = name[-2:]
    depthwise = [texts.pop("kernel_size", "kernel_size")]
    filters = texts.pop("filters", "filters")
    depthwise += [f"{argument}={text}" for argument, text in texts.items()]
    return f"Write layers.DepthwiseConv{dims}({', '.join(depthwise)}) and then layers.Conv{dims}({filters}, 1)"


def _list_known(convention: str = "") -> str:
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
        raise _CodeError(node, "this is not the name of a layer", 'Write one such as "nn.Conv2d(1, 1, 3)"')
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
        except _CodeError:
            if argument in CHANNEL_ARGUMENTS:
                continue
            raise
        if argument in signature.fixed:
            allowed, reason = signature.fixed[argument]
            if value not in allowed:
                problem = f"{argument} cannot be {format_value(value)}"
                raise _CodeError(node, problem, f"Leave it out: {reason}")
            continue
        if value is None:
            continue  # the same as leaving it out
        key = signature.arguments[argument]
        try:
            converted = {key: value} if isinstance(key, str) else key(value)
        except ValueError as error:
            raise _CodeError(node, f"{format_value(value)} is not a valid {argument}", f"Fix it: {error}") from None
        if dims and any(isinstance(entry, list) and len(entry) != dims for entry in converted.values()):
            axes = "1 axis" if dims == 1 else f"{dims} axes"
            problem = f"{argument} = {format_value(value)} does not have one entry per axis: {name} has {axes}"
            raise _CodeError(node, problem, "Write one per axis")
        keys |= converted
    for argument in signature.required:
        if argument not in arguments:
            raise _CodeError(call, f"{argument} is missing", f"Write {name}(..., {argument}=...)")
    for key in ("kernel", "scale", "factor"):
        if signature.dims and type(keys.get(key)) is int:
            keys[key] = [keys[key]] * signature.dims  # a number alone would not give the number of axes
    if "output_shape" in keys and not isinstance(keys.get("padding"), str):
        keys.pop("padding", None)  # ONNX ignores pads then
    elif keys.get("padding") == "valid" and "output_shape" in keys:
        del keys["padding"]
    return keys


def _count_axes(signature: LayerSignature, arguments: Mapping[str, ast.expr]) -> int | None:
    """Return the number of axes, from the layer's name, or for ONNX from the length of its kernel; None if unknown."""
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
            raise _CodeError(node, "this argument has no name", remedy)
        arguments[signature.positional[at]] = node
    for keyword in call.keywords:
        argument = keyword.arg
        known = {*signature.positional, *signature.arguments, *signature.fixed, *signature.ignored}
        if argument is None or argument not in known:
            remedy = "Known are " + ", ".join(sorted({*signature.arguments, *signature.fixed}))
            raise _CodeError(keyword, f"{name} has no argument {format_value(argument or '**')}", remedy)
        if argument in arguments:
            raise _CodeError(keyword, f"{argument} is given twice", "Leave one out")
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
    raise _CodeError(node, "this is not a literal", "Write it as a number, a word in quotes, or a list of numbers")


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
