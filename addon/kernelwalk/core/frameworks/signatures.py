# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers of PyTorch, Keras and ONNX: the names of their arguments, and what each is in a spec."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

SpecKeys = dict[str, Any]
ArgumentKeys = Mapping[str, str | Callable[[Any], SpecKeys]]
"""What arguments become: a key of a spec, or by a function that raises ValueError where a value cannot be."""


@dataclass(frozen=True)
class LayerSignature:
    """How a framework writes a layer.

    op:         the operation, by its name in a spec
    dims:       how many axes it has; None where that follows from the arguments
    convention: whose words it uses
    positions:  the arguments that may be given without a name, in order
    keys:       of arguments those that matter, and the key of a spec that they are, or how they become keys
    defaults:   keys of a spec that hold where no argument says otherwise
    needs:      arguments that there must be
    fixed:      arguments that can only have one value here, and the reason
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


def _pads(value: Any) -> SpecKeys:
    """ONNX' pads: all beginnings, then all ends."""
    if not isinstance(value, (list, tuple)) or len(value) not in (2, 4, 6):
        raise ValueError("pads are two numbers per axis, all beginnings first: [y begin, x begin, y end, x end]")
    dims = len(value) // 2
    return {"padding": [[value[axis], value[dims + axis]] for axis in range(dims)]}


def _auto_pad(value: Any) -> SpecKeys:
    words: dict[Any, SpecKeys] = {"NOTSET": {}, "VALID": {"padding": "valid"}}
    words |= {word: {"padding": word.lower()} for word in ("SAME_UPPER", "SAME_LOWER")}
    if not isinstance(value, str) or value not in words:
        raise ValueError("auto_pad is NOTSET, SAME_UPPER, SAME_LOWER or VALID")
    return words[value]


def _keras_padding(*words: str) -> Callable[[Any], SpecKeys]:
    def read(value: Any) -> SpecKeys:
        if not isinstance(value, str) or value.lower() not in words:
            raise ValueError("it is " + " or ".join(f'"{word}"' for word in words))
        return {"padding": value.lower()}

    return read


def _torch_padding(value: Any) -> SpecKeys:
    if isinstance(value, str) and value not in ("valid", "same"):
        raise ValueError('write a number, one per axis, "valid" or "same"')
    return {"padding": value}


def _torch_numbers(value: Any) -> SpecKeys:
    if isinstance(value, str):
        raise ValueError("write a number, or one per axis")
    return {"padding": value}


def _torch_scale(value: Any) -> SpecKeys:
    """torch's scale_factor may be a float, of which only whole ones repeat each cell as often."""
    factors = list(value) if isinstance(value, (list, tuple)) else [value]
    if any(isinstance(factor, float) and not factor.is_integer() for factor in factors):
        raise ValueError("only a whole scale_factor repeats each cell as often as the others")
    whole = [int(factor) if isinstance(factor, float) else factor for factor in factors]
    return {"scale": whole if isinstance(value, (list, tuple)) else whole[0]}


def _flag(key: str) -> Callable[[Any], SpecKeys]:
    """ONNX' 0 and 1."""

    def read(value: Any) -> SpecKeys:
        if value not in (0, 1):
            raise ValueError(f"{key} is 0 or 1")
        return {key: bool(value)}

    return read


def _same(*names: str) -> ArgumentKeys:
    return {name: name for name in names}


_TORCH: ArgumentKeys = {"kernel_size": "kernel", "padding": _torch_numbers, **_same("stride", "dilation")}
_TORCH_CHANNELS = _same("in_channels", "out_channels", "groups")
_TORCH_CONV = ("in_channels", "out_channels", "kernel_size", "stride", "padding")
_TORCH_IGNORED = ("bias", "device", "dtype")
_KERAS: ArgumentKeys = {"strides": "stride", "padding": _keras_padding("valid", "same")}
_KERAS_IGNORED = (
    *("data_format", "activation", "use_bias", "name", "trainable", "dtype", "input_shape"),
    *(
        f"{of}_{what}"
        for of in ("kernel", "bias", "depthwise")
        for what in ("initializer", "regularizer", "constraint")
    ),
    "activity_regularizer",
)
_ONNX: ArgumentKeys = {
    "kernel_shape": "kernel",
    "strides": "stride",
    "dilations": "dilation",
    "pads": _pads,
    "auto_pad": _auto_pad,
}
_ONNX_GROUPS: ArgumentKeys = {"group": "groups"}
_ONNX_IGNORED = ("storage_order", "name", "doc_string", "domain", "inputs", "outputs")


