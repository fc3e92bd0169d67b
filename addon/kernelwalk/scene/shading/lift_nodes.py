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

from ...core.tiles.tile_grid import TileGrid
from ..ownership import tag
from .node_builder import NodeBuilder, Socket, Value
from .tile_activation_nodes import build_tile_activation

LIFT_CURVES = {"walk.x", "walk.y", "walk.z", "walk.c", "walk.lit"}
"""The channels that lift tiles."""

ATTRIBUTE_TYPES = {"Vector": "FLOAT_VECTOR", "Fac": "FLOAT"}
"""Of the outputs of a shader's attribute, the type that geometry nodes are to be told."""


@dataclass(frozen=True)
class _NamedAttribute:
    """An attribute of the geometry, whose outputs are called as a shader's."""

    nodes: NodeBuilder
    name: str

    @property
    def outputs(self) -> _NamedAttribute:
        return self

    def __getitem__(self, output: str) -> Socket:
        node = self.nodes.node("GeometryNodeInputNamedAttribute", name=self.name, data_type=ATTRIBUTE_TYPES[output])
        self.nodes.connect(node.inputs["Name"], self.name)
        return node.outputs["Attribute"]


class _GeometryNodeBuilder(NodeBuilder):
    """Writes geometry nodes."""

    def attribute(self, name: str) -> Socket:
        return _NamedAttribute(self, name)

    def group(self, tree: bpy.types.NodeTree, **values: Value) -> Socket:
        return self.node("GeometryNodeGroup", name=tree.name, node_tree=tree)


def add_lift_modifiers(grid: TileGrid, walk_group: bpy.types.NodeTree, tiles: Sequence[bpy.types.Object]) -> None:
    """Let the tiles of a grid, in one object or several, rise as far as the grid says; `walk`: see material.py."""
    tree = tag(bpy.data.node_groups.new(f"{grid.name} lift", "GeometryNodeTree"))
    for way in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Geometry", in_out=way, socket_type="NodeSocketGeometry")
    write = _GeometryNodeBuilder(tree)
    given, walked = write.node("NodeGroupInput"), write.group(walk_group)
    lit = write.math("MULTIPLY", build_tile_activation(write, grid, walked), walked.outputs["Lit"])
    height = write.node("ShaderNodeCombineXYZ")
    write.connect(height.inputs[2], write.math("MULTIPLY", lit, grid.lift))
    moved = write.node("GeometryNodeSetPosition")
    write.connect(moved.inputs["Geometry"], given.outputs[0])
    write.connect(moved.inputs["Offset"], height.outputs[0])
    write.connect(write.node("NodeGroupOutput").inputs[0], moved.outputs["Geometry"])
    for each in tiles:
        modifier: Any = each.modifiers.new("Lift", "NODES")
        modifier.node_group = tree
