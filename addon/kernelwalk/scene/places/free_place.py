# SPDX-License-Identifier: GPL-3.0-or-later
"""A place beside the user's objects and other walks, where none of them stands in a walk's way."""

from __future__ import annotations

import bpy
import numpy as np

from ...core.arrays import Floats
from ..builds.built_extent import load_extent
from ..builds.ownership import find_other_roots, find_root_collections
from .placement import get_location
from .user_objects import find_boxes_in_way, get_extent, list_user_boxes, list_walk_boxes
from .walk_scale import get_scale

DIRECTIONS = np.array([[1, 0, 0], [-1, 0, 0], [0, -1, 0], [0, 1, 0]])
"""Directions of the places that are tried: to the right first."""

GROWTH, TRIES = 1.25, 60
"""Factor from one distance that is tried to the next, and their number: the last is a million times the first."""


def is_free_of_walks(scene: bpy.types.Scene, location: Floats, depsgraph: bpy.types.Depsgraph) -> bool:
    """Return whether no other walk would stand among the tiles of the active walk at a location (3,)."""
    root = find_root_collections(scene)[0]
    extent = load_extent(root)
    assert extent is not None  # the walk has just been built
    extent = extent.move_by(location, get_scale(root) or 1.0)
    others = [list_walk_boxes(scene, other, depsgraph).corners for other in find_other_roots(scene)]
    return not any(find_boxes_in_way(corners, extent)[0].any() for corners in others)


def find_free_location(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> Floats:
    """Return the location (3,) nearest to the origin, of some that are tried, where the active walk is by itself.

    Nothing is among its tiles or in its picture, and nothing of it is in another walk's picture. The scene must hold
    the walk, and its room must be known (built_extent.load_extent).
    """
    root = find_root_collections(scene)[0]
    extent, scale = load_extent(root), get_scale(root) or 1.0
    assert extent is not None
    extent = extent.move_by(np.zeros(3), scale)
    boxes, own = list_user_boxes(scene, depsgraph), list_walk_boxes(scene, root, depsgraph)
    own_corners = own.corners[own.is_rendered] - get_location(root)
    others = [other for root in find_other_roots(scene) if (other := get_extent(root)) is not None]
    size = float((extent.bounds[1] - extent.bounds[0]).max())
    distances = size * GROWTH ** np.arange(TRIES)
    offsets = np.concatenate([np.zeros((1, 3)), np.multiply.outer(distances, DIRECTIONS).reshape(-1, 3)])
    for offset in np.round(offsets / scale) * scale:  # whole units: the floor of a template may be ruled
        among, in_picture = find_boxes_in_way(boxes.corners - offset, extent)
        is_seen = any(find_boxes_in_way(own_corners + offset, other)[1].any() for other in others)
        if not (among | (in_picture & boxes.is_rendered)).any() and not is_seen:
            break
    location: Floats = offset
    return location
