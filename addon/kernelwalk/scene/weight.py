# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a tile is lit: TileGrid.weight of core/stage/tilegrid.py, written as nodes, of a material or of geometry."""

from __future__ import annotations

from ..core.stage.tilegrid import COPIED, TileGrid
from .nodes import Socket, Writer
from .reach import COPIES, REACH, cover


def weight(write: Writer, grid: TileGrid, walked: Socket) -> Socket:
    """TileGrid.weight; `walked`: a node that reads the walk."""
    position = walked.outputs["Position"], walked.outputs["Position Channel"]
    lit = cover(write, grid.reach, REACH, position)
    if grid.copies is None:
        return lit
    return write.math("MAXIMUM", lit, write.math("MULTIPLY", cover(write, grid.copies, COPIES, position), COPIED))
