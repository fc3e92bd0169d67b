# SPDX-License-Identifier: GPL-3.0-or-later
"""What Kernelwalk made, told from what is the user's by a mark on each datablock."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from typing import Any, TypeVar

import bpy

TAG = "kernelwalk"

ROOT_KEY = f"{TAG}_root"
"""Marks the collection that holds all of what was built at once."""

OBJECTS_KEY, WORLD_KEY = f"{TAG}_built", f"{TAG}_world"
"""Hold, in that collection, pointers to the objects that were built, and to the world."""

ANIMATED_KEY = f"{TAG}_moves"
"""Tells, in that collection, whether anything that came from the template changes from frame to frame."""

POINTERS_PER_GROUP = 100
"""Pointers that stand together: Blender looks through all of them for each that is added."""

MAX_NAME_BYTES = 63
"""Bytes of a name up to Blender 4.5."""

Datablock = TypeVar("Data", bound=Any)


# the window's, files that are linked, and (since 5.2) the collection of everything at once
EXCLUDED_TYPES = ("Screen", "WindowManager", "WorkSpace", "Library", "ID")


def tag(datablock: Datablock) -> Datablock:
    """Mark a datablock as made by Kernelwalk, and return it."""
    datablock[TAG] = True
    return datablock


def is_tagged(datablock: Any) -> bool:
    return datablock.library is None and datablock.get(TAG) is not None


def list_datablock_collections() -> list[str]:
    """The names of Blender's collections of datablocks, but for those of its window."""
    collections: list[Any] = [each for each in bpy.data.bl_rna.properties if each.type == "COLLECTION"]
    return [each.identifier for each in collections if each.fixed_type.identifier not in EXCLUDED_TYPES]


def truncate_name(text: str) -> str:
    """`text` as far as Blender takes it for a name."""
    return text.encode()[:MAX_NAME_BYTES].decode(errors="ignore")


def strip_number_suffix(name: str) -> str:
    """`name` without the number that Blender gives to a name that is taken."""
    return re.sub(r"\.\d{3,}$", "", name)


def find_root_collections(scene: bpy.types.Scene) -> list[bpy.types.Collection]:
    """The collections of `scene` that hold what Kernelwalk made in it, wherever a user has moved them; first those that
    no other scene shows too."""
    found = [each for each in scene.collection.children_recursive if is_tagged(each) and each.get(ROOT_KEY)]
    return sorted(found, key=lambda root: is_in_another_scene(root, scene))


def is_in_another_scene(collection: bpy.types.Collection, scene: bpy.types.Scene) -> bool:
    """Whether another scene shows the same collection, as a linked copy of a scene does."""
    return any(collection in other.collection.children_recursive for other in bpy.data.scenes if other != scene)


def store_built_objects(root: bpy.types.Collection, objects: Sequence[bpy.types.Object]) -> None:
    """Note which objects were built, by pointers: a mark or a name would be a user's copy's too."""
    root[OBJECTS_KEY] = {
        str(at): {str(index): made for index, made in enumerate(objects[at : at + POINTERS_PER_GROUP])}
        for at in range(0, len(objects), POINTERS_PER_GROUP)
    }


def get_built_objects(root: bpy.types.Collection) -> list[bpy.types.Object]:
    """The objects that were built, as far as they are still there."""
    return [each for group in root.get(OBJECTS_KEY, {}).values() for each in group.values() if each is not None]


def remove_previous_build(scene: bpy.types.Scene, keep: Set[Any] = frozenset()) -> bpy.types.Collection | None:
    """Remove what Kernelwalk built in `scene`; its collection stays where a user has it, with what is the user's in it,
    and is returned.

    keep: datablocks of ours that are to stay although nothing uses them yet
    """
    own = []
    for root in find_root_collections(scene):
        if is_in_another_scene(root, scene):
            _unlink_from_scene(root, scene)
        else:
            _remove_contents(root, scene)
            own.append(root)
    for root in own[1:]:
        _remove_collection(root, scene)
    purge_unused(keep)
    return own[0] if own else None


def remove_build(scene: bpy.types.Scene) -> None:
    """Remove what Kernelwalk made in `scene`, and nothing else: what a user put into our collections moves up."""
    root = remove_previous_build(scene)
    if root is not None:
        _remove_collection(root, scene)
        purge_unused()


def _remove_contents(root: bpy.types.Collection, scene: bpy.types.Scene) -> None:
    """Remove what was built, and the collections within that are ours; what is the user's in those moves up."""
    made = get_built_objects(root)
    world = root.get(WORLD_KEY)
    if world is not None and scene.world == world:
        scene.world = None
    root.pop(OBJECTS_KEY, None)  # type: ignore[attr-defined]  # as every datablock, to the stubs not
    root.pop(WORLD_KEY, None)  # type: ignore[attr-defined]
    inner = [each for each in root.children_recursive if is_tagged(each)]
    _move_user_data_up(inner, {*made}, root)
    bpy.data.batch_remove([*made, *inner])


def _remove_collection(root: bpy.types.Collection, scene: bpy.types.Scene) -> None:
    """Remove an empty collection of ours; what is the user's in it moves up."""
    _move_user_data_up([root], set(), scene.collection)
    bpy.data.collections.remove(root)


def _move_user_data_up(collections: Sequence[Any], excluded: Set[Any], destination: bpy.types.Collection) -> None:
    """Link into `to` what stands in `collections`, which are ours, and nowhere else."""
    for collection in collections:
        for each in collection.objects:
            if each not in excluded and all(other in collections for other in each.users_collection):
                destination.objects.link(each)
        for child in collection.children:
            if not is_tagged(child) and child not in list(destination.children):
                destination.children.link(child)


def _unlink_from_scene(root: bpy.types.Collection, scene: bpy.types.Scene) -> None:
    """Take `root` out of `scene` alone, where a collection of the scene's own holds it."""
    for parent in (scene.collection, *scene.collection.children_recursive):
        if root in list(parent.children) and parent.library is None and not is_in_another_scene(parent, scene):
            parent.children.unlink(root)


def purge_unused(keep: Set[Any] = frozenset()) -> None:
    """Remove what is ours and unused; what a user's own objects or another scene use stays."""
    while unused := [each for each in list_datablocks() if is_tagged(each) and each.users == 0 and each not in keep]:
        bpy.data.batch_remove(unused)


def list_datablocks() -> list[Any]:
    """Every datablock of the file, but for those of its window."""
    return [each for kind in list_datablock_collections() for each in getattr(bpy.data, kind)]
