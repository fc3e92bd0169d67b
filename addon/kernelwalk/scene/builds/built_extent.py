# SPDX-License-Identifier: GPL-3.0-or-later
"""The room that a built walk takes, stored in the root collection of the build: its tiles' bounds and its views."""

from __future__ import annotations

import itertools
import json
from dataclasses import asdict, dataclass, replace
from typing import Any

import bpy
import numpy as np

from ...core.arrays import Floats
from ...core.camera.framing import View
from ...core.geometry.clearance import sample_orbit_angles
from ...core.plan.plan import Plan
from .ownership import TAG

EXTENT_KEY = f"{TAG}_extent"

VIEW_LENGTHS = ("width", "height", "far_clip", "near", "far")
"""Lengths of a view, besides the distance that an orthographic one lacks."""

LIT_NODES = ("ShaderNodeBsdf", "ShaderNodeSubsurface", "ShaderNodeEeveeSpecular")
"""Beginnings of the types of shader nodes whose color depends on light."""


@dataclass(frozen=True)
class BuiltExtent:
    """The room of a walk in the world.

    bounds: shape (2, 3), lowest and highest corner of all tiles
    views:  of the camera along its orbit
    is_lit: whether light from lamps changes the picture
    """

    bounds: Floats
    views: tuple[View, ...]
    is_lit: bool

    @property
    def corners(self) -> Floats:
        """The corners of the box around all tiles: shape (8, 3)."""
        return np.array(list(itertools.product(*self.bounds.T.tolist())))

    def move_by(self, offset: Floats, scale: float = 1.0) -> BuiltExtent:
        """Return the room of the same walk, scaled about the world's origin and then moved by `offset` (3,)."""
        views = []
        for view in self.views:
            x, y, z = (np.array(view.location) * scale + offset).tolist()
            lengths: dict[str, Any] = {name: getattr(view, name) * scale for name in VIEW_LENGTHS}
            if view.distance is not None:
                lengths["distance"] = view.distance * scale
            views.append(replace(view, location=(x, y, z), **lengths))  # a view that has orbited needs no pivot
        return replace(self, bounds=self.bounds * scale + offset, views=tuple(views))


def store_extent(root: bpy.types.Collection, plan: Plan, is_lit: bool) -> None:
    """Store in a root collection the room that its walk takes at the origin."""
    root[EXTENT_KEY] = json.dumps({
        "bounds": plan.tile_bounds.tolist(),
        "view": asdict(plan.view),
        "angles": sample_orbit_angles(plan.spec.camera).tolist(),
        "is_lit": is_lit,
    })  # fmt: skip


def load_extent(root: bpy.types.Collection) -> BuiltExtent | None:
    """Return the room that a walk takes at the origin; None if Kernelwalk before 0.2 has built it."""
    text = root.get(EXTENT_KEY)
    if text is None:
        return None
    table = json.loads(text)
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in table["view"].items()
    }
    views = tuple(View(**values).orbit_by(angle) for angle in table["angles"])
    return BuiltExtent(np.array(table["bounds"]), views, table["is_lit"])


def depends_on_light(tree: Any) -> bool:
    """Return whether a tree of shader nodes has a shader, in groups too, whose color depends on light."""
    for node in tree.nodes if tree is not None else ():
        if node.bl_idname == "ShaderNodeGroup" and depends_on_light(node.node_tree):
            return True
        if node.bl_idname.startswith(LIT_NODES) and node.bl_idname != "ShaderNodeBsdfTransparent":
            return True
    return False
