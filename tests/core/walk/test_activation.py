# SPDX-License-Identifier: GPL-3.0-or-later
"""The positions that light a tile, as runs: whatever set they are, they are lit by these and no others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core.walk.activation import ActivationRanges, AxisRanges

SETS = st.lists(st.sets(st.integers(0, 12)), min_size=1, max_size=5)
"""For each cell of an axis the positions that light it."""


def pairs(sets: list[set[int]]) -> np.ndarray:
    found = [[position, cell] for cell, positions in enumerate(sets) for position in positions]
    return np.array(found, np.int64).reshape(-1, 2)


def runs_of(sets: list[set[int]]) -> AxisRanges:
    return AxisRanges.from_pairs(pairs(sets), len(sets))


def along_x(runs: AxisRanges) -> ActivationRanges:
    """The reach of a row of tiles."""
    still = AxisRanges.for_unwalked_axis(1)
    return ActivationRanges.from_axes([still, still, still, runs])


@given(SETS)
def test_every_position_lights_the_cells_whose_set_has_it_and_no_other(sets: list[set[int]]) -> None:
    reach = along_x(runs_of(sets))
    for position in range(-2, 16):
        lit = reach.activation_at(np.array([position, 0.0, 0, 0]))
        assert lit.tolist() == [float(position in positions) for positions in sets]


@given(SETS, st.integers(-2, 14), st.floats(0, 1))
def test_between_two_positions_a_tile_goes_from_the_one_light_to_the_other(
    sets: list[set[int]], position: int, share: float
) -> None:
    reach = along_x(runs_of(sets))
    here, between, there = (reach.activation_at(np.array([position + at, 0, 0, 0])) for at in (0, share, 1))
    assert between == pytest.approx((1 - share) * here + share * there, abs=1e-6)


@given(st.tuples(SETS, SETS, SETS, SETS), st.lists(st.integers(0, 12), min_size=4, max_size=4))
def test_what_a_position_lights_of_a_grid_is_the_product_of_its_axes(
    axes: tuple[list[set[int]], ...], position: list[int]
) -> None:
    reach = ActivationRanges.from_axes([runs_of(sets) for sets in axes])  # channel, z, y, x
    c, z, y, x = ([position[place] in positions for positions in axes[3 - place]] for place in (3, 2, 1, 0))
    expected = np.multiply.outer(np.multiply.outer(np.multiply.outer(c, z), y), x)
    assert reach.activation_at(np.array(position, float)).tolist() == expected.ravel().astype(float).tolist()


@given(SETS, st.data())
def test_some_of_the_tiles_keep_their_reach(sets: list[set[int]], data: st.DataObject) -> None:
    reach = along_x(runs_of(sets))
    taken = np.array(data.draw(st.lists(st.integers(0, len(sets) - 1), min_size=1)), np.int64)
    for position in range(13):
        at = np.array([position, 0.0, 0, 0])
        assert np.array_equal(reach.select(taken).activation_at(at), reach.activation_at(at)[taken])


def test_evenly_spaced_positions_are_one_run_and_others_as_many_as_they_need() -> None:
    every_third = runs_of([{0, 3, 6}, {1, 4}, {2}])
    assert (every_third.gap, len(every_third.first)) == (3, 1)
    uneven = runs_of([{0, 1, 3, 4, 8}, {2}])
    assert (uneven.gap, len(uneven.first)) == (1, 3)
    assert uneven.first[:, 0].tolist() == [0, 3, 8] and uneven.last[:, 0].tolist() == [1, 4, 8]


def test_no_position_lights_a_cell_that_none_reaches() -> None:
    reach = along_x(runs_of([set(), {0}]))
    assert [reach.activation_at(np.array([x, 0.0, 0, 0]))[0] for x in (-1e6, -1.0, 0.0, 5.0)] == [1.0, 0.0, 0.0, 0.0], (
        "only a position that no walk has"
    )


def test_what_is_not_walked_is_lit_always() -> None:
    reach = ActivationRanges.from_axes(
        [
            AxisRanges.for_unwalked_axis(2),
            AxisRanges.for_unwalked_axis(1),
            AxisRanges.for_unwalked_axis(3),
            AxisRanges.for_unwalked_axis(1),
        ]
    )
    assert reach.activation_at(np.zeros(4)).tolist() == [1.0] * 6
