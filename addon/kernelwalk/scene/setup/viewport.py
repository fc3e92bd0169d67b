# SPDX-License-Identifier: GPL-3.0-or-later
"""Shading and direction of 3D views."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import bpy
from mathutils import Vector

from ...core.arrays import Floats

OBJECT_MODES = ("OBJECT", "POSE")
"""Modes of workspaces for whole objects and their animation."""


def look_through_camera() -> None:
    """Make every 3D view of the file look through the camera, in rendered shading."""
    for screen in bpy.data.screens:
        for space in _find_views(screen):
            space.shading.type = "RENDERED"
            if space.region_3d is not None:
                space.region_3d.view_perspective = "CAMERA"


def show_colors(scene: bpy.types.Scene, shading_type: str) -> None:
    """Make the 3D views that show `scene` agree with its picture, as far as their shading can.

    They are those of all windows that show the scene; and, if no window shows another one, those of all workspaces in
    OBJECT_MODES, which the windows may show next. Workspaces for modeling, sculpting and painting keep their shading.

    shading_type: "MATERIAL" or "SOLID", for views that show no colors: those in Solid and in Wireframe shading
    """
    windows = bpy.context.window_manager.windows
    screens = {window.screen for window in windows if window.scene == scene}
    if screens and all(window.scene == scene for window in windows):
        screens |= {
            screen for space in bpy.data.workspaces if space.object_mode in OBJECT_MODES for screen in space.screens
        }
    for screen in screens:
        for space in _find_views(screen):
            shading: Any = space.shading
            if shading.type in ("SOLID", "WIREFRAME"):
                with contextlib.suppress(TypeError):  # the Workbench engine has no Material Preview
                    shading.type = shading_type
            shading.use_scene_world = shading.use_scene_lights = True  # in Material Preview
            shading.color_type, shading.background_type = "VERTEX", "WORLD"  # in Solid shading
            shading.light, shading.show_cavity, shading.cavity_type = "FLAT", True, "WORLD"  # exact colors, and edges


def move_views(screen: bpy.types.Screen, offset: Floats) -> None:
    """Move the screen's 3D views by `offset` (3,), but for those that look through a camera."""
    for region in find_regions(screen):
        if region.view_perspective != "CAMERA":
            region.view_location += Vector(offset.tolist())


def find_regions(screen: bpy.types.Screen) -> Iterator[bpy.types.RegionView3D]:
    """Yield what each of the screen's 3D views shows, four of a quad view."""
    for space in _find_views(screen):
        regions = [*space.region_quadviews] or [space.region_3d]  # the latter is one of a quad view's four
        yield from (region for region in regions if region is not None)


def _find_views(screen: bpy.types.Screen) -> Iterator[bpy.types.SpaceView3D]:
    for area in screen.areas:
        for space in area.spaces:
            if isinstance(space, bpy.types.SpaceView3D):
                yield space
