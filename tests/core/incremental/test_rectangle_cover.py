# SPDX-License-Identifier: GPL-3.0-or-later
"""Rectangles hold all that they are to, do not overlap, and cost less than one around all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core.incremental.rectangle_cover import CELL_SIZE, MAX_CUT_DEPTH, cover_cells, cover_cells_exactly

SIZE = (320, 180)
SIDES = st.integers(1, 40)
BOXES = st.lists(st.tuples(st.integers(0, SIZE[0] - 1), st.integers(0, SIZE[1] - 1), SIDES, SIDES), max_size=30)


def marked(boxes: list[tuple[int, int, int, int]], size: tuple[int, int] = SIZE) -> np.ndarray:
    """How many of the rectangles hold each pixel."""
    count = np.zeros(size[::-1], int)
    for x, y, width, height in boxes:
        count[y : y + height, x : x + width] += 1
    return count


def cells(low: np.ndarray, high: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The cells that any of the boxes from `low` to `high` reach into."""
    found = np.zeros([-(-length // CELL_SIZE) for length in size[::-1]], bool)
    for (x0, y0), (x1, y1) in zip(low // CELL_SIZE, -(-high // CELL_SIZE), strict=True):
        found[y0:y1, x0:x1] = True
    return found


@given(boxes=BOXES, start=st.sampled_from([1.0, 90.0, 1400.0, 1e9]))
def test_rectangles_hold_every_box_do_not_overlap_and_keep_in_the_picture(
    boxes: list[tuple[int, int, int, int]], start: float
) -> None:
    corners = np.array(boxes, np.int64).reshape(-1, 4)
    low, high = corners[:, :2], np.minimum(corners[:, :2] + corners[:, 2:], SIZE)
    found = cover_cells(cells(low, high, SIZE), SIZE, start)
    assert (marked(found) <= 1).all()
    assert (marked(found)[marked(boxes) > 0] == 1).all()
    assert all(x >= 0 and y >= 0 and x + w <= SIZE[0] and y + h <= SIZE[1] and w > 0 < h for x, y, w, h in found)
    if boxes:
        one = np.prod(-(-high.max(axis=0) // CELL_SIZE) * CELL_SIZE - low.min(axis=0) // CELL_SIZE * CELL_SIZE) + start
        assert sum(start + w * h for _, _, w, h in found) <= one
        assert len(found) == 1 or start < 1e9


@given(boxes=BOXES)
def test_cells_are_covered_exactly_on_demand(boxes: list[tuple[int, int, int, int]]) -> None:
    corners = np.array(boxes, np.int64).reshape(-1, 4)
    wanted = cells(corners[:, :2], np.minimum(corners[:, :2] + corners[:, 2:], SIZE), SIZE)
    pixels = np.repeat(np.repeat(wanted, CELL_SIZE, axis=0), CELL_SIZE, axis=1)[: SIZE[1], : SIZE[0]]
    assert np.array_equal(marked(cover_cells_exactly(wanted, SIZE)), pixels)


def test_very_many_boxes_are_covered_too() -> None:
    places = np.array([[x, y] for x in range(0, 1280, 20) for y in range(0, 720, 20)])
    found = cover_cells(cells(places, places + 3, (1280, 720)), (1280, 720), 1.0)
    assert (marked(found, (1280, 720))[tuple(places.T[::-1])] == 1).all()


def cost(found: list[tuple[int, int, int, int]], start: float) -> float:
    return sum(start + width * height for _, _, width, height in found)


@pytest.mark.parametrize("slope", [0.2, 1.0, 3.0])
def test_a_slanting_line_is_cut_where_it_pays(slope: float) -> None:
    """The best that equal pieces could do is 2 * sqrt(start * width * height) of the box around it."""
    x = np.arange(0, min(SIZE[0], SIZE[1] / slope))
    y = np.minimum(x * slope, SIZE[1] - 1)
    line = cells(np.column_stack([x, y]).astype(int), np.column_stack([x, y]).astype(int) + 1, SIZE)
    whole = len(x) * y.max()
    for start in (100.0, 400.0):
        assert cost(cover_cells(line, SIZE, start), start) < 1.25 * (
            2 * np.sqrt(start * whole) + CELL_SIZE * (len(x) + y.max())
        )
    assert len(cover_cells(line, SIZE, 1e9)) == 1


def test_what_is_cut_again_and_again_comes_to_an_end() -> None:
    """Teeth of a comb, of which each cut takes off one; there are more than Python calls within calls."""
    wide = (8 * CELL_SIZE * MAX_CUT_DEPTH, 40 * CELL_SIZE)
    comb = np.zeros((wide[1] // CELL_SIZE, wide[0] // CELL_SIZE), bool)
    comb[:, ::4] = True
    found = cover_cells(comb, wide, 1.0)
    assert (marked(found, wide)[np.repeat(np.repeat(comb, CELL_SIZE, axis=0), CELL_SIZE, axis=1)] == 1).all()
