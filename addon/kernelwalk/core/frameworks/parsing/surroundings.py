# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers around those that are drawn: padding, which becomes part of the next layer, inputs, and those left out."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ...errors import format_value
from ..layer_signature import SpecKeys
from .code_text import CodeError
from .literals import Names, read_value

ELEMENTWISE_LAYERS = (
    r"\w*ReLU\w*|\w*ELU|\w*GELU(Tanh)?|SiLU|Mish|Tanh|Hardtanh|\w*[Ss]igmoid|\w*[Ss]wish|\w*Softmax\w*"
    r"|Soft(plus|sign|shrink)|Identity|Activation|Rescaling|\w*Drop(out|Path|Block)\w*|StochasticDepth|GaussianNoise"
    r"|\w*Norm([123]d)?|\w*Normalization|Normalize|LayerScale(2d)?|GlobalResponseNorm"
)
"""Pattern of the names of layers that leave each number in its place, and so have no tiles of their own."""

END_LAYERS = (
    r"Flatten|\w*Linear|InnerProduct|Dense|Reshape|View|Unflatten|Permute|Squeeze|Embedding|LSTM|GRU|RNN|Softmax"
)
"""Pattern of the names of layers in which nothing slides over cells."""

INPUT_LAYERS = ("Input", "InputLayer")

PADDING_LAYERS = r"(Zero|Reflection|Replication|Circular|Constant)Pad([123])d|ZeroPadding([123])D|pad"

MODES: dict[str | None, str] = {
    "Zero": "zeros",
    "Constant": "zeros",
    "Reflection": "reflect",
    "Replication": "replicate",
    None: "zeros",
    "Circular": "circular",
}
FUNCTION_MODES = {"constant": "zeros", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}
"""Padding modes by the names of padding layers, and by those of torch.nn.functional.pad."""

SEPARATELY = "Give the layers before it and those after it, each for itself"

Pairs = list[list[int]]


class PaddingLayer(NamedTuple):
    """A padding before a layer. pairs: cells before and after, per axis."""

    node: ast.Call
    name: str
    pairs: Pairs
    mode: str


def list_arguments(call: ast.Call, names: Names, wanted: Sequence[str]) -> dict[str, Any]:
    """Return those arguments of a call that are wanted, by name. wanted: names of those without one, in order."""
    nodes = dict(zip(wanted, call.args, strict=False))
    nodes |= {word.arg: word.value for word in call.keywords if word.arg and word.arg in wanted}
    return {key: read_value(node, names) for key, node in nodes.items()}


def read_padding(call: ast.Call, name: str, names: Names) -> PaddingLayer:
    """Return a padding layer of PyTorch or Keras, or torch.nn.functional.pad. Raises CodeError."""
    match = re.fullmatch(PADDING_LAYERS, name)
    assert match
    wanted = ("pad", "mode", "value") if name == "pad" else ("padding", "value") if match[2] else ("padding",)
    given = list_arguments(call, names, wanted)
    value = given.get("value")
    if value not in (None, 0):
        what = f"{name} pads with {format_value(value)}, and padding here holds zeros or copies"
        raise CodeError(call, what, "Leave it out, or pad with 0")
    size = given.get("pad", given.get("padding", 1 if match[3] else None))
    mode = FUNCTION_MODES.get(given.get("mode", "constant"), "") if name == "pad" else MODES[match[1]]
    pairs = _read_keras_pairs(size, int(match[3])) if match[3] else _read_torch_pairs(size, match[2])
    if pairs is None or not mode:
        raise CodeError(call, f"the padding of {name} is unknown", "Write a number, or one for each side")
    if min(side for pair in pairs for side in pair) < 0:
        raise CodeError(call, f"{name} crops its input", SEPARATELY)
    return PaddingLayer(call, name, pairs, mode)


def _read_torch_pairs(size: Any, dims: str | None) -> Pairs | None:
    """Return pairs from PyTorch's sides, the last axis first."""
    if type(size) is int and dims:
        return [[size, size] for _ in range(int(dims))]
    if not isinstance(size, list) or len(size) % 2 or not size or any(type(side) is not int for side in size):
        return None
    if dims and len(size) != 2 * int(dims):
        return None
    return [size[at : at + 2] for at in range(len(size) - 2, -1, -2)]


