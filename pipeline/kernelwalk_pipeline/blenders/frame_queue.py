# SPDX-License-Identifier: GPL-3.0-or-later
"""The frames that are to be rendered: who has which, what has failed how often, and what is given up."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Hashable

from ..failures import BlenderError, Failure, FatalBlenderError, OutputError
from ..frames.manifest import format_ranges
from ..progress import log

MAX_TRIES = 3
"""How often a frame, or Blender's start, may fail."""

MAX_CHUNK = 32
"""Frames that one of several Blenders gets at a time."""

MIN_FRAMES_PER_PROCESS = 12
"""Frames for which another Blender is worth its start."""


class FrameQueue:
    """Frames to be rendered by Blenders, each told by anything hashable.

    name:    of the spec, for what is told meanwhile
    most:    Blenders at work at a time
    still:   the frame that the others are held against: it comes first, and while it is on its way, alone
    """

    def __init__(self, name: str, missing: list[int], base_frame: int, max_processes: int):
        self.name, self.base_frame = name, base_frame
        self.pending = deque(sorted(missing, key=lambda frame: (frame != base_frame, frame)))
        self.process_count = max(1, min(max_processes, len(missing) // MIN_FRAMES_PER_PROCESS))
        self.assigned: dict[Hashable, list[int]] = {}
        self.current: dict[Hashable, int] = {}
        self.failure_counts: Counter[int | None] = Counter()
        self.abandoned: dict[int, str] = {}

    def take_chunk(self) -> list[int]:
        """The next frames for one Blender; none where there are none, or the others wait for the still one."""
        if not self.pending or len(self.assigned) >= self.process_count or self.base_frame in self._in_progress():
            return []
        if self.process_count == 1:
            number = len(self.pending)
        elif self.pending[0] == self.base_frame:
            number = 1
        else:
            number = max(1, min(MAX_CHUNK, len(self.pending) // (2 * self.process_count)))
        return [self.pending.popleft() for _ in range(number)]

    def count_threads(self, frames: list[int]) -> int:
        """How many threads Cycles is to use for frames that were taken, 0 for all there are."""
        alone = self.process_count == 1 or frames == [self.base_frame]
        return 0 if alone else max(1, (os.cpu_count() or 1) // self.process_count)

    def _in_progress(self) -> set[int]:
        return {frame for frames in self.assigned.values() for frame in frames} if self.process_count > 1 else set()

    def assign(self, worker: Hashable, frames: list[int]) -> None:
        """Note who has got which frames."""
        self.assigned[worker] = list(frames)

    def mark_started(self, worker: Hashable, frame: int) -> None:
        """Note which frame somebody is at: one that nobody asked for blames none."""
        if frame in self.assigned.get(worker, ()):
            self.current[worker] = frame

    def record_result(self, worker: Hashable, frame: int, error: OutputError | None) -> None:
        """Note that a frame has come, well or with an error. Raises it where going on is of no use."""
        if self.current.get(worker) == frame:  # or it has begun the next one already
            del self.current[worker]
        if frame in self.assigned.get(worker, ()):
            self.assigned[worker].remove(frame)
            if error is not None:
                self._record_failure(frame, error)
                self._requeue([frame])
        elif error is not None:
            raise error
        if error is None:
            self.failure_counts[None] = 0

    def finish(self, worker: Hashable, error: BlenderError | None) -> bool:
        """Note that somebody is done, or has failed, and return whether it did all it was to do: what is left of its
        frames goes to others. Raises the error where going on is of no use."""
        left, at = self.assigned.pop(worker, []), self.current.pop(worker, None)
        if error is None and left:
            at, error = left[0], BlenderError(f"Blender says that it is done, but {len(left)} pictures are missing")
        if error is not None:
            if isinstance(error, FatalBlenderError):
                raise error
            self._record_failure(at, error)
        self._requeue(left)
        return error is None

    def _requeue(self, frames: list[int]) -> None:
        self.pending.extendleft(frame for frame in reversed(frames) if frame not in self.abandoned)

    def _record_failure(self, frame: int | None, error: Failure) -> None:
        """Note a failure on a frame, or on Blender's start."""
        self.failure_counts[frame] += 1
        what = "Blender's start" if frame is None else f"frame {frame}"
        if self.failure_counts[frame] < MAX_TRIES:
            log(self.name, f"{what} failed, try {self.failure_counts[frame]} of {MAX_TRIES}: {error}")
        elif frame is None or isinstance(error, OutputError):
            raise error
        else:
            self.abandoned[frame] = str(error)
            log(self.name, f"{what} failed {MAX_TRIES} times and is left out: {error}")

    def give_back(self, worker: Hashable, isolate: bool) -> None:
        """Note that somebody has given back what is left of its frames, through no fault of theirs that is known."""
        self.current.pop(worker, None)
        self._requeue(self.assigned.pop(worker, []))

    def raise_if_abandoned(self) -> None:
        """Raise BlenderError that names the frames that were given up."""
        if self.abandoned:
            which = format_ranges(sorted(self.abandoned))
            first = next(iter(self.abandoned.values()))
            raise BlenderError(
                f"{self.name}: frames {which} failed {MAX_TRIES} times each, the others are done. The first said: "
                f"{first}. Run again to try these alone"
            )
