# SPDX-License-Identifier: GPL-3.0-or-later
"""What looks are made of: surfaces that hold to their colour, a floor for shadows, a sun, a world, a scene."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import bpy
from kernelwalk.scene.shading.node_builder import NodeBuilder
from kernelwalk.scene.template_loader import BACKGROUND_NODE, FLOOR_OBJECT, LINE_GROUP, TILE_GROUP

SHADOW_FADE = 0.09
"""How far from the picture's edges shadows begin to fade, in shares of its sides."""

ColorNodes = Callable[[NodeBuilder], Any]
"""Writes the nodes of a colour, or of a number."""


def camera_ray(write: NodeBuilder) -> Any:
    """1 where the camera looks, 0 for the light that one surface throws on another: nothing tints anything."""
    return write.node("ShaderNodeLightPath").outputs["Is Camera Ray"]


def make_group(name: str) -> tuple[NodeBuilder, Any]:
    """A node group of the contract, and its inputs."""
    tree = bpy.data.node_groups.new(name, "ShaderNodeTree")
    tree.use_fake_user = True
    tree.interface.new_socket("Color", in_out="INPUT", socket_type="NodeSocketColor")
    if name == TILE_GROUP:
        opacity = tree.interface.new_socket("Opacity", in_out="INPUT", socket_type="NodeSocketFloat")
        opacity.default_value, opacity.min_value, opacity.max_value = 1.0, 0.0, 1.0
    tree.interface.new_socket("Shader", in_out="OUTPUT", socket_type="NodeSocketShader")
    write = NodeBuilder(tree)
    return write, write.node("NodeGroupInput")


def emit(write: NodeBuilder, color: Any, strength: Any) -> Any:
    """A surface of just this colour, whatever the light."""
    shader = write.node("ShaderNodeEmission")
    write.connect(shader.inputs["Color"], color)
    write.connect(shader.inputs["Strength"], strength)
    return shader.outputs[0]


def add_shaders(write: NodeBuilder, *shaders: Any) -> Any:
    """The light of several surfaces together."""
    total = shaders[0]
    for shader in shaders[1:]:
        node = write.node("ShaderNodeAddShader")
        write.connect(node.inputs[0], total)
        write.connect(node.inputs[1], shader)
        total = node.outputs[0]
    return total


def surface_normal(write: NodeBuilder) -> Any:
    """The way a surface faces, in the world: x, y, z."""
    parts = write.node("ShaderNodeSeparateXYZ")
    write.connect(parts.inputs[0], write.node("ShaderNodeNewGeometry").outputs["Normal"])
    return parts.outputs


def level_mask(write: NodeBuilder, up: Any) -> Any:
    """1 on what is level, else 0."""
    return write.math("GREATER_THAN", write.math("ABSOLUTE", up), 0.9999)


def finish_tile_group(write: NodeBuilder, given: Any, shader: Any) -> None:
    """The tile's surface as far as it is opaque. What is behind is seen in its own colour."""
    mix = write.node("ShaderNodeMixShader")
    write.connect(mix.inputs[0], given.outputs["Opacity"])
    write.connect(mix.inputs[1], write.node("ShaderNodeBsdfTransparent").outputs[0])
    write.connect(mix.inputs[2], shader)
    write.connect(write.node("NodeGroupOutput").inputs[0], mix.outputs[0])


def make_unlit_tile(upright: float, upward: float, sideways: float) -> None:
    """A tile whose top has its colour exactly. Its sides have this share of it, and more the more they face upwards,
    and to the right."""
    write, given = make_group(TILE_GROUP)
    x, _, z = surface_normal(write)
    shade = write.math("MULTIPLY_ADD", x, sideways, write.math("MULTIPLY_ADD", z, upward, upright))
    shade = write.math("MAXIMUM", shade, level_mask(write, z))
    finish_tile_group(
        write, given, emit(write, given.outputs["Color"], write.math("MULTIPLY", shade, camera_ray(write)))
    )


def make_unlit_line() -> None:
    """Connectors that have their colour exactly."""
    write, given = make_group(LINE_GROUP)
    write.connect(write.node("NodeGroupOutput").inputs[0], emit(write, given.outputs["Color"], camera_ray(write)))


def background_color(write: NodeBuilder) -> Any:
    """The look's background colour, which Kernelwalk puts here."""
    return write.color(BACKGROUND_NODE, (1.0, 1.0, 1.0))


def make_backdrop(vignette: float) -> ColorNodes:
    """The background's colour, which loses this share of its light towards the picture's corners."""

    def tint(write: NodeBuilder) -> Any:
        window = write.node("ShaderNodeTexCoord").outputs["Window"]
        place = write.vector("MULTIPLY", window, (1.0, 1.0, 0.0))
        out = write.vector("LENGTH", write.vector("SUBTRACT", place, (0.5, 0.54, 0.0)))
        falls = write.math("MULTIPLY", write.math("MULTIPLY", out, out), 2 * vignette)
        return write.mix(falls, background_color(write), (0.0, 0.0, 0.0, 1.0))

    return tint


