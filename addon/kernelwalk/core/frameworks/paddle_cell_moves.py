# SPDX-License-Identifier: GPL-3.0-or-later
"""Paddle's layers that move, copy or interpolate cells: unfold, fold, shuffles and upsampling, read and written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .code_format import format_call, omit_default
from .framework import LayerWriter
from .layer_signature import ArgumentKeys, LayerSignature, SpecKeys, make_signature, same_names
from .pixel_shuffles import make_pixel_writer
from .upsampling_arguments import parse_interpolation, parse_scale

if TYPE_CHECKING:
    from ..layers.channel_shuffle import ChannelShuffle
    from ..layers.fold import Fold
    from ..layers.rearrangement import Unfold
    from ..layers.upsampling import Upsample

_IGNORED = ("data_format", "name")


def _parse_paddings(value: Any) -> SpecKeys:
    """Parse a number, one per axis, or top, left, bottom and right. Raises ValueError."""
    if isinstance(value, list) and len(value) == 4:
        return {"padding": [[value[0], value[2]], [value[1], value[3]]]}
    if type(value) is not int and not (isinstance(value, list) and len(value) == 2):
        raise ValueError("write a number, two for rows and columns, or four: top, left, bottom, right")
    return {"padding": value}


def _parse_equal_paddings(value: Any) -> SpecKeys:
    """Parse the same of a fold, which counts blocks by the first two. Raises ValueError."""
    if isinstance(value, list) and len(value) == 4 and value[:2] != value[2:]:
        raise ValueError("Fold refuses sides that differ")
    return _parse_paddings(value)


def _check_upsampling(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
    """Return the keys of an upsampling. Raises ValueError."""
    if values.get("size") is not None and values.get("scale_factor") is not None:
        raise ValueError("size and scale_factor are given", "Leave one of them out")
    mode = values.get("mode", "nearest")
    if mode == "nearest" and keys.get("align_corners"):
        raise ValueError('align_corners needs another mode than "nearest"', "Leave it out", "align_corners")
    return keys


_BLOCKS: ArgumentKeys = {
    "kernel_sizes": "kernel",
    "dilations": "dilation",
    "paddings": _parse_paddings,
    "strides": "stride",
}
_ORDER = "kernel_sizes dilations paddings strides name"
_SIZES: ArgumentKeys = {"size": "output_shape", "scale_factor": parse_scale}
_MODES: ArgumentKeys = {**_SIZES, "mode": parse_interpolation, **same_names("align_corners")}

SIGNATURES: Mapping[str, LayerSignature] = {
    "Unfold": make_signature("unfold", 2, "paddle", _ORDER, _BLOCKS, "kernel_sizes", _IGNORED),
    "Fold": make_signature(
        "fold", 2, "paddle", f"output_sizes {_ORDER}",
        {"output_sizes": "output_shape", **_BLOCKS, "paddings": _parse_equal_paddings},
        "output_sizes kernel_sizes", _IGNORED,
    ),
    "PixelShuffle": make_signature(
        "pixel_shuffle", 2, "paddle", "upscale_factor data_format name", {"upscale_factor": "factor"},
        "upscale_factor", _IGNORED,
    ),
    "PixelUnshuffle": make_signature(
        "pixel_unshuffle", 2, "paddle", "downscale_factor data_format name", {"downscale_factor": "factor"},
        "downscale_factor", _IGNORED,
    ),
    "ChannelShuffle": make_signature(
        "channel_shuffle", 2, "paddle", "groups data_format name", same_names("groups"), "groups", _IGNORED
    ),
    "Upsample": make_signature(
        "upsample", None, "paddle", "size scale_factor mode align_corners align_mode data_format", _MODES, "",
        _IGNORED, align_mode=((0,), "it places outputs otherwise"),
        recompute_scale_factor=((None, False), "it takes the quotient of the sizes as the scale"),
    )._replace(finish=_check_upsampling),
    "UpsamplingNearest2D": make_signature(
        "upsample", 2, "paddle", "size scale_factor data_format name", _SIZES, "", _IGNORED
    ),
    "UpsamplingBilinear2D": make_signature(
        "upsample", 2, "paddle", "size scale_factor data_format name", _SIZES, "", _IGNORED,
        {"interpolation": "linear", "align_corners": True},
    ),
}  # fmt: skip


def _list_blocks(layer: Unfold | Fold) -> dict[str, Any]:
    befores, afters = zip(*layer.padding, strict=True)
    return {
        "dilations": omit_default(layer.dilation, 1),
        "paddings": omit_default(befores, 0) if befores == afters else [*befores, *afters],
        "strides": omit_default(layer.stride, 1),
    }


def _write_unfold(layer: Unfold) -> Iterator[str]:
    if layer.dims == 2:
        yield format_call("paddle.nn.Unfold", layer.kernel, **_list_blocks(layer))


def _write_fold(layer: Fold) -> Iterator[str]:
    if layer.dims == 2:
        yield format_call("paddle.nn.Fold", layer.output, layer.kernel, **_list_blocks(layer))


def _write_pixels(name: str) -> LayerWriter:
    return make_pixel_writer(name, "CRD", lambda layer: format_call(f"paddle.nn.{name}", layer.factor))


def _write_channel_shuffle(layer: ChannelShuffle) -> Iterator[str]:
    if layer.dims == 2:
        yield format_call("paddle.nn.ChannelShuffle", layer.groups)


def shrinks_to_one(layer: Any) -> bool:
    """Return True for a weighted upsampling to one cell along an axis, in whose place Paddle takes the first."""
    if layer.op != "upsample" or layer.copies or layer.align_corners:
        return False
    return any(o == 1 < i for i, o in zip(layer.input, layer.output, strict=True))


def _write_upsample(layer: Upsample) -> Iterator[str]:
    if shrinks_to_one(layer):
        return
    size = {"scale_factor": layer.scale} if layer.output_shape is None else {"size": list(layer.output_shape)}
    if layer.interpolation == "nearest" and layer.dims > 1:
        yield format_call("paddle.nn.Upsample", **size)
    elif layer.interpolation in ("linear", "cubic"):
        mode, aligns = layer.display_name.split()[0].lower(), layer.align_corners or None
        yield format_call("paddle.nn.Upsample", **size, mode=mode, align_corners=aligns)


WRITERS = {
    "upsample": LayerWriter(
        _write_upsample,
        "has nearest of two or three axes, linear, bilinear, trilinear and bicubic; of one cell it takes the first",
    ),
    "pixel_shuffle": _write_pixels("PixelShuffle"),
    "pixel_unshuffle": _write_pixels("PixelUnshuffle"),
    "channel_shuffle": LayerWriter(_write_channel_shuffle, "two axes only: ChannelShuffle"),
    "unfold": LayerWriter(_write_unfold, "two axes only: Unfold"),
    "fold": LayerWriter(_write_fold, "two axes only: Fold"),
}
