# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures composed from cached squares equal those rendered in full."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core.incremental.rectangle_cover import SQUARE_SIZE, cover_squares
from kernelwalk_pipeline.worker.square_cache import SquareCache

ROWS, COLUMNS = 3, 5
SIZES = st.tuples(
    st.integers(COLUMNS * SQUARE_SIZE - SQUARE_SIZE + 1, COLUMNS * SQUARE_SIZE),
    st.integers(2 * SQUARE_SIZE + 1, ROWS * SQUARE_SIZE),
)
HASHES = st.lists(st.integers(0, 3), min_size=ROWS * COLUMNS, max_size=ROWS * COLUMNS)


def render(hashes: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return a picture whose squares show their hashes, over a pattern in which neighboring pixels differ."""
    repeated = np.repeat(np.repeat(hashes, SQUARE_SIZE, axis=0), SQUARE_SIZE, axis=1)
    pixels = repeated[: size[1], : size[0]].astype(np.uint8) * 50
    pattern = np.add.outer(np.arange(size[1]), 3 * np.arange(size[0])) % 7
    return np.repeat((pixels + pattern.astype(np.uint8))[::-1, :, None], 3, axis=2)


@given(size=SIZES, films=st.lists(HASHES, max_size=6), rectangle_cost=st.sampled_from([1.0, 200.0]))
def test_composed_pictures_equal_full_renders(
    size: tuple[int, int], films: list[list[int]], rectangle_cost: float
) -> None:
    cache = SquareCache(render(np.zeros((ROWS, COLUMNS)), size))
    for values in films:
        hashes = np.array(values, np.uint64).reshape(ROWS, COLUMNS)
        expected = render(hashes, size)
        regions = cover_squares(cache.missing_squares(hashes), size, rectangle_cost)
        cache.reserve(hashes, regions)
        cache.store(regions, [expected[size[1] - y - h : size[1] - y, x : x + w] for x, y, w, h in regions])
        assert np.array_equal(cache.compose(hashes), expected)
        assert not cache.missing_squares(hashes).any()


def test_only_new_cells_are_missing() -> None:
    size = COLUMNS * SQUARE_SIZE, ROWS * SQUARE_SIZE
    cache = SquareCache(render(np.zeros((ROWS, COLUMNS)), size))
    hashes = np.zeros((ROWS, COLUMNS), np.uint64)
    hashes[1, 1:4] = 7
    assert cache.missing_squares(hashes).sum() == 3
    cache.reserve(hashes, cover_squares(cache.missing_squares(hashes), size, 1.0))
    hashes[1, 1:4] = 0, 7, 8
    hashes[2, 2] = 7
    assert np.argwhere(cache.missing_squares(hashes)).tolist() == [[1, 3], [2, 2]]
