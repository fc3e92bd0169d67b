# SPDX-License-Identifier: GPL-3.0-or-later
"""Materials of tiles: TileGrid.active_share_at, colors_at and opacities_at (core/tiles/tile_grid.py) as nodes.

The colors themselves are chosen in core/assembly.
"""

from __future__ import annotations

import bpy

from ...core.geometry.excerpts import FADING_CELLS, Excerpt
from ...core.spec.look_section import Look
from ...core.tiles.tile_grid import OCCLUDING_OPACITY, TileGrid
from ..builds.parts import Parts
from .active_share_nodes import OCCLUSION_PREFIX, build_active_share, build_tile_active_share
from .materials import build_material
from .node_builder import NodeBuilder, Socket, Value
from .rounded_square_nodes import build_corner_distance
from .tile_attributes import CELL_ATTRIBUTE, KIND_ATTRIBUTE, OFFSET_ATTRIBUTE
from .value_nodes import Overlay, build_value_colors
from .visit_count_nodes import build_visited_color


def build_tile_material(
    grid: TileGrid,
    look: Look,
    walk_group: bpy.types.NodeTree,
    tile_group: bpy.types.NodeTree,
    parts: Parts,
    grid_index: int | None = None,
) -> bpy.types.Material:
    """Build the material that all tiles of a grid share.

    tile_group: the template's node group for tiles
    grid_index: index of the grid in the plan; None for the kernel
    """

    def write(nodes: NodeBuilder) -> Socket:
        return _build_tile_shader(nodes, grid, look, nodes.group(walk_group), tile_group, grid_index)

    is_blended = look.opacity * grid.opacity < 1 or grid.excerpt is not None
    return build_material(f"{grid.name} tiles", parts, write, grid.palette[0, 0], look, is_blended=is_blended)


def _build_tile_shader(
    nodes: NodeBuilder,
    grid: TileGrid,
    look: Look,
    walk_node: Socket,
    tile_group: bpy.types.NodeTree,
    grid_index: int | None,
) -> Socket:
    color, active_share = build_tile_color(nodes, grid, walk_node)
    overlays: list[Overlay] = []
    if grid.values is not None:
        offset = nodes.attribute(OFFSET_ATTRIBUTE).outputs["Vector"]
        color, overlays = build_value_colors(nodes, grid.values, look, color, offset, walk_node)
    if look.outline > 0:
        mask = _build_outline_mask(nodes, look, grid.size)
        overlays.append(Overlay(mask, nodes.color("Outline", look.to_scene_rgb(look.colors.outline))))
    opacity = _build_opacity(nodes, grid, look, active_share, walk_node)
    if f"Shown {grid_index}" in walk_node.outputs:
        opacity = nodes.math("MULTIPLY", walk_node.outputs[f"Shown {grid_index}"], opacity)
    if grid.excerpt is not None and grid_index is not None:
        opacity = nodes.math(
            "MULTIPLY", _build_excerpt_opacity(nodes, grid, grid.excerpt, walk_node, grid_index), opacity
        )
    shader = nodes.group(tile_group, Color=color, Opacity=opacity).outputs[0]
    for mask, color_over in overlays:
        shader = nodes.mix_shader(mask, shader, nodes.group(tile_group, Color=color_over, Opacity=opacity).outputs[0])
    return shader


def build_tile_color(nodes: NodeBuilder, grid: TileGrid, walk_node: Socket) -> tuple[Socket, Socket]:
    """Add the nodes of TileGrid.colors_at: a mix of the idle and the active color of the tile's kind.

    Returns the color and how active the tile is.
    """
    active_share = nodes.math("MULTIPLY", build_tile_active_share(nodes, grid, walk_node), walk_node.outputs["Active"])
    kind = nodes.attribute(KIND_ATTRIBUTE).outputs["Fac"] if len(grid.kind_names) > 1 else None
    idle = active = None
    for index, name in grid.kind_names.items():
        idle_rgb, active_rgb = grid.palette[index]
        kind_idle, kind_active = nodes.color(name, idle_rgb), nodes.color(f"{name}, active", active_rgb)
        if idle is None:
            idle, active = kind_idle, kind_active
            continue
        is_kind = nodes.math("COMPARE", kind, float(index), 0.5)
        idle, active = nodes.mix(is_kind, idle, kind_idle), nodes.mix(is_kind, active, kind_active)
    if grid.visit_counts is not None:
        idle = build_visited_color(nodes, grid.visit_counts, kind, idle, walk_node)
    return nodes.mix(active_share, idle, active), active_share


def _build_opacity(nodes: NodeBuilder, grid: TileGrid, look: Look, active_share: Socket, walk_node: Socket) -> Value:
    """Add the nodes of TileGrid.opacities_at, for camera rays alone: the shadow of a tile stays as it is."""
    opacity = look.opacity * grid.opacity
    if grid.occlusion_ranges is None:
        return opacity
    position = walk_node.outputs["Position"], walk_node.outputs["Position Channel"]
    occlusion = build_active_share(nodes, grid.occlusion_ranges, OCCLUSION_PREFIX, position)
    occlusion = nodes.math("MULTIPLY", occlusion, walk_node.outputs["Active"])
    occlusion = nodes.math("MULTIPLY", occlusion, nodes.math("SUBTRACT", 1.0, active_share))
    occlusion = nodes.math("MULTIPLY", occlusion, nodes.node("ShaderNodeLightPath").outputs["Is Camera Ray"])
    return nodes.math("MULTIPLY", nodes.math("MULTIPLY_ADD", occlusion, OCCLUDING_OPACITY - 1.0, 1.0), opacity)


def _build_excerpt_opacity(
    nodes: NodeBuilder, grid: TileGrid, excerpt: Excerpt, walk_node: Socket, grid_index: int
) -> Socket:
    """Add the nodes of Excerpt.measure_opacities, for all rays: a tile outside the excerpt casts no shadow."""
    cell = nodes.node("ShaderNodeSeparateXYZ")
    nodes.connect(cell.inputs[0], nodes.attribute(CELL_ATTRIBUTE).outputs["Vector"])
    opacity: Value = 1.0
    for axis, name in enumerate("xy"):
        size = excerpt.sizes[axis]
        if size is None:
            continue
        slide = walk_node.outputs[f"Slide {grid_index} {name}"]
        place = nodes.math("MULTIPLY_ADD", slide, 1 / grid.cell_offsets[axis], cell.outputs[axis])
        before, after = nodes.math("MULTIPLY", place, -1.0), nodes.math("SUBTRACT", place, float(size - 1))
        beyond = nodes.math("MAXIMUM", nodes.math("MAXIMUM", before, after), 0.0)
        share = nodes.math("MAXIMUM", nodes.math("MULTIPLY_ADD", beyond, -1 / (FADING_CELLS + 1), 1.0), 0.0)
        opacity = nodes.math("MULTIPLY", share, opacity)
    return opacity


def _build_outline_mask(nodes: NodeBuilder, look: Look, size: float) -> Socket:
    """Add a mask: 1 within the outline's width of the tile's rounded edge, else 0."""
    radius = max(look.rounding, look.outline)
    offset = nodes.attribute(OFFSET_ATTRIBUTE).outputs["Vector"]
    return nodes.math("GREATER_THAN", build_corner_distance(nodes, offset, size, radius), radius - look.outline)
