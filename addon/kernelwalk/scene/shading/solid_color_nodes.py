# SPDX-License-Identifier: GPL-3.0-or-later
"""Colors for Solid shading, which shows no materials' nodes: it shows color attributes, and else objects' colors.

Geometry nodes write the tiles' colors into a color attribute: TileGrid.colors_at (core/tiles/tile_grid.py) as nodes.
Their modifiers are off in renders, which therefore stay the same, and as fast.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import bpy

from ...core.spec.look_section import Look
from ...core.tiles.tile_grid import TileGrid
from ..builds.parts import Parts
from ..stored_values import set_value
from .box_nodes import build_boxes, shade_sides
from .geometry_node_builder import GeometryNodeBuilder, add_modifiers, build_modifier_tree
from .node_builder import Socket
from .tile_attributes import BOX_MOVE_ATTRIBUTE, OFFSET_ATTRIBUTE
from .tile_nodes import build_tile_color

COLOR_ATTRIBUTE = "Solid Color"
"""Color attribute of the corners of the tiles' faces: of the domains that Blender shows, the one that costs less. For
that of points it looks for the faces around each."""

MAX_TILES, MAX_OBJECTS = 10_000, 200
"""Most tiles of a scene, and most objects of tiles, whose colors follow the walk in Solid shading: more would slow
every 3D view down. An object takes as long as some fifty tiles."""


def add_solid_color_modifiers(
    grid: TileGrid, look: Look, walk_group: bpy.types.NodeTree, tiles: Sequence[bpy.types.Object], parts: Parts
) -> list[bpy.types.Modifier]:
    """Add to the objects of a grid's tiles a modifier that writes each tile's color, and return the modifiers.

    It also shows boxes in place of small tiles (box_nodes.py).

    walk_group: the walk's group of geometry nodes (shading/walk_nodes.py)
    """

    attributes: Any = tiles[0].data.attributes if tiles else ()  # type: ignore[union-attr]  # a mesh
    has_boxes = BOX_MOVE_ATTRIBUTE in attributes

    def write(nodes: GeometryNodeBuilder, geometry: Socket) -> Socket:
        if has_boxes:
            mesh: Any = tiles[0].data  # the only one: tiles that are objects are no boxes
            geometry = build_boxes(nodes, geometry, OFFSET_ATTRIBUTE in attributes, len(mesh.polygons))
        color, _ = build_tile_color(nodes, _linearize_colors(grid, look), nodes.group(walk_group))
        if has_boxes:
            color = shade_sides(nodes, color)
        of_face = nodes.node("GeometryNodeFieldOnDomain", data_type="FLOAT_COLOR", domain="FACE")
        nodes.connect(of_face.inputs[0], color)
        return nodes.store(geometry, COLOR_ATTRIBUTE, "FLOAT_COLOR", "CORNER", of_face.outputs[0])

    tree = build_modifier_tree(f"{grid.name} solid colors", parts, write)
    modifiers = add_modifiers("Solid Colors", tree, tiles, parts)
    for tile, modifier in zip(tiles, modifiers, strict=True):
        set_value(modifier, "show_render", False)
        set_value(tile.data.attributes, "active_color_name", COLOR_ATTRIBUTE)  # type: ignore[union-attr]  # a mesh
    return modifiers


def _linearize_colors(grid: TileGrid, look: Look) -> TileGrid:
    """Return a grid with colors in linear RGB: Solid shading has a view transform of its own."""
    counts = grid.visit_counts
    if counts is not None:
        visited, unvisited = counts.visited_colors, counts.unvisited_color
        counts = replace(
            counts,
            visited_colors=None if visited is None else look.to_linear_rgb(visited),
            unvisited_color=None if unvisited is None else look.to_linear_rgb(unvisited),
        )
    return replace(grid, palette=look.to_linear_rgb(grid.palette), visit_counts=counts)


def color_objects(objects: Iterable[bpy.types.Object]) -> None:
    """Give objects the color of their material, which Solid shading shows where there is no color attribute."""
    for each in objects:
        if each.active_material is not None:
            set_value(each, "color", each.active_material.diffuse_color)
