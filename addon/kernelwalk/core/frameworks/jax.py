# SPDX-License-Identifier: GPL-3.0-or-later
"""JAX (jax.lax): the signatures of its convolutions, whose kernel is an array, and its code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .code_format import Verbatim, format_call, omit_default
from .framework import Framework, LayerWriter
from .jax_remarks import list_transposed_remarks
from .layer_signature import ArgumentKeys, LayerSignature, SpecKeys, make_signature, read_later

if TYPE_CHECKING:
    from ..layers.convolution import Conv
    from ..layers.transposed_convolution import ConvTranspose

SAME_WORDS = {"VALID": "valid", "SAME": "same", "SAME_LOWER": "same_lower"}
"""Padding names of JAX, Flax, Haiku and Equinox, as a spec has them."""

CHANNELS_LAST = {1: ("NHC", "HIO", "NHC"), 2: ("NHWC", "HWIO", "NHWC"), 3: ("NDHWC", "DHWIO", "NDHWC")}
"""Orders of the axes of input, kernel and output, by the number of axes."""


def parse_words(value: Any, words: Sequence[str] = tuple(SAME_WORDS), pairs: str = "a pair for each axis") -> SpecKeys:
    """Parse padding as a word or in numbers. Raises ValueError.

    words: the words that the layer takes
    pairs: the numbers that it takes
    """
    if isinstance(value, str):
        if value not in words:
            raise ValueError(f"it is {pairs}, or {', '.join(words)}")
        return {"padding": SAME_WORDS.get(value, value)}
    return {"padding": value}


def parse_pairs(value: Any) -> SpecKeys:
    """Parse padding as a word in any letters, or as a list of pairs. Raises ValueError."""
    if isinstance(value, str):
        return parse_words(value.upper())
    if not isinstance(value, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in value):
        raise ValueError(f"it is a pair (before, after) for each axis, or {', '.join(SAME_WORDS)}")
    return {"padding": value}


UNSPREAD_WORDS = {"SAME": "same_lower", "SAME_LOWER": "same", "VALID": "full"}
"""Padding of a transposed convolution of stride 1 by words that lax.conv_transpose does not know as they are written,
and hands to the convolution of the input: as crops of the output."""


def parse_transposed_words(value: Any, numbers: str = "a pair (before, after) for each axis") -> SpecKeys:
    """Parse padding of a transposed convolution; `finish_transposed` reads unusual words. Raises ValueError."""
    if value in ("SAME", "VALID") or not isinstance(value, str):
        return parse_words(value)
    if value.upper() not in UNSPREAD_WORDS:
        raise ValueError(f"it is {numbers}, SAME or VALID")
    return {"padding": ("unspread", value)}


def finish_transposed(keys: SpecKeys) -> SpecKeys:
    """Return the keys of a transposed convolution with its padding as a spec has it. Raises ValueError."""
    if not isinstance(keys["padding"], tuple):
        return keys
    word = keys["padding"][1]
    strides = keys.get("stride", 1)
    if any(step != 1 for step in (strides if isinstance(strides, list) else [strides])):
        raise ValueError(
            f"JAX takes {word} of a transposed convolution with a stride of 1 alone", "Write SAME or VALID"
        )
    return {**keys, "padding": UNSPREAD_WORDS[word.upper()]}


def _parse_transposed_padding(value: Any) -> SpecKeys:
    return parse_transposed_words(value) if isinstance(value, str) else parse_pairs(value)


_SIZES: ArgumentKeys = {"rhs": read_later, "dimension_numbers": read_later, "rhs_dilation": "dilation"}
_CONV: ArgumentKeys = {**_SIZES, "window_strides": "stride", "padding": parse_pairs, "feature_group_count": "groups"}
_IGNORED = ("lhs", "precision", "preferred_element_type", "out_sharding")


def _finish(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
    """Return the keys with kernel and channels, from the shape of the kernel's array. Raises ValueError."""
    shape, numbers = values["rhs"], values.get("dimension_numbers")
    dims = len(shape) - 2
    if dims not in CHANNELS_LAST:
        raise ValueError(f"an array of shape {tuple(shape)} is no kernel", "Write a shape such as (3, 3, 1, 8)")
    is_transposed = keys["op"] == "conv_transpose"
    axes = CHANNELS_LAST[dims][1] if is_transposed else "OI" + CHANNELS_LAST[dims][1][:dims]
    if numbers is not None:
        axes = numbers[1] if isinstance(numbers, list) and len(numbers) == 3 else ""
        if not isinstance(axes, str) or len(axes) != dims + 2 or not {"I", "O"} < set(axes):
            remedy = f"Write them as words: dimension_numbers={CHANNELS_LAST[dims]}"
            raise ValueError("the order of the axes is unknown", remedy)
    spatial = [letter for letter in axes if letter not in "IO"]
    if numbers is not None and isinstance(numbers[0], str):
        spatial.sort(key=numbers[0].find)
    kernel, inputs, outputs = [shape[axes.index(each)] for each in spatial], *(shape[axes.index(c)] for c in "IO")
    if values.get("transpose_kernel"):
        inputs, outputs = outputs, inputs
    groups = keys.get("groups", 1)
    keys |= {"kernel": kernel, "in_channels": inputs * groups, "out_channels": outputs}
    if is_transposed:
        if values.get("use_consistent_padding") and isinstance(keys["padding"], tuple):
            raise ValueError("use_consistent_padding takes SAME and VALID alone, in capitals", "Write one of them")
        keys = finish_transposed(keys)
    if values.get("use_consistent_padding") and not isinstance(keys["padding"], str):
        keys["convention"] = "onnx"  # its numbers crop the output
    return _spread(keys, values["lhs_dilation"]) if values.get("lhs_dilation") is not None else keys


