# SPDX-License-Identifier: GPL-3.0-or-later
"""The scene settings that Kernelwalk replaced: saved in the scene, and restored when its build is cleared.

A setting that the user has changed since stays as it is: when the build is cleared, and also when another build would
set it to what the earlier one has set.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Mapping
from typing import Any

import bpy

from .. import compat
from ..builds.ownership import TAG, WORLD_KEY, find_number, find_other_roots

SAVED_KEY = f"{TAG}_before"
POINTERS = ("camera", "world")
COMPOUND_TYPES = ("POINTER", "COLLECTION")
"""Types of properties that hold other properties rather than a value."""

CHOSEN = "chosen"
"""Key of the names of those pointers for which the user has chosen another datablock since."""

SavedSettings = dict[str, Any]
"""Path of a setting → [value before, value as the scene held it then, value that was set]; name of a pointer → the
datablock before; CHOSEN → names of pointers."""


def get_setting(scene: bpy.types.Scene, path: str) -> Any:
    """Return a scene's setting by its path, as "render.fps". Raise AttributeError if this Blender lacks it."""
    value: Any = scene
    for name in path.split("."):
        value = getattr(value, name)
    return value


def set_setting(scene: bpy.types.Scene, path: str, value: Any) -> None:
    """Set a setting if it differs: setting the engine again would restart every viewport."""
    if get_setting(scene, path) != value:
        owner, _, name = path.rpartition(".")
        setattr(get_setting(scene, owner) if owner else scene, name, value)


def get_settings(scene: bpy.types.Scene, owner: str) -> dict[str, Any]:
    """Return all plain settings of a part of a scene, such as "render.ffmpeg", by their paths."""
    part = get_setting(scene, owner)
    plain = [prop for prop in part.bl_rna.properties if not prop.is_readonly and prop.type not in COMPOUND_TYPES]
    return {f"{owner}.{prop.identifier}": getattr(part, prop.identifier) for prop in plain}


def set_settings(scene: bpy.types.Scene, values: Mapping[str, Any]) -> dict[str, Any]:
    """Set settings in order, skipping those that this Blender lacks, and return the previous values."""
    previous = {path: get_setting(scene, path) for path in values if has_setting(scene, path)}
    for path in previous:
        set_setting(scene, path, values[path])
    return previous


def reset_settings(scene: bpy.types.Scene, values: Mapping[str, Any]) -> None:
    """Set settings to earlier values as far as possible; in two passes, since one setting can depend on another."""
    for _ in range(2):
        for path, value in values.items():
            with contextlib.suppress(TypeError):  # an enum value that other settings exclude
                set_setting(scene, path, value)


def has_setting(scene: bpy.types.Scene, path: str) -> bool:
    """Return whether this Blender has such a setting."""
    try:
        get_setting(scene, path)
    except AttributeError:
        return False
    return True


def load_saved(scene: bpy.types.Scene) -> SavedSettings:
    """Return the saved settings of `scene`. Call it before anything is removed from the scene."""
    saved: SavedSettings = json.loads(scene.get(SAVED_KEY, "{}"))
    chosen = set(saved.pop(CHOSEN, ()))
    for name in POINTERS:
        previous, ours = scene.get(f"{SAVED_KEY}_{name}"), scene.get(f"{SAVED_KEY}_{name}_set")
        now = getattr(scene, name)
        if previous is not None:
            saved[name] = previous
        if now is None or now == ours:  # nobody chose another: ours may be deleted
            chosen.discard(name)
        elif f"{SAVED_KEY}_{name}_set" in scene.keys():  # noqa: SIM118  # a scene is no dict
            chosen.add(name)
    if chosen:
        saved[CHOSEN] = sorted(chosen)
    return saved


