# SPDX-License-Identifier: GPL-3.0-or-later
"""The excerpt of a long row or a large picture that is drawn: cells around those that a step uses.

A grid that is too long to be seen slides as the walk goes on, so that its excerpt stays in place. Where a cell stands
in the excerpt depends, along each axis, on the walk's position along that axis alone, as what is active does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..arrays import Floats, Integers
from ..walk.dependencies import GridAxes, GridAxis

if TYPE_CHECKING:
    from ..spec.spec import Spec

MAX_WHOLE = 200
"""Cells along an axis up to which a grid is drawn whole."""

DEFAULT_SIZES, FIELD_MARGIN = (32, 20, 20), 4
"""Cells of an excerpt along an axis, of layers of one, two and three axes; and the least number of them on each side of
a receptive field."""

FADING_CELLS = 2
"""Cells beyond each end of an excerpt that are drawn ever fainter: more cells follow there."""

PATCH_CELLS = 2 * FADING_CELLS + 1
"""Cells of a patch along an axis beyond those of the excerpt: those that fade, and one more while the grid slides."""


@dataclass(frozen=True)
class Excerpt:
    """The excerpt of a grid.

    All tiles that can be seen at one moment are in its patch, a block of cells that is as large at every moment, and
    never leaves the grid.

    sizes:  cells along x, y, z and the channels that are drawn; None along an axis that is drawn whole
    starts: shape (steps, 4), the first of these cells at each step; 0 along an axis that is drawn whole
    axes:   the grid's axes with the excerpt's cells, which count from 0
    cells:  the grid's cells along x, y, z and the channels
    """

    sizes: tuple[int | None, int | None, int | None, int | None]
    starts: Floats
    axes: GridAxes
    cells: tuple[range, range, range, range]

    def measure_opacities(self, cells: Floats, start: Floats) -> Floats:
        """Return the opacities (n,) of tiles in cells (n, 4) of an excerpt that starts at a cell (4,), 0 to 1."""
        opacities = np.ones(len(cells))
        for axis, size in enumerate(self.sizes):
            if size is not None:
                place = cells[:, axis] - start[axis]
                beyond = np.maximum(np.maximum(-place, place - (size - 1)), 0)
                opacities *= np.clip(1 - beyond / (FADING_CELLS + 1), 0, 1)
        return opacities

    @property
    def patch_ends(self) -> list[tuple[int, int]]:
        """The lowest and the highest first cell of a patch, along x, y, z and the channels."""
        return [
            (cells.start, cells.start if size is None else cells.stop - size - PATCH_CELLS)
            for size, cells in zip(self.sizes, self.cells, strict=True)
        ]

    @property
    def tile_strides(self) -> tuple[int, int, int, int]:
        """Numbers of tiles, in the grid's order, from a cell to the next along x, y, z and the channels."""
        x, y, z, _ = map(len, self.cells)
        return 1, x, x * y, x * y * z

    def find_patch_start(self, start: Floats) -> Integers:
        """Return the first cell (4,) of the patch for an excerpt that starts at a cell (4,)."""
        lowest, highest = np.array(self.patch_ends).T
        return np.clip(np.floor(start).astype(np.int64) - FADING_CELLS, lowest, highest)

    def list_patch_tiles(self, start: Floats) -> Integers:
        """Return the tiles, ascending, of the patch for an excerpt that starts at a cell (4,)."""
        tiles = np.zeros(1, np.int64)
        along = zip(self.find_patch_start(start), self.sizes, self.cells, self.tile_strides, strict=True)
        for first, size, cells, stride in reversed(list(along)):
            count = len(cells) if size is None else size + PATCH_CELLS
            tiles = (tiles[:, None] + (first - cells.start + np.arange(count)) * stride).ravel()
        return tiles


def find_excerpts(spec: Spec, grids: Sequence[GridAxes], positions: Integers) -> list[Excerpt | None]:
    """Return the excerpt of each grid; None for one that is drawn whole.

    positions: shape (steps, 4), of the walk
    """
    if spec.look.tiles == "objects" or any(layer.is_rearrangement or layer.has_tap_channels for layer in spec.layers):
        return [None] * len(grids)
    sizes: list[list[int | None]] = [[None] * 4 for _ in grids]
    for axis in (0, 1):
        along = [grid[3 - axis] for grid in grids]
        longest = max(len(line.cells) for line in along)
        size = spec.show.excerpt
        if size is None and longest > MAX_WHOLE:
            size = DEFAULT_SIZES[spec.layer.dims - 1]
        if size is None:
            continue
        size = max(size, *(_measure_field(line) + 2 * FIELD_MARGIN for line in along))
        for number, line in enumerate(along):
            if len(line.cells) > size + 2 * FADING_CELLS:
                sizes[number][axis] = size
    return [_make_excerpt(grid, own, positions) for grid, own in zip(grids, sizes, strict=True)]


def _measure_field(axis: GridAxis) -> int:
    """Return the largest number of cells from the first to the last that one position activates."""
    spans = axis.active_last - axis.active_first
    return 1 if np.isnan(spans).all() else int(np.nanmax(spans)) + 1


def _make_excerpt(grid: GridAxes, sizes: Sequence[int | None], positions: Integers) -> Excerpt | None:
    if not any(sizes):
        return None
    starts, axes = np.zeros((len(positions), 4)), list(grid)
    for number, size in enumerate(sizes):
        if size is not None:
            along = grid[3 - number]
            start = _find_starts(along, size)
            starts[:, number] = start[positions[:, number]]
            axes[3 - number] = _cut_axis(along, size, start)
    c, z, y, x = axes
    cells = grid[3].cells, grid[2].cells, grid[1].cells, grid[0].cells
    return Excerpt((sizes[0], sizes[1], sizes[2], sizes[3]), starts, (c, z, y, x), cells)


def _find_starts(axis: GridAxis, size: int) -> Floats:
    """Return the excerpt's first cell at each position of the walk: what is active stands in its middle."""
    middle = (axis.active_first + axis.active_last) / 2
    known = np.flatnonzero(~np.isnan(middle))
    if not len(known):
        return np.full(len(middle), float(axis.cells.start))
    middle = np.interp(np.arange(len(middle)), known, middle[known])
    return np.clip(np.floor(middle - (size - 1) / 2 + 0.5), axis.cells.start, axis.cells.stop - size)


def _cut_axis(axis: GridAxis, size: int, start: Floats) -> GridAxis:
    """Return an axis of an excerpt, whose cells count from its first one."""
    ends = ("active_first", "active_last", "value_first", "value_last")
    moved = {end: getattr(axis, end) - start for end in ends}
    return replace(axis, cells=range(size), kinds=np.zeros(size, np.int8), **moved)
