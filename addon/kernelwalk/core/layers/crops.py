# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules by which names of padding crop a transposed convolution along one axis.

Throughout, i is the input's size, k the kernel's extent (dilation included), s the stride. The full result has
(i-1)s + k cells.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

PaddingPair = tuple[int, int]

SAME_UPPER, SAME_LOWER = "same_upper", "same_lower"


class TransposedPadding(NamedTuple):
    """Cells that a transposed convolution crops at each end (negative where it grows), and its output padding."""

    before: int
    after: int
    output_padding: int


CropRule = Callable[[int, int, int, int | None], TransposedPadding]
"""A rule: from i, k, s and the output padding, which is None if it was not given."""


def halve_total(total: int, lower: bool = False) -> PaddingPair:
    """Return cells to crop before and after. An odd one is cropped after, or before if `lower`.

    Missing cells, which are a negative total, are all added after.

    >>> halve_total(3), halve_total(3, lower=True), halve_total(-1)
    ((1, 2), (2, 1), (0, -1))
    """
    return (0, total) if total < 0 else split_total(total, lower)


def split_total(total: int, lower: bool = False) -> PaddingPair:
    """Return cells to crop before and after, or missing cells in halves, an odd one before, or after if `lower`.

    >>> split_total(3), split_total(-1), split_total(-1, lower=True)
    ((1, 2), (-1, 0), (0, -1))
    """
    half, rest = total // 2, total - total // 2
    return (rest, half) if lower else (half, rest)


def crop_nothing(i: int, k: int, s: int, extra: int | None) -> TransposedPadding:
    """Crop nothing ("valid" of PyTorch, Equinox, ONNX)."""
    return TransposedPadding(0, 0, extra or 0)


def crop_all(i: int, k: int, s: int, extra: int | None) -> TransposedPadding:
    """Crop all outputs that read less than the whole kernel ("full")."""
    return TransposedPadding(k - 1, k - 1, extra or 0)


def crop_as_convolution(i: int, k: int, s: int, extra: int | None) -> TransposedPadding:
    """Crop as the matching convolution of stride 1 pads ("same" of PyTorch)."""
    return TransposedPadding(*halve_total(k - 1), extra or 0)


def crop_to_multiple(i: int, k: int, s: int, extra: int | None, lower: bool = False) -> TransposedPadding:
    """Crop to i·s outputs, or add those that are missing at the end (SAME of JAX, which has no output padding)."""
    return TransposedPadding(*halve_total(k - s + (extra or 0), lower), extra or 0)


def split_to_multiple(i: int, k: int, s: int, extra: int | None, lower: bool = False) -> TransposedPadding:
    """Crop to i·s outputs, or add those that are missing at both ends (auto_pad of ONNX' ConvTranspose)."""
    return TransposedPadding(*split_total(k - s + (extra or 0), lower), extra or 0)


def crop_down_to_multiple(i: int, k: int, s: int, extra: int | None, lower: bool = False) -> TransposedPadding:
    """Crop to i·s outputs where there are more, and add none (auto_pad of ONNX Runtime)."""
    return TransposedPadding(*split_total(max(k - s + (extra or 0), 0), lower), extra or 0)


def crop_keras_valid(i: int, k: int, s: int, extra: int | None) -> TransposedPadding:
    """Grow so that every step has an output, unless an output padding is given ("valid" of Keras and JAX)."""
    return TransposedPadding(0, 0, max(s - k, 0) if extra is None else extra)


def crop_keras_same(i: int, k: int, s: int, extra: int | None) -> TransposedPadding:
    """Crop to i·s outputs, or with an output padding to (i-1)s + k%2 + output padding.

    Source: keras.src.backend.common.backend_utils.
    """
    border = s + k - 2 if extra is None else k + k % 2 - 2 + extra
    left = min(border - border // 2, k - 1)
    return TransposedPadding(k - 1 - left, k - 1 - (border - left) + (extra or 0), extra or 0)


def crop_shrinking(i: int, k: int, s: int, extra: int | None, lower: bool = False) -> TransposedPadding:
    """Crop to i·s outputs less the output padding ("SAME" and "SAME_LOWER" of Equinox)."""
    before, after = halve_total(k - s + (extra or 0), lower)
    return TransposedPadding(before, after + (extra or 0), extra or 0)


def crop_as_same_pads(i: int, k: int, s: int, extra: int | None) -> TransposedPadding:
    """Crop as SAME pads a convolution over the layer's own input ("SAME" of Paddle)."""
    return TransposedPadding(*halve_total(max((-(-i // s) - 1) * s + k - i, 0)), extra or 0)


NAMED_CROPS: dict[str, CropRule] = {
    "valid": crop_nothing,
    "same": crop_to_multiple,
    "full": crop_all,
    SAME_UPPER: crop_to_multiple,
    SAME_LOWER: partial(crop_to_multiple, lower=True),
}
"""Rules by the padding's name, unless a framework has others."""


def _name_crops(rule: Callable[..., TransposedPadding]) -> dict[str, CropRule]:
    """Return the rules where all names of "same" have one."""
    return {**NAMED_CROPS, "same": rule, SAME_UPPER: rule, SAME_LOWER: partial(rule, lower=True)}


PADDLE_CROPS = {**NAMED_CROPS, "same": crop_as_same_pads}
UNCROPPED = {**NAMED_CROPS, "same": crop_nothing, SAME_UPPER: crop_nothing, SAME_LOWER: crop_nothing}
PYTORCH_CROPS = {**NAMED_CROPS, "same": crop_as_convolution}
KERAS_CROPS = {**NAMED_CROPS, "valid": crop_keras_valid, "same": crop_keras_same}
SHRINKING_CROPS = _name_crops(crop_shrinking)
ONNX_CROPS, ONNXRUNTIME_CROPS = _name_crops(split_to_multiple), _name_crops(crop_down_to_multiple)
"""Rules of Paddle, OpenVINO, PyTorch, Keras, Equinox, ONNX and ONNX Runtime, by the padding's name."""
