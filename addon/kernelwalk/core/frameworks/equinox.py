# SPDX-License-Identifier: GPL-3.0-or-later
"""Equinox (equinox.nn, as eqx.nn): the signatures of its layers, and its code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .code_format import Verbatim, format_call, omit_default, preferred_first
from .framework import Framework, LayerWriter, Remark
from .jax import list_paddings, list_pairs, parse_words
from .jax_remarks import is_foreign, remark_on_default_stride
from .layer_signature import ArgumentKeys, LayerSignature, SpecKeys, make_signature, same_names

if TYPE_CHECKING:
    from ..layers.convolution import Conv
    from ..layers.pooling import AvgPool, MaxPool
    from ..layers.transposed_convolution import ConvTranspose

VERSION = "equinox 0.13.8"

_WORDS = ("SAME", "VALID", "SAME_LOWER")
_MODES = ("ZEROS", "REFLECT", "REPLICATE", "CIRCULAR")


def _parse_padding(value: Any) -> SpecKeys:
    word = value.upper() if isinstance(value, str) else value
    return parse_words(word, _WORDS, "a number, a number or a pair for each axis")


def _parse_mode(value: Any) -> SpecKeys:
    if not isinstance(value, str) or value.upper() not in _MODES:
        raise ValueError(f"it is one of {', '.join(_MODES)}")
    return {"padding_mode": value.lower()}


def _parse_pool_padding(value: Any) -> SpecKeys:
    if isinstance(value, str):
        raise ValueError("write a number, or a number or a pair for each axis")
    return {"padding": value}


_WINDOW: ArgumentKeys = {
    "kernel_size": "kernel", "padding": _parse_padding,
    **same_names("in_channels", "out_channels", "stride", "dilation", "groups"),
}  # fmt: skip
_IGNORED = ("use_bias", "dtype", "key")
_ENDS = "dilation groups use_bias padding_mode dtype"
_REQUIRED = "in_channels out_channels kernel_size"
_ZEROS = (("ZEROS", "zeros"), "a transposed convolution that wraps around cannot be drawn")


def _list_layers(dims: int) -> dict[str, LayerSignature]:
    """Return the layers with this number of axes. Output padding stands before padding here."""
    transposed: ArgumentKeys = {**_WINDOW, **same_names("output_padding")}
    sizes = "in_channels out_channels kernel_size stride"
    return {
        f"Conv{dims}d": make_signature(
            "conv", dims, "equinox", f"{sizes} padding {_ENDS}", {**_WINDOW, "padding_mode": _parse_mode}, _REQUIRED,
            _IGNORED,
        ),
        f"ConvTranspose{dims}d": make_signature(
            "conv_transpose", dims, "equinox", f"{sizes} output_padding padding {_ENDS}", transposed, _REQUIRED,
            _IGNORED, {"flip_kernel": True}, padding_mode=_ZEROS,
        ),
        f"MaxPool{dims}d": _describe_pool("max_pool", dims),
        f"AvgPool{dims}d": _describe_pool("avg_pool", dims),
    }  # fmt: skip


def _describe_pool(op: str, dims: int) -> LayerSignature:
    return make_signature(
        op, dims, "equinox", "kernel_size stride padding use_ceil",
        {"kernel_size": "kernel", "stride": "stride", "padding": _parse_pool_padding, "use_ceil": "ceil_mode"},
        "kernel_size", [], {"stride": 1},
    )  # fmt: skip


def _write_conv(layer: Conv) -> Iterator[str]:
    for padding in list_paddings(layer, list_pairs(layer), _WORDS):
        yield format_call(
            f"eqx.nn.Conv{layer.dims}d", layer.channels.inputs, layer.channels.outputs, layer.kernel,
            stride=omit_default(layer.stride, 1), padding=padding, dilation=omit_default(layer.dilation, 1),
            groups=omit_default(layer.channels.groups, 1),
            padding_mode=omit_default(layer.padding_mode.upper(), "ZEROS"), key=Verbatim("key"),
        )  # fmt: skip


def _write_conv_transpose(layer: ConvTranspose) -> Iterator[str]:
    for padding in list_paddings(layer, _list_crops(layer), _WORDS):
        for extras in dict.fromkeys((layer.output_padding, (0,) * layer.dims)):
            yield format_call(
                f"eqx.nn.ConvTranspose{layer.dims}d", layer.channels.inputs, layer.channels.outputs, layer.kernel,
                stride=omit_default(layer.stride, 1), padding=padding, output_padding=omit_default(extras, 0),
                dilation=omit_default(layer.dilation, 1), groups=omit_default(layer.channels.groups, 1),
                key=Verbatim("key"),
            )  # fmt: skip


def _list_crops(layer: ConvTranspose) -> list[tuple[int, int]] | None:
    """Return the crop of each axis; None where the output grows."""
    return list(layer.padding) if min(min(pair) for pair in layer.padding) >= 0 else None


def _write_pool(name: str) -> LayerWriter:
    def lines(layer: MaxPool | AvgPool) -> Iterator[str]:
        if omit_default(layer.dilation, 1) or (layer.has_padding and _is_beyond(layer)):
            return
        pairs = list(list_paddings(layer, list_pairs(layer), ()))[-1]
        for use_ceil in preferred_first(layer.ceil_mode, True, None):
            if use_ceil is None or not _is_refused(layer):
                yield format_call(
                    f"eqx.nn.{name}Pool{layer.dims}d", layer.kernel, stride=omit_default(layer.stride, 1),
                    padding=pairs if layer.has_padding else None, use_ceil=use_ceil,
                )  # fmt: skip

    return LayerWriter(lines, _explain_pool)


def _is_beyond(layer: Any) -> bool:
    return any(max(pair) > size for pair, size in zip(layer.padding, layer.kernel, strict=True))


def _is_refused(layer: Any) -> bool:
    """Return True for rounding up with a padding and a stride that together are larger than the kernel."""
    sizes = zip(layer.padding, layer.stride, layer.kernel, layer.input, strict=True)
    return any((i + sum(pair) - k) % s and pair[1] + s > k for pair, s, k, i in sizes)


def _explain_pool(layer: MaxPool | AvgPool) -> str:
    if omit_default(layer.dilation, 1):
        return "pooling has no dilation"
    if layer.ceil_mode and _is_refused(layer):
        return "rounds up only where padding and stride together are not larger than the kernel"
    return "padding counts, and cells past it do where the size is rounded up"


def _crops_or_grows(layer: Any) -> bool:
    """Return True for a transposed convolution of another framework with padding in numbers."""
    return layer.op == "conv_transpose" and layer.padding_name is None and layer.has_padding and is_foreign(layer)


FRAMEWORK = Framework(
    {**_list_layers(1), **_list_layers(2), **_list_layers(3)},
    {
        "conv": LayerWriter(_write_conv),
        "conv_transpose": LayerWriter(_write_conv_transpose, "output_padding is smaller than the stride"),
        "max_pool": _write_pool("Max"),
        "avg_pool": _write_pool("Avg"),
    },
    versions={"equinox": "0.13.8"},
    weight_axes={"conv": ("out", "in", "k"), "conv_transpose": ("out", "in", "k")},
    remarks=(
        Remark(
            lambda layer: layer.op.endswith("pool") and getattr(layer, "ceil_mode", False) and _is_refused(layer),
            "refuses",
            "rounding up where padding and stride together are larger than the kernel",
            VERSION,
        ),
        remark_on_default_stride(VERSION),
        Remark(
            _crops_or_grows,
            "computes otherwise",
            "padding without its name: output_padding stands before it",
            VERSION,
        ),
    ),
)
