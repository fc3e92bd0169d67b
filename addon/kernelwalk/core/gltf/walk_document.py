# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as a glTF document."""

from __future__ import annotations

from functools import partial

from ..moving_parts.part_writer import WordMaker
from ..moving_parts.walk_parts import add_walk, find_origin
from ..plan.file_sizes import FileForm, find_size_obstacle
from ..plan.plan import Plan
from ..spec.spec import Spec
from ..tiles.side_shades import LIT_TEMPLATES, shade_surfaces
from .scene_writer import GltfWriter

PITCH = 0.02
"""Meters from one tile to the next."""

FORM = FileForm("a .glb", 20_000_000, 60_000, 120, 25, 700, 60)
"""Files up to what browsers open within seconds, and is written within minutes."""


def make_glb(plan: Plan, name: str, make_words: WordMaker, glides: bool = False) -> bytes:
    """Return a walk as the bytes of a .glb.

    name: used where the spec has no title
    glides: values glide, and colors are animated by KHR_animation_pointer; otherwise, and where the walk itself goes
        by steps, nodes alone are, by steps
    """
    spec, look = plan.spec, plan.spec.look
    shade = None if look.template in LIT_TEMPLATES else partial(shade_surfaces, look)
    writer = GltfWriter(spec.title or name, plan.frames, spec.walk.fps, shade, glides and spec.walk.easing != "step")
    add_walk(writer, writer.root, plan, PITCH, make_words)
    writer.add_camera(writer.root, plan.view, PITCH, find_origin(plan, PITCH))
    return writer.finish("Kernelwalk")


def find_obstacle(spec: Spec, made: int | None = None) -> str | None:
    """Return why a spec is too large for a document, or has a layer beside its own; None if it fits.

    made: as of find_size_obstacle
    """
    if spec.beside:
        return "beside: a glTF file shows one layer. Leave the key out, or render the scene"
    return find_size_obstacle(spec, FORM, made)
