# SPDX-License-Identifier: GPL-3.0-or-later
"""Live: what stands in a scene follows the settings, a moment after they change.

Changes are gathered for that moment, so that a dragged slider does not build for every pixel, and building happens
outside of the property's own update, where Blender forbids removing data. Undo and redo bring back settings as they
were just before the scene followed them, so they are looked at again after each.
"""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.handlers import persistent

from ..core import Spec, SpecError
from ..scene import built_spec, ownership, saved_settings
from . import properties, spec_properties
from .generation import generate_scene
from .preferences import get_preferences

DELAY = 0.01
"""Seconds in which changes are gathered."""

BUSY_DELAY = 0.5
"""Seconds after which is looked again, where a render or a mode stands in the way."""

_pending: set[int] = set()
"""The session_uid of scenes: names change."""


def request_update(scene: bpy.types.Scene) -> None:
    """Ask that what stands in the scene follows its settings, if that is wanted."""
    if scene.kernelwalk.live and ownership.find_root_collections(scene):
        _pending.add(scene.session_uid)
        if not bpy.app.timers.is_registered(update_pending_scenes):
            bpy.app.timers.register(update_pending_scenes, first_interval=DELAY)


def update_pending_scenes() -> float | None:
    """Build what was asked for; Blender's timer calls this, again after the seconds that it returns."""
    if bpy.app.is_job_running("RENDER"):
        return BUSY_DELAY
    while _pending:
        uid = _pending.pop()
        scene = next((each for each in bpy.data.scenes if each.session_uid == uid), None)
        if scene is None or not scene.kernelwalk.live or not ownership.find_root_collections(scene):
            continue
        if any(each.mode == "EDIT" and ownership.is_tagged(each) for each in scene.objects):  # it would be taken away
            _pending.add(uid)
            return BUSY_DELAY
        _update_scene(scene)
    return None


def _update_scene(scene: bpy.types.Scene) -> None:
    try:
        spec = spec_properties.read_spec(scene.kernelwalk)
        setup = scene.kernelwalk.setup
        current = built_spec.is_built_from(scene, spec) and setup == saved_settings.has_saved(scene)
        if not current and not exceeds_live_limit(spec):
            generate_scene(scene, spec, setup)
    except SpecError:
        return  # the panel says what is wrong; the scene keeps what could be built last


def exceeds_live_limit(spec: Spec) -> bool:
    """Whether a spec has more tiles than the preferences let follow by themselves."""
    return bool(spec.tile_count > get_preferences().live_tiles)


@persistent
def _after_undo(*_: Any) -> None:
    for scene in bpy.data.scenes:
        request_update(scene)


def register() -> None:
    properties.CHANGE_LISTENERS.append(request_update)
    bpy.app.handlers.undo_post.append(_after_undo)
    bpy.app.handlers.redo_post.append(_after_undo)


def unregister() -> None:
    bpy.app.handlers.redo_post.remove(_after_undo)
    bpy.app.handlers.undo_post.remove(_after_undo)
    properties.CHANGE_LISTENERS.remove(request_update)
    if bpy.app.timers.is_registered(update_pending_scenes):
        bpy.app.timers.unregister(update_pending_scenes)
    _pending.clear()
