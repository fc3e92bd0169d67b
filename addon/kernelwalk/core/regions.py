# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a frame's picture can differ from the still one, as rectangles that cost least to render.

A film costs what changes in it. Against a picture in which nothing is lit, a frame differs in the tiles that are lit
and in the connectors: small patches and thin slanting lines, which one rectangle around all would waste. So the places
are marked on a grid of cells, and rectangles are joined for as long as that saves time.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from .plan import Plan
from .reach import Floats
from .tilegrid import TileGrid

CELL = 8
"""Pixels along a side of the cells that are marked."""

REACH = 2.0
"""Pixels around what changes that change with it: Cycles' filter reaches 0.75, the rest is for rounding."""

START = 1400
"""What it costs to begin a rectangle, in samples of a pixel (measured: 1.2 ms, where a sample takes 0.85 us)."""

MOST = 400
"""Rectangles to begin joining with; where there are more, the cells are made larger."""

Region = tuple[int, int, int, int]
"""Left, bottom, width, height, in pixels from the picture's lower left corner."""


def still_frame(plan: Plan) -> int:
    """The frame to hold the others against: one in which nothing is lit if there is any, else the first."""
    dark = plan.channels["walk.lit"].at(np.array(plan.frames, np.float64)) == 0
    return int(plan.pictures[int(np.argmax(dark))])


def regions(plan: Plan, frame: int, still: int) -> list[Region]:
    """Disjoint rectangles outside of which the pictures of two frames are the same, pixel for pixel.

    That holds where no light goes from one surface to another. Where all or most of the picture may differ, it is one
    rectangle; where nothing does, there is none.
    """
    boxes = np.concatenate([_changed(plan, frame, still), *(_moving(plan, each) for each in {frame, still})])
    width, height = plan.spec.render.resolution
    # what lies outside of the picture, as when a user's camera is close, does not matter
    low = np.clip(np.floor(boxes[:, :2] - REACH), 0, [width, height]).astype(np.int64)
    high = np.clip(np.ceil(boxes[:, 2:] + REACH), 0, [width, height]).astype(np.int64)
    seen = (low < high).all(axis=1)
    return cover(low[seen], high[seen], (width, height), START / plan.spec.render.samples)


