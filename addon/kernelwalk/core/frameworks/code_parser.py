# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers as people write them: a line of PyTorch, Keras or ONNX becomes the keys of a spec.

The line is parsed and never run: of its arguments those that matter are read if they are plain numbers, words, lists
or tuples. What has no bearing on which cell reads which (biases, names, ...) is left out, whatever it is, and so is a
number of channels that is not written out.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ..errors import Problem, SpecError, format_value
from .signatures import (
    ALIASES,
    CHANNEL_ARGUMENTS,
    CONVENTION_FREE,
    MODULE_PREFIXES,
    SEPARABLE_ARGUMENTS,
    SEPARABLE_LAYERS,
    SIGNATURES,
    LayerSignature,
    SpecKeys,
)

MAX_CHARACTERS, MAX_NESTING = 2000, 20
"""Characters of a line, and brackets within brackets, that are read."""

EXCERPT_BEFORE, EXCERPT_AFTER = 24, 30
"""Characters of an excerpt on either side of what is wrong."""


class _CodeError(Exception):
    """What is wrong with a piece of the line, and the remedy."""

    def __init__(self, node: ast.AST, what: str, remedy: str):
        super().__init__(what)
        self.node, self.what, self.remedy = node, what, remedy


NODE_FUNCTIONS = ("make_node", "helper.make_node", "onnx.helper.make_node")


SEQUENTIAL = "Sequential"
"""The last name of what holds layers one after another, in PyTorch and in Keras."""

ELEMENTWISE_LAYERS = (
    r"\w*ReLU\w*|\w*ELU|\w*GELU|SiLU|Mish|Tanh|Hardtanh|\w*[Ss]igmoid|\w*[Ss]wish|\w*Softmax\w*|Soft(plus|sign|shrink)"
    r"|Identity|Activation|Rescaling|InputLayer|Input|\w*Dropout\w*|\w*Norm([123]d)?|\w*Normalization"
)
"""The names of layers that leave each number where it is, and so have no tiles of their own."""


def parse_layer(text: Any) -> SpecKeys:
    """The keys of a spec's section [layer] that a line of a framework's code says; all but `input`.

    Raises SpecError, at `layer.code`, which tells the column and shows the place with a caret before it.
    """
    return _parsed(text, lambda _, call: _read(call))


def split_sequential(text: Any) -> list[str]:
    """The code of each layer of a Sequential, but of those that leave each number where it is; of one layer its own.

    Raises SpecError as `read` does.
    """
    return _parsed(text, _parts)


def _parts(text: str, call: ast.Call) -> list[str]:
    if _dotted(call.func).rpartition(".")[2] != SEQUENTIAL:
        return [text]
    layers = call.args
    if len(layers) == 1 and isinstance(layers[0], (ast.List, ast.Tuple)):
        layers = layers[0].elts  # as Keras has it
    found = []
    for layer in layers:
        if not isinstance(layer, ast.Call):
            raise _CodeError(layer, "this is no layer", 'Write calls, such as "nn.Conv2d(1, 1, 3)"')
        if not re.fullmatch(ELEMENTWISE_LAYERS, _dotted(layer.func).rpartition(".")[2]):
            found.append(ast.get_source_segment(text, layer) or "")
    if not found:
        raise _CodeError(call, "there is no layer that is shown", _known())
    return found


Read = TypeVar("Read")


def _parsed(text: Any, read: Callable[[str, ast.Call], Read]) -> Read:
    """What `read` makes of the call that a line of code is."""
    if not isinstance(text, str):
        raise _refused(
            f"{format_value(text)} is not text", 'Write a line of code in quotes, such as "nn.Conv2d(1, 1, 3)"'
        )
    if len(text) > MAX_CHARACTERS:
        raise _refused(f"{format_value(text)} has {len(text):,} characters", f"Write at most {MAX_CHARACTERS:,}")
    text = text.strip().rstrip(",;")
    _check_depth(text)
    try:
        return read(text, _call(text))
    except _CodeError as wrong:
        where, excerpt = _place(text, wrong.node)
        raise _refused(f"{where}: {wrong.what}: {excerpt}", wrong.remedy) from None


def merge_keys(coded: SpecKeys, given: Mapping[str, Any]) -> SpecKeys:
    """The keys of a line of code with those that are given beside it, which go before: a number there is of as many
    axes as what it stands for."""
    found = {**coded, **given}
    for key in given.keys() & coded.keys():
        said = coded[key]
        if type(given[key]) is int and isinstance(said, list):
            found[key] = [given[key]] * len(said)
    return found


def _refused(what: str, remedy: str) -> SpecError:
    return SpecError([Problem("layer.code", what, remedy)])


