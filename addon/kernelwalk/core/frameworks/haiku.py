# SPDX-License-Identifier: GPL-3.0-or-later
"""Haiku (haiku, as hk): the signatures of its modules, and its code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
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
from .jax_remarks import is_foreign, list_transposed_remarks, remark_on_default_padding
from .layer_signature import ArgumentKeys, LayerSignature, SpecKeys, count_axes_by, make_signature, read_later

if TYPE_CHECKING:
    from ..layers.convolution import Conv
    from ..layers.pooling import AvgPool, MaxPool
    from ..layers.transposed_convolution import ConvTranspose

VERSION = "dm-haiku 0.0.17"

PAD_FUNCTIONS = {
    f"{module}.pad.{name}": name
    for module in ("hk", "haiku")
    for name in ("same", "valid", "full", "causal", "reverse_causal")
}
"""Functions that give padding from a kernel's extent."""


def _parse_padding(value: Any) -> SpecKeys:
    """Parse padding as a word, a pair for all axes, a list of pairs, or functions; `_finish_conv` reads the latter."""
    if isinstance(value, str) and value in PAD_FUNCTIONS:
        return {"padding": value}
    pairs = "a pair (before, after), one for each axis, or a function of hk.pad"
    if isinstance(value, list) and all(each in PAD_FUNCTIONS for each in value if isinstance(each, str)):
        return {}
    if isinstance(value, list):
        raise ValueError(f"it is {pairs}")
    word = value.upper() if isinstance(value, str) else value
    return parse_words(word, pairs=pairs)


def _parse_transposed_padding(value: Any) -> SpecKeys:
    return parse_transposed_words(value) if isinstance(value, str) else parse_pairs(value)


