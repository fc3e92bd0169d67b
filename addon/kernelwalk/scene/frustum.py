# SPDX-License-Identifier: GPL-3.0-or-later
"""The body between an output tile and its receptive field: a mesh with a shape key for each coordinate that moves.

So a corner goes where keyed values say, and there are as many keys as steps, with neither drivers nor handlers.
"""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from ..core.lines.frustum import Frustum, corner_target
from .lines import see_by_camera
from .material import line_material, pale
from .owned import mark

NAME = "Frustum"


def build_frustum(body: Frustum, surface: bpy.types.NodeTree, collection: bpy.types.Collection) -> bpy.types.Object:
    """The bodies at the first step. They throw no shadows and block no light."""
    mesh = mark(bpy.data.meshes.new(NAME))
    still = body.points[0].copy()
    for corner, axis in body.moving_coordinates:
        still[corner, axis] = 0.0
    mesh.from_pydata(still.tolist(), [], body.sides.tolist())
    material = line_material(body.color, surface)
    material.name = NAME
    mesh.materials.append(pale(material, body.opacity))
    made = mark(bpy.data.objects.new(NAME, mesh))
    see_by_camera(made)
    collection.objects.link(made)
    if body.moving_coordinates:
        made.shape_key_add(name="Basis", from_mix=False)
        mark(mesh.shape_keys)
    for corner, axis in body.moving_coordinates:
        key: Any = made.shape_key_add(name=corner_target(corner, axis), from_mix=False)
        moved = still.copy()
        moved[corner, axis] = body.extent
        key.data.foreach_set("co", moved.astype(np.float32).ravel())
        key.slider_min = -1.0
        key.value = body.points[0, corner, axis] / body.extent
    return made
