# SPDX-License-Identifier: GPL-3.0-or-later
"""PyTorch: the signatures of its layers and functions, and its code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .code_format import format_call, omit_default, preferred_first
from .framework import Framework, LayerWriter
from .layer_signature import (
    ArgumentKeys,
    LayerSignature,
    SpecKeys,
    make_signature,
    read_later,
    same_names,
)
from .pixel_shuffles import make_pixel_writer
from .pytorch_functions import list_conv_functions, list_norm_activations
from .upsampling_arguments import parse_interpolation, parse_scale
from .window_arguments import find_output_padding, get_padding_before, list_pool_sizes

if TYPE_CHECKING:
    from ..layers.channel_shuffle import ChannelShuffle
    from ..layers.convolution import Conv
    from ..layers.fold import Fold
    from ..layers.pooling import AvgPool, MaxPool
    from ..layers.rearrangement import Unfold
    from ..layers.transposed_convolution import ConvTranspose
    from ..layers.upsampling import Upsample

UNPOOLING_LAYERS = ("MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d", "max_unpool1d", "max_unpool2d", "max_unpool3d")
"""Layers whose outputs stand where the values of another layer were largest."""


def _parse_padding(value: Any) -> SpecKeys:
    if isinstance(value, str) and value not in ("valid", "same"):
        raise ValueError('write a number, one per axis, "valid" or "same"')
    return {"padding": value}


def _parse_padding_sizes(value: Any) -> SpecKeys:
    if isinstance(value, str):
        raise ValueError("write a number, or one per axis")
    return {"padding": value}


_WINDOW: ArgumentKeys = {
    "kernel_size": "kernel",
    "padding": _parse_padding_sizes,
    **same_names("stride", "dilation"),
}
_CHANNELS = same_names("in_channels", "out_channels", "groups")
_CONV = "in_channels out_channels kernel_size stride padding"
_UNFOLD = "kernel_size dilation padding stride"
_FOLD: ArgumentKeys = {**_WINDOW, "output_size": "output_shape"}
_IGNORED = ("bias", "device", "dtype")
_UPSAMPLE = "size scale_factor mode align_corners recompute_scale_factor"
_UPSAMPLING: ArgumentKeys = {
    "recompute_scale_factor": read_later,
    "scale_factor": parse_scale,
    "size": "output_shape",
    "mode": parse_interpolation,
    **same_names("align_corners"),
}


def _check_recomputed_scale(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
    """Return the keys of an upsampling. Raises ValueError where the sizes set another scale than the given one."""
    scale = keys.get("scale")
    scales = scale if isinstance(scale, list) else [scale]
    if values.get("recompute_scale_factor") and any(isinstance(factor, float) for factor in scales):
        raise ValueError(
            "recompute_scale_factor takes the quotient of the sizes as the scale", "Write size=... instead"
        )
    return keys


def _list_layers(dims: int) -> dict[str, LayerSignature]:
    """Return the layers with this number of axes."""
    return {
        f"Conv{dims}d": make_signature(
            "conv", dims, "pytorch", f"{_CONV} dilation groups bias padding_mode device dtype",
            {**_WINDOW, **_CHANNELS, "padding": _parse_padding, **same_names("padding_mode")},
            "kernel_size", _IGNORED,
        ),
        f"ConvTranspose{dims}d": make_signature(
            "conv_transpose", dims, "pytorch",
            f"{_CONV} output_padding groups bias dilation padding_mode device dtype",
            {**_WINDOW, **_CHANNELS, **same_names("output_padding")}, "kernel_size", _IGNORED,
            padding_mode=(("zeros",), "a transposed convolution has no other"),
        ),
        f"MaxPool{dims}d": make_signature(
            "max_pool", dims, "pytorch", "kernel_size stride padding dilation return_indices ceil_mode",
            {**_WINDOW, **same_names("ceil_mode")}, "kernel_size", ["return_indices"],
        ),
        f"AvgPool{dims}d": make_signature(
            "avg_pool", dims, "pytorch", "kernel_size stride padding ceil_mode count_include_pad divisor_override",
            {"kernel_size": "kernel", "padding": _parse_padding_sizes,
             **same_names("stride", "ceil_mode", "count_include_pad")},
            "kernel_size", [],
            divisor_override=((None,), "the divisor is the number of cells that count"),
        ),
    }  # fmt: skip


def _list_lazy_layers(dims: int) -> dict[str, LayerSignature]:
    """Return the layers that take their number of input channels from the input."""
    layers = {f"Lazy{name}": signature for name, signature in _list_layers(dims).items() if name.startswith("Conv")}
    return {name: each._replace(positional=each.positional[1:]) for name, each in layers.items()}


def _list_functions(dims: int) -> dict[str, LayerSignature]:
    """Return the functions of torch.nn.functional."""
    layers = _list_layers(dims)
    order = {
        f"MaxPool{dims}d": "input kernel_size stride padding dilation ceil_mode return_indices",
        f"AvgPool{dims}d": "input kernel_size stride padding ceil_mode count_include_pad divisor_override",
    }
    names = {f"MaxPool{dims}d": f"max_pool{dims}d", f"AvgPool{dims}d": f"avg_pool{dims}d"}
    pools = {
        names[layer]: layers[layer]._replace(positional=tuple(text.split()), ignored=("input", "return_indices"))
        for layer, text in order.items()
    }
    return {**pools, **list_conv_functions(dims, layers[f"Conv{dims}d"], layers[f"ConvTranspose{dims}d"])}


def _list_adaptive_layers(dims: int) -> dict[str, LayerSignature]:
    """Return the adaptive poolings with this number of axes, as layers and as functions."""
    signatures: dict[str, LayerSignature] = {}
    size: ArgumentKeys = {"output_size": "output_shape"}
    for name, op in (("Avg", "adaptive_avg_pool"), ("Max", "adaptive_max_pool")):
        signatures[f"Adaptive{name}Pool{dims}d"] = make_signature(
            op, dims, "pytorch", "output_size return_indices", size, "output_size", ["return_indices"]
        )
        signatures[f"{op}{dims}d"] = make_signature(
            op, dims, "pytorch", "input output_size return_indices", size, "output_size", ["input", "return_indices"]
        )
    return signatures


_SIGNATURES = {
    **_list_layers(1), **_list_layers(2), **_list_layers(3),
    **_list_lazy_layers(1), **_list_lazy_layers(2), **_list_lazy_layers(3),
    **_list_functions(1), **_list_functions(2), **_list_functions(3),
    **list_norm_activations(),
    "Upsample": make_signature(
        "upsample", None, "pytorch", _UPSAMPLE, _UPSAMPLING, "", [],
    )._replace(finish=_check_recomputed_scale),
    "interpolate": make_signature(
        "upsample", None, "pytorch", f"input {_UPSAMPLE}", _UPSAMPLING, "", ["input"],
        antialias=((False,), "it blurs before it shrinks, with other weights"),
    )._replace(finish=_check_recomputed_scale),
    "UpsamplingBilinear2d": make_signature(
        "upsample", 2, "pytorch", "size scale_factor", _UPSAMPLING, "", [],
        {"interpolation": "linear", "align_corners": True}, mode=(("bilinear",), "its name gives it"),
    ),
    "PixelShuffle": make_signature(
        "pixel_shuffle", 2, "pytorch", "upscale_factor", {"upscale_factor": "factor"}, "upscale_factor", [],
    ),
    "PixelUnshuffle": make_signature(
        "pixel_unshuffle", 2, "pytorch", "downscale_factor", {"downscale_factor": "factor"}, "downscale_factor", [],
    ),
    "ChannelShuffle": make_signature("channel_shuffle", None, "pytorch", "groups", same_names("groups"), "groups", []),
    "channel_shuffle": make_signature(
        "channel_shuffle", None, "pytorch", "input groups", same_names("groups"), "groups", ["input"],
    ),
    "Unfold": make_signature("unfold", 2, "pytorch", _UNFOLD, _WINDOW, "kernel_size", []),
    "unfold": make_signature("unfold", 2, "pytorch", f"input {_UNFOLD}", _WINDOW, "kernel_size", ["input"]),
    "Fold": make_signature(
        "fold", 2, "pytorch", f"output_size {_UNFOLD}", _FOLD, "output_size kernel_size", [],
    ),
    "fold": make_signature(
        "fold", 2, "pytorch", f"input output_size {_UNFOLD}", _FOLD, "output_size kernel_size", ["input"],
    ),
    "UpsamplingNearest2d": make_signature(
        "upsample", 2, "pytorch", "size scale_factor", _UPSAMPLING, "", [],
        mode=(("nearest",), "its name gives it"),
    ),
    **_list_adaptive_layers(1), **_list_adaptive_layers(2), **_list_adaptive_layers(3),
}  # fmt: skip


def _write_conv(layer: Conv) -> Iterator[str]:
    numbers = omit_default(get_padding_before(layer), 0)
    for padding in preferred_first(layer.padding_name == "same", "same", numbers):
        yield format_call(
            f"nn.Conv{layer.dims}d",
            layer.channels.inputs,
            layer.channels.outputs,
            layer.kernel,
            stride=omit_default(layer.stride, 1),
            padding=padding,
            dilation=omit_default(layer.dilation, 1),
            groups=omit_default(layer.channels.groups, 1),
            padding_mode=omit_default(layer.padding_mode, "zeros"),
        )


def _explain_conv(layer: Conv) -> str:
    modes = {"zeros": "Zero", "reflect": "Reflection", "replicate": "Replication", "circular": "Circular"}
    sides = tuple(side for pair in reversed(layer.padding) for side in pair)
    pad = f"nn.{modes[layer.padding_mode]}Pad{layer.dims}d({sides})"
    return f"pads both sides equally: put {pad} before nn.Conv{layer.dims}d"


def _write_conv_transpose(layer: ConvTranspose) -> Iterator[str]:
    yield format_call(
        f"nn.ConvTranspose{layer.dims}d",
        layer.channels.inputs,
        layer.channels.outputs,
        layer.kernel,
        stride=omit_default(layer.stride, 1),
        padding=omit_default(get_padding_before(layer), 0),
        output_padding=omit_default(find_output_padding(layer), 0),
        groups=omit_default(layer.channels.groups, 1),
        dilation=omit_default(layer.dilation, 1),
    )


def _write_max_pool(layer: MaxPool) -> Iterator[str]:
    window, dilation = list_pool_sizes(layer), omit_default(layer.dilation, 1)
    for ceil_mode in preferred_first(layer.ceil_mode, True, None):
        yield format_call(f"nn.MaxPool{layer.dims}d", layer.kernel, **window, dilation=dilation, ceil_mode=ceil_mode)


_POOL_OBSTACLE = "pads both sides equally, by at most half the kernel"


def _is_too_wide(layer: AvgPool) -> bool:
    """Return True for a kernel larger than the input: torch.nn.AvgPool3d, alone of all poolings, then fails."""
    return layer.dims == 3 and any(k > i for k, i in zip(layer.kernel, layer.input, strict=True))


def _write_avg_pool(layer: AvgPool) -> Iterator[str]:
    if _is_too_wide(layer) or omit_default(layer.dilation, 1):
        return
    counts = omit_default(layer.count_include_pad, True)
    for ceil_mode in preferred_first(layer.ceil_mode, True, None):
        named = {**list_pool_sizes(layer), "ceil_mode": ceil_mode, "count_include_pad": counts}
        yield format_call(f"nn.AvgPool{layer.dims}d", layer.kernel, **named)


def _explain_avg_pool(layer: AvgPool) -> str:
    if _is_too_wide(layer):
        return "nn.AvgPool3d takes no kernel larger than the input, whatever the padding"
    if omit_default(layer.dilation, 1):
        return "average pooling has no dilation"
    return _POOL_OBSTACLE


def _write_adaptive_pool(name: str) -> LayerWriter:
    def lines(layer: Any) -> Iterator[str]:
        yield format_call(f"nn.Adaptive{name}Pool{layer.dims}d", layer.output)

    return LayerWriter(lines)


def _write_upsample(layer: Upsample) -> Iterator[str]:
    size = {"scale_factor": layer.scale} if layer.output_shape is None else {"size": layer.output_shape}
    if layer.interpolation == "nearest":
        yield format_call("nn.Upsample", **size)
    elif layer.interpolation == "nearest_exact":
        yield format_call("nn.Upsample", **size, mode="nearest-exact")
    elif layer.interpolation == "linear" or (layer.dims == 2 and layer.convention != "keras"):
        mode, aligns = layer.display_name.split()[0].lower(), layer.align_corners or None
        yield format_call("nn.Upsample", **size, mode=mode, align_corners=aligns)


def _explain_upsample(layer: Upsample) -> str:
    return "two axes only: cubic" if layer.dims != 2 else "cubic weighs as ONNX does, not as Keras"


def _write_pixels(name: str) -> LayerWriter:
    return make_pixel_writer(name, "CRD", lambda layer: format_call(name, layer.factor))


def _write_unfold(layer: Unfold) -> Iterator[str]:
    if layer.dims == 2:
        yield format_call(
            "nn.Unfold",
            layer.kernel,
            dilation=omit_default(layer.dilation, 1),
            stride=omit_default(layer.stride, 1),
            padding=omit_default(get_padding_before(layer), 0),
        )


def _explain_unfold(layer: Unfold) -> str:
    return "pads both sides equally" if layer.dims == 2 else "two axes only: nn.Unfold"


def _write_fold(layer: Fold) -> Iterator[str]:
    if layer.dims == 2:
        yield format_call(
            "nn.Fold",
            layer.output,
            layer.kernel,
            dilation=omit_default(layer.dilation, 1),
            padding=omit_default(get_padding_before(layer), 0),
            stride=omit_default(layer.stride, 1),
        )


def _explain_fold(layer: Fold) -> str:
    return "crops both sides equally" if layer.dims == 2 else "two axes only: nn.Fold"


def _write_channel_shuffle(layer: ChannelShuffle) -> Iterator[str]:
    yield format_call("nn.ChannelShuffle", layer.groups)


_WRITERS = {
    "conv": LayerWriter(_write_conv, _explain_conv),
    "conv_transpose": LayerWriter(
        _write_conv_transpose, "crops both sides equally, or the end less by at most an output_padding"
    ),
    "max_pool": LayerWriter(_write_max_pool, _POOL_OBSTACLE),
    "avg_pool": LayerWriter(_write_avg_pool, _explain_avg_pool),
    "adaptive_max_pool": _write_adaptive_pool("Max"),
    "adaptive_avg_pool": _write_adaptive_pool("Avg"),
    "upsample": LayerWriter(_write_upsample, _explain_upsample, is_verified=False),
    "pixel_shuffle": _write_pixels("nn.PixelShuffle"),
    "pixel_unshuffle": _write_pixels("nn.PixelUnshuffle"),
    "channel_shuffle": LayerWriter(_write_channel_shuffle),
    "unfold": LayerWriter(_write_unfold, _explain_unfold),
    "fold": LayerWriter(_write_fold, _explain_fold),
}

FRAMEWORK = Framework(
    _SIGNATURES,
    _WRITERS,
    versions={"torch": "2.13.0"},
    weight_axes={"conv": ("out", "in", "k"), "conv_transpose": ("in", "out", "k")},
)
