# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers as people write them: a line of PyTorch, Keras or ONNX becomes the keys of a spec.

The line is parsed and never run: of its arguments those that matter are read if they are plain numbers, words, lists
or tuples. What has no bearing on which cell reads which (channels, biases, names, ...) is left out, whatever it is.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import Problem, SpecError, shown

LONGEST, DEEPEST = 2000, 20
"""Characters of a line, and brackets within brackets, that are read."""

BEFORE, AFTER = 24, 30
"""Characters of an excerpt on either side of what is wrong."""

Keys = dict[str, Any]
Readers = Mapping[str, str | Callable[[Any], Keys]]
"""What arguments become: a key of a spec, or by a function that raises ValueError where a value cannot be."""


class _Wrong(Exception):
    """What is wrong with a piece of the line, and the remedy."""

    def __init__(self, node: ast.AST, what: str, remedy: str):
        super().__init__(what)
        self.node, self.what, self.remedy = node, what, remedy


@dataclass(frozen=True)
class Form:
    """How a framework writes a layer.

    op:         the operation, by its name in a spec
    convention: whose words it uses
    positions:  the arguments that may be given without a name, in order
    keys:       of arguments those that matter, and the key of a spec that they are, or how they become keys
    defaults:   keys of a spec that hold where no argument says otherwise
    needs:      arguments that there must be
    fixed:      arguments that can only have one value here, and the reason
    """

    op: str
    convention: str
    positions: tuple[str, ...]
    keys: Readers
    needs: tuple[str, ...]
    defaults: Mapping[str, Any]
    fixed: Mapping[str, tuple[tuple[Any, ...], str]]
    ignored: tuple[str, ...]


def _pads(value: Any) -> Keys:
    """ONNX' pads: all beginnings, then all ends."""
    if not isinstance(value, (list, tuple)) or len(value) != 4:
        raise ValueError("pads of two axes are four numbers: [y begin, x begin, y end, x end]")
    return {"padding": [[value[0], value[2]], [value[1], value[3]]]}


def _auto_pad(value: Any) -> Keys:
    words: dict[Any, Keys] = {"NOTSET": {}, "VALID": {"padding": "valid"}}
    words |= {word: {"padding": word.lower()} for word in ("SAME_UPPER", "SAME_LOWER")}
    if not isinstance(value, str) or value not in words:
        raise ValueError("auto_pad is NOTSET, SAME_UPPER, SAME_LOWER or VALID")
    return words[value]


def _keras_padding(value: Any) -> Keys:
    if not isinstance(value, str) or value.lower() not in ("valid", "same"):
        raise ValueError('the padding of a Keras layer in two dimensions is "valid" or "same"')
    return {"padding": value.lower()}


def _torch_padding(value: Any) -> Keys:
    if isinstance(value, str) and value not in ("valid", "same"):
        raise ValueError('write a number, one per axis, "valid" or "same"')
    return {"padding": value}


def _torch_numbers(value: Any) -> Keys:
    if isinstance(value, str):
        raise ValueError("write a number, or one per axis")
    return {"padding": value}


def _torch_scale(value: Any) -> Keys:
    """torch's scale_factor may be a float, of which only whole ones repeat each cell as often."""
    factors = list(value) if isinstance(value, (list, tuple)) else [value]
    if any(isinstance(factor, float) and not factor.is_integer() for factor in factors):
        raise ValueError("only a whole scale_factor repeats each cell as often as the others")
    whole = [int(factor) if isinstance(factor, float) else factor for factor in factors]
    return {"scale": whole if isinstance(value, (list, tuple)) else whole[0]}


def _flag(key: str) -> Callable[[Any], Keys]:
    """ONNX' 0 and 1."""

    def read(value: Any) -> Keys:
        if value not in (0, 1):
            raise ValueError(f"{key} is 0 or 1")
        return {key: bool(value)}

    return read


def _same(*names: str) -> Readers:
    return {name: name for name in names}


