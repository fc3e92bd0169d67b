# SPDX-License-Identifier: GPL-3.0-or-later
"""Studio: satin tiles under a large soft lamp, with contact shadows, before a backdrop that darkens outwards.

In full light a tile's top has exactly its color. All light is direct, and highlights in the bevels are computed from
the normals: a tile that changes its color changes no other pixels.
"""

from __future__ import annotations

from typing import Any

from kernelwalk.scene.setup.template_loader import TILE_GROUP
from kernelwalk.scene.shading.node_builder import NodeBuilder

from . import scene_parts, shader_nodes

FLOOR_SHADE, TILE_SHADE = 0.62, 0.3
"""Shares of their light that floor and tiles lose in full shadow."""

LAMP_SHARE = 0.55
"""Share of the light that comes from the lamp; the rest comes from the whole ceiling and makes contact shadows."""

VIGNETTE = 0.16
"""Share of its light that the backdrop loses towards the picture's corners."""

GLOSS = 0.55
"""Brightness of the lamp's reflection in the bevels."""


def make_template() -> None:
    """Make the template in the open file."""
    # both suns are narrow and upright enough that no shadow falls beyond the floor, whose edge would show
    lamp = scene_parts.make_sun("Lamp", angle=22, share=LAMP_SHARE, tilt=(-23, 20))
    ceiling = scene_parts.make_sun("Ceiling", angle=72, share=1 - LAMP_SHARE, tilt=(0, 0))
    backdrop = shader_nodes.make_backdrop(VIGNETTE)
    floor = scene_parts.make_floor(FLOOR_SHADE, backdrop)
    scene_parts.set_up_scene(lamp, ceiling, floor, world=scene_parts.make_world(backdrop))
    make_tile()
    shader_nodes.make_unlit_line()


def make_tile() -> None:
    """Make the tile group: ambient light, shadows, and highlights in the bevels."""
    nodes, inputs = shader_nodes.make_group(TILE_GROUP)
    color = inputs.outputs["Color"]
    x, _, z = shader_nodes.surface_normal(nodes)
    is_level = shader_nodes.level_mask(nodes, z)
    ambient = nodes.math("MULTIPLY_ADD", z, 0.22, 0.78)  # the room is lighter above
    ambient = nodes.math("MULTIPLY_ADD", x, 0.05, ambient)
    ambient = nodes.math("MAXIMUM", ambient, is_level)
    is_seen = shader_nodes.camera_ray(nodes)
    strength = nodes.math("MULTIPLY", nodes.math("MULTIPLY", ambient, 1 - TILE_SHADE), is_seen)
    unshadowed = shader_nodes.emit(nodes, color, strength)
    diffuse = nodes.node("ShaderNodeBsdfDiffuse")
    nodes.connect(diffuse.inputs["Color"], nodes.mix(TILE_SHADE, (0.0, 0.0, 0.0, 1.0), color))
    gloss = nodes.math("MULTIPLY", build_gloss(nodes, is_level), is_seen)
    highlight = shader_nodes.emit(nodes, (1.0, 1.0, 1.0, 1.0), gloss)
    shader_nodes.finish_tile_group(
        nodes, inputs, shader_nodes.add_shaders(nodes, unshadowed, diffuse.outputs[0], highlight)
    )


def build_gloss(nodes: NodeBuilder, is_level: Any) -> Any:
    """Add the share of a wide lamp overhead that a surface mirrors to the camera; 0 on level surfaces."""
    geometry = nodes.node("ShaderNodeNewGeometry").outputs
    facing = nodes.vector("DOT_PRODUCT", geometry["Normal"], geometry["Incoming"])
    projected = nodes.node("ShaderNodeVectorMath", operation="SCALE")
    nodes.connect(projected.inputs[0], geometry["Normal"])
    nodes.connect(projected.inputs["Scale"], nodes.math("MULTIPLY", facing, 2.0))
    mirrored = nodes.vector("SUBTRACT", projected.outputs[0], geometry["Incoming"])
    nearness = nodes.vector("DOT_PRODUCT", mirrored, (0.25, 0.2, 0.947))
    lamp = nodes.node("ShaderNodeMapRange", interpolation_type="SMOOTHSTEP")
    for socket, value in zip(lamp.inputs, (nearness, 0.72, 0.97, 0.0, GLOSS), strict=False):
        nodes.connect(socket, value)
    return nodes.math("MULTIPLY", lamp.outputs[0], nodes.math("SUBTRACT", 1.0, is_level))
