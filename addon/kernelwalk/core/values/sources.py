# SPDX-License-Identifier: GPL-3.0-or-later
"""Inputs and kernels by name, as arrays of the size of a layer.

What each name means is in `spec/values_section.py`. Random values are whole numbers, so that they can be read.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arrays import Floats

LARGEST_RANDOM = 3
"""Random values are whole numbers from its negative to it."""

SMOOTH, DIFFERENCE = (1.0, 2.0, 1.0), (-1.0, 0.0, 1.0)
"""The two parts of a Sobel kernel: across an edge, and along it (Sobel and Feldman, 1968)."""

SCHARR_SMOOTH = (3.0, 10.0, 3.0)
"""The smooth part of a Scharr kernel (Scharr, 2000)."""

EMBOSS = ((-2.0, -1.0, 0.0), (-1.0, 1.0, 1.0), (0.0, 1.0, 2.0))
"""Differences from the upper left to the lower right, added to the value itself."""


def make_input(name: str, shape: Sequence[int], seed: int = 0) -> Floats:
    """Return the values of an input by its name.

    shape: (channels, *sizes)

    >>> make_input("ramp", (1, 2, 3)).tolist()
    [[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]]
    """
    sizes = shape[1:]
    match name:
        case "ramp":
            return np.arange(float(math.prod(shape))).reshape(shape)
        case "impulse":
            values = np.zeros(tuple(shape))
            middle: tuple[Any, ...] = tuple(size // 2 for size in sizes)
            values[(slice(None), *middle)] = 1.0
            return values
        case "checkerboard":
            return np.broadcast_to(np.indices(tuple(sizes)).sum(axis=0) % 2, tuple(shape)).astype(np.float64)
        case "edge":
            return np.broadcast_to(np.arange(sizes[-1]) >= sizes[-1] // 2, tuple(shape)).astype(np.float64)
        case "random":
            return _draw(seed, shape)
    raise ValueError(name)


def make_kernel(name: str, shape: Sequence[int], seed: int = 0) -> Floats:
    """Return the weights of a kernel by its name.

    shape: (outputs, inputs per group, *sizes), whose sizes fit the name (spec/value_names.py)
    The weights are the same for every pair of an output and an input channel, but for "random" and for "identity",
    which reads the input channel of its group with the output's number, counted round.
    """
    outputs, inputs, *sizes = shape
    if name == "random":
        return _draw(seed + 1, shape)  # other than those of the input
    kernel = np.broadcast_to(make_plain_kernel(name, sizes), tuple(shape)).copy()
    if name == "identity":
        is_own = np.arange(outputs)[:, None] % inputs == np.arange(inputs)
        kernel *= is_own.reshape(outputs, inputs, *[1] * len(sizes))
    return kernel


def make_plain_kernel(name: str, sizes: Sequence[int]) -> Floats:
    """Return the weights of one pair of channels; shape `sizes`.

    >>> make_plain_kernel("sobel_x", (3, 3)).tolist()
    [[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]
    """
    middle: tuple[Any, ...] = tuple(size // 2 for size in sizes)
    match name:
        case "identity":
            kernel = np.zeros(tuple(sizes))
            kernel[middle] = 1.0
            return kernel
        case "box":
            return np.full(tuple(sizes), 1 / math.prod(sizes))
        case "gaussian":
            return _multiply_out([_binomial(size) for size in sizes])
        case "sharpen":
            return make_plain_kernel("identity", sizes) - make_plain_kernel("laplacian", sizes)
        case "laplacian":
            kernel = np.zeros(tuple(sizes))
            for axis in range(len(sizes)):
                kernel[*middle[:axis], slice(None), *middle[axis + 1 :]] += (1.0, -2.0, 1.0)
            return kernel
        case "sobel_x":
            return _multiply_out([SMOOTH, DIFFERENCE])
        case "sobel_y":
            return _multiply_out([DIFFERENCE, SMOOTH])
        case "scharr_x":
            return _multiply_out([SCHARR_SMOOTH, DIFFERENCE])
        case "emboss":
            return np.array(EMBOSS)
    raise ValueError(name)


def _multiply_out(parts: Sequence[Sequence[float]]) -> Floats:
    """Return the outer product of one row of weights per axis."""
    return functools.reduce(np.multiply.outer, [np.array(part, np.float64) for part in parts])


def _binomial(size: int) -> list[float]:
    """Return the binomial coefficients of a row, divided by their sum."""
    return [math.comb(size - 1, at) / 2 ** (size - 1) for at in range(size)]


def _draw(seed: int, shape: Sequence[int]) -> Floats:
    generator = np.random.Generator(np.random.PCG64(seed))
    return generator.integers(-LARGEST_RANDOM, LARGEST_RANDOM, shape, endpoint=True).astype(np.float64)
