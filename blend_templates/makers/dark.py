# SPDX-License-Identifier: GPL-3.0-or-later
"""Dark: for slides. Deep, quiet tiles with fine light edges; those that are lit shine, on all their sides."""

from __future__ import annotations

from kernelwalk.scene.template_loader import TILE_GROUP

from . import parts

FLOOR_SHADE = 0.6
"""Share of its light that the floor loses in full shadow."""

VIGNETTE = 0.5
"""Share of its light that the backdrop loses towards the picture's corners."""


def make_template() -> None:
    sun = parts.make_sun("Sun", angle=20, share=1.0, tilt=(-20, 14))
    backdrop = parts.make_backdrop(VIGNETTE)
    parts.set_up_scene(sun, parts.make_floor(FLOOR_SHADE, backdrop), world=parts.make_world(backdrop))
    make_tile()
    parts.make_unlit_line()


def make_tile() -> None:
    """A top of exactly its colour. Dark tiles have darker sides and a lighter edge; bright ones are bright all over."""
    write, given = parts.make_group(TILE_GROUP)
    color = given.outputs["Color"]
    x, _, z = parts.surface_normal(write)
    flat = parts.level_mask(write, z)
    # how bright: 0 below a deep grey, 1 from a strong colour on
    parted = write.node("ShaderNodeSeparateColor", mode="HSV")
    write.connect(parted.inputs[0], color)
    bright = write.node("ShaderNodeMapRange", interpolation_type="SMOOTHSTEP")
    for socket, value in zip(bright.inputs, (parted.outputs[2], 0.05, 0.5), strict=False):
        write.connect(socket, value)
    bright = bright.outputs[0]
    side = write.math("MULTIPLY_ADD", x, 0.07, write.math("MULTIPLY_ADD", z, 0.35, 0.5))
    side = write.math("MULTIPLY_ADD", write.math("SUBTRACT", 0.85, side), bright, side)
    # the bevel, where a surface faces neither up nor sideways, catches a light from above
    edge = write.math(
        "MULTIPLY",
        write.math("SUBTRACT", 1.0, write.math("ABSOLUTE", write.math("MULTIPLY_ADD", z, 3.2, -2.2))),
        1.0,
        clamp=True,
    )
    side = write.math("MULTIPLY_ADD", edge, 1.2, side)
    shade = write.math("MULTIPLY_ADD", flat, write.math("SUBTRACT", 1.0, side), side)
    lit = parts.emit(write, color, write.math("MULTIPLY", shade, parts.camera_ray(write)))
    parts.finish_tile_group(write, given, lit)
