# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiles that rise while they are lit: TileGrid.weight of core/tiles/tile_grid.py, written as geometry nodes.

A node group of its own holds the walk's position, keyed as for the materials: nodes of geometry read none of shaders,
and to key a modifier's inputs, each version of Blender has a way of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import bpy

from ..core.tiles.tile_grid import TileGrid
from .nodes import Socket, Value, Writer
from .owned import mark
from .weight import weight

LIFTING = {"walk.x", "walk.y", "walk.z", "walk.c", "walk.lit"}
"""The channels that lift tiles."""

TYPES = {"Vector": "FLOAT_VECTOR", "Fac": "FLOAT"}
"""Of the outputs of a shader's attribute, the type that geometry nodes are to be told."""


@dataclass(frozen=True)
class _Attribute:
    """An attribute of the geometry, whose outputs are called as a shader's."""

    write: Writer
    name: str

    @property
    def outputs(self) -> _Attribute:
        return self

    def __getitem__(self, output: str) -> Socket:
        node = self.write.node("GeometryNodeInputNamedAttribute", name=self.name, data_type=TYPES[output])
        self.write.put(node.inputs["Name"], self.name)
        return node.outputs["Attribute"]


class _Geometry(Writer):
    """Writes geometry nodes."""

    def attribute(self, name: str) -> Socket:
        return _Attribute(self, name)

    def group(self, tree: bpy.types.NodeTree, **values: Value) -> Socket:
        return self.node("GeometryNodeGroup", name=tree.name, node_tree=tree)


def lift_tiles(grid: TileGrid, walk: bpy.types.NodeTree, tiles: Sequence[bpy.types.Object]) -> None:
    """Let the tiles of a grid, in one object or several, rise as far as the grid says; `walk`: see material.py."""
    tree = mark(bpy.data.node_groups.new(f"{grid.name} lift", "GeometryNodeTree"))
    for way in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Geometry", in_out=way, socket_type="NodeSocketGeometry")
    write = _Geometry(tree)
    given, walked = write.node("NodeGroupInput"), write.group(walk)
    lit = write.math("MULTIPLY", weight(write, grid, walked), walked.outputs["Lit"])
    height = write.node("ShaderNodeCombineXYZ")
    write.put(height.inputs[2], write.math("MULTIPLY", lit, grid.lift))
    moved = write.node("GeometryNodeSetPosition")
    write.put(moved.inputs["Geometry"], given.outputs[0])
    write.put(moved.inputs["Offset"], height.outputs[0])
    write.put(write.node("NodeGroupOutput").inputs[0], moved.outputs["Geometry"])
    for each in tiles:
        modifier: Any = each.modifiers.new("Lift", "NODES")
        modifier.node_group = tree
