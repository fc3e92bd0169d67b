# SPDX-License-Identifier: GPL-3.0-or-later
"""What Kernelwalk made, told from what is the user's by a mark on each datablock."""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Any, TypeVar

import bpy

MARK = "kernelwalk"

ROOT = "kernelwalk_root"
"""Marks the collection that holds all of what was built at once."""

NAME_BYTES = 63
"""Bytes of a name up to Blender 4.5."""

Data = TypeVar("Data", bound=Any)


# the window's, files that are linked, and (since 5.2) the collection of everything at once
NOT_OURS = ("Screen", "WindowManager", "WorkSpace", "Library", "ID")


def mark(data: Data) -> Data:
    """Mark a datablock as made by Kernelwalk, and return it."""
    data[MARK] = True
    return data


def is_ours(data: Any) -> bool:
    return data.library is None and data.get(MARK) is not None


def kinds() -> list[str]:
    """The names of Blender's collections of datablocks, but for those of its window."""
    collections: list[Any] = [each for each in bpy.data.bl_rna.properties if each.type == "COLLECTION"]
    return [each.identifier for each in collections if each.fixed_type.identifier not in NOT_OURS]


def named(text: str) -> str:
    """`text` as far as Blender takes it for a name."""
    return text.encode()[:NAME_BYTES].decode(errors="ignore")


def unnumbered(name: str) -> str:
    """`name` without the number that Blender gives to a name that is taken."""
    return re.sub(r"\.\d{3,}$", "", name)


def roots(scene: bpy.types.Scene) -> list[bpy.types.Collection]:
    """The collections of `scene` that hold what Kernelwalk made in it, wherever a user has moved them."""
    return [each for each in scene.collection.children_recursive if is_ours(each) and each.get(ROOT)]


BEFORE = ("camera", "world")
"""What of a scene is replaced while something of Kernelwalk's stands in it, and comes back after."""


def remember(scene: bpy.types.Scene, root: bpy.types.Collection) -> None:
    """Keep the scene's own camera and world in mind, before they are replaced."""
    for name in BEFORE:
        own = getattr(scene, name)
        if own is not None and not is_ours(own):
            root[f"{MARK}_{name}"] = own


def clear(scene: bpy.types.Scene, keep: Set[Any] = frozenset()) -> None:
    """Remove what Kernelwalk made in `scene`, and nothing else: what a user put into our collections moves up.

    keep: datablocks of ours that are to stay although nothing uses them yet
    """
    collections = [each for root in roots(scene) for each in (*root.children_recursive, root)]
    objects = dict.fromkeys(each for collection in collections for each in collection.objects)
    for each in objects:
        if not is_ours(each) and each.name not in scene.collection.objects:
            scene.collection.objects.link(each)
    for collection in collections:
        for child in collection.children:
            if not is_ours(child) and child.name not in scene.collection.children:
                scene.collection.children.link(child)
    before = {name: root.get(f"{MARK}_{name}") for root in roots(scene) for name in BEFORE}
    if scene.world and is_ours(scene.world):
        scene.world = None
    bpy.data.batch_remove([*(each for each in objects if is_ours(each)), *(c for c in collections if is_ours(c))])
    for name, own in before.items():
        if own is not None and getattr(scene, name) is None:
            setattr(scene, name, own)
    purge(keep)


def purge(keep: Set[Any] = frozenset()) -> None:
    """Remove what is ours and unused; what a user's own objects or another scene use stays."""
    while unused := [each for each in everything() if is_ours(each) and each.users == 0 and each not in keep]:
        bpy.data.batch_remove(unused)


def everything() -> list[Any]:
    """Every datablock of the file, but for those of its window."""
    return [each for kind in kinds() for each in getattr(bpy.data, kind)]
