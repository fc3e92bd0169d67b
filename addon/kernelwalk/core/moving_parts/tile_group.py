# SPDX-License-Identifier: GPL-3.0-or-later
"""The group of a grid's tiles in a file: what every part in it needs, whether a tile, its glow or its value."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..arrays import Floats
from ..plan.plan import Plan
from ..plan.rests import Rests
from ..spec.look_section import Look
from ..tiles.tile_grid import TileGrid
from .grid_runs import find_offsets
from .motions import glide
from .part_writer import PartWriter


class TileGroup(NamedTuple):
    """The group of a grid's tiles, which moves with the grid.

    group:  as the writer returns it
    places: of the tiles in the group, shape (n, 3)
    names:  of the tiles
    glides: colors go over from rest to rest, where the writer can say that
    """

    writer: PartWriter
    group: Any
    look: Look
    grid: TileGrid
    rests: Rests
    places: Floats
    names: list[str]
    glides: bool


def add_tile_group(writer: PartWriter, parent: Any, plan: Plan, number: int, rests: Rests) -> TileGroup:
    """Add a group without tiles for one of the plan's grids, and return it. number: among all grids"""
    grid = plan.all_grids[number]
    group = writer.add_group(parent, grid.name, grid.name)
    middle = (grid.base_centers.min(axis=0) + grid.base_centers.max(axis=0)) / 2
    writer.move(group, glide(rests, middle + find_offsets(plan, number, rests)))
    glides = plan.spec.walk.easing != "step"
    return TileGroup(writer, group, plan.spec.look, grid, rests, grid.base_centers - middle, _name_tiles(grid), glides)


def _name_tiles(grid: TileGrid) -> list[str]:
    """Return the names of a grid's tiles: row and column, and slice and channel where there are several."""
    shown = [1, 0, *(axis for axis in (2, 3) if np.ptp(grid.cells[:, axis]) > 0)]
    return ["_".join(["Tile", *map(str, cell)]).replace("-", "m") for cell in grid.cells[:, shown].astype(int).tolist()]
