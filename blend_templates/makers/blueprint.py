# SPDX-License-Identifier: GPL-3.0-or-later
"""Blueprint: fine light outlines on ruled blue paper, without shadows."""

from __future__ import annotations

from typing import Any

from kernelwalk.scene.shading.node_builder import NodeBuilder

from . import scene_parts, shader_nodes

RULING_FADE = (0.55, 0.98)
"""Distances from the floor's center at which the ruling begins and ends to fade, in halves of the floor's side."""

RULING_STRENGTH, RULING_WIDTH = 0.16, 0.035
"""Share of ink in the ruling's lines, and their width in tiles."""

INK = (0.3, 0.6, 1.0, 1.0)


def make_template() -> None:
    """Make the template in the open file."""
    floor = scene_parts.make_floor(shadow_share=0.0, color_nodes=ruled_paper)
    scene_parts.set_up_scene(floor, world=scene_parts.make_world())
    shader_nodes.make_unlit_tile(upright=0.62, upward=0.3, sideways=0.08)
    shader_nodes.make_unlit_line()


def ruled_paper(nodes: NodeBuilder) -> Any:
    """Add the background with fine lines between the tiles' places, which fade towards the floor's edges."""
    position = nodes.node("ShaderNodeTexCoord").outputs["Object"]
    distance = nodes.vector("LENGTH", position)
    fade = nodes.node("ShaderNodeMapRange", interpolation_type="SMOOTHSTEP")
    for socket, value in zip(fade.inputs, (distance, *RULING_FADE, RULING_STRENGTH, 0.0), strict=False):
        nodes.connect(socket, value)
    size, location = (
        nodes.node("ShaderNodeAttribute", attribute_type="OBJECT", attribute_name=name).outputs["Vector"]
        for name in ("scale", "location")
    )
    place = nodes.vector("ADD", nodes.vector("MULTIPLY", position, size), location)  # in the walk, wherever that is
    fraction = nodes.vector("FRACTION", place)
    offset = nodes.node("ShaderNodeSeparateXYZ")
    nodes.connect(offset.inputs[0], nodes.vector("ABSOLUTE", nodes.vector("SUBTRACT", fraction, (0.5, 0.5, 0.5))))
    nearest = nodes.math("MINIMUM", offset.outputs[0], offset.outputs[1])
    is_line = nodes.math("LESS_THAN", nearest, RULING_WIDTH / 2)
    return nodes.mix(nodes.math("MULTIPLY", is_line, fade.outputs[0]), shader_nodes.background_color(nodes), INK)