def _finish_conv(dims: int, keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
    """Return the keys with a pair for each axis, from one pair for all, or from functions. Raises ValueError."""
    given, kernel = values.get("padding"), keys["kernel"]
    kernel = kernel if isinstance(kernel, list) else [kernel] * dims
    if given is None or (isinstance(given, str) and given not in PAD_FUNCTIONS):
        return keys
    entries = given if isinstance(given, list) else [given]
    if isinstance(given, list) and len(given) == 2 and all(type(side) is int for side in given):
        entries = [given]
    if len(entries) == 1:
        entries = entries * len(kernel)
    if len(entries) != len(kernel):
        raise ValueError("padding has no pair for each axis", "Write one pair (before, after), or one for each axis")
    rate = keys.get("dilation", 1)
    rates = rate if isinstance(rate, list) else [rate] * len(kernel)
    reach = [each * (size - 1) for size, each in zip(kernel, rates, strict=True)]
    pairs = [
        _apply(entry, each) if isinstance(entry, str) else entry for entry, each in zip(entries, reach, strict=True)
    ]
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise ValueError("padding is not a pair for each axis", "Write (before, after) for each axis, or for all axes")
    return {**keys, "padding": pairs}


def _apply(function: str, reach: int) -> list[int]:
    """Return the cells before and after of a function of hk.pad. reach: the kernel's extent less 1."""
    pairs = {
        "same": [reach // 2, reach - reach // 2],
        "valid": [0, 0],
        "full": [reach, reach],
        "causal": [reach, 0],
        "reverse_causal": [0, reach],
    }
    return pairs[PAD_FUNCTIONS[function]]


def _finish_transposed(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
    """Return the keys; beside a size of the output SAME halves the crop, VALID crops nothing. Raises ValueError."""
    if "output_shape" not in keys:
        return finish_transposed(keys)
    if not isinstance(keys["padding"], str):
        raise ValueError("padding in numbers stands beside output_shape", "Write SAME or VALID, or leave one out")
    rest = {key: value for key, value in keys.items() if key != "padding"}
    return {**rest, "padding": "same_upper"} if keys["padding"] == "same" else rest


def _finish_pool(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
    """Return the keys with the sizes of the pooled axes alone. Raises ValueError."""
    sizes = {key: keys[key] for key in ("kernel", "stride") if isinstance(keys[key], list)}
    if len({len(size) for size in sizes.values()}) > 1:
        raise ValueError("window_shape and strides have different lengths", "Write a number for each axis of both")
    if not sizes:
        return keys
    if any(size[-1:] != [1] or len(size) < 2 for size in sizes.values()):
        remedy = "Write (2, 2, 1) for two axes, or one number for all"
        raise ValueError("the last number of a size is that of the channels", remedy)
    has_batch = all(len(size) == 4 and size[0] == 1 for size in sizes.values())
    return {**keys, **{key: size[1 if has_batch else 0 : -1] for key, size in sizes.items()}}


_IGNORED = ("with_bias", "w_init", "b_init", "data_format", "mask", "name", "value")
_SIZES: ArgumentKeys = {"kernel_shape": "kernel", "stride": "stride"}
_CONV_ARGUMENTS: ArgumentKeys = {
    **_SIZES,
    "output_channels": "out_channels",
    "rate": "dilation",
    "padding": _parse_padding,
    "feature_group_count": "groups",
}


def _list_layers(dims: int) -> dict[str, LayerSignature]:
    """Return the modules with this number of axes."""
    return {
        f"Conv{dims}D": make_signature(
            "conv", dims, "jax",
            "output_channels kernel_shape stride rate padding with_bias w_init b_init data_format mask "
            "feature_group_count name",
            _CONV_ARGUMENTS, "output_channels kernel_shape", _IGNORED, {"padding": "same"},
        )._replace(finish=partial(_finish_conv, dims)),
        f"DepthwiseConv{dims}D": make_signature(
            "conv", dims, "jax",
            "channel_multiplier kernel_shape stride rate padding with_bias w_init b_init data_format name",
            {**_SIZES, "channel_multiplier": "depth_multiplier", "rate": "dilation",
             "padding": parse_pairs},
            "channel_multiplier kernel_shape", _IGNORED, {"padding": "same"},
        )._replace(finish=partial(_finish_conv, dims)),
        f"Conv{dims}DTranspose": make_signature(
            "conv_transpose", dims, "jax",
            "output_channels kernel_shape stride output_shape padding with_bias w_init b_init data_format mask "
            "name",
            {**_SIZES, "output_channels": "out_channels", "output_shape": "output_shape",
             "padding": _parse_transposed_padding},
            "output_channels kernel_shape", _IGNORED, {"padding": "same", "flip_kernel": True},
        )._replace(finish=_finish_transposed),
    }  # fmt: skip


def _describe_pool(op: str, positional: str) -> LayerSignature:
    signature = make_signature(
        op, None, "jax", positional,
        {"window_shape": "kernel", "strides": "stride", "channel_axis": read_later,
         "padding": lambda value: parse_words(value, ("SAME", "VALID"), "a word")},
        "window_shape strides padding", _IGNORED,
    )  # fmt: skip
    return signature._replace(finish=_finish_pool)


_POOL_ORDER = "window_shape strides padding channel_axis name"


def _write_conv(layer: Conv) -> Iterator[str]:
    if layer.padding_mode != "zeros":
        return
    channels = layer.channels
    for padding in list_paddings(layer, list_pairs(layer), tuple(SAME_WORDS)):
        named = {
            "stride": omit_default(layer.stride, 1), "rate": omit_default(layer.dilation, 1),
            "padding": omit_default(padding, "SAME"),
        }  # fmt: skip
        yield format_call(
            f"hk.Conv{layer.dims}D", channels.outputs, layer.kernel, **named,
            feature_group_count=omit_default(channels.groups, 1),
        )  # fmt: skip


def _write_conv_transpose(layer: ConvTranspose) -> Iterator[str]:
    if layer.channels.groups > 1 or omit_default(layer.dilation, 1):
        return
    for padding in list_paddings(layer, list_spread_pairs(layer)):
        yield format_call(
            f"hk.Conv{layer.dims}DTranspose", layer.channels.outputs, layer.kernel,
            stride=omit_default(layer.stride, 1), padding=omit_default(padding, "SAME"),
        )  # fmt: skip


def _explain_conv_transpose(layer: ConvTranspose) -> str:
    name = f"hk.Conv{layer.dims}DTranspose"
    if omit_default(layer.dilation, 1):
        return f"{name} has no dilation"
    return explain_transposed(layer, name)


def _write_pool(name: str) -> LayerWriter:
    def lines(layer: MaxPool | AvgPool) -> Iterator[str]:
        if not omit_default(layer.dilation, 1):
            sizes = [Verbatim((*size, 1)) for size in (layer.kernel, layer.stride)]
            for padding in list_paddings(layer, None):
                yield format_call(f"hk.{name}Pool", *sizes, padding)

    return LayerWriter(lines, "padding is SAME, which does not count, or VALID; without dilation or rounding up")


def _has_a_number_for_each_axis(layer: Any) -> bool:
    """Return True for two axes whose padding in numbers is the same before and after, and another on each axis."""
    if not layer.op.startswith("conv") or layer.dims != 2 or layer.padding_name is not None:
        return False
    (first, after), (second, end) = layer.padding
    return first == after != second == end and is_foreign(layer)


FRAMEWORK = Framework(
    {
        **_list_layers(1), **_list_layers(2), **_list_layers(3),
        "ConvND": count_axes_by("num_spatial_dims", _list_layers(2)["Conv2D"]),
        "ConvNDTranspose": count_axes_by("num_spatial_dims", _list_layers(2)["Conv2DTranspose"]),
        "MaxPool": _describe_pool("max_pool", _POOL_ORDER),
        "AvgPool": _describe_pool("avg_pool", _POOL_ORDER),
        "max_pool": _describe_pool("max_pool", f"value {_POOL_ORDER}"),
        "avg_pool": _describe_pool("avg_pool", f"value {_POOL_ORDER}"),
    },
    {
        "conv": LayerWriter(_write_conv, lambda layer: explain_padding_mode(layer, f"hk.Conv{layer.dims}D")),
        "conv_transpose": LayerWriter(_write_conv_transpose, _explain_conv_transpose),
        "max_pool": _write_pool("Max"),
        "avg_pool": _write_pool("Avg"),
    },
    versions={"dm-haiku": "0.0.17"},
    weight_axes={"conv": ("k", "in", "out"), "conv_transpose": ("k", "out", "in")},
    remarks=(
        *list_transposed_remarks(VERSION),
        remark_on_default_padding(VERSION),
        Remark(
            _has_a_number_for_each_axis, "computes otherwise",
            "two numbers of padding: they are before and after, on each axis", VERSION,
        ),
    ),
)  # fmt: skip