def inside_mask(write: NodeBuilder) -> Any:
    """1 in the picture, and down to 0 at its edges, where nothing is to be cut."""
    window = write.node("ShaderNodeTexCoord").outputs["Window"]
    apart = write.node("ShaderNodeSeparateXYZ")
    write.connect(apart.inputs[0], write.vector("ABSOLUTE", write.vector("SUBTRACT", window, (0.5, 0.5, 0.0))))
    out = write.math("MAXIMUM", apart.outputs[0], apart.outputs[1])
    fade = write.node("ShaderNodeMapRange", interpolation_type="SMOOTHSTEP")
    for socket, value in zip(fade.inputs, (out, 0.5 - SHADOW_FADE, 0.5, 1.0, 0.0), strict=False):
        write.connect(socket, value)
    return fade.outputs[0]


def make_floor(shadow_share: float, color_nodes: ColorNodes = background_color) -> bpy.types.Object:
    """A floor of exactly the background's colour, but for the shadows on it, which take this share of its light, and
    less towards the picture's edges: a square, which Kernelwalk scales."""
    mesh = bpy.data.meshes.new(FLOOR_OBJECT)
    mesh.from_pydata([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)], [], [(0, 1, 2, 3)])
    material = bpy.data.materials.new(FLOOR_OBJECT)
    material.use_nodes = True
    material.node_tree.nodes.clear()
    write = NodeBuilder(material.node_tree)
    color = color_nodes(write)
    share = write.math("MULTIPLY", inside_mask(write), shadow_share) if shadow_share > 0 else 0.0
    shader = emit(write, color, write.math("MULTIPLY", camera_ray(write), write.math("SUBTRACT", 1.0, share)))
    if shadow_share > 0:
        diffuse = write.node("ShaderNodeBsdfDiffuse")
        # where the light is whole, the two add up to the colour itself
        write.connect(diffuse.inputs["Color"], write.mix(share, (0, 0, 0, 1), color))
        shader = add_shaders(write, shader, diffuse.outputs[0])
    write.connect(write.node("ShaderNodeOutputMaterial").inputs["Surface"], shader)
    material.cycles.emission_sampling = "NONE"
    mesh.materials.append(material)
    made = bpy.data.objects.new(FLOOR_OBJECT, mesh)
    made.visible_diffuse = made.visible_glossy = False  # no light goes on from one surface to another
    return made


def make_sun(name: str, angle: float, share: float, tilt: tuple[float, float]) -> bpy.types.Object:
    """A sun as wide as `angle`, tilted about x and y, in degrees; on a level floor it gives this share of light."""
    light = bpy.data.lights.new(name, "SUN")
    light.angle = math.radians(angle)
    made = bpy.data.objects.new(name, light)
    made.rotation_euler = (math.radians(tilt[0]), math.radians(tilt[1]), 0)
    made.location = (0, 0, 10)
    light.cycles.use_multiple_importance_sampling = False  # there are no mirrors to see it in
    light.energy = share * math.pi / made.rotation_euler.to_matrix()[2][2]
    return made


def make_world(color_nodes: ColorNodes = background_color) -> bpy.types.World:
    """The background's colour, seen by the camera only: no ray is spent on it as a light."""
    made = bpy.data.worlds.new("World")
    made.use_nodes = True
    tree = made.node_tree
    tree.nodes.clear()
    write = NodeBuilder(tree)
    shader = write.node("ShaderNodeBackground")
    write.connect(shader.inputs["Color"], color_nodes(write))
    write.connect(shader.inputs["Strength"], camera_ray(write))
    write.connect(write.node("ShaderNodeOutputWorld").inputs["Surface"], shader.outputs[0])
    made.cycles.sampling_method = "NONE"
    for ray in ("diffuse", "glossy", "transmission", "scatter"):
        setattr(made.cycles_visibility, ray, False)
    return made


def set_up_scene(*objects: bpy.types.Object, world: bpy.types.World) -> None:
    """The scene: these objects in this world, colours as they are told, and light that goes nowhere but from the lamps
    to a surface to the camera, so that a tile which changes its colour changes nothing else."""
    scene = bpy.context.scene
    scene.view_settings.view_transform = "Standard"
    scene.cycles.max_bounces = 0
    scene.cycles.transparent_max_bounces = 32
    scene.cycles.use_light_tree = False  # which takes longer to choose between one or two lamps than to ask both
    scene.world = world
    for made in objects:
        scene.collection.objects.link(made)
