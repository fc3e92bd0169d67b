# SPDX-License-Identifier: GPL-3.0-or-later
"""Hiding of objects in views, as by the key H, and of collections, as in the Outliner.

The view layers of a scene know it, but for two flags of collections: these know themselves that all views or renders
hide them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

from ..builds.ownership import get_rooms

COLLECTION_FLAGS = ("hide_viewport", "hide_render", "hide_select")
"""Flags of a collection itself, each False at first."""

LAYER_FLAGS = ("exclude", "hide_viewport", "holdout", "indirect_only")
"""Flags of a collection in a view layer, each False at first."""


def is_hidden_in_view(candidate: bpy.types.Object, scene: bpy.types.Scene) -> bool:
    """Return whether an object is hidden in a view layer of a scene."""
    return any(candidate.hide_get(view_layer=layer) for layer in scene.view_layers)  # False where it does not stand


def hide_in_view(candidate: bpy.types.Object, scene: bpy.types.Scene, state: bool) -> None:
    """Hide an object in the view layers of a scene that hold it, or show it there."""
    for layer in scene.view_layers:
        if candidate.hide_get(view_layer=layer) != state and candidate.name in layer.objects:
            candidate.hide_set(state, view_layer=layer)


def list_hidden_collections(root: bpy.types.Collection, scene: bpy.types.Scene) -> list[str]:
    """Return the names of a walk's collections for which a flag of the Outliner is set, each once.

    Of collections in an excluded one, which Blender excludes too, there is none.
    """
    own = _list_own(root)
    hidden = [owner.name for owner in own if any(getattr(owner, flag) for flag in COLLECTION_FLAGS)]
    for layer in scene.view_layers:
        for part in _find_parts(layer.layer_collection, {*own}, enters_excluded=False):
            if any(getattr(part, flag) for flag in LAYER_FLAGS):
                hidden.append(part.collection.name)
    return list(dict.fromkeys(hidden))


def show_collections(root: bpy.types.Collection, scene: bpy.types.Scene) -> None:
    """Reset the flags of the Outliner of a walk's collections, in all view layers of a scene."""
    own = _list_own(root)
    parts = [part for layer in scene.view_layers for part in _find_parts(layer.layer_collection, {*own})]
    for owners, flags in ((own, COLLECTION_FLAGS), (parts, LAYER_FLAGS)):
        for owner in owners:
            for flag in flags:
                if getattr(owner, flag):  # each change evaluates the scene
                    setattr(owner, flag, False)


def _list_own(root: bpy.types.Collection) -> list[bpy.types.Collection]:
    return [root, *get_rooms(root).values()]


def _find_parts(part: Any, wanted: set[bpy.types.Collection], enters_excluded: bool = True) -> Iterator[Any]:
    """Yield wanted collections as a view layer shows them, each parent before its children."""
    if part.collection in wanted:
        yield part
    if enters_excluded or not part.exclude:
        for child in part.children:
            yield from _find_parts(child, wanted, enters_excluded)
