# SPDX-License-Identifier: GPL-3.0-or-later
"""Convex shapes in the picture, cut into the rows of squares on which they show."""

from __future__ import annotations

import itertools

import numpy as np

from ..arrays import Floats, Integers
from .rectangle_cover import SQUARE_SIZE

FILTER_MARGIN = 1.0
"""Pixels around a change that change with it. Cycles' filter reaches 0.75 from the middle of a pixel, which is 0.25
from its edge; the rest is for rounding."""

OCTAGON = np.array([[x, y] for a, b in [(1, 2**0.5 - 1), (2**0.5 - 1, 1)] for x in (-a, a) for y in (-b, b)])
"""The corners of an octagon around the circle of radius 1, shape (8, 2)."""

BOXES_AT_ONCE = 4096
"""Boxes that are computed together, so that those of many tiles need little memory."""


def find_row_boxes(points: Floats, height: int) -> tuple[Floats, Integers]:
    """Return boxes around the convex hull of each of n sets of points, one for each row of squares.

    points: shape (n, m, 2), in pixels
    height: of the picture

    Returns boxes of shape (k, 4), left, bottom, right and top, in pixels, and the number of the set around which each
    of them is, shape (k,). With FILTER_MARGIN around it, a box stays in its row, and covers all of the hull whose
    change shows there.
    """
    low, high = points[..., 1].min(axis=1), points[..., 1].max(axis=1)
    last_row = (height - 1) // SQUARE_SIZE
    first, last = (
        np.floor(edge / SQUARE_SIZE).clip(-1, last_row + 1).astype(np.int64)
        for edge in (low - FILTER_MARGIN, high + FILTER_MARGIN)
    )
    first, last = first.clip(0), last.clip(None, last_row)
    counts = (last - first + 1).clip(0)
    owners = np.repeat(np.arange(len(points)), counts)
    rows = np.arange(len(owners)) + np.repeat(first - np.cumsum(counts) + counts, counts)
    boxes = np.empty((len(owners), 4))
    boxes[:, 1] = rows * SQUARE_SIZE + FILTER_MARGIN
    boxes[:, 3] = (rows + 1) * SQUARE_SIZE - FILTER_MARGIN
    for start in range(0, len(owners), BOXES_AT_ONCE):
        some = slice(start, start + BOXES_AT_ONCE)
        boxes[some, 0], boxes[some, 2] = _find_extents(points[owners[some]], rows[some])
    return boxes, owners


def _find_extents(points: Floats, rows: Integers) -> tuple[Floats, Floats]:
    """Return the least and the greatest x of each of k convex hulls, points (k, m, 2), near a row of squares (k,)."""
    starts, ends = np.array(list(itertools.combinations(range(points.shape[1]), 2))).T
    (x, y), (other_x, other_y) = (np.moveaxis(points[:, which], 2, 0) for which in (starts, ends))
    bottom = (rows * SQUARE_SIZE - FILTER_MARGIN)[:, None]
    top = bottom + SQUARE_SIZE + 2 * FILTER_MARGIN
    climb = other_y - y
    level = climb == 0
    climb = np.where(level, 1.0, climb)
    is_near = (np.maximum(y, other_y) >= bottom) & (np.minimum(y, other_y) <= top)
    # the ends of what lies near the row, of each line between two points; all of it if it is level
    crossings = [
        x + np.where(level, share, ((edge - y) / climb).clip(0, 1)) * (other_x - x)
        for share, edge in ((0.0, bottom), (1.0, top))
    ]
    least = np.where(is_near, np.minimum(*crossings), np.inf).min(axis=1)
    greatest = np.where(is_near, np.maximum(*crossings), -np.inf).max(axis=1)
    return least, greatest
