# SPDX-License-Identifier: GPL-3.0-or-later
"""Chainer: the signatures of its links and functions, and its code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .code_format import format_call, format_function, omit_default
from .framework import Framework, LayerWriter
from .layer_signature import ArgumentKeys, LayerSignature, SpecKeys, count_axes_by, make_signature, same_names
from .window_arguments import find_output_padding, get_padding_before, list_conv_sizes, list_pool_sizes

if TYPE_CHECKING:
    from ..layers.convolution import Conv
    from ..layers.pooling import AvgPool, MaxPool
    from ..layers.transposed_convolution import ConvTranspose

_WINDOW: ArgumentKeys = {"ksize": "kernel", "stride": "stride", "pad": "padding"}
_CONV: ArgumentKeys = {**_WINDOW, "dilate": "dilation", **same_names("in_channels", "out_channels", "groups")}
_ORDER = "in_channels out_channels ksize stride pad nobias"
_REQUIRED = "in_channels out_channels ksize"
_ENDS = "initialW initial_bias"
_IGNORED = ("nobias", "initialW", "initial_bias")


def _finish_transposed(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
    """Return the keys with padding in numbers beside outsize, since output padding follows from both."""
    return {"padding": 0, **keys} if "output_shape" in keys else keys


def _list_layers(dims: int) -> dict[str, LayerSignature]:
    """Return the links and functions with this number of axes."""
    conv_ends = _ENDS if dims == 2 else f"{_ENDS} cover_all dilate groups"
    transposed_ends = _ENDS if dims == 2 else f"{_ENDS} dilate groups"
    whole_windows = (False,), "rounding up is not shown for a convolution"
    pool = "x ksize stride pad"
    return {
        f"Convolution{dims}D": make_signature(
            "conv", dims, "chainer", f"{_ORDER} {conv_ends}", _CONV, _REQUIRED, _IGNORED, cover_all=whole_windows
        ),
        f"Deconvolution{dims}D": make_signature(
            "conv_transpose", dims, "chainer", f"{_ORDER} outsize {transposed_ends}",
            {**_CONV, "outsize": "output_shape"}, _REQUIRED, _IGNORED,
        )._replace(finish=_finish_transposed),
        f"max_pooling_{dims}d": make_signature(
            "max_pool", dims, "chainer", f"{pool} cover_all return_indices", {**_WINDOW, "cover_all": "ceil_mode"},
            "ksize", ["x", "return_indices"], {"ceil_mode": True},
        ),
        f"average_pooling_{dims}d": make_signature(
            "avg_pool", dims, "chainer", pool if dims == 2 else f"{pool} pad_value", _WINDOW, "ksize", ["x"],
            pad_value=((0,), "other values of padding are not shown"),
        ),
    }  # fmt: skip


def _rename(sizes: dict[str, Any]) -> dict[str, Any]:
    """Return sizes with Chainer's names."""
    names = {"padding": "pad", "dilation": "dilate"}
    return {names.get(name, name): value for name, value in sizes.items()}


def _write_conv(layer: Conv) -> Iterator[str]:
    if layer.padding_mode == "zeros":
        yield format_call(
            f"L.Convolution{layer.dims}D", layer.channels.inputs, layer.channels.outputs, layer.kernel,
            **_rename(list_conv_sizes(layer)), groups=omit_default(layer.channels.groups, 1),
        )  # fmt: skip


def _write_conv_transpose(layer: ConvTranspose) -> Iterator[str]:
    extras = find_output_padding(layer)
    if all(0 <= extra < stride for extra, stride in zip(extras, layer.stride, strict=True)):
        yield format_call(
            f"L.Deconvolution{layer.dims}D", layer.channels.inputs, layer.channels.outputs, layer.kernel,
            stride=omit_default(layer.stride, 1), pad=omit_default(get_padding_before(layer), 0),
            outsize=list(layer.output) if any(extras) else None, dilate=omit_default(layer.dilation, 1),
            groups=omit_default(layer.channels.groups, 1),
        )  # fmt: skip


def _write_pool(name: str) -> LayerWriter:
    def lines(layer: MaxPool | AvgPool) -> Iterator[str]:
        for cover_all in (None, False) if name == "max" else (None,):
            sizes = _rename(list_pool_sizes(layer))
            yield format_function(f"F.{name}_pooling_{layer.dims}d", layer.kernel, **sizes, cover_all=cover_all)

    counts = "its padding counts, and it rounds down" if name == "average" else "has no dilation"
    return LayerWriter(lines, f"pads both sides equally; {counts}")


FRAMEWORK = Framework(
    {
        **_list_layers(1), **_list_layers(2), **_list_layers(3),
        "ConvolutionND": count_axes_by("ndim", _list_layers(1)["Convolution1D"]),
        "DeconvolutionND": count_axes_by("ndim", _list_layers(1)["Deconvolution1D"]),
    },
    {
        "conv": LayerWriter(_write_conv, "pads both sides equally, with zeros only"),
        "conv_transpose": LayerWriter(
            _write_conv_transpose, "crops both sides equally, or the end less by fewer cells than the stride"
        ),
        "max_pool": _write_pool("max"),
        "avg_pool": _write_pool("average"),
    },
    versions={"chainer": "7.8.1"},
    weight_axes={"conv": ("out", "in", "k"), "conv_transpose": ("in", "out", "k")},
)  # fmt: skip
