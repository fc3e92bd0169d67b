# SPDX-License-Identifier: GPL-3.0-or-later
"""The outline of a tile's top, where it stands at the current frame."""

from __future__ import annotations

from collections import Counter
from typing import Any

import bmesh
import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

from ...core.describe.tile_query import Tile
from ..builds.ownership import find_root_collections, get_built_objects
from ..objects.tile_objects import BESIDE_KEY, GRID_KEY
from ..shading.tile_attributes import CELL_ATTRIBUTE, CHANNEL_ATTRIBUTE
from .tile_picking import get_edited_tile

LEAST_RISE = 0.9
"""Least z of the normal of a face that belongs to the top, bevels excluded."""

Edge = tuple[Vector, Vector]


def find_outline(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph, tile: Tile) -> list[Edge]:
    """Return the edges around the top of a tile, in the world; none if the active walk has no such tile."""
    for root in find_root_collections(scene)[:1]:
        for built in get_built_objects(root):
            mesh: Any = built.data
            if built.type != "MESH" or (mesh.get(GRID_KEY), BESIDE_KEY in mesh) != (tile.grid, tile.is_beside):
                continue
            if built.visible_get():
                edges = _find_edited_edges(mesh, tile) if built.mode == "EDIT" else _find_edges(built, depsgraph, tile)
                if edges:
                    return [(built.matrix_world @ start, built.matrix_world @ end) for start, end in edges]
    return []


def _find_edges(built: bpy.types.Object, depsgraph: bpy.types.Depsgraph, tile: Tile) -> list[Edge]:
    mesh: Any = built.evaluated_get(depsgraph).data
    cells, channels = _read(mesh, CELL_ATTRIBUTE, "vector", 3), _read(mesh, CHANNEL_ATTRIBUTE, "value", 1)
    if cells is None:
        return []
    is_chosen = (cells.round() == tile.cell[:3]).all(axis=1)
    if channels is not None:
        is_chosen &= channels[:, 0].round() == tile.cell[3]
    faces = [mesh.polygons[index] for index in np.flatnonzero(is_chosen)]
    uses = Counter(key for face in faces if face.normal.z > LEAST_RISE for key in face.edge_keys)
    border = [key for key, count in uses.items() if count == 1]
    return [(mesh.vertices[first].co.copy(), mesh.vertices[second].co.copy()) for first, second in border]


def _find_edited_edges(mesh: bpy.types.Mesh, tile: Tile) -> list[Edge]:
    """Return the edges in a mesh in Edit Mode, which keeps its data in a BMesh meanwhile."""
    edited = bmesh.from_edit_mesh(mesh)
    faces = [
        face for face in edited.faces if face.normal.z > LEAST_RISE and get_edited_tile(mesh, edited, face) == tile
    ]
    uses = Counter(edge for face in faces for edge in face.edges)
    return [(edge.verts[0].co.copy(), edge.verts[1].co.copy()) for edge, count in uses.items() if count == 1]


def _read(mesh: Any, name: str, field: str, size: int) -> NDArray[np.float32] | None:
    """Return an attribute of the faces (faces, size); None if the mesh lacks it, as an edited one does."""
    attribute = mesh.attributes.get(name)
    if attribute is None or not len(attribute.data):
        return None
    values = np.empty(len(attribute.data) * size, np.float32)
    attribute.data.foreach_get(field, values)
    return values.reshape(-1, size)
