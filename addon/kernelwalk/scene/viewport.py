# SPDX-License-Identifier: GPL-3.0-or-later
"""3D views in which the colours of the walk show: the solid view shows no nodes."""

from __future__ import annotations

import bpy


def look_through_camera() -> None:
    """Let every 3D view of the file show materials, through the camera."""
    for screen in bpy.data.screens:
        for area in screen.areas:
            for space in area.spaces:
                if isinstance(space, bpy.types.SpaceView3D):
                    space.shading.type = "RENDERED"
                    if space.region_3d is not None:
                        space.region_3d.view_perspective = "CAMERA"
