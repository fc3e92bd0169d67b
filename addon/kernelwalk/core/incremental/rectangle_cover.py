# SPDX-License-Identifier: GPL-3.0-or-later
"""Rectangles that cover marked squares of a picture: at the least cost, or exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SQUARE_SIZE = 4
"""Side of the squares that are marked, in pixels."""

MAX_CUT_DEPTH = 100
"""Bound of the recursion: how often a half is cut again."""

SquareMask = NDArray[np.bool_]
"""Marked squares of a picture, shape (rows, columns), the lowest row first."""

Region = tuple[int, int, int, int]
"""Left, bottom, width, height, in pixels from the picture's lower left corner."""


def cover_squares(
    squares: SquareMask, resolution: tuple[int, int], rectangle_cost: float, margin: int = 0
) -> list[Region]:
    """Return disjoint rectangles that hold all marked squares, and cost little.

    A rectangle costs its pixels, those of a margin around it, and `rectangle_cost` more. The rectangle around all
    squares is cut in two where most falls away, each half again; cuts that have not made the whole cheaper are undone
    on the way back.

    >>> squares = np.zeros((4, 6), bool)
    >>> squares[0, 0] = squares[3, 5] = True
    >>> cover_squares(squares, (24, 16), rectangle_cost=10)
    [(0, 0, 4, 4), (20, 12, 4, 4)]
    >>> cover_squares(squares, (24, 16), rectangle_cost=1000)
    [(0, 0, 24, 16)]
    """
    costs = rectangle_cost / SQUARE_SIZE**2, 2 * margin / SQUARE_SIZE
    return _to_regions(_cut(squares, 0, 0, *costs, MAX_CUT_DEPTH)[1], resolution)


def cover_squares_exactly(squares: SquareMask, resolution: tuple[int, int]) -> list[Region]:
    """Return disjoint rectangles that hold the marked squares and nothing else."""
    padded = np.pad(squares, ((0, 0), (1, 1))).astype(np.int8)
    change = np.diff(padded, axis=1)
    rows, starts = np.nonzero(change == 1)
    stops = np.nonzero(change == -1)[1]
    open_runs: dict[tuple[int, int], int] = {}
    boxes: list[list[int]] = []
    for row, start, stop in zip(rows.tolist(), starts.tolist(), stops.tolist(), strict=True):
        number = open_runs.get((start, stop))
        if number is not None and boxes[number][3] == row:
            boxes[number][3] = row + 1
        else:
            open_runs[start, stop] = len(boxes)
            boxes.append([start, row, stop, row + 1])
    return _to_regions(boxes, resolution)


def _to_regions(boxes: list[list[int]], resolution: tuple[int, int]) -> list[Region]:
    """Return boxes x0, y0, x1, y1 of squares as regions inside the picture."""
    corners = np.minimum(np.array(boxes, np.int64).reshape(-1, 4) * SQUARE_SIZE, [*resolution, *resolution])
    return [(x0, y0, x1 - x0, y1 - y0) for x0, y0, x1, y1 in corners.tolist()]


def _cut(
    squares: SquareMask, x: int, y: int, box_cost: float, rim: float, max_depth: int
) -> tuple[float, list[list[int]]]:
    """Return boxes x0, y0, x1, y1 that hold the marked squares, and before them their cost, in squares.

    x, y: of the first square
    rim:  by how many squares the margin makes a box wider and higher
    """
    rows, columns = (np.logical_or.reduce(squares, axis=axis) for axis in (1, 0))
    marked_rows, marked_columns = np.flatnonzero(rows), np.flatnonzero(columns)
    if not len(marked_rows):
        return 0.0, []
    low, left = int(marked_rows[0]), int(marked_columns[0])
    rows, columns = rows[low : marked_rows[-1] + 1], columns[left : marked_columns[-1] + 1]
    squares, x, y = squares[low : marked_rows[-1] + 1, left : marked_columns[-1] + 1], x + left, y + low
    height, width = squares.shape
    area = (width + rim) * (height + rim)
    cost, boxes = box_cost + area, [[x, y, x + width, y + height]]
    # several boxes together hold all marked squares, and are as wide and high as all marked columns and rows
    falls_away = width * height - np.count_nonzero(squares)
    falls_away += rim * (width - np.count_nonzero(columns) + height - np.count_nonzero(rows))
    if max_depth == 0 or falls_away <= box_cost + rim**2:
        return cost, boxes  # two boxes cannot be cheaper
    (area_by_column, column), (area_by_row, row) = _find_best_cut(squares, columns), _find_best_cut(squares.T, rows)
    if area_by_column <= area_by_row:
        halves = (squares[:, :column], x, y), (squares[:, column:], x + column, y)
    else:
        halves = (squares[:row], x, y), (squares[row:], x, y + row)
    (first_cost, first), (second_cost, second) = (_cut(*half, box_cost, rim, max_depth - 1) for half in halves)
    return (first_cost + second_cost, first + second) if first_cost + second_cost < cost else (cost, boxes)


def _find_best_cut(squares: SquareMask, marked: SquareMask) -> tuple[int, int]:
    """Return the column before which a cut makes the boxes around both halves smallest, and before it their area.

    squares:  whose first and last row and column are not empty
    marked: which columns are not empty
    """
    height, width = squares.shape
    if width < 2:
        return height * width, 0
    low = np.where(marked, squares.argmax(axis=0), height)
    high = np.where(marked, height - squares[::-1].argmax(axis=0), 0)
    columns = np.arange(width)
    # for each cut, the height of both halves and, since columns may be empty, their width
    left = np.maximum.accumulate(high) - np.minimum.accumulate(low), np.maximum.accumulate(marked * (columns + 1))
    low, high, begin = (values[::-1] for values in (low, high, np.where(marked, columns, width)))
    right = np.maximum.accumulate(high) - np.minimum.accumulate(low), width - np.minimum.accumulate(begin)
    areas = (left[0] * left[1])[:-1] + (right[0] * right[1])[::-1][1:]
    column = int(np.argmin(areas))
    return int(areas[column]), column + 1
