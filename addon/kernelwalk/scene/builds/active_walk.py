# SPDX-License-Identifier: GPL-3.0-or-later
"""The walks of a scene by their numbers, from 1, and the active one: all that Kernelwalk does in a scene is done to it.

A scene stores its active walk, and what it stores of each walk has the walk's number in its key.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import bpy

FIRST = 1
"""Number of a scene's first walk, and of the only one in a file of an earlier version."""

ACTIVE_KEY = "kernelwalk_active"
"""Key of a scene: the number of its active walk."""

NUMBER_KEY = "kernelwalk_number"
"""Key of a root collection: the number of its walk, if not FIRST."""

_acting: dict[int, int] = {}
"""Number of the walk that is active for a moment, by its scene's session_uid: see acting_on."""


def get_active_number(scene: bpy.types.Scene) -> int:
    """Return the number of a scene's active walk."""
    return _acting.get(scene.session_uid) or int(scene.get(ACTIVE_KEY, FIRST))


def set_active_number(scene: bpy.types.Scene, number: int) -> None:
    """Make another walk of a scene the active one."""
    if number == FIRST:
        scene.pop(ACTIVE_KEY, None)  # type: ignore[attr-defined]  # the stubs miss it on every datablock
    else:
        scene[ACTIVE_KEY] = number


@contextmanager
def acting_on(scene: bpy.types.Scene, number: int) -> Iterator[None]:
    """Make a walk the active one within a `with` block. Nothing of that is in the file."""
    uid = scene.session_uid
    before = _acting.get(uid)
    _acting[uid] = number
    try:
        yield
    finally:
        if before is None:
            del _acting[uid]
        else:
            _acting[uid] = before


def make_key(key: str, number: int) -> str:
    """Return the key under which a scene stores something of a walk.

    >>> make_key("kernelwalk_markers", 2)
    'kernelwalk_markers_2'
    """
    return key if number == FIRST else f"{key}_{number}"


def make_name(name: str, number: int) -> str:
    """Return the name of a part of a walk, which tells the parts of several walks apart.

    >>> make_name("Input", 1), make_name("Input", 2)
    ('Input', 'Input 2')
    """
    return name if number == FIRST else f"{name} {number}"


def complete_name(root: bpy.types.Collection, name: str) -> str:
    """Return a name with the number of a root collection's walk after it, where that is not the first."""
    return make_name(name, root.get(NUMBER_KEY, FIRST))
