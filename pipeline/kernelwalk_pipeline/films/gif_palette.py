# SPDX-License-Identifier: GPL-3.0-or-later
"""The palette of a GIF: as few colors as show all its frames at a given quality, the flat ones exactly.

A GIF's size depends on its number of colors: shades that look the same break the runs of equal pixels that its
compression relies on. So the tiles' own colors, which are flat, are kept exactly, and the shades of edges and shadows
are reduced to means (Lloyd's k-means, seeded as in k-means++), few at first, then more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from kernelwalk.core.arrays import Bytes, Float32s, Floats, Integers
from numpy.typing import NDArray

TARGET_PSNR = 44.0
"""Peak signal-to-noise ratio over all frames of a film that is good enough, in decibels."""

PALETTE_SIZES = (24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 255)
"""Numbers of colors that are tried. A GIF has 256, one of which is transparent and stands for unchanged pixels."""

MIN_FLAT_SHARE = 0.0004
"""Share of a frame from which a color counts as flat: about half of the smallest tile that can be made out."""

KMEANS_ROUNDS, SEEDS_PER_ROUND = 10, 8
"""Iterations of k-means, and seeds that are drawn at a time."""

MAX_SAMPLED_COLORS = 1 << 16
"""Number of colors that k-means uses at most: the most frequent ones."""

COLORS_PER_CHUNK = 1 << 16
"""Colors that are compared with the means at a time, to limit memory."""


@dataclass(frozen=True)
class Palette:
    """colors: shape (n, 3), n at most 255; indices: shape (2**24,), index into `colors` by 0xRRGGBB."""

    colors: Bytes
    indices: Bytes

    def apply(self, frame: Bytes) -> Bytes:
        """Return a frame, shape (height, width, 3), as indices into the colors, shape (height, width)."""
        indices: Bytes = self.indices[_color_numbers(frame)]
        return indices


def build_palette(frames: Iterable[Bytes], exact_colors: Sequence[Sequence[int]] = ()) -> Palette:
    """Return the palette of a film: the smallest of PALETTE_SIZES that reaches TARGET_PSNR, or the largest.

    frames:       shape (height, width, 3), each once
    exact_colors: (red, green, blue), at most PALETTE_SIZES[0]; kept exactly if they occur
    """
    counts, max_shares = np.zeros(1 << 24, np.uint32), np.zeros(1 << 24, np.float32)
    for frame in frames:
        numbers, times = np.unique(_color_numbers(frame), return_counts=True)
        counts[numbers] += times.astype(np.uint32)
        max_shares[numbers] = np.maximum(max_shares[numbers], times / (frame.shape[0] * frame.shape[1]))
    used = np.flatnonzero(counts)
    colors = np.stack([used >> 16, used >> 8 & 255, used & 255], axis=1).astype(np.float32)
    for red, green, blue in exact_colors:
        max_shares[red << 16 | green << 8 | blue] += 1  # ranks it before all others, if it occurs
    weights, shares = counts[used].astype(np.float64), max_shares[used]
    for size in PALETTE_SIZES:
        means = _means(colors, weights, shares, size)
        nearest, squares = _nearest(colors, means)
        if _psnr(float((squares * weights).sum() / (3 * weights.sum()))) >= TARGET_PSNR:
            break
    indices = np.zeros(1 << 24, np.uint8)
    indices[used] = nearest
    return Palette(means.astype(np.uint8), indices)


def _color_numbers(frame: Bytes) -> NDArray[np.uint32]:
    """Return each pixel's color as 0xRRGGBB, shape (height, width)."""
    red, green, blue = np.moveaxis(frame.astype(np.uint32), 2, 0)
    return red << 16 | green << 8 | blue


def _psnr(mean_square: float) -> float:
    """Return the peak signal-to-noise ratio of a mean squared error, in decibels."""
    return float("inf") if mean_square == 0 else 10 * np.log10(255**2 / mean_square)


def _means(colors: Float32s, counts: Floats, shares: Float32s, count: int) -> Float32s:
    """Return at most `count` whole colors, shape (n, 3). The exact colors, and the flattest ones up to half of the
    count, are taken from `colors` unchanged."""
    used = np.argsort(-counts, kind="stable")[:MAX_SAMPLED_COLORS]
    # weighted by their pixels alone, large areas would leave no shade for small ones
    weights = np.sqrt(counts[used])
    fixed_count = max(int((shares > 1).sum()), min(count // 2, int((shares > MIN_FLAT_SHARE).sum())), 1)
    flat = np.argsort(-shares, kind="stable")[: min(fixed_count, count)]
    fixed, sample = colors[flat], colors[used]
    means = _seed_means(sample, weights, fixed, count)
    for _ in range(KMEANS_ROUNDS):
        nearest, _ = _nearest(sample, means)
        total = np.bincount(nearest, weights, len(means))
        sums = np.stack([np.bincount(nearest, weights * sample[:, axis], len(means)) for axis in range(3)], axis=1)
        free = total > 0
        free[: len(fixed)] = False
        means[free] = sums[free] / total[free, None]
    rounded: Float32s = np.rint(means)
    return rounded


def _seed_means(sample: Float32s, weights: Floats, means: Float32s, count: int) -> Float32s:
    """Add means until there are `count`, drawn from the sample by weight and distance from the others."""
    random = np.random.default_rng(0)  # the same film gets the same palette
    _, squares = _nearest(sample, means)
    while len(means) < count and (squares > 0).any():
        chances = weights * squares
        number = min(SEEDS_PER_ROUND, count - len(means), int((chances > 0).sum()))
        new = sample[random.choice(len(sample), number, replace=False, p=chances / chances.sum())]
        means = np.concatenate([means, new])
        squares = np.minimum(squares, _nearest(sample, new)[1])
    return means


def _nearest(colors: Float32s, means: Float32s) -> tuple[Integers, Floats]:
    """Return the index of the nearest mean of each color, and the square of its distance, both of shape (n,)."""
    nearest = np.empty(len(colors), np.int64)
    for start in range(0, len(colors), COLORS_PER_CHUNK):
        chunk = colors[start : start + COLORS_PER_CHUNK]
        nearest[start : start + COLORS_PER_CHUNK] = ((means**2).sum(axis=1) - 2 * chunk @ means.T).argmin(axis=1)
    return nearest, ((colors.astype(np.float64) - means[nearest]) ** 2).sum(axis=1)
