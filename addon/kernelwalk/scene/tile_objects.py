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
from .line_objects import NON_CAMERA_RAYS
from .ownership import TAG, tag
from .shading.activation_nodes import ACTIVE_PREFIX, OCCLUSION_PREFIX, READ_PREFIX, list_range_attributes

# Attributes beside those of a tile's reach: its cell and channel, its kind, and where in the tile a point lies
CELL_ATTRIBUTE, CHANNEL_ATTRIBUTE, KIND_ATTRIBUTE, OFFSET_ATTRIBUTE = "cell", "channel", "kind", "inside"

GRID_KEY, SINGLE_KEY = f"{TAG}_grid", f"{TAG}_single"
"""Note on a mesh the name of its layer, and whether it is a single tile."""

ATTRIBUTE_FIELDS: dict[str, tuple[str, Any]] = {
    "FLOAT_VECTOR": ("vector", np.float32),
    "FLOAT": ("value", np.float32),
    "BOOLEAN": ("value", bool),
    "INT": ("value", np.int32),
    "INT32_2D": ("value", np.int32),
}
"""Of an attribute's type, the field that holds a value, and numpy's type."""


def build_tile_objects(
    grid: TileGrid, look: Look, material: bpy.types.Material, collection: bpy.types.Collection, pixels_per_unit: float
) -> list[bpy.types.Object]:
    """The grid's tiles as objects in `collection`: one for the grid, or one per tile. `pixels`: a unit's in the
    picture."""
    shape = make_tile_mesh(
        grid.size, max(grid.thicknesses), look.rounding, look.bevel, len(grid.cells), pixels_per_unit
    )
    if look.tiles == "layer":
        return [build_grid_object(grid, look, material, collection, pixels_per_unit)]
    own = tag(bpy.data.collections.new(grid.name))
    collection.children.link(own)
    first = {
        kind: _make_mesh(grid, shape, look, _first_of_kind(grid, kind), np.zeros((1, 3))) for kind in grid.used_kinds
    }
    for mesh in first.values():
        mesh.materials.append(material)  # of each kind once, and copied with it: of every tile, it takes quadratic time
    objects = []
    faces, values = len(shape.face_starts), list(_attribute_values(grid))
    for number, (cell, kind, place) in enumerate(
        zip(grid.cells, grid.kinds.tolist(), grid.base_centers.tolist(), strict=True)
    ):
        mesh = first[kind].copy()
        for name, of, value in values:
            _write_attribute(mesh, name, of, "FACE", np.repeat(value[number : number + 1], faces, axis=0))
        objects.append(_make_object(f"{grid.name} ({_format_cell(grid, cell)})", mesh, own))
        objects[-1].location = place
    bpy.data.batch_remove(list(first.values()))
    return objects


def build_grid_object(
    grid: TileGrid, look: Look, material: bpy.types.Material, collection: bpy.types.Collection, pixels_per_unit: float
) -> bpy.types.Object:
    """The grid's tiles as one object."""
    shape = make_tile_mesh(
        grid.size, max(grid.thicknesses), look.rounding, look.bevel, len(grid.cells), pixels_per_unit
    )
    mesh = _make_mesh(grid, shape, look, np.arange(len(grid.cells)), grid.base_centers)
    mesh.materials.append(material)
    return _make_object(grid.name, mesh, collection)


def _first_of_kind(grid: TileGrid, kind: int) -> NDArray[np.int64]:
    return np.flatnonzero(grid.kinds == kind)[:1]


def _format_cell(grid: TileGrid, cell: NDArray[np.float64]) -> str:
    """A tile's cell in numbers: channel and slice where there are several, row and column."""
    several = [axis for axis in (3, 2) if np.ptp(grid.cells[:, axis]) > 0]
    return ", ".join(f"{cell[axis]:.0f}" for axis in (*several, 1, 0))


def _attribute_values(grid: TileGrid) -> Iterator[tuple[str, str, NDArray[Any]]]:
    """Names, types and values of what the faces of each tile carry, but its kind."""
    yield CELL_ATTRIBUTE, "FLOAT_VECTOR", grid.cells[:, :3]
    if np.ptp(grid.cells[:, 3]) > 0:
        yield CHANNEL_ATTRIBUTE, "FLOAT", grid.cells[:, 3]
    yield from list_range_attributes(grid.active_ranges, ACTIVE_PREFIX)
    if grid.read_ranges is not None:
        yield from list_range_attributes(grid.read_ranges, READ_PREFIX)
    if grid.occlusion_ranges is not None:
        yield from list_range_attributes(grid.occlusion_ranges, OCCLUSION_PREFIX)


