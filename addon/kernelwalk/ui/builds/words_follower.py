# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of a walk follow the scene's camera and its world: a walk is built again where they ask for other words."""

from __future__ import annotations

from typing import Any

import bpy

from ...scene.setup import walk_words
from ..fields.walk_settings import list_settings
from ..toolkit.handlers import Handlers, add_handlers, remove_handlers
from . import live_update

_seen: dict[int, Any] = {}
"""session_uid of a scene → its camera's and the color of its world, when they were last looked at."""


def _after_update(scene: bpy.types.Scene, _depsgraph: bpy.types.Depsgraph) -> None:
    camera = None if scene.camera is None else scene.camera.session_uid
    state = camera, walk_words.find_world_color(scene)
    if _seen.get(scene.session_uid) == state:
        return
    _seen[scene.session_uid] = state
    if scene.library is None:
        for props in list_settings(scene):
            live_update.request_update(props)


HANDLERS: Handlers = {"depsgraph_update_post": _after_update}


def register() -> None:
    add_handlers(HANDLERS)


def unregister() -> None:
    remove_handlers(HANDLERS)
    _seen.clear()
