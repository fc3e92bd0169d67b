# SPDX-License-Identifier: GPL-3.0-or-later
"""Materials of lines."""

from __future__ import annotations

from collections.abc import Iterable

import bpy

from ...core.lines.line_set import LineSet
from ...core.lines.see_through import SEE_THROUGH_OPACITY
from ...core.spec.look_section import Look
from .materials import exclude_from_light_sampling, make_empty_material, make_transparent, set_solid_color


def build_line_material(color: Iterable[float], look: Look, line_group: bpy.types.NodeTree) -> bpy.types.Material:
    """Build a material for lines of one color, scene RGB.

    line_group: the template's node group for lines
    """
    material, nodes = make_empty_material("Connectors")
    shader = nodes.group(line_group, Color=nodes.color("Line", color))
    nodes.connect(nodes.node("ShaderNodeOutputMaterial").inputs["Surface"], shader.outputs[0])
    set_solid_color(material, color, look)
    exclude_from_light_sampling(material)
    return material


def build_see_through_material(lines: LineSet, look: Look, line_group: bpy.types.NodeTree) -> bpy.types.Material:
    """Build the pale material of lines that shine through the tiles before them."""
    material = build_line_material(lines.color, look, line_group)
    material.name = "Connectors Seen Through"
    return make_transparent(material, SEE_THROUGH_OPACITY)
