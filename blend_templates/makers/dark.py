# SPDX-License-Identifier: GPL-3.0-or-later
"""Dark, for slides: deep, quiet tiles with fine light edges; active tiles glow on all sides."""

from __future__ import annotations

from kernelwalk.scene.setup.template_loader import TILE_GROUP

from . import scene_parts, shader_nodes

FLOOR_SHADE = 0.6
"""Share of its light that the floor loses in full shadow."""

VIGNETTE = 0.5
"""Share of its light that the backdrop loses towards the picture's corners."""


def make_template() -> None:
    """Make the template in the open file."""
    sun = scene_parts.make_sun("Sun", angle=20, share=1.0, tilt=(-20, 14))
    backdrop = shader_nodes.make_backdrop(VIGNETTE)
    floor = scene_parts.make_floor(FLOOR_SHADE, backdrop)
    scene_parts.set_up_scene(sun, floor, world=scene_parts.make_world(backdrop))
    make_tile()
    shader_nodes.make_unlit_line()


def make_tile() -> None:
    """Make the tile group: a top of exactly the tile's color; dark tiles have darker sides and a lighter edge."""
    nodes, inputs = shader_nodes.make_group(TILE_GROUP)
    color = inputs.outputs["Color"]
    x, _, z = shader_nodes.surface_normal(nodes)
    is_level = shader_nodes.level_mask(nodes, z)
    # brightness: 0 below a deep gray, 1 from a strong color on
    hsv = nodes.node("ShaderNodeSeparateColor", mode="HSV")
    nodes.connect(hsv.inputs[0], color)
    brightness = nodes.node("ShaderNodeMapRange", interpolation_type="SMOOTHSTEP")
    for socket, value in zip(brightness.inputs, (hsv.outputs[2], 0.05, 0.5), strict=False):
        nodes.connect(socket, value)
    brightness = brightness.outputs[0]
    side = nodes.math("MULTIPLY_ADD", x, 0.07, nodes.math("MULTIPLY_ADD", z, 0.35, 0.5))
    side = nodes.math("MULTIPLY_ADD", nodes.math("SUBTRACT", 0.85, side), brightness, side)
    # the bevel, which faces neither up nor sideways, catches light from above
    bevel = nodes.math("SUBTRACT", 1.0, nodes.math("ABSOLUTE", nodes.math("MULTIPLY_ADD", z, 3.2, -2.2)))
    bevel = nodes.math("MULTIPLY", bevel, 1.0, clamp=True)
    side = nodes.math("MULTIPLY_ADD", bevel, 1.2, side)
    shade = nodes.math("MULTIPLY_ADD", is_level, nodes.math("SUBTRACT", 1.0, side), side)
    shader = shader_nodes.emit(nodes, color, nodes.math("MULTIPLY", shade, shader_nodes.camera_ray(nodes)))
    shader_nodes.finish_tile_group(nodes, inputs, shader)
