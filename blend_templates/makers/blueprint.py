# SPDX-License-Identifier: GPL-3.0-or-later
"""Blueprint: fine light outlines on ruled blue paper, without shadows."""

from __future__ import annotations

from typing import Any

from kernelwalk.scene.shading.node_builder import NodeBuilder

from . import parts

RULING_FADE = (0.55, 0.98)
"""Where on its way out the ruling begins to fade, and where it is gone, in shares of the floor's half side."""

RULING_STRENGTH, RULING_WIDTH = 0.16, 0.035
"""Of the ruling: how far its lines go to the ink, and how wide they are in tiles."""

INK = (0.3, 0.6, 1.0, 1.0)


def make_template() -> None:
    parts.set_up_scene(parts.make_floor(shadow_share=0.0, color_nodes=ruled_paper), world=parts.make_world())
    parts.make_unlit_tile(upright=0.62, upward=0.3, sideways=0.08)
    parts.make_unlit_line()


def ruled_paper(write: NodeBuilder) -> Any:
    """The background with fine lines, half a tile from where tiles have their middles, which fade towards the end."""
    place = write.node("ShaderNodeTexCoord").outputs["Object"]
    out = write.vector("LENGTH", place)
    fade = write.node("ShaderNodeMapRange", interpolation_type="SMOOTHSTEP")
    for socket, value in zip(fade.inputs, (out, *RULING_FADE, RULING_STRENGTH, 0.0), strict=False):
        write.connect(socket, value)
    fraction = write.vector("FRACTION", write.node("ShaderNodeNewGeometry").outputs["Position"])
    apart = write.node("ShaderNodeSeparateXYZ")
    write.connect(apart.inputs[0], write.vector("ABSOLUTE", write.vector("SUBTRACT", fraction, (0.5, 0.5, 0.5))))
    nearest = write.math("MINIMUM", apart.outputs[0], apart.outputs[1])
    line = write.math("LESS_THAN", nearest, RULING_WIDTH / 2)
    return write.mix(write.math("MULTIPLY", line, fade.outputs[0]), parts.background_color(write), INK)
