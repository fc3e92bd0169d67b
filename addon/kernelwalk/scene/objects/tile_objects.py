# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiles: one mesh per grid whose faces carry their tile's cell, kind and ranges, or one object per tile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.arrays import Floats, Integers
from ...core.geometry.flat_tiles import TileWalls, is_drawn_flat, make_tile_walls
from ...core.geometry.tile_mesh import TileMesh, find_box, make_tile_mesh, make_top_mesh
from ...core.spec.look_section import Look
from ...core.spec.spec import Spec
from ...core.tiles.tile_grid import TileGrid
from ..builds.hand_changes import HIDING
from ..builds.object_store import ObjectStore
from ..builds.ownership import TAG, tag
from ..shading.active_share_nodes import ACTIVE_PREFIX, OCCLUSION_PREFIX, READ_PREFIX, list_range_attributes
from ..shading.materials import put_material
from ..shading.solid_color_nodes import MAX_TILES
from ..shading.tile_attributes import (
    BOX_MOVE_ATTRIBUTE,
    CELL_ATTRIBUTE,
    CHANNEL_ATTRIBUTE,
    KIND_ATTRIBUTE,
    OFFSET_ATTRIBUTE,
    ROUNDING_ATTRIBUTE,
    THICKNESS_ATTRIBUTE,
    TILE_ATTRIBUTE,
)
from ..shading.value_nodes import list_value_attributes
from ..stored_values import holds_values, set_value
from .line_objects import NON_CAMERA_RAYS

TILES_ROOM, TWINS_ROOM = "Tiles", "Twins"
"""Names of the collections of grids, and of their twins."""

GRID_KEY, SINGLE_KEY, BESIDE_KEY = f"{TAG}_grid", f"{TAG}_single", f"{TAG}_beside"
"""Keys of a mesh: the name of its grid, whether it is a single tile, and whether it is of a layer beside another."""

NOWHERE = 1e6
"""Cell of a wall, and position at which it is active: a wall belongs to no tile."""

MIN_BOXES = 400
"""Tiles of a grid, at least, that views show as boxes if they are small: fewer are drawn fast enough as they are."""

ATTRIBUTE_FIELDS: dict[str, tuple[str, Any]] = {
    "FLOAT_VECTOR": ("vector", np.float32),
    "FLOAT": ("value", np.float32),
    "BOOLEAN": ("value", bool),
    "INT": ("value", np.int32),
    "INT32_2D": ("value", np.int32),
}
"""Type of an attribute → field that holds a value, and type in numpy."""


def build_tile_objects(
    grid: TileGrid, look: Look, material: bpy.types.Material, store: ObjectStore, pixels_per_unit: float
) -> list[bpy.types.Object]:
    """Build the grid's tiles: one object for the grid, or one per tile, as the look says.

    pixels_per_unit: size of a unit in the picture, which sets the detail of bevels
    """
    if look.tiles == "layer":
        return [build_grid_object(grid, look, material, store, pixels_per_unit)]
    tile_mesh = _make_tile_mesh(grid, look, pixels_per_unit, len(grid.cells))
    meshes = {kind: _make_mesh(grid.name, store, is_single=True) for kind in grid.used_kinds}
    for kind, mesh in meshes.items():
        _write_mesh(mesh, grid, tile_mesh, look, _first_of_kind(grid, kind), np.zeros((1, 3)), None)
        mesh.materials.append(material)  # copies take it along: appending it to every tile takes quadratic time
    objects = []
    face_count, attributes = len(tile_mesh.face_starts), list(list_attributes(grid))
    for number, (cell, kind, location) in enumerate(
        zip(grid.cells, grid.kinds.tolist(), grid.base_centers.tolist(), strict=True)
    ):
        mesh = meshes[kind].copy()
        for name, data_type, values in attributes:
            write_attribute(mesh, name, data_type, "FACE", np.repeat(values[number : number + 1], face_count, axis=0))
        name = f"{grid.name} ({_format_cell(grid, cell)})"
        objects.append(store.make(f"tile {name}", name, mesh, f"{grid.name} Tiles"))
        objects[-1].location = location
    bpy.data.batch_remove(list(meshes.values()))
    return objects


def build_grid_object(
    grid: TileGrid, look: Look, material: bpy.types.Material, store: ObjectStore, pixels_per_unit: float
) -> bpy.types.Object:
    """Build the grid's tiles, or those of its patch at the first step, as one object."""
    tiles, walls, is_patch = np.arange(len(grid.cells)), None, has_patch(grid, pixels_per_unit)
    if is_patch:
        assert grid.excerpt is not None
        tiles = grid.excerpt.list_patch_tiles(grid.excerpt.starts[0])
    tile_mesh = _make_tile_mesh(grid, look, pixels_per_unit, len(tiles))
    if _is_flat(grid, pixels_per_unit):
        tile_mesh = make_top_mesh(grid.size)
        walls = make_tile_walls(grid.cells, grid.kinds, grid.base_centers, grid.size, grid.thicknesses)
    mesh = store.parts.take(f"mesh {grid.name}", lambda: _make_mesh(grid.name, store))
    _write_mesh(mesh, grid, tile_mesh, look, tiles, grid.base_centers[tiles], walls, is_patch)
    put_material(mesh, material)
    return store.make(f"grid {grid.name}", grid.name, mesh, TILES_ROOM)


