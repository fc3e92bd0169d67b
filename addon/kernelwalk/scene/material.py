# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a tile gets its colour: TileGrid.weight and TileGrid.colors of core/tiles/tile_grid.py, written as nodes.

One small node group, "Walk", holds the keyed values: the walk's position, and whether a step is shown. Every grid's
material reads it, so a walk is keyed once however many grids and tiles there are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Literal

import bpy

from ..core.animation.keyframes import AXIS_NAMES, BEFORE_FIRST
from ..core.lines.line_set import LineSet
from ..core.lines.see_through import SEE_THROUGH_OPACITY
from ..core.spec.look_section import Look, srgb_to_linear
from ..core.tiles.tile_grid import OCCLUDING_OPACITY, TileGrid
from . import compat
from .heat import heated
from .nodes import Socket, Value, Writer
from .owned import mark
from .reach import VEIL, cover
from .tiles import INSIDE, KIND
from .weight import weight

VECTORS = {"walk": ("Position", 0.0), "done": ("Done", BEFORE_FIRST), "turned": ("Turned", 0.0)}
"""What a walk has along each axis: by how its channels begin, what it is called, and its value before it is keyed."""


def walk_group(channels: Collection[str], kind: Literal["ShaderNodeTree", "GeometryNodeTree"]) -> bpy.types.NodeTree:
    """The node group whose values are keyed, a node for each of a plan's channels that is a value of the walk: "lit",
    "x" and "c", or "done.x"."""
    tree = mark(bpy.data.node_groups.new("Walk", kind))
    write = Writer(tree)
    out = {}
    for begins, (name, value) in VECTORS.items():
        if not any(target.startswith(f"{begins}.") for target in channels):
            continue
        place = write.node("ShaderNodeCombineXYZ")
        for axis in AXIS_NAMES:
            node = write.node("ShaderNodeValue", name=value_name(f"{begins}.{axis}"))
            node.outputs[0].default_value = value
            if axis in "xyz":
                write.put(place.inputs["xyz".index(axis)], node.outputs[0])
            else:
                out[f"{name} Channel"] = node.outputs[0]
        out[name] = place.outputs[0]
    for target in channels:
        if target in ("walk.lit", "walk.kept") or target.startswith("shown."):
            name = value_name(target).replace(".", " ").capitalize()
            out[name] = write.node("ShaderNodeValue", name=value_name(target)).outputs[0]
            out[name].default_value = 1.0
    for name in out:
        of = "NodeSocketVector" if name in {each for each, _ in VECTORS.values()} else "NodeSocketFloat"
        tree.interface.new_socket(name, in_out="OUTPUT", socket_type=of)
    last = write.node("NodeGroupOutput")
    for name, socket in out.items():
        write.put(last.inputs[name], socket)
    return tree


def value_name(target: str) -> str:
    """The node that a channel of the walk drives."""
    return target.removeprefix("walk.")


def tile_material(
    grid: TileGrid, look: Look, walk: bpy.types.NodeTree, surface: bpy.types.NodeTree, number: int | None = None
) -> bpy.types.Material:
    """The material that all tiles of a layer share; `number`: of the grid, as the plan counts them."""
    material = mark(bpy.data.materials.new(f"{grid.name} tiles"))
    tree = compat.node_tree(material)
    tree.nodes.clear()
    write = Writer(tree)
    walked = write.group(walk)
    lit = write.math("MULTIPLY", weight(write, grid, walked), walked.outputs["Lit"])
    color = _color(write, grid, lit, walked)
    if look.outline > 0:
        color = write.mix(
            _on_outline(write, look, grid.size), color, write.color("Outline", srgb_to_linear(look.colors.outline))
        )
    opacity = _opacity(write, grid, look, lit, walked)
    if f"Shown {number}" in walked.outputs:
        opacity = write.math("MULTIPLY", walked.outputs[f"Shown {number}"], opacity)
    shader = write.group(surface, Color=color, Opacity=opacity)
    write.put(write.node("ShaderNodeOutputMaterial").inputs["Surface"], shader.outputs[0])
    material.diffuse_color = (*grid.palette[0, 0], 1.0)  # the solid view shows no nodes
    if look.opacity * grid.opacity < 1:
        material.surface_render_method = "BLENDED"
    _light_nothing(material)
    return material