def uses_bvh_duplicates(spec: Spec) -> bool:
    """Whether layers have twins: EEVEE has no such tree, of an object per tile there would be too many, and of tiles
    that rise the mesh is another on each frame."""
    return spec.render.engine == "cycles" and spec.look.tiles == "layer" and spec.walk.lift == 0


def build_bvh_duplicate(original: bpy.types.Object, collection: bpy.types.Collection) -> bpy.types.Object:
    """A second object of a layer's mesh, that nothing sees.

    Of a mesh with two users Cycles keeps the tree by which rays find its faces; with one, the tree of all of them is
    built anew whenever anything moves. That took most of a frame's time (64x64 to 62x62: 0.18 s against 0.04 s), and in
    another tree, a ray that meets the edge of two faces may find the other one.
    """
    twin = _make_object(f"Twin of {original.name}", original.data, collection)
    for ray in ("camera", *NON_CAMERA_RAYS[:-1]):  # of one that no ray at all sees Cycles takes no notice
        setattr(twin, f"visible_{ray}", False)
    twin.hide_viewport = twin.hide_select = True
    return twin


def _make_object(name: str, mesh: bpy.types.ID | None, collection: bpy.types.Collection) -> bpy.types.Object:
    made = tag(bpy.data.objects.new(name, mesh))
    collection.objects.link(made)
    return made


def _make_mesh(
    grid: TileGrid, tile_mesh: TileMesh, look: Look, indices: NDArray[np.int64], places: NDArray[Any]
) -> bpy.types.Mesh:
    """A mesh of some of the grid's tiles, at these places."""
    count, vertices, faces = len(indices), len(tile_mesh.vertices), len(tile_mesh.face_starts)
    kinds = grid.kinds[indices]
    stretch = np.ones((count, 1, 3))
    stretch[:, 0, 2] = np.array(grid.thicknesses)[kinds]
    tiles = np.arange(count, dtype=np.int32)[:, None]
    mesh = tag(bpy.data.meshes.new(grid.name))
    mesh[GRID_KEY], mesh[SINGLE_KEY] = grid.name, count == 1
    mesh.vertices.add(count * vertices)
    mesh.edges.add(count * len(tile_mesh.edges))
    mesh.loops.add(count * len(tile_mesh.corners))
    mesh.polygons.add(count * faces)
    # by attribute where there is one: some fifty times as fast as through vertices and loops
    _write_attribute(mesh, "position", "FLOAT_VECTOR", "POINT", places[:, None, :] + tile_mesh.vertices[None] * stretch)
    _write_attribute(mesh, ".edge_verts", "INT32_2D", "EDGE", tile_mesh.edges + tiles[:, :, None] * vertices)
    _write_attribute(mesh, ".corner_vert", "INT", "CORNER", tile_mesh.corners + tiles * vertices)
    _write_attribute(mesh, ".corner_edge", "INT", "CORNER", tile_mesh.corner_edges + tiles * len(tile_mesh.edges))
    mesh.polygons.foreach_set(
        "loop_start", (tile_mesh.face_starts.astype(np.int32) + tiles * len(tile_mesh.corners)).ravel()
    )
    mesh.update()
    _write_attribute(mesh, "sharp_face", "BOOLEAN", "FACE", np.tile(~tile_mesh.is_smooth, count))
    # follows from the faces, but Cycles before 5.2 asks for it
    _write_attribute(mesh, "sharp_edge", "BOOLEAN", "EDGE", np.tile(tile_mesh.is_sharp, count))
    for name, of, values in _attribute_values(grid):
        _write_attribute(mesh, name, of, "FACE", np.repeat(values[indices], faces, axis=0))
    _write_attribute(mesh, KIND_ATTRIBUTE, "FLOAT", "FACE", np.repeat(kinds, faces))
    if look.outline > 0:
        _write_attribute(mesh, OFFSET_ATTRIBUTE, "FLOAT_VECTOR", "POINT", np.tile(tile_mesh.vertices, (count, 1)))
    return mesh


def _write_attribute(mesh: bpy.types.Mesh, name: str, kind: str, domain: str, values: NDArray[Any]) -> None:
    """Write an attribute, which is made where Blender has not made it itself."""
    # the stubs want literals, and know no attribute's data
    attribute: Any = mesh.attributes.get(name) or mesh.attributes.new(name, kind, domain)  # type: ignore[arg-type]
    field, dtype = ATTRIBUTE_FIELDS[kind]
    attribute.data.foreach_set(field, values.astype(dtype).ravel())
