# SPDX-License-Identifier: GPL-3.0-or-later
"""The call that makes a layer in any of the frameworks, as the keys of a spec.

Arguments that matter must be numbers, strings, lists or tuples. Arguments that do not change which cell reads which
(biases, names, ...) are ignored, whatever they are.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from ...errors import format_value
from ...layers.conventions import CONVENTIONS
from ...layers.registry import LAYERS
from ..keras import SEPARABLE_ARGUMENTS, SEPARABLE_LAYERS
from ..known_frameworks import BY_KEY, FRAMEWORKS, KnownFramework, find_layer, list_by_module
from ..layer_signature import LayerSignature, SpecKeys
from ..pytorch import UNPOOLING_LAYERS
from ..upsampling_arguments import UPSAMPLING_AXES
from .code_text import CodeError, find_dotted_name
from .literals import ArrayShape, Names, read_value

SIZED_LAYERS = ("upsample", "adaptive_avg_pool", "adaptive_max_pool")
"""Operations whose output_shape gives the number of axes."""

SIZE_KEYS = ("kernel", "stride", "dilation")
"""Spec keys of sizes, with which frameworks calculate further ones."""

NODE_FUNCTIONS = ("make_node", "helper.make_node", "onnx.helper.make_node")


def parse_call(call: ast.Call, names: Names | None = None) -> SpecKeys:
    """Return the spec keys of the call that makes a layer.

    names: values of names in it
    Raises CodeError.
    """
    path = find_dotted_name(call.func)
    positional = list(call.args)
    if path in NODE_FUNCTIONS:
        named = [word.value for word in call.keywords if word.arg == "op_type"]
        if not positional and not named:
            raise CodeError(call, "the node's kind is missing", 'Begin with it: make_node("Conv", ...)')
        kind, positional = (positional or named)[0], []
        name = kind.value if isinstance(kind, ast.Constant) else None
        found = find_layer(f"onnx.{name}") if isinstance(name, str) else None
        if found is None:
            raise CodeError(kind, "this node is not supported", list_known_layers("onnx"))
    else:
        module, _, name = path.rpartition(".")
        if name in SEPARABLE_LAYERS:
            raise CodeError(call.func, f"{name} is two layers in one", _write_separately(name, call))
        if name in UNPOOLING_LAYERS:
            what = f"{name} puts each value where a max pooling of other values found it: that depends on the values"
            raise CodeError(call.func, what, "Show nn.MaxPool2d with [values], which marks these places")
        found = find_layer(path)
        if found is None:
            raise _explain_unknown(call.func, module, name)
    return _convert_arguments(found.signature, found.name, call, positional, names or {})


def find_framework(call: ast.Call) -> str:
    """Return the key of the framework of a call that parse_call takes."""
    path = find_dotted_name(call.func)
    found = None if path in NODE_FUNCTIONS else find_layer(path)
    return found.known.key if found else "onnx"


def _explain_unknown(node: ast.expr, module: str, name: str) -> CodeError:
    """Return the error of a name that is no layer in its module."""
    owners = list_by_module(module) or _list_by_package(module)
    found = (find_layer(f"{owner.modules[0]}.{name}") for owner in owners)
    elsewhere = next((each for each in found if each is not None), None)
    if elsewhere is None and (not owners or list_by_module(module)):
        elsewhere = find_layer(name)
    spellings = (owner.framework.find_spelling(name) for owner in list_by_module(module))
    proposed = [f"{module}.{own}" for own in spellings if own][:1]
    if elsewhere is not None:
        proposed.append(f"{elsewhere.known.modules[0]}.{name}")
    if proposed:
        problem = f"{name} does not belong to {format_value(module)}"
        return CodeError(node, problem, f"Write {' or '.join(proposed)}")
    key = owners[0].key if owners else "keras" if name.endswith("D") else "pytorch"
    return CodeError(node, "this layer is not supported", list_known_layers(key))


def _list_by_package(module: str) -> list[KnownFramework]:
    """Return the frameworks that have layers in other modules of a module's package."""
    package = module.partition(".")[0]
    return [each for each in FRAMEWORKS if package in (name.partition(".")[0] for name in each.modules)]


def _write_separately(name: str, call: ast.Call) -> str:
    """Return the remedy for a separable convolution: the two layers that it is."""
    arguments = dict(zip(SEPARABLE_ARGUMENTS, call.args, strict=False))
    arguments |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    texts = {}
    for argument, node in arguments.items():
        if argument in SEPARABLE_ARGUMENTS and argument != "data_format":
            try:
                texts[argument] = format_value(read_value(node), 20)
            except CodeError:
                texts[argument] = argument
    dims = name[-2:]
    depthwise = [texts.pop("kernel_size", "kernel_size")]
    filters = texts.pop("filters", "filters")
    depthwise += [f"{argument}={text}" for argument, text in texts.items()]
    return f"Write layers.DepthwiseConv{dims}({', '.join(depthwise)}) and then layers.Conv{dims}({filters}, 1)"


