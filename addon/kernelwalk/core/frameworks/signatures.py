# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers of PyTorch, Keras and ONNX: their argument names, and the spec key that each argument becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

SpecKeys = dict[str, Any]
ArgumentKeys = Mapping[str, str | Callable[[Any], SpecKeys]]
"""Spec keys by argument: a key, or a function that returns keys and raises ValueError for an impossible value."""


@dataclass(frozen=True)
class LayerSignature:
    """A layer of a framework.

    op:         the operation's name in a spec
    dims:       number of axes; None if it follows from the arguments
    convention: the framework that defines its padding names
    positional: the arguments that may be given without a name, in order
    arguments:  the arguments that matter, with their spec keys
    required:   arguments that must be given
    defaults:   spec keys that hold unless an argument sets them
    fixed:      arguments that allow only some values here, and the reason
    ignored:    arguments that do not matter
    """

    op: str
    dims: int | None
    convention: str
    positional: tuple[str, ...]
    arguments: ArgumentKeys
    required: tuple[str, ...]
    defaults: Mapping[str, Any]
    fixed: Mapping[str, tuple[tuple[Any, ...], str]]
    ignored: tuple[str, ...]


def _parse_onnx_pads(value: Any) -> SpecKeys:
    """Parse ONNX' pads: the beginnings of all axes, then the ends."""
    if not isinstance(value, (list, tuple)) or len(value) not in (2, 4, 6):
        raise ValueError("pads are two numbers per axis, all beginnings first: [y begin, x begin, y end, x end]")
    dims = len(value) // 2
    return {"padding": [[value[axis], value[dims + axis]] for axis in range(dims)]}


def _parse_auto_pad(value: Any) -> SpecKeys:
    options: dict[Any, SpecKeys] = {"NOTSET": {}, "VALID": {"padding": "valid"}}
    options |= {name: {"padding": name.lower()} for name in ("SAME_UPPER", "SAME_LOWER")}
    if not isinstance(value, str) or value not in options:
        raise ValueError("auto_pad is NOTSET, SAME_UPPER, SAME_LOWER or VALID")
    return options[value]


def _keras_padding(*names: str) -> Callable[[Any], SpecKeys]:
    def parse(value: Any) -> SpecKeys:
        if not isinstance(value, str) or value.lower() not in names:
            raise ValueError("it is " + " or ".join(f'"{name}"' for name in names))
        return {"padding": value.lower()}

    return parse


def _parse_torch_padding(value: Any) -> SpecKeys:
    if isinstance(value, str) and value not in ("valid", "same"):
        raise ValueError('write a number, one per axis, "valid" or "same"')
    return {"padding": value}


def _parse_torch_padding_sizes(value: Any) -> SpecKeys:
    if isinstance(value, str):
        raise ValueError("write a number, or one per axis")
    return {"padding": value}


def _parse_torch_scale(value: Any) -> SpecKeys:
    """Parse torch's scale_factor, which may be a float."""
    factors = list(value) if isinstance(value, (list, tuple)) else [value]
    if any(isinstance(factor, float) and not factor.is_integer() for factor in factors):
        raise ValueError("scale_factor is a whole number here; size=... gives any other size of the output")
    whole = [int(factor) if isinstance(factor, float) else factor for factor in factors]
    return {"scale": whole if isinstance(value, (list, tuple)) else whole[0]}


UPSAMPLING_AXES = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
"""Numbers of axes of torch's modes of upsampling that need a certain number."""


def _parse_interpolation(value: Any) -> SpecKeys:
    """Parse torch's mode and Keras' interpolation of an upsampling."""
    if value in ("nearest", "nearest-exact"):
        return {}
    if value not in UPSAMPLING_AXES:
        raise ValueError("nearest, linear, bilinear, trilinear and bicubic are drawn")
    return {"interpolation": "cubic" if value == "bicubic" else "linear"}


def _onnx_flag(key: str) -> Callable[[Any], SpecKeys]:
    """Return a parser of ONNX' 0 and 1."""

    def parse(value: Any) -> SpecKeys:
        if value not in (0, 1):
            raise ValueError(f"{key} is 0 or 1")
        return {key: bool(value)}

    return parse


def _same_names(*names: str) -> ArgumentKeys:
    """Return arguments that are called the same in a spec."""
    return {name: name for name in names}


