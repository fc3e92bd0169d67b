# SPDX-License-Identifier: GPL-3.0-or-later
"""Redraws of the panel when another step is shown: Blender does not redraw sidebars while it plays or has rendered.

The handler belongs to the running add-on. Files hold none.
"""

from __future__ import annotations

import threading
from typing import Any

import bpy

from ...scene.steps import step_navigation
from ..toolkit.handlers import Handlers, add_handlers, remove_handlers

_shown: dict[int, int] = {}
"""The beat for which panels were redrawn last, by its scene's session_uid."""


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


HANDLERS: Handlers = {"frame_change_post": _on_frame_change}


def register() -> None:
    add_handlers(HANDLERS)


def unregister() -> None:
    remove_handlers(HANDLERS)
    _shown.clear()
