# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenVINO (openvino.opset15): the signatures of its functions, whose kernel is an array, and its code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .code_format import Verbatim, format_call
from .framework import Framework, LayerWriter, Remark
from .layer_signature import ArgumentKeys, LayerSignature, SpecKeys, make_signature, read_later, same_names

if TYPE_CHECKING:
    from ..layers.convolution import Conv
    from ..layers.pooling import AvgPool, MaxPool
    from ..layers.transposed_convolution import ConvTranspose

VERSION = "2026.4.1"

AUTO_PADS = {"EXPLICIT": None, "NOTSET": None, "VALID": "valid", "SAME_UPPER": "same_upper", "SAME_LOWER": "same_lower"}
"""Words of padding, as a spec has them; None where the numbers hold."""


def _parse_auto_pad(value: Any) -> SpecKeys:
    if not isinstance(value, str) or value.upper() not in AUTO_PADS:
        raise ValueError(f"it is {', '.join(AUTO_PADS)}")
    return {}


def _parse_exclude_pad(value: Any) -> SpecKeys:
    return {"count_include_pad": not value}


def _parse_rounding(value: Any) -> SpecKeys:
    if value not in ("floor", "ceil"):
        raise ValueError("floor and ceil are drawn")
    return {"ceil_mode": value == "ceil"}


_PADDING: ArgumentKeys = {"pads_begin": read_later, "pads_end": read_later, "auto_pad": _parse_auto_pad}
_CONV: ArgumentKeys = {"filters": read_later, "strides": "stride", "dilations": "dilation", **_PADDING}
_POOL: ArgumentKeys = {"strides": "stride", "kernel_shape": "kernel", "rounding_type": _parse_rounding, **_PADDING}
_IGNORED = ("data", "data_batch", "name", "index_element_type", "axis")
_CONV_ORDER = "data filters strides pads_begin pads_end dilations auto_pad name"
_BACK_ORDER = "data filters strides output_shape pads_begin pads_end dilations auto_pad output_padding name"


