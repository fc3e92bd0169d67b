# SPDX-License-Identifier: GPL-3.0-or-later
"""The one walk of a scene that has set the scene up: its camera, world, engine and frames."""

from __future__ import annotations

import bpy

from .active_walk import FIRST, get_active_number
from .saved_settings import SavedSettings, has_saved, restore_settings

SETUP_KEY = "kernelwalk_set_up_by"
"""Key of a scene: the number of that walk. Without it, the first walk has set the scene up."""


def claim_setup(scene: bpy.types.Scene) -> None:
    """Note that the active walk has set the scene up."""
    scene[SETUP_KEY] = get_active_number(scene)


def restore_setup(scene: bpy.types.Scene, saved: SavedSettings) -> None:
    """Restore the settings from before the scene was set up."""
    restore_settings(scene, saved)
    scene.pop(SETUP_KEY, None)  # type: ignore[attr-defined]  # the stubs miss it on every datablock


def is_set_up(scene: bpy.types.Scene) -> bool:
    """Return whether the active walk is the one that has set the scene up."""
    return get_setup_number(scene) == get_active_number(scene)


def get_setup_number(scene: bpy.types.Scene) -> int | None:
    """Return the number of the walk that has set the scene up, or None where none has."""
    return int(scene.get(SETUP_KEY, FIRST)) if has_saved(scene) else None
