# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags that tell Kernelwalk's datablocks from the user's, and the removal of tagged ones."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from typing import Any, TypeVar

import bpy

from .active_walk import FIRST, NUMBER_KEY, get_active_number, make_key

TAG = "kernelwalk"

ROOT_KEY = f"{TAG}_root"
"""Tag of the root collection, which holds everything built at once."""

OBJECTS_KEY, WORLD_KEY = f"{TAG}_built", f"{TAG}_world"
"""Keys of the root collection's pointers to the objects that were built, and to the world."""

MATERIALS_KEY = f"{TAG}_materials"
"""Key of the root collection's pointers to materials. A user's copy has the same tag, but no pointer."""

ROOMS_KEY = f"{TAG}_rooms"
"""Key of the root collection's pointers to the collections in it, by their names."""

RECORD_KEY = f"{TAG}_record"
"""Key of a scene's pointers to the root collection of a walk and to all in it: they outlive the collection, which a
user may delete."""

SETTINGS_KEY = "settings"
"""Key of a record: the checksum of the walk's spec, if the panel's settings in this scene have built it."""

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
    return datablock.library is None and isinstance(datablock.get(TAG), int)  # a scene's settings have this key too


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
    """Return the root collections of the active walk in `scene`, wherever the user has moved them.

    A scene knows its own: a copy that a user has made of it, or one from another file, is none. Where a scene knows
    none, those in no other scene come first.
    """
    return _find_roots(scene, get_active_number(scene))


def _find_roots(scene: bpy.types.Scene, number: int) -> list[bpy.types.Collection]:
    record = get_record(scene, number)
    if record is not None:
        root = record.get("root")
        is_known = root is not None and is_tagged(root) and root.get(ROOT_KEY) and _is_below(root, scene.collection)
        return [root] if is_known else []
    roots = [child for child in scene.collection.children_recursive if is_tagged(child) and child.get(ROOT_KEY)]
    if number != FIRST or list_recorded(scene):
        roots = [root for root in roots if root.get(NUMBER_KEY, FIRST) == number]
    return sorted(roots, key=lambda root: is_in_another_scene(root, scene))


def _is_below(collection: bpy.types.Collection, parent: bpy.types.Collection) -> bool:
    """Return whether a collection is in another one. The panel asks some forty times, mostly for a direct child."""
    return parent.children.get(collection.name) == collection or collection in parent.children_recursive


def find_other_roots(scene: bpy.types.Scene) -> list[bpy.types.Collection]:
    """Return the root collections of the walks in `scene` that are not active."""
    numbers = {FIRST, *list_recorded(scene)} - {get_active_number(scene)}
    return [root for number in sorted(numbers) for root in _find_roots(scene, number)]


def find_number(member: bpy.types.Object, scene: bpy.types.Scene) -> int | None:
    """Return the number of the walk in `scene` that has built an object; None for a user's, and for a copy of ours."""
    if not is_tagged(member):
        return None
    for root in (*find_root_collections(scene)[:1], *find_other_roots(scene)):
        if member in get_built_objects(root):
            return int(root.get(NUMBER_KEY, FIRST))
    return None


def get_record(scene: bpy.types.Scene, number: int) -> Any:
    """Return what a scene knows of the build of a walk, or None."""
    return scene.get(make_key(RECORD_KEY, number))


def list_recorded(scene: bpy.types.Scene) -> list[int]:
    """Return the numbers of the walks whose builds a scene knows."""
    suffixes = [key.removeprefix(RECORD_KEY) for key in scene.keys() if key.startswith(RECORD_KEY)]  # noqa: SIM118
    return sorted(int(suffix.removeprefix("_") or FIRST) for suffix in suffixes)


def has_build(scene: bpy.types.Scene) -> bool:
    """Return whether the active walk was built in `scene` and not cleared, even if its root collection was deleted."""
    return bool(find_root_collections(scene)) or get_record(scene, get_active_number(scene)) is not None


def has_any_build(scene: bpy.types.Scene) -> bool:
    """Return whether any walk was built in `scene` and not cleared."""
    return has_build(scene) or bool(find_other_roots(scene) or list_recorded(scene))


