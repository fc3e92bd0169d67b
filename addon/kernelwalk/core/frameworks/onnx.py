# SPDX-License-Identifier: GPL-3.0-or-later
"""ONNX: the signatures of its nodes, and its code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from .code_format import format_call, omit_default, preferred_first
from .framework import Framework, LayerWriter, Remark, write_nothing
from .layer_signature import ArgumentKeys, SpecKeys, make_signature, same_names
from .padding_orders import remark_on_four_numbers
from .pixel_shuffles import make_pixel_writer
from .same_padding import find_least_same_padding, pads_to_same

if TYPE_CHECKING:
    from ..layers.convolution import Conv
    from ..layers.fold import Fold
    from ..layers.pooling import AvgPool, MaxPool
    from ..layers.transposed_convolution import ConvTranspose
    from ..layers.upsampling import Upsample


def _parse_pads(value: Any) -> SpecKeys:
    """Parse pads: the beginnings of all axes, then the ends."""
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


def _make_flag_parser(key: str) -> Callable[[Any], SpecKeys]:
    """Return a parser of ONNX' 0 and 1."""

    def parse(value: Any) -> SpecKeys:
        if value not in (0, 1):
            raise ValueError(f"{key} is 0 or 1")
        return {key: bool(value)}

    return parse


_WINDOW: ArgumentKeys = {
    "kernel_shape": "kernel",
    "strides": "stride",
    "pads": _parse_pads,
    "auto_pad": _parse_auto_pad,
}
_DILATIONS: ArgumentKeys = {"dilations": "dilation"}
_GROUPS: ArgumentKeys = {"group": "groups"}
_CEIL_MODE: ArgumentKeys = {"ceil_mode": _make_flag_parser("ceil_mode")}
_IGNORED = ("storage_order", "name", "doc_string", "domain", "op_type", "inputs", "outputs", "overload")

_SIGNATURES = {
    "GlobalAveragePool": make_signature("adaptive_avg_pool", None, "onnx", "", {}, "", _IGNORED, {"output_shape": 1}),
    "GlobalMaxPool": make_signature("adaptive_max_pool", None, "onnx", "", {}, "", _IGNORED, {"output_shape": 1}),
    "Conv": make_signature(
        "conv", None, "onnx", "", {**_WINDOW, **_DILATIONS, **_GROUPS}, "kernel_shape", _IGNORED
    ),
    "ConvTranspose": make_signature(
        "conv_transpose", None, "onnx", "",
        {**_WINDOW, **_DILATIONS, **_GROUPS, **same_names("output_padding", "output_shape")}, "kernel_shape",
        _IGNORED,
    ),
    "DepthToSpace": make_signature(
        "pixel_shuffle", 2, "onnx", "", {"blocksize": "factor", "mode": "channel_order"}, "blocksize", _IGNORED,
        {"channel_order": "DCR"},
    ),
    "SpaceToDepth": make_signature(
        "pixel_unshuffle", 2, "onnx", "", {"blocksize": "factor"}, "blocksize", _IGNORED, {"channel_order": "DCR"},
    ),
    "MaxPool": make_signature(
        "max_pool", None, "onnx", "", {**_WINDOW, **_DILATIONS, **_CEIL_MODE}, "kernel_shape", _IGNORED, {"stride": 1},
    ),
    "AveragePool": make_signature(
        "avg_pool", None, "onnx", "",
        {**_WINDOW, **_DILATIONS, **_CEIL_MODE, "count_include_pad": _make_flag_parser("count_include_pad")},
        "kernel_shape", _IGNORED, {"stride": 1},
    ),
}  # fmt: skip


def _format_node(kind: str, inputs: list[str], **named: Any) -> str:
    return format_call("helper.make_node", kind, inputs, ["y"], **named)


def _list_unless(default: int, sizes: tuple[int, ...]) -> list[int] | None:
    return None if all(size == default for size in sizes) else list(sizes)


def _list_window(layer: Conv | ConvTranspose | MaxPool | AvgPool) -> dict[str, Any]:
    befores, afters = zip(*layer.padding, strict=True)
    return {
        "kernel_shape": list(layer.kernel),
        "strides": _list_unless(1, layer.stride),
        "pads": _list_unless(0, (*befores, *afters)),
    }