_TORCH: Readers = {"kernel_size": "kernel", "padding": _torch_numbers, **_same("stride", "dilation")}
_TORCH_CONV = ("in_channels", "out_channels", "kernel_size", "stride", "padding")
_TORCH_IGNORED = ("in_channels", "out_channels", "groups", "bias", "device", "dtype")
_KERAS: Readers = {"strides": "stride", "padding": _keras_padding}
_KERAS_IGNORED = (
    *("filters", "data_format", "groups", "activation", "use_bias", "name", "trainable", "dtype", "input_shape"),
    *(f"{of}_{what}" for of in ("kernel", "bias") for what in ("initializer", "regularizer", "constraint")),
    "activity_regularizer",
)
_ONNX: Readers = {
    "kernel_shape": "kernel",
    "strides": "stride",
    "dilations": "dilation",
    "pads": _pads,
    "auto_pad": _auto_pad,
}
_ONNX_IGNORED = ("group", "storage_order", "name", "doc_string", "domain", "inputs", "outputs")


def _form(
    op: str,
    convention: str,
    positions: str,
    keys: Readers,
    needs: str,
    ignored: Any,
    defaults: Mapping[str, Any] | None = None,
    **fixed: tuple[tuple[Any, ...], str],
) -> Form:
    return Form(
        op, convention, tuple(positions.split()), keys, tuple(needs.split()), defaults or {}, fixed, tuple(ignored)
    )


_NO_DILATION = ((1, [1], (1,), (1, 1), [1, 1]), "average pooling has no dilation here")
_NEAREST = (("nearest", "nearest-exact"), "only nearest upsampling copies cells")

FORMS = {
    "Conv2d": _form(
        "conv", "pytorch", " ".join(_TORCH_CONV) + " dilation groups bias padding_mode device dtype",
        {**_TORCH, "padding": _torch_padding, **_same("padding_mode")}, "kernel_size", _TORCH_IGNORED,
    ),
    "ConvTranspose2d": _form(
        "conv_transpose", "pytorch",
        " ".join(_TORCH_CONV) + " output_padding groups bias dilation padding_mode device dtype",
        {**_TORCH, **_same("output_padding")}, "kernel_size", _TORCH_IGNORED,
        padding_mode=(("zeros",), "a transposed convolution has no other"),
    ),
    "MaxPool2d": _form(
        "max_pool", "pytorch", "kernel_size stride padding dilation return_indices ceil_mode",
        {**_TORCH, **_same("ceil_mode")}, "kernel_size", ["return_indices"],
    ),
    "AvgPool2d": _form(
        "avg_pool", "pytorch", "kernel_size stride padding ceil_mode count_include_pad divisor_override",
        {"kernel_size": "kernel", "padding": _torch_numbers, **_same("stride", "ceil_mode", "count_include_pad")},
        "kernel_size", [],
        divisor_override=((None,), "the divisor is what counts"),
    ),
    "Upsample": _form(
        "upsample", "pytorch", "size scale_factor mode align_corners", {"scale_factor": _torch_scale}, "scale_factor",
        ["align_corners", "recompute_scale_factor"],
        size=((None,), "give the scale_factor, and the input beside the line"), mode=_NEAREST,
    ),
    "UpsamplingNearest2d": _form(
        "upsample", "pytorch", "size scale_factor", {"scale_factor": _torch_scale}, "scale_factor", [],
        size=((None,), "give the scale_factor, and the input beside the line"),
    ),
    "Conv2D": _form(
        "conv", "keras", "filters kernel_size strides padding data_format dilation_rate groups activation",
        {"kernel_size": "kernel", "dilation_rate": "dilation", **_KERAS}, "kernel_size", _KERAS_IGNORED,
        {"padding": "valid"},
    ),
    "Conv2DTranspose": _form(
        "conv_transpose", "keras", "filters kernel_size strides padding output_padding data_format dilation_rate",
        {"kernel_size": "kernel", "dilation_rate": "dilation", "output_padding": "output_padding", **_KERAS},
        "kernel_size", _KERAS_IGNORED, {"padding": "valid"},
    ),
    "MaxPooling2D": _form(
        "max_pool", "keras", "pool_size strides padding data_format", {"pool_size": "kernel", **_KERAS}, "",
        _KERAS_IGNORED, {"kernel": 2, "padding": "valid"},
    ),
    "AveragePooling2D": _form(
        "avg_pool", "keras", "pool_size strides padding data_format", {"pool_size": "kernel", **_KERAS}, "",
        _KERAS_IGNORED, {"kernel": 2, "padding": "valid"},
    ),
    "UpSampling2D": _form(
        "upsample", "keras", "size data_format interpolation", {"size": "scale"}, "", _KERAS_IGNORED, {"scale": 2},
        interpolation=_NEAREST,
    ),
    "Conv": _form("conv", "onnx", "", _ONNX, "kernel_shape", _ONNX_IGNORED),
    "ConvTranspose": _form(
        "conv_transpose", "onnx", "", {**_ONNX, **_same("output_padding", "output_shape")}, "kernel_shape",
        _ONNX_IGNORED,
    ),
    "MaxPool": _form(
        "max_pool", "onnx", "", {**_ONNX, "ceil_mode": _flag("ceil_mode")}, "kernel_shape", _ONNX_IGNORED,
        {"stride": 1},
    ),
    "AveragePool": _form(
        "avg_pool", "onnx", "",
        {**{name: key for name, key in _ONNX.items() if name != "dilations"},
         "ceil_mode": _flag("ceil_mode"), "count_include_pad": _flag("count_include_pad")},
        "kernel_shape", _ONNX_IGNORED, {"stride": 1}, dilations=_NO_DILATION,
    ),
}  # fmt: skip
"""The layers that are understood, by the names that the frameworks give them."""