def _opacity(write: Writer, grid: TileGrid, look: Look, lit: Socket, walked: Socket) -> Value:
    """TileGrid.opacities, for the camera alone: a tile that is seen through throws its shadow as ever."""
    opacity = look.opacity * grid.opacity
    if grid.occlusion_ranges is None:
        return opacity
    position = walked.outputs["Position"], walked.outputs["Position Channel"]
    veiled = write.math("MULTIPLY", cover(write, grid.occlusion_ranges, VEIL, position), walked.outputs["Lit"])
    veiled = write.math("MULTIPLY", veiled, write.math("SUBTRACT", 1.0, lit))
    veiled = write.math("MULTIPLY", veiled, write.node("ShaderNodeLightPath").outputs["Is Camera Ray"])
    return write.math("MULTIPLY", write.math("MULTIPLY_ADD", veiled, OCCLUDING_OPACITY - 1.0, 1.0), opacity)


def through_material(lines: LineSet, surface: bpy.types.NodeTree) -> bpy.types.Material:
    """The material of lines that are seen through what is before them."""
    material = line_material(lines.color, surface)
    material.name = "Connectors Seen Through"
    return pale(material, SEE_THROUGH_OPACITY)


def pale(material: bpy.types.Material, opacity: float) -> bpy.types.Material:
    """A material, whose surface from now on is seen through."""
    tree = compat.node_tree(material)
    write = Writer(tree)
    last: Any = next(node for node in tree.nodes if node.bl_idname == "ShaderNodeOutputMaterial")
    shader = last.inputs["Surface"].links[0].from_socket
    mix = write.node("ShaderNodeMixShader")
    for index, value in ((0, opacity), (1, write.node("ShaderNodeBsdfTransparent").outputs[0]), (2, shader)):
        write.put(mix.inputs[index], value)
    write.put(last.inputs["Surface"], mix.outputs[0])
    material.surface_render_method = "BLENDED"
    return material


def line_material(color: Iterable[float], surface: bpy.types.NodeTree) -> bpy.types.Material:
    """The material of all lines, in a colour."""
    material = mark(bpy.data.materials.new("Connectors"))
    tree = compat.node_tree(material)
    tree.nodes.clear()
    write = Writer(tree)
    shader = write.group(surface, Color=write.color("Line", color))
    write.put(write.node("ShaderNodeOutputMaterial").inputs["Surface"], shader.outputs[0])
    material.diffuse_color = (*color, 1.0)
    _light_nothing(material)
    return material


def _light_nothing(material: bpy.types.Material) -> None:
    """Spare Cycles, where it is switched on, sampling the material as a light."""
    if hasattr(material, "cycles"):
        material.cycles.emission_sampling = "NONE"


def _color(write: Writer, grid: TileGrid, share: Socket, walked: Socket) -> Socket:
    """TileGrid.colors: between the idle and the active colour of the tile's kind."""
    kind = write.attribute(KIND).outputs["Fac"] if len(grid.kind_names) > 1 else None
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
        idle = heated(write, grid.visit_counts, kind, idle, walked)
    return write.mix(share, idle, active)


def _on_outline(write: Writer, look: Look, size: float) -> Socket:
    """1 within the outline's width of the tile's rounded edge, else 0."""
    radius = max(look.rounding, look.outline)
    inside = write.vector("ABSOLUTE", write.attribute(INSIDE).outputs["Vector"])
    over = write.vector("SUBTRACT", inside, (size / 2 - radius, size / 2 - radius, 2.0))
    distance = write.vector("LENGTH", write.vector("MAXIMUM", over, (0, 0, 0)))
    return write.math("GREATER_THAN", distance, radius - look.outline)
