# SPDX-License-Identifier: GPL-3.0-or-later
"""Geometry nodes that show small tiles as boxes: find_box (core/geometry/tile_mesh.py) as nodes."""

from __future__ import annotations

from .geometry_node_builder import GeometryNodeBuilder
from .node_builder import Socket
from .tile_attributes import BOX_MOVE_ATTRIBUTE, OFFSET_ATTRIBUTE, ROUNDING_ATTRIBUTE

SIDE_DARKNESS = 0.5
"""Share by which the sides of boxes are darker than their tops, in linear RGB."""


def build_boxes(nodes: GeometryNodeBuilder, tiles: Socket, has_offsets: bool, face_count: int) -> Socket:
    """Build nodes that remove the faces of tiles' roundings and close the gaps, and return the boxes.

    A box has a quarter of a tile's corners. It is shaded flat: where smooth and flat faces meet, Blender computes a
    normal for each corner of each face, which takes ten times as long as one for each face. Where a user has added
    faces to the tiles or removed some, by hand or by modifiers before this one, all tiles stay as they are.

    has_offsets: whether points have offsets from their tile's center, which move along
    face_count: number of faces of all tiles as built
    """
    move = nodes.attribute(BOX_MOVE_ATTRIBUTE).outputs["Vector"]
    boxes = nodes.node("GeometryNodeDeleteGeometry", domain="FACE")
    nodes.connect(boxes.inputs["Geometry"], tiles)
    nodes.connect(boxes.inputs["Selection"], nodes.attribute(ROUNDING_ATTRIBUTE).outputs["Selection"])
    closed = nodes.node("GeometryNodeSetPosition")
    nodes.connect(closed.inputs["Geometry"], boxes.outputs["Geometry"])
    nodes.connect(closed.inputs["Offset"], move)
    geometry = closed.outputs["Geometry"]
    if has_offsets:
        moved = nodes.vector("ADD", nodes.attribute(OFFSET_ATTRIBUTE).outputs["Vector"], move)
        geometry = nodes.store(geometry, OFFSET_ATTRIBUTE, "FLOAT_VECTOR", "POINT", moved)
    flat = nodes.node("GeometryNodeSetShadeSmooth")
    for name, value in (("Geometry", geometry), ("Shade Smooth", False)):
        nodes.connect(flat.inputs[name], value)
    size = nodes.node("GeometryNodeAttributeDomainSize", component="MESH")
    nodes.connect(size.inputs[0], tiles)
    is_as_built = nodes.math("COMPARE", size.outputs["Face Count"], float(face_count), 0.5)
    switch = nodes.node("GeometryNodeSwitch", input_type="GEOMETRY")
    for name, value in (("Switch", is_as_built), ("False", tiles), ("True", flat.outputs[0])):
        nodes.connect(switch.inputs[name], value)
    return switch.outputs[0]


def shade_sides(nodes: GeometryNodeBuilder, color: Socket) -> Socket:
    """Build nodes that darken the sides of boxes, which show between them: Solid shading lights all faces alike."""
    height = nodes.separate(nodes.node("GeometryNodeInputNormal").outputs[0])[2]
    is_side = nodes.math("LESS_THAN", height, 0.5)
    return nodes.mix(nodes.math("MULTIPLY", is_side, SIDE_DARKNESS), color, (0.0, 0.0, 0.0, 1.0))
