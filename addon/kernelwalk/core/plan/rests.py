# SPDX-License-Identifier: GPL-3.0-or-later
"""The moments at which a walk rests, and the stretches of them over which something looks the same.

Files that hold only a few moments of a walk are made from these: viewers go from one to the next.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ..animation.keyframes import KeyframeBuilder
from ..arrays import Floats, Integers
from ..spec.spec import Spec

OUTSIDE = -1
"""Step of a moment that shows none."""


class Rests(NamedTuple):
    """The moments at which a walk rests: at each step, and before the first and after the last where it waits there.

    frames: shape (rests,), the first frame of each
    lasts:  shape (rests,), its last frame
    changes: shape (rests,), the frame on which what jumps goes over to it: half-way of the transition
    steps:  shape (rests,), the step that it shows; OUTSIDE for none
    """

    frames: Integers
    lasts: Integers
    changes: Integers
    steps: Integers


class Runs(NamedTuple):
    """Stretches of rests over which the values of an item stay the same; items, then rests, ascend.

    items:  shape (runs,)
    values: shape (runs, k)
    begins, ends: shape (runs,), the first rest and the one after the last
    """

    items: Integers
    values: Floats
    begins: Integers
    ends: Integers


def list_rests(spec: Spec) -> Rests:
    """Return the moments at which the walk of a spec rests."""
    keyframes, walk = KeyframeBuilder(spec), spec.walk
    frames, lasts, end = keyframes.arrivals, keyframes.departures.copy(), keyframes.frames.stop - walk.frames_after
    if keyframes.easing == "step":
        lasts = np.append(frames[1:], end) - 1
    if not keyframes.returns_to_start:
        lasts[-1] = end - 1
    changes = np.append(frames[:1], (lasts[:-1] + frames[1:] + 1) // 2)
    steps = np.arange(len(frames))
    if walk.frames_before:
        first = keyframes.frames.start
        frames, lasts = np.append(first, frames), np.append(frames[0] - 1, lasts)
        changes, steps = np.append(first, changes), np.append(OUTSIDE, steps)
    if walk.frames_after:
        frames, lasts = np.append(frames, end), np.append(lasts, keyframes.frames.stop - 1)
        changes, steps = np.append(changes, end), np.append(steps, OUTSIDE)
    return Rests(frames, lasts, changes, steps)


class RunCollector:
    """Collects the runs of items whose values are told rest by rest, of which only the last ones are held."""

    def __init__(self) -> None:
        self._items: list[Integers] = []
        self._values: list[Floats] = []
        self._begins: list[Integers] = []
        self._rests = 0
        self._last: Floats | None = None

    def add(self, values: Floats) -> None:
        """Add the values (items, k) of the next rest."""
        if self._last is None:
            self._last = np.full_like(values, np.nan)
        self.add_rests(1, np.arange(len(values)), np.zeros(len(values), np.int64), values)

    def add_rests(self, count: int, items: Integers, rests: Integers, values: Floats) -> None:
        """Add the values (n, k) of some items at some of the next rests; otherwise, items keep theirs.

        count:  of the next rests
        items, rests: shape (n,); items, then rests ascend, and rests count from the next one
        """
        assert self._last is not None
        is_other = items[1:] != items[:-1]
        firsts, ends = (np.ones(len(items), np.bool_) for _ in range(2))
        firsts[1:], ends[:-1] = is_other, is_other
        before = np.empty_like(values)
        before[1:] = values[:-1]
        before[firsts] = self._last[items[firsts]]
        is_new = (values != before).any(axis=1)
        self._last[items[ends]] = values[ends]
        self._items.append(items[is_new])
        self._values.append(values[is_new])
        self._begins.append(rests[is_new] + self._rests)
        self._rests += count

    def finish(self) -> Runs:
        """Return the runs up to the last rest."""
        items, begins = np.concatenate(self._items), np.concatenate(self._begins)
        order = np.lexsort([begins, items])
        items, begins = items[order], begins[order]
        ends = np.full(len(items), self._rests)
        followed = np.flatnonzero(items[1:] == items[:-1])
        ends[followed] = begins[followed + 1]
        return Runs(items, np.concatenate(self._values)[order], begins, ends)


def find_runs(values: Iterable[Floats]) -> Runs:
    """Return the runs of items whose values (items, k) are given for each rest.

    >>> find_runs([np.array([[5.0], [7.0]]), np.array([[5.0], [8.0]])]).values.tolist()
    [[5.0], [7.0], [8.0]]
    """
    collector = RunCollector()
    for rows in values:
        collector.add(rows)
    return collector.finish()
