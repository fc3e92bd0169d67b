# SPDX-License-Identifier: GPL-3.0-or-later
"""Rectangles that hold marked cells of a picture: few and small where that is quickest, or exactly these cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CELL_SIZE = 4
"""Pixels along a side of the cells that are marked."""

MAX_CUT_DEPTH = 100
"""How often what was cut is cut again, at most."""

CellMask = NDArray[np.bool_]
"""Of a picture, shape (rows, columns), the lowest row first."""

Region = tuple[int, int, int, int]
"""Left, bottom, width, height, in pixels from the picture's lower left corner."""


def cover_cells(cells: CellMask, resolution: tuple[int, int], rectangle_cost: float) -> list[Region]:
    """Disjoint rectangles that hold all of the given cells, and cost little: each its pixels, and `start` pixels for
    its beginning. `size` is the picture's width and height.

    The rectangle around all is cut in two where most falls away, each half again, and what this has not made cheaper
    is put together again on the way back.
    """
    return _in_pixels(_cut(cells, 0, 0, rectangle_cost / CELL_SIZE**2, MAX_CUT_DEPTH)[1], resolution)


def cover_cells_exactly(cells: CellMask, resolution: tuple[int, int]) -> list[Region]:
    """Disjoint rectangles that hold the given cells of a picture of that size, and nothing else."""
    padded = np.pad(cells, ((0, 0), (1, 1))).astype(np.int8)
    change = np.diff(padded, axis=1)
    rows, starts = np.nonzero(change == 1)
    stops = np.nonzero(change == -1)[1]
    open_runs: dict[tuple[int, int], int] = {}
    found: list[list[int]] = []
    for row, start, stop in zip(rows.tolist(), starts.tolist(), stops.tolist(), strict=True):
        number = open_runs.get((start, stop))
        if number is not None and found[number][3] == row:
            found[number][3] = row + 1
        else:
            open_runs[start, stop] = len(found)
            found.append([start, row, stop, row + 1])
    return _in_pixels(found, resolution)


def _in_pixels(boxes: list[list[int]], size: tuple[int, int]) -> list[Region]:
    """Boxes x0, y0, x1, y1 of cells as regions that keep within the picture."""
    corners = np.minimum(np.array(boxes, np.int64).reshape(-1, 4) * CELL_SIZE, [*size, *size])
    return [(x0, y0, x1 - x0, y1 - y0) for x0, y0, x1, y1 in corners.tolist()]


def _cut(cells: CellMask, x: int, y: int, start: float, deepest: int) -> tuple[float, list[list[int]]]:
    """What boxes x0, y0, x1, y1 that hold the given cells cost, in cells, and these boxes; x and y: of the first."""
    rows, columns = (np.logical_or.reduce(cells, axis=axis) for axis in (1, 0))
    held, wide = np.flatnonzero(rows), np.flatnonzero(columns)
    if not len(held):
        return 0.0, []
    low, left = int(held[0]), int(wide[0])
    rows, columns = rows[low : held[-1] + 1], columns[left : wide[-1] + 1]
    cells, x, y = cells[low : held[-1] + 1, left : wide[-1] + 1], x + left, y + low
    height, width = cells.shape
    cost, boxes = start + width * height, [[x, y, x + width, y + height]]
    if deepest == 0 or width * height - np.count_nonzero(cells) <= start:
        return cost, boxes  # the best that could be has two boxes
    (across, column), (along, row) = _best(cells, columns), _best(cells.T, rows)
    if across <= along:
        halves = (cells[:, :column], x, y), (cells[:, column:], x + column, y)
    else:
        halves = (cells[:row], x, y), (cells[row:], x, y + row)
    (one, first), (other, second) = (_cut(*half, start, deepest - 1) for half in halves)
    return (one + other, first + second) if one + other < cost else (cost, boxes)


def _best(cells: CellMask, marked: CellMask) -> tuple[int, int]:
    """Of cells whose first and last row and column are not empty: before which column to cut them in two, so that the
    boxes around both halves hold the fewest cells, and how many these are. `marked`: which columns are not empty."""
    height, width = cells.shape
    if width < 2:
        return height * width, 0
    low = np.where(marked, cells.argmax(axis=0), height)
    high = np.where(marked, height - cells[::-1].argmax(axis=0), 0)
    columns = np.arange(width)
    # of both halves for every cut: the lowest and highest row, and, since columns may be empty, where the half ends
    before = np.maximum.accumulate(high) - np.minimum.accumulate(low), np.maximum.accumulate(marked * (columns + 1))
    low, high, begin = (each[::-1] for each in (low, high, np.where(marked, columns, width)))
    after = np.maximum.accumulate(high) - np.minimum.accumulate(low), width - np.minimum.accumulate(begin)
    held = (before[0] * before[1])[:-1] + (after[0] * after[1])[::-1][1:]
    column = int(np.argmin(held))
    return int(held[column]), column + 1
