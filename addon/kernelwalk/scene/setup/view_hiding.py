# SPDX-License-Identifier: GPL-3.0-or-later
"""Hiding of objects in views, as by the key H: each view layer of a scene knows it, not the object itself."""

from __future__ import annotations

import bpy


def is_hidden_in_view(candidate: bpy.types.Object, scene: bpy.types.Scene) -> bool:
    """Return whether an object is hidden in a view layer of a scene."""
    return any(candidate.hide_get(view_layer=layer) for layer in scene.view_layers)  # False where it does not stand


def hide_in_view(candidate: bpy.types.Object, scene: bpy.types.Scene, state: bool) -> None:
    """Hide an object in the view layers of a scene that hold it, or show it there."""
    for layer in scene.view_layers:
        if candidate.hide_get(view_layer=layer) != state and candidate.name in layer.objects:
            candidate.hide_set(state, view_layer=layer)
