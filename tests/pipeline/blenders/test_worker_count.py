# SPDX-License-Identifier: GPL-3.0-or-later
"""More Blender processes start where they are faster: as measured on 16 cores, and on 2."""

from __future__ import annotations

import pytest
from kernelwalk_pipeline.blenders import worker_count
from kernelwalk_pipeline.blenders.worker_count import (
    FrameCosts,
    _estimate_seconds,
    count_fitting_workers,
    count_local_workers,
    count_workers,
)

GLIDING = FrameCosts(threads=16, regions=235, sampling=0.58, other=0.03, checking=0.05, build=0.1)
"""Frames of 9x9 to 5x5, gliding, at 1920x1080 and 32 samples, on 16 cores, by parts."""

SMALL_PARTS = FrameCosts(threads=16, regions=28, sampling=0.03, other=0.02, checking=0.05, build=0.1)
"""Frames of 30x30 to 28x28 at 1280x720 and 16 samples, on 16 cores, by parts."""

MANY_SMALL_PARTS = SMALL_PARTS._replace(checking=0.01)
"""The same, if the command checked pictures faster."""

WHOLE = FrameCosts(threads=16, regions=1, sampling=5.0, other=0.2, checking=0.05, build=0.1)
"""Frames of 9x9 to 5x5 at 1920x1080 and 32 samples, on 16 cores, in full."""

ON_TWO_CORES = FrameCosts(threads=2, regions=120, sampling=0.65, other=0.05, checking=0.03, build=0.1)
"""Frames of 9x9 to 5x5, gliding, at 1280x720 and 16 samples, on 2 cores, by parts."""

BEFORE_PARTS = 6.5
"""Seconds of a film until its base frame is rendered, on 16 cores at 1920x1080."""


@pytest.mark.parametrize(("workers", "measured"), [(1, 1.51), (2, 1.64), (4, 1.89), (8, 1.84)])
def test_the_model_agrees_with_16_cores(workers: int, measured: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_count, "REPEATED_SAMPLING", 1.0)  # they were measured before squares were remembered
    assert 122 / (BEFORE_PARTS + _estimate_seconds(workers, 121, 16, GLIDING)) == pytest.approx(measured, rel=0.1)


@pytest.mark.parametrize(
    ("costs", "frames", "cores", "fewest", "most"),
    [
        (GLIDING, 121, 16, 1, 1),
        (GLIDING, 10_000, 64, 8, 32),
        (SMALL_PARTS, 136, 16, 1, 1),
        (MANY_SMALL_PARTS, 10_000, 16, 4, 16),
        (WHOLE, 121, 16, 1, 1),
        (ON_TWO_CORES, 170, 1, 1, 1),
        (ON_TWO_CORES, 170, 2, 1, 1),
        (ON_TWO_CORES._replace(regions=136, sampling=0.47, other=0.036, checking=0.016), 165, 2, 1, 1),
        (ON_TWO_CORES, 170, 4, 1, 2),
        (GLIDING._replace(threads=8), 10_000, 8, 1, 4),
    ],
)
def test_as_many_processes_run_as_pay(costs: FrameCosts, frames: int, cores: int, fewest: int, most: int) -> None:
    assert fewest <= count_workers(frames, cores, 256, costs) <= most


def test_few_frames_do_not_pay_for_another_start() -> None:
    counts = [count_workers(frames, 16, 256, MANY_SMALL_PARTS) for frames in (1, 4, 8, 16, 64, 256, 4096)]
    assert counts[:2] == [1, 1]
    assert counts == sorted(counts), "more frames, no fewer processes"
    assert counts[-1] > 2


def test_processes_have_room_in_memory() -> None:
    assert count_fitting_workers(1, peak=2_000, free=10_000) == 5
    assert count_fitting_workers(1, peak=0, free=10_000) > 5, "nothing is known of their memory"
    for most in (0, 1, 2):
        assert count_workers(10_000, 16, most, MANY_SMALL_PARTS) == max(1, most)


def test_a_local_cluster_shares_the_cores_by_fours() -> None:
    assert [count_local_workers(cores) for cores in (1, 2, 4, 8, 16, 64)] == [1, 1, 1, 2, 4, 16]
