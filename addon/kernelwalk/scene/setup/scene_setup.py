# SPDX-License-Identifier: GPL-3.0-or-later
"""The one walk of a scene that has set the scene up, and the parts of the scene that it has set up."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import bpy

from ..builds.active_walk import FIRST, acting_on, get_active_number
from ..builds.ownership import TAG, find_camera, find_root_collections
from .saved_settings import SavedSettings, has_saved, restore_settings

SETUP_KEY = f"{TAG}_set_up_by"
"""Key of a scene: the number of that walk. Without it, the first walk has set the scene up."""

PARTS_KEY = f"{TAG}_set_up_parts"
"""Key of a scene: the parts that are set up. Without it, all are."""

LIGHTS_KEY = f"{TAG}_lights"
"""Key of a root collection: whether the template's lights and floor show."""

SETUP_PARTS = ("camera", "world", "frames", "render")
"""Parts of a scene: its camera, its world, its frames with their rate, and its engine, picture and colors."""


@dataclass(frozen=True)
class SceneSetup:
    """The parts of a scene that a walk sets up, and whether the lights and the floor of its template show."""

    parts: frozenset[str] = frozenset(SETUP_PARTS)
    lights: bool = True


def claim_setup(scene: bpy.types.Scene, parts: Collection[str]) -> None:
    """Note that the active walk has set up parts of the scene."""
    scene[SETUP_KEY] = get_active_number(scene)
    scene[PARTS_KEY] = ",".join(sorted(parts))


def restore_setup(scene: bpy.types.Scene, saved: SavedSettings) -> None:
    """Restore the settings from before the scene was set up."""
    restore_settings(scene, saved)
    for key in (SETUP_KEY, PARTS_KEY):
        scene.pop(key, None)  # type: ignore[attr-defined]  # the stubs miss it on every datablock


def restore_camera(scene: bpy.types.Scene, saved: SavedSettings) -> None:
    """Give a scene a camera in place of one that went with its walk, chosen by hand.

    It is that of the walk which sets the scene's camera up, or else the one from before any walk did.

    saved: as of load_saved, before the camera went
    """
    scene.camera = find_setup_camera(scene)
    if scene.camera is None:
        restore_settings(scene, saved)


def is_set_up(scene: bpy.types.Scene) -> bool:
    """Return whether the active walk is the one that has set the scene up."""
    return get_setup_number(scene) == get_active_number(scene)


def get_setup_number(scene: bpy.types.Scene) -> int | None:
    """Return the number of the walk that has set the scene up, or None where none has."""
    return int(scene.get(SETUP_KEY, FIRST)) if SETUP_KEY in scene.keys() or has_saved(scene) else None  # noqa: SIM118


def get_parts(scene: bpy.types.Scene) -> frozenset[str]:
    """Return the parts of a scene that a walk, active or not, has set up."""
    if get_setup_number(scene) is None:
        return frozenset()
    return frozenset(scene.get(PARTS_KEY, ",".join(SETUP_PARTS)).split(","))


def get_setup(scene: bpy.types.Scene) -> SceneSetup:
    """Return what the active walk has set up."""
    lights = all(root.get(LIGHTS_KEY, True) for root in find_root_collections(scene))
    return SceneSetup(get_parts(scene) if is_set_up(scene) else frozenset(), lights)


def find_setup_camera(scene: bpy.types.Scene) -> bpy.types.Object | None:
    """Return the camera of the walk that has set up the scene's camera, or None where none has."""
    number = get_setup_number(scene)
    if number is None or "camera" not in get_parts(scene):
        return None
    with acting_on(scene, number):
        roots = find_root_collections(scene)
    return next(filter(None, map(find_camera, roots)), None)
