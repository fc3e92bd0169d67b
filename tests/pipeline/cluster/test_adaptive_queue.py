# SPDX-License-Identifier: GPL-3.0-or-later
"""Chunks on a cluster take some seconds, whatever a frame takes."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk_pipeline.cluster.adaptive_queue import FIRST_CHUNK, MAX_CHUNK, TARGET_SECONDS, AdaptiveFrameQueue
from kernelwalk_pipeline.failures import BlenderError

FRAMES = list(range(1, 10_001))


def make_queue(slots=3, fixed_size=None, missing=FRAMES, base_frame=1):
    queue = AdaptiveFrameQueue("name", missing, base_frame, fixed_size)
    queue.count_slots = lambda: slots
    return queue


def make_started_queue(**options):
    """Return a queue whose base frame is rendered."""
    queue = make_queue(**options)
    assert queue.take_chunk() == [1]
    queue.assign("base", [1])
    assert queue.take_chunk() == [], "the others are composed from it"
    queue.record_result("base", 1, None)
    queue.finish("base", None)
    queue.record_seconds([1], 60.0)
    return queue


@pytest.mark.parametrize("seconds", [0.01, 0.2, 1.0, 5.0, 60.0])
def test_chunks_adapt_to_the_time_per_frame(seconds):
    queue = make_started_queue()
    assert len(queue.take_chunk()) == FIRST_CHUNK, "the base frame's time does not count"
    queue.record_seconds([2, 3], 2 * seconds)
    assert len(queue.take_chunk()) == max(1, min(MAX_CHUNK, int(TARGET_SECONDS / seconds)))
    for _ in range(30):
        queue.record_seconds([4, 5, 6, 7], 4 * seconds / 10)
    expected = min(MAX_CHUNK, TARGET_SECONDS / seconds * 10)
    assert len(queue.take_chunk()) == pytest.approx(expected, rel=0.01, abs=1)


def test_towards_the_end_chunks_are_small_so_that_all_workers_finish_together():
    queue = make_started_queue(slots=100)
    queue.record_seconds([2], 0.001)
    sizes = []
    while frames := queue.take_chunk():
        sizes.append(len(frames))
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == 50
    assert sizes[-1] == 1
    assert sum(sizes) == len(FRAMES) - 1


def test_a_fixed_size_does_not_adapt():
    queue = make_started_queue(fixed_size=7)
    queue.record_seconds([2], 100.0)
    assert queue.take_chunk() == [2, 3, 4, 5, 6, 7, 8]


def test_frames_of_which_a_worker_may_have_died_are_rendered_one_by_one():
    queue = make_started_queue(fixed_size=4)
    queue.assign("a", queue.take_chunk())
    queue.assign("b", queue.take_chunk())
    queue.record_result("a", 2, None)
    queue.give_back("a", True)
    assert [queue.take_chunk() for _ in range(4)] == [[3], [4], [5], [10, 11, 12, 13]]
    queue.give_back("b", False)
    assert queue.take_chunk() == [6, 7, 8, 9]


@given(
    slots=st.integers(1, 5),
    broken=st.sets(st.integers(2, 60), max_size=2),
    seed=st.integers(0, 1 << 30),
)
def test_every_frame_is_rendered_or_abandoned_whichever_worker_dies(slots, broken, seed):
    chance = random.Random(seed)
    queue = make_queue(slots, None, list(range(1, 61)))
    rendered, busy, number = [], {}, 0
    while True:
        while len(busy) < slots and (frames := queue.take_chunk()):
            number += 1
            queue.assign(number, frames)
            busy[number] = list(frames)
        if not busy:
            break
        worker = chance.choice(sorted(busy))
        frames = busy.pop(worker)
        done = frames[: chance.randint(0, len(frames))]
        done = [frame for frame in done if frame not in broken]
        for frame in done:
            rendered.append(frame)
            queue.record_result(worker, frame, None)
        queue.record_seconds(done, 0.5 * len(done))
        remaining = [frame for frame in frames if frame not in done]
        if not remaining:
            queue.finish(worker, None)
        elif remaining[0] in broken and len(frames) == 1:
            queue.mark_started(worker, remaining[0])
            queue.finish(worker, BlenderError("died"))
        else:
            queue.give_back(worker, isolate=bool(broken & set(remaining)))
    assert sorted(rendered) == [frame for frame in range(1, 61) if frame not in broken]
    assert set(queue.abandoned) == broken
