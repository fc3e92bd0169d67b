# SPDX-License-Identifier: GPL-3.0-or-later
"""A builder of node trees, with which nodes are written as expressions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bpy

Socket = Any
"""An output of a node; Blender's types do not distinguish the kinds of sockets."""

Value = Any
"""A socket to link from, or a number or tuple to set."""


class NodeBuilder:
    """Adds nodes to a tree, from left to right. Each method adds what it is named after and returns its output."""

    def __init__(self, tree: bpy.types.NodeTree):
        self.tree = tree
        self.column = 0

    def node(self, kind: str, name: str = "", **settings: Any) -> Any:
        """Add a node of a type, set its properties, and return the node itself."""
        node = self.tree.nodes.new(kind)
        if name:
            node.name = node.label = name
        for key, value in settings.items():
            setattr(node, key, value)
        node.location = (self.column * 200, 0)
        self.column += 1
        return node

    def connect(self, socket: Any, value: Value) -> None:
        """Link an input from a socket, or set its value."""
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, socket)
        else:
            socket.default_value = value

    def math(self, operation: str, *values: Value, clamp: bool = False) -> Socket:
        """Add an operation on numbers, named as Blender names it."""
        node = self.node("ShaderNodeMath", operation=operation, use_clamp=clamp)
        for socket, value in zip(node.inputs[: len(values)], values, strict=True):
            self.connect(socket, value)
        return node.outputs[0]

    def vector(self, operation: str, *values: Value) -> Socket:
        """Add an operation on vectors, named as Blender names it."""
        node = self.node("ShaderNodeVectorMath", operation=operation)
        for socket, value in zip(node.inputs[: len(values)], values, strict=True):
            self.connect(socket, value)
        return node.outputs["Value" if operation in ("LENGTH", "DOT_PRODUCT") else "Vector"]

    def separate(self, vector: Value) -> Any:
        """Add a node that splits a vector, and return its outputs x, y and z."""
        node = self.node("ShaderNodeSeparateXYZ")
        self.connect(node.inputs[0], vector)
        return node.outputs

    def product(self, vector: Value, component_count: int = 3) -> Socket:
        """Add the product of a vector's first components."""
        components = self.separate(vector)
        product = components[0]
        for index in range(1, component_count):
            product = self.math("MULTIPLY", product, components[index])
        return product

    def mix(self, factor: Value, first: Value, second: Value) -> Socket:
        """Add a mix of two colors."""
        node = self.node("ShaderNodeMix", data_type="RGBA", clamp_factor=True)
        for index, value in ((0, factor), (6, first), (7, second)):  # the node has a set of sockets per data type
            self.connect(node.inputs[index], value)
        return node.outputs[2]

    def mix_shader(self, factor: Value, first: Value, second: Value) -> Socket:
        """Add a mix of two shaders. Where the factor is 0 or 1, Cycles evaluates no node that only the other needs."""
        node = self.node("ShaderNodeMixShader")
        for socket, value in zip(node.inputs, (factor, first, second), strict=True):
            self.connect(socket, value)
        return node.outputs[0]

    def attribute(self, name: str) -> Socket:
        """Add a node that reads a mesh attribute, and return the node."""
        return self.node("ShaderNodeAttribute", name=name, attribute_name=name)

    def color(self, name: str, rgb: Iterable[float]) -> Socket:
        """Add a color, scene RGB, as a named node."""
        output = self.node("ShaderNodeRGB", name=name).outputs[0]
        output.default_value = (*rgb, 1.0)
        return output

    def group(self, tree: bpy.types.NodeTree, **values: Value) -> Socket:
        """Add a group node and return it. Values go by the sockets' names, with underscores for spaces."""
        node = self.node("ShaderNodeGroup", name=tree.name, node_tree=tree)
        for key, value in values.items():
            self.connect(node.inputs[key.replace("_", " ")], value)
        return node
