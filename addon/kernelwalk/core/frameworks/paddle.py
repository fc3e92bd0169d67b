# SPDX-License-Identifier: GPL-3.0-or-later
"""Paddle (paddle.nn): the signatures of its layers, and its code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .code_format import format_call, omit_default
from .framework import Framework, LayerWriter, Remark
from .layer_signature import ArgumentKeys, LayerSignature, SpecKeys, make_signature, read_later, same_names
from .padding_orders import remark_on_four_numbers
from .paddle_cell_moves import SIGNATURES, WRITERS, shrinks_to_one
from .same_padding import pads_to_same
from .window_arguments import list_conv_sizes, list_pool_sizes

if TYPE_CHECKING:
    from ..layers.convolution import Conv
    from ..layers.pooling import AvgPool, MaxPool
    from ..layers.transposed_convolution import ConvTranspose

VERSION = "3.3.1"

_ORDER = "in_channels out_channels kernel_size stride padding"
_REQUIRED = "in_channels out_channels kernel_size"
_IGNORED = ("weight_attr", "bias_attr", "bias", "data_format", "name", "return_mask", "device", "dtype")


_WINDOW: ArgumentKeys = {"kernel_size": "kernel", "stride": "stride", "padding": read_later}
_CONV: ArgumentKeys = {**_WINDOW, **same_names("in_channels", "out_channels", "dilation", "groups")}


def _parse_padding(padding: Any, dims: int) -> Any:
    """Return padding as in a spec: two numbers per axis are those before and after the first axis, then the next one.

    Raises ValueError("problem", "remedy").
    """
    if isinstance(padding, str) and padding.upper() in ("SAME", "VALID"):
        return padding.lower()
    if isinstance(padding, list) and all(isinstance(pair, list) for pair in padding):
        if len(padding) == dims + 2 and padding[:2] == [[0, 0], [0, 0]]:
            return padding[2:]
    elif isinstance(padding, list) and len(padding) == 2 * dims:
        return [list(pair) for pair in zip(padding[::2], padding[1::2], strict=True)]
    elif isinstance(padding, int) or (isinstance(padding, list) and len(padding) == dims):
        return padding
    problem = f"padding={padding!r} is not one of a layer of {dims} axes"
    raise ValueError(problem, f'Write a number, {dims} or {2 * dims} numbers, "SAME" or "VALID"')


def _make_finish(dims: int) -> Any:
    def finish(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
        """Return the keys with padding. "SAME" drops the dilation."""
        given = values.get("padding")
        padding = _parse_padding(0 if given is None else given, dims)
        if values.get("padding_mode", "zeros") != "zeros" and not isinstance(padding, int):
            raise ValueError(f'padding_mode="{values["padding_mode"]}" needs padding as one number', "Write one number")
        if padding == "valid" and values.get("ceil_mode"):
            raise ValueError('ceil_mode has no "VALID"', 'Write padding=0, or leave out "ceil_mode"')
        dropped = {"dilation": 1} if padding == "same" and "dilation" in keys else {}
        return {**keys, "padding": padding, **dropped}

    return finish


def _parse_exclusive(value: Any) -> SpecKeys:
    return {"count_include_pad": not value}


def _list_layers(dims: int) -> dict[str, LayerSignature]:
    """Return the layers with this number of axes."""
    ends = "groups dilation" if dims == 1 else "dilation groups"
    ignored = "weight_attr bias_attr data_format"
    averages = "exclusive ceil_mode name" if dims == 1 else "ceil_mode exclusive divisor_override data_format name"
    layers = {
        f"Conv{dims}D": make_signature(
            "conv", dims, "paddle", f"{_ORDER} dilation groups", {**_CONV, **same_names("padding_mode")}, _REQUIRED,
            _IGNORED,
        ),
        f"Conv{dims}DTranspose": make_signature(
            "conv_transpose", dims, "paddle", f"{_ORDER} output_padding {ends} {ignored}",
            {**_CONV, **same_names("output_padding")}, _REQUIRED, _IGNORED,
        ),
        f"MaxPool{dims}D": make_signature(
            "max_pool", dims, "paddle", f"kernel_size stride padding return_mask ceil_mode {ignored.split()[-1]}",
            {**_WINDOW, **same_names("ceil_mode")}, "kernel_size", _IGNORED,
        ),
        f"AvgPool{dims}D": make_signature(
            "avg_pool", dims, "paddle", f"kernel_size stride padding {averages}",
            {**_WINDOW, **same_names("ceil_mode"), "exclusive": _parse_exclusive}, "kernel_size", _IGNORED,
            divisor_override=((None,), "the divisor is the number of cells that count"),
        ),
    }  # fmt: skip
    finish = _make_finish(dims)
    adaptive = {
        f"Adaptive{name}Pool{dims}D": make_signature(
            f"adaptive_{name.lower()}_pool", dims, "paddle", "output_size", {"output_size": "output_shape"},
            "output_size", _IGNORED,
        )
        for name in ("Avg", "Max")
    }  # fmt: skip
    return {name: layer._replace(finish=finish) for name, layer in layers.items()} | adaptive


def _choose_padding(layer: Any, sizes: dict[str, Any]) -> dict[str, Any]:
    """Return sizes with two numbers of padding for each axis where both sides differ."""
    if all(before == after for before, after in layer.padding):
        return sizes
    return {**sizes, "padding": [side for pair in layer.padding for side in pair]}


def _list_paddings(layer: Any, sizes: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the sizes with "SAME" if the layer pads by name, and with numbers."""
    if pads_to_same(layer):
        yield {**sizes, "padding": "SAME"}
    yield _choose_padding(layer, sizes)


