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
from .owned import MARK

SETTINGS = f"{MARK}_before"
POINTERS = ("camera", "world")
COMPOUND = ("POINTER", "COLLECTION")
"""Types of properties that are no plain settings."""

Memory = dict[str, Any]
"""By the path of a setting: what it was and what it was set to. By the name of a pointer: what it was."""


def get(scene: bpy.types.Scene, path: str) -> Any:
    """A setting of a scene, by its path: "render.fps". Raises AttributeError where this Blender has none such."""
    value: Any = scene
    for name in path.split("."):
        value = getattr(value, name)
    return value


def put(scene: bpy.types.Scene, path: str, value: Any) -> None:
    """Set a setting, unless it is so: setting the engine again would start every viewport anew."""
    if get(scene, path) != value:
        owner, _, name = path.rpartition(".")
        setattr(get(scene, owner) if owner else scene, name, value)


def get_all(scene: bpy.types.Scene, owner: str) -> dict[str, Any]:
    """All plain settings of a part of a scene, such as "render.ffmpeg", by their paths."""
    part = get(scene, owner)
    plain = [each for each in part.bl_rna.properties if not each.is_readonly and each.type not in COMPOUND]
    return {f"{owner}.{each.identifier}": getattr(part, each.identifier) for each in plain}


def put_all(scene: bpy.types.Scene, values: Mapping[str, Any]) -> dict[str, Any]:
    """Set settings in their order, and return what they were. Those that this Blender does not have are left out."""
    own = {path: get(scene, path) for path in values if has(scene, path)}
    for path in own:
        put(scene, path, values[path])
    return own


def put_back(scene: bpy.types.Scene, values: Mapping[str, Any]) -> None:
    """Set settings to what they were: twice, for one may have to wait for another, and as far as they can be."""
    for _ in range(2):
        for path, value in values.items():
            with contextlib.suppress(TypeError):  # a choice that what else is set does not offer
                put(scene, path, value)


def has(scene: bpy.types.Scene, path: str) -> bool:
    """Whether this Blender has such a setting."""
    try:
        get(scene, path)
    except AttributeError:
        return False
    return True


def recall(scene: bpy.types.Scene) -> Memory:
    """What is remembered of `scene` and is still to be given back, to be asked before anything is removed from it."""
    memory: Memory = json.loads(scene.get(SETTINGS, "{}"))
    for name in POINTERS:
        own, ours = scene.get(f"{SETTINGS}_{name}"), scene.get(f"{SETTINGS}_{name}_set")
        if own is not None and getattr(scene, name) == ours:
            memory[name] = own
    return memory


def keep(scene: bpy.types.Scene, memory: Memory) -> None:
    """Remember this of `scene`, and nothing else."""
    for key in [key for key in scene.keys() if key.startswith(SETTINGS)]:  # noqa: SIM118  # a scene is no dict
        del scene[key]
    settings = {path: value for path, value in memory.items() if path not in POINTERS}
    if settings:
        scene[SETTINGS] = json.dumps(settings)
    for name in POINTERS:
        if memory.get(name) is not None:
            scene[f"{SETTINGS}_{name}"] = memory[name]


def remembers(scene: bpy.types.Scene) -> bool:
    """Whether anything is remembered of `scene`."""
    return scene.get(SETTINGS) is not None


def change(scene: bpy.types.Scene, values: Mapping[str, Any]) -> None:
    """Set settings, camera and world of a scene, and remember what they were."""
    memory = recall(scene)
    own = put_all(scene, values)
    for path, value in own.items():
        if path not in POINTERS:
            memory[path] = [memory.get(path, [value])[0], get(scene, path)]
        elif value is not None:
            memory[path] = value
    keep(scene, memory)
    for name in POINTERS:
        scene[f"{SETTINGS}_{name}_set"] = get(scene, name)


def give_back(scene: bpy.types.Scene, memory: Memory) -> None:
    """Set the scene to what was remembered of it, and forget it."""
    keep(scene, {})
    if "camera" in memory:
        scene.camera = memory["camera"] if memory["camera"] in list(scene.objects) else None
    if "world" in memory:
        scene.world = memory["world"]
    settings = {path: value for path, value in memory.items() if path not in POINTERS and has(scene, path)}
    unchanged = [path for path, (_, ours) in settings.items() if get(scene, path) == compat.known(ours)]
    put_back(scene, {path: compat.known(settings[path][0]) for path in unchanged})