def _read_keras_pairs(size: Any, dims: int) -> Pairs | None:
    if type(size) is int:
        return [[size, size] for _ in range(dims)]
    if dims == 1 and isinstance(size, list) and all(type(side) is int for side in size) and len(size) == 2:
        return [size]
    if not isinstance(size, list) or len(size) != dims:
        return None
    pairs = [side if isinstance(side, list) else [side, side] for side in size]
    return pairs if all(len(pair) == 2 and all(type(side) is int for side in pair) for pair in pairs) else None


def add_padding(keys: SpecKeys, padding: PaddingLayer, kernel_of: str) -> SpecKeys:
    """Return the keys of a layer with the padding before it. Raises CodeError where one layer cannot have both.

    kernel_of: the layer's name
    """
    own, node = keys.get("padding", 0), padding.node
    pairs = [[0, 0]] * len(padding.pairs) if own == "valid" else _list_pairs(own, len(padding.pairs))
    averages = keys["op"] == "avg_pool" and padding.mode == "zeros" and keys.get("stride") is not None
    if keys["op"] != "conv" and not averages:
        reason = "crops by its padding" if keys["op"] == "conv_transpose" else "does not read the padding as zeros"
        raise CodeError(node, f"{padding.name} stands before {kernel_of}, which {reason}", SEPARATELY)
    if pairs is None:
        what = f"{kernel_of} pads by {format_value(own)} itself, to a size that depends on {padding.name}"
        raise CodeError(node, what, "Write both as one padding in numbers")
    kernel = keys["kernel"]
    if isinstance(kernel, list) and len(kernel) != len(padding.pairs):
        raise CodeError(node, f"{padding.name} does not have the axes of {kernel_of}", "Pad as many axes")
    is_padded = any(side for pair in pairs for side in pair)
    if is_padded and {padding.mode, keys.get("padding_mode", "zeros")} != {"zeros"}:
        what = f"{padding.name} and the padding of {kernel_of} differ: one of them holds copies"
        raise CodeError(node, what, SEPARATELY)
    if averages and is_padded and keys.get("count_include_pad") is False:
        raise CodeError(node, f"{kernel_of} counts one padding and not the other", SEPARATELY)
    total = [[a + b for a, b in zip(*both, strict=True)] for both in zip(pairs, padding.pairs, strict=True)]
    extra: Mapping[str, Any] = {"count_include_pad": True} if averages else {"padding_mode": padding.mode}
    return {**keys, "padding": total, **{key: value for key, value in extra.items() if value != "zeros"}}


def _list_pairs(padding: Any, dims: int) -> Pairs | None:
    """Return padding in numbers as pairs; None for a name."""
    if isinstance(padding, str):
        return None
    sizes = padding if isinstance(padding, list) else [padding] * dims
    return [size if isinstance(size, list) else [size, size] for size in sizes] if len(sizes) == dims else None


def join_paddings(first: PaddingLayer, second: PaddingLayer) -> PaddingLayer:
    """Return two paddings, one after the other, as one. Raises CodeError."""
    if {first.mode, second.mode} != {"zeros"} or len(first.pairs) != len(second.pairs):
        raise CodeError(second.node, f"{second.name} pads what {first.name} has padded", SEPARATELY)
    pairs = [[a + b for a, b in zip(*both, strict=True)] for both in zip(first.pairs, second.pairs, strict=True)]
    return PaddingLayer(first.node, f"{first.name} and {second.name}", pairs, "zeros")


def read_input_shape(call: ast.Call, names: Names) -> list[int] | None:
    """Return the shape that Keras' Input, or an argument of a layer, gives to the input: sizes, then channels.

    None if it is not given, or leaves sizes open.
    """
    name = ast.unparse(call.func).rpartition(".")[2]
    wanted = ("shape", "input_shape", "batch_shape", "batch_input_shape")
    if name in INPUT_LAYERS:
        given = list_arguments(call, names, wanted)
    elif name in ("Reshape", "Unflatten"):
        arguments = call.args[-1:] or [word.value for word in call.keywords]
        given = {"shape": read_value(arguments[0], names)} if arguments else {}
    else:
        given = {
            word.arg: read_value(word.value, names) for word in call.keywords if word.arg and word.arg in wanted[1:]
        }
    shape = next((each[1:] if "batch" in key else each for key, each in given.items()), None)
    if not isinstance(shape, list) or len(shape) < 2 or any(type(size) is not int or size < 1 for size in shape):
        return None
    first = name == "Unflatten" or any(
        word.arg == "data_format" and isinstance(word.value, ast.Constant) and word.value.value == "channels_first"
        for word in call.keywords
    )
    return [*shape[1:], shape[0]] if first else shape
