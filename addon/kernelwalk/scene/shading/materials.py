# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts that all materials share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import bpy
import numpy as np

from ...core.spec.look_section import Look
from .. import compat
from ..builds.ownership import tag
from ..builds.parts import Parts
from ..stored_values import set_value
from .node_builder import NodeBuilder, Socket, write_nodes


def build_material(
    name: str,
    parts: Parts,
    write: Callable[[NodeBuilder], Socket],
    scene_rgb: Iterable[float],
    look: Look,
    opacity: float = 1.0,
    is_blended: bool = False,
) -> bpy.types.Material:
    """Build a material, which Cycles does not sample as a light.

    write:      adds the nodes of the surface, and returns its shader
    scene_rgb:  the color in Solid shading, which shows no nodes and has a view transform of its own
    opacity:    mixed into the surface, and shown in Solid shading
    is_blended: whether what is behind the surface shows through it
    """

    def write_all(nodes: NodeBuilder) -> None:
        shader = write(nodes)
        if opacity < 1:
            shader = nodes.mix_shader(opacity, nodes.node("ShaderNodeBsdfTransparent").outputs[0], shader)
        nodes.connect(nodes.node("ShaderNodeOutputMaterial").inputs["Surface"], shader)

    material: Any = parts.take(f"material {name}", lambda: tag(bpy.data.materials.new(name)))
    write_nodes(compat.ensure_node_tree(material), write_all)
    set_value(material, "surface_render_method", "BLENDED" if is_blended or opacity < 1 else "DITHERED")
    set_value(material, "diffuse_color", (*look.to_linear_rgb(np.array(scene_rgb)), opacity))
    if hasattr(material, "cycles"):  # not where that add-on is off
        set_value(material.cycles, "emission_sampling", "NONE")
    return material  # type: ignore[no-any-return]  # its type is known


def put_material(data: Any, material: bpy.types.Material) -> None:
    """Make a material the only one of a mesh or a curve."""
    if list(data.materials) != [material]:
        data.materials.clear()
        data.materials.append(material)
