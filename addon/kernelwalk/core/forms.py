# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers of PyTorch, Keras and ONNX: the names of their arguments, and what each is in a spec."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Keys = dict[str, Any]
Readers = Mapping[str, str | Callable[[Any], Keys]]
"""What arguments become: a key of a spec, or by a function that raises ValueError where a value cannot be."""


@dataclass(frozen=True)
class Form:
    """How a framework writes a layer.

    op:         the operation, by its name in a spec
    convention: whose words it uses
    positions:  the arguments that may be given without a name, in order
    keys:       of arguments those that matter, and the key of a spec that they are, or how they become keys
    defaults:   keys of a spec that hold where no argument says otherwise
    needs:      arguments that there must be
    fixed:      arguments that can only have one value here, and the reason
    """

    op: str
    convention: str
    positions: tuple[str, ...]
    keys: Readers
    needs: tuple[str, ...]
    defaults: Mapping[str, Any]
    fixed: Mapping[str, tuple[tuple[Any, ...], str]]
    ignored: tuple[str, ...]


def _pads(value: Any) -> Keys:
    """ONNX' pads: all beginnings, then all ends."""
    if not isinstance(value, (list, tuple)) or len(value) != 4:
        raise ValueError("pads of two axes are four numbers: [y begin, x begin, y end, x end]")
    return {"padding": [[value[0], value[2]], [value[1], value[3]]]}


def _auto_pad(value: Any) -> Keys:
    words: dict[Any, Keys] = {"NOTSET": {}, "VALID": {"padding": "valid"}}
    words |= {word: {"padding": word.lower()} for word in ("SAME_UPPER", "SAME_LOWER")}
    if not isinstance(value, str) or value not in words:
        raise ValueError("auto_pad is NOTSET, SAME_UPPER, SAME_LOWER or VALID")
    return words[value]


def _keras_padding(value: Any) -> Keys:
    if not isinstance(value, str) or value.lower() not in ("valid", "same"):
        raise ValueError('the padding of a Keras layer in two dimensions is "valid" or "same"')
    return {"padding": value.lower()}


def _torch_padding(value: Any) -> Keys:
    if isinstance(value, str) and value not in ("valid", "same"):
        raise ValueError('write a number, one per axis, "valid" or "same"')
    return {"padding": value}


def _torch_numbers(value: Any) -> Keys:
    if isinstance(value, str):
        raise ValueError("write a number, or one per axis")
    return {"padding": value}


def _torch_scale(value: Any) -> Keys:
    """torch's scale_factor may be a float, of which only whole ones repeat each cell as often."""
    factors = list(value) if isinstance(value, (list, tuple)) else [value]
    if any(isinstance(factor, float) and not factor.is_integer() for factor in factors):
        raise ValueError("only a whole scale_factor repeats each cell as often as the others")
    whole = [int(factor) if isinstance(factor, float) else factor for factor in factors]
    return {"scale": whole if isinstance(value, (list, tuple)) else whole[0]}


def _flag(key: str) -> Callable[[Any], Keys]:
    """ONNX' 0 and 1."""

    def read(value: Any) -> Keys:
        if value not in (0, 1):
            raise ValueError(f"{key} is 0 or 1")
        return {key: bool(value)}

    return read


def _same(*names: str) -> Readers:
    return {name: name for name in names}


_TORCH: Readers = {"kernel_size": "kernel", "padding": _torch_numbers, **_same("stride", "dilation")}
_TORCH_CONV = ("in_channels", "out_channels", "kernel_size", "stride", "padding")
_TORCH_IGNORED = ("in_channels", "out_channels", "groups", "bias", "device", "dtype")
_KERAS: Readers = {"strides": "stride", "padding": _keras_padding}
_KERAS_IGNORED = (
    *("filters", "data_format", "groups", "activation", "use_bias", "name", "trainable", "dtype", "input_shape"),
    *(f"{of}_{what}" for of in ("kernel", "bias") for what in ("initializer", "regularizer", "constraint")),
    "activity_regularizer",
)
_ONNX: Readers = {
    "kernel_shape": "kernel",
    "strides": "stride",
    "dilations": "dilation",
    "pads": _pads,
    "auto_pad": _auto_pad,
}
_ONNX_IGNORED = ("group", "storage_order", "name", "doc_string", "domain", "inputs", "outputs")


def _form(
    op: str,
    convention: str,
    positions: str,
    keys: Readers,
    needs: str,
    ignored: Any,
    defaults: Mapping[str, Any] | None = None,
    **fixed: tuple[tuple[Any, ...], str],
) -> Form:
    return Form(
        op, convention, tuple(positions.split()), keys, tuple(needs.split()), defaults or {}, fixed, tuple(ignored)
    )