SAME_AS = {
    "MaxPool2D": "MaxPooling2D",
    "AvgPool2D": "AveragePooling2D",
    "Convolution2D": "Conv2D",
    "Convolution2DTranspose": "Conv2DTranspose",
}
"""Keras' other names."""

MODULES = {
    "pytorch": ("", "nn", "torch.nn"),
    "keras": ("", "layers", "keras.layers", "tf.keras.layers", "tensorflow.keras.layers"),
    "onnx": ("", "onnx"),
}
NODES = ("make_node", "helper.make_node", "onnx.helper.make_node")


def read(text: Any) -> Keys:
    """The keys of a spec's section [layer] that a line of a framework's code says; all but `input`.

    Raises SpecError, at `layer.code`, which tells the column and shows the place with a caret before it.
    """
    if not isinstance(text, str):
        raise _refused(f"{shown(text)} is not text", 'Write a line of code in quotes, such as "nn.Conv2d(1, 1, 3)"')
    if len(text) > LONGEST:
        raise _refused(f"{shown(text)} has {len(text):,} characters", f"Write one layer, in at most {LONGEST:,}")
    text = text.strip().rstrip(",;")
    _check_depth(text)
    try:
        return _read(_call(text))
    except _Wrong as wrong:
        where, excerpt = _place(text, wrong.node)
        raise _refused(f"{where}: {wrong.what}: {excerpt}", wrong.remedy) from None


def _refused(what: str, remedy: str) -> SpecError:
    return SpecError([Problem("layer.code", what, remedy)])


def _check_depth(text: str) -> None:
    """A parser may run out of stack on what is nested too deep."""
    depth = 0
    for at, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth > DEEPEST:
            what = f"column {at + 1}: nested deeper than {DEEPEST} brackets: {_excerpt(text, at)}"
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
            f"{shown(text)} cannot be read as Python", 'Write a layer such as "nn.Conv2d(1, 1, 3)"'
        ) from None
    if len(body) != 1 or not isinstance(body[0], (ast.Expr, ast.Assign, ast.AnnAssign)):
        extra = body[1] if len(body) > 1 else body[0] if body else ast.Module([], [])
        raise _Wrong(extra, "this is not one layer", 'Write one layer alone, such as "nn.Conv2d(1, 1, 3)"')
    value = body[0].value
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Call):
        value = value.func  # a Keras layer that is called at once
    if not isinstance(value, ast.Call):
        raise _Wrong(value or body[0], "this is no layer", 'Write a call, such as "nn.Conv2d(1, 1, 3)"')
    return value


