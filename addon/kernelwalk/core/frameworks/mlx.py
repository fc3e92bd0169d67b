# SPDX-License-Identifier: GPL-3.0-or-later
"""MLX (mlx.nn): the signatures of its layers, and its code. Its arrays have their channels last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .code_format import format_call, omit_default
from .framework import Framework, LayerWriter, Remark
from .layer_signature import ArgumentKeys, LayerSignature, make_signature, same_names
from .upsampling_arguments import parse_whole_scale
from .window_arguments import list_conv_sizes, list_pool_sizes, list_transposed_sizes

if TYPE_CHECKING:
    from ..layers.convolution import Conv
    from ..layers.pooling import AvgPool, MaxPool
    from ..layers.transposed_convolution import ConvTranspose
    from ..layers.upsampling import Upsample

_POOL: ArgumentKeys = {"kernel_size": "kernel", **same_names("stride", "padding")}
_CONV: ArgumentKeys = {**_POOL, **same_names("in_channels", "out_channels", "dilation", "groups", "output_padding")}
_ORDER = "in_channels out_channels kernel_size stride padding dilation"
_REQUIRED = "in_channels out_channels kernel_size"


def _list_layers(dims: int) -> dict[str, LayerSignature]:
    """Return the layers with this number of axes."""
    groups = "groups " if dims < 3 else ""
    return {
        f"Conv{dims}d": make_signature(
            "conv", dims, "mlx", f"{_ORDER} {groups}bias", _pick(f"{_ORDER} {groups}"), _REQUIRED, ["bias"]
        ),
        f"ConvTranspose{dims}d": make_signature(
            "conv_transpose", dims, "mlx", f"{_ORDER} output_padding bias", _pick(f"{_ORDER} output_padding"),
            _REQUIRED, ["bias"],
        ),
        f"MaxPool{dims}d": make_signature(
            "max_pool", dims, "mlx", "kernel_size stride padding", _POOL, "kernel_size", []
        ),
        f"AvgPool{dims}d": make_signature(
            "avg_pool", dims, "mlx", "kernel_size stride padding", _POOL, "kernel_size", []
        ),
    }  # fmt: skip


def _pick(names: str) -> ArgumentKeys:
    return {name: _CONV[name] for name in names.split()}


def _write_conv(layer: Conv) -> Iterator[str]:
    if (layer.dims == 3 and layer.channels.groups > 1) or layer.padding_mode != "zeros":
        return
    groups = omit_default(layer.channels.groups, 1)
    yield format_call(
        f"mlx.nn.Conv{layer.dims}d", layer.channels.inputs, layer.channels.outputs, layer.kernel,
        **list_conv_sizes(layer), groups=groups,
    )  # fmt: skip


def _explain_conv(layer: Conv) -> str:
    if layer.padding_mode != "zeros":
        return "pads with zeros only: pad with mlx.core.pad before it"
    return "mlx.nn.Conv3d has no groups" if layer.dims == 3 and layer.channels.groups > 1 else "pads both sides equally"


def _crops_beyond_kernel(layer: ConvTranspose) -> bool:
    """Return True for a crop larger than the kernel reaches, which MLX takes off the input before it spreads it."""
    sides = zip(layer.padding, layer.kernel, layer.dilation, strict=True)
    return any(max(pair) > d * (k - 1) for pair, k, d in sides)


def _write_conv_transpose(layer: ConvTranspose) -> Iterator[str]:
    if layer.channels.groups == 1 and not _crops_beyond_kernel(layer):
        yield format_call(
            f"mlx.nn.ConvTranspose{layer.dims}d", layer.channels.inputs, layer.channels.outputs, layer.kernel,
            **list_transposed_sizes(layer),
        )  # fmt: skip


def _explain_conv_transpose(layer: ConvTranspose) -> str:
    if layer.channels.groups > 1:
        return f"mlx.nn.ConvTranspose{layer.dims}d has no groups"
    if _crops_beyond_kernel(layer):
        return "computes otherwise with padding that is larger than the kernel reaches"
    return "crops both sides equally, or the end less; and reads its kernel forward"


def _write_pool(name: str) -> LayerWriter:
    def lines(layer: MaxPool | AvgPool) -> Iterator[str]:
        yield format_call(f"mlx.nn.{name}Pool{layer.dims}d", layer.kernel, **list_pool_sizes(layer))

    padding = ", and its padding counts" if name == "Avg" else ""
    return LayerWriter(lines, f"pads both sides equally{padding}, and neither rounds up nor has a dilation")


def _write_upsample(layer: Upsample) -> Iterator[str]:
    if layer.output_shape is None and layer.copies and layer.whole_scale:
        yield format_call("mlx.nn.Upsample", scale_factor=layer.whole_scale)


_WRITERS = {
    "conv": LayerWriter(_write_conv, _explain_conv),
    "conv_transpose": LayerWriter(_write_conv_transpose, _explain_conv_transpose),
    "max_pool": _write_pool("Max"),
    "avg_pool": _write_pool("Avg"),
    "upsample": LayerWriter(_write_upsample, "only nearest by a factor is compared here: mlx.nn.Upsample", False),
}

FRAMEWORK = Framework(
    {**_list_layers(1), **_list_layers(2), **_list_layers(3), "Upsample": make_signature(
        "upsample", None, "mlx", "scale_factor mode align_corners", {"scale_factor": parse_whole_scale}, "scale_factor",
        [],
        mode=(("nearest",), "other modes are not compared with it"), align_corners=((False,), "nearest has none"),
    )},
    _WRITERS,
    versions={"mlx": "0.32.4"},
    weight_axes={"conv": ("out", "k", "in"), "conv_transpose": ("out", "k", "in")},
    remarks=(
        Remark(
            lambda layer: layer.op == "conv_transpose" and _crops_beyond_kernel(layer), "computes otherwise",
            "padding that is larger than the kernel reaches: it crops whole input cells", "mlx 0.32.4",
        ),
    ),
)  # fmt: skip
