# SPDX-License-Identifier: GPL-3.0-or-later
"""The frustum between an output tile and its receptive field: a mesh with a shape key per coordinate that moves.

The values of the shape keys are keyed once per step, so that no drivers or handlers are needed.
"""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from ...core.lines.frustum import Frustum, format_corner_target
from ...core.spec.look_section import Look
from ..builds.object_store import ObjectStore
from ..builds.ownership import tag
from ..shading.line_nodes import build_line_material
from .line_objects import LINES_ROOM, show_to_camera_only

FRUSTUM_NAME = "Frustum"


def build_frustum(frustum: Frustum, look: Look, line_group: bpy.types.NodeTree, store: ObjectStore) -> bpy.types.Object:
    """Build the frustum as at the first step. It casts no shadows.

    line_group: the template's node group for lines
    """
    mesh = tag(bpy.data.meshes.new(FRUSTUM_NAME))
    basis = frustum.points[0].copy()
    for corner, axis in frustum.moving_coordinates:
        basis[corner, axis] = 0.0
    mesh.from_pydata(basis.tolist(), [], frustum.sides.tolist())
    material = build_line_material(FRUSTUM_NAME, frustum.color, look, line_group, store.parts, frustum.opacity)
    mesh.materials.append(material)
    frustum_object: bpy.types.Object = store.make("frustum", FRUSTUM_NAME, mesh, LINES_ROOM)
    show_to_camera_only(frustum_object)
    if frustum.moving_coordinates:
        frustum_object.shape_key_add(name="Basis", from_mix=False)
        tag(mesh.shape_keys)
    for corner, axis in frustum.moving_coordinates:
        key: Any = frustum_object.shape_key_add(name=format_corner_target(corner, axis), from_mix=False)
        moved = basis.copy()
        moved[corner, axis] = frustum.extent
        key.data.foreach_set("co", moved.astype(np.float32).ravel())
        key.slider_min = -1.0
        key.value = frustum.points[0, corner, axis] / frustum.extent
    return frustum_object
