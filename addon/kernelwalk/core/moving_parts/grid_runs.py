# SPDX-License-Identifier: GPL-3.0-or-later
"""The looks of tiles, and of the values on them, over the moments at which a walk rests."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ..animation.walk_curves import AXIS_NAMES
from ..arrays import Floats, Integers
from ..plan.plan import Plan
from ..plan.rests import Rests, RunCollector, Runs
from ..plan.tile_moments import SMALLEST_OPACITY, GridMoment, list_values, make_kernel_moment, make_moment, make_moments
from ..tiles.tile_grid import TileGrid
from ..tiles.walk_state import WalkState

DECIMALS = 4
"""Of colors, opacities and heights by which looks are told apart."""

NO_VALUE = -2
"""Stage of a tile that shows no value."""

CHUNK = 512
"""Rests of which looks are found at a time: more take memory."""


class GridRuns(NamedTuple):
    """The runs of a grid's tiles.

    looks:  scene RGB, opacity, and by how much a tile has risen; all 0 while it is not seen
    values: stage, by how much the tile has risen, and the scene RGB below what is written; None without values
    """

    looks: Runs
    values: Runs | None


def find_grid_runs(plan: Plan, rests: Rests) -> list[GridRuns]:
    """Return the runs of all grids' tiles, and of the kernel's."""
    found: list[GridRuns] = []
    for number, grid in enumerate(plan.all_grids):
        if number < len(plan.grids) and grid.changes_locally:
            found.append(GridRuns(_find_local_looks(plan, number, grid, rests), None))
        else:
            found.append(_find_runs(plan, number, grid, rests))
    return found


def _find_runs(plan: Plan, number: int, grid: TileGrid, rests: Rests) -> GridRuns:
    """Return the runs of a grid, or of the kernel, of which a step may change any tile."""
    looks, values = RunCollector(), RunCollector()
    for frame in map(float, rests.frames.tolist()):
        state = plan.state_at(frame)
        if number < len(plan.grids):
            moment = make_moment(plan, number, grid, state, frame)
        elif state.activity > 0:
            moment = make_kernel_moment(plan, state, frame)
        else:
            looks.add(np.zeros((len(grid.cells), 5)))
            values.add(np.tile([NO_VALUE, 0.0, 0.0, 0.0, 0.0], (len(grid.cells), 1)))
            continue
        looks.add(_list_looks(moment))
        if grid.values is not None:
            values.add(_list_values(moment, state))
    return GridRuns(looks.finish(), values.finish() if grid.values is not None else None)


def _find_local_looks(plan: Plan, number: int, grid: TileGrid, rests: Rests) -> Runs:
    """Return the looks of a grid that changes locally."""
    positions = np.column_stack([list_values(plan, f"walk.{axis}", rests.frames) for axis in AXIS_NAMES])
    activities = list_values(plan, "walk.active", rests.frames)
    shown = list_values(plan, f"shown.{number}", rests.frames, 1.0)
    unvisited = np.zeros(4)
    looks = RunCollector()

    def make_looks(moments: Integers, tiles: Integers) -> Floats:
        state = WalkState(positions[moments], activities[moments], unvisited, unvisited)
        return _list_looks(make_moments(plan, grid.select(tiles), state, shown[moments]))

    every = np.arange(len(grid.cells))
    wholes = np.flatnonzero(np.append(True, shown[1:] != shown[:-1])).tolist()
    for whole, stop in pairwise([*wholes, len(shown)]):
        looks.add(make_looks(np.full(len(every), whole), every))
        for begin in range(whole + 1, stop, CHUNK):
            end = min(begin + CHUNK, stop)
            moments, tiles = grid.find_affected_pairs(positions[begin - 1 : end])
            # a tile changes at the moment that affects it, and at the next one
            keys = np.concatenate([tiles * CHUNK + moments - 1, tiles * CHUNK + moments])
            inside = np.concatenate([moments > 0, moments < end - begin])
            tiles, moments = np.divmod(np.unique(keys[inside]), CHUNK)
            looks.add_rests(end - begin, tiles, moments, make_looks(moments + begin, tiles))
    return looks.finish()


def find_offsets(plan: Plan, number: int, rests: Rests) -> Floats:
    """Return how far the grid of a number, or the kernel after the last one, has moved at each rest, (rests, 3)."""
    name = f"slide.{number}" if number < len(plan.grids) else "kernel"
    return np.column_stack([list_values(plan, f"{name}.{axis}", rests.frames) for axis in AXIS_NAMES[:3]])


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