def cover(low: NDArray[np.int64], high: NDArray[np.int64], size: tuple[int, int], start: float) -> list[Region]:
    """Disjoint rectangles that hold all boxes from `low` to `high` (n, 2), and cost little: each its pixels, and
    `start` pixels for its beginning. `size` is the picture's width and height."""
    if not len(low):
        return []
    cell = CELL
    while True:
        found = _runs(_marked(low // cell, -(-high // cell), (-(-size[0] // cell), -(-size[1] // cell))))
        if len(found) <= MOST:
            break
        cell *= 2
    corners = np.minimum(_joined(found, start / cell**2) * cell, [*size, *size])
    return [(x0, y0, x1 - x0, y1 - y0) for x0, y0, x1, y1 in corners.tolist()]


def _changed(plan: Plan, frame: int, still: int) -> Floats:
    """Shape (n, 4): left, bottom, right and top, in pixels, of all tiles that have another colour on the one frame than
    on the other."""
    states = plan.state_at(frame), plan.state_at(still)
    boxes = []
    for grid in plan.grids:
        one, other = (grid.colors(state) for state in states)
        boxes.append(_tile_boxes(plan, grid, (one != other).any(axis=1)))
    return np.concatenate(boxes)


def _moving(plan: Plan, frame: int) -> Floats:
    """Shape (n, 4): the same of what moves, where it is on a frame."""
    if plan.lit_at(frame) == 0:
        return np.zeros((0, 4))
    found = []
    if plan.kernel is not None:
        found.append(_tile_boxes(plan, plan.kernel, np.ones(len(plan.kernel.cells), np.bool_), plan.moved_at(frame)))
    for each, points in zip(plan.lines, plan.lines_at(frame), strict=True):
        seen = _seen(plan, points)
        # an arch lies within its points; a straight line is thinner than the box around it
        around = [_around(seen)] if each.arched else [_around(_pieces(line)) for line in seen]
        width = each.width * plan.pixels
        found += [boxes + width / 2 * np.array([-1, -1, 1, 1]) for boxes in around]
    if plan.position is not None:
        found.append(np.array([plan.position]))
    return np.concatenate(found) if found else np.zeros((0, 4))


def _seen(plan: Plan, points: Floats) -> Floats:
    """Shape (..., 2): where points of the world lie in the picture, in pixels."""
    return plan.view.project(points) * np.array(plan.spec.render.resolution, np.float64)


def _tile_boxes(plan: Plan, grid: TileGrid, which: NDArray[np.bool_], moved: Floats | float = 0.0) -> Floats:
    """Shape (n, 4): around some of a grid's tiles."""
    half = grid.size / 2
    unit = np.array(list(itertools.product((-half, half), (-half, half), (0.0, 1.0))))
    stretch = np.ones((int(which.sum()), 1, 3))
    stretch[:, 0, 2] = np.array(grid.thickness)[grid.kinds[which]]
    return _around(_seen(plan, grid.places[which][:, None, :] + unit * stretch + moved))


def _pieces(line: Floats) -> Floats:
    """Shape (n, 2, 2): a line of shape (2, 2), in pixels, cut into pieces of about a cell."""
    count = 1 + int(np.abs(line[1] - line[0]).max() // CELL)
    points = line[0] + np.linspace(0, 1, count + 1)[:, None] * (line[1] - line[0])
    return np.stack([points[:-1], points[1:]], axis=1)


def _around(points: Floats) -> Floats:
    """Shape (n, 4): the box around each of n sets of points, shape (n, m, 2)."""
    return np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)


def _marked(low: NDArray[np.int64], high: NDArray[np.int64], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Shape (rows, columns): the cells that any box covers."""
    edges = np.zeros((size[1] + 1, size[0] + 1), np.int64)
    for x, y, sign in ((low[:, 0], low[:, 1], 1), (high[:, 0], low[:, 1], -1), (low[:, 0], high[:, 1], -1)):
        np.add.at(edges, (y, x), sign)
    np.add.at(edges, (high[:, 1], high[:, 0]), 1)
    marked: NDArray[np.bool_] = edges.cumsum(axis=0).cumsum(axis=1)[:-1, :-1] > 0
    return marked


def _runs(marked: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Shape (n, 4): rectangles x0, y0, x1, y1 that cover the marked cells exactly; equal runs of rows are one."""
    padded = np.pad(marked, ((0, 0), (1, 1))).astype(np.int8)
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
    return np.array(found)


def _joined(boxes: NDArray[np.int64], start: float) -> NDArray[np.int64]:
    """The rectangles, of which two become the one around both wherever that saves most, until nothing does.

    One that grows over others takes them in, so that the rectangles stay disjoint.
    """
    there = np.ones(len(boxes), np.bool_)
    saved = np.array([_saved(boxes, each, start) for each in boxes])
    np.fill_diagonal(saved, -np.inf)
    while saved.max() > 0:
        one, other = np.unravel_index(np.argmax(saved), saved.shape)
        box, met = boxes[one], there & (np.arange(len(boxes)) == other)
        while met.any():
            box = np.concatenate(
                [np.minimum(box[:2], boxes[met, :2].min(axis=0)), np.maximum(box[2:], boxes[met, 2:].max(axis=0))]
            )
            there &= ~met
            met = there & _overlap(boxes, box)
            met[one] = False
        boxes[one] = box
        saved[~there, :] = saved[:, ~there] = -np.inf
        saved[one, there] = saved[there, one] = _saved(boxes[there], box, start)
        saved[one, one] = -np.inf
    return boxes[there]


def _saved(boxes: NDArray[np.int64], box: NDArray[np.int64], start: float) -> Floats:
    """What each of `boxes` and `box` cost less as one."""
    around = _area(np.minimum(boxes[:, :2], box[:2]), np.maximum(boxes[:, 2:], box[2:]))
    return start + _area(boxes[:, :2], boxes[:, 2:]) + np.prod(box[2:] - box[:2]) - around


def _area(low: NDArray[np.int64], high: NDArray[np.int64]) -> Floats:
    return np.prod(high - low, axis=1, dtype=np.float64)


def _overlap(boxes: NDArray[np.int64], box: NDArray[np.int64]) -> NDArray[np.bool_]:
    met = (boxes[:, :2] < box[2:]) & (box[:2] < boxes[:, 2:])
    return met[:, 0] & met[:, 1]
