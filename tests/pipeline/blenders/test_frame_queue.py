# SPDX-License-Identifier: GPL-3.0-or-later
"""Every frame is rendered by some process, whatever fails, or is named as abandoned."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk_pipeline.blenders.frame_queue import MAX_CHUNK, MAX_TRIES, MIN_FRAMES_PER_PROCESS, FrameQueue
from kernelwalk_pipeline.failures import BlenderError, FatalBlenderError, OutputError

FRAMES = list(range(1, 101))

CORES = 7


def make_queue(max_processes=1, missing=FRAMES, base_frame=1):
    return FrameQueue("name", missing, base_frame, max_processes, CORES)


def test_one_process_gets_all_frames_the_base_frame_first():
    queue = make_queue(base_frame=40)
    assert queue.count_threads(FRAMES) == CORES
    assert queue.take_chunk() == [40, *(frame for frame in FRAMES if frame != 40)]


def test_several_processes_wait_for_the_base_frame_and_then_share_the_others():
    queue = make_queue(3)
    assert queue.take_chunk() == [1]
    assert queue.count_threads([1]) == CORES, "alone, it may use all of them"
    assert queue.count_threads([2, 3]) == 2, "three share seven"
    queue.assign("a", [1])
    assert queue.take_chunk() == []
    queue.record_result("a", 1, None)
    queue.finish("a", None)
    taken = []
    for worker in "abc":
        frames = queue.take_chunk()
        queue.assign(worker, frames)
        taken += frames
        assert 1 <= len(frames) <= MAX_CHUNK
    assert queue.take_chunk() == [], "three are busy"
    assert taken == FRAMES[1 : len(taken) + 1]


def test_few_frames_are_not_worth_another_process():
    assert make_queue(8, list(range(MIN_FRAMES_PER_PROCESS))).process_count == 1
    assert make_queue(8, list(range(3 * MIN_FRAMES_PER_PROCESS))).process_count == 3
    assert make_queue(8, list(range(1, 200))).count_threads([2]) == 1, "more processes than cores"


@pytest.mark.parametrize("error", [BlenderError("died"), OutputError("full")])
def test_a_frame_that_fails_is_retried_up_to_a_limit(error, capsys):
    queue = make_queue(missing=[1, 2, 3])
    for turn in range(MAX_TRIES):
        frames = queue.take_chunk()
        queue.assign("a", frames)
        if turn == 0:
            assert frames == [1, 2, 3]
            queue.record_result("a", 1, None)
        queue.mark_started("a", 2)
        if isinstance(error, OutputError):
            if turn == MAX_TRIES - 1:
                with pytest.raises(OutputError):
                    queue.record_result("a", 2, error)
                return
            queue.record_result("a", 2, error)
            queue.finish("a", None if turn else BlenderError("and died"))
        else:
            queue.finish("a", error)
    assert f"frame 2 failed, try 1 of {MAX_TRIES}: died" in capsys.readouterr().err
    assert queue.take_chunk() == [3]
    with pytest.raises(BlenderError, match=r"frames 2 failed 3 times each, the others are done.*died"):
        queue.raise_if_abandoned()


def test_a_blender_that_does_not_start_is_no_failure_of_a_frame():
    queue = make_queue(missing=[1, 2])
    for turn in range(MAX_TRIES):
        queue.assign("a", queue.take_chunk())
        if turn < MAX_TRIES - 1:
            queue.finish("a", BlenderError("no start"))
    with pytest.raises(BlenderError, match="no start"):
        queue.finish("a", BlenderError("no start"))


def test_a_fatal_error_is_raised_at_once():
    queue = make_queue()
    queue.assign("a", queue.take_chunk())
    with pytest.raises(FatalBlenderError):
        queue.finish("a", FatalBlenderError("no such template"))


def test_a_frame_that_was_not_assigned_is_not_blamed():
    queue = make_queue(missing=[1, 2])
    queue.assign("a", queue.take_chunk())
    queue.mark_started("a", 77)
    queue.finish("a", BlenderError("died"))
    assert queue.failure_counts == {None: 1}


@given(
    max_processes=st.integers(1, 5),
    base_frame=st.sampled_from([1, 30, 80]),
    broken=st.sets(st.integers(1, 80), max_size=3),
    random=st.randoms(use_true_random=False),
)
def test_every_frame_is_rendered_once_or_abandoned_whatever_fails(max_processes, base_frame, broken, random):
    queue = make_queue(max_processes, list(range(1, 81)), base_frame)
    rendered, busy, number = [], {}, 0
    while True:
        while frames := queue.take_chunk():
            number += 1
            queue.assign(number, frames)
            busy[number] = list(frames)
        if not busy:
            break
        worker = random.choice(sorted(busy))
        if not busy[worker]:
            del busy[worker]
            queue.finish(worker, None)
            continue
        frame = busy[worker][0]
        queue.mark_started(worker, frame)
        if frame in broken:
            del busy[worker]
            queue.finish(worker, BlenderError("broken"))
        else:
            busy[worker].pop(0)
            rendered.append(frame)
            queue.record_result(worker, frame, None)
    assert sorted(rendered) == [frame for frame in range(1, 81) if frame not in broken]
    assert set(queue.abandoned) == broken
