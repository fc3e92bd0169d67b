# SPDX-License-Identifier: GPL-3.0-or-later
"""ncnn: the lines of its param files, written. Their reading is in ncnn_layers.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .code_format import omit_default, preferred_first
from .framework import Framework, LayerWriter, Remark
from .ncnn_layers import PAD_WORDS, PARAMETERS, POOL_WORDS, SIGNATURES, SUFFIXES
from .pixel_shuffles import make_pixel_writer
from .same_padding import find_least_same_padding, pads_to_same

if TYPE_CHECKING:
    from ..layers.channel_shuffle import ChannelShuffle
    from ..layers.convolution import Conv
    from ..layers.fold import Fold
    from ..layers.pooling import AvgPool, MaxPool
    from ..layers.rearrangement import Unfold
    from ..layers.transposed_convolution import ConvTranspose
    from ..layers.upsampling import Upsample

VERSION = "ncnn 1.0.20261020"

AXES = ("d", "h", "w")
SIDES = (("front", "behind"), ("top", "bottom"), ("left", "right"))
"""Ends of the names of sizes and of padding, in the order of axes."""


def _format_line(kind: str, values: Mapping[str, Any]) -> str:
    """Return a line, without parameters that are None.

    >>> _format_line("PixelShuffle", {"upscale_factor": 2, "mode": None})
    'PixelShuffle layer 1 1 x y 0=2'
    """
    given = (f"{number}={values[name]}" for number, name in PARAMETERS[kind].items() if values.get(name) is not None)
    return " ".join([kind, "layer 1 1 x y", *given])


def _list_sizes(name: str, sizes: Sequence[int], default: int) -> dict[str, int | None]:
    """Return the parameters of a size: that of the columns unless it is the default, and others that differ from it."""
    columns = sizes[-1]
    named = zip(AXES[-len(sizes) :], sizes, strict=True)
    return {f"{name}_{axis}": None if size == (default if axis == "w" else columns) else size for axis, size in named}


def _list_pads(pairs: Sequence[tuple[int, int]]) -> dict[str, int | None]:
    """Return the parameters of padding: each side that is not as the one that it follows."""
    left = pairs[-1][0]
    pads: dict[str, int | None] = {}
    for (before, after), (first, last) in zip(SIDES[-len(pairs) :], pairs, strict=True):
        pads[f"pad_{before}"] = omit_default(first, 0 if before == "left" else left)
        pads[f"pad_{after}"] = omit_default(last, first)
    return pads


def _crops_columns(layer: Any) -> bool:
    """Return True for padding by name where windows leave cells out, which ncnn crops if another axis is padded."""
    return (
        layer.dims > 1 and layer.op != "conv_transpose" and pads_to_same(layer) and find_least_same_padding(layer) < 0
    )


def _pads_planes_after(layer: Any) -> bool:
    """Return True for windows of three axes whose odd cells of padding are before: ncnn has those of planes after."""
    return layer.dims == 3 and layer.op in ("conv", "max_pool", "avg_pool") and layer.padding_name == "same_lower"


def _find_word(layer: Any, words: Mapping[int, str]) -> int | None:
    """Return the number of the name of a layer's padding; None if there is none, or ncnn pads otherwise by it."""
    if _crops_columns(layer) or _pads_planes_after(layer):
        return None
    name = "same_upper" if layer.padding_name == "same" else layer.padding_name
    return next((number for number, word in words.items() if word == name), None)


def _list_window(layer: Conv | ConvTranspose | Unfold | Fold) -> dict[str, int | None]:
    return {
        **_list_sizes("kernel", layer.kernel, 0),
        **_list_sizes("dilation", layer.dilation, 1),
        **_list_sizes("stride", layer.stride, 1),
    }


def _list_weights(layer: Conv | ConvTranspose) -> tuple[str, dict[str, int | None]]:
    """Return the part of the kind that tells groups, and the parameters of channels."""
    channels = layer.channels
    size = channels.inputs * channels.outputs // channels.groups
    for taps in layer.kernel:
        size *= taps
    values: dict[str, int | None] = {"num_output": channels.outputs, "weight_data_size": size}
    return ("DepthWise", {**values, "group": channels.groups}) if channels.groups > 1 else ("", values)


def _write_conv(layer: Conv) -> Iterator[str]:
    if layer.padding_mode != "zeros":
        return
    depthwise, values = _list_weights(layer)
    kind = f"Convolution{depthwise}{SUFFIXES[layer.dims]}"
    values |= _list_window(layer)
    word = _find_word(layer, PAD_WORDS)
    if word is not None:
        yield _format_line(kind, {**values, "pad_left": word})
    yield _format_line(kind, {**values, **_list_pads(layer.padding)})


def _write_conv_transpose(layer: ConvTranspose) -> Iterator[str]:
    if min(before for before, _ in layer.padding) < 0:
        return
    depthwise, values = _list_weights(layer)
    # cells that are added at the end are output padding
    extras = [extra + max(-after, 0) for extra, (_, after) in zip(layer.output_padding, layer.padding, strict=True)]
    ends = [after for _, after in SIDES[-layer.dims :]]
    added = {
        f"output_pad_{end}": omit_default(extra, 0 if end == "right" else extras[-1])
        for end, extra in zip(ends, extras, strict=True)
    }
    pads = _list_pads([(before, max(after, 0)) for before, after in layer.padding])
    yield _format_line(
        f"Deconvolution{depthwise}{SUFFIXES[layer.dims]}", {**values, **_list_window(layer), **pads, **added}
    )


