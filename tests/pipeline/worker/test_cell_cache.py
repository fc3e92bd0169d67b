# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures that are made of what was rendered before are those that would have been rendered."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core.incremental.rectangle_cover import CELL_SIZE, cover_cells
from kernelwalk_pipeline.worker.cell_cache import CellCache

ROWS, COLUMNS = 3, 5
SIZES = st.tuples(
    st.integers(COLUMNS * CELL_SIZE - CELL_SIZE + 1, COLUMNS * CELL_SIZE),
    st.integers(2 * CELL_SIZE + 1, ROWS * CELL_SIZE),
)
MARKS = st.lists(st.integers(0, 3), min_size=ROWS * COLUMNS, max_size=ROWS * COLUMNS)


def rendered(marks: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A picture in which every cell shows its number, and a pattern that tells a pixel from its neighbours."""
    pixels = (
        np.repeat(np.repeat(marks, CELL_SIZE, axis=0), CELL_SIZE, axis=1)[: size[1], : size[0]].astype(np.uint8) * 50
    )
    pattern = np.add.outer(np.arange(size[1]), 3 * np.arange(size[0])) % 7
    return np.repeat((pixels + pattern.astype(np.uint8))[::-1, :, None], 3, axis=2)


@given(size=SIZES, films=st.lists(MARKS, max_size=6), start=st.sampled_from([1.0, 200.0]))
def test_pictures_are_as_if_rendered_in_whole(size: tuple[int, int], films: list[list[int]], start: float) -> None:
    memory = CellCache(rendered(np.zeros((ROWS, COLUMNS)), size))
    for each in films:
        marks = np.array(each, np.uint64).reshape(ROWS, COLUMNS)
        wanted = rendered(marks, size)
        areas = cover_cells(memory.missing_cells(marks), size, start)
        memory.reserve(marks, areas)
        memory.store(areas, [wanted[size[1] - y - h : size[1] - y, x : x + w] for x, y, w, h in areas])
        assert np.array_equal(memory.compose(marks), wanted)
        assert not memory.missing_cells(marks).any()


def test_only_what_is_new_is_lacking() -> None:
    size = COLUMNS * CELL_SIZE, ROWS * CELL_SIZE
    memory = CellCache(rendered(np.zeros((ROWS, COLUMNS)), size))
    marks = np.zeros((ROWS, COLUMNS), np.uint64)
    marks[1, 1:4] = 7
    assert memory.missing_cells(marks).sum() == 3
    memory.reserve(marks, cover_cells(memory.missing_cells(marks), size, 1.0))
    marks[1, 1:4] = 0, 7, 8
    marks[2, 2] = 7
    assert np.argwhere(memory.missing_cells(marks)).tolist() == [[1, 3], [2, 2]]
