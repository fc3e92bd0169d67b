# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera, and the empty that turns it where it orbits."""

from __future__ import annotations

import bpy

from ..core.camera.framing import View
from ..core.plan.plan import Plan
from .ownership import tag

NEAR_CLIP_SHARE = 0.02
"""Near clip distance in perspective, as a share of the distance to the nearest point of the scene."""

MIN_FOCAL_LENGTH = 1.0
"""Least focal length of Blender's cameras, in millimeters."""


def build_camera(plan: Plan, collection: bpy.types.Collection) -> tuple[bpy.types.Object, bpy.types.Object | None]:
    """Build the camera, and the empty whose rotation is keyed where the camera orbits, else None."""
    view = plan.view
    camera = tag(bpy.data.objects.new("Kernelwalk Camera", _make_camera_data(view)))
    camera.rotation_euler = view.rotation
    camera.location = view.location
    collection.objects.link(camera)
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


def _make_camera_data(view: View) -> bpy.types.Camera:
    data = tag(bpy.data.cameras.new("Kernelwalk Camera"))
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
    return data
