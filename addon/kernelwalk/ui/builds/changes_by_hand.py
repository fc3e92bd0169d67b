# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes by hand: what the panel says about them, before another build undoes any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import bpy

from ...scene.builds import collection_names, hand_changes, hand_losses, object_store, ownership
from ...scene.setup import camera_rig, view_hiding
from ..toolkit import widgets
from ..toolkit.operator_utils import Context
from ..toolkit.scene_cache import SceneCache
from ..walks.surroundings import format_names

MAX_OBJECTS = 500
"""Objects of a build up to which the panel names changes by hand: it looks at all of them after each change."""


@dataclass(frozen=True)
class ChangesByHand:
    """Changes by hand in a walk.

    kept: names of objects and collections whose changes stay
    losses: what another build would undo
    camera: whether the camera was placed by hand
    """

    kept: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()
    camera: bool = False


def _changes_scenes_alone(*changed: Any) -> bool:
    """Return whether what a handler gets tells of an update of nothing but scenes, as a setting in the panel makes."""
    updates = next((each.updates for each in changed if isinstance(each, bpy.types.Depsgraph)), None)
    return updates is not None and all(isinstance(update.id, bpy.types.Scene) for update in updates)


_HANDLERS = ("depsgraph_update_post", "load_post", "undo_post", "redo_post")

_cache: SceneCache[ChangesByHand] = SceneCache(*_HANDLERS)
_losses: SceneCache[Sequence[str]] = SceneCache(*_HANDLERS, keeps=_changes_scenes_alone)


def get_changes(scene: bpy.types.Scene) -> ChangesByHand:
    """Return the changes by hand in a scene's walk; none in one of very many objects."""
    return _cache.get(scene, lambda: find_changes(scene))


def note_build(scene: bpy.types.Scene) -> None:
    """Note that a scene's walk has just been built, so that the panel need not look for what another build would undo.

    The views are evaluated here, as they would be before they are drawn: after that, each change is the user's.
    """
    if _update_views(scene):
        _losses.put(scene, ())
        _cache.put(scene, find_changes(scene))


def _update_views(scene: bpy.types.Scene) -> bool:
    """Evaluate a scene's views, so that the handlers have been told of all changes. Return whether there is a view."""
    windows = [window for window in bpy.context.window_manager.windows if window.scene == scene]
    for window in windows:
        window.view_layer.update()
    return bool(windows)


def find_changes(scene: bpy.types.Scene) -> ChangesByHand:
    """Find the changes by hand in a scene's walk; none in one of very many objects."""
    roots = ownership.find_root_collections(scene)
    objects = ownership.get_built_objects(roots[0]) if roots else []
    if not roots or len(objects) > MAX_OBJECTS:
        return ChangesByHand()
    by_role = {built.get(object_store.ROLE_KEY): built for built in objects}
    changes = object_store.find_hand_changes(roots[0], set(scene.objects), objects)
    states = object_store.load_stored(roots[0]).get("states", {})
    names = [by_role[role].name if role in by_role else states[role]["name"] for role in changes if role in states]
    materials = ownership.get_materials(roots[0])
    names += [built.name for built in objects if hand_changes.list_own_materials(built, materials)]
    names += [built.name for built in objects if view_hiding.is_hidden_in_view(built, scene)]
    names += view_hiding.list_hidden_collections(roots[0], scene)
    names += collection_names.list_renamed(roots[0])
    camera = by_role.get(object_store.CAMERA_ROLE)
    placed = camera is not None and camera_rig.is_placed_by_hand(roots[0], camera)
    names += [camera.name] if placed else []
    return ChangesByHand(tuple(dict.fromkeys(names)), tuple(_get_losses(scene, roots[0])), placed)


def find_losses(scene: bpy.types.Scene) -> Sequence[str]:
    """Return what another build would undo, in words.

    It is looked for again where anything but a scene's own settings has changed: Live asks before each build.
    """
    roots = ownership.find_root_collections(scene)
    if not _update_views(scene):
        _losses.forget()
    return _get_losses(scene, roots[0]) if roots else []


def _get_losses(scene: bpy.types.Scene, root: bpy.types.Collection) -> Sequence[str]:
    return _losses.get(scene, lambda: hand_losses.find_losses(root))


def describe_losses(losses: Sequence[str]) -> str:
    """Return a sentence about what another build would undo.

    >>> describe_losses(["the mesh of Input"])
    'This undoes what you have changed by hand: the mesh of Input'
    """
    return f"This undoes what you have changed by hand: {format_names(losses)}"


def draw_changes(layout: Any, context: Context) -> None:
    """Draw what was changed by hand and stays, and what would be undone, with the button that undoes all."""
    changes = get_changes(context.scene)
    if not changes.kept and not changes.losses:
        return
    box = layout.box()
    if changes.kept:
        text = f"Changed by hand, and kept: {format_names(changes.kept)}"
        widgets.draw_paragraph(box, context, text, "INFO", indent=1)
    if changes.losses:
        text = f"Generate would undo your changes of {format_names(changes.losses)}"
        widgets.draw_paragraph(box, context, text, "ERROR", indent=1)
    text = "Reset" if widgets.is_narrow(context) else "Reset Changes by Hand"
    icon = widgets.choose_button_icon(context, "LOOP_BACK")
    box.operator("kernelwalk.reset_changes", text=text, icon=icon)


def register() -> None:
    _cache.register()
    _losses.register()


def unregister() -> None:
    _losses.unregister()
    _cache.unregister()
