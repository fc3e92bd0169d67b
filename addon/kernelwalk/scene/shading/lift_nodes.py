# SPDX-License-Identifier: GPL-3.0-or-later
"""Geometry nodes that raise active tiles: TileGrid.active_share_at (core/tiles/tile_grid.py) as nodes."""

from __future__ import annotations

from collections.abc import Sequence

import bpy

from ...core.tiles.tile_grid import TileGrid
from ..builds.parts import Parts
from .active_share_nodes import build_tile_active_share
from .geometry_node_builder import GeometryNodeBuilder, add_modifiers, build_modifier_tree
from .node_builder import Socket


def add_lift_modifiers(
    grid: TileGrid, walk_group: bpy.types.NodeTree, tiles: Sequence[bpy.types.Object], parts: Parts
) -> None:
    """Add to the objects of a grid's tiles a modifier that raises active tiles by `grid.lift`.

    walk_group: the walk's group of geometry nodes (shading/walk_nodes.py)
    """

    def write(nodes: GeometryNodeBuilder, geometry: Socket) -> Socket:
        walk_node = nodes.group(walk_group)
        is_active = build_tile_active_share(nodes, grid, walk_node)
        active_share = nodes.math("MULTIPLY", is_active, walk_node.outputs["Active"])
        offset = nodes.node("ShaderNodeCombineXYZ")
        nodes.connect(offset.inputs[2], nodes.math("MULTIPLY", active_share, grid.lift))
        moved = nodes.node("GeometryNodeSetPosition")
        nodes.connect(moved.inputs["Geometry"], geometry)
        nodes.connect(moved.inputs["Offset"], offset.outputs[0])
        return moved.outputs["Geometry"]

    add_modifiers("Lift", build_modifier_tree(f"{grid.name} lift", parts, write), tiles, parts)