def has_patch(grid: TileGrid, pixels_per_unit: float) -> bool:
    """Return whether only those tiles are built that can be seen at one moment; flat ones have walls in common."""
    return grid.excerpt is not None and not _is_flat(grid, pixels_per_unit)


def _is_flat(grid: TileGrid, pixels_per_unit: float) -> bool:
    return is_drawn_flat(grid.size, max(grid.thicknesses), pixels_per_unit)


def uses_bvh_duplicates(spec: Spec) -> bool:
    """Return whether duplicates save time: EEVEE has no BVH, single tiles are too many, and lifted meshes change."""
    return spec.render.engine == "cycles" and spec.look.tiles == "layer" and spec.walk.lift == 0


def build_bvh_duplicate(original: bpy.types.Object, name: str, store: ObjectStore) -> bpy.types.Object:
    """Build a second, invisible object of a grid's mesh.

    Cycles keeps the BVH of a mesh with two users. The faces of a mesh with one user go into the scene's BVH, which is
    rebuilt whenever anything moves. That took most of a frame's time (64x64 to 62x62: 0.18 s against 0.04 s); and in a
    rebuilt BVH, a ray that meets the edge of two faces may hit the other one.
    """
    duplicate = store.make(f"twin {name}", f"Twin of {name}", original.data, TWINS_ROOM)
    for ray in ("camera", *NON_CAMERA_RAYS[:-1]):  # Cycles ignores an object that is invisible to every ray
        set_value(duplicate, f"visible_{ray}", False)
    for flag in HIDING:
        set_value(duplicate, flag, True)
    return duplicate


def _make_tile_mesh(grid: TileGrid, look: Look, pixels_per_unit: float, count: int) -> TileMesh:
    thickness = max(grid.thicknesses)
    return make_tile_mesh(grid.size, thickness, look.rounding, look.bevel, count, pixels_per_unit)


def _first_of_kind(grid: TileGrid, kind: int) -> Integers:
    return np.flatnonzero(grid.kinds == kind)[:1]


def _format_cell(grid: TileGrid, cell: Floats) -> str:
    """Return a tile's cell as numbers: channel and slice where there are several, then row and column."""
    several = [axis for axis in (3, 2) if np.ptp(grid.cells[:, axis]) > 0]
    return ", ".join(f"{cell[axis]:.0f}" for axis in (*several, 1, 0))


def list_attributes(grid: TileGrid) -> Iterator[tuple[str, str, NDArray[Any]]]:
    """Yield name, type and values of the attributes of the tiles' faces, but for their kind."""
    yield CELL_ATTRIBUTE, "FLOAT_VECTOR", grid.cells[:, :3]
    if np.ptp(grid.cells[:, 3]) > 0:
        yield CHANNEL_ATTRIBUTE, "FLOAT", grid.cells[:, 3]
    yield from list_range_attributes(grid.active_ranges, ACTIVE_PREFIX)
    if grid.read_ranges is not None:
        yield from list_range_attributes(grid.read_ranges, READ_PREFIX)
    if grid.occlusion_ranges is not None:
        yield from list_range_attributes(grid.occlusion_ranges, OCCLUSION_PREFIX)
    if grid.values is not None:
        yield from list_value_attributes(grid.values)


def has_several_thicknesses(grid: TileGrid) -> bool:
    """Return whether some tiles of a grid are lower than others."""
    return len({grid.thicknesses[kind] for kind in grid.used_kinds}) > 1


def _make_mesh(name: str, store: ObjectStore, is_single: bool = False) -> bpy.types.Mesh:
    mesh = tag(bpy.data.meshes.new(name))
    mesh[GRID_KEY], mesh[SINGLE_KEY] = name, is_single
    if store.parts.suffix:
        mesh[BESIDE_KEY] = True
    return mesh


