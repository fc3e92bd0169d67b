# SPDX-License-Identifier: GPL-3.0-or-later
"""At which positions of the walk a tile stands before what is lit below it, as the camera sees it: there it is paler.

Where the camera's angle decides how high grids stand, next to nothing is hidden; a gap of the user's own, or tiles that
are seen from straight above, leave it to this.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..camera.framing import View
from ..geometry.grids import Grid
from ..geometry.layout import Layout
from ..walk.activation import NO_POSITION, ActivationRanges, Floats
from .tile_grid import TileGrid

SEEN_HALF_WIDTH = 0.2
"""Of a tile, what is not to be hidden around its middle: half of a square's edge."""


def find_occlusion_ranges(
    grid: TileGrid, below: Sequence[tuple[Grid, Layout, TileGrid]], views: Sequence[View]
) -> ActivationRanges | None:
    """By which positions a grid's tiles are in the way of tiles that are lit below them; None where none ever is.

    A tile's positions are those from the first to the last, along each axis, that light any tile that it hides.
    """
    first = np.full((len(grid.cells), 4), np.inf)
    last = np.full((len(grid.cells), 4), -np.inf)
    for (lower, layout, tiles), view in itertools.product(below, views):
        for slice_first, slice_last in _occluding_positions(grid, lower, layout, tiles, view):
            first, last = np.minimum(first, slice_first), np.maximum(last, slice_last)
    never = (last < first).any(axis=1)
    if never.all():
        return None
    first[never], last[never] = NO_POSITION, NO_POSITION - 1
    return ActivationRanges(first.astype(np.float32)[None], last.astype(np.float32)[None], (1, 1, 1, 1))


def _occluding_positions(
    grid: TileGrid, lower: Grid, layout: Layout, tiles: TileGrid, view: View
) -> Iterator[tuple[Floats, Floats]]:
    """For each slice of a lower grid, the first and the last position of the walk that light what each tile hides."""
    ends = [_activating_positions(lower, number) for number in range(4)]
    tops = {tiles.thicknesses[kind] for kind in tiles.used_kinds}
    channels, slices = lower.axes[0].cells, lower.axes[1].cells
    for c, z in itertools.product(range(len(channels)), range(len(slices))):
        origin = layout.to_world(np.array([0.0, 0, slices.start + z, channels.start + c]))
        under = grid.base_centers[:, 2] > origin[2] + 1e-6
        if not under.any() or not (np.isfinite(ends[0][0][c]) and np.isfinite(ends[1][0][z])):
            continue
        low, high = _hidden_rectangles(grid, view, [origin[2] + top for top in tops])
        first, last = np.full((len(grid.cells), 4), np.inf), np.full((len(grid.cells), 4), -np.inf)
        for axis, number in ((0, 3), (1, 2)):
            step = layout.steps[axis, axis]
            cells = np.sort((np.stack([low, high])[:, :, axis] - origin[axis]) / step, axis=0)
            begin = np.ceil(cells[0] - SEEN_HALF_WIDTH) - lower.axes[number].cells.start
            end = np.floor(cells[1] + SEEN_HALF_WIDTH) - lower.axes[number].cells.start
            first[:, axis], last[:, axis] = _extremes_between(*ends[number], begin, end)
        for axis, number, cell in ((2, 1, z), (3, 0, c)):
            first[:, axis], last[:, axis] = ends[number][0][cell], ends[number][1][cell]
        hides = under & (first <= last).all(axis=1)
        first[~hides], last[~hides] = np.inf, -np.inf
        yield first, last


def _activating_positions(grid: Grid, number: int) -> tuple[Floats, Floats]:
    """Shapes (cells,): the first and the last position that light each cell of an axis; inf and -inf for none."""
    runs = grid.axes[number].active_ranges
    there = runs.first > NO_POSITION
    first = np.where(there, runs.first, np.inf).min(axis=0)
    last = np.where(there, runs.last, -np.inf).max(axis=0)
    return first, last


def _hidden_rectangles(grid: TileGrid, view: View, heights: Sequence[float]) -> tuple[Floats, Floats]:
    """Shapes (n, 2): the lowest and highest x and y of what each tile hides on levels of these heights."""
    half = grid.size / 2
    unit = np.array(list(itertools.product((-half, half), (-half, half), (0.0, 1.0))))
    stretch = np.ones((len(grid.cells), 1, 3))
    stretch[:, 0, 2] = np.array(grid.thicknesses)[grid.kinds]
    corners = (grid.base_centers[:, None] + unit * stretch).reshape(-1, 3)
    ways = view.directions_to_camera(corners)
    found = []
    for height in heights:
        share = (corners[:, 2] - height) / np.maximum(ways[:, 2], 1e-6)
        found.append((corners - ways * share[:, None])[:, :2].reshape(-1, len(unit), 2))
    hidden = np.concatenate(found, axis=1)
    return hidden.min(axis=1), hidden.max(axis=1)


def _extremes_between(first: Floats, last: Floats, begin: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Shapes (n,): of the cells from `begin` to `end` (n,), counted in `first` and `last`, the lowest of the one and
    the highest of the other."""
    low, high = np.full(len(begin), np.inf), np.full(len(begin), -np.inf)
    count = len(first)
    begin, end = np.maximum(begin, 0), np.minimum(end, count - 1)
    for offset in range(int(max((end - begin).max(initial=-1), -1)) + 1):
        cell = begin + offset
        there: NDArray[np.bool_] = cell <= end
        index = np.clip(cell, 0, count - 1).astype(np.int64)
        low = np.where(there, np.minimum(low, first[index]), low)
        high = np.where(there, np.maximum(high, last[index]), high)
    return low, high
