# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as a scene in USD, which stands on the ground around the origin."""

from __future__ import annotations

from kernelwalk.core import Plan
from kernelwalk.core.moving_parts.walk_parts import add_walk
from pxr import Sdf

from ..word_meshes import triangulate_text
from .stage import StageWriter

PITCH = 2.0
"""Centimeters from one tile to the next."""


def write_scene(plan: Plan, name: str) -> Sdf.Layer:
    """Return a plan as a layer of USD.

    name: of its root
    """
    spec = plan.spec
    writer = StageWriter(name, spec.title or name, plan.frames, spec.walk.fps)
    with Sdf.ChangeBlock():
        add_walk(writer, writer.root, plan, PITCH, triangulate_text)
    return writer.layer
