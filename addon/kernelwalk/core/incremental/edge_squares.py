# SPDX-License-Identifier: GPL-3.0-or-later
"""Squares of a picture in which more than one color may show.

Where flat surfaces, or none, cover all of a pixel's filter, every sample of the pixel sees the same color. So one
sample is enough there, and only the other squares need them all. Two surfaces may lie one over the other: Cycles always
goes on behind the first, and leaves out by chance only surfaces behind the second
(intern/cycles/kernel/integrator/intersect_closest.h).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..arrays import Booleans, Floats, Integers
from .rectangle_cover import SQUARE_SIZE, SquareMask
from .square_rows import FILTER_MARGIN, OCTAGON, find_row_boxes


class DrawnShape(NamedTuple):
    """A surface as it lies in the picture.

    points:  shape (n, 2), in pixels from the lower left corner
    depths:  distance of each point from the camera, along its axis, shape (n,)
    edges:   numbers of the points that each edge joins, shape (k, 2)
    faces:   numbers of the corners of faces, shape (m, corners): an array for each number of corners
    is_flat: for each of these arrays, which faces have one color wherever they are seen, shape (m,)
    reach:   pixels around an edge within which another color may show on the surface
    """

    points: Floats
    depths: Floats
    edges: Integers
    faces: Sequence[Integers]
    is_flat: Sequence[Booleans]
    reach: float = 0.0


def find_edge_squares(shapes: Sequence[DrawnShape], resolution: tuple[int, int]) -> SquareMask:
    """Return a mask of the squares in which more than one color may show, by what is drawn, shape (rows, columns).

    They hold an edge, a face that is not flat, three faces, or two of which either may be the nearer one.
    """
    width, height = resolution
    size = -(-height // SQUARE_SIZE), -(-width // SQUARE_SIZE)
    mask, layers = np.zeros(size, np.bool_), np.zeros(size, np.int64)
    # of the faces in each square
    last_begin, first_end = np.full(size, -np.inf), np.full(size, np.inf)
    for shape in shapes:
        ends = shape.points[shape.edges]
        if shape.reach:
            ends = (ends[:, :, None] + shape.reach * OCTAGON).reshape(len(ends), 2 * len(OCTAGON), 2)
        rows, columns, _ = _find_squares(ends, resolution)
        mask[rows, columns] = True
        for corners, is_flat in zip(shape.faces, shape.is_flat, strict=True):
            rows, columns, owners = _find_squares(shape.points[corners], resolution)
            is_uneven = ~is_flat[owners]
            mask[rows[is_uneven], columns[is_uneven]] = True
            depths = shape.depths[corners]
            np.add.at(layers, (rows, columns), 1)
            np.maximum.at(last_begin, (rows, columns), depths.min(axis=1)[owners])
            np.minimum.at(first_end, (rows, columns), depths.max(axis=1)[owners])
    mask |= (layers > 2) | ((layers == 2) & (last_begin <= first_end))
    return mask


def _find_squares(points: Floats, resolution: tuple[int, int]) -> tuple[Integers, Integers, Integers]:
    """Return rows and columns of the squares in which each of n convex hulls shows, and the number of each's hull.

    points: shape (n, m, 2), in pixels
    """
    boxes, owners = find_row_boxes(points, resolution[1])
    low = np.floor(boxes[:, 0] - FILTER_MARGIN).clip(0, resolution[0]).astype(np.int64) // SQUARE_SIZE
    high = -(-np.ceil(boxes[:, 2] + FILTER_MARGIN).clip(0, resolution[0]).astype(np.int64) // SQUARE_SIZE)
    counts = (high - low).clip(0)
    columns = np.arange(counts.sum()) + np.repeat(low - np.cumsum(counts) + counts, counts)
    rows = np.repeat((boxes[:, 1] // SQUARE_SIZE).astype(np.int64), counts)
    return rows, columns, np.repeat(owners, counts)
