# SPDX-License-Identifier: GPL-3.0-or-later
"""How frames are shared out on a cluster: chunks that take some seconds, whatever a frame takes."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk_pipeline.cluster.adaptive_queue import FIRST_CHUNK, MAX_CHUNK, TARGET_SECONDS, AdaptiveFrameQueue
from kernelwalk_pipeline.failures import BlenderError

FRAMES = list(range(1, 10_001))


def shares(slots=3, fixed=None, missing=FRAMES, still=1):
    made = AdaptiveFrameQueue("name", missing, still, fixed)
    made.count_slots = lambda: slots
    return made


def begun(**options):
    """Shares whose still frame has come."""
    found = shares(**options)
    assert found.take_chunk() == [1]
    found.assign("still", [1])
    assert found.take_chunk() == [], "the others are made of it"
    found.record_result("still", 1, None)
    found.finish("still", None)
    found.record_seconds([1], 60.0)
    return found


@pytest.mark.parametrize("seconds", [0.01, 0.2, 1.0, 5.0, 60.0])
def test_chunks_adapt_to_what_frames_take(seconds):
    some = begun()
    assert len(some.take_chunk()) == FIRST_CHUNK, "what the still frame takes tells nothing of the others"
    some.record_seconds([2, 3], 2 * seconds)
    assert len(some.take_chunk()) == max(1, min(MAX_CHUNK, int(TARGET_SECONDS / seconds)))
    for _ in range(30):
        some.record_seconds([4, 5, 6, 7], 4 * seconds / 10)
    assert len(some.take_chunk()) == pytest.approx(min(MAX_CHUNK, TARGET_SECONDS / seconds * 10), rel=0.01, abs=1)


def test_towards_the_end_chunks_are_small_so_that_all_end_together():
    some = begun(slots=100)
    some.record_seconds([2], 0.001)
    sizes = []
    while frames := some.take_chunk():
        sizes.append(len(frames))
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == 50
    assert sizes[-1] == 1
    assert sum(sizes) == len(FRAMES) - 1


def test_a_fixed_number_stays():
    some = begun(fixed=7)
    some.record_seconds([2], 100.0)
    assert some.take_chunk() == [2, 3, 4, 5, 6, 7, 8]


def test_frames_of_which_a_worker_may_have_died_are_rendered_one_by_one():
    some = begun(fixed=4)
    some.assign("a", some.take_chunk())
    some.assign("b", some.take_chunk())
    some.record_result("a", 2, None)
    some.give_back("a", True)
    assert [some.take_chunk() for _ in range(4)] == [[3], [4], [5], [10, 11, 12, 13]]
    some.give_back("b", False)
    assert some.take_chunk() == [6, 7, 8, 9]


@given(
    slots=st.integers(1, 5),
    broken=st.sets(st.integers(2, 60), max_size=2),
    seed=st.integers(0, 1 << 30),
)
def test_every_frame_comes_or_is_given_up_whoever_dies(slots, broken, seed):
    chance = random.Random(seed)
    some = shares(slots, None, list(range(1, 61)))
    came, at_work, number = [], {}, 0
    while True:
        while len(at_work) < slots and (frames := some.take_chunk()):
            number += 1
            some.assign(number, frames)
            at_work[number] = list(frames)
        if not at_work:
            break
        who = chance.choice(sorted(at_work))
        frames = at_work.pop(who)
        done = frames[: chance.randint(0, len(frames))]
        done = [frame for frame in done if frame not in broken]
        for frame in done:
            came.append(frame)
            some.record_result(who, frame, None)
        some.record_seconds(done, 0.5 * len(done))
        left = [frame for frame in frames if frame not in done]
        if not left:
            some.finish(who, None)
        elif left[0] in broken and len(frames) == 1:
            some.mark_started(who, left[0])
            some.finish(who, BlenderError("died"))
        else:
            some.give_back(who, isolate=bool(broken & set(left)))
    assert sorted(came) == [frame for frame in range(1, 61) if frame not in broken]
    assert set(some.abandoned) == broken
