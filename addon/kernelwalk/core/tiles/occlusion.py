# SPDX-License-Identifier: GPL-3.0-or-later
"""The positions of the walk at which a tile hides an active tile below it from the camera, and so fades.

Where heights follow from the camera's angle, almost nothing is hidden. This is for a gap that the user sets, and for
tiles that are seen from straight above.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from ..arrays import Booleans, Floats
from ..camera.framing import View
from ..geometry.grids import Grid
from ..geometry.layout import Layout
from ..walk.active_ranges import NO_POSITION, ActiveRanges
from .tile_grid import TileGrid

SEEN_HALF_WIDTH = 0.2
"""Half the edge of the square around a tile's middle that must not be hidden, in units of the tile pitch."""


def find_occlusion_ranges(
    tiles: TileGrid, below: Sequence[tuple[Grid, Layout, TileGrid]], views: Sequence[View]
) -> ActiveRanges | None:
    """Return the positions at which each tile hides active tiles of the grids below; None if none ever does.

    Along each axis, these are all positions from the first to the last that activate any tile it hides.
    """
    first = np.full((len(tiles.cells), 4), np.inf)
    last = np.full((len(tiles.cells), 4), -np.inf)
    for (grid_below, layout, tiles_below), view in itertools.product(below, views):
        for slice_first, slice_last in _find_occluding_positions(tiles, grid_below, layout, tiles_below, view):
            first, last = np.minimum(first, slice_first), np.maximum(last, slice_last)
    never = (last < first).any(axis=1)
    if never.all():
        return None
    first[never], last[never] = NO_POSITION, NO_POSITION - 1
    return ActiveRanges(first.astype(np.float32)[None], last.astype(np.float32)[None], (1, 1, 1, 1))


def _find_occluding_positions(
    tiles: TileGrid, below: Grid, layout: Layout, tiles_below: TileGrid, view: View
) -> Iterator[tuple[Floats, Floats]]:
    """Yield, per slice of a grid below, the first and last positions (n, 4) that activate what each tile hides."""
    ends = [_find_activating_positions(below, number) for number in range(4)]
    thicknesses = {tiles_below.thicknesses[kind] for kind in tiles_below.used_kinds}
    channels, slices = below.axes[0].cells, below.axes[1].cells
    for c, z in itertools.product(range(len(channels)), range(len(slices))):
        origin = layout.to_world(np.array([0.0, 0, slices.start + z, channels.start + c]))
        is_above = tiles.base_centers[:, 2] > origin[2] + 1e-6
        if not is_above.any() or not (np.isfinite(ends[0][0][c]) and np.isfinite(ends[1][0][z])):
            continue
        low, high = _find_hidden_rectangles(tiles, view, [origin[2] + thickness for thickness in thicknesses])
        first, last = np.full((len(tiles.cells), 4), np.inf), np.full((len(tiles.cells), 4), -np.inf)
        for axis, number in ((0, 3), (1, 2)):
            offset = layout.offsets[axis, axis]
            cells = np.sort((np.stack([low, high])[:, :, axis] - origin[axis]) / offset, axis=0)
            begin = np.ceil(cells[0] - SEEN_HALF_WIDTH) - below.axes[number].cells.start
            end = np.floor(cells[1] + SEEN_HALF_WIDTH) - below.axes[number].cells.start
            first[:, axis], last[:, axis] = _find_extremes_between(*ends[number], begin, end)
        for axis, number, cell in ((2, 1, z), (3, 0, c)):
            first[:, axis], last[:, axis] = ends[number][0][cell], ends[number][1][cell]
        hides = is_above & (first <= last).all(axis=1)
        first[~hides], last[~hides] = np.inf, -np.inf
        yield first, last


def _find_activating_positions(grid: Grid, number: int) -> tuple[Floats, Floats]:
    """Return the first and last positions (cells,) that activate each cell of an axis; inf and -inf for none."""
    ranges = grid.axes[number].active_ranges
    holds_any = ranges.first > NO_POSITION
    first = np.where(holds_any, ranges.first, np.inf).min(axis=0)
    last = np.where(holds_any, ranges.last, -np.inf).max(axis=0)
    return first, last


def _find_hidden_rectangles(tiles: TileGrid, view: View, heights: Sequence[float]) -> tuple[Floats, Floats]:
    """Return the lowest and highest x and y (n, 2) of what each tile hides on levels of these heights."""
    half = tiles.size / 2
    unit = np.array(list(itertools.product((-half, half), (-half, half), (0.0, 1.0))))
    scale = np.ones((len(tiles.cells), 1, 3))
    scale[:, 0, 2] = np.array(tiles.thicknesses)[tiles.kinds]
    corners = (tiles.base_centers[:, None] + unit * scale).reshape(-1, 3)
    directions = view.find_directions_to_camera(corners)
    shadows = []
    for height in heights:
        distance = (corners[:, 2] - height) / np.maximum(directions[:, 2], 1e-6)
        shadows.append((corners - directions * distance[:, None])[:, :2].reshape(-1, len(unit), 2))
    hidden = np.concatenate(shadows, axis=1)
    return hidden.min(axis=1), hidden.max(axis=1)


def _find_extremes_between(first: Floats, last: Floats, begin: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Return the lowest of `first` and the highest of `last` among the cells from `begin` to `end`, all (n,)."""
    low, high = np.full(len(begin), np.inf), np.full(len(begin), -np.inf)
    count = len(first)
    begin, end = np.maximum(begin, 0), np.minimum(end, count - 1)
    for offset in range(int(max((end - begin).max(initial=-1), -1)) + 1):
        cell = begin + offset
        is_inside: Booleans = cell <= end
        index = np.clip(cell, 0, count - 1).astype(np.int64)
        low = np.where(is_inside, np.minimum(low, first[index]), low)
        high = np.where(is_inside, np.maximum(high, last[index]), high)
    return low, high
