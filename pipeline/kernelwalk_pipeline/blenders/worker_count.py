# SPDX-License-Identifier: GPL-3.0-or-later
"""The number of Blender processes that pay: from what a frame has cost so far, the cores, and the frames to go.

Cycles' sampling is shared by the threads of a process. Everything else of a frame is not: Blender updates the scene,
Cycles begins and ends each region, Python reads and writes pictures, and the command checks them one by one. So several
processes pay where sampling is short on many cores, and one process where a frame is rendered whole.
"""

from __future__ import annotations

from typing import NamedTuple

from kernelwalk.core.incremental.render_costs import REGION_SECONDS

START_SECONDS = 1.4
"""Seconds from the start of a process until it renders, beside its scene's build (`tests/bench/workers.py --start`:
1.3 to 1.4 s of a core, and 1.4 to 1.8 s by the clock on a busy machine, the command included)."""

MEMORY_SHARE = 0.8
"""Share of the free memory that more processes may take."""

LEAST_GAIN = 1.05
"""Factor by which more processes must be faster, since each takes memory and disturbs other programs."""

REPEATED_SAMPLING = 1.35
"""Factor by which several processes sample more than one does, since each knows only the squares that it has rendered
itself. 9x9 to 5x5, gliding, has 1.34 times the pixels where nothing is known but the picture before, and `mathematica`
1.51 times. On 2 cores two processes took 92.8 s for the first, and one 66.7 s."""

THREADS_PER_LOCAL_WORKER = 4
"""Threads of each Blender of a local cluster, whose workers start before anything is measured. On 16 cores four workers
were the fastest of 1, 2, 4 and 8: 1.51, 1.64, 1.89 and 1.84 pictures a second."""


class FrameCosts(NamedTuple):
    """Mean seconds of the frames that one process has rendered with `threads` threads.

    regions:  that were rendered, in their number
    sampling: of these regions
    other:    of everything else in Blender
    checking: of the command
    build:    of the scene, once in each process
    """

    threads: float
    regions: float
    sampling: float
    other: float
    checking: float
    build: float


def count_workers(frames: int, cores: int, most: int, costs: FrameCosts) -> int:
    """Return the number of processes with which the frames to go are done soonest, the first of which has started.

    most: processes for which there is memory
    A larger number must be faster by LEAST_GAIN.
    """
    seconds = [_estimate_seconds(count, frames, cores, costs) for count in range(1, max(1, min(cores, most)) + 1)]
    return 1 + next(index for index, value in enumerate(seconds) if value <= LEAST_GAIN * min(seconds))


def _estimate_seconds(workers: int, frames: int, cores: int, costs: FrameCosts) -> float:
    """Return the seconds until the frames are done by that many processes."""
    fixed = min(costs.sampling, costs.regions * REGION_SECONDS["cpu"])
    alone, shared = costs.other + fixed, (costs.sampling - fixed) * costs.threads
    if workers > 1:
        shared *= REPEATED_SAMPLING
    of_frame = alone + shared / (cores // workers)
    of_all_frames = max(of_frame / workers, costs.checking, (alone + shared + costs.checking) / cores)
    if workers == 1:
        return frames * of_all_frames
    start = START_SECONDS + costs.build
    return start + max(0.0, frames - start / of_frame) * of_all_frames


def count_fitting_workers(running: int, peak: int, free: int) -> int:
    """Return the number of processes for which there is memory, those that run among them.

    peak: the most bytes that one of them has had; 0 if that is not known
    free: bytes of memory that more of them may take
    """
    return running + int(MEMORY_SHARE * free) // max(1, peak)


def count_local_workers(cores: int) -> int:
    """Return the number of workers of a local cluster."""
    return max(1, cores // THREADS_PER_LOCAL_WORKER)
