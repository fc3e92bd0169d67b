# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as a glTF document."""

from __future__ import annotations

from functools import partial

from ..geometry.grids import make_grids
from ..moving_parts.part_writer import WordMaker
from ..moving_parts.walk_parts import add_walk, find_origin
from ..plan.plan import Plan
from ..spec.spec import Spec
from ..tiles.side_shades import LIT_TEMPLATES, shade_surfaces
from .scene_writer import GltfWriter

PITCH = 0.02
"""Meters from one tile to the next."""

MAX_BYTES = 64_000_000
"""Largest document that browsers open within seconds."""

BYTES_OF_WORDS, BYTES_PER_TILE, BYTES_PER_ACTIVATION = 60_000, 700, 60
"""About what words, a tile with its twins, and a tile that is active at a step take."""


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


def estimate_size(spec: Spec) -> int:
    """Return about how many bytes the document of a spec has."""
    per_tile = BYTES_PER_TILE * (1 if spec.values is None else 2)
    activations = sum(grid.activation_count for grid in make_grids(spec))
    return BYTES_OF_WORDS + per_tile * spec.tile_count + BYTES_PER_ACTIVATION * activations


def find_obstacle(spec: Spec) -> str | None:
    """Return why a spec is too large for a document, or has a layer beside its own; None if it fits."""
    if spec.beside:
        return "beside: a glTF file shows one layer. Leave the key out, or render the scene"
    size = estimate_size(spec)
    if size <= MAX_BYTES:
        return None
    return (
        f"a .glb of {spec.tile_count:,} tiles and {spec.step_count:,} steps would have about {size / 1e6:,.0f} MB, and "
        f"at most {MAX_BYTES / 1e6:,.0f} MB are written. Use a smaller layer, fewer steps or "
        "show.excerpt, or render a film"
    )
