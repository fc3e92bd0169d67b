# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures composed from cached squares equal those rendered in full."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core.incremental.rectangle_cover import SQUARE_SIZE, cover_squares
from kernelwalk_pipeline.worker.square_cache import SquareCache, find_missing_squares

ROWS, COLUMNS = 3, 5
SIZES = st.tuples(
    st.integers(COLUMNS * SQUARE_SIZE - SQUARE_SIZE + 1, COLUMNS * SQUARE_SIZE),
    st.integers(2 * SQUARE_SIZE + 1, ROWS * SQUARE_SIZE),
)
HASHES = st.lists(st.integers(0, 5), min_size=ROWS * COLUMNS, max_size=ROWS * COLUMNS)


def render(hashes: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return a picture whose squares show their hashes, over a pattern in which neighboring pixels differ."""
    repeated = np.repeat(np.repeat(hashes, SQUARE_SIZE, axis=0), SQUARE_SIZE, axis=1)
    pixels = repeated[: size[1], : size[0]].astype(np.uint8) * 40
    pattern = np.add.outer(np.arange(size[1]), 3 * np.arange(size[0])) % 7
    return np.repeat((pixels + pattern.astype(np.uint8))[::-1, :, None], 3, axis=2)


def add_frame(cache: SquareCache, hashes: np.ndarray, rectangle_cost: float = 1.0) -> tuple[np.ndarray, int]:
    """Return a frame's composed picture, and the number of squares that had to be rendered for it."""
    size = cache.base.shape[1::-1]
    numbers = cache.find_numbers(hashes)
    missing = find_missing_squares(hashes, numbers)
    regions = cover_squares(missing, size, rectangle_cost)
    new = cache.reserve(hashes, numbers, regions)
    expected = render(hashes, size)
    parts = [expected[size[1] - y - h : size[1] - y, x : x + w] for x, y, w, h in regions]
    picture = cache.compose(numbers, regions, parts)
    cache.store(new, picture)
    return picture, int(missing.sum())


@given(
    size=SIZES,
    films=st.lists(HASHES, max_size=6),
    rectangle_cost=st.sampled_from([1.0, 200.0]),
    squares=st.integers(1, 3 * ROWS * COLUMNS),
)
def test_composed_pictures_equal_full_renders(
    size: tuple[int, int], films: list[list[int]], rectangle_cost: float, squares: int
) -> None:
    """Also where the memory holds few squares: some are forgotten before, or while, they are needed again."""
    cache = SquareCache(render(np.zeros((ROWS, COLUMNS)), size), squares * 3 * SQUARE_SIZE**2)
    for values in films:
        hashes = np.array(values, np.uint64).reshape(ROWS, COLUMNS)
        assert np.array_equal(add_frame(cache, hashes, rectangle_cost)[0], render(hashes, size))
        assert len(cache._keys) <= squares


def test_only_contents_that_a_square_has_never_had_are_missing() -> None:
    cache = SquareCache(render(np.zeros((ROWS, COLUMNS)), (COLUMNS * SQUARE_SIZE, ROWS * SQUARE_SIZE)))
    contents = [(2, 2, 2), (0, 4, 2), (4, 2, 4), (2, 4, 2), (3, 2, 2), (3, 2, 2)]
    counts = []
    for values in contents:
        hashes = np.zeros((ROWS, COLUMNS), np.uint64)
        hashes[1, 1:4] = values
        counts.append(add_frame(cache, hashes)[1])
    assert counts == [3, 1, 2, 0, 1, 1], "what moves is rendered every time"
    assert len(cache._keys) == 6, "and not remembered"


def test_the_next_frame_may_be_planned_before_a_frame_is_stored() -> None:
    """Even if the memory has just forgotten, for the next frame, what this one shows."""
    size = COLUMNS * SQUARE_SIZE, ROWS * SQUARE_SIZE
    cache = SquareCache(render(np.zeros((ROWS, COLUMNS)), size), 2 * 3 * SQUARE_SIZE**2)
    pending: list[tuple] = []

    def finish() -> None:
        hashes, numbers, regions, new = pending.pop(0)
        expected = render(hashes, size)
        parts = [expected[size[1] - y - h : size[1] - y, x : x + w] for x, y, w, h in regions]
        picture = cache.compose(numbers, regions, parts)
        assert np.array_equal(picture, expected)
        cache.store(new, picture)

    for values in [(2, 0, 0), (2, 4, 0), (2, 4, 2), (2, 4, 4), (4, 2, 2), (2, 2, 2)]:
        hashes = np.zeros((ROWS, COLUMNS), np.uint64)
        hashes[1, 1:4] = values
        numbers = cache.find_numbers(hashes)
        regions = cover_squares(find_missing_squares(hashes, numbers), size, 1.0)
        pending.append((hashes, numbers, regions, cache.reserve(hashes, numbers, regions)))
        if len(pending) > 1:
            finish()
    finish()
