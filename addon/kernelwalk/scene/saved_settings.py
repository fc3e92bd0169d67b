# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scene had before Kernelwalk set it up: kept in the scene, and given back.

A setting that the user has changed since is left as it is.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any

import bpy

from . import compat
from .ownership import TAG

SAVED_KEY = f"{TAG}_before"
POINTERS = ("camera", "world")
COMPOUND_TYPES = ("POINTER", "COLLECTION")
"""Types of properties that are no plain settings."""

SavedSettings = dict[str, Any]
"""By the path of a setting: what it was and what it was set to. By the name of a pointer: what it was."""


def get_setting(scene: bpy.types.Scene, path: str) -> Any:
    """A setting of a scene, by its path: "render.fps". Raises AttributeError where this Blender has none such."""
    value: Any = scene
    for name in path.split("."):
        value = getattr(value, name)
    return value


def set_setting(scene: bpy.types.Scene, path: str, value: Any) -> None:
    """Set a setting, unless it is so: setting the engine again would start every viewport anew."""
    if get_setting(scene, path) != value:
        owner, _, name = path.rpartition(".")
        setattr(get_setting(scene, owner) if owner else scene, name, value)


def get_settings(scene: bpy.types.Scene, owner: str) -> dict[str, Any]:
    """All plain settings of a part of a scene, such as "render.ffmpeg", by their paths."""
    part = get_setting(scene, owner)
    plain = [each for each in part.bl_rna.properties if not each.is_readonly and each.type not in COMPOUND_TYPES]
    return {f"{owner}.{each.identifier}": getattr(part, each.identifier) for each in plain}


def set_settings(scene: bpy.types.Scene, values: Mapping[str, Any]) -> dict[str, Any]:
    """Set settings in their order, and return what they were. Those that this Blender does not have are left out."""
    own = {path: get_setting(scene, path) for path in values if has_setting(scene, path)}
    for path in own:
        set_setting(scene, path, values[path])
    return own


def reset_settings(scene: bpy.types.Scene, values: Mapping[str, Any]) -> None:
    """Set settings to what they were: twice, for one may have to wait for another, and as far as they can be."""
    for _ in range(2):
        for path, value in values.items():
            with contextlib.suppress(TypeError):  # a choice that what else is set does not offer
                set_setting(scene, path, value)


def has_setting(scene: bpy.types.Scene, path: str) -> bool:
    """Whether this Blender has such a setting."""
    try:
        get_setting(scene, path)
    except AttributeError:
        return False
    return True


def load_saved(scene: bpy.types.Scene) -> SavedSettings:
    """What is remembered of `scene` and is still to be given back, to be asked before anything is removed from it."""
    memory: SavedSettings = json.loads(scene.get(SAVED_KEY, "{}"))
    for name in POINTERS:
        own, ours = scene.get(f"{SAVED_KEY}_{name}"), scene.get(f"{SAVED_KEY}_{name}_set")
        if own is not None and getattr(scene, name) == ours:
            memory[name] = own
    return memory


def store_saved(scene: bpy.types.Scene, saved: SavedSettings) -> None:
    """Remember this of `scene`, and nothing else."""
    for key in [key for key in scene.keys() if key.startswith(SAVED_KEY)]:  # noqa: SIM118  # a scene is no dict
        del scene[key]
    settings = {path: value for path, value in saved.items() if path not in POINTERS}
    if settings:
        scene[SAVED_KEY] = json.dumps(settings)
    for name in POINTERS:
        if saved.get(name) is not None:
            scene[f"{SAVED_KEY}_{name}"] = saved[name]


def has_saved(scene: bpy.types.Scene) -> bool:
    """Whether anything is remembered of `scene`."""
    return scene.get(SAVED_KEY) is not None


def override_settings(scene: bpy.types.Scene, values: Mapping[str, Any]) -> None:
    """Set settings, camera and world of a scene, and remember what they were."""
    memory = load_saved(scene)
    own = set_settings(scene, values)
    for path, value in own.items():
        if path not in POINTERS:
            memory[path] = [memory.get(path, [value])[0], get_setting(scene, path)]
        elif value is not None:
            memory[path] = value
    store_saved(scene, memory)
    for name in POINTERS:
        scene[f"{SAVED_KEY}_{name}_set"] = get_setting(scene, name)


def restore_settings(scene: bpy.types.Scene, saved: SavedSettings) -> None:
    """Set the scene to what was remembered of it, and forget it."""
    store_saved(scene, {})
    if "camera" in saved:
        scene.camera = saved["camera"] if saved["camera"] in list(scene.objects) else None
    if "world" in saved:
        scene.world = saved["world"]
    settings = {path: value for path, value in saved.items() if path not in POINTERS and has_setting(scene, path)}
    unchanged = [
        path for path, (_, ours) in settings.items() if get_setting(scene, path) == compat.translate_value(ours)
    ]
    reset_settings(scene, {path: compat.translate_value(settings[path][0]) for path in unchanged})