def _spread(keys: SpecKeys, spread: Any) -> SpecKeys:
    """Return the keys of a convolution over an input with zeros between its cells: a transposed one."""
    sizes = spread if isinstance(spread, list) else [spread]
    if all(size == 1 for size in sizes):
        return keys
    strides = keys.get("stride", 1)
    if any(step != 1 for step in (strides if isinstance(strides, list) else [strides])):
        remedy = "Leave lhs_dilation out, or set window_strides to 1"
        raise ValueError("window_strides beside lhs_dilation cannot be drawn", remedy)
    if isinstance(keys["padding"], str):
        remedy = "Write the padding of each axis as (before, after), or use lax.conv_transpose"
        raise ValueError("JAX takes no padding by name beside lhs_dilation", remedy)
    return {**keys, "op": "conv_transpose", "stride": sizes, "flip_kernel": True}


def _describe_conv(positional: str) -> LayerSignature:
    known = {name: key for name, key in {**_CONV, "lhs_dilation": read_later}.items() if name in positional.split()}
    signature = make_signature(
        "conv", None, "jax", positional, known, "lhs rhs window_strides padding", _IGNORED,
        batch_group_count=((1,), "groups of a batch cannot be drawn"),
    )  # fmt: skip
    return signature._replace(arrays=("rhs",), finish=_finish)


_SIGNATURES = {
    "conv_general_dilated": _describe_conv(
        "lhs rhs window_strides padding lhs_dilation rhs_dilation dimension_numbers feature_group_count "
        "batch_group_count precision preferred_element_type out_sharding"
    ),
    "conv_with_general_padding": _describe_conv(
        "lhs rhs window_strides padding lhs_dilation rhs_dilation precision preferred_element_type"
    ),
    "conv": _describe_conv("lhs rhs window_strides padding precision preferred_element_type"),
    "conv_transpose": make_signature(
        "conv_transpose", None, "jax",
        "lhs rhs strides padding rhs_dilation dimension_numbers transpose_kernel precision "
        "preferred_element_type use_consistent_padding",
        {**_SIZES, "strides": "stride", "padding": _parse_transposed_padding,
         "transpose_kernel": lambda value: {"flip_kernel": not value}, "use_consistent_padding": read_later},
        "lhs rhs strides padding", _IGNORED, {"flip_kernel": True},
    )._replace(arrays=("rhs",), finish=_finish),
}  # fmt: skip