def _form(
    op: str,
    dims: int | None,
    convention: str,
    positions: str,
    keys: ArgumentKeys,
    needs: str,
    ignored: Any,
    defaults: Mapping[str, Any] | None = None,
    **fixed: tuple[tuple[Any, ...], str],
) -> LayerSignature:
    usual = defaults or {}
    return LayerSignature(
        op, dims, convention, tuple(positions.split()), keys, tuple(needs.split()), usual, fixed, tuple(ignored)
    )


_NO_DILATION = ((1, [1], [1, 1], [1, 1, 1]), "average pooling has no dilation here")
_NEAREST = (("nearest", "nearest-exact"), "only nearest upsampling copies cells")
_NO_SIZE = ((None,), "give the scale_factor, and the input beside the line")


_KERAS_WORDS = {1: ("valid", "same", "causal"), 2: ("valid", "same"), 3: ("valid", "same")}


def _torch(dims: int) -> dict[str, LayerSignature]:
    """PyTorch's layers of so many axes."""
    return {
        f"Conv{dims}d": _form(
            "conv", dims, "pytorch", " ".join(_TORCH_CONV) + " dilation groups bias padding_mode device dtype",
            {**_TORCH, **_TORCH_CHANNELS, "padding": _torch_padding, **_same("padding_mode")}, "kernel_size",
            _TORCH_IGNORED,
        ),
        f"ConvTranspose{dims}d": _form(
            "conv_transpose", dims, "pytorch",
            " ".join(_TORCH_CONV) + " output_padding groups bias dilation padding_mode device dtype",
            {**_TORCH, **_TORCH_CHANNELS, **_same("output_padding")}, "kernel_size", _TORCH_IGNORED,
            padding_mode=(("zeros",), "a transposed convolution has no other"),
        ),
        f"MaxPool{dims}d": _form(
            "max_pool", dims, "pytorch", "kernel_size stride padding dilation return_indices ceil_mode",
            {**_TORCH, **_same("ceil_mode")}, "kernel_size", ["return_indices"],
        ),
        f"AvgPool{dims}d": _form(
            "avg_pool", dims, "pytorch", "kernel_size stride padding ceil_mode count_include_pad divisor_override",
            {"kernel_size": "kernel", "padding": _torch_numbers, **_same("stride", "ceil_mode", "count_include_pad")},
            "kernel_size", [],
            divisor_override=((None,), "the divisor is what counts"),
        ),
    }  # fmt: skip


def _keras(dims: int) -> dict[str, LayerSignature]:
    """Keras' layers of so many axes."""
    pool: ArgumentKeys = {"pool_size": "kernel", **_KERAS}
    conv: ArgumentKeys = {"kernel_size": "kernel", "dilation_rate": "dilation", **_KERAS}
    return {
        f"Conv{dims}D": _form(
            "conv", dims, "keras", "filters kernel_size strides padding data_format dilation_rate groups activation",
            {**conv, "filters": "out_channels", **_same("groups"), "padding": _keras_padding(*_KERAS_WORDS[dims])},
            "kernel_size", _KERAS_IGNORED, {"padding": "valid"},
        ),
        f"Conv{dims}DTranspose": _form(
            "conv_transpose", dims, "keras",
            "filters kernel_size strides padding output_padding data_format dilation_rate",
            {**conv, "filters": "out_channels", **_same("output_padding")}, "kernel_size", _KERAS_IGNORED,
            {"padding": "valid"},
        ),
        f"MaxPooling{dims}D": _form(
            "max_pool", dims, "keras", "pool_size strides padding data_format", pool, "", _KERAS_IGNORED,
            {"kernel": 2, "padding": "valid"},
        ),
        f"AveragePooling{dims}D": _form(
            "avg_pool", dims, "keras", "pool_size strides padding data_format", pool, "", _KERAS_IGNORED,
            {"kernel": 2, "padding": "valid"},
        ),
        f"UpSampling{dims}D": _form(
            "upsample", dims, "keras", "size data_format interpolation" if dims == 2 else "size data_format",
            {"size": "scale"}, "", _KERAS_IGNORED, {"scale": 2}, interpolation=_NEAREST,
        ),
    }  # fmt: skip


def _depthwise(dims: int) -> LayerSignature:
    """Keras' depthwise convolution: so many outputs for each input channel."""
    return _form(
        "conv", dims, "keras", "kernel_size strides padding depth_multiplier data_format dilation_rate activation",
        {"kernel_size": "kernel", "dilation_rate": "dilation", **_KERAS, **_same("depth_multiplier")}, "kernel_size",
        _KERAS_IGNORED, {"padding": "valid", "depth_multiplier": 1},
    )  # fmt: skip