def _write_mesh(
    mesh: bpy.types.Mesh,
    grid: TileGrid,
    tile_mesh: TileMesh,
    look: Look,
    indices: Integers,
    locations: NDArray[Any],
    walls: TileWalls | None,
    is_patch: bool = False,
) -> None:
    """Make a mesh one of some of the grid's tiles, at these locations.

    walls: of tiles that are drawn flat, whose squares come after theirs
    """
    has_thicknesses = is_patch and has_several_thicknesses(grid)
    tile_count, vertices, faces = len(indices), len(tile_mesh.vertices), len(tile_mesh.face_starts)
    kinds = grid.kinds[indices]
    points = np.empty((tile_count, vertices, 3), np.float32)
    stretches: tuple[Any, ...] = (1.0, 1.0, np.array(grid.thicknesses)[kinds, None])
    for axis, stretch in enumerate(stretches):
        stretched = tile_mesh.vertices[:, axis] * stretch
        np.add(locations[:, axis, None], stretched, out=points[:, :, axis], casting="same_kind")
    if walls is not None:
        indices, points = np.append(indices, walls.tiles), np.concatenate([points, walls.points.astype(np.float32)])
    count = len(indices)
    tiles = np.arange(count, dtype=np.int32)[:, None]
    corners, corner_edges, edges, face_starts = (
        values.astype(np.int32)  # before they are repeated, which then takes a quarter of the time
        for values in (tile_mesh.corners, tile_mesh.corner_edges, tile_mesh.edges, tile_mesh.face_starts)
    )
    # attributes are some fifty times as fast as vertices and loops
    shape = (
        ("position", "FLOAT_VECTOR", "POINT", points),
        (".edge_verts", "INT32_2D", "EDGE", edges + tiles[:, :, None] * np.int32(vertices)),
        (".corner_vert", "INT", "CORNER", corners + tiles * np.int32(vertices)),
        (".corner_edge", "INT", "CORNER", corner_edges + tiles * np.int32(len(edges))),
    )
    rest: list[tuple[str, str, str, NDArray[Any]]] = [
        ("sharp_face", "BOOLEAN", "FACE", np.tile(~tile_mesh.is_smooth, count)),
        # follows from the faces, but Cycles before 5.2 needs it
        ("sharp_edge", "BOOLEAN", "EDGE", np.tile(tile_mesh.is_sharp, count)),
        (KIND_ATTRIBUTE, "FLOAT", "FACE", np.repeat(grid.kinds[indices], faces)),
    ]
    for name, data_type, values in list_attributes(grid):
        of_tiles = values[indices].astype(np.float32)
        if name.startswith((CELL_ATTRIBUTE, ACTIVE_PREFIX, READ_PREFIX, OCCLUSION_PREFIX)):
            of_tiles[tile_count:] = NOWHERE
        rest.append((name, data_type, "FACE", np.repeat(of_tiles, faces, axis=0)))
    box = find_box(tile_mesh, grid.size) if MIN_BOXES <= tile_count <= MAX_TILES and not is_patch else None
    if box is not None:
        moves = np.empty_like(points)
        for axis, stretch in enumerate(stretches):
            np.multiply(box[0][:, axis], stretch, out=moves[:, :, axis], casting="same_kind")
        rest.append((BOX_MOVE_ATTRIBUTE, "FLOAT_VECTOR", "POINT", moves))
        rest.append((ROUNDING_ATTRIBUTE, "BOOLEAN", "FACE", np.tile(box[1], count)))
    if is_patch:
        rest.append((TILE_ATTRIBUTE, "FLOAT", "FACE", np.repeat(indices, faces)))
    if has_thicknesses:
        rest.append((THICKNESS_ATTRIBUTE, "FLOAT", "FACE", np.repeat(np.array(grid.thicknesses)[kinds], faces)))
    if look.outline > 0 or grid.values is not None or has_thicknesses:
        offsets = [np.tile(tile_mesh.vertices, (tile_count, 1))]
        if walls is not None:
            offsets.append(np.full((walls.points.size // 3, 3), grid.size / 2))  # on the edge
        rest.append((OFFSET_ATTRIBUTE, "FLOAT_VECTOR", "POINT", np.concatenate(offsets)))
    counts = [count * each for each in (vertices, len(edges), len(corners), faces)]
    has_changed = False
    parts: list[Any] = [mesh.vertices, mesh.edges, mesh.loops, mesh.polygons]
    if [len(part) for part in parts] != counts:
        mesh.clear_geometry()
        for part, number in zip(parts, counts, strict=True):
            part.add(number)
        has_changed = True
    for attribute in shape:
        has_changed |= write_attribute(mesh, *attribute)
    if has_changed:  # the corners tell where faces begin, and take a tenth of the time to read
        mesh.polygons.foreach_set("loop_start", (face_starts + tiles * np.int32(len(corners))).ravel())
        mesh.update()
        has_changed = False
    for attribute in rest:
        has_changed |= write_attribute(mesh, *attribute)
    written = {name for name, *_ in (*shape, *rest)}
    for name in [each.name for each in mesh.attributes if not (each.name in written or each.is_internal)]:
        mesh.attributes.remove(mesh.attributes[name])  # another build has added it
        has_changed = True
    if has_changed:
        mesh.update_tag()


def write_attribute(mesh: bpy.types.Mesh, name: str, data_type: str, domain: str, values: NDArray[Any]) -> bool:
    """Write an attribute, and add it first if Blender has not. Return whether it was another."""
    attribute: Any = mesh.attributes.get(name)
    if attribute is not None and (attribute.data_type, attribute.domain) != (data_type, domain):
        mesh.attributes.remove(attribute)
        attribute = None
    field, dtype = ATTRIBUTE_FIELDS[data_type]
    flat = values.astype(dtype, copy=False).ravel()
    if attribute is None:  # the stubs want literals
        attribute = mesh.attributes.new(name, data_type, domain)  # type: ignore[arg-type]
    elif holds_values(attribute.data, field, flat):
        return False
    attribute.data.foreach_set(field, flat)
    return True
