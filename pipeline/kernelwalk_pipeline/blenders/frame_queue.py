# SPDX-License-Identifier: GPL-3.0-or-later
"""The queue of frames to render: which worker has which frames, which failed how often, which are abandoned."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Hashable, Mapping

from ..failures import BlenderError, Failure, FatalBlenderError, OutputError
from ..frames.manifest import format_ranges
from ..progress import log

MAX_TRIES = 3
"""Tries of a frame, and of starting Blender."""

MAX_CHUNK = 32
"""Maximum frames per task if there are several processes."""

MIN_FRAMES_PER_PROCESS = 12
"""Frames for which starting one more Blender process pays."""


class FrameQueue:
    """Frames to render, divided among workers; a worker is identified by any hashable value.

    name:          name of the spec, for log messages
    base_frame:    the frame that the others are composed from: rendered first, alone
    max_processes: processes that run at once
    cores:         that they share
    """

    def __init__(self, name: str, missing: list[int], base_frame: int, max_processes: int, cores: int):
        self.name, self.base_frame, self.cores = name, base_frame, cores
        self.pending = deque(sorted(missing, key=lambda frame: (frame != base_frame, frame)))
        self.process_count = max(1, min(max_processes, len(missing) // MIN_FRAMES_PER_PROCESS))
        self.assigned: dict[Hashable, list[int]] = {}
        self.current: dict[Hashable, int] = {}
        self.failure_counts: Counter[int | None] = Counter()  # None: of starting Blender
        self.abandoned: dict[int, str] = {}

    def take_chunk(self) -> list[int]:
        """Take the next frames for one worker; [] if there are none, or if they must wait for the base frame."""
        if not self.pending or len(self.assigned) >= self.process_count or self.base_frame in self._in_progress():
            return []
        return [self.pending.popleft() for _ in range(min(self._next_size(), len(self.pending)))]

    def _next_size(self) -> int:
        """Return the frames of the next chunk."""
        if self.process_count == 1:
            return len(self.pending)
        if self.pending[0] == self.base_frame:
            return 1
        return max(1, min(MAX_CHUNK, len(self.pending) // (2 * self.process_count)))

    def count_threads(self, frames: list[int]) -> int:
        """Return the threads that Cycles may use for a chunk."""
        is_alone = self.process_count == 1 or frames == [self.base_frame]
        return self.cores if is_alone else max(1, self.cores // self.process_count)

    def record_costs(self, frame: int, regions: int, seconds: Mapping[str, float], checking: float) -> None:
        """Take note of what a frame has cost, if the number of processes depends on it.

        regions:  in which it was rendered; 0 for a full render
        seconds:  by phase, in Blender (see timings.py)
        checking: seconds of the command
        """

    def stay_alone(self) -> None:
        """Start no more processes than were asked for, because they would share a GPU."""

    def _in_progress(self) -> set[int]:
        return {frame for frames in self.assigned.values() for frame in frames} if self.process_count > 1 else set()

    def assign(self, worker: Hashable, frames: list[int]) -> None:
        """Record that a worker has been given frames."""
        self.assigned[worker] = list(frames)

    def mark_started(self, worker: Hashable, frame: int) -> None:
        """Record the frame that a worker has started; ignore frames that it was not assigned."""
        if frame in self.assigned.get(worker, ()):
            self.current[worker] = frame

    def record_result(self, worker: Hashable, frame: int, error: OutputError | None) -> None:
        """Record that a frame has been delivered, or failed with an error. Raises the error if retrying is useless."""
        if self.current.get(worker) == frame:  # otherwise it has already started the next one
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
        """Record that a worker has finished or failed, and requeue its remaining frames.

        Returns whether it did all its work. Raises the error if retrying is useless.
        """
        remaining, frame = self.assigned.pop(worker, []), self.current.pop(worker, None)
        if error is None and remaining:
            frame = remaining[0]
            error = BlenderError(f"Blender reported success, but {len(remaining)} pictures are missing")
        if error is not None:
            if isinstance(error, FatalBlenderError):
                raise error
            self._record_failure(frame, error)
        self._requeue(remaining)
        return error is None

    def _requeue(self, frames: list[int]) -> None:
        self.pending.extendleft(frame for frame in reversed(frames) if frame not in self.abandoned)

    def _record_failure(self, frame: int | None, error: Failure) -> None:
        """Count a failure of a frame, or of starting Blender. Raises the error or abandons the frame at MAX_TRIES."""
        self.failure_counts[frame] += 1
        subject = "starting Blender" if frame is None else f"frame {frame}"
        if self.failure_counts[frame] < MAX_TRIES:
            log(self.name, f"{subject} failed, try {self.failure_counts[frame]} of {MAX_TRIES}: {error}")
        elif frame is None or isinstance(error, OutputError):
            raise error
        else:
            self.abandoned[frame] = str(error)
            log(self.name, f"{subject} failed {MAX_TRIES} times and is skipped: {error}")

    def give_back(self, worker: Hashable, isolate: bool) -> None:
        """Requeue a worker's remaining frames without counting a failure.

        isolate: the frames should be rendered one by one (ignored here, see AdaptiveFrameQueue)
        """
        self.current.pop(worker, None)
        self._requeue(self.assigned.pop(worker, []))

    def raise_if_abandoned(self) -> None:
        """Raise BlenderError that names the abandoned frames, if there are any."""
        if self.abandoned:
            frames = format_ranges(sorted(self.abandoned))
            first = next(iter(self.abandoned.values()))
            raise BlenderError(
                f"{self.name}: frames {frames} failed {MAX_TRIES} times each, the others are done. First error: "
                f"{first}. Run again to retry only these"
            )