_NO_DILATION = ((1, [1], (1,), (1, 1), [1, 1]), "average pooling has no dilation here")
_NEAREST = (("nearest", "nearest-exact"), "only nearest upsampling copies cells")

FORMS = {
    "Conv2d": _form(
        "conv", "pytorch", " ".join(_TORCH_CONV) + " dilation groups bias padding_mode device dtype",
        {**_TORCH, "padding": _torch_padding, **_same("padding_mode")}, "kernel_size", _TORCH_IGNORED,
    ),
    "ConvTranspose2d": _form(
        "conv_transpose", "pytorch",
        " ".join(_TORCH_CONV) + " output_padding groups bias dilation padding_mode device dtype",
        {**_TORCH, **_same("output_padding")}, "kernel_size", _TORCH_IGNORED,
        padding_mode=(("zeros",), "a transposed convolution has no other"),
    ),
    "MaxPool2d": _form(
        "max_pool", "pytorch", "kernel_size stride padding dilation return_indices ceil_mode",
        {**_TORCH, **_same("ceil_mode")}, "kernel_size", ["return_indices"],
    ),
    "AvgPool2d": _form(
        "avg_pool", "pytorch", "kernel_size stride padding ceil_mode count_include_pad divisor_override",
        {"kernel_size": "kernel", "padding": _torch_numbers, **_same("stride", "ceil_mode", "count_include_pad")},
        "kernel_size", [],
        divisor_override=((None,), "the divisor is what counts"),
    ),
    "Upsample": _form(
        "upsample", "pytorch", "size scale_factor mode align_corners", {"scale_factor": _torch_scale}, "scale_factor",
        ["align_corners", "recompute_scale_factor"],
        size=((None,), "give the scale_factor, and the input beside the line"), mode=_NEAREST,
    ),
    "UpsamplingNearest2d": _form(
        "upsample", "pytorch", "size scale_factor", {"scale_factor": _torch_scale}, "scale_factor", [],
        size=((None,), "give the scale_factor, and the input beside the line"),
    ),
    "Conv2D": _form(
        "conv", "keras", "filters kernel_size strides padding data_format dilation_rate groups activation",
        {"kernel_size": "kernel", "dilation_rate": "dilation", **_KERAS}, "kernel_size", _KERAS_IGNORED,
        {"padding": "valid"},
    ),
    "Conv2DTranspose": _form(
        "conv_transpose", "keras", "filters kernel_size strides padding output_padding data_format dilation_rate",
        {"kernel_size": "kernel", "dilation_rate": "dilation", "output_padding": "output_padding", **_KERAS},
        "kernel_size", _KERAS_IGNORED, {"padding": "valid"},
    ),
    "MaxPooling2D": _form(
        "max_pool", "keras", "pool_size strides padding data_format", {"pool_size": "kernel", **_KERAS}, "",
        _KERAS_IGNORED, {"kernel": 2, "padding": "valid"},
    ),
    "AveragePooling2D": _form(
        "avg_pool", "keras", "pool_size strides padding data_format", {"pool_size": "kernel", **_KERAS}, "",
        _KERAS_IGNORED, {"kernel": 2, "padding": "valid"},
    ),
    "UpSampling2D": _form(
        "upsample", "keras", "size data_format interpolation", {"size": "scale"}, "", _KERAS_IGNORED, {"scale": 2},
        interpolation=_NEAREST,
    ),
    "Conv": _form("conv", "onnx", "", _ONNX, "kernel_shape", _ONNX_IGNORED),
    "ConvTranspose": _form(
        "conv_transpose", "onnx", "", {**_ONNX, **_same("output_padding", "output_shape")}, "kernel_shape",
        _ONNX_IGNORED,
    ),
    "MaxPool": _form(
        "max_pool", "onnx", "", {**_ONNX, "ceil_mode": _flag("ceil_mode")}, "kernel_shape", _ONNX_IGNORED,
        {"stride": 1},
    ),
    "AveragePool": _form(
        "avg_pool", "onnx", "",
        {**{name: key for name, key in _ONNX.items() if name != "dilations"},
         "ceil_mode": _flag("ceil_mode"), "count_include_pad": _flag("count_include_pad")},
        "kernel_shape", _ONNX_IGNORED, {"stride": 1}, dilations=_NO_DILATION,
    ),
}  # fmt: skip
"""The layers that are understood, by the names that the frameworks give them."""

SAME_AS = {
    "MaxPool2D": "MaxPooling2D",
    "AvgPool2D": "AveragePooling2D",
    "Convolution2D": "Conv2D",
    "Convolution2DTranspose": "Conv2DTranspose",
}
"""Keras' other names."""

MODULES = {
    "pytorch": ("", "nn", "torch.nn"),
    "keras": ("", "layers", "keras.layers", "tf.keras.layers", "tensorflow.keras.layers"),
    "onnx": ("", "onnx"),
}
