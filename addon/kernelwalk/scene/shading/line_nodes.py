# SPDX-License-Identifier: GPL-3.0-or-later
"""Materials of lines."""

from __future__ import annotations

from collections.abc import Iterable

import bpy

from ...core.lines.line_set import LineSet
from ...core.lines.see_through import SEE_THROUGH_OPACITY
from ...core.spec.look_section import Look
from ..builds.parts import Parts
from .materials import build_material
from .node_builder import NodeBuilder, Socket


def build_line_material(
    name: str,
    color: Iterable[float],
    look: Look,
    line_group: bpy.types.NodeTree,
    parts: Parts,
    opacity: float = 1.0,
) -> bpy.types.Material:
    """Build a material for lines of one color, scene RGB.

    line_group: the template's node group for lines
    """

    def write(nodes: NodeBuilder) -> Socket:
        return nodes.group(line_group, Color=nodes.color("Line", color)).outputs[0]

    return build_material(name, parts, write, color, look, opacity)


def build_see_through_material(
    lines: LineSet, look: Look, line_group: bpy.types.NodeTree, parts: Parts
) -> bpy.types.Material:
    """Build the pale material of lines that shine through the tiles before them.

    They are as pale as two layers, the front and the back of a tube, of which only the front is there.
    """
    opacity = 1 - (1 - SEE_THROUGH_OPACITY) ** 2
    return build_line_material("Connectors Seen Through", lines.color, look, line_group, parts, opacity)