def _write_conv(layer: Conv) -> Iterator[str]:
    groups, mode = omit_default(layer.channels.groups, 1), omit_default(layer.padding_mode, "zeros")
    for sizes in _list_paddings(layer, list_conv_sizes(layer)):
        yield format_call(
            f"paddle.nn.Conv{layer.dims}D", layer.channels.inputs, layer.channels.outputs, layer.kernel, **sizes,
            groups=groups, padding_mode=mode,
        )  # fmt: skip


def _write_conv_transpose(layer: ConvTranspose) -> Iterator[str]:
    if any(extra >= stride for extra, stride in zip(layer.output_padding, layer.stride, strict=True)):
        return
    if any(side < 0 for pair in layer.padding for side in pair):
        return
    for sizes in _list_paddings(layer, list_conv_sizes(layer)):
        yield format_call(
            f"paddle.nn.Conv{layer.dims}DTranspose", layer.channels.inputs, layer.channels.outputs, layer.kernel,
            **sizes, output_padding=omit_default(layer.output_padding, 0),
            groups=omit_default(layer.channels.groups, 1),
        )  # fmt: skip


def _counts_one_side(layer: Any) -> bool:
    """Return True for an average that counts padding that differs before and after: Paddle counts that before twice."""
    return getattr(layer, "count_include_pad", False) and any(before != after for before, after in layer.padding)


def _write_pool(name: str) -> LayerWriter:
    def lines(layer: MaxPool | AvgPool) -> Iterator[str]:
        if _counts_one_side(layer):
            return
        exclusive = False if getattr(layer, "count_include_pad", False) else None
        for sizes in _list_paddings(layer, list_pool_sizes(layer)):
            for ceil_mode in (None, True):
                yield format_call(
                    f"paddle.nn.{name}Pool{layer.dims}D", layer.kernel, **sizes, ceil_mode=ceil_mode,
                    exclusive=exclusive,
                )  # fmt: skip

    return LayerWriter(lines, "has no dilation, counts equal padding alone, and keeps a last window past the input")


def _write_adaptive_pool(name: str) -> LayerWriter:
    def lines(layer: Any) -> Iterator[str]:
        yield format_call(f"paddle.nn.Adaptive{name}Pool{layer.dims}D", layer.output)

    return LayerWriter(lines)


FRAMEWORK = Framework(
    {**_list_layers(1), **_list_layers(2), **_list_layers(3), **SIGNATURES},
    {
        "conv": LayerWriter(_write_conv, 'a padding_mode needs padding as one number, and "SAME" drops dilation'),
        "conv_transpose": LayerWriter(
            _write_conv_transpose, "output_padding is smaller than the stride, and no cell is added before the output"
        ),
        "max_pool": _write_pool("Max"),
        "avg_pool": _write_pool("Avg"),
        "adaptive_max_pool": _write_adaptive_pool("Max"),
        "adaptive_avg_pool": _write_adaptive_pool("Avg"),
        **WRITERS,
    },
    {f"{name[:-1]}d": name for dims in (1, 2, 3) for name in _list_layers(dims) if name.endswith("D")},
    versions={"paddlepaddle": VERSION},
    weight_axes={"conv": ("out", "in", "k"), "conv_transpose": ("in", "out", "k")},
    remarks=(
        Remark(
            lambda layer: layer.op in ("conv", "conv_transpose") and pads_to_same(layer)
            and any(d > 1 for d in layer.dilation),
            "ignores", 'dilation with padding="SAME"', f"paddlepaddle {VERSION}",
        ),
        Remark(
            shrinks_to_one, "computes otherwise", "an upsampling to one cell along an axis: it takes the first one",
            f"paddlepaddle {VERSION}",
        ),
        Remark(
            lambda layer: layer.op == "avg_pool" and _counts_one_side(layer), "computes otherwise",
            "exclusive=False where padding before and after differ: it counts that before at both ends",
            f"paddlepaddle {VERSION}",
        ),
        remark_on_four_numbers("paddle", f"paddlepaddle {VERSION}"),
    ),
)  # fmt: skip
