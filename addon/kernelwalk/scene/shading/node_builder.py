# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing node trees as expressions: each call makes a node and returns its output."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bpy

Socket = Any
"""A node's output; Blender's types do not tell one kind of socket from another."""

Value = Any
"""A socket to link from, or a number or tuple to set."""


class NodeBuilder:
    """Adds nodes to a tree, from left to right."""

    def __init__(self, tree: bpy.types.NodeTree):
        self.tree = tree
        self.column = 0

    def node(self, kind: str, name: str = "", **settings: Any) -> Any:
        node = self.tree.nodes.new(kind)
        if name:
            node.name = node.label = name
        for key, value in settings.items():
            setattr(node, key, value)
        node.location = (self.column * 200, 0)
        self.column += 1
        return node

    def connect(self, socket: Any, value: Value) -> None:
        """Link a socket from another, or set it."""
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, socket)
        else:
            socket.default_value = value

    def math(self, operation: str, *values: Value, clamp: bool = False) -> Socket:
        node = self.node("ShaderNodeMath", operation=operation, use_clamp=clamp)
        for socket, value in zip(node.inputs[: len(values)], values, strict=True):
            self.connect(socket, value)
        return node.outputs[0]

    def vector(self, operation: str, *values: Value) -> Socket:
        node = self.node("ShaderNodeVectorMath", operation=operation)
        for socket, value in zip(node.inputs[: len(values)], values, strict=True):
            self.connect(socket, value)
        return node.outputs["Value" if operation in ("LENGTH", "DOT_PRODUCT") else "Vector"]

    def product(self, vector: Value, component_count: int = 3) -> Socket:
        """The product of a vector's first components."""
        parts = self.node("ShaderNodeSeparateXYZ")
        self.connect(parts.inputs[0], vector)
        found = parts.outputs[0]
        for part in range(1, component_count):
            found = self.math("MULTIPLY", found, parts.outputs[part])
        return found

    def mix(self, factor: Value, first: Value, second: Value) -> Socket:
        """A colour between two; sockets by index, for the node has a set of sockets per data type."""
        node = self.node("ShaderNodeMix", data_type="RGBA", clamp_factor=True)
        for index, value in ((0, factor), (6, first), (7, second)):
            self.connect(node.inputs[index], value)
        return node.outputs[2]

    def attribute(self, name: str) -> Socket:
        return self.node("ShaderNodeAttribute", name=name, attribute_name=name)

    def color(self, name: str, rgb: Iterable[float]) -> Socket:
        output = self.node("ShaderNodeRGB", name=name).outputs[0]
        output.default_value = (*rgb, 1.0)
        return output

    def group(self, tree: bpy.types.NodeTree, **values: Value) -> Socket:
        """A group node; values by the sockets' names, spaces as underscores."""
        node = self.node("ShaderNodeGroup", name=tree.name, node_tree=tree)
        for key, value in values.items():
            self.connect(node.inputs[key.replace("_", " ")], value)
        return node
