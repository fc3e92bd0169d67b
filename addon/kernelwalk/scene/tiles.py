# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiles: a mesh per layer whose faces carry their tile's cell and kind, or the same tiles as objects of their own."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ..core.look import Look
from ..core.plan import TileGrid
from ..core.shape import Shape, tile
from .owned import mark

# The attributes that the material reads: the tile's cell and kind, and where in the tile a point lies
CELL, KIND, INSIDE = "cell", "kind", "inside"


def build_tiles(
    grid: TileGrid, look: Look, material: bpy.types.Material, collection: bpy.types.Collection
) -> list[bpy.types.Object]:
    """The grid's tiles as objects in `collection`: one for the layer, or one per tile."""
    shape = tile(grid.size, max(grid.thickness), look.rounding, len(grid.cells))
    if look.tiles == "layer":
        return [_object(grid.name, _mesh(grid.name, shape, grid, slice(None), look), material, collection)]
    own = mark(bpy.data.collections.new(grid.name))
    collection.children.link(own)
    objects = []
    for index, (x, y, _) in enumerate(grid.cells.astype(int).tolist()):
        name = f"{grid.name} ({y}, {x})"
        mesh = _mesh(name, shape, grid, slice(index, index + 1), look, origin=grid.places[index])
        objects.append(_object(name, mesh, material, own))
        objects[-1].location = grid.places[index].tolist()
    return objects


def _object(
    name: str, mesh: bpy.types.Mesh, material: bpy.types.Material, collection: bpy.types.Collection
) -> bpy.types.Object:
    mesh.materials.append(material)
    made = mark(bpy.data.objects.new(name, mesh))
    collection.objects.link(made)
    return made


def _mesh(
    name: str, shape: Shape, grid: TileGrid, which: slice, look: Look, origin: NDArray[np.float64] | float = 0.0
) -> bpy.types.Mesh:
    """The mesh of some of the grid's tiles, with coordinates from `origin`."""
    cells, kinds, places = grid.cells[which], grid.kinds[which], grid.places[which] - origin
    count, vertices, faces = len(cells), len(shape.vertices), len(shape.starts)
    stretch = np.ones((count, 1, 3))
    stretch[:, 0, 2] = np.array(grid.thickness)[kinds]
    points = (places[:, None, :] + shape.vertices[None] * stretch).astype(np.float32)
    tiles = np.arange(count, dtype=np.int32)[:, None]
    mesh = mark(bpy.data.meshes.new(name))
    mesh.vertices.add(count * vertices)
    mesh.loops.add(count * len(shape.corners))
    mesh.polygons.add(count * faces)
    # by attribute where there is one: some fifty times as fast as through vertices and loops
    _write(mesh, "position", "vector", points)
    _write(mesh, ".corner_vert", "value", shape.corners.astype(np.int32) + tiles * vertices)
    mesh.polygons.foreach_set("loop_start", (shape.starts.astype(np.int32) + tiles * len(shape.corners)).ravel())
    mesh.update(calc_edges=True)
    mesh.attributes.new("sharp_face", "BOOLEAN", "FACE")
    _write(mesh, "sharp_face", "value", np.ones(count * faces, bool))
    _attribute(mesh, CELL, "FLOAT_VECTOR", "FACE", np.repeat(cells, faces, axis=0))
    _attribute(mesh, KIND, "FLOAT", "FACE", np.repeat(kinds, faces))
    if look.outline > 0:
        _attribute(mesh, INSIDE, "FLOAT_VECTOR", "POINT", np.tile(shape.vertices, (count, 1)))
    return mesh


def _attribute(mesh: bpy.types.Mesh, name: str, kind: str, domain: str, values: NDArray[Any]) -> None:
    mesh.attributes.new(name, kind, domain)  # type: ignore[arg-type]  # the stubs want literals
    _write(mesh, name, "vector" if kind == "FLOAT_VECTOR" else "value", values.astype(np.float32))


def _write(mesh: bpy.types.Mesh, name: str, field: str, values: NDArray[Any]) -> None:
    attribute: Any = mesh.attributes[name]  # the stubs know no attribute's data
    attribute.data.foreach_set(field, values.ravel())
