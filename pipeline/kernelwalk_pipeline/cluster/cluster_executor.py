# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs jobs on a Dask cluster, in the place of a pool of Blender processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ..blenders.frame_queue import FrameQueue
from ..worker.protocol import Event, Task
from .adaptive_queue import AdaptiveFrameQueue
from .dask_cluster import DaskCluster
from .dispatch import JobDispatcher


class ClusterExecutor(DaskCluster):
    """A Dask cluster that runs tasks (see `blender_pool.Executor`)."""

    def check_available(self) -> None:
        """Do nothing: each worker reports whether it has Blender."""

    def prestart(self) -> None:
        """Do nothing: workers start Blender with their first chunk."""

    def create_queue(self, name: str, missing: list[int], base_frame: int) -> AdaptiveFrameQueue:
        """Return the queue that divides frames among the workers."""
        return AdaptiveFrameQueue(name, missing, base_frame, self.chunk_size)

    def run_tasks(
        self,
        next_task: Callable[[], Task | None],
        scratch: Path,
        version: str = "",
        frames: FrameQueue | None = None,
        device: str = "",
    ) -> Iterator[tuple[str, Event]]:
        """Run tasks on the cluster and yield events, each with the id of its chunk: see `BlenderPool.run_tasks`.

        frames: a queue from `create_queue`, which the tasks take their frames from
        """
        assert isinstance(frames, AdaptiveFrameQueue)
        job = JobDispatcher(self, frames, scratch, version, device)
        try:
            with self.lock:
                self.jobs.append(job)
            yield from job.run(next_task)
        finally:
            job.cancel()
            with self.lock:
                self.jobs.remove(job)
            self.wake_next(job)

    def terminate(self, workers: Sequence[Any]) -> None:
        """Do nothing: a failed chunk has already ended."""

    def close_idle(self) -> None:
        """Do nothing: the workers belong to the cluster."""
