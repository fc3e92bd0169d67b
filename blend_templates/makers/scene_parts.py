# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that templates share: a floor for shadows, suns, a world, and the scene that holds them."""

from __future__ import annotations

import math

import bpy
from kernelwalk.scene.setup.template_loader import FLOOR_OBJECT
from kernelwalk.scene.shading.node_builder import NodeBuilder

from .shader_nodes import ColorNodes, add_shaders, background_color, camera_ray, emit, inside_mask


def make_floor(shadow_share: float, color_nodes: ColorNodes = background_color) -> bpy.types.Object:
    """Make a square floor of exactly the background color, except for the shadows on it. Kernelwalk scales it.

    shadow_share: share of its light that the floor loses in full shadow; less towards the picture's edges
    """
    mesh = bpy.data.meshes.new(FLOOR_OBJECT)
    mesh.from_pydata([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)], [], [(0, 1, 2, 3)])
    material = bpy.data.materials.new(FLOOR_OBJECT)
    material.use_nodes = True
    material.node_tree.nodes.clear()
    nodes = NodeBuilder(material.node_tree)
    color = color_nodes(nodes)
    share = nodes.math("MULTIPLY", inside_mask(nodes), shadow_share) if shadow_share > 0 else 0.0
    shader = emit(nodes, color, nodes.math("MULTIPLY", camera_ray(nodes), nodes.math("SUBTRACT", 1.0, share)))
    if shadow_share > 0:
        diffuse = nodes.node("ShaderNodeBsdfDiffuse")
        # without shadow, the two shaders add up to the color itself
        nodes.connect(diffuse.inputs["Color"], nodes.mix(share, (0, 0, 0, 1), color))
        shader = add_shaders(nodes, shader, diffuse.outputs[0])
    nodes.connect(nodes.node("ShaderNodeOutputMaterial").inputs["Surface"], shader)
    material.cycles.emission_sampling = "NONE"
    mesh.materials.append(material)
    floor = bpy.data.objects.new(FLOOR_OBJECT, mesh)
    floor.visible_diffuse = floor.visible_glossy = False  # there is no indirect light
    return floor


def make_sun(name: str, angle: float, share: float, tilt: tuple[float, float]) -> bpy.types.Object:
    """Make a sun.

    angle: apparent diameter, in degrees
    share: share of the full light that it gives to a level floor
    tilt:  rotation about x and y, in degrees
    """
    light = bpy.data.lights.new(name, "SUN")
    light.angle = math.radians(angle)
    sun = bpy.data.objects.new(name, light)
    sun.rotation_euler = (math.radians(tilt[0]), math.radians(tilt[1]), 0)
    sun.location = (0, 0, 10)
    light.cycles.use_multiple_importance_sampling = False  # nothing mirrors the sun
    light.energy = share * math.pi / sun.rotation_euler.to_matrix()[2][2]
    return sun


def make_world(color_nodes: ColorNodes = background_color) -> bpy.types.World:
    """Make a world of the background color that only the camera sees, so that it costs no light rays."""
    world = bpy.data.worlds.new("World")
    world.use_nodes = True
    tree = world.node_tree
    tree.nodes.clear()
    nodes = NodeBuilder(tree)
    shader = nodes.node("ShaderNodeBackground")
    nodes.connect(shader.inputs["Color"], color_nodes(nodes))
    nodes.connect(shader.inputs["Strength"], camera_ray(nodes))
    nodes.connect(nodes.node("ShaderNodeOutputWorld").inputs["Surface"], shader.outputs[0])
    world.cycles.sampling_method = "NONE"
    for ray in ("diffuse", "glossy", "transmission", "scatter"):
        setattr(world.cycles_visibility, ray, False)
    return world


def set_up_scene(*objects: bpy.types.Object, world: bpy.types.World) -> None:
    """Put objects and world into the scene, with exact colors and direct light alone.

    Without indirect light, a tile that changes its color changes no other pixels.
    """
    scene = bpy.context.scene
    scene.view_settings.view_transform = "Standard"
    scene.cycles.max_bounces = 0
    scene.cycles.transparent_max_bounces = 32
    scene.cycles.use_light_tree = False  # with one or two lamps, sampling both is faster than choosing
    scene.world = world
    for member in objects:
        scene.collection.objects.link(member)
