# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scene had before Kernelwalk set it up: kept in the collection of what was built, and given back.

A setting that the user has changed since is left as it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import bpy

from .owned import MARK, is_ours, roots

SETTINGS = f"{MARK}_before"
POINTERS = ("camera", "world")
COMPOUND = ("POINTER", "COLLECTION")
"""Types of properties that are no plain settings."""

Memory = dict[str, Any]
"""By the path of a setting: what it was and what it was set to. By the name of a pointer: what it was."""


def get(scene: bpy.types.Scene, path: str) -> Any:
    """A setting of a scene, by its path: "render.fps"."""
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
    """Set settings in their order, and return what they were."""
    own = {path: get(scene, path) for path in values}
    for path, value in values.items():
        put(scene, path, value)
    return own


def recall(scene: bpy.types.Scene) -> Memory:
    """What is remembered of `scene`."""
    memory: Memory = {}
    for root in roots(scene):
        memory |= json.loads(root.get(SETTINGS, "{}"))
        memory |= {name: root[f"{SETTINGS}_{name}"] for name in POINTERS if root.get(f"{SETTINGS}_{name}") is not None}
    return memory


def keep(root: bpy.types.Collection, memory: Memory) -> None:
    """Remember in the collection of what was built."""
    root[SETTINGS] = json.dumps({path: value for path, value in memory.items() if path not in POINTERS})
    for name in POINTERS:
        if memory.get(name) is not None:
            root[f"{SETTINGS}_{name}"] = memory[name]


def change(scene: bpy.types.Scene, root: bpy.types.Collection, values: Mapping[str, Any]) -> None:
    """Set settings, camera and world of a scene, and remember what they were."""
    memory = recall(scene)
    for path, value in values.items():
        own = get(scene, path)
        put(scene, path, value)
        if path in POINTERS:
            if own is not None and not is_ours(own):
                memory[path] = own
        else:
            memory[path] = [memory.get(path, [own])[0], get(scene, path)]
    keep(root, memory)


def give_back(scene: bpy.types.Scene, memory: Memory) -> None:
    """Set the scene to what is remembered of it."""
    for path, value in memory.items():
        if path in POINTERS:
            now = get(scene, path)
            if now is None or is_ours(now):
                put(scene, path, value)
        elif get(scene, path) == value[1]:
            put(scene, path, value[0])
