# SPDX-License-Identifier: GPL-3.0-or-later
"""The body between an output tile and its receptive field: a mesh with a shape key for each coordinate that moves.

So a corner goes where keyed values say, and there are as many keys as steps, with neither drivers nor handlers.
"""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from ..core.lines.frustum import Frustum, corner_target
from .line_objects import show_to_camera_only
from .ownership import tag
from .shading.tile_nodes import build_line_material, make_transparent

FRUSTUM_NAME = "Frustum"


def build_frustum(
    frustum: Frustum, line_group: bpy.types.NodeTree, collection: bpy.types.Collection
) -> bpy.types.Object:
    """The bodies at the first step. They throw no shadows and block no light."""
    mesh = tag(bpy.data.meshes.new(FRUSTUM_NAME))
    still = frustum.points[0].copy()
    for corner, axis in frustum.moving_coordinates:
        still[corner, axis] = 0.0
    mesh.from_pydata(still.tolist(), [], frustum.sides.tolist())
    material = build_line_material(frustum.color, line_group)
    material.name = FRUSTUM_NAME
    mesh.materials.append(make_transparent(material, frustum.opacity))
    made = tag(bpy.data.objects.new(FRUSTUM_NAME, mesh))
    show_to_camera_only(made)
    collection.objects.link(made)
    if frustum.moving_coordinates:
        made.shape_key_add(name="Basis", from_mix=False)
        tag(mesh.shape_keys)
    for corner, axis in frustum.moving_coordinates:
        key: Any = made.shape_key_add(name=corner_target(corner, axis), from_mix=False)
        moved = still.copy()
        moved[corner, axis] = frustum.extent
        key.data.foreach_set("co", moved.astype(np.float32).ravel())
        key.slider_min = -1.0
        key.value = frustum.points[0, corner, axis] / frustum.extent
    return made
