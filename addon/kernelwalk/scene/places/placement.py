# SPDX-License-Identifier: GPL-3.0-or-later
"""The place of a walk in the world: at the origin, or wherever an empty carries all of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bpy
import numpy as np

from ...core.arrays import Floats
from ..builds.active_walk import complete_name
from ..builds.object_store import CARRIER_NAME, ORIGIN_ROLE, ROLE_KEY, ObjectStore
from ..builds.ownership import TAG, get_built_objects, store_built_objects, tag

ORIGIN_KEY = f"{TAG}_origin"
"""Key of the root collection's pointer to the empty that carries the walk."""

ORIGIN_NAME = "Kernelwalk Origin"


def get_location(root: bpy.types.Collection) -> Floats:
    """Return the location (3,) of a walk."""
    origin = get_origin(root)
    return np.zeros(3) if origin is None else np.array(origin.location, np.float64)


def move_walk(root: bpy.types.Collection, location: Floats) -> None:
    """Move a walk, its camera and its lights included, to a location (3,).

    A walk that has never been moved has no empty, and gets one if it leaves the origin.
    """
    origin = get_origin(root)
    if origin is None and not location.any():
        return
    make_origin(root).location = location.tolist()


def keep_origin(store: ObjectStore) -> None:
    """Use the empty of the earlier build again, where there is one: the walk keeps its place."""
    origin = store.take(ORIGIN_ROLE)
    if origin is not None:
        store.add(ORIGIN_ROLE, origin)
        _lock(origin)
        carry_walk(origin, store.objects.values())
        store.root[ORIGIN_KEY] = origin


def get_origin(root: bpy.types.Collection) -> Any:
    """Return the empty that carries a walk; None where the walk has never been moved."""
    return root.get(ORIGIN_KEY)


def make_origin(root: bpy.types.Collection) -> Any:
    """Return the empty that carries a walk. A new one gets as children all that has no parent."""
    origin: Any = get_origin(root)
    if origin is not None:
        return origin
    origin = tag(bpy.data.objects.new(complete_name(root, ORIGIN_NAME), None))
    origin[ROLE_KEY] = ORIGIN_ROLE
    _lock(origin)
    root.objects.link(origin)
    objects = get_built_objects(root)
    carry_walk(origin, objects)
    root[ORIGIN_KEY] = origin
    store_built_objects(root, [*objects, origin])
    return origin


def carry_walk(origin: Any, objects: Iterable[bpy.types.Object]) -> None:
    """Parent to the empty all objects that have no parent, but for those that constraints of a user's move."""
    for part in objects:
        ours: list[Any] = [constraint for constraint in part.constraints if constraint.name == CARRIER_NAME]
        if part is not origin and len(ours) == len(part.constraints):
            part.parent = part.parent or origin
            for constraint in ours:  # it adds locations, which are those in the walk
                constraint.owner_space = constraint.target_space = "CUSTOM"
                constraint.space_object = origin


def _lock(origin: Any) -> None:
    """Lock the rotation of the empty: shaders and labels know upwards from sideways."""
    origin.lock_rotation, origin.lock_scale = (True, True, True), (False, False, False)
