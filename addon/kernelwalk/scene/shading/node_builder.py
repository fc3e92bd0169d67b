# SPDX-License-Identifier: GPL-3.0-or-later
"""A builder of node trees, with which nodes are written as expressions.

A tree that has been written before is compared with what is written now. If only values differ, these are set, and the
nodes stay: Blender takes as long to make a tree as for all else in a scene.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import bpy

from ..builds.ownership import strip_number_suffix
from ..stored_values import set_value

Socket = Any
"""An output of a node; Blender's types do not distinguish the kinds of sockets."""

Value = Any
"""A socket to link from, or a number or tuple to set."""


class TreeDiffersError(Exception):
    """Raised where a tree has other nodes or links than those that are written."""


class NodeBuilder:
    """Adds nodes to a tree, from left to right. Each method adds what it is named after and returns its output.

    keeps_nodes: add nothing to a tree that was written before, but find each node and link in it, and set its values.
                 Raise TreeDiffersError where another node or link is written
    """

    def __init__(self, tree: bpy.types.NodeTree, keeps_nodes: bool = False):
        self.tree, self.keeps_nodes = tree, keeps_nodes
        self.column = 0
        self.earlier: list[Any] = list(tree.nodes) if keeps_nodes else []
        self.links = {link.to_socket: link.from_socket for link in tree.links} if keeps_nodes else {}

    def node(self, kind: str, name: str = "", **settings: Any) -> Any:
        """Add a node of a type, set its properties, and return the node itself."""
        node = self._find_node(kind, name, settings) if self.keeps_nodes else self._make_node(kind, name, settings)
        self.column += 1
        return node

    def _make_node(self, kind: str, name: str, settings: dict[str, Any]) -> Any:
        node: Any = self.tree.nodes.new(kind)
        if name:
            node.name = node.label = name
        for key, value in settings.items():
            setattr(node, key, value)
        node.location = (self.column * 200, 0)
        return node

    def _find_node(self, kind: str, name: str, settings: dict[str, Any]) -> Any:
        node = self.earlier[self.column] if self.column < len(self.earlier) else None
        if (
            node is None
            or node.bl_idname != kind
            or node.label != name
            or any(getattr(node, key) != value for key, value in settings.items())
        ):
            raise TreeDiffersError
        return node

    def connect(self, socket: Any, value: Value) -> None:
        """Link an input from a socket, or set its value."""
        if not isinstance(value, bpy.types.NodeSocket):
            set_value(socket, "default_value", value)
        elif not self.keeps_nodes:
            self.tree.links.new(value, socket)
        elif self.links.pop(socket, None) != value:
            raise TreeDiffersError

    def finish(self) -> None:
        """Raise TreeDiffersError if the tree has nodes or links that were not written."""
        if self.links or self.column < len(self.earlier):
            raise TreeDiffersError

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
        set_value(output, "default_value", (*rgb, 1.0))
        return output

    def group(self, tree: bpy.types.NodeTree, **values: Value) -> Socket:
        """Add a group node and return it. Values go by the sockets' names, with underscores for spaces."""
        node = self.node("ShaderNodeGroup", name=strip_number_suffix(tree.name), node_tree=tree)
        for key, value in values.items():
            self.connect(node.inputs[key.replace("_", " ")], value)
        return node


Builder = TypeVar("Builder", bound=NodeBuilder)


def write_nodes(
    tree: bpy.types.NodeTree,
    write: Callable[[Builder], None],
    make_builder: Callable[..., Builder] = NodeBuilder,  # type: ignore[assignment]  # its own type is the default
) -> None:
    """Make a tree hold exactly the nodes that `write` adds with a builder. Nodes that it holds already stay."""
    if tree.nodes:
        nodes = make_builder(tree, keeps_nodes=True)
        try:
            write(nodes)
            nodes.finish()
            return
        except TreeDiffersError:
            tree.nodes.clear()
    write(make_builder(tree))
