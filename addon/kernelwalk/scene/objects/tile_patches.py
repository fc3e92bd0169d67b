# SPDX-License-Identifier: GPL-3.0-or-later
"""Patches of long grids: a mesh of the tiles that can be seen at one moment, which takes their data from a table.

The table is a mesh that has a point for each tile of the grid, and no faces. Geometry nodes move the patch with the
excerpt, cell by cell, and look up what its tiles then are. A mesh of all tiles would take gigabytes and seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.geometry.excerpts import FADING_CELLS, Excerpt
from ...core.tiles.tile_grid import TileGrid
from ..builds.hand_changes import HIDING
from ..builds.object_store import ObjectStore
from ..builds.ownership import tag
from ..shading.geometry_node_builder import GeometryNodeBuilder, add_modifiers, build_modifier_tree
from ..shading.node_builder import Socket, Value
from ..shading.tile_attributes import KIND_ATTRIBUTE, OFFSET_ATTRIBUTE, THICKNESS_ATTRIBUTE, TILE_ATTRIBUTE
from ..stored_values import set_value
from .tile_objects import TWINS_ROOM, has_several_thicknesses, list_attributes, write_attribute


def add_patch_modifier(
    grid: TileGrid, walk_group: bpy.types.NodeTree, number: int, patch: bpy.types.Object, store: ObjectStore
) -> None:
    """Add to the object of a grid's patch the modifier that lets it follow the excerpt, and build its table.

    walk_group: the walk's group of geometry nodes (shading/walk_nodes.py)
    number:     of the grid in the plan
    """
    excerpt = grid.excerpt
    assert excerpt is not None
    table = _build_table(grid, store)

    def write(nodes: GeometryNodeBuilder, geometry: Socket) -> Socket:
        info = nodes.node("GeometryNodeObjectInfo", transform_space="ORIGINAL")
        nodes.connect(info.inputs["Object"], table)
        shifts = _build_shifts(nodes, grid, excerpt, nodes.group(walk_group), number)
        tile = nodes.attribute(TILE_ATTRIBUTE).outputs["Fac"]
        for axis, shift in enumerate(shifts):
            tile = nodes.math("MULTIPLY_ADD", shift, float(excerpt.tile_strides[axis]), tile)
        tile = nodes.math("ADD", tile, 0.5)  # becomes an index without its fraction
        offset = nodes.node("ShaderNodeCombineXYZ")
        for axis, shift in enumerate(shifts):
            nodes.connect(offset.inputs[axis], nodes.math("MULTIPLY", shift, grid.cell_offsets[axis]))
        table_geometry = info.outputs["Geometry"]
        for name, data_type, _ in _list_table_attributes(grid):
            value = _sample(nodes, table_geometry, name, data_type, tile)
            if name == THICKNESS_ATTRIBUTE:
                share = nodes.separate(nodes.attribute(OFFSET_ATTRIBUTE).outputs["Vector"])[2]
                rise = nodes.math("SUBTRACT", value, nodes.attribute(THICKNESS_ATTRIBUTE).outputs["Fac"])
                nodes.connect(offset.inputs[2], nodes.math("MULTIPLY", share, rise))
                continue
            geometry = nodes.store(geometry, name, data_type, "FACE", value)
        moved = nodes.node("GeometryNodeSetPosition")
        nodes.connect(moved.inputs["Geometry"], geometry)
        nodes.connect(moved.inputs["Offset"], offset.outputs[0])
        return moved.outputs["Geometry"]

    add_modifiers("Patch", build_modifier_tree(f"{grid.name} patch", store.parts, write), [patch], store.parts)


def _build_table(grid: TileGrid, store: ObjectStore) -> bpy.types.Object:
    """Build the object that holds the attributes of all tiles. Nobody sees it."""
    name = f"Cells of {grid.name}"
    mesh: Any = store.parts.take(f"table {grid.name}", lambda: tag(bpy.data.meshes.new(name)))
    if len(mesh.vertices) != len(grid.cells):
        mesh.clear_geometry()
        mesh.vertices.add(len(grid.cells))
    attributes = list(_list_table_attributes(grid))
    has_changed = [write_attribute(mesh, name, kind, "POINT", values) for name, kind, values in attributes]
    known = {"position", *(name for name, *_ in attributes)}
    for earlier in [each.name for each in mesh.attributes if not (each.name in known or each.is_internal)]:
        mesh.attributes.remove(mesh.attributes[earlier])
    if any(has_changed):
        mesh.update_tag()
    table = store.make(f"table {grid.name}", name, mesh, TWINS_ROOM)
    for flag in ("hide_render", *HIDING):
        set_value(table, flag, True)
    return table


def _list_table_attributes(grid: TileGrid) -> Iterator[tuple[str, str, NDArray[Any]]]:
    """Yield name, type and values of the attributes of all tiles."""
    yield KIND_ATTRIBUTE, "FLOAT", grid.kinds
    yield from list_attributes(grid)
    if has_several_thicknesses(grid):
        yield THICKNESS_ATTRIBUTE, "FLOAT", np.array(grid.thicknesses)[grid.kinds]


def _build_shifts(
    nodes: GeometryNodeBuilder, grid: TileGrid, excerpt: Excerpt, walk_node: Socket, number: int
) -> list[Value]:
    """Add the nodes of Excerpt.find_patch_start: the cells along x and y from the patch at the first step."""
    first = excerpt.find_patch_start(excerpt.starts[0])
    shifts: list[Value] = []
    for axis, name in enumerate("xy"):
        lowest, highest = map(float, excerpt.patch_ends[axis])
        if lowest == highest:
            shifts.append(0.0)
            continue
        start = nodes.math("MULTIPLY", walk_node.outputs[f"Slide {number} {name}"], -1 / grid.cell_offsets[axis])
        patch_start = nodes.math("SUBTRACT", nodes.math("FLOOR", start), float(FADING_CELLS))
        patch_start = nodes.math("MINIMUM", nodes.math("MAXIMUM", patch_start, lowest), highest)
        shifts.append(nodes.math("SUBTRACT", patch_start, float(first[axis])))
    return shifts


def _sample(nodes: GeometryNodeBuilder, table: Socket, name: str, data_type: str, tile: Socket) -> Socket:
    """Add the value of the table's attribute for a tile."""
    sampled = nodes.node("GeometryNodeSampleIndex", name=name, data_type=data_type, domain="POINT")
    of_table = nodes.attribute(name).outputs["Vector" if data_type == "FLOAT_VECTOR" else "Fac"]
    for socket, given in (("Geometry", table), ("Value", of_table), ("Index", tile)):
        nodes.connect(sampled.inputs[socket], given)
    return sampled.outputs["Value"]
