# SPDX-License-Identifier: GPL-3.0-or-later
"""Shading of 3D views. The colors of the walk come from nodes, which the solid view does not show."""

from __future__ import annotations

from collections.abc import Iterator

import bpy
from mathutils import Vector

from ..core.arrays import Floats


def look_through_camera() -> None:
    """Make every 3D view of the file look through the camera, in rendered shading."""
    for screen in bpy.data.screens:
        for space in _find_views(screen):
            space.shading.type = "RENDERED"
            if space.region_3d is not None:
                space.region_3d.view_perspective = "CAMERA"


def show_materials(screen: bpy.types.Screen) -> None:
    """Switch the screen's 3D views to material preview, if they are solid or wireframe."""
    for space in _find_views(screen):
        if space.shading.type in ("SOLID", "WIREFRAME"):
            space.shading.type = "MATERIAL"


def move_views(screen: bpy.types.Screen, offset: Floats) -> None:
    """Move the screen's 3D views by `offset` (3,), but for those that look through a camera."""
    for space in _find_views(screen):
        regions = [space.region_3d, *space.region_quadviews]
        for region in regions:
            if region is not None and region.view_perspective != "CAMERA":
                region.view_location += Vector(offset.tolist())


def _find_views(screen: bpy.types.Screen) -> Iterator[bpy.types.SpaceView3D]:
    for area in screen.areas:
        for space in area.spaces:
            if isinstance(space, bpy.types.SpaceView3D):
                yield space
