# SPDX-License-Identifier: GPL-3.0-or-later
"""Who renders what: every frame is rendered by somebody, whatever fails, or is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk_pipeline.blenders.frame_queue import MAX_CHUNK, MAX_TRIES, MIN_FRAMES_PER_PROCESS, FrameQueue
from kernelwalk_pipeline.failures import BlenderError, FatalBlenderError, OutputError

FRAMES = list(range(1, 101))


def stock(most=1, missing=FRAMES, still=1):
    return FrameQueue("name", missing, still, most)


def test_one_blender_gets_all_frames_the_still_one_first():
    one = stock(still=40)
    assert one.count_threads(FRAMES) == 0
    assert one.take_chunk() == [40, *(frame for frame in FRAMES if frame != 40)]


def test_several_wait_for_the_still_frame_and_then_share_the_others():
    several = stock(3)
    assert several.take_chunk() == [1]
    assert several.count_threads([1]) == 0, "alone, it has all of them"
    assert several.count_threads([2, 3]) >= 1
    several.assign("a", [1])
    assert several.take_chunk() == []
    several.record_result("a", 1, None)
    several.finish("a", None)
    taken = []
    for who in "abc":
        frames = several.take_chunk()
        several.assign(who, frames)
        taken += frames
        assert 1 <= len(frames) <= MAX_CHUNK
    assert several.take_chunk() == [], "three are at work"
    assert taken == FRAMES[1 : len(taken) + 1]


def test_few_frames_are_not_worth_another_blender():
    assert stock(8, list(range(MIN_FRAMES_PER_PROCESS))).process_count == 1
    assert stock(8, list(range(3 * MIN_FRAMES_PER_PROCESS))).process_count == 3


@pytest.mark.parametrize("error", [BlenderError("died"), OutputError("full")])
def test_a_frame_that_fails_is_tried_again_up_to_a_limit(error, capsys):
    one = stock(missing=[1, 2, 3])
    for turn in range(MAX_TRIES):
        frames = one.take_chunk()
        one.assign("a", frames)
        if turn == 0:
            assert frames == [1, 2, 3]
            one.record_result("a", 1, None)
        one.mark_started("a", 2)
        if isinstance(error, OutputError):
            if turn == MAX_TRIES - 1:
                with pytest.raises(OutputError):
                    one.record_result("a", 2, error)
                return
            one.record_result("a", 2, error)
            one.finish("a", None if turn else BlenderError("and died"))
        else:
            one.finish("a", error)
    assert f"frame 2 failed, try 1 of {MAX_TRIES}: died" in capsys.readouterr().err
    assert one.take_chunk() == [3]
    with pytest.raises(BlenderError, match=r"frames 2 failed 3 times each, the others are done.*died"):
        one.raise_if_abandoned()


def test_a_blender_that_does_not_start_is_no_frames_fault():
    one = stock(missing=[1, 2])
    for turn in range(MAX_TRIES):
        one.assign("a", one.take_chunk())
        if turn < MAX_TRIES - 1:
            one.finish("a", BlenderError("no start"))
    with pytest.raises(BlenderError, match="no start"):
        one.finish("a", BlenderError("no start"))


def test_what_no_other_blender_could_do_better_is_raised_at_once():
    one = stock()
    one.assign("a", one.take_chunk())
    with pytest.raises(FatalBlenderError):
        one.finish("a", FatalBlenderError("no such template"))


def test_a_frame_that_nobody_asked_for_blames_none():
    one = stock(missing=[1, 2])
    one.assign("a", one.take_chunk())
    one.mark_started("a", 77)
    one.finish("a", BlenderError("died"))
    assert one.failure_counts == {None: 1}


@given(
    most=st.integers(1, 5),
    still=st.sampled_from([1, 30, 80]),
    broken=st.sets(st.integers(1, 80), max_size=3),
    chance=st.randoms(use_true_random=False),
)
def test_every_frame_comes_once_or_is_given_up_whatever_fails(most, still, broken, chance):
    several = stock(most, list(range(1, 81)), still)
    came, at_work, number = [], {}, 0
    while True:
        while frames := several.take_chunk():
            number += 1
            several.assign(number, frames)
            at_work[number] = list(frames)
        if not at_work:
            break
        who = chance.choice(sorted(at_work))
        if not at_work[who]:
            del at_work[who]
            several.finish(who, None)
            continue
        frame = at_work[who][0]
        several.mark_started(who, frame)
        if frame in broken:
            del at_work[who]
            several.finish(who, BlenderError("broken"))
        else:
            at_work[who].pop(0)
            came.append(frame)
            several.record_result(who, frame, None)
    assert sorted(came) == [frame for frame in range(1, 81) if frame not in broken]
    assert set(several.abandoned) == broken