def _finish(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
    """Return the keys with padding, kernel and channels. Raises ValueError."""
    if "filters" in values:
        keys = {**keys, **_read_filters(keys["op"], values["filters"], "groups" in keys)}
    if not isinstance(keys["kernel"], list):
        raise ValueError("kernel_shape has one number for each axis", "Write it as a list", "kernel_shape")
    begins, ends = (values.get(name) or [0] * len(keys["kernel"]) for name in ("pads_begin", "pads_end"))
    if not isinstance(begins, list) or not isinstance(ends, list) or len(begins) != len(ends):
        raise ValueError("pads_begin and pads_end have one number for each axis", "Write them as lists")
    if keys.get("count_include_pad") and not any(begins + ends):
        keys = {**keys, "count_include_pad": False}  # nor do cells past the input count then
    word = AUTO_PADS[(values.get("auto_pad") or "EXPLICIT").upper()]
    return {**keys, "padding": word or [list(pair) for pair in zip(begins, ends, strict=True)]}


def _read_filters(op: str, shape: Any, is_grouped: bool) -> SpecKeys:
    """Return kernel and channels from the shape of the kernel's array. Raises ValueError."""
    if len(shape) < (4 if is_grouped else 3):
        example = (2, 4, 1, 3, 3) if is_grouped else (8, 3, 3, 3)
        raise ValueError(
            f"an array of shape {tuple(shape)} is no kernel", f"Write a shape such as {example}", "filters"
        )
    groups, first, second, *kernel = shape if is_grouped else (1, *shape)
    inputs, outputs = (first, second) if op == "conv_transpose" else (second, first)
    return {"kernel": kernel, "groups": groups, "in_channels": groups * inputs, "out_channels": groups * outputs}


def _describe_conv(op: str, is_grouped: bool) -> LayerSignature:
    back = op == "conv_transpose"
    more = same_names("output_padding", "output_shape") if back else {}
    signature = make_signature(
        op, None, "openvino", _BACK_ORDER if back else _CONV_ORDER, {**_CONV, **more}, "filters strides", _IGNORED,
        {"groups": 1} if is_grouped else None,
    )  # fmt: skip
    return signature._replace(arrays=("filters",), finish=_finish)


_POOL_REQUIRED = "strides pads_begin pads_end kernel_shape"
_SIGNATURES = {
    "convolution": _describe_conv("conv", False),
    "group_convolution": _describe_conv("conv", True),
    "convolution_backprop_data": _describe_conv("conv_transpose", False),
    "group_convolution_backprop_data": _describe_conv("conv_transpose", True),
    "max_pool": make_signature(
        "max_pool", None, "openvino",
        "data strides dilations pads_begin pads_end kernel_shape rounding_type auto_pad index_element_type axis",
        {**_POOL, "dilations": "dilation"}, f"{_POOL_REQUIRED} dilations", _IGNORED,
    )._replace(finish=_finish),
    "avg_pool": make_signature(
        "avg_pool", None, "openvino",
        "data_batch strides pads_begin pads_end kernel_shape exclude_pad rounding_type auto_pad name",
        {**_POOL, "exclude_pad": _parse_exclude_pad}, f"{_POOL_REQUIRED} exclude_pad",
        _IGNORED,
    )._replace(finish=_finish),
}  # fmt: skip


def _list_pads(layer: Any) -> tuple[list[int], list[int]]:
    """Return the padding at the beginnings and at the ends of all axes."""
    befores, afters = zip(*layer.padding, strict=True)
    return list(befores), list(afters)


def _write_filters(layer: Any, name: str) -> tuple[str, str]:
    """Return the line that makes the kernel's array, and the name of the function."""
    channels = layer.channels
    pair = channels.inputs // channels.groups, channels.outputs // channels.groups
    pair = pair if layer.op == "conv_transpose" else pair[::-1]
    groups = (channels.groups,) if channels.groups > 1 else ()
    shape = (*groups, *pair, *layer.kernel)
    return f"w = np.zeros({shape}, np.float32)", f"opset15.group_{name}" if groups else f"opset15.{name}"


def mistakes_rows(layer: Any) -> bool:
    """Return True for a convolution of one channel along three axes with dilated rows: the CPU plugin's is wrong."""
    if layer.op != "conv" or layer.dims != 3 or layer.channels.inputs * layer.channels.outputs > 1:
        return False
    return layer.dilation[1] > 1 and layer.kernel[1] > 1 and max(layer.stride) == 1


def _write_conv(layer: Conv) -> Iterator[str]:
    if layer.padding_mode == "zeros" and not mistakes_rows(layer):
        first, name = _write_filters(layer, "convolution")
        sizes = list(layer.stride), *_list_pads(layer), list(layer.dilation)
        yield f"{first}; {format_call(name, Verbatim('x'), Verbatim('w'), *sizes)}"


def _write_conv_transpose(layer: ConvTranspose) -> Iterator[str]:
    first, name = _write_filters(layer, "convolution_backprop_data")
    begins, ends = _list_pads(layer)
    # cells that are added at the end are output padding
    extras = [extra + max(-end, 0) for extra, end in zip(layer.output_padding, ends, strict=True)]
    sizes: dict[str, Any] = {"pads_begin": begins, "pads_end": [max(end, 0) for end in ends]}
    if any(extra > stride for extra, stride in zip(extras, layer.stride, strict=True)):
        if layer.channels.groups > 1 and any(begins):
            return
        sizes, extras = {"output_shape": list(layer.output), **sizes}, []
    call = format_call(
        name, Verbatim("x"), Verbatim("w"), list(layer.stride), **sizes, dilations=list(layer.dilation),
        output_padding=extras if any(extras) else None,
    )  # fmt: skip
    if min(begins) >= 0 and not _moves_cells_alone(layer):
        yield f"{first}; {call}"


def _is_too_wide(layer: MaxPool | AvgPool) -> bool:
    """Return True for a window larger than the padded input, which fits where sizes are rounded up elsewhere."""
    axes = zip(layer.input, layer.padding, layer.kernel, layer.dilation, strict=True)
    return any(d * (k - 1) + 1 > i + sum(pair) for i, pair, k, d in axes)


def _write_max_pool(layer: MaxPool) -> Iterator[str]:
    sizes = list(layer.stride), list(layer.dilation), *_list_pads(layer), list(layer.kernel)
    for rounding in () if _is_too_wide(layer) else (None, "ceil"):
        yield format_call("opset15.max_pool", Verbatim("x"), *sizes, rounding_type=rounding)


def _write_avg_pool(layer: AvgPool) -> Iterator[str]:
    sizes = list(layer.stride), *_list_pads(layer), list(layer.kernel)
    for rounding in () if _is_too_wide(layer) else (None, "ceil"):
        yield format_call(
            "opset15.avg_pool", Verbatim("x"), *sizes, not layer.count_include_pad, rounding_type=rounding
        )


def _moves_cells_alone(layer: Any) -> bool:
    """Return True for a transposed kernel of one cell that shifts its input, which OpenVINO's CPU plugin leaves out."""
    is_plain = layer.op == "conv_transpose" and {*layer.kernel, *layer.stride} == {1} and layer.output == layer.input
    return is_plain and any(side for pair in layer.padding for side in pair)


def _leaves_begins_out(layer: Any) -> bool:
    """Return True for padding at the beginning beside an output_shape and groups, which OpenVINO's CPU plugin leaves
    out."""
    if layer.op != "conv_transpose" or layer.output_shape is None or layer.padding_name or layer.channels.groups == 1:
        return False
    return layer.convention == "openvino" and any(before for before, _ in layer.padding)


_POOL_OBSTACLE = (
    "takes no window larger than its input, keeps a last window past the input, and counts cells past the padding"
)

FRAMEWORK = Framework(
    _SIGNATURES,
    {
        "conv": LayerWriter(_write_conv, "pads with zeros only, and mistakes dilated rows of one channel"),
        "conv_transpose": LayerWriter(
            _write_conv_transpose, "reads its kernel forward, and adds cells at the end alone"
        ),
        "max_pool": LayerWriter(_write_max_pool, _POOL_OBSTACLE),
        "avg_pool": LayerWriter(_write_avg_pool, _POOL_OBSTACLE),
    },
    versions={"openvino": VERSION},
    weight_axes={"conv": ("out", "in", "k"), "conv_transpose": ("in", "out", "k")},
    remarks=(
        Remark(
            _moves_cells_alone, "ignores", "padding and output_padding of a kernel of 1 with stride 1 and equal sizes",
            f"openvino {VERSION}",
        ),
        Remark(
            mistakes_rows, "computes otherwise", "one channel along three axes with stride 1 and dilated rows",
            f"openvino {VERSION}",
        ),
        Remark(
            _leaves_begins_out, "ignores", "pads_begin beside an output_shape where there are groups",
            f"openvino {VERSION}",
        ),
    ),
)  # fmt: skip
