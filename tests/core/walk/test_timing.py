# SPDX-License-Identifier: GPL-3.0-or-later
"""The frames of a walk's steps."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core.walk.timing import Timing


@given(st.integers(1, 5), st.integers(0, 4), st.integers(0, 4), st.integers(1, 6))
def test_every_frame_of_a_walk_shows_one_step_and_none_before_or_after(
    per_step: int, lead_in: int, lead_out: int, steps: int
) -> None:
    timing = Timing(frames_per_step=per_step, lead_in=lead_in, lead_out=lead_out)
    steps_of_frames = [timing.step_at(frame, steps) for frame in timing.frames(steps)]
    assert (
        steps_of_frames
        == [None] * lead_in + [step for step in range(steps) for _ in range(per_step)] + [None] * lead_out
    )
    assert all(timing.step_at(timing.start_frame(step), steps) == step for step in range(steps))


def test_steps_are_between_lead_in_and_lead_out() -> None:
    timing = Timing(frames_per_step=4, lead_in=3, lead_out=5)
    assert timing.start_frame(np.arange(3)).tolist() == [4, 8, 12]
    assert timing.frames(3) == range(1, 1 + 3 + 12 + 5)


@pytest.mark.parametrize(
    ("timing", "expected"),
    [
        (Timing(), ("smooth", 6)),
        (Timing(frames_per_step=1), ("step", 1)),
        (Timing(hold=12), ("step", 12)),
        (Timing(hold=1), ("smooth", 1)),
        (Timing(easing="step", hold=3), ("step", 12)),
    ],
)
def test_a_movement_needs_frames_of_its_own(timing: Timing, expected: tuple[str, int]) -> None:
    assert timing.transition() == expected


TIMINGS = st.builds(
    lambda pace, fast, **more: Timing(
        frames_per_step=pace, fast_frames=None if fast is None else min(fast, pace), **more
    ),
    st.integers(1, 12),
    st.none() | st.integers(1, 12),
    hold=st.none() | st.just(1),
    slow_steps=st.integers(0, 6),
    ramp_steps=st.integers(0, 9),
    lead_in=st.integers(0, 3),
    lead_out=st.integers(0, 3),
    intro=st.integers(0, 3),
    outro=st.integers(0, 3),
)


def expected_durations(timing: Timing, steps: int) -> list[int]:
    """Return the frames of each step: slow ones, evenly fewer, fast ones."""
    slow = timing.frames_per_step
    fast = slow if timing.fast_frames is None else timing.fast_frames
    durations = []
    for step in range(steps):
        share = min(max(Fraction(step - timing.slow_steps + 1, timing.ramp_steps + 1), Fraction(0)), Fraction(1))
        durations.append(slow - math.floor(share * (slow - fast) + Fraction(1, 2)))
    return durations


@given(TIMINGS, st.integers(1, 25))
def test_each_step_starts_when_those_before_it_are_over(timing: Timing, steps: int) -> None:
    durations = expected_durations(timing, steps)
    starts = [1 + timing.intro + timing.lead_in + sum(durations[:step]) for step in range(steps)]
    assert (
        [timing.start_frame(step) for step in range(steps)] == timing.start_frame(np.arange(steps)).tolist() == starts
    )
    assert type(timing.start_frame(0)) is int
    assert timing.frame_count(steps) == timing.intro + timing.lead_in + sum(durations) + timing.lead_out + timing.outro
    assert min(durations) >= 1 and sorted(durations, reverse=True) == durations, "it never slows down"


@given(TIMINGS, st.integers(1, 25))
def test_steps_and_frames_are_inverse(timing: Timing, steps: int) -> None:
    expected = [step for step, durations in enumerate(expected_durations(timing, steps)) for _ in range(durations)]
    steps_of_frames = [timing.step_at(frame, steps) for frame in range(-3, timing.frames(steps).stop + 3)]
    assert steps_of_frames == [None] * (4 + timing.frames_before) + expected + [None] * (timing.frames_after + 3)


@given(TIMINGS, st.integers(1, 25))
def test_every_step_is_held_for_the_same_share_of_its_frames_and_at_least_one(timing: Timing, steps: int) -> None:
    holds = timing.hold_frames(np.arange(steps)).tolist()
    easing, hold = timing.transition()
    for held, durations in zip(holds, expected_durations(timing, steps), strict=True):
        assert 1 <= held <= durations
        assert held == durations if easing == "step" else abs(held - durations * hold / timing.frames_per_step) < 1


def test_a_long_walk_needs_no_time_for_each_step() -> None:
    timing, steps = Timing(fast_frames=1, slow_steps=100, ramp_steps=1000), 10**9
    end = timing.start_frame(steps - 1)
    assert timing.step_at(end, steps) == steps - 1
    assert timing.step_at(end - 1, steps) == steps - 2
    assert len(timing._slow_starts) == 1101