def _is_too_wide(layer: MaxPool | AvgPool) -> bool:
    """Return True for a window larger than the padded input, which fits where sizes are rounded up elsewhere."""
    return any(k > i + sum(pair) for i, pair, k in zip(layer.input, layer.padding, layer.kernel, strict=True))


def _write_pool(layer: MaxPool | AvgPool) -> Iterator[str]:
    if _is_too_wide(layer):
        return
    counts = getattr(layer, "count_include_pad", False) or None
    values = {
        "pooling_type": 1 if layer.op == "avg_pool" else 0,
        **_list_sizes("kernel", layer.kernel, 0),
        **_list_sizes("stride", layer.stride, 1),
    }
    kind, word = f"Pooling{SUFFIXES[layer.dims]}", _find_word(layer, POOL_WORDS)
    if word is not None:
        yield _format_line(kind, {**values, "pad_mode": word})
    values |= _list_pads(layer.padding)
    counting = {"avgpool_count_include_pad": None if counts is None else int(counts)}
    for mode in preferred_first(layer.ceil_mode, None, 1):  # which rounds up, and which does not
        yield _format_line(kind, {**values, **counting, "pad_mode": mode})


def _write_adaptive_pool(layer: Any) -> Iterator[str]:
    average = 1 if layer.op == "adaptive_avg_pool" else 0
    sizes = _list_sizes("out", layer.output, 0)
    yield _format_line(f"Pooling{SUFFIXES[layer.dims]}", {"pooling_type": average, "adaptive_pooling": 1, **sizes})


def _reads_beyond(layer: Any) -> bool:
    """Return True for an upsampling of fewer cells than ncnn weighs."""
    least = {"linear": 2, "cubic": 4}
    return layer.op == "upsample" and layer.dims == 2 and min(layer.input) < least.get(layer.interpolation, 1)


def _write_upsample(layer: Upsample) -> Iterator[str]:
    kinds = {"nearest": 1, "linear": 2, "cubic": 3}
    if layer.dims != 2 or layer.interpolation not in kinds or _reads_beyond(layer):
        return
    values = {"resize_type": kinds[layer.interpolation], "align_corner": 1 if layer.align_corners else None}
    if layer.scale is not None:
        yield _format_line("Interp", {**values, "height_scale": layer.scale[0], "width_scale": layer.scale[1]})
    yield _format_line("Interp", {**values, "output_height": layer.output[0], "output_width": layer.output[1]})


def _write_pixels(kind: str, parameter: str) -> LayerWriter:
    def write_line(layer: Any) -> str:
        return _format_line(kind, {parameter: layer.factor[0], "mode": 1 if layer.channel_order == "DCR" else None})

    return make_pixel_writer(kind, "CRD, or with 1=1 DCR", write_line)


def _write_channel_shuffle(layer: ChannelShuffle) -> Iterator[str]:
    if layer.dims > 1:
        yield _format_line("ShuffleChannel", {"group": layer.groups})


def _write_unfold(layer: Unfold) -> Iterator[str]:
    if layer.dims == 2:
        yield _format_line("Unfold", {**_list_window(layer), **_list_pads(layer.padding)})


def _write_fold(layer: Fold) -> Iterator[str]:
    if layer.dims == 2:
        sizes = _list_sizes("output", layer.output, 0)
        yield _format_line("Fold", {**_list_window(layer), **_list_pads(layer.padding), **sizes})


_POOL = LayerWriter(
    _write_pool,
    "has no dilation, takes no window larger than its input, keeps a last window past the input, and counts cells past "
    "the padding",
)
_ADAPTIVE = LayerWriter(_write_adaptive_pool)

FRAMEWORK = Framework(
    SIGNATURES,
    {
        "conv": LayerWriter(_write_conv, "pads with zeros only"),
        "conv_transpose": LayerWriter(
            _write_conv_transpose, "reads its kernel forward, and adds cells at the end alone"
        ),
        "max_pool": _POOL,
        "avg_pool": _POOL,
        "adaptive_max_pool": _ADAPTIVE,
        "adaptive_avg_pool": _ADAPTIVE,
        "upsample": LayerWriter(
            _write_upsample, "two axes only, and nearest, linear and cubic by the quotient of the sizes: Interp"
        ),
        "pixel_shuffle": _write_pixels("PixelShuffle", "upscale_factor"),
        "pixel_unshuffle": _write_pixels("Reorg", "stride"),
        "channel_shuffle": LayerWriter(_write_channel_shuffle, "two or three axes only: ShuffleChannel"),
        "unfold": LayerWriter(_write_unfold, "two axes only: Unfold"),
        "fold": LayerWriter(_write_fold, "two axes only: Fold"),
    },
    versions={"ncnn": VERSION.split()[1]},
    weight_axes={"conv": ("out", "in", "k"), "conv_transpose": ("out", "in", "k")},
    remarks=(
        Remark(
            _crops_columns, "computes otherwise",
            "with SAME where windows leave cells out and another axis is padded: it crops the input", VERSION,
        ),
        Remark(
            _pads_planes_after, "computes otherwise",
            "with SAME_LOWER along three axes: the odd cell of the first axis is after it", VERSION,
        ),
        Remark(
            _reads_beyond, "computes otherwise", "linear upsampling of one cell, and cubic of fewer than four", VERSION
        ),
    ),
)  # fmt: skip