def is_in_another_scene(collection: bpy.types.Collection, scene: bpy.types.Scene) -> bool:
    """Return whether another scene shows the same collection, as a linked copy of a scene does."""
    return any(collection in other.collection.children_recursive for other in bpy.data.scenes if other != scene)


def store_built_objects(root: bpy.types.Collection, objects: Sequence[bpy.types.Object]) -> None:
    """Store pointers to the objects that were built. A user's copy has the same tag and name, but no pointer."""
    root[OBJECTS_KEY] = _group_pointers(objects)
    for scene in bpy.data.scenes:
        if root in list(scene.collection.children_recursive):
            record = {"root": root, "objects": _group_pointers(objects)}
            record |= {"rooms": get_rooms(root), "world": root.get(WORLD_KEY)}
            record["materials"] = {str(at): each for at, each in enumerate(get_materials(root))}
            key = make_key(RECORD_KEY, root.get(NUMBER_KEY, FIRST))
            record[SETTINGS_KEY] = scene.get(key, {}).get(SETTINGS_KEY)
            scene[key] = {name: value for name, value in record.items() if value is not None}


def _group_pointers(datablocks: Sequence[Any]) -> dict[str, dict[str, Any]]:
    return {
        str(start): {str(index): each for index, each in enumerate(datablocks[start : start + POINTERS_PER_GROUP])}
        for start in range(0, len(datablocks), POINTERS_PER_GROUP)
    }


def _list_pointers(owner: Any, key: str) -> list[Any]:
    """Return the datablocks that were stored in groups and have not been deleted."""
    return [each for group in owner.get(key, {}).values() for each in group.values() if each is not None]


def get_built_objects(root: bpy.types.Collection) -> list[bpy.types.Object]:
    """Return the objects that were built and have not been deleted."""
    return _list_pointers(root, OBJECTS_KEY)


def find_camera(root: bpy.types.Collection) -> bpy.types.Object | None:
    """Return the camera that was built, or None if it has been deleted."""
    return next((built for built in get_built_objects(root) if built.type == "CAMERA"), None)


def get_materials(owner: Any) -> set[Any]:
    """Return the materials of a build that have not been deleted: of a root collection, or of a scene's record."""
    stored = owner.get(MATERIALS_KEY if isinstance(owner, bpy.types.Collection) else "materials", {})
    return {material for material in stored.values() if material is not None}


def forget_build(scene: bpy.types.Scene) -> set[Any]:
    """Delete the record of the active walk, which keeps datablocks from going, and return the materials in it."""
    number = get_active_number(scene)
    materials = get_materials(get_record(scene, number) or {})
    scene.pop(make_key(RECORD_KEY, number), None)  # type: ignore[attr-defined]  # the stubs miss it on every datablock
    return materials


def get_rooms(root: bpy.types.Collection) -> dict[str, bpy.types.Collection]:
    """Return the collections that were built in a root collection, by name, but for those that were deleted."""
    stored = root.get(ROOMS_KEY)
    if stored is None:  # Kernelwalk before 0.2 has built it
        return {child.name: child for child in root.children_recursive if is_tagged(child)}
    return {name: room for name, room in stored.items() if room is not None}


def find_own_world(scene: bpy.types.Scene) -> bpy.types.World | None:
    """Return the scene's world if the active walk has built it, else None."""
    record = get_record(scene, get_active_number(scene)) or {}
    worlds = [record.get("world"), *(root.get(WORLD_KEY) for root in find_root_collections(scene))]
    return scene.world if scene.world in worlds else None


def release_build(scene: bpy.types.Scene) -> tuple[bpy.types.Collection | None, list[bpy.types.Object]]:
    """Return the root collection of the active walk, or None, and its objects: another build may use them again.

    What another scene shows too is unlinked from `scene`. Objects whose root collection was deleted are returned, too.
    The scene keeps its world, and its record until forget_build.
    """
    _release_copies(scene)
    own: list[bpy.types.Collection] = []
    for root in find_root_collections(scene):
        if is_in_another_scene(root, scene):
            unlink_from_scene(root, scene)
        else:
            own.append(root)
    objects = [built for root in own for built in get_built_objects(root)] if own else _take_leftovers(scene)
    for root in own:
        for key in (OBJECTS_KEY, WORLD_KEY):
            root.pop(key, None)  # type: ignore[attr-defined]  # the stubs miss it on every datablock
    for root in own[1:]:
        remove_collections([root, *get_rooms(root).values()], {*objects}, scene.collection)
    return (own[0] if own else None), list(dict.fromkeys(objects))


