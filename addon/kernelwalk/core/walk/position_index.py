# SPDX-License-Identifier: GPL-3.0-or-later
"""An index of active ranges: which tiles a position of the walk may activate, without looking at every tile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import Float32s, Floats, Integers
from .active_ranges import AXIS_COUNT, NO_POSITION, ActiveRanges

REACH = 1.0
"""Distance from a range at which it no longer activates its tile."""


@dataclass(frozen=True)
class PositionIndex:
    """The tiles in the order of where their ranges begin along one axis.

    ranges: of all tiles
    axis:   0 to 3, the axis along which a position leaves the fewest tiles
    tiles:  shape (ranges, tiles), in ascending order of `begins`
    begins: shape (ranges, tiles), first positions along the axis
    spans:  shape (ranges,), the longest range along the axis
    """

    ranges: ActiveRanges
    axis: int
    tiles: Integers
    begins: Float32s
    spans: Floats

    def find_tiles(self, position: Floats) -> Integers:
        """Return, in ascending order, all tiles that a position (4,) activates, and few others."""
        at = float(position[self.axis])
        found = []
        for tiles, begins, span in zip(self.tiles, self.begins, self.spans.tolist(), strict=True):
            low = begins.searchsorted(at - span - REACH, side="left")
            found.append(tiles[low : begins.searchsorted(at + REACH, side="right")])
        return np.unique(np.concatenate(found))

    def find_pairs(self, positions: Floats) -> tuple[Integers, Integers]:
        """Return all tiles that positions (m, 4) activate, and few others: numbers of positions, and of tiles, (n,).

        A pair may come several times.
        """
        at = positions[:, self.axis]
        numbers, found = [], []
        for tiles, begins, span in zip(self.tiles, self.begins, self.spans.tolist(), strict=True):
            low = begins.searchsorted(at - span - REACH, side="left")
            counts = begins.searchsorted(at + REACH, side="right") - low
            ends = counts.cumsum()
            numbers.append(np.repeat(np.arange(len(at)), counts))
            found.append(tiles[np.arange(ends[-1]) + np.repeat(low - ends + counts, counts)])
        return self._leave_near(positions, np.concatenate(numbers), np.concatenate(found))

    def _leave_near(self, positions: Floats, numbers: Integers, tiles: Integers) -> tuple[Integers, Integers]:
        """Return the pairs whose position is within reach of a range of the tile, on each of the other axes."""
        for axis in range(AXIS_COUNT):
            if axis != self.axis:
                first, last = self.ranges.first[..., axis], self.ranges.last[..., axis]
                low, high = first - REACH, np.maximum(first, last) + REACH
                at = positions[numbers, axis]
                is_near = ((low[:, tiles] < at) & (at < high[:, tiles])).any(axis=0)
                numbers, tiles = numbers[is_near], tiles[is_near]
        return numbers, tiles


def index_positions(ranges: ActiveRanges) -> PositionIndex:
    """Return the index of tiles' ranges."""
    longest = np.maximum(ranges.last - ranges.first, 0).max(axis=1, initial=0).astype(np.float64)
    shares = [_measure_share(ranges.first[..., axis], longest[:, axis]) for axis in range(AXIS_COUNT)]
    axis = int(np.argmin(shares))
    tiles = np.argsort(ranges.first[..., axis], axis=1, kind="stable")
    begins = np.take_along_axis(ranges.first[..., axis], tiles, axis=1)
    return PositionIndex(ranges, axis, tiles, begins, longest[:, axis])


def _measure_share(first: Float32s, longest: Floats) -> float:
    """Return about how large a share of the tiles a position leaves, from first positions (ranges, tiles)."""
    used = first[first > NO_POSITION]
    extent = float(np.ptp(used)) if used.size else 0.0
    return float((longest.max(initial=0) + 2 * REACH) / (extent + 1))
