# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera, and the empty that turns it where it orbits."""

from __future__ import annotations

from typing import Any

import bpy
from mathutils import Matrix

from ..core.camera.framing import View
from ..core.plan.plan import Plan
from .ownership import CAMERA_KEY, get_camera, is_tagged, tag

NEAR_CLIP_SHARE = 0.02
"""Near clip distance in perspective, as a share of the distance to the nearest point of the scene."""

MIN_FOCAL_LENGTH = 1.0
"""Least focal length of Blender's cameras, in millimeters."""


def build_camera(plan: Plan, collection: bpy.types.Collection) -> tuple[bpy.types.Object, bpy.types.Object | None]:
    """Build the camera, and the empty whose rotation is keyed where the camera orbits, else None.

    The camera of an earlier build in this root collection is used again, so that views through it go on.
    """
    view = plan.view
    camera = _ensure_camera(collection)
    _set_lens(camera.data, view)
    camera.rotation_euler = view.rotation
    camera.location = view.location
    if not plan.has_moving_camera:
        return camera, None
    orbit = tag(bpy.data.objects.new("Kernelwalk Orbit", None))
    orbit.empty_display_size = 0.5
    orbit.location = (*view.pivot, 0.0)
    collection.objects.link(orbit)
    x, y, z = view.location
    camera.location = (x - view.pivot[0], y - view.pivot[1], z)
    camera.parent = orbit
    return camera, orbit


def _ensure_camera(root: bpy.types.Collection) -> Any:
    """Return the earlier build's camera, without anything that has moved it, or else a new one."""
    camera = get_camera(root)
    if camera is None:
        camera = tag(bpy.data.objects.new("Kernelwalk Camera", _make_camera_data()))
        root[CAMERA_KEY] = camera
    elif not is_tagged(camera.data) or camera.data.users > 1:  # the user's, or one that a copy of the camera shares
        camera.data = _make_camera_data()
    camera.animation_data_clear()
    camera.data.animation_data_clear()
    camera.constraints.clear()
    camera.parent = None
    camera.rotation_mode = "XYZ"
    camera.matrix_parent_inverse = camera.matrix_basis = Matrix()
    camera.delta_location = camera.delta_rotation_euler = (0, 0, 0)
    camera.delta_scale = (1, 1, 1)
    if root not in camera.users_collection:
        root.objects.link(camera)
    for collection in camera.users_collection:
        if collection != root:
            collection.objects.unlink(camera)
    return camera


def _make_camera_data() -> bpy.types.Camera:
    return tag(bpy.data.cameras.new("Kernelwalk Camera"))


def _set_lens(data: bpy.types.Camera, view: View) -> None:
    defaults: Any = data.bl_rna.properties
    for name in ("lens", "sensor_width", "shift_x", "shift_y", "clip_start"):
        setattr(data, name, defaults[name].default)
    data.dof.use_dof = False
    data.sensor_fit = "HORIZONTAL"
    data.clip_end = view.far_clip
    if view.distance is None:
        data.type = "ORTHO"
        data.ortho_scale = view.width
    else:
        data.type = "PERSP"
        widths = view.width / view.distance  # of the sensor, per focal length
        data.sensor_width = max(data.sensor_width, widths * MIN_FOCAL_LENGTH)
        data.lens = data.sensor_width / widths
        data.shift_x, data.shift_y = view.shift
        data.clip_start = NEAR_CLIP_SHARE * view.near
