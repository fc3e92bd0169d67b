# SPDX-License-Identifier: GPL-3.0-or-later
"""Keras: the signatures of its layers, and its code, with the functions of TensorFlow that it lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from .code_format import format_call, is_uniform, omit_default, preferred_first
from .framework import Framework, LayerWriter, Remark, write_nothing
from .layer_signature import ArgumentKeys, LayerSignature, SpecKeys, make_signature, same_names
from .pixel_shuffles import make_tensorflow_pixel_writer
from .same_padding import CROPPED_SAME, pads_to_same
from .upsampling_arguments import parse_interpolation, parse_whole_scale

if TYPE_CHECKING:
    from ..layers.convolution import Conv
    from ..layers.pooling import AvgPool, MaxPool
    from ..layers.transposed_convolution import ConvTranspose
    from ..layers.upsampling import Upsample

SEPARABLE_LAYERS = ("SeparableConv1D", "SeparableConv2D", "SeparableConvolution1D", "SeparableConvolution2D")
"""Layers that are two layers in one."""

SEPARABLE_ARGUMENTS = (
    *("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate", "depth_multiplier"),
)
"""Their arguments, in order."""


def _make_padding_parser(*names: str) -> Callable[[Any], SpecKeys]:
    def parse(value: Any) -> SpecKeys:
        if not isinstance(value, str) or value.lower() not in names:
            raise ValueError("it is " + " or ".join(f'"{name}"' for name in names))
        return {"padding": value.lower()}

    return parse


_WINDOW: ArgumentKeys = {"strides": "stride", "padding": _make_padding_parser("valid", "same")}
_CONV: ArgumentKeys = {"kernel_size": "kernel", "dilation_rate": "dilation", **_WINDOW}
_POOL: ArgumentKeys = {"pool_size": "kernel", **_WINDOW}
_IGNORED = (
    *("data_format", "activation", "use_bias", "name", "trainable", "dtype", "input_shape", "batch_input_shape"),
    *(
        f"{weights}_{setting}"
        for weights in ("kernel", "bias", "depthwise")
        for setting in ("initializer", "regularizer", "constraint")
    ),
    "activity_regularizer",
)
_TRANSPOSED = {1: "output_padding data_format", 2: "output_padding data_format", 3: "data_format output_padding"}
"""Order of two arguments of a transposed convolution."""

_PADDING_NAMES = {1: ("valid", "same", "causal"), 2: ("valid", "same"), 3: ("valid", "same")}


def _list_layers(dims: int) -> dict[str, LayerSignature]:
    """Return the layers with this number of axes."""
    return {
        f"Conv{dims}D": make_signature(
            "conv", dims, "keras", "filters kernel_size strides padding data_format dilation_rate groups activation",
            {**_CONV, "filters": "out_channels", **same_names("groups"),
             "padding": _make_padding_parser(*_PADDING_NAMES[dims])},
            "kernel_size", _IGNORED, {"padding": "valid"},
        ),
        f"Conv{dims}DTranspose": make_signature(
            "conv_transpose", dims, "keras",
            f"filters kernel_size strides padding {_TRANSPOSED[dims]} dilation_rate",
            {**_CONV, "filters": "out_channels", **same_names("output_padding")}, "kernel_size", _IGNORED,
            {"padding": "valid"},
        ),
        f"MaxPooling{dims}D": make_signature(
            "max_pool", dims, "keras", "pool_size strides padding data_format", _POOL, "", _IGNORED,
            {"kernel": 2, "padding": "valid"},
        ),
        f"AveragePooling{dims}D": make_signature(
            "avg_pool", dims, "keras", "pool_size strides padding data_format", _POOL, "", _IGNORED,
            {"kernel": 2, "padding": "valid"},
        ),
        f"UpSampling{dims}D": make_signature(
            "upsample", dims, "keras", "size data_format interpolation" if dims == 2 else "size data_format",
            {"size": parse_whole_scale, "interpolation": parse_interpolation}, "", _IGNORED, {"scale": 2},
        ),
    }  # fmt: skip


def _describe_depthwise(dims: int) -> LayerSignature:
    """Return the depthwise convolution, with depth_multiplier outputs for each input channel."""
    return make_signature(
        "conv", dims, "keras", "kernel_size strides padding depth_multiplier data_format dilation_rate activation",
        {**_CONV, **same_names("depth_multiplier")},
        "kernel_size", _IGNORED, {"padding": "valid", "depth_multiplier": 1},
    )  # fmt: skip


def _list_adaptive_layers(dims: int) -> dict[str, LayerSignature]:
    """Return the adaptive and the global poolings with this number of axes."""
    signatures: dict[str, LayerSignature] = {}
    for name, op in (("Average", "adaptive_avg_pool"), ("Max", "adaptive_max_pool")):
        signatures |= {
            f"Adaptive{name}Pooling{dims}D": make_signature(
                op, dims, "keras", "output_size data_format", {"output_size": "output_shape"}, "output_size", _IGNORED
            ),
            f"Global{name}Pooling{dims}D": make_signature(
                op, dims, "keras", "data_format keepdims", {}, "", ["keepdims", *_IGNORED],
                {"output_shape": [1] * dims},
            ),
        }  # fmt: skip
    return signatures


_SIGNATURES = {
    **_list_adaptive_layers(1), **_list_adaptive_layers(2), **_list_adaptive_layers(3),
    **_list_layers(1), **_list_layers(2), **_list_layers(3),
    "DepthwiseConv1D": _describe_depthwise(1), "DepthwiseConv2D": _describe_depthwise(2),
}  # fmt: skip

_ALIASES = {
    f"{other}{dims}D{end}": f"{name}{dims}D{end}"
    for dims in (1, 2, 3)
    for other, name, end in (
        ("MaxPool", "MaxPooling", ""),
        ("AvgPool", "AveragePooling", ""),
        ("GlobalMaxPool", "GlobalMaxPooling", ""),
        ("GlobalAvgPool", "GlobalAveragePooling", ""),
        ("Convolution", "Conv", ""),
        ("Convolution", "Conv", "Transpose"),
    )
}

_PADDING_OBSTACLE = 'padding is "valid" or "same"'


def _list_paddings(layer: Conv | ConvTranspose | MaxPool | AvgPool) -> tuple[str, str]:
    return preferred_first(pads_to_same(layer), "same", "valid")


def _has_stride_and_dilation(layer: Conv | ConvTranspose) -> bool:
    return bool(omit_default(layer.stride, 1) and omit_default(layer.dilation, 1))


def _write_conv(layer: Conv) -> Iterator[str]:
    if _has_stride_and_dilation(layer):
        return
    strides, dilation = omit_default(layer.stride, 1), omit_default(layer.dilation, 1)
    channels = layer.channels
    is_depthwise = layer.dims < 3 and channels.groups == channels.inputs > 1 and is_uniform(layer.stride)
    for padding in (*_list_paddings(layer), *(["causal"] if layer.dims == 1 else [])):
        named = {"strides": strides, "padding": omit_default(padding, "valid"), "dilation_rate": dilation}
        if is_depthwise and padding != "causal":
            multiplier = omit_default(channels.outputs // channels.inputs, 1)
            name = f"layers.DepthwiseConv{layer.dims}D"
            yield format_call(name, layer.kernel, **named, depth_multiplier=multiplier)
        else:
            groups = omit_default(channels.groups, 1)
            yield format_call(f"layers.Conv{layer.dims}D", channels.outputs, layer.kernel, **named, groups=groups)


def _explain_conv(layer: Conv) -> str:
    if layer.padding_mode != "zeros":
        return "pads with zeros only"
    if _has_stride_and_dilation(layer):
        return "no strides together with dilation"
    pad = f"layers.ZeroPadding{layer.dims}D({layer.padding[0] if layer.dims == 1 else layer.padding})"
    return f'{_PADDING_OBSTACLE}: put {pad} before a "valid" one'


def _write_conv_transpose(layer: ConvTranspose) -> Iterator[str]:
    if _has_stride_and_dilation(layer) or layer.channels.groups > 1:
        return
    for padding in _list_paddings(layer):
        for extras in (None, layer.output_padding):
            if extras is None or all(extra < stride for extra, stride in zip(extras, layer.stride, strict=True)):
                yield format_call(
                    f"layers.Conv{layer.dims}DTranspose",
                    layer.channels.outputs,
                    layer.kernel,
                    strides=omit_default(layer.stride, 1),
                    padding=omit_default(padding, "valid"),
                    output_padding=extras,
                    dilation_rate=omit_default(layer.dilation, 1),
                )


def _explain_conv_transpose(layer: ConvTranspose) -> str:
    if _has_stride_and_dilation(layer):
        return "no strides together with dilation"
    if layer.channels.groups > 1:
        return "a transposed convolution has no groups"
    return f"{_PADDING_OBSTACLE}, which crop differently"


def _write_pool(kind: str) -> Callable[[MaxPool | AvgPool], Iterator[str]]:
    def lines(layer: MaxPool | AvgPool) -> Iterator[str]:
        if not omit_default(layer.dilation, 1):
            strides = None if layer.stride == layer.kernel else layer.stride
            for padding in _list_paddings(layer):
                word = omit_default(padding, "valid")
                yield format_call(f"layers.{kind}Pooling{layer.dims}D", layer.kernel, strides=strides, padding=word)

    return lines


def _explain_pool(layer: MaxPool | AvgPool) -> str:
    return "pooling has no dilation" if omit_default(layer.dilation, 1) else _PADDING_OBSTACLE


def _explain_avg_pool(layer: AvgPool) -> str:
    reason = _explain_pool(layer)
    return f"{reason}, and does not count" if layer.count_include_pad else reason


def _write_adaptive_pool(name: str) -> LayerWriter:
    def lines(layer: Any) -> Iterator[str]:
        if set(layer.output) == {1}:
            yield format_call(f"layers.Global{name}Pooling{layer.dims}D", keepdims=True)
        yield format_call(f"layers.Adaptive{name}Pooling{layer.dims}D", layer.output)

    return LayerWriter(lines)


def _write_upsample(layer: Upsample) -> Iterator[str]:
    scale = layer.whole_scale
    if scale is None or layer.align_corners:
        return
    if layer.copies:
        yield format_call(f"layers.UpSampling{layer.dims}D", size=scale)
    elif layer.dims == 2 and (layer.interpolation == "linear" or layer.convention == "keras"):
        yield format_call("layers.UpSampling2D", size=scale, interpolation=f"bi{layer.interpolation}")


def _explain_upsample(layer: Upsample) -> str:
    if layer.align_corners:
        return "corners are not aligned"
    if layer.dims != 2:
        return "two axes only: linear and cubic"
    return "whole scales, and cubic weights of its own"


_WRITERS = {
    "conv": LayerWriter(_write_conv, _explain_conv),
    "conv_transpose": LayerWriter(_write_conv_transpose, _explain_conv_transpose),
    "max_pool": LayerWriter(_write_pool("Max"), _explain_pool),
    "avg_pool": LayerWriter(_write_pool("Average"), _explain_avg_pool),
    "adaptive_max_pool": _write_adaptive_pool("Max"),
    "adaptive_avg_pool": _write_adaptive_pool("Average"),
    "upsample": LayerWriter(_write_upsample, _explain_upsample, is_verified=False),
    "pixel_shuffle": make_tensorflow_pixel_writer("depth_to_space"),
    "pixel_unshuffle": make_tensorflow_pixel_writer("space_to_depth"),
    "channel_shuffle": LayerWriter(
        write_nothing, "nothing shuffles channels: use layers.Reshape, layers.Permute and layers.Reshape"
    ),
    "unfold": LayerWriter(
        write_nothing, "keras.ops.image.extract_patches orders channels differently: the tap before the channel"
    ),
    "fold": LayerWriter(write_nothing, "nothing folds: keras.ops.image.extract_patches has no reverse"),
}

_COPIED_ENDS = Remark(
    lambda layer: (
        layer.op == "avg_pool" and pads_to_same(layer) and any(before != after for before, after in layer.padding)
    ),
    "computes otherwise",
    "averages on PyTorch, where SAME pads unevenly: copies of the cells at the ends count",
    "keras 3.15.1",
)

FRAMEWORK = Framework(
    _SIGNATURES,
    _WRITERS,
    _ALIASES,
    versions={"keras": "3.15.1"},
    weight_axes={"conv": ("k", "in", "out"), "conv_transpose": ("k", "out", "in")},
    remarks=(CROPPED_SAME, _COPIED_ENDS),
)
