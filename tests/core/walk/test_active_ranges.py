# SPDX-License-Identifier: GPL-3.0-or-later
"""Ranges activate a tile at exactly the positions from which they were made."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core.walk.active_ranges import ActiveRanges, AxisRanges

SETS = st.lists(st.sets(st.integers(0, 12)), min_size=1, max_size=5)
"""The positions that activate each cell of an axis."""


def pairs(sets: list[set[int]]) -> np.ndarray:
    pairs_of_cells = [[position, cell] for cell, positions in enumerate(sets) for position in positions]
    return np.array(pairs_of_cells, np.int64).reshape(-1, 2)


def ranges_of(sets: list[set[int]]) -> AxisRanges:
    return AxisRanges.from_pairs(pairs(sets), len(sets))


def along_x(ranges: AxisRanges) -> ActiveRanges:
    """Return the ranges of a row of tiles."""
    unwalked = ranges_of([{0}])
    return ActiveRanges.from_axes([unwalked, unwalked, unwalked, ranges])


@given(SETS)
def test_a_position_activates_exactly_the_cells_whose_set_contains_it(sets: list[set[int]]) -> None:
    ranges = along_x(ranges_of(sets))
    for position in range(-2, 16):
        active = ranges.active_share_at(np.array([position, 0.0, 0, 0]))
        assert active.tolist() == [float(position in positions) for positions in sets]


@given(SETS, st.integers(-2, 14), st.floats(0, 1))
def test_between_two_positions_shares_are_interpolated(sets: list[set[int]], position: int, share: float) -> None:
    ranges = along_x(ranges_of(sets))
    here, between, there = (ranges.active_share_at(np.array([position + at, 0, 0, 0])) for at in (0, share, 1))
    assert between == pytest.approx((1 - share) * here + share * there, abs=1e-6)


@given(st.tuples(SETS, SETS, SETS, SETS), st.lists(st.integers(0, 12), min_size=4, max_size=4))
def test_the_active_share_of_a_tile_is_the_product_of_its_axes(
    axes: tuple[list[set[int]], ...], position: list[int]
) -> None:
    ranges = ActiveRanges.from_axes([ranges_of(sets) for sets in axes])  # channel, z, y, x
    c, z, y, x = ([position[place] in positions for positions in axes[3 - place]] for place in (3, 2, 1, 0))
    expected = np.multiply.outer(np.multiply.outer(np.multiply.outer(c, z), y), x)
    assert ranges.active_share_at(np.array(position, float)).tolist() == expected.ravel().astype(float).tolist()


@given(SETS, st.data())
def test_selected_tiles_keep_their_ranges(sets: list[set[int]], data: st.DataObject) -> None:
    ranges = along_x(ranges_of(sets))
    taken = np.array(data.draw(st.lists(st.integers(0, len(sets) - 1), min_size=1)), np.int64)
    for position in range(13):
        at = np.array([position, 0.0, 0, 0])
        assert np.array_equal(ranges.select(taken).active_share_at(at), ranges.active_share_at(at)[taken])


def test_evenly_spaced_positions_are_one_range_and_others_are_several() -> None:
    every_third = ranges_of([{0, 3, 6}, {1, 4}, {2}])
    assert (every_third.gap, len(every_third.first)) == (3, 1)
    uneven = ranges_of([{0, 1, 3, 4, 8}, {2}])
    assert (uneven.gap, len(uneven.first)) == (1, 3)
    assert uneven.first[:, 0].tolist() == [0, 3, 8] and uneven.last[:, 0].tolist() == [1, 4, 8]


def test_no_position_activates_a_cell_with_an_empty_set() -> None:
    ranges = along_x(ranges_of([set(), {0}]))
    assert [ranges.active_share_at(np.array([x, 0.0, 0, 0]))[0] for x in (-1e6, -1.0, 0.0, 5.0)] == [
        1.0,
        0.0,
        0.0,
        0.0,
    ], "only a position that no walk reaches"
