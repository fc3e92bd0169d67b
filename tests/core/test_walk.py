# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of the walk, its timing, and the channels that carry it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core import PlanError, Walk
from kernelwalk.core.channel import Channel, channel, gathered
from kernelwalk.core.easing import EASINGS
from kernelwalk.core.walk import ORDERS, positions, positions_at, steps_of

sizes = st.lists(st.integers(1, 5), min_size=1, max_size=3)


def test_the_orders_on_two_by_three() -> None:
    assert positions((2, 3), "rows").tolist() == [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]
    assert positions((2, 3), "columns").tolist() == [[0, 0], [1, 0], [0, 1], [1, 1], [0, 2], [1, 2]]
    assert positions((2, 3), "serpentine").tolist() == [[0, 0], [0, 1], [0, 2], [1, 2], [1, 1], [1, 0]]


@given(sizes, st.sampled_from(ORDERS))
def test_every_position_is_visited_once(output: list[int], order: str) -> None:
    visited = positions(output, order).tolist()
    assert sorted(visited) == [list(place) for place in np.ndindex(*output)]


@given(sizes, st.sampled_from(ORDERS))
def test_a_step_and_its_position_are_found_from_each_other(output: list[int], order: str) -> None:
    visited = positions(output, order)
    steps = np.arange(len(visited))
    assert steps_of(visited, output, order).tolist() == steps.tolist()
    assert positions_at(steps[::-1], output, order).tolist() == visited[::-1].tolist()


@given(st.integers(1, 5), st.integers(0, 4), st.integers(0, 4), st.integers(1, 6))
def test_every_frame_of_a_walk_shows_one_step_and_none_before_or_after(
    per_step: int, lead_in: int, lead_out: int, steps: int
) -> None:
    walk = Walk(frames_per_step=per_step, lead_in=lead_in, lead_out=lead_out)
    shown = [walk.step_at(frame, steps) for frame in walk.frames(steps)]
    assert shown == [None] * lead_in + [step for step in range(steps) for _ in range(per_step)] + [None] * lead_out
    assert all(walk.step_at(walk.start(step), steps) == step for step in range(steps))


@given(sizes)
def test_a_serpentine_never_leaps(output: list[int]) -> None:
    strides = np.abs(np.diff(positions(output, "serpentine"), axis=0)).sum(axis=1)
    assert (strides == 1).all()


def test_lead_in_and_lead_out_frame_the_steps() -> None:
    walk = Walk(frames_per_step=4, lead_in=3, lead_out=5)
    assert walk.start(np.arange(3)).tolist() == [4, 8, 12]
    assert walk.frames(3) == range(1, 1 + 3 + 12 + 5)


@pytest.mark.parametrize(
    ("walk", "expected"),
    [
        (Walk(), ("smooth", 6)),
        (Walk(frames_per_step=1), ("step", 1)),
        (Walk(hold=12), ("step", 12)),
        (Walk(hold=1), ("smooth", 1)),
        (Walk(easing="step", hold=3), ("step", 12)),
    ],
)
def test_a_glide_needs_frames_of_its_own(walk: Walk, expected: tuple[str, int]) -> None:
    assert walk.glide() == expected


@pytest.mark.parametrize("easing", EASINGS)
def test_easings_start_where_they_should(easing: str) -> None:
    at = EASINGS[easing].at
    assert at(np.array([0.0])) == 0
    assert (np.diff(at(np.linspace(0, 1, 50))) >= 0).all()


def test_the_smooth_easing_arrives_and_is_symmetrical() -> None:
    time = np.linspace(0, 1, 21)
    share = EASINGS["smooth"].at(time)
    assert share[-1] == 1
    assert np.allclose(share + share[::-1], 1)


@given(st.lists(st.integers(0, 2), min_size=1, max_size=12), st.sampled_from(sorted(EASINGS)))
def test_leaving_out_idle_keys_changes_no_frame(values: list[int], easing: str) -> None:
    frames = np.arange(len(values)) * 3 + 1
    whole = Channel("walk.x", frames.astype(float), np.array(values, float), easing)
    short = channel("walk.x", frames, np.array(values), easing)
    shown = np.arange(-2, 3 * len(values) + 4, 0.5)
    assert len(short.frames) <= len(whole.frames)
    assert np.array_equal(short.at(shown), whole.at(shown))


def test_two_writers_on_one_channel_are_an_error() -> None:
    one = channel("walk.x", np.array([1]), np.array([0.0]), "step")
    with pytest.raises(PlanError, match=r"walk\.x"):
        gathered([one, one])
