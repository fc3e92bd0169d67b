# SPDX-License-Identifier: GPL-3.0-or-later
"""Rectangles hold all marked squares, do not overlap, and cost no more than one around all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core.incremental import rectangle_cover
from kernelwalk.core.incremental.rectangle_cover import MAX_CUT_DEPTH, SQUARE_SIZE, cover_squares, cover_squares_exactly

SIZE = (320, 180)
SIDE_LENGTHS = st.integers(1, 40)
BOXES = st.lists(
    st.tuples(st.integers(0, SIZE[0] - 1), st.integers(0, SIZE[1] - 1), SIDE_LENGTHS, SIDE_LENGTHS), max_size=30
)


def count_coverage(boxes: list[tuple[int, int, int, int]], size: tuple[int, int] = SIZE) -> np.ndarray:
    """Return the number of rectangles that hold each pixel."""
    count = np.zeros(size[::-1], int)
    for x, y, width, height in boxes:
        count[y : y + height, x : x + width] += 1
    return count


def mark_squares(low: np.ndarray, high: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return the squares that any of the boxes from `low` to `high` overlap."""
    mask = np.zeros([-(-length // SQUARE_SIZE) for length in size[::-1]], bool)
    for (x0, y0), (x1, y1) in zip(low // SQUARE_SIZE, -(-high // SQUARE_SIZE), strict=True):
        mask[y0:y1, x0:x1] = True
    return mask


@given(boxes=BOXES, rectangle_cost=st.sampled_from([1.0, 90.0, 1400.0, 1e9]))
def test_rectangles_hold_every_box_do_not_overlap_and_stay_inside_the_picture(
    boxes: list[tuple[int, int, int, int]], rectangle_cost: float
) -> None:
    corners = np.array(boxes, np.int64).reshape(-1, 4)
    low, high = corners[:, :2], np.minimum(corners[:, :2] + corners[:, 2:], SIZE)
    regions = cover_squares(mark_squares(low, high, SIZE), SIZE, rectangle_cost)
    assert (count_coverage(regions) <= 1).all()
    assert (count_coverage(regions)[count_coverage(boxes) > 0] == 1).all()
    assert all(x >= 0 and y >= 0 and x + w <= SIZE[0] and y + h <= SIZE[1] and w > 0 < h for x, y, w, h in regions)
    if boxes:
        cost_of_one = (
            np.prod(-(-high.max(axis=0) // SQUARE_SIZE) * SQUARE_SIZE - low.min(axis=0) // SQUARE_SIZE * SQUARE_SIZE)
            + rectangle_cost
        )
        assert sum(rectangle_cost + w * h for _, _, w, h in regions) <= cost_of_one
        assert len(regions) == 1 or rectangle_cost < 1e9


@given(boxes=BOXES)
def test_cells_can_be_covered_exactly(boxes: list[tuple[int, int, int, int]]) -> None:
    corners = np.array(boxes, np.int64).reshape(-1, 4)
    wanted = mark_squares(corners[:, :2], np.minimum(corners[:, :2] + corners[:, 2:], SIZE), SIZE)
    pixels = np.repeat(np.repeat(wanted, SQUARE_SIZE, axis=0), SQUARE_SIZE, axis=1)[: SIZE[1], : SIZE[0]]
    assert np.array_equal(count_coverage(cover_squares_exactly(wanted, SIZE)), pixels)


def test_very_many_boxes_are_covered() -> None:
    places = np.array([[x, y] for x in range(0, 1280, 20) for y in range(0, 720, 20)])
    regions = cover_squares(mark_squares(places, places + 3, (1280, 720)), (1280, 720), 1.0)
    assert (count_coverage(regions, (1280, 720))[tuple(places.T[::-1])] == 1).all()


def total_cost(regions: list[tuple[int, int, int, int]], rectangle_cost: float) -> float:
    return sum(rectangle_cost + width * height for _, _, width, height in regions)


@pytest.mark.parametrize("slope", [0.2, 1.0, 3.0])
def test_a_slanting_line_is_cut_into_pieces_if_that_is_cheaper(slope: float) -> None:
    """Equal pieces cost at least 2 * sqrt(rectangle_cost * width * height) of the box around the line."""
    x = np.arange(0, min(SIZE[0], SIZE[1] / slope))
    y = np.minimum(x * slope, SIZE[1] - 1)
    line = mark_squares(np.column_stack([x, y]).astype(int), np.column_stack([x, y]).astype(int) + 1, SIZE)
    whole = len(x) * y.max()
    for rectangle_cost in (100.0, 400.0):
        assert total_cost(cover_squares(line, SIZE, rectangle_cost), rectangle_cost) < 1.25 * (
            2 * np.sqrt(rectangle_cost * whole) + SQUARE_SIZE * (len(x) + y.max())
        )
    assert len(cover_squares(line, SIZE, 1e9)) == 1


def test_the_depth_of_cuts_is_bounded() -> None:
    """Each cut takes one tooth off a comb, which has more teeth than Python allows nested calls."""
    wide = (8 * SQUARE_SIZE * MAX_CUT_DEPTH, 40 * SQUARE_SIZE)
    comb = np.zeros((wide[1] // SQUARE_SIZE, wide[0] // SQUARE_SIZE), bool)
    comb[:, ::4] = True
    regions = cover_squares(comb, wide, 1.0)
    assert (
        count_coverage(regions, wide)[np.repeat(np.repeat(comb, SQUARE_SIZE, axis=0), SQUARE_SIZE, axis=1)] == 1
    ).all()


def test_a_solid_box_is_not_cut_to_see_what_that_saves_whatever_the_margin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rectangle_cover, "_find_best_cut", lambda *_: pytest.fail("it was cut"))
    for margin in (0, 1, 11):
        assert cover_squares(np.ones((45, 80), bool), SIZE, 10.0, margin) == [(0, 0, *SIZE)]
