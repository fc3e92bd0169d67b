# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a job's time went."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

PHASES = {
    "build": "building the scene",
    "sync": "bringing Blender and Cycles up to date",
    "sampling": "sampling",
    "saving": "writing pictures",
    "checking": "decoding, hashing and syncing them",
    "copying": "copying frames that look the same",
    "encoding": "encoding what the film lacked when all pictures were there",
}


class PhaseTimer:
    """Seconds by phase. Blenders at work side by side each count their own, so the sum may be more than has passed."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(PHASES, 0.0)

    @contextmanager
    def measure(self, phase: str) -> Iterator[None]:
        """Count the time of the context."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[phase] += time.perf_counter() - began

    def add(self, seconds: Mapping[str, float]) -> None:
        """Count what a Blender tells."""
        for phase, value in seconds.items():
            self.seconds[phase] += value

    def format_lines(self, frames: int) -> list[str]:
        """What `--profile` prints of a job that rendered so many pictures."""
        told = []
        for phase, seconds in self.seconds.items():
            if seconds:
                each = f", {1000 * seconds / frames:.1f} ms a picture" if frames and phase != "build" else ""
                told.append(f"{phase:<9} {seconds:8.2f} s{each} ({PHASES[phase]})")
        return told
