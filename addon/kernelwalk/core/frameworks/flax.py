# SPDX-License-Identifier: GPL-3.0-or-later
"""Flax (flax.linen): the signatures of its layers, and its code. nnx.py has its newer modules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .code_format import Verbatim, format_call, omit_default
from .framework import Framework, LayerWriter, Remark
from .jax import (
    SAME_WORDS,
    explain_padding_mode,
    explain_transposed,
    finish_transposed,
    list_paddings,
    list_pairs,
    list_spread_pairs,
    parse_pairs,
    parse_transposed_words,
    parse_words,
)
from .jax_remarks import list_transposed_remarks, remark_on_default_padding, remark_on_default_stride
from .layer_signature import ArgumentKeys, LayerSignature, SpecKeys, make_signature, same_names
from .same_padding import pads_to_same

if TYPE_CHECKING:
    from ..layers.convolution import Conv
    from ..layers.pooling import AvgPool, MaxPool
    from ..layers.transposed_convolution import ConvTranspose

VERSION = "flax 0.12.12"

COPYING_WORDS = {"CIRCULAR": "circular", "REFLECT": "reflect"}
"""Padding that copies the input, as a spec has it."""

_NUMBERS = "a number, or a number or a pair for each axis"


def _parse_padding(value: Any) -> SpecKeys:
    word = value.upper() if isinstance(value, str) and value.upper() in SAME_WORDS else value
    return parse_words(word, (*SAME_WORDS, "CIRCULAR", "REFLECT", "CAUSAL"), _NUMBERS)


def _parse_transposed_padding(value: Any) -> SpecKeys:
    if value == "CIRCULAR":
        raise ValueError("CIRCULAR adds what lies beyond one end to the other, which cannot be drawn")
    return parse_transposed_words(value, _NUMBERS)


def _finish_conv(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
    """Return the keys with a kernel for each axis, and padding that copies in numbers. Raises ValueError."""
    kernel = keys["kernel"] if isinstance(keys["kernel"], list) else [keys["kernel"]]
    keys = {**keys, "kernel": kernel}
    word = keys.get("padding")
    if isinstance(word, str) and word in COPYING_WORDS:
        # as for a stride of 1, whatever the stride: flax.linen.linear._Conv.__call__
        dilation = keys.get("dilation", 1)
        rates = dilation if isinstance(dilation, list) else [dilation] * len(kernel)
        reach = [rate * (size - 1) for size, rate in zip(kernel, rates, strict=True)]
        pairs = [[each // 2, each - each // 2] for each in reach]
        return {**keys, "padding": pairs, "padding_mode": COPYING_WORDS[word]}
    if word == "CAUSAL":
        if len(kernel) > 1:
            raise ValueError("CAUSAL needs a single axis", "Write the padding of each axis as (before, after)")
        return {**keys, "padding": "causal"}
    return keys


def _finish_pool(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
    if not isinstance(keys["kernel"], list):
        raise ValueError("the window's shape is a tuple", "Write a number for each axis, such as (2, 2)")
    return keys


IGNORED = (
    *("use_bias", "mask", "dtype", "param_dtype", "precision", "kernel_init", "bias_init", "promote_dtype", "name"),
    *("conv_general_dilated", "conv_general_dilated_cls", "preferred_element_type", "parent", "rngs", "inputs"),
    *("kernel_metadata", "bias_metadata"),
)
NO_SPREAD = ((None, 1, [1], [1, 1], [1, 1, 1]), "lax.conv_general_dilated with lhs_dilation can be drawn")

_SIZES: ArgumentKeys = {"kernel_size": "kernel", "strides": "stride", "kernel_dilation": "dilation"}
CONV_ARGUMENTS: ArgumentKeys = {**_SIZES, "padding": _parse_padding, "feature_group_count": "groups"}
TRANSPOSED_ARGUMENTS: ArgumentKeys = {
    **_SIZES,
    "padding": _parse_transposed_padding,
    "transpose_kernel": lambda value: {"flip_kernel": not value},
}


def describe_conv(positional: str, arguments: ArgumentKeys, required: str) -> LayerSignature:
    """Return the convolution of flax.linen or flax.nnx."""
    signature = make_signature(
        "conv", None, "jax", positional, {**CONV_ARGUMENTS, **arguments}, required, IGNORED, {"padding": "same"},
        input_dilation=NO_SPREAD,
    )  # fmt: skip
    return signature._replace(finish=_finish_conv)


def describe_conv_transpose(positional: str, arguments: ArgumentKeys, required: str) -> LayerSignature:
    """Return the transposed convolution of flax.linen or flax.nnx."""
    signature = make_signature(
        "conv_transpose", None, "jax", positional, {**TRANSPOSED_ARGUMENTS, **arguments}, required, IGNORED,
        {"padding": "same", "flip_kernel": True},
    )  # fmt: skip
    return signature._replace(finish=lambda keys, values: finish_transposed(_finish_conv(keys, values)))


def _describe_pool(op: str, more: str, arguments: ArgumentKeys, defaults: Mapping[str, Any]) -> LayerSignature:
    signature = make_signature(
        op, None, "jax", f"inputs window_shape strides padding{more}",
        {"window_shape": "kernel", "strides": "stride", "padding": parse_pairs, **arguments},
        "window_shape", IGNORED, {"stride": 1, "padding": "valid", **defaults},
    )  # fmt: skip
    return signature._replace(finish=_finish_pool)


POOLS = {
    "max_pool": _describe_pool("max_pool", "", {}, {}),
    "avg_pool": _describe_pool(
        "avg_pool", " count_include_pad", same_names("count_include_pad"), {"count_include_pad": True}
    ),
}
"""The poolings, which are functions and the same in flax.linen and flax.nnx."""


def write_conv(
    name: str, list_channels: Callable[[Any], dict[str, int]], ending: dict[str, Any]
) -> Callable[[Conv], Iterator[str]]:
    """Return the writer of a convolution.

    list_channels: returns the arguments that give the channels
    ending:        the last arguments
    """

    def lines(layer: Conv) -> Iterator[str]:
        for padding in _list_conv_paddings(layer):
            yield format_call(
                name, **list_channels(layer), kernel_size=Verbatim(layer.kernel),
                strides=omit_default(layer.stride, 1), padding=omit_default(padding, "SAME"),
                kernel_dilation=omit_default(layer.dilation, 1),
                feature_group_count=omit_default(layer.channels.groups, 1), **ending,
            )  # fmt: skip

    return lines


def _list_conv_paddings(layer: Conv) -> Iterator[Any]:
    words = [word for word, mode in COPYING_WORDS.items() if mode == layer.padding_mode]
    if layer.padding_mode != "zeros":
        yield from words
        return
    if layer.padding_name == "causal":
        yield "CAUSAL"
    yield from list_paddings(layer, list_pairs(layer), ("SAME", "VALID", "SAME_LOWER"))


def explain_conv(layer: Conv, name: str) -> str:
    """Return the reason why there is no such convolution."""
    if layer.padding_mode in COPYING_WORDS.values():
        return f"copies only as many cells as a stride of 1 needs: put jnp.pad before {name}"
    return explain_padding_mode(layer, name)


def write_conv_transpose(
    name: str, list_channels: Callable[[Any], dict[str, int]], ending: dict[str, Any]
) -> Callable[[ConvTranspose], Iterator[str]]:
    """Return the writer of a transposed convolution; arguments as for write_conv."""

    def lines(layer: ConvTranspose) -> Iterator[str]:
        if layer.channels.groups > 1:
            return
        for padding in list_paddings(layer, list_spread_pairs(layer)):
            yield format_call(
                name, **list_channels(layer), kernel_size=Verbatim(layer.kernel),
                strides=Verbatim(layer.stride) if omit_default(layer.stride, 1) else None,
                padding=omit_default(padding, "SAME"),
                kernel_dilation=Verbatim(layer.dilation) if omit_default(layer.dilation, 1) else None,
                transpose_kernel=None if layer.flip_kernel else True, **ending,
            )  # fmt: skip

    return lines


def write_pool(name: str) -> LayerWriter:
    """Return the writer of a pooling."""

    def lines(layer: MaxPool | AvgPool) -> Iterator[str]:
        if omit_default(layer.dilation, 1):
            return
        counts = bool(getattr(layer, "count_include_pad", True))
        for padding in list_paddings(layer, list_pairs(layer), ("SAME", "VALID", "SAME_LOWER")):
            yield format_call(
                name, Verbatim("x"), Verbatim(layer.kernel),
                strides=Verbatim(layer.stride) if omit_default(layer.stride, 1) else None,
                padding=omit_default(padding, "VALID"), count_include_pad=omit_default(counts, True),
            )  # fmt: skip

    return LayerWriter(lines, _explain_pool)


def _explain_pool(layer: MaxPool | AvgPool) -> str:
    return "pooling has no dilation" if omit_default(layer.dilation, 1) else "the size is never rounded up"


WEIGHT_AXES = {"conv": ("k", "in", "out"), "conv_transpose": ("k", "in", "out")}


def make_writers(module: str, list_channels: Callable[[Any], dict[str, int]], **ending: Any) -> dict[str, LayerWriter]:
    """Return the writers of flax.linen or flax.nnx.

    module: the name by which code calls it
    list_channels: returns the arguments that give the channels
    ending: the last arguments of modules
    """
    conv, transposed = f"{module}.Conv", f"{module}.ConvTranspose"
    return {
        "conv": LayerWriter(write_conv(conv, list_channels, ending), lambda layer: explain_conv(layer, conv)),
        "conv_transpose": LayerWriter(
            write_conv_transpose(transposed, list_channels, ending), lambda layer: explain_transposed(layer, transposed)
        ),
        "max_pool": write_pool(f"{module}.max_pool"),
        "avg_pool": write_pool(f"{module}.avg_pool"),
    }


def _copies_for_strides(layer: Any) -> bool:
    """Return True for a convolution that copies as many cells as its strides need."""
    is_copied = layer.op == "conv" and layer.padding_mode in COPYING_WORDS.values()
    return is_copied and pads_to_same(layer) and max(layer.stride) > 1


REMARKS = (
    *list_transposed_remarks(VERSION),
    remark_on_default_padding(VERSION),
    remark_on_default_stride(VERSION),
    Remark(
        _copies_for_strides,
        "computes otherwise",
        "CIRCULAR and REFLECT with strides: it copies as many cells as a stride of 1 needs",
        VERSION,
    ),
)

FRAMEWORK = Framework(
    {
        "Conv": describe_conv(
            "features kernel_size strides padding input_dilation kernel_dilation feature_group_count use_bias mask "
            "dtype param_dtype precision kernel_init bias_init promote_dtype",
            {"features": "out_channels"},
            "features kernel_size",
        ),
        "ConvTranspose": describe_conv_transpose(
            "features kernel_size strides padding kernel_dilation use_bias mask dtype param_dtype precision "
            "kernel_init bias_init transpose_kernel",
            {"features": "out_channels"},
            "features kernel_size",
        ),
        **POOLS,
    },
    make_writers("nn", lambda layer: {"features": layer.channels.outputs}),
    versions={"flax": "0.12.12"},
    weight_axes=WEIGHT_AXES,
    remarks=REMARKS,
)
