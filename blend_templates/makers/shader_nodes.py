# SPDX-License-Identifier: GPL-3.0-or-later
"""Node groups and shaders that templates share: surfaces of exact colors, tiles, connectors, backgrounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy
from kernelwalk.scene.setup.template_loader import BACKGROUND_NODE, LINE_GROUP, TILE_GROUP
from kernelwalk.scene.shading.node_builder import NodeBuilder

SHADOW_FADE = 0.09
"""Width of the border in which shadows fade out, as a share of the picture's sides."""

ColorNodes = Callable[[NodeBuilder], Any]
"""A function that adds the nodes of a color and returns their output."""


def camera_ray(nodes: NodeBuilder) -> Any:
    """Add a mask: 1 for camera rays, 0 for indirect light, so that no surface tints another."""
    return nodes.node("ShaderNodeLightPath").outputs["Is Camera Ray"]


def make_group(name: str) -> tuple[NodeBuilder, Any]:
    """Make a node group of the contract, and return its builder and its input node."""
    tree = bpy.data.node_groups.new(name, "ShaderNodeTree")
    tree.use_fake_user = True
    tree.interface.new_socket("Color", in_out="INPUT", socket_type="NodeSocketColor")
    if name == TILE_GROUP:
        opacity = tree.interface.new_socket("Opacity", in_out="INPUT", socket_type="NodeSocketFloat")
        opacity.default_value, opacity.min_value, opacity.max_value = 1.0, 0.0, 1.0
    tree.interface.new_socket("Shader", in_out="OUTPUT", socket_type="NodeSocketShader")
    nodes = NodeBuilder(tree)
    return nodes, nodes.node("NodeGroupInput")


def emit(nodes: NodeBuilder, color: Any, strength: Any) -> Any:
    """Add a surface of exactly this color in any light."""
    shader = nodes.node("ShaderNodeEmission")
    nodes.connect(shader.inputs["Color"], color)
    nodes.connect(shader.inputs["Strength"], strength)
    return shader.outputs[0]


def add_shaders(nodes: NodeBuilder, *shaders: Any) -> Any:
    """Add the sum of several shaders."""
    total = shaders[0]
    for shader in shaders[1:]:
        node = nodes.node("ShaderNodeAddShader")
        nodes.connect(node.inputs[0], total)
        nodes.connect(node.inputs[1], shader)
        total = node.outputs[0]
    return total


def surface_normal(nodes: NodeBuilder) -> Any:
    """Add the normal of a surface, and return the outputs x, y and z, in world space."""
    normal = nodes.node("ShaderNodeSeparateXYZ")
    nodes.connect(normal.inputs[0], nodes.node("ShaderNodeNewGeometry").outputs["Normal"])
    return normal.outputs


def level_mask(nodes: NodeBuilder, normal_z: Any) -> Any:
    """Add a mask: 1 on level surfaces, else 0."""
    return nodes.math("GREATER_THAN", nodes.math("ABSOLUTE", normal_z), 0.9999)


def finish_tile_group(nodes: NodeBuilder, inputs: Any, shader: Any) -> None:
    """Mix transparency into the tile's shader by its opacity, and connect the group's output."""
    mix = nodes.node("ShaderNodeMixShader")
    nodes.connect(mix.inputs[0], inputs.outputs["Opacity"])
    nodes.connect(mix.inputs[1], nodes.node("ShaderNodeBsdfTransparent").outputs[0])
    nodes.connect(mix.inputs[2], shader)
    nodes.connect(nodes.node("NodeGroupOutput").inputs[0], mix.outputs[0])


def make_unlit_tile(upright: float, upward: float, sideways: float) -> None:
    """Make the tile group for a look without light: a top of exactly the tile's color, and darker sides.

    upright:  brightness of an upright side, as a share of the top's
    upward:   added the more a surface faces upwards
    sideways: added the more it faces to the right
    """
    nodes, inputs = make_group(TILE_GROUP)
    x, _, z = surface_normal(nodes)
    shade = nodes.math("MULTIPLY_ADD", x, sideways, nodes.math("MULTIPLY_ADD", z, upward, upright))
    shade = nodes.math("MAXIMUM", shade, level_mask(nodes, z))
    strength = nodes.math("MULTIPLY", shade, camera_ray(nodes))
    finish_tile_group(nodes, inputs, emit(nodes, inputs.outputs["Color"], strength))


def make_unlit_line() -> None:
    """Make the line group for connectors of exactly their color."""
    nodes, inputs = make_group(LINE_GROUP)
    nodes.connect(nodes.node("NodeGroupOutput").inputs[0], emit(nodes, inputs.outputs["Color"], camera_ray(nodes)))


def background_color(nodes: NodeBuilder) -> Any:
    """Add the node that Kernelwalk gives the background color of the look."""
    return nodes.color(BACKGROUND_NODE, (1.0, 1.0, 1.0))


def make_backdrop(vignette: float) -> ColorNodes:
    """Return nodes for the background color, which loses a share of its light towards the picture's corners."""

    def add_color(nodes: NodeBuilder) -> Any:
        window = nodes.node("ShaderNodeTexCoord").outputs["Window"]
        position = nodes.vector("MULTIPLY", window, (1.0, 1.0, 0.0))
        distance = nodes.vector("LENGTH", nodes.vector("SUBTRACT", position, (0.5, 0.54, 0.0)))
        darkening = nodes.math("MULTIPLY", nodes.math("MULTIPLY", distance, distance), 2 * vignette)
        return nodes.mix(darkening, background_color(nodes), (0.0, 0.0, 0.0, 1.0))

    return add_color


def inside_mask(nodes: NodeBuilder) -> Any:
    """Add a mask: 1 inside the picture, down to 0 at its edges, so that the picture cuts no shadow off."""
    window = nodes.node("ShaderNodeTexCoord").outputs["Window"]
    offset = nodes.node("ShaderNodeSeparateXYZ")
    nodes.connect(offset.inputs[0], nodes.vector("ABSOLUTE", nodes.vector("SUBTRACT", window, (0.5, 0.5, 0.0))))
    distance = nodes.math("MAXIMUM", offset.outputs[0], offset.outputs[1])
    fade = nodes.node("ShaderNodeMapRange", interpolation_type="SMOOTHSTEP")
    for socket, value in zip(fade.inputs, (distance, 0.5 - SHADOW_FADE, 0.5, 1.0, 0.0), strict=False):
        nodes.connect(socket, value)
    return fade.outputs[0]