def _list_dilations(layer: Conv | ConvTranspose | MaxPool | AvgPool) -> dict[str, Any]:
    return {"dilations": _list_unless(1, layer.dilation)}


def _write_conv(layer: Conv) -> Iterator[str]:
    group = omit_default(layer.channels.groups, 1)
    yield _format_node("Conv", ["x", "w"], **_list_window(layer), **_list_dilations(layer), group=group)


def _explain_conv(layer: Conv) -> str:
    modes = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    mode = modes.get(layer.padding_mode, "constant")
    return f'pads with zeros only: put a Pad node with mode="{mode}" before it'


def _write_conv_transpose(layer: ConvTranspose) -> Iterator[str]:
    extras = layer.output_padding
    if any(extra >= stride for extra, stride in zip(extras, layer.stride, strict=True)):
        return
    common = {
        **_list_window(layer),
        **_list_dilations(layer),
        "group": omit_default(layer.channels.groups, 1),
        "output_padding": _list_unless(0, extras),
    }
    if min(side for pair in layer.padding for side in pair) >= 0:
        yield _format_node("ConvTranspose", ["x", "w"], **common)
    del common["pads"]
    afters = [after for _, after in layer.padding]
    if all(extra - after < stride for extra, after, stride in zip(extras, afters, layer.stride, strict=True)):
        common["output_shape"] = list(layer.output)
        for auto_pad in (None, "SAME_UPPER"):
            yield _format_node("ConvTranspose", ["x", "w"], **common, auto_pad=auto_pad)


def _write_max_pool(layer: MaxPool) -> Iterator[str]:
    window = {**_list_window(layer), **_list_dilations(layer)}
    for ceil_mode in preferred_first(layer.ceil_mode, 1, None):
        yield _format_node("MaxPool", ["x"], **window, ceil_mode=ceil_mode)


def _write_avg_pool(layer: AvgPool) -> Iterator[str]:
    counts = 1 if layer.count_include_pad else None
    for ceil_mode in preferred_first(layer.ceil_mode, 1, None):
        window = {**_list_window(layer), **_list_dilations(layer)}
        named = {**window, "ceil_mode": ceil_mode, "count_include_pad": counts}
        yield _format_node("AveragePool", ["x"], **named)


_POOL_OBSTACLE = "padding is smaller than the kernel"


def _write_global_pool(name: str) -> LayerWriter:
    def lines(layer: Any) -> Iterator[str]:
        if set(layer.output) == {1}:
            yield _format_node(name, ["x"])

    return LayerWriter(lines, f"pools to a given size only in {name}, whose output is 1")


def _write_upsample(layer: Upsample) -> Iterator[str]:
    if _keeps_size_by_fraction(layer):
        return
    rounding = {"nearest": "floor", "nearest_exact": "round_prefer_ceil"}.get(layer.interpolation)
    corners = "align_corners" if layer.align_corners else "half_pixel"
    if layer.interpolation == "nearest":
        corners = "asymmetric"
    is_like_keras = layer.interpolation == "cubic" and layer.convention == "keras"
    node = format_call(
        "helper.make_node",
        "Resize",
        ["x", "", "scales"] if layer.output_shape is None else ["x", "", "", "sizes"],
        ["y"],
        mode="nearest" if layer.copies else layer.interpolation,
        coordinate_transformation_mode=corners,
        nearest_mode=rounding,
        cubic_coeff_a=-0.5 if is_like_keras else None,
        exclude_outside=1 if is_like_keras else None,
    )
    if layer.output_shape is None:
        yield f"{node}  # scales = [1, 1, {', '.join(map(str, layer.scale or ()))}]"
    else:
        channels = layer.channels.inputs
        yield f"{node}  # sizes = [1, {channels}, {', '.join(map(str, layer.output))}]"


def _keeps_size_by_fraction(layer: Upsample) -> bool:
    """Return True if PyTorch puts an output elsewhere than its scale says, for the size stays, or is doubled."""
    usual = (1, 2) if layer.interpolation == "nearest" else (1,)
    axes = zip(layer.scale or (), layer.input, layer.output, strict=False)
    return any(not isinstance(factor, int) and o in [i * times for times in usual] for factor, i, o in axes)


def _write_pixels(name: str, has_mode: bool) -> LayerWriter:
    def write_line(layer: Any) -> str:
        mode = {"mode": layer.channel_order} if has_mode else {}
        return _format_node(name, ["x"], blocksize=layer.factor[0], **mode)

    return make_pixel_writer(name, "DCR", write_line)


