# SPDX-License-Identifier: GPL-3.0-or-later
"""What the walk leaves on tiles: how many stamps a transposed convolution has set on a cell of its output, as the walk
over the input goes on; and whether a tile has been visited, which is a stamp at its own position.

scene/heat.py repeats Heat.count node by node.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..walk.activation import ActivationRanges, Floats


@dataclass(frozen=True)
class Heat:
    """The stamps that tiles get, each tile one at every position of its reach, and how they look before and after.

    reach: of the tiles, a run each
    order: the axes of the walk (0 to 3: x, y, z, channel), the slowest first
    most:  the most stamps that a tile gets in the whole walk
    colors: shape (2, 3), linear RGB of a tile with one stamp, and of one with the most; None: its own
    before: shape (3,), linear RGB of a tile without any; None: its own
    """

    reach: ActivationRanges
    order: tuple[int, ...]
    most: int
    colors: Floats | None
    before: Floats | None = None

    @property
    def totals(self) -> Floats:
        """Shape (n, 4): on each axis, the positions that stamp each tile."""
        return (self.reach.last[0] - self.reach.first[0]) / np.array(self.reach.gap) + 1

    def count(self, done: Floats, turned: Floats) -> Floats:
        """Shape (n,): the stamps that each tile has got.

        done:   shape (4,), the last position that was reached; before the first, NEVER
        turned: shape (4,), 1 along axes that the walk goes backwards at `done`, else 0

        Of the slowest axis all stamps before that position count, whatever the others do; at that position itself
        those of the next axis that come before it; and so on.
        """
        first, gap, totals = self.reach.first[0], np.array(self.reach.gap), self.totals
        ahead = np.clip(np.ceil((done - first) / gap), 0, totals)  # the stamps before `done` along each axis
        upto = np.clip(np.floor((done - first) / gap) + 1, 0, totals)
        there = upto - ahead
        before = np.where(turned > 0.5, totals - upto, ahead)
        found, here = np.zeros(len(first)), np.ones(len(first))
        for number, axis in enumerate(self.order):
            rest = np.prod(totals[:, list(self.order[number + 1 :])], axis=1)
            found = found + here * before[:, axis] * rest
            here = here * there[:, axis]
        counted: Floats = found + here
        return counted

    def color(self, idle: Floats, count: Floats, kept: float) -> Floats:
        """Shape (n, 3): the linear RGB of tiles that are not lit, with so many stamps.

        idle: shape (n, 3), their own
        kept: 1 while stamps are seen, and down to 0 when they are let go of
        """
        before = idle if self.before is None else np.broadcast_to(self.before, idle.shape)
        after = idle
        if self.colors is not None:
            share = np.clip((count - 1) / max(self.most - 1, 1), 0, 1)[:, None]
            after = self.colors[0] + share * (self.colors[1] - self.colors[0])
        got = (count > 0.5)[:, None] * kept
        found: Floats = before + got * (after - before)
        return found


def heat(
    reach: ActivationRanges,
    order: tuple[int, ...],
    kept: NDArray[np.bool_],
    colors: Floats | None,
    before: Floats | None,
) -> Heat:
    """The heat of tiles, of which those `kept` (n,), which are not cropped, say what the most stamps are."""
    found = Heat(reach, order, 1, colors, before)
    totals = np.prod(found.totals[:, list(order)], axis=1)
    return Heat(reach, order, int(max(totals[kept].max(initial=1), 1)), colors, before)
