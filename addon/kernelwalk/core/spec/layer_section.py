# SPDX-License-Identifier: GPL-3.0-or-later
"""The section [layer]: meaning of each key, of each operation and of each padding name.

The classes in core/layers check the values; which keys an operation has is in its class.
"""

from __future__ import annotations

from ..layers.conventions import CONVENTIONS
from ..layers.parameters import OPTION_CHECKS
from ..layers.registry import LAYERS
from .fields import Field

SIZES = "an integer, or one per axis: [y, x]"

OPTIONS = {
    "padding_mode": {
        "zeros": "Zeros",
        "reflect": "The input mirrored at its edge cells, which are not repeated",
        "replicate": "The input's edge cells repeated",
        "circular": "The input continued from its other end",
    },
    "convention": {name: convention.meaning for name, convention in CONVENTIONS.items()},
    "channel_order": {
        "CRD": "Adjacent channels (PyTorch, and ONNX' CRD)",
        "DCR": "Every nth channel, where the larger feature map has n channels (TensorFlow, and ONNX' DCR)",
    },
    "interpolation": {
        "nearest": "Each output copies the input under its beginning",
        "nearest_exact": "Each output copies the input under its middle",
        "linear": "Two inputs on each axis, weighted by their distance: bilinear, trilinear",
        "cubic": "Four inputs on each axis, weighted by a cubic polynomial of their distance: bicubic",
    },
}
"""Meaning of each option of a layer's key."""


def _option(key: str, meaning: str) -> Field:
    return Field(OPTION_CHECKS[key], meaning, OPTIONS.get(key, {}))


FIELDS = {
    "op": Field(None, "Operation", {op: layer.display_name for op, layer in LAYERS.items()}, values="a name in quotes"),
    "code": Field(None, "The layer as code of a framework; other keys override it", values="text"),
    "input": Field(None, "Size of the input, for a fold in blocks; the last axis is x", values=SIZES),
    "kernel": Field(None, "Size of the kernel or window", values=SIZES),
    "stride": Field(None, "Cells from one position to the next. Default: 1, or the kernel for pooling", values=SIZES),
    "padding": Field(
        None,
        "Padding around the input; for a transposed convolution, the padding of the matching convolution. Default: 0",
        values="an integer, one per axis, [[before, after], …], or a name",
    ),
    "dilation": Field(None, "Cells from one element of the kernel to the next. Default: 1", values=SIZES),
    "padding_mode": _option("padding_mode", "Values of the padding. Default: zeros"),
    "output_padding": Field(
        None, "Cells by which the output of a transposed convolution grows at its end", values=SIZES
    ),
    "output_shape": Field(
        None,
        "Size of the output of a transposed convolution, which determines its padding, or its output padding beside "
        "padding in numbers with the convention pytorch; of an upsampling, in place of scale; of an adaptive pooling; "
        "of a fold, in place of input",
        values=SIZES,
    ),
    "ceil_mode": _option(
        "ceil_mode", "Let the last window extend past the padding, so that no cell is left out. Default: false"
    ),
    "count_include_pad": _option(
        "count_include_pad", "Count padding in the average, as zeros. Default: true with the convention pytorch"
    ),
    "convention": _option(
        "convention", "Framework whose padding names, defaults and weights of cubic upsampling apply. Default: pytorch"
    ),
    "flip_kernel": _option(
        "flip_kernel",
        "Let each input of a transposed convolution add the kernel in reverse, as in JAX. Default: false",
    ),
    "scale": Field(
        None,
        "Outputs of an upsampling for each input, along each axis; the size is rounded down",
        values="a number, or one per axis: [y, x]",
    ),
    "interpolation": _option("interpolation", "Inputs from which upsampling computes an output. Default: nearest"),
    "align_corners": _option(
        "align_corners",
        "Let the first and the last output of an upsampling stand on the first and the last input. Default: false",
    ),
    "factor": Field(
        None, "Cells per axis that a pixel shuffle makes of channels; an unshuffle makes channels of them", values=SIZES
    ),
    "channel_order": _option("channel_order", "Channels that hold the cells of one block. Default: CRD"),
    "in_channels": Field(None, "Channels of the input, a multiple of groups", values="an integer"),
    "out_channels": Field(None, "Channels of the output, a multiple of groups", values="an integer"),
    "groups": Field(
        None,
        "Parts of the channels that do not mix, or that a channel shuffle mixes; as many as channels is a depthwise "
        "convolution",
        values="an integer",
    ),
    "depth_multiplier": Field(
        None,
        "Outputs per input channel of a depthwise convolution, in place of out_channels and groups",
        values="an integer",
    ),
    "channels": Field(None, "Channels of the input", values="an integer"),
}

PADDING_NAMES = {
    "valid": (
        "none",
        'crops nothing; with `convention = "keras"` or `"jax"`, the output is at least input · stride',
    ),
    "same": (
        "`pytorch`: keeps the size, needs stride 1, not for pooling; others: `same_upper`",
        "`pytorch`: keeps the size, needs stride 1; `keras`: input · stride; others: `same_upper`",
    ),
    "same_upper": (
        "ceil(input / stride) outputs; an odd cell of padding is at the end",
        "input · stride outputs; an odd cell is cropped at the end; missing outputs are added at the end",
    ),
    "same_lower": (
        "ceil(input / stride) outputs; an odd cell of padding is at the beginning",
        "input · stride outputs; an odd cell is cropped at the beginning; missing outputs are added at the end",
    ),
    "full": (
        "every output that reads any input; not for pooling",
        "crops the kernel's extent less one at each end",
    ),
    "causal": ("convolution along one axis: no output reads a later input", ""),
}
"""Meaning of each padding name: for convolution and pooling, and for transposed convolution."""
