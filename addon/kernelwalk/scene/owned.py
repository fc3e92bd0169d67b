# SPDX-License-Identifier: GPL-3.0-or-later
"""What Kernelwalk made, told from what is the user's by a mark on each datablock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
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
    """Mark a datablock as made by Kernelwalk, under the name that it has now, and return it."""
    data[MARK] = data.name
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


def remove(scene: bpy.types.Scene, keep: Set[Any] = frozenset()) -> None:
    """Remove what Kernelwalk made in `scene`, and nothing else: what a user put into our collections moves up.

    keep: datablocks of ours that are to stay although nothing uses them yet
    """
    for root in roots(scene):
        if _is_elsewhere(root, scene):
            _unlink(root, scene)
        else:
            _remove_root(root, scene)
    if scene.world and is_ours(scene.world):
        scene.world = None
    purge(keep)


def _remove_root(root: bpy.types.Collection, scene: bpy.types.Scene) -> None:
    collections = [*root.children_recursive, root]
    objects = dict.fromkeys(each for collection in collections for each in collection.objects)
    made = originals(objects)
    for each in objects:
        if each not in made and each.name not in scene.collection.objects:
            scene.collection.objects.link(each)
    for collection in collections:
        for child in collection.children:
            if not is_ours(child) and child.name not in scene.collection.children:
                scene.collection.children.link(child)
    bpy.data.batch_remove([*made, *(each for each in collections if is_ours(each))])


def originals(objects: Iterable[Any]) -> dict[Any, None]:
    """Of some objects those that Kernelwalk made: a user's copy of one carries the same mark, but another name."""
    made: dict[str, Any] = {}
    for each in objects:
        if is_ours(each):
            name = each[MARK]
            if name not in made or each.name == name:
                made[name] = each
    return dict.fromkeys(made.values())


def _is_elsewhere(root: bpy.types.Collection, scene: bpy.types.Scene) -> bool:
    """Whether another scene shows the same collection, as a linked copy of a scene does."""
    return any(root in other.collection.children_recursive for other in bpy.data.scenes if other != scene)


def _unlink(root: bpy.types.Collection, scene: bpy.types.Scene) -> None:
    """Take `root` out of `scene` alone."""
    for parent in (scene.collection, *scene.collection.children_recursive):
        if root.name in parent.children and parent.library is None:
            parent.children.unlink(root)


def purge(keep: Set[Any] = frozenset()) -> None:
    """Remove what is ours and unused; what a user's own objects or another scene use stays."""
    while unused := [each for each in everything() if is_ours(each) and each.users == 0 and each not in keep]:
        bpy.data.batch_remove(unused)


def everything() -> list[Any]:
    """Every datablock of the file, but for those of its window."""
    return [each for kind in kinds() for each in getattr(bpy.data, kind)]
