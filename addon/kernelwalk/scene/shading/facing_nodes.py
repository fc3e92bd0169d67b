# SPDX-License-Identifier: GPL-3.0-or-later
"""Geometry nodes that leave of lines the half of each tube that faces the camera.

Through a pale line, a ray would meet the front and the back of its tube, and Cycles takes as long for each.
"""

from __future__ import annotations

from typing import Any

import bpy

from .. import compat
from ..builds.parts import Parts
from .geometry_node_builder import GeometryNodeBuilder, add_modifiers, build_modifier_tree
from .node_builder import Socket

TUBE_SIDES = 12
"""Sides of the tube that a line is drawn as."""


def add_facing_modifier(lines: bpy.types.Object, camera: bpy.types.Object, parts: Parts) -> None:
    """Add to an object of lines a modifier that makes their tubes, and removes the faces turned away from a camera."""
    curve: Any = lines.data
    camera_data: Any = camera.data

    def write(nodes: GeometryNodeBuilder, geometry: Socket) -> Socket:
        circle = nodes.node("GeometryNodeCurvePrimitiveCircle")
        nodes.connect(circle.inputs["Resolution"], TUBE_SIDES)
        nodes.connect(circle.inputs["Radius"], curve.bevel_depth)
        tubes = nodes.node("GeometryNodeCurveToMesh")
        for name, value in (("Curve", geometry), ("Profile Curve", circle.outputs[0]), ("Fill Caps", True)):
            nodes.connect(tubes.inputs[name], value)
        if compat.TUBES_NEED_RADIUS:
            nodes.connect(tubes.inputs["Scale"], nodes.node("GeometryNodeInputRadius").outputs[0])
        to_camera = _build_camera_direction(nodes, camera, camera_data.type == "ORTHO")
        normal = nodes.node("GeometryNodeInputNormal").outputs[0]
        facing = nodes.vector("DOT_PRODUCT", normal, to_camera)
        kept = nodes.node("GeometryNodeDeleteGeometry", domain="FACE")
        nodes.connect(kept.inputs["Geometry"], tubes.outputs[0])
        nodes.connect(kept.inputs["Selection"], nodes.math("LESS_THAN", facing, 0.0))
        return kept.outputs[0]

    add_modifiers("Facing", build_modifier_tree(f"{lines.name} facing", parts, write), [lines], parts)


def _build_camera_direction(nodes: GeometryNodeBuilder, camera: bpy.types.Object, is_orthographic: bool) -> Socket:
    """Add a direction from each face towards the camera, in the object's coordinates."""
    placed = nodes.node("GeometryNodeObjectInfo", transform_space="RELATIVE")
    nodes.connect(placed.inputs["Object"], camera)
    if not is_orthographic:
        return nodes.vector("SUBTRACT", placed.outputs["Location"], nodes.node("GeometryNodeInputPosition").outputs[0])
    turned = nodes.node("FunctionNodeRotateVector")
    nodes.connect(turned.inputs["Vector"], (0.0, 0.0, 1.0))
    nodes.connect(turned.inputs["Rotation"], placed.outputs["Rotation"])
    return turned.outputs[0]
