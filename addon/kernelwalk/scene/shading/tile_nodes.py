# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a tile gets its colour: TileGrid.weight and TileGrid.colors of core/tiles/tile_grid.py, written as nodes.

One small node group, "Walk", holds the keyed values: the walk's position, and whether a step is shown. Every grid's
material reads it, so a walk is keyed once however many grids and tiles there are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Literal

import bpy

from ...core.animation.keyframes import AXIS_NAMES, BEFORE_FIRST
from ...core.lines.line_set import LineSet
from ...core.lines.see_through import SEE_THROUGH_OPACITY
from ...core.spec.look_section import Look, srgb_to_linear
from ...core.tiles.tile_grid import OCCLUDING_OPACITY, TileGrid
from .. import compat
from ..ownership import tag
from ..tile_objects import KIND_ATTRIBUTE, OFFSET_ATTRIBUTE
from .activation_nodes import OCCLUSION_PREFIX, build_activation
from .node_builder import NodeBuilder, Socket, Value
from .tile_activation_nodes import build_tile_activation
from .visit_count_nodes import build_visited_color

WALK_VECTORS = {"walk": ("Position", 0.0), "done": ("Done", BEFORE_FIRST), "turned": ("Turned", 0.0)}
"""What a walk has along each axis: by how its channels begin, what it is called, and its value before it is keyed."""


def build_walk_group(
    targets: Collection[str], kind: Literal["ShaderNodeTree", "GeometryNodeTree"]
) -> bpy.types.NodeTree:
    """The node group whose values are keyed, a node for each of a plan's channels that is a value of the walk: "lit",
    "x" and "c", or "done.x"."""
    tree = tag(bpy.data.node_groups.new("Walk", kind))
    write = NodeBuilder(tree)
    out = {}
    for begins, (name, value) in WALK_VECTORS.items():
        if not any(target.startswith(f"{begins}.") for target in targets):
            continue
        place = write.node("ShaderNodeCombineXYZ")
        for axis in AXIS_NAMES:
            node = write.node("ShaderNodeValue", name=walk_node_name(f"{begins}.{axis}"))
            node.outputs[0].default_value = value
            if axis in "xyz":
                write.connect(place.inputs["xyz".index(axis)], node.outputs[0])
            else:
                out[f"{name} Channel"] = node.outputs[0]
        out[name] = place.outputs[0]
    for target in targets:
        if target in ("walk.lit", "walk.kept") or target.startswith("shown."):
            name = walk_node_name(target).replace(".", " ").capitalize()
            out[name] = write.node("ShaderNodeValue", name=walk_node_name(target)).outputs[0]
            out[name].default_value = 1.0
    for name in out:
        of = "NodeSocketVector" if name in {each for each, _ in WALK_VECTORS.values()} else "NodeSocketFloat"
        tree.interface.new_socket(name, in_out="OUTPUT", socket_type=of)
    last = write.node("NodeGroupOutput")
    for name, socket in out.items():
        write.connect(last.inputs[name], socket)
    return tree


def walk_node_name(target: str) -> str:
    """The node that a channel of the walk drives."""
    return target.removeprefix("walk.")


def build_tile_material(
    grid: TileGrid,
    look: Look,
    walk_group: bpy.types.NodeTree,
    tile_group: bpy.types.NodeTree,
    grid_index: int | None = None,
) -> bpy.types.Material:
    """The material that all tiles of a layer share; `number`: of the grid, as the plan counts them."""
    material = tag(bpy.data.materials.new(f"{grid.name} tiles"))
    tree = compat.ensure_node_tree(material)
    tree.nodes.clear()
    write = NodeBuilder(tree)
    walked = write.group(walk_group)
    lit = write.math("MULTIPLY", build_tile_activation(write, grid, walked), walked.outputs["Lit"])
    color = _build_color(write, grid, lit, walked)
    if look.outline > 0:
        color = write.mix(
            _build_outline_mask(write, look, grid.size),
            color,
            write.color("Outline", srgb_to_linear(look.colors.outline)),
        )
    opacity = _build_opacity(write, grid, look, lit, walked)
    if f"Shown {grid_index}" in walked.outputs:
        opacity = write.math("MULTIPLY", walked.outputs[f"Shown {grid_index}"], opacity)
    shader = write.group(tile_group, Color=color, Opacity=opacity)
    write.connect(write.node("ShaderNodeOutputMaterial").inputs["Surface"], shader.outputs[0])
    material.diffuse_color = (*grid.palette[0, 0], 1.0)  # the solid view shows no nodes
    if look.opacity * grid.opacity < 1:
        material.surface_render_method = "BLENDED"
    _exclude_from_light_sampling(material)
    return material


