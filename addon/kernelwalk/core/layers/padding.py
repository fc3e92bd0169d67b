# SPDX-License-Identifier: GPL-3.0-or-later
"""Padding by name: what the words of PyTorch, Keras and ONNX come to along one axis, in cells before and after.

Throughout, i is the input's size, k the kernel's extent (dilation included), s the stride.
"""

from __future__ import annotations

from dataclasses import dataclass

from .parameters import PaddingPairs, ParameterParser

PaddingPair = tuple[int, int]
AxisSizes = tuple[int, ...]

SAME_UPPER, SAME_LOWER = "same_upper", "same_lower"

NAMED_PADDING = ("valid", "same", "full", SAME_UPPER, SAME_LOWER)

CAUSAL = "causal"
CONV_PADDING = (*NAMED_PADDING, CAUSAL)
"""The words of a convolution, the last of them along a single axis: time."""


@dataclass(frozen=True)
class TransposedPadding:
    """What a transposed convolution crops at each end, negative where it grows, and its output padding."""

    before: int
    after: int
    output_padding: int


def canonical_padding_name(read: ParameterParser, word: str, convention: str, stride: tuple[int, ...]) -> str:
    """The word of a convolution that says the same in every convention; complains of one that cannot be."""
    if word != "same":
        return word
    if convention != "pytorch":
        return SAME_UPPER  # Keras' only one; ONNX has no "same", but its SAME_UPPER is Keras'
    if any(step != 1 for step in stride):
        read.add_error(
            "padding",
            f'"same" needs stride 1, here it is [{", ".join(map(str, stride))}]',
            f'Set the stride to 1, write the padding as numbers, or "{SAME_UPPER}" for the "same" of Keras and ONNX',
        )
    return word


def axis_padding(word: str, i: int, k: int, s: int) -> PaddingPair:
    """The padding of a convolution or a pooling.

    same: as torch.nn.Conv2d, for a stride of 1; causal: so that no output reads what comes after it (Keras' Conv1D);
    same_upper, same_lower: ceil(i/s) outputs, an odd cell at the end, or at the beginning (ONNX' auto_pad;
    tensorflow.org/api_docs/python/tf/nn, "Notes on padding")
    """
    match word:
        case "valid":
            return 0, 0
        case "full":
            return k - 1, k - 1
        case "same":
            return _halve(k - 1)
        case "causal":
            return k - 1, 0
    total = max((-(-i // s) - 1) * s + k - i, 0)
    return _halve(total) if word == SAME_UPPER else _halve(total)[::-1]


def resolve_padding(word: str, sizes: AxisSizes, taps: AxisSizes, steps: AxisSizes, gaps: AxisSizes) -> PaddingPairs:
    """The padding of a convolution or a pooling on each axis, from its input, kernel, stride and dilation."""
    extents = [d * (k - 1) + 1 for k, d in zip(taps, gaps, strict=True)]
    return tuple(axis_padding(word, i, k, s) for i, k, s in zip(sizes, extents, steps, strict=True))


def transposed_padding(word: str, convention: str, i: int, k: int, s: int, extra: int | None) -> TransposedPadding:
    """What the words mean to a transposed convolution; `extra` is the output padding, None where none is given.

    same of PyTorch: what the matching convolution has, for a stride of 1. Of Keras: i·s outputs, or where an output
    padding is given (i-1)s + k%2 + extra (keras.src.backend.common.backend_utils); and its valid leaves no output
    without a step. same_upper, same_lower, and same of ONNX: i·s outputs (ONNX' ConvTranspose, auto_pad).
    """
    match word, convention:
        case "valid", "keras":
            return TransposedPadding(0, 0, max(s - k, 0) if extra is None else extra)
        case "same", "keras":
            border = s + k - 2 if extra is None else k + k % 2 - 2 + extra
            left = min(border - border // 2, k - 1)
            return TransposedPadding(k - 1 - left, k - 1 - (border - left) + (extra or 0), extra or 0)
        case "valid", _:
            return TransposedPadding(0, 0, extra or 0)
        case "full", _:
            return TransposedPadding(k - 1, k - 1, extra or 0)
        case "same", "pytorch":
            return TransposedPadding(*_halve(k - 1), extra or 0)
    return padding_for_output(word == SAME_LOWER, i * s, i, k, s, extra or 0)


def padding_for_output(lower: bool, output: int, i: int, k: int, s: int, extra: int) -> TransposedPadding:
    """The crop that gives a transposed convolution `output` cells (ONNX' output_shape).

    An odd cell is cropped at the end, or where `lower` at the beginning. Where cells are lacking they are added at the
    end, as ONNX Runtime and Keras add them.
    """
    total = s * (i - 1) + extra + k - output
    if total < 0:
        return TransposedPadding(0, total, extra)
    before, after = _halve(total)[::-1] if lower else _halve(total)
    return TransposedPadding(before, after, extra)


def _halve(total: int) -> PaddingPair:
    return total // 2, total - total // 2
