# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a tile is lit: TileGrid.weight of core/tiles/tile_grid.py, written as nodes, of a material or of geometry."""

from __future__ import annotations

from ...core.tiles.tile_grid import COPY_ACTIVATION, TileGrid
from .activation_nodes import ACTIVE_PREFIX, READ_PREFIX, build_activation
from .node_builder import NodeBuilder, Socket


def build_tile_activation(nodes: NodeBuilder, grid: TileGrid, walk_node: Socket) -> Socket:
    """TileGrid.weight; `walked`: a node that reads the walk."""
    position = walk_node.outputs["Position"], walk_node.outputs["Position Channel"]
    lit = build_activation(nodes, grid.active_ranges, ACTIVE_PREFIX, position)
    if grid.read_ranges is None:
        return lit
    return nodes.math(
        "MAXIMUM",
        lit,
        nodes.math("MULTIPLY", build_activation(nodes, grid.read_ranges, READ_PREFIX, position), COPY_ACTIVATION),
    )
