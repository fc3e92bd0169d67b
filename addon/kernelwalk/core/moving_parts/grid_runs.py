# SPDX-License-Identifier: GPL-3.0-or-later
"""The looks of tiles, and of the values on them, over the moments at which a walk rests."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arrays import Booleans, Floats
from ..plan.plan import Plan
from ..plan.rests import Rests, RunCollector, Runs
from ..plan.tile_moments import SMALLEST_OPACITY, GridMoment, list_moments
from ..tiles.walk_state import WalkState

DECIMALS = 4
"""Of colors, opacities and heights by which looks are told apart."""

NO_VALUE = -2
"""Stage of a tile that shows no value."""


class GridRuns(NamedTuple):
    """The runs of a grid's tiles.

    looks:  scene RGB, opacity, and by how much a tile has risen; all 0 while it is not seen
    values: stage, by how much the tile has risen, and the scene RGB below what is written; None without values
    """

    looks: Runs
    values: Runs | None


def find_grid_runs(plan: Plan, rests: Rests) -> list[GridRuns]:
    """Return the runs of all grids' tiles, and of the kernel's."""
    looks = [RunCollector() for _ in plan.all_grids]
    values = [RunCollector() for _ in plan.all_grids]
    for frame in rests.frames.tolist():
        state = plan.state_at(float(frame))
        moments = list_moments(plan, state, float(frame))
        for number, grid in enumerate(plan.all_grids):
            if number == len(moments):  # the kernel, while no step is shown
                looks[number].add(np.zeros((len(grid.cells), 5)))
                values[number].add(np.tile([NO_VALUE, 0.0, 0.0, 0.0, 0.0], (len(grid.cells), 1)))
                continue
            moment = moments[number]
            is_seen = moment.opacities > SMALLEST_OPACITY
            rows = np.column_stack([moment.colors, moment.opacities, moment.rises]) * is_seen[:, None]
            looks[number].add(rows.round(DECIMALS))
            if grid.values is not None:
                values[number].add(_list_values(moment, state, is_seen))
    return [
        GridRuns(own.finish(), written.finish() if grid.values is not None else None)
        for grid, own, written in zip(plan.all_grids, looks, values, strict=True)
    ]


def find_offset(plan: Plan, number: int, frame: float) -> Floats:
    """Return how far the grid of a number, or the kernel after the last one, has moved on a frame, shape (3,)."""
    return plan.slide_at(number, frame) if number < len(plan.grids) else plan.kernel_offset_at(frame)


def _list_values(moment: GridMoment, state: WalkState, is_seen: Booleans) -> Floats:
    """Return the rows (n, 5) of a grid's values, as of GridRuns."""
    values = moment.grid.values
    assert values is not None
    stages, below = values.stages_at(state), moment.colors.copy()
    if values.colors is not None:
        colored = np.flatnonzero(stages >= 0)
        below[colored] = values.colors[stages[colored], colored]
    has_value = is_seen & ~np.isnan(values.numbers[0])
    rows: Floats = np.column_stack([np.where(has_value, stages, NO_VALUE), moment.rises, below]).round(DECIMALS)
    return rows
