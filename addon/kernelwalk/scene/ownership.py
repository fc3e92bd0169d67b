# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags that tell Kernelwalk's datablocks from the user's, and the removal of tagged ones."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from typing import Any, TypeVar

import bpy

TAG = "kernelwalk"

ROOT_KEY = f"{TAG}_root"
"""Tag of the root collection, which holds everything built at once."""

OBJECTS_KEY, WORLD_KEY, CAMERA_KEY = f"{TAG}_built", f"{TAG}_world", f"{TAG}_camera"
"""Keys of the root collection's pointers to the objects that were built, to the world, and to the camera."""

ANIMATED_KEY = f"{TAG}_moves"
"""Key of a flag on the root collection: whether anything from the template changes from frame to frame."""

POINTERS_PER_GROUP = 100
"""Pointers stored in one group: adding a pointer takes Blender a search through its whole group."""

MAX_NAME_BYTES = 63
"""Longest name up to Blender 4.5, in bytes."""

EXCLUDED_TYPES = ("Screen", "WindowManager", "WorkSpace", "Library", "ID")
"""Types that are no content of a file: its windows, linked files, and (since 5.2) the collection of everything."""

Datablock = TypeVar("Datablock", bound=Any)


def tag(datablock: Datablock) -> Datablock:
    """Tag a datablock as made by Kernelwalk, and return it."""
    datablock[TAG] = True
    return datablock


def is_tagged(datablock: Any) -> bool:
    """Return whether Kernelwalk made a datablock in this file."""
    return datablock.library is None and datablock.get(TAG) is not None


def list_datablock_collections() -> list[str]:
    """Return the names of the collections in bpy.data that hold content of the file."""
    collections: list[Any] = [prop for prop in bpy.data.bl_rna.properties if prop.type == "COLLECTION"]
    return [prop.identifier for prop in collections if prop.fixed_type.identifier not in EXCLUDED_TYPES]


def truncate_name(text: str) -> str:
    """Cut `text` to the longest name that every Blender accepts."""
    return text.encode()[:MAX_NAME_BYTES].decode(errors="ignore")


def strip_number_suffix(name: str) -> str:
    """Remove the number that Blender appends to a name in use.

    >>> strip_number_suffix("Floor.001")
    'Floor'
    """
    return re.sub(r"\.\d{3,}$", "", name)


def find_root_collections(scene: bpy.types.Scene) -> list[bpy.types.Collection]:
    """Return the root collections in `scene`, wherever the user has moved them; those in no other scene come first."""
    roots = [child for child in scene.collection.children_recursive if is_tagged(child) and child.get(ROOT_KEY)]
    return sorted(roots, key=lambda root: is_in_another_scene(root, scene))


def is_in_another_scene(collection: bpy.types.Collection, scene: bpy.types.Scene) -> bool:
    """Return whether another scene shows the same collection, as a linked copy of a scene does."""
    return any(collection in other.collection.children_recursive for other in bpy.data.scenes if other != scene)


def store_built_objects(root: bpy.types.Collection, objects: Sequence[bpy.types.Object]) -> None:
    """Store pointers to the objects that were built. A user's copy has the same tag and name, but no pointer."""
    root[OBJECTS_KEY] = {
        str(start): {str(index): built for index, built in enumerate(objects[start : start + POINTERS_PER_GROUP])}
        for start in range(0, len(objects), POINTERS_PER_GROUP)
    }


def get_built_objects(root: bpy.types.Collection) -> list[bpy.types.Object]:
    """Return the objects that were built and have not been deleted."""
    return [built for group in root.get(OBJECTS_KEY, {}).values() for built in group.values() if built is not None]


