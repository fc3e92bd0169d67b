# SPDX-License-Identifier: GPL-3.0-or-later
"""The looks of tiles, and of the values on them, over the moments at which a walk rests."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arrays import Floats
from ..plan.plan import Plan
from ..plan.rests import Rests, RunCollector, Runs
from ..plan.tile_moments import SMALLEST_OPACITY, GridMoment, make_kernel_moment, make_moment
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
    states = [plan.state_at(float(frame)) for frame in rests.frames.tolist()]
    looks = [RunCollector() for _ in plan.all_grids]
    values = [RunCollector() for _ in plan.all_grids]
    for number, grid in enumerate(plan.all_grids):
        opacity, affected = -1.0, np.zeros(0, np.int64)
        for frame, state in zip(rests.frames.tolist(), states, strict=True):
            if number == len(plan.grids) and state.activity == 0:  # the kernel, while no step is shown
                looks[number].add(np.zeros((len(grid.cells), 5)))
                values[number].add(np.tile([NO_VALUE, 0.0, 0.0, 0.0, 0.0], (len(grid.cells), 1)))
                continue
            if number == len(plan.grids):
                moment = make_kernel_moment(plan, state, float(frame))
            elif grid.shows_history or grid.excerpt is not None:
                moment = make_moment(plan, number, grid, state, float(frame))
            else:  # only tiles that this rest or the one before affects have changed
                before, affected = affected, grid.find_affected_tiles(state.position)
                last, opacity = opacity, plan.grid_opacity_at(number, float(frame))
                if last == opacity:
                    tiles = np.union1d(before, affected)
                    some = make_moment(plan, number, grid.select(tiles), state, float(frame))
                    looks[number].add_some(tiles, _list_looks(some))
                    continue
                moment = make_moment(plan, number, grid, state, float(frame))
            looks[number].add(_list_looks(moment))
            if grid.values is not None:
                values[number].add(_list_values(moment, state))
    return [
        GridRuns(own.finish(), written.finish() if grid.values is not None else None)
        for grid, own, written in zip(plan.all_grids, looks, values, strict=True)
    ]


def find_offset(plan: Plan, number: int, frame: float) -> Floats:
    """Return how far the grid of a number, or the kernel after the last one, has moved on a frame, shape (3,)."""
    return plan.slide_at(number, frame) if number < len(plan.grids) else plan.kernel_offset_at(frame)


def _list_looks(moment: GridMoment) -> Floats:
    """Return the rows (n, 5) of the looks of a grid's tiles, as of GridRuns."""
    is_seen = moment.opacities > SMALLEST_OPACITY
    rows: Floats = np.column_stack([moment.colors, moment.opacities, moment.rises]) * is_seen[:, None]
    return rows.round(DECIMALS)


def _list_values(moment: GridMoment, state: WalkState) -> Floats:
    """Return the rows (n, 5) of a grid's values, as of GridRuns."""
    values = moment.grid.values
    assert values is not None
    stages, below = values.stages_at(state), moment.colors.copy()
    if values.colors is not None:
        colored = np.flatnonzero(stages >= 0)
        below[colored] = values.colors[stages[colored], colored]
    has_value = (moment.opacities > SMALLEST_OPACITY) & ~np.isnan(values.numbers[0])
    rows: Floats = np.column_stack([np.where(has_value, stages, NO_VALUE), moment.rises, below]).round(DECIMALS)
    return rows
