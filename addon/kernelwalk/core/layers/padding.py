# SPDX-License-Identifier: GPL-3.0-or-later
"""Padding by name: the cells before and after that the names of PyTorch, Keras and ONNX give along one axis.

Throughout, i is the input's size, k the kernel's extent (dilation included), s the stride.
"""

from __future__ import annotations

from dataclasses import dataclass

from .parameters import AxisSizes, PaddingPairs, ParameterParser

PaddingPair = tuple[int, int]

SAME_UPPER, SAME_LOWER = "same_upper", "same_lower"

NAMED_PADDING = ("valid", "same", "full", SAME_UPPER, SAME_LOWER)

CAUSAL = "causal"
CONV_PADDING = (*NAMED_PADDING, CAUSAL)
"""Padding names of a convolution; the last one needs a single axis, time."""


@dataclass(frozen=True)
class TransposedPadding:
    """Cells that a transposed convolution crops at each end (negative where it grows), and its output padding."""

    before: int
    after: int
    output_padding: int


def canonical_padding_name(parser: ParameterParser, name: str, convention: str, stride: AxisSizes) -> str:
    """Return the padding name that means the same in every convention; add an error if there is no such padding."""
    if name != "same":
        return name
    if convention != "pytorch":
        return SAME_UPPER  # the only "same" of Keras; ONNX has no "same", but its SAME_UPPER equals Keras' "same"
    if any(step != 1 for step in stride):
        parser.add_error(
            "padding",
            f'"same" needs stride 1, here it is [{", ".join(map(str, stride))}]',
            f'Set the stride to 1, write the padding as numbers, or "{SAME_UPPER}" for the "same" of Keras and ONNX',
        )
    return name


def axis_padding(name: str, i: int, k: int, s: int) -> PaddingPair:
    """Return the padding of a convolution or a pooling along one axis.

    same: as torch.nn.Conv2d, for a stride of 1; causal: no output reads a later input (Keras' Conv1D);
    same_upper, same_lower: ceil(i/s) outputs, an odd cell at the end, or at the beginning (ONNX' auto_pad;
    tensorflow.org/api_docs/python/tf/nn, "Notes on padding")

    >>> axis_padding("same_upper", i=5, k=2, s=1)
    (0, 1)
    """
    match name:
        case "valid":
            return 0, 0
        case "full":
            return k - 1, k - 1
        case "same":
            return _halve(k - 1)
        case "causal":
            return k - 1, 0
    total = max((-(-i // s) - 1) * s + k - i, 0)
    return _halve(total) if name == SAME_UPPER else _halve(total)[::-1]


def resolve_padding(
    name: str, sizes: AxisSizes, kernel: AxisSizes, stride: AxisSizes, dilation: AxisSizes
) -> PaddingPairs:
    """Return the padding of a convolution or a pooling on each axis."""
    extents = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    return tuple(axis_padding(name, i, k, s) for i, k, s in zip(sizes, extents, stride, strict=True))


def transposed_padding(
    name: str, convention: str, i: int, k: int, s: int, output_padding: int | None
) -> TransposedPadding:
    """Return the padding of a transposed convolution along one axis; `output_padding` is None if it was not given.

    same of PyTorch: the padding of the matching convolution, for a stride of 1. same of Keras: i·s outputs, or with an
    output padding (i-1)s + k%2 + output_padding (keras.src.backend.common.backend_utils). valid of Keras: every step
    has an output. same_upper, same_lower, and same of ONNX: i·s outputs (ONNX' ConvTranspose, auto_pad).
    """
    extra = output_padding or 0
    match name, convention:
        case "valid", "keras":
            return TransposedPadding(0, 0, max(s - k, 0) if output_padding is None else extra)
        case "same", "keras":
            border = s + k - 2 if output_padding is None else k + k % 2 - 2 + extra
            left = min(border - border // 2, k - 1)
            return TransposedPadding(k - 1 - left, k - 1 - (border - left) + extra, extra)
        case "valid", _:
            return TransposedPadding(0, 0, extra)
        case "full", _:
            return TransposedPadding(k - 1, k - 1, extra)
        case "same", "pytorch":
            return TransposedPadding(*_halve(k - 1), extra)
    return padding_for_output(name == SAME_LOWER, i * s, i, k, s, extra)


def padding_for_output(lower: bool, output: int, i: int, k: int, s: int, output_padding: int) -> TransposedPadding:
    """Return the crop that gives a transposed convolution `output` cells (ONNX' output_shape).

    An odd cell is cropped at the end, or if `lower` at the beginning. Missing cells are added at the end, as ONNX
    Runtime and Keras add them.
    """
    total = s * (i - 1) + output_padding + k - output
    if total < 0:
        return TransposedPadding(0, total, output_padding)
    before, after = _halve(total)[::-1] if lower else _halve(total)
    return TransposedPadding(before, after, output_padding)


def _halve(total: int) -> PaddingPair:
    return total // 2, total - total // 2
