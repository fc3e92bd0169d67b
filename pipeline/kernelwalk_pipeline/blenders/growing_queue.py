# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame queue of as many processes as pay: one renders and is measured, then others may join it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .frame_queue import MAX_CHUNK, FrameQueue
from .worker_count import FrameCosts, count_workers

MEASURED_FRAMES = 4
"""Frames after which more processes may start."""


class GrowingFrameQueue(FrameQueue):
    """Frames to render on this machine.

    count_fitting: returns the number of processes for which there is memory; called when more may start
    """

    def __init__(self, name: str, missing: list[int], base_frame: int, cores: int, count_fitting: Callable[[], int]):
        super().__init__(name, missing, base_frame, 1, cores)
        self.count_fitting = count_fitting
        self.may_grow, self.is_measured = cores > 1, False
        self.build = 0.0
        self.costs: list[FrameCosts] = []

    def take_chunk(self) -> list[int]:
        """Take the next frames for one worker; [] if there are none, or if they must wait for the base frame."""
        if self.may_grow and self.process_count == 1 and len(self.costs) >= MEASURED_FRAMES:
            means = FrameCosts(*(sum(values) / len(values) for values in zip(*self.costs, strict=True)))
            if count_workers(len(self.pending), self.cores, self.cores, means) > 1:
                self.process_count = count_workers(len(self.pending), self.cores, self.count_fitting(), means)
            self.costs, self.is_measured = [], True
        return super().take_chunk()

    def record_costs(self, frame: int, regions: int, seconds: Mapping[str, float], checking: float) -> None:
        """Record what a frame has cost: see FrameQueue."""
        self.build = max(self.build, seconds.get("build", 0.0))
        if frame != self.base_frame and "sampling" in seconds:
            other = seconds["sync"] + seconds["saving"]
            cost = FrameCosts(self.cores, max(1, regions), seconds["sampling"], other, checking, self.build)
            self.costs.append(cost)

    def stay_alone(self) -> None:
        """Start no more processes: see FrameQueue."""
        self.may_grow = False

    def _next_size(self) -> int:
        if self.process_count > 1 or not self.may_grow:
            return super()._next_size()
        if not self.is_measured:
            return MEASURED_FRAMES + (self.pending[0] == self.base_frame)
        return max(MAX_CHUNK, len(self.pending) // 4)
