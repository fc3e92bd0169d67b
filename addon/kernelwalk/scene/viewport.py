# SPDX-License-Identifier: GPL-3.0-or-later
"""3D views in which the colours of the walk show: the solid view shows no nodes."""

from __future__ import annotations

from collections.abc import Iterator

import bpy


def look_through_camera() -> None:
    """Let every 3D view of the file show the scene as it renders, through the camera."""
    for screen in bpy.data.screens:
        for space in _views(screen):
            space.shading.type = "RENDERED"
            if space.region_3d is not None:
                space.region_3d.view_perspective = "CAMERA"


def show_materials(screen: bpy.types.Screen) -> None:
    """Let the screen's 3D views show colours, where they do not yet."""
    for space in _views(screen):
        if space.shading.type in ("SOLID", "WIREFRAME"):
            space.shading.type = "MATERIAL"


def _views(screen: bpy.types.Screen) -> Iterator[bpy.types.SpaceView3D]:
    for area in screen.areas:
        for space in area.spaces:
            if isinstance(space, bpy.types.SpaceView3D):
                yield space
