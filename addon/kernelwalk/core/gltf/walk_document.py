# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as a glTF document."""

from __future__ import annotations

from functools import partial

import numpy as np

from ..moving_parts.part_writer import WordMaker
from ..moving_parts.walk_parts import add_walk, find_origin
from ..plan.plan import Plan
from ..tiles.side_shades import LIT_TEMPLATES, shade_surfaces
from .scene_writer import GltfWriter

PITCH = 0.02
"""Meters from one tile to the next."""

MAX_BYTES = 64_000_000
"""Largest document that browsers open within seconds."""

BYTES_PER_TILE, BYTES_PER_MOVE = 700, 44
"""About what a tile with its twins takes, and a line at a step."""


def make_glb(plan: Plan, name: str, make_words: WordMaker, glides: bool = False) -> bytes:
    """Return a walk as the bytes of a .glb.

    name: used where the spec has no title
    glides: values glide, and colors are animated by KHR_animation_pointer; otherwise nodes alone are, by steps
    """
    spec, look = plan.spec, plan.spec.look
    shade = None if look.template in LIT_TEMPLATES else partial(shade_surfaces, look)
    writer = GltfWriter(spec.title or name, plan.frames, spec.walk.fps, shade, glides)
    add_walk(writer, writer.root, plan, PITCH, make_words)
    writer.add_camera(writer.root, plan.view, PITCH, find_origin(plan, PITCH))
    return writer.finish("Kernelwalk")


def estimate_size(plan: Plan) -> int:
    """Return about how many bytes the document of a plan has."""
    tiles = sum(len(grid.cells) for grid in plan.all_grids)
    moves = sum(int(np.prod(lines.points.shape[:2])) for lines in plan.lines)
    return BYTES_PER_TILE * tiles + BYTES_PER_MOVE * moves
