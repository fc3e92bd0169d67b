# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of the walk, its timing, and the channels that carry it."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core import PlanError, Walk
from kernelwalk.core.animation.curve import Curve, curves_by_target, make_curve
from kernelwalk.core.walk.easing import EASINGS
from kernelwalk.core.walk.order import ORDERS, WalkOrder, positions_at_steps, positions_in_order, steps_at_positions

sizes = st.lists(st.integers(1, 5), min_size=1, max_size=3)


def test_the_orders_on_two_by_three() -> None:
    assert positions_in_order((2, 3), "rows").tolist() == [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]
    assert positions_in_order((2, 3), "columns").tolist() == [[0, 0], [1, 0], [0, 1], [1, 1], [0, 2], [1, 2]]
    assert positions_in_order((2, 3), "serpentine").tolist() == [[0, 0], [0, 1], [0, 2], [1, 2], [1, 1], [1, 0]]


@given(sizes, st.sampled_from(ORDERS))
def test_every_position_is_visited_once(output: list[int], order: str) -> None:
    visited = positions_in_order(output, order).tolist()
    assert sorted(visited) == [list(place) for place in np.ndindex(*output)]


@given(sizes, st.sampled_from(ORDERS))
def test_a_step_and_its_position_are_found_from_each_other(output: list[int], order: str) -> None:
    visited = positions_in_order(output, order)
    steps = np.arange(len(visited))
    assert steps_at_positions(visited, output, order).tolist() == steps.tolist()
    assert positions_at_steps(steps[::-1], output, order).tolist() == visited[::-1].tolist()


@given(st.integers(1, 5), st.integers(0, 4), st.integers(0, 4), st.integers(1, 6))
def test_every_frame_of_a_walk_shows_one_step_and_none_before_or_after(
    per_step: int, lead_in: int, lead_out: int, steps: int
) -> None:
    walk = Walk(frames_per_step=per_step, lead_in=lead_in, lead_out=lead_out)
    shown = [walk.step_at(frame, steps) for frame in walk.frames(steps)]
    assert shown == [None] * lead_in + [step for step in range(steps) for _ in range(per_step)] + [None] * lead_out
    assert all(walk.step_at(walk.start_frame(step), steps) == step for step in range(steps))


@given(sizes)
def test_a_serpentine_never_leaps(output: list[int]) -> None:
    strides = np.abs(np.diff(positions_in_order(output, "serpentine"), axis=0)).sum(axis=1)
    assert (strides == 1).all()


def test_lead_in_and_lead_out_frame_the_steps() -> None:
    walk = Walk(frames_per_step=4, lead_in=3, lead_out=5)
    assert walk.start_frame(np.arange(3)).tolist() == [4, 8, 12]
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
    assert walk.transition() == expected


@pytest.mark.parametrize("easing", EASINGS)
def test_easings_start_where_they_should(easing: str) -> None:
    at = EASINGS[easing].value_at
    assert at(np.array([0.0])) == 0
    assert (np.diff(at(np.linspace(0, 1, 50))) >= 0).all()


def test_the_smooth_easing_arrives_and_is_symmetrical() -> None:
    time = np.linspace(0, 1, 21)
    share = EASINGS["smooth"].value_at(time)
    assert share[-1] == 1
    assert np.allclose(share + share[::-1], 1)


@given(st.lists(st.integers(0, 2), min_size=1, max_size=12), st.sampled_from(sorted(EASINGS)))
def test_leaving_out_idle_keys_changes_no_frame(values: list[int], easing: str) -> None:
    frames = np.arange(len(values)) * 3 + 1
    whole = Curve("walk.x", frames.astype(float), np.array(values, float), easing)
    short = make_curve("walk.x", frames, np.array(values), easing)
    shown = np.arange(-2, 3 * len(values) + 4, 0.5)
    assert len(short.frames) <= len(whole.frames)
    assert np.array_equal(short.value_at(shown), whole.value_at(shown))


def test_two_writers_on_one_channel_are_an_error() -> None:
    one = make_curve("walk.x", np.array([1]), np.array([0.0]), "step")
    with pytest.raises(PlanError, match=r"walk\.x"):
        curves_by_target([one, one])


ROUTES = st.builds(
    WalkOrder, st.integers(1, 3), sizes.map(tuple), st.sampled_from(ORDERS), st.integers(1, 9), st.integers(1, 12)
)


def visited_by_hand(route: WalkOrder) -> list[list[int]]:
    """All positions in order, of which the first ones are kept, each `every`th after them, and the last."""
    every_one = [
        [number, *place]
        for number in range(route.filter_count)
        for place in positions_in_order(route.sizes, route.order)
    ]
    kept, since = [], 0
    for number, place in enumerate(every_one):
        since += 1
        if number < route.first or since == route.every or number == len(every_one) - 1:
            kept.append([int(at) for at in place])
            since = 0
    return kept


