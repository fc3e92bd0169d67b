# SPDX-License-Identifier: GPL-3.0-or-later
"""A builder of geometry nodes, with the interface of a builder of shader nodes: both write the same expressions.

Geometry nodes cannot read a group of shader nodes, so the walk has a second group, keyed like the first. Keying a
modifier's inputs instead would work differently in each version of Blender.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import bpy

from ..builds.ownership import strip_number_suffix, tag
from ..builds.parts import Parts
from ..stored_values import set_value
from .node_builder import NodeBuilder, Socket, Value, write_nodes

ATTRIBUTE_TYPES = {"Vector": "FLOAT_VECTOR", "Fac": "FLOAT", "Selection": "BOOLEAN"}
"""Output of a shader's attribute node, or a selection → data type that the geometry node needs."""


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

    def store(self, geometry: Socket, name: str, data_type: str, domain: str, values: Value) -> Socket:
        """Add a node that writes an attribute, and return the geometry that has it."""
        node = self.node("GeometryNodeStoreNamedAttribute", data_type=data_type, domain=domain)
        for socket, value in (("Geometry", geometry), ("Name", name), ("Value", values)):
            self.connect(node.inputs[socket], value)
        return node.outputs["Geometry"]

    def color(self, name: str, rgb: Iterable[float]) -> Socket:
        node = self.node("FunctionNodeInputColor", name=name)
        set_value(node, "value", (*rgb, 1.0))
        return node.outputs[0]

    def group(self, tree: bpy.types.NodeTree, **values: Value) -> Socket:
        return self.node("GeometryNodeGroup", name=strip_number_suffix(tree.name), node_tree=tree)


def build_modifier_tree(
    name: str, parts: Parts, write: Callable[[GeometryNodeBuilder, Socket], Socket]
) -> bpy.types.NodeTree:
    """Build a tree for modifiers.

    write: adds the nodes between the geometry that enters, which it gets, and the one that leaves, which it returns
    """

    def write_all(nodes: GeometryNodeBuilder) -> None:
        geometry = write(nodes, nodes.node("NodeGroupInput").outputs[0])
        nodes.connect(nodes.node("NodeGroupOutput").inputs[0], geometry)

    tree: bpy.types.NodeTree = parts.take(f"modifier {name}", lambda: _make_tree(name))
    write_nodes(tree, write_all, GeometryNodeBuilder)
    return tree


def _make_tree(name: str) -> bpy.types.NodeTree:
    tree = tag(bpy.data.node_groups.new(name, "GeometryNodeTree"))
    for direction in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Geometry", in_out=direction, socket_type="NodeSocketGeometry")
    return tree


def add_modifiers(
    name: str, tree: bpy.types.NodeTree, objects: Sequence[bpy.types.Object], parts: Parts
) -> list[bpy.types.Modifier]:
    """Add to each object a modifier that runs a tree of geometry nodes, and return the modifiers."""
    return [_add_modifier(name, tree, each, parts) for each in objects]


def _add_modifier(name: str, tree: bpy.types.NodeTree, owner: bpy.types.Object, parts: Parts) -> bpy.types.Modifier:
    modifiers: list[Any] = [each for each in owner.modifiers if each.type == "NODES"]
    modifier: Any = next((each for each in modifiers if each.node_group == tree), None)
    if modifier is None:
        parts.remove_waiting_modifiers(owner)  # they come after it
        modifier = owner.modifiers.new(name, "NODES")
        modifier.node_group = tree
    return modifier  # type: ignore[no-any-return]  # its type is known
