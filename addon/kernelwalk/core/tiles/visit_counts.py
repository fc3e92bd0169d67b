# SPDX-License-Identifier: GPL-3.0-or-later
"""What the walk leaves on tiles: how many stamps a transposed convolution has set on a cell of its output, as the walk
over the input goes on; and whether a tile has been visited, which is a stamp at its own position.

scene/shading/visit_count_nodes.py repeats Heat.count node by node.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..walk.activation import ActivationRanges, Floats


@dataclass(frozen=True)
class VisitCounts:
    """The stamps that tiles get, each tile one at every position of its reach, and how they look before and after.

    reach: of the tiles, a run each
    order: the axes of the walk (0 to 3: x, y, z, channel), the slowest first
    most:  the most stamps that a tile gets in the whole walk
    colors: shape (2, 3), linear RGB of a tile with one stamp, and of one with the most; None: its own
    before: shape (3,), linear RGB of a tile without any; None: its own
    """

    active_ranges: ActivationRanges
    axis_order: tuple[int, ...]
    max_count: int
    visited_colors: Floats | None
    unvisited_color: Floats | None = None

    @property
    def visits_per_axis(self) -> Floats:
        """Shape (n, 4): on each axis, the positions that stamp each tile."""
        return (self.active_ranges.last[0] - self.active_ranges.first[0]) / np.array(self.active_ranges.gap) + 1

    def count_at(self, last_position: Floats, reversed_axes: Floats) -> Floats:
        """Shape (n,): the stamps that each tile has got.

        done:   shape (4,), the last position that was reached; before the first, NEVER
        turned: shape (4,), 1 along axes that the walk goes backwards at `done`, else 0

        Of the slowest axis all stamps before that position count, whatever the others do; at that position itself
        those of the next axis that come before it; and so on.
        """
        first, gap, totals = self.active_ranges.first[0], np.array(self.active_ranges.gap), self.visits_per_axis
        ahead = np.clip(np.ceil((last_position - first) / gap), 0, totals)  # the stamps before `done` along each axis
        upto = np.clip(np.floor((last_position - first) / gap) + 1, 0, totals)
        there = upto - ahead
        before = np.where(reversed_axes > 0.5, totals - upto, ahead)
        found, here = np.zeros(len(first)), np.ones(len(first))
        for number, axis in enumerate(self.axis_order):
            rest = np.prod(totals[:, list(self.axis_order[number + 1 :])], axis=1)
            found = found + here * before[:, axis] * rest
            here = here * there[:, axis]
        counted: Floats = found + here
        return counted

    def blend_colors(self, idle: Floats, count: Floats, trail_opacity: float) -> Floats:
        """Shape (n, 3): the linear RGB of tiles that are not lit, with so many stamps.

        idle: shape (n, 3), their own
        kept: 1 while stamps are seen, and down to 0 when they are let go of
        """
        before = idle if self.unvisited_color is None else np.broadcast_to(self.unvisited_color, idle.shape)
        after = idle
        if self.visited_colors is not None:
            share = np.clip((count - 1) / max(self.max_count - 1, 1), 0, 1)[:, None]
            after = self.visited_colors[0] + share * (self.visited_colors[1] - self.visited_colors[0])
        got = (count > 0.5)[:, None] * trail_opacity
        found: Floats = before + got * (after - before)
        return found


def make_visit_counts(
    active_ranges: ActivationRanges,
    axis_order: tuple[int, ...],
    is_counted: NDArray[np.bool_],
    visited_colors: Floats | None,
    unvisited_color: Floats | None,
) -> VisitCounts:
    """The heat of tiles, of which those `kept` (n,), which are not cropped, say what the most stamps are."""
    found = VisitCounts(active_ranges, axis_order, 1, visited_colors, unvisited_color)
    totals = np.prod(found.visits_per_axis[:, list(axis_order)], axis=1)
    return VisitCounts(
        active_ranges, axis_order, int(max(totals[is_counted].max(initial=1), 1)), visited_colors, unvisited_color
    )