def remove_previous_build(scene: bpy.types.Scene, keep: Set[Any] = frozenset()) -> bpy.types.Collection | None:
    """Remove what Kernelwalk built in `scene`, and return its root collection, which stays in its place.

    The user's own data in that collection stays, too, and so does the camera: a view that looks through it goes on.

    keep: tagged datablocks that stay although nothing uses them yet
    """
    own: list[bpy.types.Collection] = []
    for root in find_root_collections(scene):
        if is_in_another_scene(root, scene):
            unlink_from_scene(root, scene)
        else:
            _remove_contents(root, scene, keeps_camera=not own)
            own.append(root)
    for root in own[1:]:
        _remove_collection(root, scene)
    purge_unused(keep)
    return own[0] if own else None


def remove_build(scene: bpy.types.Scene) -> None:
    """Remove everything that Kernelwalk made in `scene`. User data in its collections moves up to the scene's."""
    root = remove_previous_build(scene)
    if root is not None:
        camera = get_camera(root)
        if camera is not None:
            bpy.data.objects.remove(camera)
        _remove_collection(root, scene)
        purge_unused()


def get_camera(root: bpy.types.Collection) -> Any:
    """Return the camera that was built, or None if there is none."""
    return root.get(CAMERA_KEY)


def _remove_contents(root: bpy.types.Collection, scene: bpy.types.Scene, keeps_camera: bool) -> None:
    """Remove the objects that were built and the tagged collections within; user data in those moves up."""
    kept = [get_camera(root)] if keeps_camera else []
    objects = [built for built in get_built_objects(root) if built not in kept]
    world = root.get(WORLD_KEY)
    if world is not None and scene.world == world:
        scene.world = None
    root.pop(OBJECTS_KEY, None)  # type: ignore[attr-defined]  # the stubs miss it on every datablock
    root.pop(WORLD_KEY, None)  # type: ignore[attr-defined]  # as above
    inner = [child for child in root.children_recursive if is_tagged(child)]
    _move_user_data_up(inner, {*objects}, root)
    bpy.data.batch_remove([*objects, *inner])


def _remove_collection(root: bpy.types.Collection, scene: bpy.types.Scene) -> None:
    """Remove a root collection whose contents are gone; user data in it moves up."""
    _move_user_data_up([root], set(), scene.collection)
    bpy.data.collections.remove(root)


def _move_user_data_up(collections: Sequence[Any], excluded: Set[Any], destination: bpy.types.Collection) -> None:
    """Link into `destination` the objects and collections that only `collections`, all tagged, would hold."""
    for collection in collections:
        for member in collection.objects:
            if member not in excluded and all(user in collections for user in member.users_collection):
                destination.objects.link(member)
        for child in collection.children:
            if not is_tagged(child) and child not in list(destination.children):
                destination.children.link(child)


def release_user_data(root: bpy.types.Collection, built: Set[Any], scene: bpy.types.Scene) -> None:
    """Move the user's data in a root collection up to the scene's collection."""
    tagged = [root, *(child for child in root.children_recursive if is_tagged(child))]
    _move_user_data_up(tagged, built, scene.collection)
    for collection in tagged:
        for member in [member for member in collection.objects if member not in built]:
            collection.objects.unlink(member)
        for child in [child for child in collection.children if not is_tagged(child)]:
            collection.children.unlink(child)


def unlink_from_scene(root: bpy.types.Collection, scene: bpy.types.Scene) -> None:
    """Unlink `root` from `scene` alone, where a collection of that scene holds it."""
    for parent in (scene.collection, *scene.collection.children_recursive):
        if root in list(parent.children) and parent.library is None and not is_in_another_scene(parent, scene):
            parent.children.unlink(root)


def purge_unused(keep: Set[Any] = frozenset()) -> None:
    """Remove tagged datablocks without users. Those that the user's objects or another scene use stay."""
    while unused := [data for data in list_datablocks() if is_tagged(data) and data.users == 0 and data not in keep]:
        bpy.data.batch_remove(unused)


def list_datablocks() -> list[Any]:
    """Return every datablock of the file's content."""
    return [data for collection in list_datablock_collections() for data in getattr(bpy.data, collection)]
