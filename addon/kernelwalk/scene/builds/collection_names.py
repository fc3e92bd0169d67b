# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of a walk's collections, which stay as a user has changed them."""

from __future__ import annotations

import bpy

from ..stored_values import set_value
from .active_walk import complete_name
from .hand_changes import is_same_name
from .ownership import TAG, get_rooms, truncate_name

NAME_KEY = f"{TAG}_name"
"""Key of a root collection: its name as built."""


def name_collections(root: bpy.types.Collection, title: str, keeps_changes: bool) -> None:
    """Give a root collection the walk's title as its name, with the walk's number if another collection has the title.

    A collection that a user has renamed keeps its name.

    keeps_changes: if False, the collections in the root collection get their names back, too
    """
    renamed = _find_renamed(root)
    named = bpy.data.collections.get(truncate_name(title))
    name = truncate_name(title if named in (None, root) else complete_name(root, title))
    if root in renamed and keeps_changes:
        root[NAME_KEY] = name
    else:
        set_value(root, "name", name)
        root[NAME_KEY] = root.name  # Blender cuts a long one to add a number
    for room_name, room in get_rooms(root).items():
        if room in renamed and not keeps_changes:
            room.name = complete_name(root, room_name)


def list_renamed(root: bpy.types.Collection) -> list[str]:
    """Return the names of a walk's collections that a user has renamed."""
    return [collection.name for collection in _find_renamed(root)]


def _find_renamed(root: bpy.types.Collection) -> list[bpy.types.Collection]:
    names = {room: complete_name(root, name) for name, room in get_rooms(root).items()}
    names = {root: root.get(NAME_KEY, root.name), **names}
    return [each for each, name in names.items() if not is_same_name(each.name, name)]
