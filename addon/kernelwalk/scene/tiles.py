# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiles: a mesh per grid whose faces carry their tile's cell, kind and reach, or the same tiles as objects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ..core.geometry.tile_mesh import TileMesh, make_tile_mesh
from ..core.spec.look_section import Look
from ..core.spec.spec import Spec
from ..core.tiles.tile_grid import TileGrid
from .lines import LIGHT
from .owned import MARK, mark
from .reach import COPIES, REACH, VEIL, attributes

# Attributes beside those of a tile's reach: its cell and channel, its kind, and where in the tile a point lies
CELL, CHANNEL, KIND, INSIDE = "cell", "channel", "kind", "inside"

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
    """The grid's tiles as objects in `collection`: one for the grid, or one per tile. `pixels`: a unit's in the
    picture."""
    shape = make_tile_mesh(grid.size, max(grid.thicknesses), look.rounding, look.bevel, len(grid.cells), pixels)
    if look.tiles == "layer":
        return [build_block(grid, look, material, collection, pixels)]
    own = mark(bpy.data.collections.new(grid.name))
    collection.children.link(own)
    first = {kind: _mesh(grid, shape, look, _one(grid, kind), np.zeros((1, 3))) for kind in grid.used_kinds}
    for mesh in first.values():
        mesh.materials.append(material)  # of each kind once, and copied with it: of every tile, it takes quadratic time
    objects = []
    faces, values = len(shape.face_starts), list(_values(grid))
    for number, (cell, kind, place) in enumerate(
        zip(grid.cells, grid.kinds.tolist(), grid.base_centers.tolist(), strict=True)
    ):
        mesh = first[kind].copy()
        for name, of, value in values:
            _write(mesh, name, of, "FACE", np.repeat(value[number : number + 1], faces, axis=0))
        objects.append(_object(f"{grid.name} ({_numbered(grid, cell)})", mesh, own))
        objects[-1].location = place
    bpy.data.batch_remove(list(first.values()))
    return objects


def build_block(
    grid: TileGrid, look: Look, material: bpy.types.Material, collection: bpy.types.Collection, pixels: float
) -> bpy.types.Object:
    """The grid's tiles as one object."""
    shape = make_tile_mesh(grid.size, max(grid.thicknesses), look.rounding, look.bevel, len(grid.cells), pixels)
    mesh = _mesh(grid, shape, look, np.arange(len(grid.cells)), grid.base_centers)
    mesh.materials.append(material)
    return _object(grid.name, mesh, collection)


def _one(grid: TileGrid, kind: int) -> NDArray[np.int64]:
    return np.flatnonzero(grid.kinds == kind)[:1]


def _numbered(grid: TileGrid, cell: NDArray[np.float64]) -> str:
    """A tile's cell in numbers: channel and slice where there are several, row and column."""
    several = [axis for axis in (3, 2) if np.ptp(grid.cells[:, axis]) > 0]
    return ", ".join(f"{cell[axis]:.0f}" for axis in (*several, 1, 0))


def _values(grid: TileGrid) -> Iterator[tuple[str, str, NDArray[Any]]]:
    """Names, types and values of what the faces of each tile carry, but its kind."""
    yield CELL, "FLOAT_VECTOR", grid.cells[:, :3]
    if np.ptp(grid.cells[:, 3]) > 0:
        yield CHANNEL, "FLOAT", grid.cells[:, 3]
    yield from attributes(grid.active_ranges, REACH)
    if grid.read_ranges is not None:
        yield from attributes(grid.read_ranges, COPIES)
    if grid.occlusion_ranges is not None:
        yield from attributes(grid.occlusion_ranges, VEIL)


def has_twins(spec: Spec) -> bool:
    """Whether layers have twins: EEVEE has no such tree, of an object per tile there would be too many, and of tiles
    that rise the mesh is another on each frame."""
    return spec.render.engine == "cycles" and spec.look.tiles == "layer" and spec.walk.lift == 0


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
    grid: TileGrid, shape: TileMesh, look: Look, which: NDArray[np.int64], places: NDArray[Any]
) -> bpy.types.Mesh:
    """A mesh of some of the grid's tiles, at these places."""
    count, vertices, faces = len(which), len(shape.vertices), len(shape.face_starts)
    kinds = grid.kinds[which]
    stretch = np.ones((count, 1, 3))
    stretch[:, 0, 2] = np.array(grid.thicknesses)[kinds]
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
    mesh.polygons.foreach_set("loop_start", (shape.face_starts.astype(np.int32) + tiles * len(shape.corners)).ravel())
    mesh.update()
    _write(mesh, "sharp_face", "BOOLEAN", "FACE", np.tile(~shape.is_smooth, count))
    # follows from the faces, but Cycles before 5.2 asks for it
    _write(mesh, "sharp_edge", "BOOLEAN", "EDGE", np.tile(shape.is_sharp, count))
    for name, of, values in _values(grid):
        _write(mesh, name, of, "FACE", np.repeat(values[which], faces, axis=0))
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
