# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a frame's picture can differ from the still one, as rectangles that cost least to render.

A film costs what changes in it. Against a picture in which nothing is lit, a frame differs in the tiles that are lit
and in the connectors: small patches and thin slanting lines, which one rectangle around all would waste. So the places
are marked on a grid of cells, which rectangles are to cover. What is seen in a cell is told by a number, so that one in
which a tile stays lit from frame to frame need not be rendered again.
"""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..plan.plan import Plan
from ..tiles.tile_grid import TileGrid, WalkState
from ..walk.activation import Floats
from .rectangle_cover import CELL_SIZE, Region, cover_cells

FILTER_MARGIN = 1.0
"""Pixels around what changes that change with it: from a pixel's middle Cycles' filter reaches 0.75, which is 0.25 from
its edge; the rest is for rounding."""

RECTANGLE_COST = 300
"""What it costs to begin a rectangle, in samples of a pixel (measured: 0.35 ms; a sample takes two cores 1 us and more
where tiles and lines are)."""

CellHashes = NDArray[np.uint64]


def find_base_frame(plan: Plan) -> int:
    """The frame to hold the others against: one in which all stands and nothing is lit if there is any, else the first
    in which all stands."""
    frames = np.array(plan.frames, np.float64)
    dark = plan.curves["walk.lit"].value_at(frames) == 0
    stands = np.ones(len(frames), np.bool_)
    for target, found in plan.curves.items():
        if target.startswith("shown."):
            stands &= found.value_at(frames) == 1
    return int(plan.unique_frames[int(np.argmax(stands * (1 + dark)))])


def find_changed_regions(plan: Plan, frame: int, base_frame: int) -> list[Region]:
    """Disjoint rectangles outside of which the pictures of two frames are the same, pixel for pixel.

    That holds where no light goes from one surface to another, and the camera stands still: where it has moved, it is
    the whole picture. Where all or most of the picture may differ, it is one rectangle; where nothing does, there is
    none.
    """
    marks = hash_cells(plan, frame, make_base_frame(plan, base_frame))
    return cover_cells(marks != 0, plan.spec.render.resolution, RECTANGLE_COST / plan.spec.render.samples)


class BaseFrame(NamedTuple):
    """The still frame, and what all others are held against: how each grid's tiles look on it, and where what moves
    is, shape (n, 4), in pixels."""

    frame: int
    tile_states: list[Floats]
    moving_boxes: Floats


def make_base_frame(plan: Plan, frame: int) -> BaseFrame:
    """A frame as the still one."""
    state = plan.state_at(frame)
    return BaseFrame(frame, [_looks(grid, state) for grid in plan.grids], _moving(plan, frame))


def hash_cells(plan: Plan, frame: int, base: BaseFrame) -> CellHashes:
    """What each cell of the picture shows on a frame, as a number; 0 where it is as on the still frame.

    Shape (rows, columns), the lowest row first. Cells at the same place that have the same number on two frames show
    the same pixels, on the terms of `regions`. A cell's number is the sum of those of all that reaches into it and is
    not as on the still frame: of tiles in what state they are, of what moves on which frame.
    """
    width, height = plan.spec.render.resolution
    shape = -(-height // CELL_SIZE), -(-width // CELL_SIZE)
    if plan.view_at(frame) != plan.view_at(base.frame) or any(
        (plan.grid_opacities_at(each) < 1).any() for each in (frame, base.frame)
    ):
        # the camera has moved; or a grid is seen through, and so are its shadows
        return np.full(shape, _numbers(np.array([[frame]]))[0])
    found = _changed(plan, frame, base)
    for each, boxes in {frame: _moving(plan, frame), base.frame: base.moving_boxes}.items():
        found.append((boxes, np.repeat(_numbers(np.array([[each]])), len(boxes))))
    boxes, numbers = (np.concatenate(each) for each in zip(*found, strict=True))
    # what lies outside of the picture, as when a user's camera is close, does not matter
    low = np.clip(np.floor(boxes[:, :2] - FILTER_MARGIN), 0, [width, height]).astype(np.int64)
    high = np.clip(np.ceil(boxes[:, 2:] + FILTER_MARGIN), 0, [width, height]).astype(np.int64)
    seen = (low < high).all(axis=1)
    return _summed(low[seen] // CELL_SIZE, -(-high[seen] // CELL_SIZE), numbers[seen], shape)


def _changed(plan: Plan, frame: int, still: BaseFrame) -> list[tuple[Floats, CellHashes]]:
    """For each grid the boxes of the tiles that do not look on the frame as they do on the still one, shape (n, 4):
    left, bottom, right and top, in pixels; and what each looks like, as a number."""
    found = []
    state = plan.state_at(frame)
    for number, (grid, before) in enumerate(zip(plan.grids, still.tile_states, strict=True)):
        now = _looks(grid, state)
        changed = (now != before).any(axis=1)
        which = np.column_stack([np.full(int(changed.sum()), number), np.flatnonzero(changed)])
        found.append((_tile_boxes(plan, grid, changed), _numbers(np.column_stack([which, now[changed]]))))
    return found


def _looks(grid: TileGrid, state: WalkState) -> Floats:
    """Shape (n, m): all that a tile's picture depends on at a moment."""
    looks = [grid.colors_at(state)]
    if grid.occlusion_ranges is not None:
        looks.append(grid.opacities_at(state)[:, None])
    if grid.lift > 0:
        looks.append((grid.activation_at(state.position) * state.activity)[:, None])
    return np.concatenate(looks, axis=1)