def list_known_layers(key: str) -> str:
    """Return a sentence that lists the supported layers of one framework.

    Variants with other numbers of axes stand in parentheses.
    """
    families: dict[str, list[str]] = {}
    has_functions_only = all(name[0].islower() for name in BY_KEY[key].framework.signatures)
    for name in BY_KEY[key].framework.signatures:
        is_usual = not name.startswith("Lazy") and (has_functions_only or not name[0].islower())
        if is_usual:
            families.setdefault(re.sub(r"\d(?=[dD])", "#", name), []).append(name)
    texts = []
    for family in families.values():
        usual = next((name for name in family if "2" in name), family[0])
        others = [name[-2:] for name in family if name != usual and name[-1] in "dD"]
        texts.append(usual + (f" ({', '.join(others)})" if others else ""))
    return "Known are " + ", ".join(texts)


def _convert_arguments(
    signature: LayerSignature, name: str, call: ast.Call, positional: list[ast.expr], names: Names
) -> SpecKeys:
    """Return the spec keys of a call."""
    arguments = _name_arguments(signature, name, call, positional)
    keys: SpecKeys = {"op": signature.op}
    if LAYERS[signature.op].has_parameter("convention"):
        keys |= {"convention": signature.convention}
    keys |= signature.defaults
    dims = _count_axes(signature, arguments, names)
    values: dict[str, Any] = {}
    for argument, node in arguments.items():
        if argument in signature.ignored:
            continue
        value = (
            _read_array(node, names, call, name)
            if argument in signature.arrays
            else _read_plain_value(node, argument, names)
        )
        values[argument] = value
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
        if any(not _is_size(entry) for key, entry in converted.items() if key in SIZE_KEYS):
            problem = f"{format_value(value)} is not a valid {argument}"
            raise CodeError(node, problem, "Write a number, or one per axis")
        if dims and any(isinstance(entry, list) and len(entry) != dims for entry in converted.values()):
            axes = "1 axis" if dims == 1 else f"{dims} axes"
            problem = f"{argument} = {format_value(value)} does not have one entry per axis: {name} has {axes}"
            raise CodeError(node, problem, "Write one per axis")
        keys |= converted
    for argument in signature.required:
        if argument not in arguments or (argument in values and values[argument] is None):
            raise CodeError(
                arguments.get(argument, call), f"{argument} is missing", f"Write {name}(..., {argument}=...)"
            )
    if signature.finish:
        try:
            keys = signature.finish(keys, values)
        except ValueError as error:
            problem, remedy, *names_argument = error.args
            node = next((arguments[each] for each in names_argument if each in arguments), call)
            raise CodeError(node, problem, remedy) from None
    for key in ("kernel", "scale", "factor", *(["output_shape"] if signature.op in SIZED_LAYERS else [])):
        if dims and type(keys.get(key)) in (int, float):
            keys[key] = [keys[key]] * dims  # a number alone would not give the number of axes
    is_derived = LAYERS[signature.op].output_shape_sets_padding
    rules = CONVENTIONS[keys.get("convention", "pytorch")]
    if "output_shape" in keys and is_derived and not rules.shape_sets_output_padding:
        if not isinstance(keys.get("padding"), str) and not rules.shape_keeps_begin:
            keys.pop("padding", None)  # ONNX ignores pads then
        elif keys["padding"] == "valid":
            del keys["padding"]
    return keys


def _is_size(value: Any) -> bool:
    """Return True for a number, or a list of numbers."""
    return all(type(entry) in (int, float) for entry in (value if isinstance(value, list) else [value]))


def _read_plain_value(node: ast.expr, argument: str, names: Names) -> Any:
    """Return the value of an argument that is no array. Raises CodeError."""
    value = read_value(node, names)
    if isinstance(value, ArrayShape):
        raise CodeError(node, f"{argument} cannot be an array", "Write a number, or one per axis")
    return value


def _read_array(node: ast.expr, names: Names, call: ast.Call, name: str) -> ArrayShape:
    """Return the shape of an array that a call is given. Raises CodeError if the code does not have it."""
    try:
        value = read_value(node, names)
    except CodeError:
        value = None
    if isinstance(value, ArrayShape):
        return value
    if isinstance(value, (int, float, list)):
        problem = f"{name} is a function, which takes an array here, not {format_value(value)}"
        raise CodeError(node, problem, _propose_layer(call, name))
    text = ast.unparse(node)[:40]
    remedy = f"Write {text} = zeros((...)) on a line before, with the shape of the weights in numbers"
    raise CodeError(node, f"the shape of the array {text} is unknown", remedy)


def _propose_layer(call: ast.Call, name: str) -> str:
    """Return the remedy for a function that is given a layer's numbers: the layer, if its module has one."""
    owners = list_by_module(find_dotted_name(call.func).rpartition(".")[0] or "nn")
    spellings = [(owner.modules[0], owner.framework.find_spelling(name.replace("_", ""))) for owner in owners]
    layers = [f"{module}.{own}" for module, own in spellings if own not in (None, name)]
    return f"Write {layers[0]}" if layers else "Write an array, such as zeros((...)) with the shape in numbers"


def _count_axes(signature: LayerSignature, arguments: Mapping[str, ast.expr], names: Names) -> int | None:
    """Return the number of axes, from the layer's name, from torch's mode of an upsampling, or from the length of its
    kernel; None if unknown."""
    if signature.op == "upsample" and signature.dims is None and "mode" in arguments:
        mode = read_value(arguments["mode"], names)
        return UPSAMPLING_AXES.get(mode) if isinstance(mode, str) else None
    if signature.dims is not None:
        return signature.dims
    kernels = [node for argument, node in arguments.items() if signature.arguments.get(argument) == "kernel"]
    kernel = read_value(kernels[0], names) if kernels else None
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