def list_pairs(layer: Any) -> list[tuple[int, int]]:
    """Return the padding of each axis, as the layer's convention has it."""
    padding = layer.to_table().get("padding")
    return [tuple(pair) for pair in (padding if isinstance(padding, list) else layer.padding)]


def list_spread_pairs(layer: ConvTranspose) -> list[tuple[int, int]] | None:
    """Return the padding of each axis around the input with zeros between its cells; None where cells are cropped."""
    pairs = [(axis.before, axis.after) for axis in layer.axes]
    return pairs if min(min(pair) for pair in pairs) >= 0 else None


def list_paddings(layer: Any, pairs: Any, words: Sequence[str] = ("SAME", "VALID")) -> Iterator[Any]:
    """Yield the words of padding that may fit, the layer's own one first, and then pairs unless they are None."""
    own = next((word for word in words if SAME_WORDS[word] == (layer.padding_name or "").removesuffix("_upper")), None)
    numbers = [] if pairs is None else [Verbatim(pairs)]
    if own:
        yield own
    elif layer.padding_name is None:
        yield from numbers
    yield from (word for word in words if word != own)
    yield from numbers


def _write_kernel(layer: Any, inputs: int) -> str:
    return f"w = jnp.zeros({(*layer.kernel, inputs, layer.channels.outputs)})"


def _write_conv(layer: Conv) -> Iterator[str]:
    if layer.padding_mode != "zeros":
        return
    for padding in list_paddings(layer, list_pairs(layer), ("SAME", "VALID", "SAME_LOWER")):
        call = format_call(
            "lax.conv_general_dilated", Verbatim("x"), Verbatim("w"), Verbatim(layer.stride), padding,
            rhs_dilation=write_all(layer.dilation), dimension_numbers=CHANNELS_LAST[layer.dims],
            feature_group_count=omit_default(layer.channels.groups, 1),
        )  # fmt: skip
        yield f"{_write_kernel(layer, layer.channels.inputs // layer.channels.groups)}; {call}"


def write_all(sizes: tuple[int, ...]) -> Verbatim | None:
    """Return sizes as they are written, one for each axis; None if they are all 1."""
    return Verbatim(sizes) if omit_default(sizes, 1) else None


def _write_conv_transpose(layer: ConvTranspose) -> Iterator[str]:
    if layer.channels.groups > 1:
        return
    for padding in list_paddings(layer, list_spread_pairs(layer)):
        inputs, outputs = layer.channels.inputs, layer.channels.outputs
        shape = (*layer.kernel, inputs, outputs) if layer.flip_kernel else (*layer.kernel, outputs, inputs)
        call = format_call(
            "lax.conv_transpose", Verbatim("x"), Verbatim("w"), Verbatim(layer.stride), padding,
            rhs_dilation=write_all(layer.dilation), transpose_kernel=None if layer.flip_kernel else True,
        )  # fmt: skip
        yield f"w = jnp.zeros({shape}); {call}"


def explain_transposed(layer: ConvTranspose, name: str) -> str:
    """Return the reason why a transposed convolution of JAX does not compute a layer."""
    if layer.channels.groups > 1:
        return f"{name} has no groups"
    return "crops no more than the kernel reaches"


def explain_padding_mode(layer: Conv, name: str) -> str:
    """Return the reason why a convolution that pads with zeros does not compute a layer."""
    modes = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    mode = modes.get(layer.padding_mode, "constant")
    return f'pads with zeros only: put jnp.pad(..., mode="{mode}") before {name}'


FRAMEWORK = Framework(
    _SIGNATURES,
    {
        "conv": LayerWriter(_write_conv, lambda layer: explain_padding_mode(layer, "lax.conv_general_dilated")),
        "conv_transpose": LayerWriter(
            _write_conv_transpose, lambda layer: explain_transposed(layer, "lax.conv_transpose")
        ),
    },
    versions={"jax": "0.12.0.1"},
    weight_axes={"conv": ("k", "in", "out"), "conv_transpose": ("k", "in", "out")},
    remarks=list_transposed_remarks("jax 0.12.0.1"),
)