_TORCH: ArgumentKeys = {
    "kernel_size": "kernel",
    "padding": _parse_torch_padding_sizes,
    **_same_names("stride", "dilation"),
}
_TORCH_CHANNELS = _same_names("in_channels", "out_channels", "groups")
_TORCH_CONV = "in_channels out_channels kernel_size stride padding"
_TORCH_IGNORED = ("bias", "device", "dtype")
_KERAS: ArgumentKeys = {"strides": "stride", "padding": _keras_padding("valid", "same")}
_KERAS_IGNORED = (
    *("data_format", "activation", "use_bias", "name", "trainable", "dtype", "input_shape", "batch_input_shape"),
    *(
        f"{weights}_{setting}"
        for weights in ("kernel", "bias", "depthwise")
        for setting in ("initializer", "regularizer", "constraint")
    ),
    "activity_regularizer",
)
_ONNX: ArgumentKeys = {
    "kernel_shape": "kernel",
    "strides": "stride",
    "dilations": "dilation",
    "pads": _parse_onnx_pads,
    "auto_pad": _parse_auto_pad,
}
_ONNX_GROUPS: ArgumentKeys = {"group": "groups"}
_ONNX_IGNORED = ("storage_order", "name", "doc_string", "domain", "inputs", "outputs")


def _signature(
    op: str,
    dims: int | None,
    convention: str,
    positional: str,
    arguments: ArgumentKeys,
    required: str,
    ignored: Any,
    defaults: Mapping[str, Any] | None = None,
    **fixed: tuple[tuple[Any, ...], str],
) -> LayerSignature:
    names = tuple(positional.split()), tuple(required.split())
    return LayerSignature(op, dims, convention, names[0], arguments, names[1], defaults or {}, fixed, tuple(ignored))


_NO_DILATION = ((1, [1], [1, 1], [1, 1, 1]), "average pooling has no dilation here")
_TORCH_UPSAMPLING: ArgumentKeys = {
    "scale_factor": _parse_torch_scale,
    "size": "output_shape",
    "mode": _parse_interpolation,
    **_same_names("align_corners"),
}

_KERAS_TRANSPOSED = {1: "output_padding data_format", 2: "output_padding data_format", 3: "data_format output_padding"}
"""Order of two arguments of a transposed convolution."""

_KERAS_PADDING_NAMES = {1: ("valid", "same", "causal"), 2: ("valid", "same"), 3: ("valid", "same")}


def _torch(dims: int) -> dict[str, LayerSignature]:
    """Return PyTorch's layers with this number of axes."""
    return {
        f"Conv{dims}d": _signature(
            "conv", dims, "pytorch", f"{_TORCH_CONV} dilation groups bias padding_mode device dtype",
            {**_TORCH, **_TORCH_CHANNELS, "padding": _parse_torch_padding, **_same_names("padding_mode")},
            "kernel_size", _TORCH_IGNORED,
        ),
        f"ConvTranspose{dims}d": _signature(
            "conv_transpose", dims, "pytorch",
            f"{_TORCH_CONV} output_padding groups bias dilation padding_mode device dtype",
            {**_TORCH, **_TORCH_CHANNELS, **_same_names("output_padding")}, "kernel_size", _TORCH_IGNORED,
            padding_mode=(("zeros",), "a transposed convolution has no other"),
        ),
        f"MaxPool{dims}d": _signature(
            "max_pool", dims, "pytorch", "kernel_size stride padding dilation return_indices ceil_mode",
            {**_TORCH, **_same_names("ceil_mode")}, "kernel_size", ["return_indices"],
        ),
        f"AvgPool{dims}d": _signature(
            "avg_pool", dims, "pytorch", "kernel_size stride padding ceil_mode count_include_pad divisor_override",
            {"kernel_size": "kernel", "padding": _parse_torch_padding_sizes,
             **_same_names("stride", "ceil_mode", "count_include_pad")},
            "kernel_size", [],
            divisor_override=((None,), "the divisor is the number of cells that count"),
        ),
    }  # fmt: skip


def _torch_lazy(dims: int) -> dict[str, LayerSignature]:
    """Return PyTorch's layers that take their number of input channels from the input."""
    layers = {f"Lazy{name}": signature for name, signature in _torch(dims).items() if name.startswith("Conv")}
    return {name: replace(each, positional=each.positional[1:]) for name, each in layers.items()}


def _torch_functions(dims: int) -> dict[str, LayerSignature]:
    """Return the functions of torch.nn.functional; a convolution has no kernel size among its arguments."""
    pool = _torch(dims)
    order = {
        f"MaxPool{dims}d": "input kernel_size stride padding dilation ceil_mode return_indices",
        f"AvgPool{dims}d": "input kernel_size stride padding ceil_mode count_include_pad divisor_override",
    }
    names = {f"MaxPool{dims}d": f"max_pool{dims}d", f"AvgPool{dims}d": f"avg_pool{dims}d"}
    return {
        names[layer]: replace(pool[layer], positional=tuple(text.split()), ignored=("input", "return_indices"))
        for layer, text in order.items()
    }


