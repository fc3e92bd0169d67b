# SPDX-License-Identifier: GPL-3.0-or-later
"""The tile that the user has selected, or that a ray hits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bmesh
import bpy
from mathutils import Vector
from mathutils.bvhtree import BVHTree

from ...core.describe.tile_query import Tile
from ...core.tiles.kernel_block import KERNEL_NAME
from ..builds.ownership import find_number
from ..objects.tile_objects import BESIDE_KEY, GRID_KEY, NOWHERE, SINGLE_KEY
from ..shading.tile_attributes import CELL_ATTRIBUTE, CHANNEL_ATTRIBUTE

Picked = tuple[int, Tile]
"""Number of a walk, and a tile of it."""

MAX_HITS = 1000
"""Surfaces that a ray may pass before it hits a tile."""


def get_selected_tile(selected: bpy.types.Object, scene: bpy.types.Scene) -> Picked | None:
    """Return the tile of an object that is a single tile, or in Edit Mode the tile of the active face."""
    mesh: Any = selected.data
    number = _find_number(selected, scene)
    if number is None:
        return None
    if selected.mode == "EDIT":
        edited = bmesh.from_edit_mesh(mesh)
        tile = get_edited_tile(mesh, edited, edited.faces.active)
    else:
        tile = _get_face_tile(mesh, mesh, 0) if mesh[SINGLE_KEY] else None
    return None if tile is None else (number, tile)


def pick_tile(
    scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph, origin: Vector, direction: Vector
) -> Picked | None:
    """Return the first tile that a ray hits, passing through lines and every other object before it."""
    for _ in range(MAX_HITS):
        is_hit, location, _normal, face, evaluated, _matrix = scene.ray_cast(depsgraph, origin, direction)
        if not is_hit:
            return None
        hit: Any = evaluated.original
        number = _find_number(hit, scene)
        tile = None if number is None else _get_hit_tile(hit, depsgraph, face, location)
        if number is not None and tile is not None:
            return number, tile
        origin = location + direction * 1e-4
    return None


def _find_number(candidate: Any, scene: bpy.types.Scene) -> int | None:
    """Return the number of the walk of which an object is a grid or a tile; None for a copy that a user has kept."""
    return find_number(candidate, scene) if candidate.type == "MESH" and GRID_KEY in candidate.data else None


def _get_hit_tile(hit: Any, depsgraph: bpy.types.Depsgraph, face: int, location: Vector) -> Tile | None:
    """Return the tile of a face, whose index is one of the evaluated mesh, modifiers included.

    In Edit Mode the evaluated mesh tells no cells: if modifiers have changed the faces, it is the nearest face's tile.

    location: where the ray hits the face, in the world
    """
    evaluated: Any = hit.evaluated_get(depsgraph)
    if hit.mode != "EDIT":
        return _get_face_tile(hit.data, evaluated.data, face)
    edited = bmesh.from_edit_mesh(hit.data)
    edited.faces.ensure_lookup_table()
    if len(evaluated.data.polygons) != len(edited.faces):
        faces: Any = BVHTree.FromBMesh(edited)  # the stubs say None
        *_, nearest, _ = faces.find_nearest(evaluated.matrix_world.inverted() @ location)
        face = -1 if nearest is None else nearest
    return get_edited_tile(hit.data, edited, edited.faces[face] if 0 <= face < len(edited.faces) else None)


def _get_face_tile(mesh: Any, evaluated: Any, face: int) -> Tile | None:
    cells = evaluated.attributes[CELL_ATTRIBUTE].data if CELL_ATTRIBUTE in evaluated.attributes else ()
    if not 0 <= face < len(cells):
        return None
    channels = evaluated.attributes[CHANNEL_ATTRIBUTE].data if CHANNEL_ATTRIBUTE in evaluated.attributes else None
    return _make_tile(mesh, (*cells[face].vector, channels[face].value if channels else 0))


def get_edited_tile(mesh: Any, edited: bmesh.types.BMesh, face: Any) -> Tile | None:
    """Return the tile of a face of a mesh in Edit Mode, which keeps its data in a BMesh meanwhile."""
    cell: Any = edited.faces.layers.float_vector.get(CELL_ATTRIBUTE)
    channel: Any = edited.faces.layers.float.get(CHANNEL_ATTRIBUTE)
    if cell is None or face is None:
        return None
    return _make_tile(mesh, (*face[cell], face[channel] if channel else 0))


def _make_tile(mesh: Any, cell: Sequence[float]) -> Tile | None:
    """Return the tile with a cell (x, y, z and channel); None for one of the kernel, of no grid, and for a wall."""
    if mesh[GRID_KEY] == KERNEL_NAME or cell[0] == NOWHERE:
        return None
    x, y, z, channel = map(round, cell)
    return Tile(mesh[GRID_KEY], (x, y, z, channel), BESIDE_KEY in mesh)
