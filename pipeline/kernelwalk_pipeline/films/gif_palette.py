# SPDX-License-Identifier: GPL-3.0-or-later
"""The palette of a GIF: as few colours as serve all its pictures at a stated quality, the flat ones exactly.

What a GIF weighs goes with its colours: shades that nobody tells apart break the runs of equal pixels that it is packed
by. So the tiles' own colours, which are flat, are kept as they are, and the shades of edges and shadows are gathered
around the means that serve them best (Lloyd's k-means, begun as in k-means++), at first few, then more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TARGET_PSNR = 44.0
"""Decibels: the peak signal-to-noise ratio, over all pictures of a film, that is enough."""

PALETTE_SIZES = (24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 255)
"""How many colours are tried. A GIF has 256, of which one is seen through: what has not changed."""

MIN_FLAT_SHARE = 0.0004
"""The share of a picture from which on a colour is flat: about half a tile of the smallest that are told apart."""

KMEANS_ROUNDS, SEEDS_PER_ROUND = 10, 8
"""Of moving the means, and how many are begun at once."""

MAX_SAMPLED_COLORS = 1 << 16
"""Colours by which the means are found; of more, as many as are used most."""

COLORS_PER_CHUNK = 1 << 16

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Palette:
    """colors: shape (n, 3), at most 255; indices: of every colour of the pictures by its number, red first."""

    colors: Bytes
    indices: Bytes

    def apply(self, picture: Bytes) -> Bytes:
        """A picture, shape (height, width, 3), as indices into the colours."""
        found: Bytes = self.indices[_color_numbers(picture)]
        return found


def build_palette(pictures: Iterable[Bytes], exact_colors: Sequence[Sequence[int]] = ()) -> Palette:
    """The palette of the pictures of a film, each (height, width, 3) and given once: as few of COUNTS as reach QUALITY,
    or the most. The colours that are `known` (at most COUNTS[0]) stay as they are, where they are used."""
    uses, most = np.zeros(1 << 24, np.uint32), np.zeros(1 << 24, np.float32)
    for picture in pictures:
        numbers, times = np.unique(_color_numbers(picture), return_counts=True)
        uses[numbers] += times.astype(np.uint32)
        most[numbers] = np.maximum(most[numbers], times / (picture.shape[0] * picture.shape[1]))
    there = np.flatnonzero(uses)
    colors = np.stack([there >> 16, there >> 8 & 255, there & 255], axis=1).astype(np.float32)
    for red, green, blue in exact_colors:
        most[red << 16 | green << 8 | blue] += 1  # before all others, if it is there at all
    weights, shares = uses[there].astype(np.float64), most[there]
    for count in PALETTE_SIZES:
        means = _means(colors, weights, shares, count)
        nearest, off = _nearest(colors, means)
        if _psnr(float((off * weights).sum() / (3 * weights.sum()))) >= TARGET_PSNR:
            break
    indices = np.zeros(1 << 24, np.uint8)
    indices[there] = nearest
    return Palette(means.astype(np.uint8), indices)


def _color_numbers(picture: Bytes) -> NDArray[np.uint32]:
    """Every pixel's colour as a number."""
    red, green, blue = np.moveaxis(picture.astype(np.uint32), 2, 0)
    return red << 16 | green << 8 | blue


def _psnr(square: float) -> float:
    """The ratio that a mean squared error leaves."""
    return float("inf") if square == 0 else 10 * np.log10(255**2 / square)


def _means(colors: Floats, counts: NDArray[np.float64], shares: Floats, count: int) -> Floats:
    """Shape (n, 3): whole colours, at most `count`; those that are known, and up to the half the flattest, are some of
    `colors`."""
    used = np.argsort(-counts, kind="stable")[:MAX_SAMPLED_COLORS]
    # by their number alone the many pixels of large areas would leave no shade to what is small
    weights = np.sqrt(counts[used])
    some = max(int((shares > 1).sum()), min(count // 2, int((shares > MIN_FLAT_SHARE).sum())), 1)
    flat = np.argsort(-shares, kind="stable")[: min(some, count)]
    fixed, sample = colors[flat], colors[used]
    means = _seed_means(sample, weights, fixed, count)
    for _ in range(KMEANS_ROUNDS):
        nearest, _ = _nearest(sample, means)
        total = np.bincount(nearest, weights, len(means))
        sums = np.stack([np.bincount(nearest, weights * sample[:, axis], len(means)) for axis in range(3)], axis=1)
        free = total > 0
        free[: len(fixed)] = False
        means[free] = sums[free] / total[free, None]
    whole: Floats = np.rint(means)
    return whole


def _seed_means(sample: Floats, weights: NDArray[np.float64], means: Floats, count: int) -> Floats:
    """The means, and more of them until there are `count`, taken where others are far."""
    random = np.random.default_rng(0)  # the same film gets the same palette
    _, off = _nearest(sample, means)
    while len(means) < count and (off > 0).any():
        chance = weights * off
        some = min(SEEDS_PER_ROUND, count - len(means), int((chance > 0).sum()))
        new = sample[random.choice(len(sample), some, replace=False, p=chance / chance.sum())]
        means = np.concatenate([means, new])
        off = np.minimum(off, _nearest(sample, new)[1])
    return means


def _nearest(colors: Floats, means: Floats) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Shapes (n,): for each of `colors` the mean that is nearest, and the square of its distance."""
    found = np.empty(len(colors), np.int64)
    for begin in range(0, len(colors), COLORS_PER_CHUNK):
        some = colors[begin : begin + COLORS_PER_CHUNK]
        found[begin : begin + COLORS_PER_CHUNK] = ((means**2).sum(axis=1) - 2 * some @ means.T).argmin(axis=1)
    return found, ((colors.astype(np.float64) - means[found]) ** 2).sum(axis=1)
