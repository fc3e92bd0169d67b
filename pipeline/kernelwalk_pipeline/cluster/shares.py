# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames for the workers of a cluster: as many at a time as take a worker some seconds."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from ..blenders.stock import Stock

TARGET = 10.0
"""Seconds that a chunk is to take: long beside what a scheduler needs for it, short beside what may be lost."""

FIRST = 2
"""Frames of a chunk while nobody knows how long they take."""

MOST = 1000
"""Frames of a chunk at most."""

WEIGHT = 0.3
"""Of the last chunk, in what frames are taken to need."""


class Shares(Stock):
    """Frames to be rendered on a cluster.

    slots: tells how many chunks can be rendered at a time at the moment: who gives the orders knows
    fixed: frames of a chunk, None where they follow from the time that frames take
    """

    def __init__(self, name: str, missing: list[int], still: int, fixed: int | None):
        super().__init__(name, missing, still, 1)
        self.fixed = fixed
        self.slots: Callable[[], int] = lambda: 1
        self.alone: set[int] = set()  # to be rendered in chunks of one: a worker has died of a chunk with them
        self.seconds = 0.0  # that a frame takes

    def take(self) -> list[int]:
        """The next chunk; empty where there is none, or the others wait for the still frame."""
        if not self.left or self.still in self._out():
            return []
        if self.left[0] == self.still or self.left[0] in self.alone:
            return [self.left.popleft()]
        taken: list[int] = []
        number = self.number()
        while self.left and len(taken) < number and self.left[0] not in self.alone:
            taken.append(self.left.popleft())
        return taken

    def number(self) -> int:
        """How many frames the next chunk is to have: towards the end fewer, so that all end together."""
        if self.fixed is not None:
            return self.fixed
        if not self.seconds:
            return FIRST
        share = -(-len(self.left) // (2 * max(1, self.slots())))
        return max(1, min(int(TARGET / self.seconds), share, MOST))

    def took(self, frames: list[int], seconds: float) -> None:
        """Note how long frames took. The still one is rendered in whole, and tells nothing of the others."""
        if frames and frames != [self.still]:
            each = max(seconds / len(frames), 1e-6)
            self.seconds = each if not self.seconds else (1 - WEIGHT) * self.seconds + WEIGHT * each

    def returned(self, who: Hashable, alone: bool) -> None:
        """As for any stock; where a worker died, its frames are from now on rendered one by one."""
        if alone:
            self.alone.update(self.held.get(who, ()))
        super().returned(who, alone)

    def _out(self) -> set[int]:
        return {frame for frames in self.held.values() for frame in frames}
