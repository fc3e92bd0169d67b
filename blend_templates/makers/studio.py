# SPDX-License-Identifier: GPL-3.0-or-later
"""Studio: satin tiles in the light of a large soft lamp, with contact shadows, before a backdrop that darkens outwards.

Where the light is whole, a tile's top has its colour exactly. All light is direct, and what shines in the bevels is
reckoned from the way that they face: a tile that changes its colour changes nothing else.
"""

from __future__ import annotations

from typing import Any

from kernelwalk.scene.shading.node_builder import NodeBuilder
from kernelwalk.scene.template_loader import TILE_GROUP

from . import parts

FLOOR_SHADE, TILE_SHADE = 0.62, 0.3
"""Shares of their light that floor and tiles lose in full shadow."""

LAMP_SHARE = 0.55
"""Share of the light that comes from the lamp; the rest comes from all over the ceiling, and makes contact shadows."""

VIGNETTE = 0.16
"""Share of its light that the backdrop loses towards the picture's corners."""

GLOSS = 0.55
"""How bright the lamp shines in the bevels."""


def make_template() -> None:
    # neither reaches so far sideways that a shadow falls beyond the floor, whose edge would show
    key = parts.make_sun("Lamp", angle=22, share=LAMP_SHARE, tilt=(-23, 20))
    ceiling = parts.make_sun("Ceiling", angle=72, share=1 - LAMP_SHARE, tilt=(0, 0))
    backdrop = parts.make_backdrop(VIGNETTE)
    parts.set_up_scene(key, ceiling, parts.make_floor(FLOOR_SHADE, backdrop), world=parts.make_world(backdrop))
    make_tile()
    parts.make_unlit_line()


def make_tile() -> None:
    write, given = parts.make_group(TILE_GROUP)
    color = given.outputs["Color"]
    x, _, z = parts.surface_normal(write)
    flat = parts.level_mask(write, z)
    around = write.math("MULTIPLY_ADD", z, 0.22, 0.78)  # the room is lighter above
    around = write.math("MULTIPLY_ADD", x, 0.05, around)
    around = write.math("MAXIMUM", around, flat)
    seen = parts.camera_ray(write)
    ambient = parts.emit(write, color, write.math("MULTIPLY", write.math("MULTIPLY", around, 1 - TILE_SHADE), seen))
    diffuse = write.node("ShaderNodeBsdfDiffuse")
    write.connect(diffuse.inputs["Color"], write.mix(TILE_SHADE, (0.0, 0.0, 0.0, 1.0), color))
    shine = parts.emit(write, (1.0, 1.0, 1.0, 1.0), write.math("MULTIPLY", build_gloss(write, flat), seen))
    parts.finish_tile_group(write, given, parts.add_shaders(write, ambient, diffuse.outputs[0], shine))


def build_gloss(write: NodeBuilder, flat: Any) -> Any:
    """How much of a wide lamp overhead a surface mirrors to the camera. Level ones hold to their colour."""
    geometry = write.node("ShaderNodeNewGeometry").outputs
    facing = write.vector("DOT_PRODUCT", geometry["Normal"], geometry["Incoming"])
    twice = write.node("ShaderNodeVectorMath", operation="SCALE")
    write.connect(twice.inputs[0], geometry["Normal"])
    write.connect(twice.inputs["Scale"], write.math("MULTIPLY", facing, 2.0))
    mirrored = write.vector("SUBTRACT", twice.outputs[0], geometry["Incoming"])
    near = write.vector("DOT_PRODUCT", mirrored, (0.25, 0.2, 0.947))
    lamp = write.node("ShaderNodeMapRange", interpolation_type="SMOOTHSTEP")
    for socket, value in zip(lamp.inputs, (near, 0.72, 0.97, 0.0, GLOSS), strict=False):
        write.connect(socket, value)
    return write.math("MULTIPLY", lamp.outputs[0], write.math("SUBTRACT", 1.0, flat))
