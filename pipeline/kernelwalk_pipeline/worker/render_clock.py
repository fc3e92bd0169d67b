# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures how long Cycles takes for a picture, and tells that it still renders."""

from __future__ import annotations

import time
from collections.abc import Callable

import bpy


class RenderClock:
    """Measures a render of Cycles: `sync`, the seconds until its first ray, and `sampling`, those until the last tick.

    heartbeat:     called at each tick
    is_full_frame: whether every message of Cycles is a tick; with regions only those up to the first ray are, since
                   Cycles sends twenty for each region, and each waits for Python as long as tracing some hundred
                   rays takes
    """

    def __init__(self, heartbeat: Callable[[], object], is_full_frame: bool) -> None:
        self.heartbeat, self.is_full_frame = heartbeat, is_full_frame
        self.sync = self.sampling = 0.0
        self.region_seconds: list[float] = []

    def __enter__(self) -> None:
        self.start = self.last_tick = time.perf_counter()
        self.first_ray: float | None = None
        bpy.app.handlers.render_stats.append(self._on_stats)

    def tick(self) -> None:
        self.last_tick = time.perf_counter()
        self.heartbeat()

    def tick_region(self) -> None:
        """Tick after a region."""
        start = self.last_tick
        self.tick()
        self.region_seconds.append(self.last_tick - start)

    def hear_all(self) -> None:
        """Tick at every message from now on."""
        self.is_full_frame = True
        if self._on_stats not in bpy.app.handlers.render_stats:
            bpy.app.handlers.render_stats.append(self._on_stats)

    def _on_stats(self, stats: object, *_: object) -> None:
        self.tick()
        if self.first_ray is None and "sample" in str(stats).lower():
            self.first_ray = self.last_tick
            if not self.is_full_frame:
                bpy.app.handlers.render_stats.remove(self._on_stats)

    def __exit__(self, *_: object) -> None:
        if self._on_stats in bpy.app.handlers.render_stats:
            bpy.app.handlers.render_stats.remove(self._on_stats)
        first_ray = self.last_tick if self.first_ray is None else self.first_ray
        self.sync, self.sampling = first_ray - self.start, self.last_tick - first_ray
