# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts that all materials share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bpy
import numpy as np

from ...core.spec.look_section import Look
from .. import compat
from ..ownership import tag
from .node_builder import NodeBuilder


def make_empty_material(name: str) -> tuple[bpy.types.Material, NodeBuilder]:
    """Make a tagged material without nodes, and return it with the builder of its tree."""
    material = tag(bpy.data.materials.new(name))
    tree = compat.ensure_node_tree(material)
    tree.nodes.clear()
    return material, NodeBuilder(tree)


def set_solid_color(material: bpy.types.Material, scene_rgb: Iterable[float], look: Look) -> None:
    """Set the color of a material in solid shading, which shows no nodes and has a view transform of its own."""
    material.diffuse_color = (*look.to_linear_rgb(np.array(scene_rgb)), 1.0)


def make_transparent(material: bpy.types.Material, opacity: float) -> bpy.types.Material:
    """Mix transparency into a material's surface, and return the material."""
    tree = compat.ensure_node_tree(material)
    nodes = NodeBuilder(tree)
    output: Any = next(node for node in tree.nodes if node.bl_idname == "ShaderNodeOutputMaterial")
    shader = output.inputs["Surface"].links[0].from_socket
    mixed = nodes.mix_shader(opacity, nodes.node("ShaderNodeBsdfTransparent").outputs[0], shader)
    nodes.connect(output.inputs["Surface"], mixed)
    material.surface_render_method = "BLENDED"
    material.diffuse_color[3] = opacity  # for Solid shading
    return material


def exclude_from_light_sampling(material: bpy.types.Material) -> None:
    """Keep Cycles, where that add-on is enabled, from sampling a material as a light."""
    if hasattr(material, "cycles"):
        material.cycles.emission_sampling = "NONE"