def _read(call: ast.Call) -> Keys:
    path = _dotted(call.func)
    positional = list(call.args)
    if path in NODES:
        if not positional:
            raise _Wrong(call, "the node's kind is missing", 'Begin with it: make_node("Conv", ...)')
        kind, positional = positional[0], []
        name = kind.value if isinstance(kind, ast.Constant) else None
        form = FORMS.get(name) if isinstance(name, str) else None
        if form is None or form.convention != "onnx":
            raise _Wrong(kind, "this is no node that is understood", _known("onnx"))
    else:
        module, _, name = path.rpartition(".")
        name = SAME_AS.get(name, name)
        form = FORMS.get(name)
        if form is None or module not in MODULES[form.convention]:
            raise _Wrong(call.func, "this is no layer that is understood", _known())
    return _keys(form, str(name), call, positional)


def _known(convention: str = "") -> str:
    names = [name for name, form in FORMS.items() if form.convention == convention or not convention]
    return "Known are " + ", ".join(names)


def _dotted(node: ast.AST) -> str:
    """A name with its modules."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        raise _Wrong(node, "this is no layer's name", 'Write one such as "nn.Conv2d(1, 1, 3)"')
    return ".".join([node.id, *reversed(parts)])


def _keys(form: Form, name: str, call: ast.Call, positional: list[ast.expr]) -> Keys:
    given = _arguments(form, name, call, positional)
    found: Keys = {"op": form.op}
    if form.op != "upsample":
        found |= {"convention": form.convention}
    found |= form.defaults
    for argument, node in given.items():
        if argument in form.ignored:
            continue
        value = _literal(node)
        if argument in form.fixed:
            allowed, reason = form.fixed[argument]
            if value not in allowed:
                raise _Wrong(node, f"{argument} cannot be {shown(value)}", f"Leave it out: {reason}")
            continue
        if value is None:
            continue  # as if it were left out
        key = form.keys[argument]
        try:
            found |= {key: value} if isinstance(key, str) else key(value)
        except ValueError as error:
            raise _Wrong(node, f"{shown(value)} is no {argument}", f"Mend it: {error}") from None
    for argument in form.needs:
        if argument not in given:
            raise _Wrong(call, f"{argument} is missing", f"Write {name}(..., {argument}=...)")
    if "output_shape" in found and not isinstance(found.get("padding"), str):
        found.pop("padding", None)  # ONNX ignores pads then
    elif found.get("padding") == "valid" and "output_shape" in found:
        del found["padding"]
    return found


def _arguments(form: Form, name: str, call: ast.Call, positional: list[ast.expr]) -> dict[str, ast.expr]:
    """The arguments by their names."""
    given: dict[str, ast.expr] = {}
    for at, node in enumerate(positional):
        if isinstance(node, ast.Starred) or at >= len(form.positions):
            most = len(form.positions)
            raise _Wrong(node, "this argument has no name", f"{name} takes {most or 'none'} without one: name it")
        given[form.positions[at]] = node
    for keyword in call.keywords:
        argument = keyword.arg
        known = {*form.positions, *form.keys, *form.fixed, *form.ignored}
        if argument is None or argument not in known:
            remedy = "Known are " + ", ".join(sorted({*form.keys, *form.fixed}))
            raise _Wrong(keyword, f"{name} has no argument {shown(argument or '**')}", remedy)
        if argument in given:
            raise _Wrong(keyword, f"{argument} is given twice", "Leave one out")
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
    raise _Wrong(node, "this is not written out", "Write it as a number, a word in quotes, or a list of numbers")


def _place(text: str, node: Any) -> tuple[str, str]:
    """Where a piece of the line stands, in words, and an excerpt with a caret before it."""
    lines = text.split("\n")
    line = min(getattr(node, "lineno", 1), len(lines)) - 1
    # Python counts bytes
    column = len(lines[line].encode()[: getattr(node, "col_offset", 0)].decode(errors="ignore"))
    where = f"line {line + 1}, column {column + 1}" if len(lines) > 1 else f"column {column + 1}"
    return where, _excerpt(lines[line], column)


def _excerpt(line: str, column: int) -> str:
    start, end = max(column - BEFORE, 0), column + AFTER
    head = ("…" if start else "") + line[start:column]
    tail = line[column:end] + ("…" if end < len(line) else "")
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in f"{head}^{tail}")
