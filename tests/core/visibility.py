# SPDX-License-Identifier: GPL-3.0-or-later
"""Shares of a step's tiles and connectors that the camera sees, by rays from them towards the camera."""

from __future__ import annotations

import numpy as np
from kernelwalk.core.arrays import Floats
from kernelwalk.core.plan.plan import Plan
from kernelwalk.core.tiles.tile_grid import TileGrid
from kernelwalk.core.tiles.walk_state import WalkState
from numpy.typing import NDArray

POINTS_PER_CONNECTOR = 40
"""Points of each connector from which rays are cast."""

MIN_BLOCKED_SHARE = 0.5
"""The share of what is behind a tile that it hides from which on it counts as opaque."""

EDGE_TOLERANCE = 1e-6
"""Distance from a box within which it does not block: points lie on boxes."""

FLAT_THICKNESS = 1e-3
"""Thickness of a flat tile as an obstacle."""

MAX_PAIRS_AT_ONCE = 1 << 21
"""Pairs of a point and a tile that are compared at once, to limit memory."""


def visible_field_shares(plan: Plan, step: int) -> list[float]:
    """Return, for each grid but the highest, the share of the tiles active at a step whose top's middle is visible."""
    frame = float(plan.spec.walk.start_frame(step))
    state, view, boxes = plan.state_at(frame), plan.view_at(frame), _opaque_boxes(plan, frame)
    shares = []
    for grid in plan.grids[:-1]:
        is_active = grid.active_ranges.active_share_at(state.position) > 0.5
        if is_active.any():  # a chain's window may lie outside as a whole
            tops = _tops(grid, state)[is_active]
            shares.append(float((~are_hidden(tops, view.find_directions_to_camera(tops), boxes)).mean()))
    return shares


def visible_tile_share(plan: Plan, frame: float) -> float:
    """Return the share of all tiles, active or not, whose top's middle is visible on a frame."""
    state, boxes = plan.state_at(frame), _opaque_boxes(plan, frame)
    tops = np.concatenate([_tops(grid, state) for grid in plan.grids])
    return float((~are_hidden(tops, plan.view_at(frame).find_directions_to_camera(tops), boxes)).mean())


def visible_connector_share(plan: Plan, step: int) -> float:
    """Return the share of points along the connectors that are visible at a step."""
    frame = float(plan.spec.walk.start_frame(step))
    along = np.linspace(0, 1, POINTS_PER_CONNECTOR + 2)[1:-1, None]
    points = np.concatenate([low + along * (high - low) for low, high in plan.lines_at(frame)[0]])
    directions = plan.view_at(frame).find_directions_to_camera(points)
    return float((~are_hidden(points, directions, _opaque_boxes(plan, frame))).mean())


def are_hidden(points: Floats, directions: Floats, boxes: Floats) -> NDArray[np.bool_]:
    """Return which rays from points (n, 3) in directions (n, 3) meet any of the boxes (m, 2, 3), shape (n,).

    A box that a point lies on does not count.
    """
    hidden = np.zeros(len(points), np.bool_)
    with np.errstate(divide="ignore"):
        inverse = 1 / np.where(directions == 0, 1e-300, directions)
    at_once = max(1, MAX_PAIRS_AT_ONCE // max(len(boxes), 1))
    for begin in range(0, len(points), at_once):
        some = slice(begin, begin + at_once)
        with np.errstate(over="ignore", invalid="ignore"):
            crossed = (boxes[None] - points[some, None, None]) * inverse[some, None, None]
        enters, leaves = crossed.min(axis=2).max(axis=-1), crossed.max(axis=2).min(axis=-1)
        hidden[some] = (leaves > np.maximum(enters, 0) + EDGE_TOLERANCE).any(axis=1)
    return hidden


def _tops(grid: TileGrid, state: WalkState) -> Floats:
    """Return the middle of each tile's upper face, shape (n, 3)."""
    lift = grid.lift * grid.active_share_at(state.position) * state.activity
    height = np.array(grid.thicknesses)[grid.kinds] + lift
    return grid.base_centers + height[:, None] * [0, 0, 1]


def _opaque_boxes(plan: Plan, frame: float) -> Floats:
    """Return the boxes of all tiles that are opaque on a frame, shape (m, 2, 3)."""
    boxes = []
    state = plan.state_at(frame)
    for grid in plan.all_grids:
        half = np.array([grid.size / 2, grid.size / 2, 0])
        offset = plan.kernel_offset_at(frame) if grid is plan.kernel else np.zeros(3)
        tops, thickness = _tops(grid, state), np.array(grid.thicknesses)[grid.kinds]
        passes = 1 - grid.opacities_at(state) * plan.spec.look.opacity
        # a ray enters a thick tile, and leaves it again
        is_opaque = np.where(thickness > 0, passes**2, passes) < 1 - MIN_BLOCKED_SHARE
        down = np.maximum(thickness, FLAT_THICKNESS)[:, None] * [0, 0, 1]
        box = np.stack([tops - down - half, tops + half], axis=1) + offset
        boxes.append(box[is_opaque])
    return np.concatenate(boxes)
