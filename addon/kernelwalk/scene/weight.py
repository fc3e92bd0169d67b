# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a tile is lit: TileGrid.weight of core/tiles/tile_grid.py, written as nodes, of a material or of geometry."""

from __future__ import annotations

from ..core.tiles.tile_grid import COPY_ACTIVATION, TileGrid
from .nodes import Socket, Writer
from .reach import COPIES, REACH, cover


def weight(write: Writer, grid: TileGrid, walked: Socket) -> Socket:
    """TileGrid.weight; `walked`: a node that reads the walk."""
    position = walked.outputs["Position"], walked.outputs["Position Channel"]
    lit = cover(write, grid.active_ranges, REACH, position)
    if grid.read_ranges is None:
        return lit
    return write.math(
        "MAXIMUM", lit, write.math("MULTIPLY", cover(write, grid.read_ranges, COPIES, position), COPY_ACTIVATION)
    )
