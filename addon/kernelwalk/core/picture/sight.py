# SPDX-License-Identifier: GPL-3.0-or-later
"""What the camera sees of a step, by casting rays from it towards the camera: of the tiles that are read, and of the
connectors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..plan.plan import Plan
from ..tiles.tile_grid import TileGrid, WalkState
from ..walk.activation import Floats

ALONG = 40
"""Points of each connector that are looked at."""

STOPS = 0.5
"""The share of what is behind a tile that it hides where it counts as hiding it."""

EDGE = 1e-6
"""Of a box, what is not in the way of what lies on it."""

FLAT = 1e-3
"""How thick a flat tile is as something that is in the way."""

AT_ONCE = 1 << 21
"""Pairs of a point and a tile that are looked at together, for the sake of memory."""


def fields_seen(plan: Plan, step: int) -> list[float]:
    """For each grid but the highest, of the tiles that are lit when a step is reached the share whose tops' middles are
    seen past all tiles."""
    frame = float(plan.spec.walk.start_frame(step))
    state, view, boxes = plan.state_at(frame), plan.view_at(frame), _boxes(plan, frame)
    found = []
    for grid in plan.grids[:-1]:
        lit = grid.active_ranges.activation_at(state.position) > 0.5
        if lit.any():  # a chain's window may hang over the edge as a whole
            tops = _tops(grid, state)[lit]
            found.append(float((~hidden(tops, view.directions_to_camera(tops), boxes)).mean()))
    return found


def connectors_seen(plan: Plan, step: int) -> float:
    """Of points along the connectors, when a step is reached, the share that no tile hides."""
    frame = float(plan.spec.walk.start_frame(step))
    along = np.linspace(0, 1, ALONG + 2)[1:-1, None]
    points = np.concatenate([low + along * (high - low) for low, high in plan.lines_at(frame)[0]])
    return float((~hidden(points, plan.view_at(frame).directions_to_camera(points), _boxes(plan, frame))).mean())


def hidden(points: Floats, ways: Floats, boxes: Floats) -> NDArray[np.bool_]:
    """Shape (n,): whether any of boxes (m, 2, 3) is in the way from points (n, 3) in directions (n, 3). A box that a
    point lies on is not."""
    found = np.zeros(len(points), np.bool_)
    with np.errstate(divide="ignore"):
        inverse = 1 / np.where(ways == 0, 1e-300, ways)
    at_once = max(1, AT_ONCE // max(len(boxes), 1))
    for begin in range(0, len(points), at_once):
        some = slice(begin, begin + at_once)
        with np.errstate(over="ignore", invalid="ignore"):
            crossed = (boxes[None] - points[some, None, None]) * inverse[some, None, None]
        enters, leaves = crossed.min(axis=2).max(axis=-1), crossed.max(axis=2).min(axis=-1)
        found[some] = (leaves > np.maximum(enters, 0) + EDGE).any(axis=1)
    return found


def _tops(grid: TileGrid, state: WalkState) -> Floats:
    """Shape (n, 3): the middle of each tile's upper face."""
    height = np.array(grid.thicknesses)[grid.kinds] + grid.lift * grid.activation_at(state.position) * state.activity
    return grid.base_centers + height[:, None] * [0, 0, 1]


def _boxes(plan: Plan, frame: float) -> Floats:
    """Shape (m, 2, 3): all tiles on a frame that hide what is behind them."""
    boxes = []
    state = plan.state_at(frame)
    for grid in plan.all_grids:
        half = np.array([grid.size / 2, grid.size / 2, 0])
        moved = plan.kernel_offset_at(frame) if grid is plan.kernel else np.zeros(3)
        tops, thick = _tops(grid, state), np.array(grid.thicknesses)[grid.kinds]
        passes = 1 - grid.opacities_at(state) * plan.spec.look.opacity
        # a ray goes into a thick tile, and comes out again
        solid = np.where(thick > 0, passes**2, passes) < 1 - STOPS
        down = np.maximum(thick, FLAT)[:, None] * [0, 0, 1]
        found = np.stack([tops - down - half, tops + half], axis=1) + moved
        boxes.append(found[solid])
    return np.concatenate(boxes)
