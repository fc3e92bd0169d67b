# SPDX-License-Identifier: GPL-3.0-or-later
"""Arrays fitted to a layer's input: cropped, or scaled to cover it and then cropped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arrays import Floats

BLOCK_SIZE = 4_000_000
"""Numbers that are averaged at once."""


def crop(values: Any, sizes: Sequence[int]) -> Any:
    """Return the middle of an array (channels, *larger sizes), or along a single axis its beginning."""
    margins = [0 if len(sizes) == 1 else (have - want) // 2 for have, want in zip(values.shape[1:], sizes, strict=True)]
    windows = [slice(margin, margin + want) for margin, want in zip(margins, sizes, strict=True)]
    return values[(slice(None), *windows)]


def scale(values: Any, sizes: Sequence[int]) -> Floats:
    """Return an array (channels, *sizes) of the means over equal boxes of an array (channels, *other sizes).

    The boxes are as large as they fit, as wide as high, around the middle.
    """
    step = min(have / want for have, want in zip(values.shape[1:], sizes, strict=True))
    for axis in range(values.ndim - 1, 0, -1):
        start = (values.shape[axis] - step * sizes[axis - 1]) / 2
        values = _average_axis(values, axis, start, step, sizes[axis - 1])
    result: Floats = np.asarray(values, np.float64)
    return result


def _average_axis(values: Any, axis: int, start: float, step: float, count: int) -> Floats:
    """Return the means over `count` intervals of length `step` along an axis, from the differences of a running sum."""
    rows = np.moveaxis(values, axis, -1)
    outer, length = rows.shape[:-1], rows.shape[-1]
    rows = rows.reshape(-1, length)
    edges = np.clip(start + step * np.arange(count + 1), 0, length)
    whole = np.minimum(edges.astype(np.int64), length - 1)
    means = np.empty((len(rows), count))
    block = max(BLOCK_SIZE // length, 1)
    for at in range(0, len(rows), block):
        part = rows[at : at + block].astype(np.float64)
        below = np.cumsum(part, axis=1) - part  # sum of the cells before each
        sums = below[:, whole] + part[:, whole] * (edges - whole)
        means[at : at + block] = np.diff(sums, axis=1) / step
    return np.moveaxis(means.reshape(*outer, count), -1, axis)
