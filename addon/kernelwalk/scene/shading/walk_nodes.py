# SPDX-License-Identifier: GPL-3.0-or-later
"""The node group "Walk": the position of the walk, and whether a step is active, as keyed values.

The materials of all grids read this group, so that a walk is keyed once, however many grids and tiles there are.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import bpy

from ...core.animation.walk_curves import AXIS_NAMES, BEFORE_FIRST
from ..builds.ownership import tag
from ..builds.parts import Parts
from .node_builder import NodeBuilder, Socket

WALK_VECTORS = {"walk": ("Position", 0.0), "last": ("Last Position", BEFORE_FIRST), "reversed": ("Reversed", 0.0)}
"""First part of a curve's target → name and initial value of an output that has a component per axis."""


def build_walk_group(
    targets: Collection[str], kind: Literal["ShaderNodeTree", "GeometryNodeTree"], parts: Parts
) -> bpy.types.NodeTree:
    """Build the group, with a value node for each of the walk's curves in `targets`: "active", "x", "last.x"."""
    vector_names = {name for name, _ in WALK_VECTORS.values()}

    def make() -> bpy.types.NodeTree:
        tree = tag(bpy.data.node_groups.new("Walk", kind))
        nodes = NodeBuilder(tree)
        outputs = _write_values(nodes, targets)
        for name in outputs:
            socket_type = "NodeSocketVector" if name in vector_names else "NodeSocketFloat"
            tree.interface.new_socket(name, in_out="OUTPUT", socket_type=socket_type)
        group_output = nodes.node("NodeGroupOutput")
        for name, socket in outputs.items():
            nodes.connect(group_output.inputs[name], socket)
        return tree

    shown = sorted(target for target in targets if _is_of_walk(target))
    tree: bpy.types.NodeTree = parts.take(f"{kind} {' '.join(shown)}", make)
    return tree


def _is_of_walk(target: str) -> bool:
    return target.startswith((*(f"{beginning}." for beginning in WALK_VECTORS), "shown.", "slide."))


def _write_values(nodes: NodeBuilder, targets: Collection[str]) -> dict[str, Socket]:
    """Add the value nodes, and return the group's outputs by name."""
    outputs = {}
    for beginning, (name, initial) in WALK_VECTORS.items():
        if not any(target.startswith(f"{beginning}.") for target in targets):
            continue
        vector = nodes.node("ShaderNodeCombineXYZ")
        for axis in AXIS_NAMES:
            node = nodes.node("ShaderNodeValue", name=get_walk_node_name(f"{beginning}.{axis}"))
            node.outputs[0].default_value = initial
            if axis in "xyz":
                nodes.connect(vector.inputs["xyz".index(axis)], node.outputs[0])
            else:
                outputs[f"{name} Channel"] = node.outputs[0]
        outputs[name] = vector.outputs[0]
    for target in targets:
        if target in ("walk.active", "walk.trail") or target.startswith(("shown.", "slide.")):
            node_name = get_walk_node_name(target)
            name = node_name.replace(".", " ").capitalize()
            outputs[name] = nodes.node("ShaderNodeValue", name=node_name).outputs[0]
            outputs[name].default_value = 1.0
    return outputs


def get_walk_node_name(target: str) -> str:
    """Return the name of the node that a curve of the walk drives.

    >>> get_walk_node_name("walk.x"), get_walk_node_name("last.x")
    ('x', 'last.x')
    """
    return target.removeprefix("walk.")
