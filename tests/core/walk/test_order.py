# SPDX-License-Identifier: GPL-3.0-or-later
"""The order in which a walk visits positions."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core import Walk
from kernelwalk.core.walk.order import WalkOrder, steps_at_positions

from ..helpers import positions_in_order

ORDERS = ("rows", "columns", "serpentine")

SIZES = st.lists(st.integers(1, 5), min_size=1, max_size=3)


def test_the_orders_on_two_by_three() -> None:
    assert positions_in_order((2, 3), "rows").tolist() == [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]
    assert positions_in_order((2, 3), "columns").tolist() == [[0, 0], [1, 0], [0, 1], [1, 1], [0, 2], [1, 2]]
    assert positions_in_order((2, 3), "serpentine").tolist() == [[0, 0], [0, 1], [0, 2], [1, 2], [1, 1], [1, 0]]


@given(SIZES, st.sampled_from(ORDERS))
def test_every_position_is_visited_once(sizes: list[int], order: str) -> None:
    visited = positions_in_order(sizes, order).tolist()
    assert sorted(visited) == [list(position) for position in np.ndindex(*sizes)]


@given(SIZES, st.sampled_from(ORDERS))
def test_steps_and_positions_are_inverse(sizes: list[int], order: str) -> None:
    visited = positions_in_order(sizes, order)
    assert steps_at_positions(visited, sizes, order).tolist() == list(range(len(visited)))


@given(SIZES)
def test_a_serpentine_never_leaps(sizes: list[int]) -> None:
    strides = np.abs(np.diff(positions_in_order(sizes, "serpentine"), axis=0)).sum(axis=1)
    assert (strides == 1).all()


ORDERS_OF_WALKS = st.builds(
    WalkOrder, st.integers(1, 3), SIZES.map(tuple), st.sampled_from(ORDERS), st.integers(1, 9), st.integers(1, 12)
)


def expected_positions(walk_order: WalkOrder) -> list[list[int]]:
    """Return the visited positions: of all in order the first ones, then every `every`-th, and the last."""
    all_positions = [
        [number, *position]
        for number in range(walk_order.filter_count)
        for position in positions_in_order(walk_order.sizes, walk_order.order)
    ]
    kept, since = [], 0
    for number, position in enumerate(all_positions):
        since += 1
        if number < walk_order.first or since == walk_order.every or number == len(all_positions) - 1:
            kept.append([int(at) for at in position])
            since = 0
    return kept


@given(ORDERS_OF_WALKS)
def test_a_walk_visits_the_first_positions_then_every_nth_and_the_last(walk_order: WalkOrder) -> None:
    expected = expected_positions(walk_order)
    assert walk_order.step_count == len(expected)
    assert walk_order.positions_at(np.arange(walk_order.step_count)).tolist() == expected
    assert [
        [position[3], *position[: len(walk_order.sizes)][::-1]] for position in walk_order.positions.tolist()
    ] == expected


@given(ORDERS_OF_WALKS)
def test_a_skipped_position_has_no_step(walk_order: WalkOrder) -> None:
    expected = expected_positions(walk_order)
    all_positions = np.array(
        [[number, *position] for number in range(walk_order.filter_count) for position in np.ndindex(*walk_order.sizes)]
    )
    steps = [expected.index(position) if position in expected else -1 for position in all_positions.tolist()]
    assert walk_order.steps_at(all_positions).tolist() == steps


@given(ORDERS_OF_WALKS)
def test_a_serpentine_is_reversed_where_the_next_position_in_a_line_is_lower(walk_order: WalkOrder) -> None:
    complete = WalkOrder(walk_order.filter_count, walk_order.sizes, walk_order.order)
    reversed_axes = dict(zip(map(tuple, complete.positions.tolist()), complete.reversed_axes.tolist(), strict=True))
    assert walk_order.reversed_axes.tolist() == [
        reversed_axes[tuple(position)] for position in walk_order.positions.tolist()
    ]


def test_by_default_the_first_line_is_visited_completely() -> None:
    assert Walk(every=5).make_order(1, (3, 7)).first == 7
    assert Walk(every=5, order="columns").make_order(1, (3, 7)).first == 3
    assert Walk(every=5, first=2).make_order(1, (3, 7)).first == 2
    assert Walk().make_order(2, (3, 7)).step_count == 42