def _adaptive(dims: int) -> dict[str, LayerSignature]:
    """Return the adaptive and the global poolings of PyTorch and Keras with this number of axes."""
    found: dict[str, LayerSignature] = {}
    for torch, keras, op in (("Avg", "Average", "adaptive_avg_pool"), ("Max", "Max", "adaptive_max_pool")):
        size: ArgumentKeys = {"output_size": "output_shape"}
        found |= {
            f"Adaptive{torch}Pool{dims}d": _signature(
                op, dims, "pytorch", "output_size return_indices", size, "output_size", ["return_indices"]
            ),
            f"{op}{dims}d": _signature(
                op, dims, "pytorch", "input output_size return_indices", size, "output_size",
                ["input", "return_indices"],
            ),
            f"Adaptive{keras}Pooling{dims}D": _signature(
                op, dims, "keras", "output_size data_format", size, "output_size", _KERAS_IGNORED
            ),
            f"Global{keras}Pooling{dims}D": _signature(
                op, dims, "keras", "data_format keepdims", {}, "", ["keepdims", *_KERAS_IGNORED],
                {"output_shape": [1] * dims},
            ),
        }  # fmt: skip
    return found


def _keras(dims: int) -> dict[str, LayerSignature]:
    """Return Keras' layers with this number of axes."""
    pool: ArgumentKeys = {"pool_size": "kernel", **_KERAS}
    conv: ArgumentKeys = {"kernel_size": "kernel", "dilation_rate": "dilation", **_KERAS}
    padding = _keras_padding(*_KERAS_PADDING_NAMES[dims])
    return {
        f"Conv{dims}D": _signature(
            "conv", dims, "keras", "filters kernel_size strides padding data_format dilation_rate groups activation",
            {**conv, "filters": "out_channels", **_same_names("groups"), "padding": padding},
            "kernel_size", _KERAS_IGNORED, {"padding": "valid"},
        ),
        f"Conv{dims}DTranspose": _signature(
            "conv_transpose", dims, "keras",
            f"filters kernel_size strides padding {_KERAS_TRANSPOSED[dims]} dilation_rate",
            {**conv, "filters": "out_channels", **_same_names("output_padding")}, "kernel_size", _KERAS_IGNORED,
            {"padding": "valid"},
        ),
        f"MaxPooling{dims}D": _signature(
            "max_pool", dims, "keras", "pool_size strides padding data_format", pool, "", _KERAS_IGNORED,
            {"kernel": 2, "padding": "valid"},
        ),
        f"AveragePooling{dims}D": _signature(
            "avg_pool", dims, "keras", "pool_size strides padding data_format", pool, "", _KERAS_IGNORED,
            {"kernel": 2, "padding": "valid"},
        ),
        f"UpSampling{dims}D": _signature(
            "upsample", dims, "keras", "size data_format interpolation" if dims == 2 else "size data_format",
            {"size": "scale", "interpolation": _parse_interpolation}, "", _KERAS_IGNORED, {"scale": 2},
        ),
    }  # fmt: skip


def _keras_depthwise(dims: int) -> LayerSignature:
    """Return Keras' depthwise convolution, with depth_multiplier outputs for each input channel."""
    return _signature(
        "conv", dims, "keras", "kernel_size strides padding depth_multiplier data_format dilation_rate activation",
        {"kernel_size": "kernel", "dilation_rate": "dilation", **_KERAS, **_same_names("depth_multiplier")},
        "kernel_size", _KERAS_IGNORED, {"padding": "valid", "depth_multiplier": 1},
    )  # fmt: skip