def _release_copies(scene: bpy.types.Scene) -> None:
    """Make copies of root collections the user's: remove our keys from those that are no scene's own."""
    if not list_recorded(scene):
        return
    known = [get_record(other, number).get("root") for other in bpy.data.scenes for number in list_recorded(other)]
    for child in scene.collection.children_recursive:
        is_copy = is_tagged(child) and child.get(ROOT_KEY) and child not in known
        if is_copy and not is_in_another_scene(child, scene):
            for key in [key for key in child.keys() if key.startswith(TAG)]:  # noqa: SIM118  # it is no dict
                del child[key]


def _take_leftovers(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """Unlink from `scene` and return the objects whose root collection a user has deleted; remove their collections."""
    record = get_record(scene, get_active_number(scene)) or {}
    built, here = set(_list_pointers(record, "objects")), {*scene.collection.children_recursive, scene.collection}
    objects = [each for each in scene.objects if each in built and not is_in_other_scenes(each, scene)]
    for each in objects:
        for collection in each.users_collection:
            collection.objects.unlink(each)
    rooms = [room for room in record.get("rooms", {}).values() if room is not None and room in here]
    remove_collections(rooms, built, scene.collection)
    return objects


def is_in_other_scenes(member: bpy.types.Object, scene: bpy.types.Scene) -> bool:
    """Return whether another scene shows the same object."""
    return any(other != scene for other in member.users_scene)


def remove_build(scene: bpy.types.Scene, keep: Set[Any] = frozenset()) -> None:
    """Remove the active walk's build from `scene`. User data in its collections moves up to the scene's.

    keep: tagged datablocks that stay although nothing uses them yet
    """
    if find_own_world(scene) is not None:
        scene.world = None
    root, objects = release_build(scene)
    forget_build(scene)
    remove_objects(objects)
    if root is not None:
        remove_collections([root, *get_rooms(root).values()], set(), scene.collection)
    purge_unused(keep)


def remove_objects(objects: Sequence[bpy.types.Object]) -> None:
    """Remove objects that were built. The user's objects below them stay where they are."""
    if not objects:
        return
    removed = set(objects)
    children = [child for child in bpy.data.objects if child.parent in removed and child not in removed]
    for child in children:
        matrix = child.matrix_world.copy()
        child.parent = None
        child.matrix_world = matrix
    bpy.data.batch_remove(list(objects))


def remove_collections(
    collections: Sequence[bpy.types.Collection], excluded: Set[Any], destination: bpy.types.Collection
) -> None:
    """Remove collections that were built; user data in them moves up into `destination`.

    excluded: objects that are no user data
    """
    _move_user_data_up(collections, excluded, destination)
    remove_datablocks(collections)


def remove_datablocks(datablocks: Sequence[Any]) -> None:
    """Remove datablocks, if there are any: even without, Blender would sort all collections again."""
    if datablocks:
        bpy.data.batch_remove(list(datablocks))


def _move_user_data_up(collections: Sequence[Any], excluded: Set[Any], destination: bpy.types.Collection) -> None:
    """Link into `destination` the objects and collections that only `collections`, all built, would hold."""
    for collection in collections:
        for member in collection.objects:
            if member not in excluded and all(user in collections for user in member.users_collection):
                destination.objects.link(member)
        for child in collection.children:
            if child not in collections and child not in list(destination.children):
                destination.children.link(child)


def release_user_data(root: bpy.types.Collection, built: Set[Any], scene: bpy.types.Scene) -> None:
    """Move the user's data in a root collection up to the scene's collection."""
    own = [root, *get_rooms(root).values()]
    _move_user_data_up(own, built, scene.collection)
    for collection in own:
        for member in [member for member in collection.objects if member not in built]:
            collection.objects.unlink(member)
        for child in [child for child in collection.children if child not in own]:
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