def _write_fold(layer: Fold) -> Iterator[str]:
    befores, afters = zip(*layer.padding, strict=True)
    node = _format_node(
        "Col2Im",
        ["x", "image_shape", "block_shape"],
        dilations=_list_unless(1, layer.dilation),
        pads=_list_unless(0, (*befores, *afters)),
        strides=_list_unless(1, layer.stride),
    )
    yield f"{node}  # image_shape = {list(layer.output)}, block_shape = {list(layer.kernel)}"


_WRITERS = {
    "conv": LayerWriter(_write_conv, _explain_conv),
    "conv_transpose": LayerWriter(
        _write_conv_transpose, "output_padding, and the cells added to the output, are smaller than the stride"
    ),
    "max_pool": LayerWriter(_write_max_pool, _POOL_OBSTACLE),
    "avg_pool": LayerWriter(_write_avg_pool, _POOL_OBSTACLE),
    "adaptive_max_pool": _write_global_pool("GlobalMaxPool"),
    "adaptive_avg_pool": _write_global_pool("GlobalAveragePool"),
    "upsample": LayerWriter(
        _write_upsample, "takes the scale by its word also where the size stays, or is doubled", is_verified=False
    ),
    "pixel_shuffle": _write_pixels("DepthToSpace", has_mode=True),
    "pixel_unshuffle": _write_pixels("SpaceToDepth", has_mode=False),
    "channel_shuffle": LayerWriter(write_nothing, "nothing shuffles channels: use Reshape, Transpose and Reshape"),
    "unfold": LayerWriter(
        write_nothing, "no node unfolds: use a Conv with weights of 0 and 1, one channel for each tap"
    ),
    "fold": LayerWriter(_write_fold, is_verified=False),
}


def _is_same_with_dilation(layer: Any) -> bool:
    return layer.op == "conv" and pads_to_same(layer) and max(layer.dilation) > 1


def _has_large_output_padding(layer: Any) -> bool:
    if layer.op != "conv_transpose":
        return False
    return any(extra >= s for extra, s in zip(layer.output_padding, layer.stride, strict=True))


def _has_large_output_shape(layer: Any) -> bool:
    if layer.op != "conv_transpose" or layer.output_shape is None or _has_large_output_padding(layer):
        return False
    sides = zip(layer.output_padding, layer.padding, layer.stride, strict=True)
    return any(sum(pair) < 0 and extra - sum(pair) >= s for extra, pair, s in sides)


def _leaves_cells_of_maximum(layer: Any) -> bool:
    return layer.op == "max_pool" and pads_to_same(layer) and find_least_same_padding(layer, with_dilation=False) < 0


def _leaves_cells(layer: Any) -> bool:
    sums = layer.op == "avg_pool" or (layer.op == "conv" and not _is_same_with_dilation(layer))
    # it crops a single cell at the end, where only dilated windows reach it
    return (
        sums
        and pads_to_same(layer)
        and find_least_same_padding(layer, with_dilation=False) < (0 if max(layer.dilation) > 1 else -1)
    )


_VERSION, _RUNTIME = "1.23.2", "onnxruntime 1.32.0"

_REMARKS = (
    Remark(_is_same_with_dilation, "refuses", "SAME_UPPER and SAME_LOWER with dilations", _RUNTIME),
    Remark(_has_large_output_padding, "refuses", "an output_padding that is not smaller than the stride", _RUNTIME),
    Remark(_has_large_output_shape, "refuses", "an output_shape that adds as many cells as the stride", _RUNTIME),
    Remark(
        _leaves_cells_of_maximum, "refuses", "SAME where windows leave cells out, or crops the input by them", _RUNTIME
    ),
    Remark(
        _leaves_cells, "computes otherwise", "with SAME where windows leave cells out: it crops the input", _RUNTIME
    ),
    remark_on_four_numbers("onnx", f"onnx {_VERSION}"),
)

FRAMEWORK = Framework(
    _SIGNATURES,
    _WRITERS,
    versions={"onnx": _VERSION},
    weight_axes={"conv": ("out", "in", "k"), "conv_transpose": ("in", "out", "k")},
    remarks=_REMARKS,
    runtimes={"onnxruntime": _RUNTIME},
)