@given(ROUTES)
def test_a_route_visits_the_first_positions_each_so_manieth_after_them_and_the_last(route: WalkOrder) -> None:
    expected = visited_by_hand(route)
    assert route.step_count == len(expected)
    assert route.positions_at(np.arange(route.step_count)).tolist() == expected
    assert [[place[3], *place[: len(route.sizes)][::-1]] for place in route.positions.tolist()] == expected


@given(ROUTES)
def test_a_position_that_is_left_out_has_no_step(route: WalkOrder) -> None:
    expected = visited_by_hand(route)
    every_one = np.array(
        [[number, *place] for number in range(route.filter_count) for place in np.ndindex(*route.sizes)]
    )
    steps = [expected.index(place) if place in expected else -1 for place in every_one.tolist()]
    assert route.steps_at(every_one).tolist() == steps


@given(ROUTES)
def test_a_serpentine_goes_backwards_where_the_next_position_in_a_line_is_a_lower_one(route: WalkOrder) -> None:
    whole = WalkOrder(route.filter_count, route.sizes, route.order)
    turned = dict(zip(map(tuple, whole.positions.tolist()), whole.reversed_axes.tolist(), strict=True))
    assert route.reversed_axes.tolist() == [turned[tuple(place)] for place in route.positions.tolist()]


def test_the_first_ones_are_a_line_where_nothing_else_is_said() -> None:
    assert Walk(every=5).make_order(1, (3, 7)).first == 7
    assert Walk(every=5, order="columns").make_order(1, (3, 7)).first == 3
    assert Walk(every=5, first=2).make_order(1, (3, 7)).first == 2
    assert Walk().make_order(2, (3, 7)).step_count == 42


WALKS = st.builds(
    lambda pace, fast, **more: Walk(
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


def lasts_by_hand(walk: Walk, steps: int) -> list[int]:
    """The frames of each step: slow ones, evenly fewer, fast ones."""
    slow = walk.frames_per_step
    fast = slow if walk.fast_frames is None else walk.fast_frames
    found = []
    for step in range(steps):
        share = min(max(Fraction(step - walk.slow_steps + 1, walk.ramp_steps + 1), Fraction(0)), Fraction(1))
        found.append(slow - math.floor(share * (slow - fast) + Fraction(1, 2)))
    return found


@given(WALKS, st.integers(1, 25))
def test_each_step_begins_when_those_before_it_are_over(walk: Walk, steps: int) -> None:
    lasts = lasts_by_hand(walk, steps)
    starts = [1 + walk.intro + walk.lead_in + sum(lasts[:step]) for step in range(steps)]
    assert [walk.start_frame(step) for step in range(steps)] == walk.start_frame(np.arange(steps)).tolist() == starts
    assert type(walk.start_frame(0)) is int
    assert walk.frame_count(steps) == walk.intro + walk.lead_in + sum(lasts) + walk.lead_out + walk.outro
    assert min(lasts) >= 1 and sorted(lasts, reverse=True) == lasts, "it never slows down"


@given(WALKS, st.integers(1, 25))
def test_the_step_of_a_frame_and_the_frames_of_a_step_are_found_from_each_other(walk: Walk, steps: int) -> None:
    expected = [step for step, lasts in enumerate(lasts_by_hand(walk, steps)) for _ in range(lasts)]
    shown = [walk.step_at(frame, steps) for frame in range(-3, walk.frames(steps).stop + 3)]
    assert shown == [None] * (4 + walk.frames_before) + expected + [None] * (walk.frames_after + 3)


@given(WALKS, st.integers(1, 25))
def test_a_step_rests_the_same_share_of_its_frames_and_at_least_one(walk: Walk, steps: int) -> None:
    rests = walk.hold_frames(np.arange(steps)).tolist()
    easing, hold = walk.transition()
    for rest, lasts in zip(rests, lasts_by_hand(walk, steps), strict=True):
        assert 1 <= rest <= lasts
        assert rest == lasts if easing == "step" else abs(rest - lasts * hold / walk.frames_per_step) < 1


def test_a_long_walk_needs_no_time_for_each_step() -> None:
    walk, steps = Walk(fast_frames=1, slow_steps=100, ramp_steps=1000), 10**9
    end = walk.start_frame(steps - 1)
    assert walk.step_at(end, steps) == steps - 1
    assert walk.step_at(end - 1, steps) == steps - 2
    assert len(walk._slow) == 1101
