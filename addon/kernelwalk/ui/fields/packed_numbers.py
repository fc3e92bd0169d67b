# SPDX-License-Identifier: GPL-3.0-or-later
"""Arrays of numbers packed in one text, as a property holds them: thousands of properties would be slow."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ...core.arrays import Floats


def pack_numbers(numbers: Any) -> str:
    """Return nested numbers, or an array, as a text."""
    return json.dumps(numbers.tolist() if isinstance(numbers, np.ndarray) else numbers)


@lru_cache(maxsize=16)
def unpack_numbers(text: str) -> Floats:
    """Return the array of a text; that of an empty text has no numbers."""
    array = np.array(json.loads(text) if text else [], np.float64)
    array.flags.writeable = False
    return array


def fit_numbers(numbers: Floats, shape: Sequence[int], channel_axes: int) -> Floats:
    """Return an array of another shape: the numbers that have a place in it, and zeros.

    channel_axes: axes of channels, which come first

    >>> fit_numbers(np.array([[[1.0, 2.0], [3.0, 4.0]]]), (1, 2, 3), 1).tolist()
    [[[1.0, 2.0, 0.0], [3.0, 4.0, 0.0]]]
    """
    if numbers.shape == tuple(shape):
        return numbers
    fitted = np.zeros(tuple(shape))
    if not numbers.size or numbers.ndim < channel_axes:
        return fitted
    while numbers.ndim > len(shape):
        numbers = np.take(numbers, np.array(0), channel_axes)
    while numbers.ndim < len(shape):
        numbers = np.expand_dims(numbers, channel_axes)
    common = tuple(slice(min(sizes)) for sizes in zip(numbers.shape, shape, strict=True))
    fitted[common] = numbers[common]
    return fitted
