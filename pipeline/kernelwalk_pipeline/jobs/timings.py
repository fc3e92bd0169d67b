# SPDX-License-Identifier: GPL-3.0-or-later
"""The time that a job spends in each phase."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

PHASES = {
    "build": "building the scene",
    "sync": "updating Blender and Cycles",
    "sampling": "sampling",
    "saving": "writing pictures",
    "checking": "decoding, hashing and syncing them",
    "copying": "copying frames that look the same",
    "encoding": "encoding the rest of the film after the last picture",
}


class PhaseTimer:
    """Seconds by phase. Parallel Blender processes each count their own, so the sum may exceed the elapsed time."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(PHASES, 0.0)

    @contextmanager
    def measure(self, phase: str) -> Iterator[None]:
        """Add the time of the context to a phase."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[phase] += time.perf_counter() - started

    def add(self, seconds: Mapping[str, float]) -> None:
        """Add the seconds by phase that a Blender process reports."""
        for phase, value in seconds.items():
            self.seconds[phase] += value

    def format_lines(self, frames: int) -> list[str]:
        """Return the lines of `--profile` for a job that rendered so many frames."""
        lines = []
        for phase, seconds in self.seconds.items():
            if seconds:
                average = f", {1000 * seconds / frames:.1f} ms a picture" if frames and phase != "build" else ""
                lines.append(f"{phase:<9} {seconds:8.2f} s{average} ({PHASES[phase]})")
        return lines
