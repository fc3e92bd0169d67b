# SPDX-License-Identifier: GPL-3.0-or-later
"""Ranges of walk positions that activate each tile. Blender's nodes repeat ActiveRanges.active_share_at.

Which positions activate a tile is independent per axis, so a tile stores the ends of each range and the walk stores one
position. That holds for every layer whose windows are separable (see layers/axis.py), for every padding mode and for
chains of layers, and costs nothing per step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import Float32s, Floats, Integers

IndexPairs = NDArray[np.int64]
"""Shape (n, 2): a position along an axis, and a cell that it activates."""

AXIS_COUNT = 4
"""Axes of a walk and of a grid of tiles: x, y, z, and the channel."""

MAX_GAP_CANDIDATES = 4
"""Distances between positions, the most frequent ones, that are tried as the gap within ranges."""

NO_POSITION = -1e6
"""First position of an empty range, whose last position is a gap before it. No walk comes near it."""


def unique_pairs(pairs: IndexPairs) -> IndexPairs:
    """Return the pairs in ascending order without duplicates."""
    if not len(pairs):
        return pairs
    low = pairs.min(axis=0)
    count = int(pairs[:, 1].max() - low[1]) + 1
    # as single numbers, which are nearly sorted: much faster than numpy's unique rows
    numbers = np.sort((pairs[:, 0] - low[0]) * count + pairs[:, 1] - low[1], kind="stable")
    numbers = numbers[np.append(True, numbers[1:] != numbers[:-1])]
    return np.column_stack(np.divmod(numbers, count)) + low


@dataclass(frozen=True)
class AxisRanges:
    """The positions along one axis that activate each cell, as evenly spaced ranges.

    first, last: shape (ranges, cells); NO_POSITION where a cell has fewer ranges than others
    gap: distance between two positions of a range
    strength: shape (ranges, cells), how active a range makes each cell, 0 to 1; None where it is 1
    """

    first: Float32s
    last: Float32s
    gap: int
    strength: Float32s | None = None

    @classmethod
    def from_pairs(cls, pairs: IndexPairs, cell_count: int) -> AxisRanges:
        """Return the ranges of `pairs`, whose cells count from 0, for an axis of `cell_count` cells."""
        cell, position = unique_pairs(pairs[:, ::-1]).T
        distance = np.where(cell[1:] == cell[:-1], position[1:] - position[:-1], 0)
        # the gap that leaves the fewest ranges: most cells have one gap, but padding may be read less evenly
        gaps, frequency = np.unique(distance[distance > 0], return_counts=True)
        candidates = gaps[np.argsort(-frequency, kind="stable")][:MAX_GAP_CANDIDATES].tolist() or [1]
        gap = min(candidates, key=lambda gap: int(np.bincount(cell[1:][distance != gap], minlength=1).max(initial=0)))
        starts = np.ones(len(cell), np.bool_)
        starts[1:] = distance != gap
        ends = np.roll(starts, -1)
        range_cell = cell[starts]
        # number of each range among those of its cell
        number = np.arange(len(range_cell)) - np.searchsorted(range_cell, range_cell)
        shape = (int(number.max()) + 1 if len(number) else 1, cell_count)
        first, last = np.full(shape, NO_POSITION, np.float32), np.full(shape, NO_POSITION - gap, np.float32)
        first[number, range_cell], last[number, range_cell] = position[starts], position[ends]
        return cls(first, last, gap)

    @classmethod
    def from_strengths(cls, pairs: IndexPairs, strengths: Floats, cell_count: int) -> AxisRanges:
        """Return a range for each of `pairs`, which are unique, with how active it makes the cell, shape (pairs,)."""
        order = np.lexsort((pairs[:, 0], pairs[:, 1]))
        position, cell = pairs[order].T
        number = np.arange(len(cell)) - np.searchsorted(cell, cell)
        shape = (int(number.max(initial=0)) + 1, cell_count)
        first, strength = np.full(shape, NO_POSITION, np.float32), np.zeros(shape, np.float32)
        first[number, cell], strength[number, cell] = position, strengths[order]
        return cls(first, np.where(first == NO_POSITION, NO_POSITION - 1, first), 1, strength)


@dataclass(frozen=True)
class ActiveRanges:
    """The positions that activate each tile: on each axis those of any range, and the product of all axes.

    first, last: shape (ranges, tiles, 4)
    gap: shape (4,)
    strength: shape (ranges, tiles, 4), how active each range makes a tile, 0 to 1; None where it is 1
    """

    first: Float32s
    last: Float32s
    gap: tuple[int, int, int, int]
    strength: Float32s | None = None

    @classmethod
    def from_axes(cls, axes: Sequence[AxisRanges]) -> ActiveRanges:
        """Return the ranges of a grid's tiles from those of its axes, the slowest first (channel, z, y, x)."""
        shape = tuple(axis.first.shape[1] for axis in axes)
        ranges = max(len(axis.first) for axis in axes)
        first = np.full((ranges, *shape, AXIS_COUNT), NO_POSITION, np.float32)
        last, strength = first - 1, np.ones_like(first)
        for number, axis in enumerate(axes):
            along = tuple(-1 if other == number else 1 for other in range(AXIS_COUNT))
            for ends, values in ((first, axis.first), (last, axis.last), (strength, axis.strength)):
                if values is not None:
                    ends[: len(values), ..., _xyzc_index(number)] = values.reshape(len(values), *along)
        x, y, z, c = (axes[_xyzc_index(number)].gap for number in range(AXIS_COUNT))
        has_strength = any(axis.strength is not None for axis in axes)
        first, last, strength = (values.reshape(ranges, -1, AXIS_COUNT) for values in (first, last, strength))
        return cls(first, last, (x, y, z, c), strength if has_strength else None)

    def select(self, tiles: Integers) -> ActiveRanges:
        """Return the ranges of some of the tiles, in the given order."""
        strength = None if self.strength is None else self.strength[:, tiles]
        return ActiveRanges(self.first[:, tiles], self.last[:, tiles], self.gap, strength)

    def active_share_at(self, position: Floats) -> Floats:
        """Return the active shares (tiles,), 0 to 1, at a position (4,), or at one for each (tiles, 4).

        Between two positions they are interpolated.
        """
        along = position - self.first
        nearest = np.minimum(np.maximum(along, 0), np.maximum(self.last - self.first, 0))
        if max(self.gap) > 1:  # the nearest position of a range with gaps; a range without gaps is continuous
            gap = np.array(self.gap)
            nearest = np.where(gap > 1, np.floor(nearest / gap + 0.5) * gap, nearest)
        active_share = np.maximum(1 - np.abs(along - nearest), 0)
        if self.strength is not None:
            active_share = active_share * self.strength
        # between two ranges of a tile, the share by one rises as that by the other falls
        x, y, z, c = active_share.sum(axis=0).T
        product: Floats = x * y * z * c
        return product


def _xyzc_index(number: int) -> int:
    """Return the index in (x, y, z, channel) of an axis of (channel, z, y, x), and the other way round."""
    return (2, 1, 0)[number - 1] if number else 3