def _check_depth(text: str) -> None:
    """A parser may run out of stack on what is nested too deep."""
    depth = 0
    for at, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth > MAX_NESTING:
            what = f"column {at + 1}: nested deeper than {MAX_NESTING} brackets: {_excerpt(text, at)}"
            raise _refused(what, "Write one layer")


def _call(text: str) -> ast.Call:
    """The call that makes the layer, in `name = call(...)` and `call(...)(x)` too."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's own on what is oddly written
            body = ast.parse(text).body
    except SyntaxError as error:
        lines = text.split("\n")
        line = min(max(error.lineno or 1, 1), max(len(lines), 1)) - 1
        column = min(max((error.offset or 1) - 1, 0), len(lines[line]))
        where = f"line {line + 1}, column {column + 1}" if len(lines) > 1 else f"column {column + 1}"
        what = f"{where}: this is no line of Python: {_excerpt(lines[line], column)}"
        raise _refused(what, 'Write a layer such as "nn.Conv2d(1, 1, 3)"') from None
    except (ValueError, MemoryError, RecursionError):  # a NUL, or operators by the hundred
        raise _refused(
            f"{format_value(text)} cannot be read as Python", 'Write a layer such as "nn.Conv2d(1, 1, 3)"'
        ) from None
    if len(body) != 1 or not isinstance(body[0], (ast.Expr, ast.Assign, ast.AnnAssign)):
        extra = body[1] if len(body) > 1 else body[0] if body else ast.Module([], [])
        raise _CodeError(extra, "this is not one layer", 'Write one layer alone, such as "nn.Conv2d(1, 1, 3)"')
    value = body[0].value
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Call):
        value = value.func  # a Keras layer that is called at once
    if not isinstance(value, ast.Call):
        raise _CodeError(value or body[0], "this is no layer", 'Write a call, such as "nn.Conv2d(1, 1, 3)"')
    return value


def _read(call: ast.Call) -> SpecKeys:
    path = _dotted(call.func)
    positional = list(call.args)
    if path in NODE_FUNCTIONS:
        if not positional:
            raise _CodeError(call, "the node's kind is missing", 'Begin with it: make_node("Conv", ...)')
        kind, positional = positional[0], []
        name = kind.value if isinstance(kind, ast.Constant) else None
        form = SIGNATURES.get(name) if isinstance(name, str) else None
        if form is None or form.convention != "onnx":
            raise _CodeError(kind, "this is no node that is understood", _known("onnx"))
    else:
        module, _, name = path.rpartition(".")
        name = ALIASES.get(name, name)
        form = SIGNATURES.get(name)
        if name in SEPARABLE_LAYERS:
            raise _CodeError(call.func, f"{name} is two layers in one", _apart(name, call))
        if form is None:
            raise _CodeError(call.func, "this is no layer that is understood", _known())
        if module not in MODULE_PREFIXES[form.convention]:
            raise _CodeError(
                call.func,
                f"{name} is not of {format_value(module)}",
                f"Write {MODULE_PREFIXES[form.convention][1]}.{name}",
            )
    return _keys(form, str(name), call, positional)


def _apart(name: str, call: ast.Call) -> str:
    """How a separable convolution is written as the two layers that it is."""
    given = dict(zip(SEPARABLE_ARGUMENTS, call.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    texts = {}
    for argument, node in given.items():
        if argument in SEPARABLE_ARGUMENTS and argument != "data_format":
            try:
                texts[argument] = format_value(_literal(node), 20)
            except _CodeError:
                texts[argument] = argument
    dims = name[-2:]
    first = [texts.pop("kernel_size", "kernel_size")]
    filters = texts.pop("filters", "filters")
    first += [f"{argument}={text}" for argument, text in texts.items()]
    return f"Write layers.DepthwiseConv{dims}({', '.join(first)}) and then layers.Conv{dims}({filters}, 1)"


def _known(convention: str = "") -> str:
    """The layers of a convention, or all, each once: of its other numbers of axes only the number is told."""
    names: dict[str, list[str]] = {}
    for name, form in SIGNATURES.items():
        if form.convention == convention or not convention:
            names.setdefault(re.sub(r"\d(?=[dD])", "#", name), []).append(name)
    told = []
    for family in names.values():
        usual = next((name for name in family if "2" in name), family[0])
        others = [name[-2:] for name in family if name != usual and name[-1] in "dD"]
        told.append(usual + (f" ({', '.join(others)})" if others else ""))
    return "Known are " + ", ".join(told)


def _dotted(node: ast.AST) -> str:
    """A name with its modules."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        raise _CodeError(node, "this is no layer's name", 'Write one such as "nn.Conv2d(1, 1, 3)"')
    return ".".join([node.id, *reversed(parts)])