def _build_opacity(write: NodeBuilder, grid: TileGrid, look: Look, lit: Socket, walked: Socket) -> Value:
    """TileGrid.opacities, for the camera alone: a tile that is seen through throws its shadow as ever."""
    opacity = look.opacity * grid.opacity
    if grid.occlusion_ranges is None:
        return opacity
    position = walked.outputs["Position"], walked.outputs["Position Channel"]
    veiled = write.math(
        "MULTIPLY", build_activation(write, grid.occlusion_ranges, OCCLUSION_PREFIX, position), walked.outputs["Lit"]
    )
    veiled = write.math("MULTIPLY", veiled, write.math("SUBTRACT", 1.0, lit))
    veiled = write.math("MULTIPLY", veiled, write.node("ShaderNodeLightPath").outputs["Is Camera Ray"])
    return write.math("MULTIPLY", write.math("MULTIPLY_ADD", veiled, OCCLUDING_OPACITY - 1.0, 1.0), opacity)


def build_see_through_material(lines: LineSet, line_group: bpy.types.NodeTree) -> bpy.types.Material:
    """The material of lines that are seen through what is before them."""
    material = build_line_material(lines.color, line_group)
    material.name = "Connectors Seen Through"
    return make_transparent(material, SEE_THROUGH_OPACITY)


def make_transparent(material: bpy.types.Material, opacity: float) -> bpy.types.Material:
    """A material, whose surface from now on is seen through."""
    tree = compat.ensure_node_tree(material)
    write = NodeBuilder(tree)
    last: Any = next(node for node in tree.nodes if node.bl_idname == "ShaderNodeOutputMaterial")
    shader = last.inputs["Surface"].links[0].from_socket
    mix = write.node("ShaderNodeMixShader")
    for index, value in ((0, opacity), (1, write.node("ShaderNodeBsdfTransparent").outputs[0]), (2, shader)):
        write.connect(mix.inputs[index], value)
    write.connect(last.inputs["Surface"], mix.outputs[0])
    material.surface_render_method = "BLENDED"
    return material


def build_line_material(color: Iterable[float], line_group: bpy.types.NodeTree) -> bpy.types.Material:
    """The material of all lines, in a colour."""
    material = tag(bpy.data.materials.new("Connectors"))
    tree = compat.ensure_node_tree(material)
    tree.nodes.clear()
    write = NodeBuilder(tree)
    shader = write.group(line_group, Color=write.color("Line", color))
    write.connect(write.node("ShaderNodeOutputMaterial").inputs["Surface"], shader.outputs[0])
    material.diffuse_color = (*color, 1.0)
    _exclude_from_light_sampling(material)
    return material


def _exclude_from_light_sampling(material: bpy.types.Material) -> None:
    """Spare Cycles, where it is switched on, sampling the material as a light."""
    if hasattr(material, "cycles"):
        material.cycles.emission_sampling = "NONE"


def _build_color(write: NodeBuilder, grid: TileGrid, share: Socket, walked: Socket) -> Socket:
    """TileGrid.colors: between the idle and the active colour of the tile's kind."""
    kind = write.attribute(KIND_ATTRIBUTE).outputs["Fac"] if len(grid.kind_names) > 1 else None
    idle = active = None
    for index, name in grid.kind_names.items():
        resting, lit = grid.palette[index]
        resting_color, lit_color = write.color(name, resting), write.color(f"{name}, active", lit)
        if idle is None:
            idle, active = resting_color, lit_color
            continue
        is_kind = write.math("COMPARE", kind, float(index), 0.5)
        idle, active = write.mix(is_kind, idle, resting_color), write.mix(is_kind, active, lit_color)
    if grid.visit_counts is not None:
        idle = build_visited_color(write, grid.visit_counts, kind, idle, walked)
    return write.mix(share, idle, active)


def _build_outline_mask(write: NodeBuilder, look: Look, size: float) -> Socket:
    """1 within the outline's width of the tile's rounded edge, else 0."""
    radius = max(look.rounding, look.outline)
    inside = write.vector("ABSOLUTE", write.attribute(OFFSET_ATTRIBUTE).outputs["Vector"])
    over = write.vector("SUBTRACT", inside, (size / 2 - radius, size / 2 - radius, 2.0))
    distance = write.vector("LENGTH", write.vector("MAXIMUM", over, (0, 0, 0)))
    return write.math("GREATER_THAN", distance, radius - look.outline)