def store_saved(scene: bpy.types.Scene, saved: SavedSettings) -> None:
    """Store saved settings in `scene`, in place of any that it holds."""
    for key in [key for key in scene.keys() if key.startswith(SAVED_KEY)]:  # noqa: SIM118  # a scene is no dict
        del scene[key]
    settings = {path: value for path, value in saved.items() if path not in POINTERS}
    if settings.keys() - {CHOSEN}:
        scene[SAVED_KEY] = json.dumps(settings)
    for name in POINTERS:
        if saved.get(name) is not None:
            scene[f"{SAVED_KEY}_{name}"] = saved[name]
            if name not in saved.get(CHOSEN, ()):  # else a pointer would keep what a build has replaced
                scene[f"{SAVED_KEY}_{name}_set"] = getattr(scene, name)


def has_saved(scene: bpy.types.Scene) -> bool:
    """Return whether `scene` holds saved settings."""
    return scene.get(SAVED_KEY) is not None


def override_settings(scene: bpy.types.Scene, values: Mapping[str, Any], keeps_changes: bool = True) -> None:
    """Set a scene's settings, camera and world, and save the previous ones.

    keeps_changes: leave alone what the user has changed since it was last set to the same value
    """
    saved = load_saved(scene)
    kept = set(find_changed(scene, saved, values)) if keeps_changes else set()
    previous = set_settings(scene, {path: value for path, value in values.items() if path not in kept})
    for path, value in previous.items():
        if path not in POINTERS:
            saved[path] = [saved.get(path, [value])[0], get_setting(scene, path), values[path]]
        elif value not in (None, values[path], scene.get(f"{SAVED_KEY}_{path}_set")) and not _is_built(value, scene):
            saved[path] = value
    saved[CHOSEN] = [name for name in POINTERS if name in kept]
    store_saved(scene, saved)
    for name in POINTERS:
        if name not in kept:
            scene[f"{SAVED_KEY}_{name}_set"] = get_setting(scene, name)


def find_changed(scene: bpy.types.Scene, saved: SavedSettings, values: Mapping[str, Any]) -> list[str]:
    """Return the paths of the settings that the user has changed since, and that `values` set as before."""
    changed = []
    for path, value in values.items():
        if path in POINTERS:
            if path in saved.get(CHOSEN, ()) and get_setting(scene, path) not in (None, value):
                changed.append(path)
        elif len(saved.get(path, ())) == 3 and has_setting(scene, path):  # of two: Kernelwalk before 0.2
            _, held, asked = saved[path]
            if asked == value and get_setting(scene, path) != compat.translate_value(held):
                changed.append(path)
    return changed


def restore_settings(scene: bpy.types.Scene, saved: SavedSettings, kept: Collection[str] = ()) -> None:
    """Restore the saved settings that nobody has changed since, and delete them from the scene.

    Where the user has chosen what another walk has built, such as its camera, the pointer stays saved for its removal.

    kept: paths of settings, and names of pointers, that stay as they are and saved
    """
    chosen = [name for name in saved.get(CHOSEN, ()) if getattr(scene, name) is not None]
    kept = {*kept, *(name for name in chosen if _is_built(getattr(scene, name), scene))}
    stored = {path: value for path, value in saved.items() if path in kept}
    store_saved(scene, stored | {CHOSEN: [name for name in chosen if name in kept]})
    saved = {path: value for path, value in saved.items() if path not in {*kept, *chosen, CHOSEN}}
    if "camera" in saved:
        scene.camera = saved["camera"] if saved["camera"] in list(scene.objects) else None
    if "world" in saved:
        scene.world = saved["world"]
    settings = {path: value for path, value in saved.items() if has_setting(scene, path) and path not in POINTERS}
    unchanged = [
        path for path, value in settings.items() if get_setting(scene, path) == compat.translate_value(value[1])
    ]
    reset_settings(scene, {path: compat.translate_value(settings[path][0]) for path in unchanged})


def _is_built(datablock: Any, scene: bpy.types.Scene) -> bool:
    """Return whether a walk in `scene` has built a camera, or an inactive one has the world in its template."""
    if isinstance(datablock, bpy.types.World):
        return any(datablock == root.get(WORLD_KEY) for root in find_other_roots(scene))
    return datablock is not None and find_number(datablock, scene) is not None
