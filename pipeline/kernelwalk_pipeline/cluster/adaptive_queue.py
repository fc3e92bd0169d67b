# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame queue of a cluster, whose chunks take each worker some seconds."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from ..blenders.frame_queue import FrameQueue

TARGET_SECONDS = 10.0
"""Target duration of a chunk: long compared to the scheduler's overhead, short compared to what may be lost."""

FIRST_CHUNK = 2
"""Frames per chunk while the time per frame is unknown."""

MAX_CHUNK = 1000
"""Maximum frames per chunk."""

LATEST_WEIGHT = 0.3
"""Weight of the latest chunk in the moving average of the time per frame."""


class AdaptiveFrameQueue(FrameQueue):
    """Frames to render on a cluster.

    fixed_size:  frames per chunk; None to adapt to the time per frame
    count_slots: returns how many chunks can be rendered at once now; set by the dispatcher
    """

    def __init__(self, name: str, missing: list[int], base_frame: int, fixed_size: int | None):
        super().__init__(name, missing, base_frame, 1, 1)
        self.fixed_size = fixed_size
        self.count_slots: Callable[[], int] = lambda: 1
        self.isolated: set[int] = set()  # frames of chunks of which a worker died: rendered one by one
        self.seconds_per_frame = 0.0

    def take_chunk(self) -> list[int]:
        """Take the next chunk; [] if there is none, or if it must wait for the base frame."""
        if not self.pending or self.base_frame in self._in_progress():
            return []
        if self.pending[0] == self.base_frame or self.pending[0] in self.isolated:
            return [self.pending.popleft()]
        chunk: list[int] = []
        size = self.next_size()
        while self.pending and len(chunk) < size and self.pending[0] not in self.isolated:
            chunk.append(self.pending.popleft())
        return chunk

    def next_size(self) -> int:
        """Return the size of the next chunk; smaller towards the end, so that all workers finish together."""
        if self.fixed_size is not None:
            return self.fixed_size
        if not self.seconds_per_frame:
            return FIRST_CHUNK
        share = -(-len(self.pending) // (2 * max(1, self.count_slots())))
        return max(1, min(int(TARGET_SECONDS / self.seconds_per_frame), share, MAX_CHUNK))

    def record_seconds(self, frames: list[int], seconds: float) -> None:
        """Record the rendering time of a chunk. The base frame does not count: it is rendered in full."""
        if frames and frames != [self.base_frame]:
            mean = max(seconds / len(frames), 1e-6)
            last = self.seconds_per_frame
            self.seconds_per_frame = mean if not last else (1 - LATEST_WEIGHT) * last + LATEST_WEIGHT * mean

    def give_back(self, worker: Hashable, isolate: bool) -> None:
        """Requeue a worker's remaining frames without counting a failure.

        isolate: render these frames one by one from now on, because a worker may have died of one of them
        """
        if isolate:
            self.isolated.update(self.assigned.get(worker, ()))
        super().give_back(worker, isolate)

    def _in_progress(self) -> set[int]:
        return {frame for frames in self.assigned.values() for frame in frames}
