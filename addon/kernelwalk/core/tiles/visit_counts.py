# SPDX-License-Identifier: GPL-3.0-or-later
"""The number of visits of each tile, and the colors that visits leave on it.

In scatter, a visit of an output tile is a stamp of the kernel. For a trail, a tile is visited at its own position only.
The add-on's visit-count nodes repeat VisitCounts.count_at node by node, or compare with VisitCounts.order_weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import Booleans, Floats
from ..walk.active_ranges import ActiveRanges


@dataclass(frozen=True)
class VisitCounts:
    """The visits of a grid's tiles, one at each position at which a tile is active, and the colors they leave.

    active_ranges: of the tiles, one range each
    axis_order: axes of the walk (0 to 3: x, y, z, channel), the slowest first
    max_count: largest number of visits of any tile in the whole walk
    visited_colors: shape (2, 3), scene RGB after one visit and after the most; None: the tiles' own
    unvisited_color: shape (3,), scene RGB before any visit; None: the tiles' own
    """

    active_ranges: ActiveRanges
    axis_order: tuple[int, ...]
    max_count: int
    visited_colors: Floats | None
    unvisited_color: Floats | None = None

    @property
    def visits_per_axis(self) -> Floats:
        """Shape (n, 4): positions along each axis that visit each tile."""
        return (self.active_ranges.last[0] - self.active_ranges.first[0]) / np.array(self.active_ranges.gap) + 1

    @property
    def order_weights(self) -> tuple[float, ...] | None:
        """Weights of the axes of the walk, shape (4,), that tell the order of two positions, if each tile has one.

        A position comes no later than another where the weighted sum of the signs of their differences, along reversed
        axes negated, is at most 0. None if a tile is visited at several positions.
        """
        if not np.array_equal(self.active_ranges.first[0], self.active_ranges.last[0]):
            return None
        order = tuple(reversed(self.axis_order))
        return tuple(2.0 ** order.index(axis) if axis in order else 0.0 for axis in range(4))

    def count_at(self, last_position: Floats, reversed_axes: Floats) -> Floats:
        """Return the visits (n,) of each tile up to a position of the walk.

        All visits before that position along the slowest axis count, whatever the other axes do; at that position,
        those before it along the next axis; and so on.

        last_position: shape (4,), last position that was reached; negative before the first
        reversed_axes: shape (4,), 1 along axes that the walk goes backwards at `last_position`, else 0
        """
        first, gap, totals = self.active_ranges.first[0], np.array(self.active_ranges.gap), self.visits_per_axis
        lower = np.clip(np.ceil((last_position - first) / gap), 0, totals)  # visits at lower positions, per axis
        up_to = np.clip(np.floor((last_position - first) / gap) + 1, 0, totals)
        at_position = up_to - lower
        earlier = np.where(reversed_axes > 0.5, totals - up_to, lower)
        count, is_here = np.zeros(len(first)), np.ones(len(first))
        for number, axis in enumerate(self.axis_order):
            per_line = np.prod(totals[:, list(self.axis_order[number + 1 :])], axis=1)
            count = count + is_here * earlier[:, axis] * per_line
            is_here = is_here * at_position[:, axis]
        counts: Floats = count + is_here
        return counts

    def blend_colors(self, idle: Floats, count: Floats, trail_opacity: float) -> Floats:
        """Return the scene RGB (n, 3) of tiles that are not active.

        idle:  shape (n, 3), the tiles' own colors
        count: shape (n,), visits so far
        trail_opacity: 1 while visits show, falling to 0 as they fade
        """
        before = idle if self.unvisited_color is None else np.broadcast_to(self.unvisited_color, idle.shape)
        after = idle
        if self.visited_colors is not None:
            share = np.clip((count - 1) / max(self.max_count - 1, 1), 0, 1)[:, None]
            after = self.visited_colors[0] + share * (self.visited_colors[1] - self.visited_colors[0])
        is_visited = (count > 0.5)[:, None] * trail_opacity
        colors: Floats = before + is_visited * (after - before)
        return colors


def make_visit_counts(
    active_ranges: ActiveRanges,
    axis_order: tuple[int, ...],
    is_counted: Booleans,
    visited_colors: Floats | None,
    unvisited_color: Floats | None,
) -> VisitCounts:
    """Return the visit counts of tiles; `is_counted` (n,) marks those that determine the largest count."""
    counts = VisitCounts(active_ranges, axis_order, 1, visited_colors, unvisited_color)
    totals = np.prod(counts.visits_per_axis[:, list(axis_order)], axis=1)
    max_count = int(max(totals[is_counted].max(initial=1), 1))
    return VisitCounts(active_ranges, axis_order, max_count, visited_colors, unvisited_color)
