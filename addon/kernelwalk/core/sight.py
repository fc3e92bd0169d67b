# SPDX-License-Identifier: GPL-3.0-or-later
"""What the camera sees of a step, by casting rays from it towards the camera: of the tiles that are read, and of the
connectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .plan import Plan
from .reach import Floats
from .tilegrid import State, TileGrid

ALONG = 40
"""Points of each connector that are looked at."""

STOPS = 0.5
"""The share of what is behind a tile that it hides where it counts as hiding it."""

EDGE = 1e-6
"""Of a box, what is not in the way of what lies on it."""

AT_ONCE = 1 << 21
"""Pairs of a point and a tile that are looked at together, for the sake of memory."""


@dataclass(frozen=True)
class Sight:
    """Shares of what is seen, past all tiles, at a step.

    fields:  for each grid but the highest, of the tiles that are lit the share whose tops' middles are seen
    lines:   of points along the connectors
    through: of points along the connectors, as far as they show, paler, through the tiles before them too
    """

    fields: tuple[float, ...]
    lines: float
    through: float


def sight(plan: Plan, step: int) -> Sight:
    """What is seen of a step when it is reached."""
    frame = float(plan.spec.walk.start(step))
    state = plan.state_at(frame)
    boxes, solid = _boxes(plan, frame)
    view = plan.view_at(frame)
    fields = []
    for grid in plan.grids[:-1]:
        lit = grid.reach.cover(state.position) > 0.5
        if not lit.any():
            continue  # a chain's window may hang over the edge as a whole
        tops = _tops(grid, state)[lit]
        fields.append(float((~hidden(tops, view.towards(tops), boxes[solid])).mean()))
    along = np.linspace(0, 1, ALONG + 2)[1:-1, None]
    ends = plan.lines_at(frame)[0]
    points = np.concatenate([low + along * (high - low) for low, high in ends])
    lines = float((~hidden(points, view.towards(points), boxes[solid])).mean())
    return Sight(tuple(fields), lines, lines if plan.through is None else 1.0)


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


def _tops(grid: TileGrid, state: State) -> Floats:
    """Shape (n, 3): the middle of each tile's upper face."""
    height = np.array(grid.thickness)[grid.kinds] + grid.lift * grid.weight(state.position) * state.lit
    return grid.places + height[:, None] * [0, 0, 1]


def _boxes(plan: Plan, frame: float) -> tuple[Floats, NDArray[np.bool_]]:
    """Shapes (m, 2, 3) and (m,): all tiles on a frame, and which of them hide what is behind them."""
    boxes, solid = [], []
    state = plan.state_at(frame)
    for grid in plan.tiles:
        half = np.array([grid.size / 2, grid.size / 2, 0])
        moved = plan.moved_at(frame) if grid is plan.kernel else np.zeros(3)
        tops = _tops(grid, state)
        thick = np.array(grid.thickness)[grid.kinds]
        boxes.append(np.stack([tops - thick[:, None] * [0, 0, 1] - half, tops + half], axis=1) + moved)
        passes = 1 - grid.opacities(state) * plan.spec.look.opacity
        # a ray goes into a thick tile, and comes out again
        solid.append(np.where(thick > 0, passes**2, passes) < 1 - STOPS)
    return np.concatenate(boxes), np.concatenate(solid)
