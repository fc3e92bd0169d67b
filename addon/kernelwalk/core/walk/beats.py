# SPDX-License-Identifier: GPL-3.0-or-later
"""Beats: the common time of two walks side by side. Both are at the same output on the same beat."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..lazy_numpy import np
from .order import WalkOrder

if TYPE_CHECKING:
    from ..arrays import Integers


class Beats(NamedTuple):
    """The beats of a walk beside another.

    of_steps: shape (steps,), the beat of each step; the walk rests at a step until the next one's beat
    total:    number of beats of both walks
    """

    of_steps: Integers
    total: int


def find_beats(own: WalkOrder, other: WalkOrder) -> Beats:
    """Return the beats of a walk beside another one of the same order.

    Beats follow the order in which one walk would visit the outputs of both. Each visits its own in that order, as a
    serpentine is reversed by the sum of the indices of its lines.

    >>> find_beats(WalkOrder(1, (2, 2), "rows"), WalkOrder(1, (2, 3), "rows"))
    Beats(of_steps=array([0, 1, 3, 4]), total=6)
    """
    sizes = tuple(map(max, own.sizes, other.sizes))
    common = WalkOrder(max(own.filter_count, other.filter_count), sizes, own.order)
    places = [common.steps_at(order.positions_at(np.arange(order.step_count))) for order in (own, other)]
    beats = np.union1d(*places)
    return Beats(np.searchsorted(beats, places[0]), len(beats))
