# SPDX-License-Identifier: GPL-3.0-or-later
"""By which positions of the walk a tile is lit: scene/shading/tile_nodes.py repeats Reach.cover node by node.

The positions that light a tile are, on each axis, a set of their own; so a tile carries the ends of that set, and the
walk one position. That holds for every layer, padding mode and chain of layers, and costs nothing per step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Float32s = NDArray[np.float32]
IndexPairs = NDArray[np.int64]
"""Shape (n, 2): a position along an axis, and a cell that it lights."""


def unique_pairs(pairs: IndexPairs) -> IndexPairs:
    """Pairs, each once and ascending."""
    if not len(pairs):
        return pairs
    low = pairs.min(axis=0)
    count = int(pairs[:, 1].max() - low[1]) + 1
    # as one number, and sorted as they nearly are: far quicker than the unique rows of numpy
    each = np.sort((pairs[:, 0] - low[0]) * count + pairs[:, 1] - low[1], kind="stable")
    each = each[np.append(True, each[1:] != each[:-1])]
    return np.column_stack(np.divmod(each, count)) + low


AXIS_COUNT = 4
"""Axes of a walk and of a grid of tiles: x, y, z, and the channel."""

MAX_GAP_CANDIDATES = 4
"""Distances between positions, the most frequent ones, of which one becomes the gap within runs."""

NO_POSITION = -1e6
"""The first position of a run that holds none, whose last is a gap before it: no walk comes near."""


@dataclass(frozen=True)
class AxisRanges:
    """The positions along one axis that light each cell, as evenly spaced runs.

    first, last: shape (runs, cells); NEVER where a cell has fewer runs than others
    gap: from one position of a run to the next
    """

    first: Float32s
    last: Float32s
    gap: int

    @classmethod
    def from_pairs(cls, pairs: IndexPairs, cells: int) -> AxisRanges:
        """The runs of `pairs`, whose cells count from 0, for an axis of so many cells."""
        cell, position = unique_pairs(pairs[:, ::-1]).T
        apart = np.where(cell[1:] == cell[:-1], position[1:] - position[:-1], 0)
        # the gap that leaves the fewest runs: most cells have one, but padding may be read less evenly
        gaps, often = np.unique(apart[apart > 0], return_counts=True)
        tried = gaps[np.argsort(-often, kind="stable")][:MAX_GAP_CANDIDATES].tolist() or [1]
        gap = min(tried, key=lambda each: int(np.bincount(cell[1:][apart != each], minlength=1).max(initial=0)))
        begins = np.ones(len(cell), np.bool_)
        begins[1:] = apart != gap
        ends = np.roll(begins, -1)
        run_cell = cell[begins]
        # the how manieth run of its cell each is
        number = np.arange(len(run_cell)) - np.searchsorted(run_cell, run_cell)
        shape = (int(number.max()) + 1 if len(number) else 1, cells)
        first, last = np.full(shape, NO_POSITION, np.float32), np.full(shape, NO_POSITION - gap, np.float32)
        first[number, run_cell], last[number, run_cell] = position[begins], position[ends]
        return cls(first, last, gap)

    @classmethod
    def for_unwalked_axis(cls, cells: int) -> AxisRanges:
        """What the position 0, the only one of an axis that is not walked, lights: all."""
        return cls(np.zeros((1, cells), np.float32), np.zeros((1, cells), np.float32), 1)


@dataclass(frozen=True)
class ActivationRanges:
    """The positions that light each tile: on each axis of the walk those of any run, and the product of all axes.

    first, last: shape (runs, n, 4)
    gap: shape (4,)
    """

    first: Float32s
    last: Float32s
    gap: tuple[int, int, int, int]

    @classmethod
    def from_axes(cls, axes: Sequence[AxisRanges]) -> ActivationRanges:
        """The reach of a grid's tiles from that of its axes, the slowest first (channel, z, y, x)."""
        shape = tuple(axis.first.shape[1] for axis in axes)
        runs = max(len(axis.first) for axis in axes)
        first = np.full((runs, *shape, AXIS_COUNT), NO_POSITION, np.float32)
        last = first - 1
        for number, axis in enumerate(axes):
            along = tuple(-1 if other == number else 1 for other in range(AXIS_COUNT))
            for ends, values in ((first, axis.first), (last, axis.last)):
                ends[: len(values), ..., _place(number)] = values.reshape(len(values), *along)
        x, y, z, c = (axes[_place(number)].gap for number in range(AXIS_COUNT))
        return cls(first.reshape(runs, -1, AXIS_COUNT), last.reshape(runs, -1, AXIS_COUNT), (x, y, z, c))

    def select(self, tiles: NDArray[np.int64]) -> ActivationRanges:
        """The reach of some of the tiles, in the given order."""
        return ActivationRanges(self.first[:, tiles], self.last[:, tiles], self.gap)

    def activation_at(self, position: Floats) -> Floats:
        """Shape (n,): how far a position lights each tile; between two positions it goes from the one to the other."""
        gap = np.array(self.gap)
        past = np.clip(position - self.first, 0, np.maximum(self.last - self.first, 0))
        # of a run with gaps the nearest of its positions; one without is a whole, whose nearest may be in between
        nearest = np.where(gap > 1, np.floor(past / gap + 0.5) * gap, past)
        lit = np.clip(1 - np.abs(position - self.first - nearest), 0, 1)
        # of two runs that a tile is between, the one takes over what the other lets go
        found: Floats = np.prod(lit.sum(axis=0), axis=1)
        return found


def _place(number: int) -> int:
    """The other way round: of the axes channel, z, y, x the place in (x, y, z, channel)."""
    return (2, 1, 0)[number - 1] if number else 3
