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
from ..core.spec import Spec
from .connectors import LIGHT
from .owned import MARK, mark

# The attributes that the material reads: the tile's cell and kind, and where in the tile a point lies
CELL, KIND, INSIDE = "cell", "kind", "inside"

GRID, SINGLE = f"{MARK}_grid", f"{MARK}_single"
"""Note on a mesh the name of its layer, and whether it is a single tile."""

TYPES: dict[str, tuple[str, Any]] = {
    "FLOAT_VECTOR": ("vector", np.float32),
    "FLOAT": ("value", np.float32),
    "BOOLEAN": ("value", bool),
    "INT": ("value", np.int32),
    "INT32_2D": ("value", np.int32),
}
"""Of an attribute's type, the field that holds a value, and numpy's type."""


def build_tiles(
    grid: TileGrid, look: Look, material: bpy.types.Material, collection: bpy.types.Collection, pixels: float
) -> list[bpy.types.Object]:
    """The grid's tiles as objects in `collection`: one for the layer, or one per tile. `pixels`: a unit's in the
    picture."""
    shape = tile(grid.size, max(grid.thickness), look.rounding, look.bevel, len(grid.cells), pixels)
    if look.tiles == "layer":
        mesh = _mesh(grid, shape, look, grid.cells, grid.kinds, grid.places)
        mesh.materials.append(material)
        return [_object(grid.name, mesh, collection)]
    own = mark(bpy.data.collections.new(grid.name))
    collection.children.link(own)
    first = {kind: _mesh(grid, shape, look, grid.cells[:1], np.array([kind]), np.zeros((1, 3))) for kind in grid.used}
    for mesh in first.values():
        mesh.materials.append(material)  # of each kind once, and copied with it: of every tile, it takes quadratic time
    objects = []
    for cell, kind, place in zip(grid.cells, grid.kinds.tolist(), grid.places.tolist(), strict=True):
        mesh = first[kind].copy()
        _write(mesh, CELL, "FLOAT_VECTOR", "FACE", np.tile(cell, (len(shape.starts), 1)))
        objects.append(_object(f"{grid.name} ({cell[1]:.0f}, {cell[0]:.0f})", mesh, own))
        objects[-1].location = place
    bpy.data.batch_remove(list(first.values()))
    return objects


def has_twins(spec: Spec) -> bool:
    """Whether layers have twins: EEVEE has no such tree, and of an object per tile there would be too many."""
    return spec.render.engine == "cycles" and spec.look.tiles == "layer"


def build_twin(of: bpy.types.Object, collection: bpy.types.Collection) -> bpy.types.Object:
    """A second object of a layer's mesh, that nothing sees.

    Of a mesh with two users Cycles keeps the tree by which rays find its faces; with one, the tree of all of them is
    built anew whenever anything moves. That took most of a frame's time (64x64 to 62x62: 0.18 s against 0.04 s), and in
    another tree, a ray that meets the edge of two faces may find the other one.
    """
    twin = _object(f"Twin of {of.name}", of.data, collection)
    for ray in ("camera", *LIGHT[:-1]):  # of one that no ray at all sees Cycles takes no notice
        setattr(twin, f"visible_{ray}", False)
    twin.hide_viewport = twin.hide_select = True
    return twin


def _object(name: str, mesh: bpy.types.ID | None, collection: bpy.types.Collection) -> bpy.types.Object:
    made = mark(bpy.data.objects.new(name, mesh))
    collection.objects.link(made)
    return made


def _mesh(
    grid: TileGrid, shape: Shape, look: Look, cells: NDArray[Any], kinds: NDArray[Any], places: NDArray[Any]
) -> bpy.types.Mesh:
    """A mesh of tiles of these cells and kinds, at these places."""
    count, vertices, faces = len(cells), len(shape.vertices), len(shape.starts)
    stretch = np.ones((count, 1, 3))
    stretch[:, 0, 2] = np.array(grid.thickness)[kinds]
    tiles = np.arange(count, dtype=np.int32)[:, None]
    mesh = mark(bpy.data.meshes.new(grid.name))
    mesh[GRID], mesh[SINGLE] = grid.name, count == 1
    mesh.vertices.add(count * vertices)
    mesh.edges.add(count * len(shape.edges))
    mesh.loops.add(count * len(shape.corners))
    mesh.polygons.add(count * faces)
    # by attribute where there is one: some fifty times as fast as through vertices and loops
    _write(mesh, "position", "FLOAT_VECTOR", "POINT", places[:, None, :] + shape.vertices[None] * stretch)
    _write(mesh, ".edge_verts", "INT32_2D", "EDGE", shape.edges + tiles[:, :, None] * vertices)
    _write(mesh, ".corner_vert", "INT", "CORNER", shape.corners + tiles * vertices)
    _write(mesh, ".corner_edge", "INT", "CORNER", shape.corner_edges + tiles * len(shape.edges))
    mesh.polygons.foreach_set("loop_start", (shape.starts.astype(np.int32) + tiles * len(shape.corners)).ravel())
    mesh.update()
    _write(mesh, "sharp_face", "BOOLEAN", "FACE", np.tile(~shape.smooth, count))
    # follows from the faces, but Cycles before 5.2 asks for it
    _write(mesh, "sharp_edge", "BOOLEAN", "EDGE", np.tile(shape.sharp, count))
    _write(mesh, CELL, "FLOAT_VECTOR", "FACE", np.repeat(cells, faces, axis=0))
    _write(mesh, KIND, "FLOAT", "FACE", np.repeat(kinds, faces))
    if look.outline > 0:
        _write(mesh, INSIDE, "FLOAT_VECTOR", "POINT", np.tile(shape.vertices, (count, 1)))
    return mesh


def _write(mesh: bpy.types.Mesh, name: str, kind: str, domain: str, values: NDArray[Any]) -> None:
    """Write an attribute, which is made where Blender has not made it itself."""
    # the stubs want literals, and know no attribute's data
    attribute: Any = mesh.attributes.get(name) or mesh.attributes.new(name, kind, domain)  # type: ignore[arg-type]
    field, dtype = TYPES[kind]
    attribute.data.foreach_set(field, values.astype(dtype).ravel())