def _moving(plan: Plan, frame: int) -> Floats:
    """Shape (n, 4): the same of what moves, where it is on a frame."""
    if plan.activity_at(frame) == 0:
        return np.zeros((0, 4))
    found = []
    if plan.kernel is not None:
        found.append(
            _tile_boxes(plan, plan.kernel, np.ones(len(plan.kernel.cells), np.bool_), plan.kernel_offset_at(frame))
        )
    for each, points in zip(plan.lines, plan.lines_at(frame), strict=True):
        seen = _seen(plan, points)
        # an arch lies within its points; a straight line is thinner than the box around it
        around = [_around(seen)] if each.is_arched else [_around(_pieces(line)) for line in seen]
        width = each.width * plan.pixels_per_unit
        if each.is_arched and plan.view.distance is not None:  # of one width, from end to end
            width *= plan.view.far / plan.view.near
        found += [boxes + width / 2 * np.array([-1, -1, 1, 1]) for boxes in around]
    found += [_frustum_boxes(seen) for seen in _seen(plan, plan.frustum_at(frame))]
    if plan.counter_box is not None:
        found.append(np.array([plan.counter_box]))
    return np.concatenate(found) if found else np.zeros((0, 4))


def _frustum_boxes(points: Floats) -> Floats:
    """Shape (n, 4): boxes about as high as a cell that cover all between points (m, 2), in pixels."""
    low, high = points[:, 1].min(), points[:, 1].max()
    edges = np.linspace(low, high, 2 + int((high - low) // CELL_SIZE))
    one, other = (points[list(each)] for each in zip(*itertools.combinations(range(len(points)), 2), strict=True))
    climb = other[:, 1] - one[:, 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (edges[:, None] - one[:, 1]) / climb
    # where the lines between all points cross the bands' edges; and the points themselves, in the bands that hold them
    across = np.where((share >= 0) & (share <= 1), one[:, 0] + share * (other[:, 0] - one[:, 0]), np.nan)
    within = (points[:, 1] >= edges[:-1, None] - 1e-9) & (points[:, 1] <= edges[1:, None] + 1e-9)
    held = np.where(within, points[:, 0], np.nan)
    all_x = np.concatenate([across[:-1], across[1:], held], axis=1)
    return np.column_stack([np.nanmin(all_x, axis=1), edges[:-1], np.nanmax(all_x, axis=1), edges[1:]])


def _seen(plan: Plan, points: Floats) -> Floats:
    """Shape (..., 2): where points of the world lie in the picture, in pixels."""
    return plan.view.project(points) * np.array(plan.spec.render.resolution, np.float64)


def _tile_boxes(plan: Plan, grid: TileGrid, which: NDArray[np.bool_], moved: Floats | float = 0.0) -> Floats:
    """Shape (n, 4): around some of a grid's tiles, wherever they have risen to."""
    half = grid.size / 2
    unit = np.array(list(itertools.product((-half, half), (-half, half), (0.0, 1.0))))
    stretch = np.ones((int(which.sum()), 1, 3))
    stretch[:, 0, 2] = np.array(grid.thicknesses)[grid.kinds[which]] + grid.lift
    return _around(_seen(plan, grid.base_centers[which][:, None, :] + unit * stretch + moved))


def _pieces(line: Floats) -> Floats:
    """Shape (n, 2, 2): a line of shape (2, 2), in pixels, cut into pieces of about a cell."""
    count = 1 + int(np.abs(line[1] - line[0]).max() // CELL_SIZE)
    points = line[0] + np.linspace(0, 1, count + 1)[:, None] * (line[1] - line[0])
    return np.stack([points[:-1], points[1:]], axis=1)


def _around(points: Floats) -> Floats:
    """Shape (n, 4): the box around each of n sets of points, shape (n, m, 2)."""
    return np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)


def _numbers(rows: NDArray[Any]) -> CellHashes:
    """Shape (n,): for each row (n, m) a number that only an equal row has, as good as certainly: SplitMix64 (Steele,
    Lea, Flood 2014) over its values."""
    found = np.zeros(len(rows), np.uint64)
    for column in np.ascontiguousarray(rows.T, np.float64).view(np.uint64):
        found = (found ^ column) + np.uint64(0x9E3779B97F4A7C15)
        found = (found ^ (found >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        found = (found ^ (found >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        found ^= found >> np.uint64(31)
    return found


def _summed(low: NDArray[np.int64], high: NDArray[np.int64], numbers: CellHashes, shape: tuple[int, int]) -> CellHashes:
    """Shape (rows, columns): the sum of the numbers of all boxes that cover a cell, modulo 2**64."""
    edges = np.zeros((shape[0] + 1, shape[1] + 1), np.uint64)
    for x, y in ((low[:, 0], low[:, 1]), (high[:, 0], high[:, 1])):
        np.add.at(edges, (y, x), numbers)
    for x, y in ((high[:, 0], low[:, 1]), (low[:, 0], high[:, 1])):
        np.subtract.at(edges, (y, x), numbers)
    return edges.cumsum(axis=0).cumsum(axis=1)[:-1, :-1]
