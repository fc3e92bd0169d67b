# SPDX-License-Identifier: GPL-3.0-or-later
"""Redraws of the panel when another step is shown: Blender does not redraw sidebars while it plays or has rendered.

The handler belongs to the running add-on. Files hold none.
"""

from __future__ import annotations

import threading
from typing import Any

import bpy
from bpy.app.handlers import persistent

from ...scene.steps import step_navigation

_shown: dict[int, int] = {}
"""The beat for which panels were redrawn last, by its scene's session_uid."""


@persistent
def _on_frame_change(scene: bpy.types.Scene, *_: Any) -> None:
    if threading.current_thread() is not threading.main_thread():
        _shown.pop(scene.session_uid, None)  # a render changes the frame in its own thread, and back at its end
        return
    beat = step_navigation.get_nearest_beat(scene)
    if _shown.get(scene.session_uid) != beat:
        _shown[scene.session_uid] = beat
        redraw_panels(scene)


def redraw_panels(scene: bpy.types.Scene) -> None:
    """Redraw the sidebars of the 3D views that show a scene."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas if window.scene == scene else ():
            if area.type == "VIEW_3D":
                for region in area.regions:
                    if region.type == "UI" and region.width > 1:
                        region.tag_redraw()


def register() -> None:
    bpy.app.handlers.frame_change_post.append(_on_frame_change)


def unregister() -> None:
    bpy.app.handlers.frame_change_post.remove(_on_frame_change)
    _shown.clear()
