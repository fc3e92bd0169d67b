# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules by which names of padding crop a transposed convolution along one axis.

Throughout, i is the input's size, k the kernel's extent (dilation included), s the stride. The full result has
(i-1)s + k cells.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

PaddingPair = tuple[int, int]

SAME_UPPER, SAME_LOWER = "same_upper", "same_lower"


@dataclass(frozen=True)
class TransposedPadding:
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
    if total < 0:
        return 0, total
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
    """Crop to i·s outputs, whatever the output padding (ONNX' auto_pad; SAME of JAX, which has no output padding)."""
    return TransposedPadding(*halve_total(k - s + (extra or 0), lower), extra or 0)


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


NAMED_CROPS: dict[str, CropRule] = {
    "valid": crop_nothing,
    "same": crop_to_multiple,
    "full": crop_all,
    SAME_UPPER: crop_to_multiple,
    SAME_LOWER: partial(crop_to_multiple, lower=True),
}
"""Rules by the padding's name, unless a framework has others."""

PYTORCH_CROPS = {**NAMED_CROPS, "same": crop_as_convolution}
KERAS_CROPS = {**NAMED_CROPS, "valid": crop_keras_valid, "same": crop_keras_same}
SHRINKING_CROPS = {
    **NAMED_CROPS,
    "same": crop_shrinking,
    SAME_UPPER: crop_shrinking,
    SAME_LOWER: partial(crop_shrinking, lower=True),
}
"""Rules of PyTorch, Keras and Equinox, by the padding's name."""