SIGNATURES = {
    **_torch(1), **_torch(2), **_torch(3), **_torch_lazy(1), **_torch_lazy(2), **_torch_lazy(3),
    **_torch_functions(1), **_torch_functions(2), **_torch_functions(3),
    "Upsample": _signature(
        "upsample", None, "pytorch", "size scale_factor mode align_corners", _TORCH_UPSAMPLING, "",
        ["recompute_scale_factor"],
    ),
    "interpolate": _signature(
        "upsample", None, "pytorch", "input size scale_factor mode align_corners", _TORCH_UPSAMPLING, "",
        ["input", "recompute_scale_factor"], antialias=((False,), "it blurs before it shrinks, with other weights"),
    ),
    "UpsamplingBilinear2d": _signature(
        "upsample", 2, "pytorch", "size scale_factor", _TORCH_UPSAMPLING, "", [],
        {"interpolation": "linear", "align_corners": True}, mode=(("bilinear",), "its name gives it"),
    ),
    "PixelShuffle": _signature(
        "pixel_shuffle", 2, "pytorch", "upscale_factor", {"upscale_factor": "factor"}, "upscale_factor", [],
    ),
    "PixelUnshuffle": _signature(
        "pixel_unshuffle", 2, "pytorch", "downscale_factor", {"downscale_factor": "factor"}, "downscale_factor", [],
    ),
    "Unfold": _signature(
        "unfold", 2, "pytorch", "kernel_size dilation padding stride",
        {"kernel_size": "kernel", "padding": _parse_torch_padding_sizes, **_same_names("stride", "dilation")},
        "kernel_size", [],
    ),
    "UpsamplingNearest2d": _signature(
        "upsample", 2, "pytorch", "size scale_factor", _TORCH_UPSAMPLING, "", [],
        mode=(("nearest",), "its name gives it"),
    ),
    **_adaptive(1), **_adaptive(2), **_adaptive(3),
    "GlobalAveragePool": _signature("adaptive_avg_pool", None, "onnx", "", {}, "", _ONNX_IGNORED, {"output_shape": 1}),
    "GlobalMaxPool": _signature("adaptive_max_pool", None, "onnx", "", {}, "", _ONNX_IGNORED, {"output_shape": 1}),
    **_keras(1), **_keras(2), **_keras(3),
    "DepthwiseConv1D": _keras_depthwise(1), "DepthwiseConv2D": _keras_depthwise(2),
    "Conv": _signature("conv", None, "onnx", "", {**_ONNX, **_ONNX_GROUPS}, "kernel_shape", _ONNX_IGNORED),
    "ConvTranspose": _signature(
        "conv_transpose", None, "onnx", "",
        {**_ONNX, **_ONNX_GROUPS, **_same_names("output_padding", "output_shape")}, "kernel_shape", _ONNX_IGNORED,
    ),
    "DepthToSpace": _signature(
        "pixel_shuffle", 2, "onnx", "", {"blocksize": "factor", "mode": "channel_order"}, "blocksize", _ONNX_IGNORED,
        {"channel_order": "DCR"},
    ),
    "SpaceToDepth": _signature(
        "pixel_unshuffle", 2, "onnx", "", {"blocksize": "factor"}, "blocksize", _ONNX_IGNORED,
        {"channel_order": "DCR"},
    ),
    "depth_to_space": _signature(
        "pixel_shuffle", 2, "tensorflow", "input block_size data_format name", {"block_size": "factor"}, "block_size",
        ["input", "data_format", "name"], {"channel_order": "DCR"},
    ),
    "space_to_depth": _signature(
        "pixel_unshuffle", 2, "tensorflow", "input block_size data_format name", {"block_size": "factor"},
        "block_size", ["input", "data_format", "name"], {"channel_order": "DCR"},
    ),
    "MaxPool": _signature(
        "max_pool", None, "onnx", "", {**_ONNX, "ceil_mode": _onnx_flag("ceil_mode")}, "kernel_shape", _ONNX_IGNORED,
        {"stride": 1},
    ),
    "AveragePool": _signature(
        "avg_pool", None, "onnx", "",
        {**{name: key for name, key in _ONNX.items() if name != "dilations"},
         "ceil_mode": _onnx_flag("ceil_mode"), "count_include_pad": _onnx_flag("count_include_pad")},
        "kernel_shape", _ONNX_IGNORED, {"stride": 1}, dilations=_NO_DILATION,
    ),
}  # fmt: skip
"""The supported layers, by their names in the frameworks."""

ALIASES = {
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
"""Keras' other names of its layers."""

MODULE_PREFIXES = {
    "pytorch": ("", "nn", "torch.nn", "F", "nn.functional", "torch.nn.functional"),
    "keras": ("", "layers", "keras.layers", "tf.keras.layers", "tensorflow.keras.layers"),
    "onnx": ("", "onnx"),
    "tensorflow": ("", "tf.nn", "tensorflow.nn"),
}

UNPOOLING_LAYERS = ("MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d", "max_unpool1d", "max_unpool2d", "max_unpool3d")
"""Layers whose outputs stand where the values of another layer were largest."""

SEPARABLE_LAYERS = ("SeparableConv1D", "SeparableConv2D", "SeparableConvolution1D", "SeparableConvolution2D")
"""Layers of Keras that are two layers in one."""

SEPARABLE_ARGUMENTS = (
    "filters",
    "kernel_size",
    "strides",
    "padding",
    "data_format",
    "dilation_rate",
    "depth_multiplier",
)
"""Their arguments, in order."""
