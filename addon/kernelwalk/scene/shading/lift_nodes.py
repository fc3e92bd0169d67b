# SPDX-License-Identifier: GPL-3.0-or-later
"""Geometry nodes that raise active tiles: TileGrid.activation_at (core/tiles/tile_grid.py) as nodes.

Geometry nodes cannot read a group of shader nodes, so the walk has a second group, keyed like the first. Keying a
modifier's inputs instead would work differently in each version of Blender.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import bpy

from ...core.tiles.tile_grid import TileGrid
from ..ownership import tag
from .activation_nodes import build_tile_activation
from .node_builder import NodeBuilder, Socket, Value

LIFT_CURVES = {"walk.x", "walk.y", "walk.z", "walk.c", "walk.active"}
"""Targets of the curves that lift tiles."""

ATTRIBUTE_TYPES = {"Vector": "FLOAT_VECTOR", "Fac": "FLOAT"}
"""Output of a shader's attribute node → data type that the geometry node needs."""


@dataclass(frozen=True)
class _NamedAttribute:
    """A named attribute of the geometry, with the interface of a shader's attribute node."""

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
    """A builder of geometry nodes."""

    def attribute(self, name: str) -> Socket:
        return _NamedAttribute(self, name)

    def group(self, tree: bpy.types.NodeTree, **values: Value) -> Socket:
        return self.node("GeometryNodeGroup", name=tree.name, node_tree=tree)


def add_lift_modifiers(grid: TileGrid, walk_group: bpy.types.NodeTree, tiles: Sequence[bpy.types.Object]) -> None:
    """Add to the objects of a grid's tiles a modifier that raises active tiles by `grid.lift`.

    walk_group: the walk's group of geometry nodes (shading/walk_nodes.py)
    """
    tree = tag(bpy.data.node_groups.new(f"{grid.name} lift", "GeometryNodeTree"))
    for direction in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Geometry", in_out=direction, socket_type="NodeSocketGeometry")
    nodes = _GeometryNodeBuilder(tree)
    group_input, walk_node = nodes.node("NodeGroupInput"), nodes.group(walk_group)
    activation = nodes.math("MULTIPLY", build_tile_activation(nodes, grid, walk_node), walk_node.outputs["Active"])
    offset = nodes.node("ShaderNodeCombineXYZ")
    nodes.connect(offset.inputs[2], nodes.math("MULTIPLY", activation, grid.lift))
    moved = nodes.node("GeometryNodeSetPosition")
    nodes.connect(moved.inputs["Geometry"], group_input.outputs[0])
    nodes.connect(moved.inputs["Offset"], offset.outputs[0])
    nodes.connect(nodes.node("NodeGroupOutput").inputs[0], moved.outputs["Geometry"])
    for tile_object in tiles:
        modifier: Any = tile_object.modifiers.new("Lift", "NODES")
        modifier.node_group = tree
