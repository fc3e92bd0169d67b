# SPDX-License-Identifier: GPL-3.0-or-later
"""Cameras and lamps follow the scale of a walk whose empty a user scales by hand.

A listener looks for such a walk, and a timer fits it: Blender expects no changes of data from the listener.
"""

from __future__ import annotations

from typing import Any

import bpy

from ...scene.builds import ownership
from ...scene.places import walk_scale
from ..toolkit.handlers import Handlers, add_handlers, remove_handlers

BUSY_DELAY = 0.5
"""Seconds until the next attempt, while a render runs."""


def fit_walks() -> float | None:
    """Fit all walks to their scales. Blender's timer calls this again after the seconds it returns."""
    if bpy.app.is_job_running("RENDER"):
        return BUSY_DELAY
    for scene in bpy.data.scenes:
        for root in _list_unfitted(scene):
            walk_scale.fit_scale(root)
    return None


def _list_unfitted(scene: bpy.types.Scene) -> list[bpy.types.Collection]:
    if scene.library is not None:
        return []
    roots = [*ownership.find_root_collections(scene), *ownership.find_other_roots(scene)]
    return [root for root in roots if walk_scale.needs_fitting(root)]


def _after_update(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    changed: list[Any] = [update.id for update in depsgraph.updates]
    if any(isinstance(each, bpy.types.Object) and each.type == "EMPTY" for each in changed) and _list_unfitted(scene):
        _schedule()


def _after_undo(*_: Any) -> None:
    _schedule()


def _schedule() -> None:
    if not bpy.app.timers.is_registered(fit_walks):
        bpy.app.timers.register(fit_walks, first_interval=0.0, persistent=True)


HANDLERS: Handlers = {
    "depsgraph_update_post": _after_update,
    "undo_post": _after_undo,
    "redo_post": _after_undo,
}


def register() -> None:
    add_handlers(HANDLERS)


def unregister() -> None:
    remove_handlers(HANDLERS)
    if bpy.app.timers.is_registered(fit_walks):
        bpy.app.timers.unregister(fit_walks)
