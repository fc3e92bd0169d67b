# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiles of a pixel or two: each is its top alone, and common walls show the sides of a whole row or column.

A box takes six times the memory and the time of a square, of which nobody sees anything at this size. But squares alone
would let the background shine through the gaps between tiles, and so make a whole grid lighter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..arrays import Floats, Integers, SmallIntegers

MIN_TILE_PIXELS = 2.0
"""Width of a tile in the picture below which it can hardly be seen: it is noted, and drawn flat."""

MIN_FLAT_SIZE = 0.75
"""Least edge of tiles that are drawn flat, in units of the tile pitch: walls close the gaps between them."""

WALL_CORNERS = np.array(
    [
        [[0, 0, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1]],
        [[1, 1, 0], [0, 1, 0], [0, 1, 1], [1, 1, 1]],
        [[0, 1, 0], [0, 0, 0], [0, 0, 1], [0, 1, 1]],
        [[1, 0, 0], [1, 1, 0], [1, 1, 1], [1, 0, 1]],
    ]
)
"""Corners of a box's sides, 0 for its low and 1 for its high end along x, y and z: along a row, then along a column."""


@dataclass(frozen=True)
class TileWalls:
    """Upright squares along the edges of rows and columns of tiles.

    points: shape (n, 4, 3), in the world, counterclockwise seen from outside
    tiles:  shape (n,), the first tile along each
    """

    points: Floats
    tiles: Integers


def is_drawn_flat(size: float, thickness: float, pixels: float) -> bool:
    """Return True if tiles are drawn flat, with `pixels` per unit in the picture; without thickness they are anyway."""
    return thickness > 0 and size >= MIN_FLAT_SIZE and max(size, thickness) * pixels < MIN_TILE_PIXELS


def make_tile_walls(
    cells: Floats, kinds: SmallIntegers, base_centers: Floats, size: float, thicknesses: Sequence[float]
) -> TileWalls:
    """Return the walls of tiles: two for each run of tiles of one kind along a row, and two along a column.

    cells, kinds, base_centers, size, thicknesses: as of TileGrid
    """
    heights = np.array(thicknesses)
    points, tiles = [], []
    for axis, across in ((0, 1), (1, 0)):
        order = np.lexsort((cells[:, axis], cells[:, across], cells[:, 2], cells[:, 3]))
        first, last = _find_runs(cells[order], kinds[order], axis)
        ends = base_centers[order[np.stack([first, last])]]
        low, high = ends.min(axis=0), ends.max(axis=0)
        low[:, :2] -= size / 2
        high[:, :2] += size / 2
        high[:, 2] += heights[kinds[order[first]]]
        corners = WALL_CORNERS[2 * axis : 2 * axis + 2]
        walls = low[:, None, None] + corners * (high - low)[:, None, None]
        points.append(walls.reshape(-1, 4, 3))
        tiles.append(np.repeat(order[first], 2))
    return TileWalls(np.concatenate(points), np.concatenate(tiles))


def _find_runs(cells: Floats, kinds: SmallIntegers, axis: int) -> tuple[Integers, Integers]:
    """Return the first and the last tile of each run along an axis, for tiles that are sorted along it."""
    step = np.zeros(4)
    step[axis] = 1
    starts = np.append(True, (kinds[1:] != kinds[:-1]) | (np.diff(cells, axis=0) != step).any(axis=1))
    first = np.flatnonzero(starts)
    return first, np.append(first[1:], len(cells)) - 1
