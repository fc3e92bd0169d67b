# SPDX-License-Identifier: GPL-3.0-or-later
"""Cameras and lamps follow the scale of a walk whose empty a user scales by hand.

A listener looks for such a walk, and a timer fits it: Blender expects no changes of data from the listener.
"""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.handlers import persistent

from ...scene.builds import ownership
from ...scene.places import walk_scale

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


@persistent
def _after_update(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    changed: list[Any] = [update.id for update in depsgraph.updates]
    if any(isinstance(each, bpy.types.Object) and each.type == "EMPTY" for each in changed) and _list_unfitted(scene):
        _schedule()


@persistent
def _after_undo(*_: Any) -> None:
    _schedule()


def _schedule() -> None:
    if not bpy.app.timers.is_registered(fit_walks):
        bpy.app.timers.register(fit_walks, first_interval=0.0, persistent=True)


def register() -> None:
    bpy.app.handlers.depsgraph_update_post.append(_after_update)
    bpy.app.handlers.undo_post.append(_after_undo)
    bpy.app.handlers.redo_post.append(_after_undo)


def unregister() -> None:
    bpy.app.handlers.redo_post.remove(_after_undo)
    bpy.app.handlers.undo_post.remove(_after_undo)
    bpy.app.handlers.depsgraph_update_post.remove(_after_update)
    if bpy.app.timers.is_registered(fit_walks):
        bpy.app.timers.unregister(fit_walks)