SIGNATURES = {
    **_torch(1), **_torch(2), **_torch(3),
    "Upsample": _form(
        "upsample", None, "pytorch", "size scale_factor mode align_corners", {"scale_factor": _torch_scale},
        "scale_factor", ["align_corners", "recompute_scale_factor"], size=_NO_SIZE, mode=_NEAREST,
    ),
    "PixelShuffle": _form(
        "pixel_shuffle", 2, "pytorch", "upscale_factor", {"upscale_factor": "factor"}, "upscale_factor", [],
    ),
    "PixelUnshuffle": _form(
        "pixel_unshuffle", 2, "pytorch", "downscale_factor", {"downscale_factor": "factor"}, "downscale_factor", [],
    ),
    "Unfold": _form(
        "unfold", 2, "pytorch", "kernel_size dilation padding stride",
        {"kernel_size": "kernel", "padding": _torch_numbers, **_same("stride", "dilation")}, "kernel_size", [],
    ),
    "UpsamplingNearest2d": _form(
        "upsample", 2, "pytorch", "size scale_factor", {"scale_factor": _torch_scale}, "scale_factor", [],
        size=_NO_SIZE,
    ),
    **_keras(1), **_keras(2), **_keras(3),
    "DepthwiseConv1D": _depthwise(1), "DepthwiseConv2D": _depthwise(2),
    "Conv": _form("conv", None, "onnx", "", {**_ONNX, **_ONNX_GROUPS}, "kernel_shape", _ONNX_IGNORED),
    "ConvTranspose": _form(
        "conv_transpose", None, "onnx", "", {**_ONNX, **_ONNX_GROUPS, **_same("output_padding", "output_shape")},
        "kernel_shape", _ONNX_IGNORED,
    ),
    "DepthToSpace": _form(
        "pixel_shuffle", 2, "onnx", "", {"blocksize": "factor", "mode": "mode"}, "blocksize", _ONNX_IGNORED,
        {"mode": "DCR"},
    ),
    "SpaceToDepth": _form(
        "pixel_unshuffle", 2, "onnx", "", {"blocksize": "factor"}, "blocksize", _ONNX_IGNORED, {"mode": "DCR"},
    ),
    "depth_to_space": _form(
        "pixel_shuffle", 2, "tensorflow", "input block_size data_format name", {"block_size": "factor"}, "block_size",
        ["input", "data_format", "name"], {"mode": "DCR"},
    ),
    "space_to_depth": _form(
        "pixel_unshuffle", 2, "tensorflow", "input block_size data_format name", {"block_size": "factor"},
        "block_size", ["input", "data_format", "name"], {"mode": "DCR"},
    ),
    "MaxPool": _form(
        "max_pool", None, "onnx", "", {**_ONNX, "ceil_mode": _flag("ceil_mode")}, "kernel_shape", _ONNX_IGNORED,
        {"stride": 1},
    ),
    "AveragePool": _form(
        "avg_pool", None, "onnx", "",
        {**{name: key for name, key in _ONNX.items() if name != "dilations"},
         "ceil_mode": _flag("ceil_mode"), "count_include_pad": _flag("count_include_pad")},
        "kernel_shape", _ONNX_IGNORED, {"stride": 1}, dilations=_NO_DILATION,
    ),
}  # fmt: skip
"""The layers that are understood, by the names that the frameworks give them."""

ALIASES = {
    f"{other}{dims}D{end}": f"{name}{dims}D{end}"
    for dims in (1, 2, 3)
    for other, name, end in (
        ("MaxPool", "MaxPooling", ""),
        ("AvgPool", "AveragePooling", ""),
        ("Convolution", "Conv", ""),
        ("Convolution", "Conv", "Transpose"),
    )
}
"""Keras' other names."""

MODULE_PREFIXES = {
    "pytorch": ("", "nn", "torch.nn"),
    "keras": ("", "layers", "keras.layers", "tf.keras.layers", "tensorflow.keras.layers"),
    "onnx": ("", "onnx"),
    "tensorflow": ("", "tf.nn", "tensorflow.nn"),
}

CONVENTION_FREE = ("upsample", "pixel_shuffle", "pixel_unshuffle", "unfold")
"""Operations that all mean the same."""

CHANNEL_ARGUMENTS = ("in_channels", "out_channels", "groups", "group", "filters", "depth_multiplier")
"""Arguments of which one that is not written out is as if it were not given: it tells of channels alone."""

SEPARABLE_LAYERS = ("SeparableConv1D", "SeparableConv2D", "SeparableConvolution1D", "SeparableConvolution2D")
"""Two layers in one, of Keras."""

SEPARABLE_ARGUMENTS = (
    "filters",
    "kernel_size",
    "strides",
    "padding",
    "data_format",
    "dilation_rate",
    "depth_multiplier",
)
