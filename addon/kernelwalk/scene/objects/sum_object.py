# SPDX-License-Identifier: GPL-3.0-or-later
"""The line that tells what each step computes: a point for each glyph of all steps, and geometry nodes that put the
glyphs of the current step in the picture."""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np

from ...core.labels.label import Label
from ...core.labels.sum_line import place_glyphs
from ..builds.object_store import LABELS_ROOM, ObjectStore
from ..builds.ownership import tag
from ..shading.geometry_node_builder import GeometryNodeBuilder, add_modifiers, build_modifier_tree
from ..shading.node_builder import Socket
from .tile_objects import write_attribute

STEP_NODE = "step"
"""Name of the node whose value is the current step, or negative where none is shown."""

STEP_ATTRIBUTE, GLYPH_ATTRIBUTE = "step", "glyph"
"""Attributes of the points: the step at which a glyph is seen, and its number among all glyphs."""


def build_sum_object(
    lines: Sequence[str],
    columns: Sequence[float],
    label: Label,
    glyphs: Sequence[bpy.types.Object],
    store: ObjectStore,
) -> tuple[bpy.types.Object, bpy.types.NodeTree]:
    """Build the object of the lines of all steps, in its own coordinates, and return it with the tree to key.

    columns: places of the words of all lines, as of `find_columns`
    glyphs:  text objects, one for each of `list_glyphs(lines)`
    """
    number_of = {character: number for number, character in enumerate(list_glyphs(lines))}
    points, steps, numbers = [], [], []
    for step, line in enumerate(lines):
        for character, x in place_glyphs(line, columns, label.font):
            points.append((x * label.font_size, 0.0, 0.0))
            steps.append(step)
            numbers.append(number_of[character])
    mesh = tag(bpy.data.meshes.new("Sums"))
    mesh.vertices.add(len(points))
    write_attribute(mesh, "position", "FLOAT_VECTOR", "POINT", np.array(points))
    for name, values in ((STEP_ATTRIBUTE, steps), (GLYPH_ATTRIBUTE, numbers)):
        write_attribute(mesh, name, "FLOAT", "POINT", np.array(values))
    sums: bpy.types.Object = store.make("label sum", "Sum", mesh, LABELS_ROOM)
    collection = _collect_glyphs(glyphs)
    tree = build_modifier_tree(
        "Sum of the step", store.parts, lambda nodes, points: _write_nodes(nodes, points, collection)
    )
    add_modifiers("Step", tree, [sums], store.parts)
    return sums, tree


def list_glyphs(lines: Sequence[str]) -> list[str]:
    """Return the characters that lines show, each once."""
    return sorted(set("".join(lines)) - {" "})


def _collect_glyphs(glyphs: Sequence[bpy.types.Object]) -> bpy.types.Collection:
    """Put glyphs into a collection, by whose order of names geometry nodes number them."""
    collection = tag(bpy.data.collections.new("Glyphs"))
    for number, glyph in enumerate(glyphs):
        glyph.name = f"Glyph {number:03d}"
        collection.objects.link(glyph)
    return collection


def _write_nodes(nodes: GeometryNodeBuilder, geometry: Socket, glyphs: bpy.types.Collection) -> Socket:
    step = nodes.node("ShaderNodeValue", name=STEP_NODE).outputs[0]
    step.default_value = -1.0
    distance = nodes.math("SUBTRACT", nodes.attribute(STEP_ATTRIBUTE).outputs["Fac"], step)
    is_other = nodes.math("GREATER_THAN", nodes.math("ABSOLUTE", distance), 0.5)
    kept = nodes.node("GeometryNodeDeleteGeometry", domain="POINT")
    nodes.connect(kept.inputs["Geometry"], geometry)
    nodes.connect(kept.inputs["Selection"], is_other)
    shapes = nodes.node("GeometryNodeCollectionInfo", transform_space="ORIGINAL")
    for name, value in (("Collection", glyphs), ("Separate Children", True), ("Reset Children", True)):
        nodes.connect(shapes.inputs[name], value)
    placed = nodes.node("GeometryNodeInstanceOnPoints")
    nodes.connect(placed.inputs["Points"], kept.outputs[0])
    nodes.connect(placed.inputs["Instance"], shapes.outputs[0])
    nodes.connect(placed.inputs["Pick Instance"], True)
    nodes.connect(placed.inputs["Instance Index"], nodes.attribute(GLYPH_ATTRIBUTE).outputs["Fac"])
    realized = nodes.node("GeometryNodeRealizeInstances")
    nodes.connect(realized.inputs[0], placed.outputs[0])
    return realized.outputs[0]
