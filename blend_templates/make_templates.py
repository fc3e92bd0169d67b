# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the .blend of every template again: python make_templates.py

The files must open in the oldest Blender that Kernelwalk works with, so run it with that one (bpy 4.2). What the
files hold is CC0; the contract that they follow stands in addon/kernelwalk/scene/template.py.
"""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path
from typing import Any

import bpy

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "addon"))

from kernelwalk.scene.nodes import Writer  # noqa: E402  # found only after the path is set
from kernelwalk.scene.template import BACKGROUND, FLOOR, LINE, TILE  # noqa: E402

SHADE = 0.22
"""Share of its light that the floor loses in full shadow."""


def camera_ray(write: Writer) -> Any:
    """1 where the camera looks, 0 for the light that one surface throws on another: nothing tints anything."""
    return write.node("ShaderNodeLightPath").outputs["Is Camera Ray"]


def shader_group(name: str) -> tuple[bpy.types.NodeTree, Writer, Any]:
    tree = bpy.data.node_groups.new(name, "ShaderNodeTree")
    tree.use_fake_user = True
    tree.interface.new_socket("Color", in_out="INPUT", socket_type="NodeSocketColor")
    if name == TILE:
        opacity = tree.interface.new_socket("Opacity", in_out="INPUT", socket_type="NodeSocketFloat")
        opacity.default_value, opacity.min_value, opacity.max_value = 1.0, 0.0, 1.0
    tree.interface.new_socket("Shader", in_out="OUTPUT", socket_type="NodeSocketShader")
    write = Writer(tree)
    return tree, write, write.node("NodeGroupInput")


def unlit(write: Writer, color: Any, strength: Any) -> Any:
    shader = write.node("ShaderNodeEmission")
    write.put(shader.inputs["Color"], color)
    write.put(shader.inputs["Strength"], strength)
    return shader.outputs[0]


def tile_surface() -> None:
    """Unlit: a tile's top has its colour exactly, its sides are darker by the way they face."""
    _, write, given = shader_group(TILE)
    normal = write.node("ShaderNodeSeparateXYZ")
    write.put(normal.inputs[0], write.node("ShaderNodeNewGeometry").outputs["Normal"])
    shade = write.math("MULTIPLY_ADD", normal.outputs[2], 0.28, 0.72)
    shade = write.math("MULTIPLY_ADD", normal.outputs[0], 0.08, shade)
    flat = write.math("GREATER_THAN", write.math("ABSOLUTE", normal.outputs[2]), 0.9999)
    shade = write.math("MAXIMUM", shade, flat)
    emission = unlit(write, given.outputs["Color"], write.math("MULTIPLY", shade, camera_ray(write)))
    mix = write.node("ShaderNodeMixShader")
    write.put(mix.inputs[0], given.outputs["Opacity"])
    write.put(mix.inputs[1], write.node("ShaderNodeBsdfTransparent").outputs[0])
    write.put(mix.inputs[2], emission)
    write.put(write.node("NodeGroupOutput").inputs[0], mix.outputs[0])


def line_surface() -> None:
    _, write, given = shader_group(LINE)
    write.put(write.node("NodeGroupOutput").inputs[0], unlit(write, given.outputs["Color"], camera_ray(write)))


def background(write: Writer) -> Any:
    return write.color(BACKGROUND, (1.0, 1.0, 1.0))


def floor() -> bpy.types.Object:
    """A floor of exactly the background's colour, but for the shadows on it: a square, which Kernelwalk scales."""
    mesh = bpy.data.meshes.new(FLOOR)
    mesh.from_pydata([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)], [], [(0, 1, 2, 3)])
    material = bpy.data.materials.new(FLOOR)
    material.use_nodes = True
    material.node_tree.nodes.clear()
    write = Writer(material.node_tree)
    color = background(write)
    diffuse = write.node("ShaderNodeBsdfDiffuse")
    # where the sun shines, the two add up to the colour itself
    write.put(diffuse.inputs["Color"], write.mix(SHADE, (0, 0, 0, 1), color))
    add = write.node("ShaderNodeAddShader")
    write.put(add.inputs[0], unlit(write, color, write.math("MULTIPLY", camera_ray(write), 1 - SHADE)))
    write.put(add.inputs[1], diffuse.outputs[0])
    write.put(write.node("ShaderNodeOutputMaterial").inputs["Surface"], add.outputs[0])
    material.cycles.emission_sampling = "NONE"
    mesh.materials.append(material)
    return bpy.data.objects.new(FLOOR, mesh)


def sun() -> bpy.types.Object:
    """A soft sun from the far right, so that shadows fall towards the viewer; on a level floor its light is 1."""
    light = bpy.data.lights.new("Sun", "SUN")
    light.angle = math.radians(16)
    made = bpy.data.objects.new("Sun", light)
    made.rotation_euler = (math.radians(-20), math.radians(14), 0)
    made.location = (0, 0, 10)
    light.energy = math.pi / made.rotation_euler.to_matrix()[2][2]
    return made


def world() -> bpy.types.World:
    """The background's colour, seen by the camera only."""
    made = bpy.data.worlds.new("World")
    made.use_nodes = True
    tree = made.node_tree
    tree.nodes.clear()
    write = Writer(tree)
    shader = write.node("ShaderNodeBackground")
    write.put(shader.inputs["Color"], background(write))
    write.put(shader.inputs["Strength"], camera_ray(write))
    write.put(write.node("ShaderNodeOutputWorld").inputs["Surface"], shader.outputs[0])
    return made


def paper() -> None:
    """White, unlit and exact, with soft shadows on the floor."""
    scene = bpy.context.scene
    scene.name = "Paper"
    scene.view_settings.view_transform = "Standard"
    scene.cycles.max_bounces = 0
    scene.cycles.transparent_max_bounces = 32
    scene.world = world()
    light = sun()
    for made in (light, floor()):
        scene.collection.objects.link(made)
    tile_surface()
    line_surface()


def main() -> None:
    for make in (paper,):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        make()
        path = HERE / f"{make.__name__}.blend"
        bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=True, relative_remap=False)
        print(f"{path.name}: {path.stat().st_size:,} bytes, Blender {bpy.app.version_string}")
    sys.stdout.flush()
    os._exit(0)  # the module can hang when it exits


if __name__ == "__main__":
    main()
