# SPDX-License-Identifier: GPL-3.0-or-later
"""Regions in which a frame can differ from the base frame.

A frame differs from the base frame, in which nothing is active, in the active tiles and in the connectors: small
patches and thin slanting lines, around which one rectangle would be mostly waste. So the picture is divided into small
squares, and rectangles cover those in which anything changes. A hash of each square's content tells that a tile has
stayed active from one frame to the next, and need not be rendered again.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats, Integers
from ..plan.plan import Plan
from ..tiles.tile_grid import TileGrid
from ..tiles.walk_state import WalkState
from .rectangle_cover import SQUARE_SIZE, Region, cover_squares_exactly
from .square_rows import FILTER_MARGIN, OCTAGON, find_row_boxes

SUM_IDENTITY = -1.0
"""Number that tells the hash of a sum from those of tiles and frames."""

SquareHashes = NDArray[np.uint64]


def find_base_frame(plan: Plan) -> int:
    """Return the base frame: the first in which all grids have appeared and nothing is active.

    If there is none, it is the first in which all grids have appeared.
    """
    frames = np.array(plan.frames, np.float64)
    is_idle = plan.curves["walk.active"].value_at(frames) == 0
    is_complete = np.ones(len(frames), np.bool_)
    for target, curve in plan.curves.items():
        if target.startswith("shown."):
            is_complete &= curve.value_at(frames) == 1
    return int(plan.unique_frames[int(np.argmax(is_complete * (1 + is_idle)))])


def find_changed_regions(plan: Plan, frame: int, base_frame: int) -> list[Region]:
    """Return disjoint rectangles outside of which two frames are the same, pixel for pixel.

    They are the same only if no light goes from one surface to another. A camera that has moved, and a grid that is
    still appearing, change the whole picture. There is one rectangle if all of the picture may differ, and none if
    nothing does.
    """
    hashes = hash_squares(plan, frame, make_base_frame(plan, base_frame))
    return cover_squares_exactly(hashes != 0, plan.spec.render.resolution)


class BaseFrame(NamedTuple):
    """The base frame, in the form in which others are compared with it.

    state:        of the walk
    tile_states:  what determines the appearance of each tile, by grid; None for one that shows no history
    moving_boxes: shape (n, 4), around what moves, in pixels
    beside:       the same of the layer beside the plan's; None if there is none
    """

    frame: int
    state: WalkState
    tile_states: list[Floats | None]
    moving_boxes: Floats
    beside: BaseFrame | None = None


def make_base_frame(plan: Plan, frame: int) -> BaseFrame:
    """Build a base frame from the frame of that number."""
    state = plan.state_at(frame)
    beside = None if plan.beside is None else make_base_frame(plan.beside, frame)
    states = [_tile_states(grid, state) if grid.shows_history else None for grid in plan.grids]
    return BaseFrame(frame, state, states, _moving_boxes(plan, frame), beside)


def hash_squares(plan: Plan, frame: int, base: BaseFrame) -> SquareHashes:
    """Return a hash of each square of the picture on a frame, shape (rows, columns), the lowest row first.

    A square is 0 if it is as on the base frame. Squares at one place with one hash on two frames show the same
    pixels, under the condition of `find_changed_regions`. A square's hash is the sum of the hashes of everything in it
    that differs from the base frame: of tiles by their state, of what moves by the frame. It is odd where something
    moves, so that no other frame has it, and even elsewhere.
    """
    width, height = plan.spec.render.resolution
    shape = -(-height // SQUARE_SIZE), -(-width // SQUARE_SIZE)
    if (
        plan.has_sliding_grids
        or plan.view_at(frame) != plan.view_at(base.frame)
        or any((plan.grid_opacities_at(number) < 1).any() for number in (frame, base.frame))
    ):
        # the camera or a grid has moved; or a grid is transparent, and so are its shadows
        return np.full(shape, _hash_rows(np.array([[frame]]))[0] | np.uint64(1))
    layers = [(plan, base)]
    if plan.beside is not None and base.beside is not None:
        layers.append((plan.beside, base.beside))
    changed = [part for layer in layers for part in _changed_parts(*layer, frame)]
    # with a user's own camera, boxes may lie outside the picture
    boxes, hashes = map(np.concatenate, zip(*changed, strict=True))
    sums = _sum_boxes(boxes, hashes, shape, (width, height))
    moving = np.concatenate([_moving_boxes(layer, frame) for layer, _ in layers if frame != base.frame] or [boxes[:0]])
    moving_sums = _sum_boxes(moving, np.repeat(_hash_rows(np.array([[frame]])), len(moving)), shape, (width, height))
    return (sums + moving_sums) & ~np.uint64(1) | (moving_sums != 0)


def _changed_parts(plan: Plan, base: BaseFrame, frame: int) -> list[tuple[Floats, SquareHashes]]:
    """Return boxes around everything that differs from the base frame but what moves, and hashes, as of _changed_tiles.

    What moves on the base frame alone is among them.
    """
    parts = [*_changed_tiles(plan, frame, base), *_changed_sums(plan, frame, base.frame)]
    boxes = base.moving_boxes
    return [*parts, (boxes, np.repeat(_hash_rows(np.array([[base.frame]])), len(boxes)))]


def _changed_tiles(plan: Plan, frame: int, base: BaseFrame) -> list[tuple[Floats, SquareHashes]]:
    """Return, for each grid, boxes around the tiles that differ from the base frame, and hashes of their states.

    The boxes are of shape (n, 4): left, bottom, right and top, in pixels.
    """
    parts = []
    state = plan.state_at(frame)
    for number, (grid, before) in enumerate(zip(plan.grids, base.tile_states, strict=True)):
        tiles, some = _select_affected(grid, [each for each in (state, base.state) if each.activity > 0])
        now = _tile_states(some, state)
        is_changed = (now != (_tile_states(some, base.state) if before is None else before)).any(axis=1)
        shares = some.active_share_at(state.position)[is_changed]
        is_between = (shares > 0) & (shares < 1)
        # Cycles computes one color from different places of the walk with different rounding
        place = np.where(is_between[:, None], state.position % 1, 0)
        identity = np.column_stack([np.full(len(shares), number), tiles[is_changed], place])
        hashes = _hash_rows(np.column_stack([identity, now[is_changed]]))
        boxes, owners = find_row_boxes(_tile_corners(plan, some, is_changed), plan.spec.render.resolution[1])
        parts.append((boxes, hashes[owners]))
    return parts


def _select_affected(grid: TileGrid, states: Sequence[WalkState]) -> tuple[Integers, TileGrid]:
    """Return the tiles that any of these states makes other than at rest, and the grid of them alone; or all tiles."""
    if grid.shows_history:
        return np.arange(len(grid.cells)), grid
    affected = [grid.find_affected_tiles(state.position) for state in states]
    tiles = np.unique(np.concatenate([np.zeros(0, np.int64), *affected]))
    return tiles, grid.select(tiles)


def _changed_sums(plan: Plan, frame: int, base_frame: int) -> list[tuple[Floats, SquareHashes]]:
    """Return boxes around the glyphs in which the sums of a frame and of the base frame differ, and their hashes."""
    now, before = (plan.find_sum_glyphs(plan.sum_step_at(number)) for number in (frame, base_frame))
    changed = [
        (*box, owner, ord(character), x)
        for owner, (glyphs, others) in enumerate([(now, before), (before, now)])
        for (character, x), box in glyphs.items()
        if (character, x) not in others
    ]
    if not changed:
        return []
    rows = np.array(changed)
    return [(rows[:, :4], _hash_rows(np.column_stack([np.full(len(rows), SUM_IDENTITY), rows[:, 4:]])))]


def _tile_states(grid: TileGrid, state: WalkState) -> Floats:
    """Return everything that determines the appearance of each tile at a moment, shape (n, m)."""
    parts = [grid.colors_at(state)]
    if grid.occlusion_ranges is not None:
        parts.append(grid.opacities_at(state)[:, None])
    if grid.lift > 0:
        parts.append((grid.active_share_at(state.position) * state.activity)[:, None])
    if grid.values is not None:
        parts.append(grid.values.stages_at(state)[:, None].astype(np.float64))
    return np.concatenate(parts, axis=1)


def _moving_boxes(plan: Plan, frame: int) -> Floats:
    """Return boxes around the kernel, lines, frustum and counter on a frame, shape (n, 4), in pixels."""
    if plan.activity_at(frame) == 0:
        return np.zeros((0, 4))
    shapes = [_to_pixels(plan, plan.frustum_at(frame))]
    if plan.kernel is not None:
        is_kernel = np.ones(len(plan.kernel.cells), np.bool_)
        shapes.append(_tile_corners(plan, plan.kernel, is_kernel, plan.kernel_offset_at(frame)))
    for lines, points in zip(plan.lines, plan.lines_at(frame), strict=True):
        width = lines.width * plan.pixels_per_unit
        if lines.is_arched and plan.view.distance is not None:  # an arch has one width, from end to end
            width *= plan.view.far / plan.view.near
        # a line lies within its points, widened
        widened = _to_pixels(plan, points)[:, :, None] + width / 2 * OCTAGON
        shapes.append(widened.reshape(len(points), points.shape[1] * len(OCTAGON), 2))
    parts = [find_row_boxes(each, plan.spec.render.resolution[1])[0] for each in shapes]
    if plan.counter_box is not None:
        parts.append(np.array([plan.counter_box]))
    return np.concatenate(parts)


def _to_pixels(plan: Plan, points: Floats) -> Floats:
    """Return the places of world points (..., 3) in the picture, shape (..., 2), in pixels."""
    return plan.view.project(points) * np.array(plan.spec.render.resolution, np.float64)


def _tile_corners(plan: Plan, grid: TileGrid, which: NDArray[np.bool_], offset: Floats | float = 0.0) -> Floats:
    """Return points around some of a grid's tiles, at every height to which they rise, shape (n, 8, 2), in pixels.

    offset: shape (3,), by which all tiles have moved
    """
    half = grid.size / 2
    unit = np.array(list(itertools.product((-half, half), (-half, half), (0.0, 1.0))))
    stretch = np.ones((int(which.sum()), 1, 3))
    stretch[:, 0, 2] = np.array(grid.thicknesses)[grid.kinds[which]] + grid.lift
    return _to_pixels(plan, grid.base_centers[which][:, None, :] + unit * stretch + offset)


def _hash_rows(rows: NDArray[Any]) -> SquareHashes:
    """Return a hash of each row (n, m), shape (n,): SplitMix64 (Steele, Lea, Flood 2014) over its values."""
    hashes = np.zeros(len(rows), np.uint64)
    for column in np.ascontiguousarray(rows.T, np.float64).view(np.uint64):
        hashes = (hashes ^ column) + np.uint64(0x9E3779B97F4A7C15)
        hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        hashes ^= hashes >> np.uint64(31)
    return hashes


def _sum_boxes(
    boxes: Floats, hashes: SquareHashes, shape: tuple[int, int], resolution: tuple[int, int]
) -> SquareHashes:
    """Return the sum of the hashes of all boxes whose change shows in each square, modulo 2**64, shape (rows, columns).

    boxes: shape (n, 4), in pixels
    """
    low = np.clip(np.floor(boxes[:, :2] - FILTER_MARGIN), 0, resolution).astype(np.int64)
    high = np.clip(np.ceil(boxes[:, 2:] + FILTER_MARGIN), 0, resolution).astype(np.int64)
    is_inside = (low < high).all(axis=1)
    low, high, hashes = low[is_inside] // SQUARE_SIZE, -(-high[is_inside] // SQUARE_SIZE), hashes[is_inside]
    edges = np.zeros((shape[0] + 1, shape[1] + 1), np.uint64)
    for x, y in ((low[:, 0], low[:, 1]), (high[:, 0], high[:, 1])):
        np.add.at(edges, (y, x), hashes)
    for x, y in ((high[:, 0], low[:, 1]), (low[:, 0], high[:, 1])):
        np.subtract.at(edges, (y, x), hashes)
    return edges.cumsum(axis=0).cumsum(axis=1)[:-1, :-1]
