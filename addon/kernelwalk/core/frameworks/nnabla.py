# SPDX-License-Identifier: GPL-3.0-or-later
"""nnabla: the signatures of its functions, and its code. The number of axes is that of the kernel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .code_format import format_function, is_uniform, omit_default
from .framework import Framework, LayerWriter
from .layer_signature import ArgumentKeys, LayerSignature, SpecKeys, make_signature, same_names
from .window_arguments import find_output_padding, get_padding_before

if TYPE_CHECKING:
    from ..layers.convolution import Conv
    from ..layers.pooling import AvgPool, MaxPool
    from ..layers.transposed_convolution import ConvTranspose

_WINDOW: ArgumentKeys = {"pad": "padding", **same_names("kernel", "stride")}
_CONV: ArgumentKeys = {**_WINDOW, "outmaps": "out_channels", "group": "groups", "dilation": "dilation"}
_CONV_IGNORED = ("inp", "w_init", "b_init", "fix_parameters", "rng", "with_bias", "apply_w", "apply_b", "name")
_CONV_FIXED: dict[str, Any] = {
    "channel_last": ((False,), "the channels come first"),
    "base_axis": ((1,), "one axis of batches comes first"),
}
_ENDS = "w_init b_init base_axis fix_parameters rng with_bias apply_w apply_b name"


def _parse_ignore_border(value: Any) -> SpecKeys:
    return {"ceil_mode": not value}


def _check_axes(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
    """Return the keys. Raises ValueError for a pooling of one axis."""
    if not isinstance(keys["kernel"], list) or len(keys["kernel"]) not in (2, 3):
        raise ValueError("pooling has two axes or three", "Write a kernel of two numbers, one of them 1")
    return keys


def _describe_pool(op: str, **more: str) -> LayerSignature:
    order = " ".join(["x kernel stride ignore_border pad channel_last", *more])
    signature = make_signature(
        op, None, "nnabla", order, {**_WINDOW, "ignore_border": _parse_ignore_border, **more}, "kernel", ["x"],
        channel_last=_CONV_FIXED["channel_last"],
    )  # fmt: skip
    return signature._replace(finish=_check_axes)


_SIGNATURES = {
    "convolution": make_signature(
        "conv", None, "nnabla", f"inp outmaps kernel pad stride dilation group channel_last {_ENDS}", _CONV,
        "outmaps kernel", _CONV_IGNORED, **_CONV_FIXED,
    ),
    "deconvolution": make_signature(
            "conv_transpose", None, "nnabla",
            f"inp outmaps kernel pad stride dilation group channel_last output_padding {_ENDS}",
            {**_CONV, **same_names("output_padding")}, "outmaps kernel", _CONV_IGNORED, **_CONV_FIXED,
    ),
    "max_pooling": _describe_pool("max_pool"),
    "average_pooling": _describe_pool("avg_pool", including_pad="count_include_pad"),
}  # fmt: skip


def _list_unless(default: int, sizes: tuple[int, ...]) -> list[int] | None:
    """Return a size as a list, whose length is the number of axes; None if it is the default."""
    return None if is_uniform(sizes) and sizes[0] == default else list(sizes)


def _write_conv(layer: Conv) -> Iterator[str]:
    if layer.padding_mode == "zeros":
        yield format_function("PF.convolution", layer.channels.outputs, list(layer.kernel), **_list_sizes(layer))


def _write_conv_transpose(layer: ConvTranspose) -> Iterator[str]:
    extras = find_output_padding(layer)
    if all(extra < stride for extra, stride in zip(extras, layer.stride, strict=True)):
        yield format_function(
            "PF.deconvolution", layer.channels.outputs, list(layer.kernel), **_list_sizes(layer),
            output_padding=_list_unless(0, extras),
        )  # fmt: skip


def _list_sizes(layer: Conv | ConvTranspose) -> dict[str, Any]:
    return {
        "pad": _list_unless(0, get_padding_before(layer)),
        "stride": _list_unless(1, layer.stride),
        "dilation": _list_unless(1, layer.dilation),
        "group": omit_default(layer.channels.groups, 1),
    }


def _write_pool(name: str) -> LayerWriter:
    def lines(layer: MaxPool | AvgPool) -> Iterator[str]:
        stride = None if layer.stride == layer.kernel else list(layer.stride)
        counts = omit_default(getattr(layer, "count_include_pad", True), True)
        for ignores in (None, False) if layer.dims > 1 else ():
            yield format_function(
                f"F.{name}_pooling", list(layer.kernel), stride=stride, ignore_border=ignores,
                pad=_list_unless(0, get_padding_before(layer)), including_pad=counts,
            )  # fmt: skip

    return LayerWriter(lines, "pads both sides equally, has two axes or three, and no dilation")


FRAMEWORK = Framework(
    _SIGNATURES,
    {
        "conv": LayerWriter(_write_conv, "pads both sides equally, with zeros only"),
        "conv_transpose": LayerWriter(
            _write_conv_transpose, "crops both sides equally, or the end less by fewer cells than the stride"
        ),
        "max_pool": _write_pool("max"),
        "avg_pool": _write_pool("average"),
    },
    versions={"nnabla": "1.39.0"},
    weight_axes={"conv": ("out", "in", "k"), "conv_transpose": ("in", "out", "k")},
)
