# SPDX-License-Identifier: GPL-3.0-or-later
"""tinygrad: the signatures of its layers, and its code. A convolution's number of axes is that of its kernel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .code_format import format_call, format_function, is_uniform, omit_default
from .framework import Framework, LayerWriter, Remark
from .layer_signature import ArgumentKeys, LayerSignature, SpecKeys, make_signature, read_later, same_names
from .padding_orders import remark_on_four_numbers
from .window_arguments import list_conv_sizes, list_pool_sizes, list_transposed_sizes

if TYPE_CHECKING:
    from ..layers.convolution import Conv
    from ..layers.pooling import AvgPool, MaxPool
    from ..layers.transposed_convolution import ConvTranspose

VERSION = "0.14.0"

_ORDER = "in_channels out_channels kernel_size stride padding"


_CONV: ArgumentKeys = {
    "kernel_size": "kernel",
    "padding": read_later,
    **same_names("in_channels", "out_channels", "stride", "dilation", "groups"),
}
_POOL: ArgumentKeys = {
    "kernel_size": "kernel",
    "padding": read_later,
    **same_names("stride", "dilation", "ceil_mode"),
}
_IGNORED = ("bias", "return_indices", "x")


def _finish(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
    """Return the keys with the number of axes that the kernel has, and with padding.

    Padding of two numbers per axis begins with the last axis: left, right, top, bottom. "same" takes the dilation of
    the first axis for the last.
    """
    kernel, padding = keys.get("kernel", [2, 2]), values.get("padding", 0)
    kernel = kernel if isinstance(kernel, list) else [kernel] * 2
    dims = len(kernel)
    if isinstance(padding, str):
        if padding.lower() != "same":
            raise ValueError(f'padding cannot be "{padding}"', 'Write "same", or numbers')
        if keys.get("stride", 1) != 1:
            raise ValueError('padding="same" needs stride=1 as one number', "Write the padding in numbers")
        dilation = keys.get("dilation", 1)
        dilations = dilation if isinstance(dilation, list) else [dilation] * dims
        reach = [d * (k - 1) for d, k in zip(reversed(dilations), kernel, strict=False)]
        padding = [[total // 2, total - total // 2] for total in reach]
    elif isinstance(padding, list) and len(padding) == 2 * dims:
        padding = [list(pair) for pair in zip(padding[-2::-2], padding[::-2], strict=True)]
    elif isinstance(padding, list) and len(padding) != dims:
        raise ValueError(
            f"padding has {len(padding)} numbers", f"Write {dims}, or {2 * dims}: left, right, top, bottom"
        )
    return {**keys, "kernel": kernel, "padding": padding}


def _finish_1d(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
    if isinstance(values.get("kernel_size"), list):
        raise ValueError("the kernel of one axis is one number", "Write it without brackets", "kernel_size")
    return _finish({**keys, "kernel": [keys["kernel"]]}, values)


def _list_layers() -> dict[str, LayerSignature]:
    conv = make_signature(
        "conv", None, "mlx", f"{_ORDER} dilation groups bias", _CONV, "in_channels out_channels kernel_size", _IGNORED
    )
    transposed = make_signature(
        "conv_transpose", None, "mlx", f"{_ORDER} output_padding dilation groups bias",
        {**_CONV, **same_names("output_padding")}, "in_channels out_channels kernel_size", _IGNORED,
    )  # fmt: skip
    pool = "x kernel_size stride dilation padding ceil_mode"
    return {
        "Conv1d": conv._replace(finish=_finish_1d),
        "Conv2d": conv._replace(finish=_finish),
        "ConvTranspose1d": transposed._replace(finish=_finish_1d),
        "ConvTranspose2d": transposed._replace(finish=_finish),
        "max_pool2d": make_signature(
            "max_pool", None, "mlx", f"{pool} return_indices", _POOL, "", _IGNORED
        )._replace(finish=_finish),
        "avg_pool2d": make_signature(
            "avg_pool", None, "mlx", f"{pool} count_include_pad",
            {**_POOL, **same_names("count_include_pad")}, "", _IGNORED,
        )._replace(finish=_finish),
    }  # fmt: skip


def _write_kernel(layer: Any) -> Any:
    """Return the kernel: one number where that means two axes."""
    return layer.kernel if layer.dims == 2 else list(layer.kernel)


def _list_sides(layer: Any) -> tuple[int, ...]:
    """Return the padding as tinygrad's two numbers for each axis, from the last axis on."""
    return tuple(side for pair in reversed(layer.padding) for side in pair)


def _choose_padding(layer: Any, sizes: dict[str, Any]) -> dict[str, Any]:
    """Return sizes with two numbers of padding for each axis where both sides differ."""
    if all(before == after for before, after in layer.padding):
        return sizes
    return {**sizes, "padding": _list_sides(layer)}


def _name(kind: str, layer: Any) -> tuple[str, Any]:
    return (
        (f"tinygrad.nn.{kind}1d", layer.kernel) if layer.dims == 1 else (f"tinygrad.nn.{kind}2d", _write_kernel(layer))
    )


def _write_conv(layer: Conv) -> Iterator[str]:
    if layer.padding_mode != "zeros":
        return
    name, kernel = _name("Conv", layer)
    groups = omit_default(layer.channels.groups, 1)
    sizes = _choose_padding(layer, list_conv_sizes(layer))
    yield format_call(name, layer.channels.inputs, layer.channels.outputs, kernel, **sizes, groups=groups)


def _write_conv_transpose(layer: ConvTranspose) -> Iterator[str]:
    name, kernel = _name("ConvTranspose", layer)
    groups = omit_default(layer.channels.groups, 1)
    equal = list_transposed_sizes(layer)
    sides = {**equal, "padding": _list_sides(layer), "output_padding": omit_default(layer.output_padding, 0)}
    for sizes in (equal, sides):
        yield format_call(name, layer.channels.inputs, layer.channels.outputs, kernel, **sizes, groups=groups)


def _write_pool(name: str) -> LayerWriter:
    def lines(layer: MaxPool | AvgPool) -> Iterator[str]:
        sizes = _choose_padding(layer, list_pool_sizes(layer))
        counts = omit_default(getattr(layer, "count_include_pad", True), True)
        for ceil_mode in (None, True):
            yield format_function(
                f"tinygrad.Tensor.{name}", _write_kernel(layer), **sizes, dilation=omit_default(layer.dilation, 1),
                ceil_mode=ceil_mode, count_include_pad=counts,
            )  # fmt: skip

    return LayerWriter(lines, "drops a last window that begins after the input")


def _swaps_dilations(layer: Any) -> bool:
    """Return True where "same" pads by dilations that differ."""
    return layer.op == "conv" and layer.padding_name == "same" and not is_uniform(layer.dilation)


FRAMEWORK = Framework(
    _list_layers(),
    {
        "conv": LayerWriter(_write_conv, "pads with zeros only"),
        "conv_transpose": LayerWriter(_write_conv_transpose, "reads its kernel forward only"),
        "max_pool": _write_pool("max_pool2d"),
        "avg_pool": _write_pool("avg_pool2d"),
    },
    versions={"tinygrad": VERSION},
    weight_axes={"conv": ("out", "in", "k"), "conv_transpose": ("in", "out", "k")},
    remarks=(
        Remark(
            _swaps_dilations, "computes otherwise", 'padding="same" with dilations that differ: it swaps the axes',
            f"tinygrad {VERSION}",
        ),
        remark_on_four_numbers("mlx", f"tinygrad {VERSION}"),
    ),
)  # fmt: skip
