# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames for the workers of a cluster: as many at a time as take a worker some seconds."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from ..blenders.frame_queue import FrameQueue

TARGET_SECONDS = 10.0
"""Seconds that a chunk is to take: long beside what a scheduler needs for it, short beside what may be lost."""

FIRST_CHUNK = 2
"""Frames of a chunk while nobody knows how long they take."""

MAX_CHUNK = 1000
"""Frames of a chunk at most."""

LATEST_WEIGHT = 0.3
"""Of the last chunk, in what frames are taken to need."""


class AdaptiveFrameQueue(FrameQueue):
    """Frames to be rendered on a cluster.

    slots: tells how many chunks can be rendered at a time at the moment: who gives the orders knows
    fixed: frames of a chunk, None where they follow from the time that frames take
    """

    def __init__(self, name: str, missing: list[int], base_frame: int, fixed_size: int | None):
        super().__init__(name, missing, base_frame, 1)
        self.fixed_size = fixed_size
        self.count_slots: Callable[[], int] = lambda: 1
        self.isolated: set[int] = set()  # to be rendered in chunks of one: a worker has died of a chunk with them
        self.seconds_per_frame = 0.0  # that a frame takes

    def take_chunk(self) -> list[int]:
        """The next chunk; empty where there is none, or the others wait for the still frame."""
        if not self.pending or self.base_frame in self._in_progress():
            return []
        if self.pending[0] == self.base_frame or self.pending[0] in self.isolated:
            return [self.pending.popleft()]
        taken: list[int] = []
        number = self.next_size()
        while self.pending and len(taken) < number and self.pending[0] not in self.isolated:
            taken.append(self.pending.popleft())
        return taken

    def next_size(self) -> int:
        """How many frames the next chunk is to have: towards the end fewer, so that all end together."""
        if self.fixed_size is not None:
            return self.fixed_size
        if not self.seconds_per_frame:
            return FIRST_CHUNK
        share = -(-len(self.pending) // (2 * max(1, self.count_slots())))
        return max(1, min(int(TARGET_SECONDS / self.seconds_per_frame), share, MAX_CHUNK))

    def record_seconds(self, frames: list[int], seconds: float) -> None:
        """Note how long frames took. The still one is rendered in whole, and tells nothing of the others."""
        if frames and frames != [self.base_frame]:
            each = max(seconds / len(frames), 1e-6)
            self.seconds_per_frame = (
                each
                if not self.seconds_per_frame
                else (1 - LATEST_WEIGHT) * self.seconds_per_frame + LATEST_WEIGHT * each
            )

    def give_back(self, worker: Hashable, isolate: bool) -> None:
        """As for any stock; where a worker died, its frames are from now on rendered one by one."""
        if isolate:
            self.isolated.update(self.assigned.get(worker, ()))
        super().give_back(worker, isolate)

    def _in_progress(self) -> set[int]:
        return {frame for frames in self.assigned.values() for frame in frames}
