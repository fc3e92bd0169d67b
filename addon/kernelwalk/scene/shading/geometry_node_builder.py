# SPDX-License-Identifier: GPL-3.0-or-later
"""A builder of geometry nodes, with the interface of a builder of shader nodes: both write the same expressions.

Geometry nodes cannot read a group of shader nodes, so the walk has a second group, keyed like the first. Keying a
modifier's inputs instead would work differently in each version of Blender.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import bpy

from ..ownership import tag
from .node_builder import NodeBuilder, Socket, Value

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


class GeometryNodeBuilder(NodeBuilder):
    """A builder of geometry nodes."""

    def attribute(self, name: str) -> Socket:
        return _NamedAttribute(self, name)

    def color(self, name: str, rgb: Iterable[float]) -> Socket:
        return self.node("FunctionNodeInputColor", name=name, value=(*rgb, 1.0)).outputs[0]

    def group(self, tree: bpy.types.NodeTree, **values: Value) -> Socket:
        return self.node("GeometryNodeGroup", name=tree.name, node_tree=tree)


def make_modifier_tree(name: str) -> tuple[bpy.types.NodeTree, GeometryNodeBuilder, Socket]:
    """Make a tagged tree for modifiers, and return it with its builder and the geometry that enters."""
    tree = tag(bpy.data.node_groups.new(name, "GeometryNodeTree"))
    for direction in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Geometry", in_out=direction, socket_type="NodeSocketGeometry")
    nodes = GeometryNodeBuilder(tree)
    return tree, nodes, nodes.node("NodeGroupInput").outputs[0]


def add_modifiers(name: str, tree: bpy.types.NodeTree, objects: Sequence[bpy.types.Object]) -> list[Any]:
    """Add to each object a modifier that runs a tree of geometry nodes, and return the modifiers."""
    modifiers: list[Any] = [each.modifiers.new(name, "NODES") for each in objects]
    for modifier in modifiers:
        modifier.node_group = tree
    return modifiers