def _keys(form: LayerSignature, name: str, call: ast.Call, positional: list[ast.expr]) -> SpecKeys:
    given = _arguments(form, name, call, positional)
    found: SpecKeys = {"op": form.op}
    if form.op not in CONVENTION_FREE:
        found |= {"convention": form.convention}
    found |= form.defaults
    dims = _dims(form, given)
    for argument, node in given.items():
        if argument in form.ignored:
            continue
        try:
            value = _literal(node)
        except _CodeError:
            if argument in CHANNEL_ARGUMENTS:
                continue
            raise
        if argument in form.fixed:
            allowed, reason = form.fixed[argument]
            if value not in allowed:
                raise _CodeError(node, f"{argument} cannot be {format_value(value)}", f"Leave it out: {reason}")
            continue
        if value is None:
            continue  # as if it were left out
        key = form.arguments[argument]
        try:
            said = {key: value} if isinstance(key, str) else key(value)
        except ValueError as error:
            raise _CodeError(node, f"{format_value(value)} is no {argument}", f"Mend it: {error}") from None
        if dims and any(isinstance(each, list) and len(each) != dims for each in said.values()):
            axes = "1 axis" if dims == 1 else f"{dims} axes"
            raise _CodeError(
                node, f"{argument} = {format_value(value)} is not for {axes}, which {name} has", "Write one per axis"
            )
        found |= said
    for argument in form.required:
        if argument not in given:
            raise _CodeError(call, f"{argument} is missing", f"Write {name}(..., {argument}=...)")
    for key in ("kernel", "scale", "factor"):
        if form.dims and type(found.get(key)) is int:
            found[key] = [found[key]] * form.dims  # a number alone would not say how many axes there are
    if "output_shape" in found and not isinstance(found.get("padding"), str):
        found.pop("padding", None)  # ONNX ignores pads then
    elif found.get("padding") == "valid" and "output_shape" in found:
        del found["padding"]
    return found


def _dims(form: LayerSignature, given: Mapping[str, ast.expr]) -> int | None:
    """How many axes the layer has, where it says so by its name, or as ONNX does by the length of its kernel."""
    if form.convention != "onnx" or "kernel_shape" not in given:
        return form.dims
    kernel = _literal(given["kernel_shape"])
    return len(kernel) if isinstance(kernel, list) else None


def _arguments(form: LayerSignature, name: str, call: ast.Call, positional: list[ast.expr]) -> dict[str, ast.expr]:
    """The arguments by their names."""
    given: dict[str, ast.expr] = {}
    for at, node in enumerate(positional):
        if isinstance(node, ast.Starred) or at >= len(form.positional):
            most = len(form.positional)
            raise _CodeError(node, "this argument has no name", f"{name} takes {most or 'none'} without one: name it")
        given[form.positional[at]] = node
    for keyword in call.keywords:
        argument = keyword.arg
        known = {*form.positional, *form.arguments, *form.fixed, *form.ignored}
        if argument is None or argument not in known:
            remedy = "Known are " + ", ".join(sorted({*form.arguments, *form.fixed}))
            raise _CodeError(keyword, f"{name} has no argument {format_value(argument or '**')}", remedy)
        if argument in given:
            raise _CodeError(keyword, f"{argument} is given twice", "Leave one out")
        given[argument] = keyword.value
    return given


def _literal(node: ast.expr) -> Any:
    """A number, word, truth or None, or a list of such; with a sign, too."""
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return value
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [_literal(part) for part in parts]
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=ast.Constant(value=int() | float() as value)):
            return -value if isinstance(sign, ast.USub) else value
    raise _CodeError(node, "this is not written out", "Write it as a number, a word in quotes, or a list of numbers")


def _place(text: str, node: Any) -> tuple[str, str]:
    """Where a piece of the line stands, in words, and an excerpt with a caret before it."""
    lines = text.split("\n")
    line = min(getattr(node, "lineno", 1), len(lines)) - 1
    # Python counts bytes
    column = len(lines[line].encode()[: getattr(node, "col_offset", 0)].decode(errors="ignore"))
    where = f"line {line + 1}, column {column + 1}" if len(lines) > 1 else f"column {column + 1}"
    return where, _excerpt(lines[line], column)


def _excerpt(line: str, column: int) -> str:
    start, end = max(column - EXCERPT_BEFORE, 0), column + EXCERPT_AFTER
    head = ("…" if start else "") + line[start:column]
    tail = line[column:end] + ("…" if end < len(line) else "")
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in f"{head}^{tail}")
