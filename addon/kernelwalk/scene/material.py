# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a tile gets its colour: Rule.weight and TileGrid.colors of core/plan.py, written as nodes.

One small node group, "Walk", holds the keyed values: the walk's position, and whether a step is shown. Every layer's
material reads it, so a walk is keyed once however many layers and tiles there are.
"""

from __future__ import annotations

import bpy

from ..core.look import Look, linear
from ..core.plan import XYZ, Connectors, TileGrid
from ..core.rule import COPIED, Rule
from . import compat
from .nodes import Socket, Value, Writer
from .owned import mark
from .tiles import CELL, INSIDE, KIND

KIND_NAMES = {"Input": ("Input", "Inserted zero", "Padding", "Overhang"), "Output": ("Output",)}


def walk_group() -> bpy.types.NodeTree:
    """The node group whose values are keyed: nodes "x", "y", "z" and "lit"."""
    tree = mark(bpy.data.node_groups.new("Walk", "ShaderNodeTree"))
    tree.interface.new_socket("Position", in_out="OUTPUT", socket_type="NodeSocketVector")
    tree.interface.new_socket("Lit", in_out="OUTPUT", socket_type="NodeSocketFloat")
    write = Writer(tree)
    place = write.node("ShaderNodeCombineXYZ")
    for socket, axis in zip(place.inputs, XYZ, strict=True):
        write.put(socket, write.node("ShaderNodeValue", name=axis).outputs[0])
    lit = write.node("ShaderNodeValue", name="lit").outputs[0]
    lit.default_value = 1.0
    out = write.node("NodeGroupOutput")
    write.put(out.inputs["Position"], place.outputs[0])
    write.put(out.inputs["Lit"], lit)
    return tree


def tile_material(
    grid: TileGrid, look: Look, walk: bpy.types.NodeTree, surface: bpy.types.NodeTree
) -> bpy.types.Material:
    """The material that all tiles of a layer share."""
    material = mark(bpy.data.materials.new(f"{grid.name} tiles"))
    tree = compat.node_tree(material)
    tree.nodes.clear()
    write = Writer(tree)
    walked = write.group(walk)
    weight = write.math("MULTIPLY", _weight(write, grid.rule, walked.outputs["Position"]), walked.outputs["Lit"])
    color = _color(write, grid, weight)
    if look.outline > 0:
        color = write.mix(
            _on_outline(write, look, grid.size), color, write.color("Outline", linear(look.colors.outline))
        )
    shader = write.group(surface, Color=color, Opacity=look.opacity)
    write.put(write.node("ShaderNodeOutputMaterial").inputs["Surface"], shader.outputs[0])
    material.diffuse_color = (*grid.palette[0, 0], 1.0)  # the solid view shows no nodes
    if look.opacity < 1:
        material.surface_render_method = "BLENDED"
    _light_nothing(material)
    return material


def line_material(connectors: Connectors, surface: bpy.types.NodeTree) -> bpy.types.Material:
    """The connectors' material."""
    material = mark(bpy.data.materials.new("Connectors"))
    tree = compat.node_tree(material)
    tree.nodes.clear()
    write = Writer(tree)
    shader = write.group(surface, Color=write.color("Line", connectors.color))
    write.put(write.node("ShaderNodeOutputMaterial").inputs["Surface"], shader.outputs[0])
    material.diffuse_color = (*connectors.color, 1.0)
    _light_nothing(material)
    return material


def _light_nothing(material: bpy.types.Material) -> None:
    """Spare Cycles, where it is switched on, sampling the material as a light."""
    if hasattr(material, "cycles"):
        material.cycles.emission_sampling = "NONE"


def _weight(write: Writer, rule: Rule, position: Socket) -> Socket:
    """Rule.weight: how far the tile's cell is one of the rule's arithmetic progression, per axis, multiplied."""
    cell = write.attribute(CELL).outputs["Vector"]
    first = write.vector("MULTIPLY_ADD", position, rule.step, rule.first)
    cover = _cover(write, rule, cell, first)
    lit = _product(write, cover)
    if rule.mode == "zeros":
        return lit
    outside = write.vector("SUBTRACT", cell, _clamp(write, cell, (0, 0, 0), rule.last))
    inside = write.math("LESS_THAN", write.vector("LENGTH", outside), 0.5)
    copied = _product(write, write.vector("MAXIMUM", cover, _cover_of_copies(write, rule, cell, first)))
    return write.math("MAXIMUM", lit, write.math("MULTIPLY", write.math("MULTIPLY", inside, COPIED), copied))


def _cover(write: Writer, rule: Rule, cell: Socket, first: Socket) -> Socket:
    """Rule._cover: how far the cell is lit on each axis."""
    offset = write.vector("SUBTRACT", cell, first)
    tap = _clamp(write, write.vector("DIVIDE", offset, rule.gap), (0, 0, 0), tuple(n - 1 for n in rule.count))
    if any(gap > 1 for gap in rule.gap):
        nearest = write.vector("FLOOR", write.vector("ADD", tap, (0.5, 0.5, 0.5)))
        dilated = tuple(float(gap > 1) for gap in rule.gap)
        change = write.vector("SUBTRACT", nearest, tap)
        tap = write.vector("MULTIPLY_ADD", change, dilated, tap)
    apart = write.vector("ABSOLUTE", write.vector("SUBTRACT", offset, write.vector("MULTIPLY", tap, rule.gap)))
    if all(size == 1 for size in rule.size):
        return write.vector("MAXIMUM", write.vector("SUBTRACT", (1, 1, 1), apart), (0, 0, 0))
    share = write.vector("DIVIDE", write.vector("SUBTRACT", (0.5, 0.5, 0.5), apart), rule.size)
    return _clamp(write, write.vector("ADD", share, (0.5, 0.5, 0.5)), (0, 0, 0), (1, 1, 1))


def _cover_of_copies(write: Writer, rule: Rule, cell: Socket, first: Socket) -> Socket:
    """Rule._cover_of_copies: how far the copies of the cell are lit on each axis."""
    last, zero, one = rule.last, (0, 0, 0), (1, 1, 1)
    if rule.mode == "replicate":
        reach = tuple((n - 1) * gap - end for n, gap, end in zip(rule.count, rule.gap, last, strict=True))
        before = _clamp(write, write.vector("MULTIPLY", first, (-1, -1, -1)), zero, one)
        after = _clamp(write, write.vector("ADD", first, reach), zero, one)
        # cells are whole: 1 on the first cell and below, and on the last and above, else 0
        on_first = _clamp(write, write.vector("SUBTRACT", one, cell), zero, one)
        on_last = _clamp(write, write.vector("ADD", cell, tuple(1 - end for end in last)), zero, one)
        return write.vector(
            "MAXIMUM", write.vector("MULTIPLY", before, on_first), write.vector("MULTIPLY", after, on_last)
        )
    if rule.mode == "reflect":
        copies = [(-1, zero), (-1, tuple(2 * end for end in last))]
    else:
        copies = [(1, tuple(sign * (end + 1) for end in last)) for sign in (-1, 1)]
    covers = [
        _cover(write, rule, write.vector("MULTIPLY_ADD", cell, (sign,) * 3, shift), first) for sign, shift in copies
    ]
    return write.vector("MAXIMUM", *covers)


def _clamp(write: Writer, value: Socket, least: Value, most: Value) -> Socket:
    return write.vector("MINIMUM", write.vector("MAXIMUM", value, least), most)


def _product(write: Writer, vector: Socket) -> Socket:
    parts = write.node("ShaderNodeSeparateXYZ")
    write.put(parts.inputs[0], vector)
    return write.math("MULTIPLY", write.math("MULTIPLY", parts.outputs[0], parts.outputs[1]), parts.outputs[2])


def _color(write: Writer, grid: TileGrid, weight: Socket) -> Socket:
    """TileGrid.colors: between the idle and the active colour of the tile's kind."""
    kind = write.attribute(KIND).outputs["Fac"] if len(grid.palette) > 1 else None
    idle = active = None
    for index, (name, (resting, lit)) in enumerate(zip(KIND_NAMES[grid.name], grid.palette, strict=True)):
        resting_color, lit_color = write.color(name, resting), write.color(f"{name}, active", lit)
        if idle is None:
            idle, active = resting_color, lit_color
            continue
        is_kind = write.math("COMPARE", kind, float(index), 0.5)
        idle, active = write.mix(is_kind, idle, resting_color), write.mix(is_kind, active, lit_color)
    return write.mix(weight, idle, active)


def _on_outline(write: Writer, look: Look, size: float) -> Socket:
    """1 within the outline's width of the tile's rounded edge, else 0."""
    radius = max(look.rounding, look.outline)
    inside = write.vector("ABSOLUTE", write.attribute(INSIDE).outputs["Vector"])
    over = write.vector("SUBTRACT", inside, (size / 2 - radius, size / 2 - radius, 2.0))
    distance = write.vector("LENGTH", write.vector("MAXIMUM", over, (0, 0, 0)))
    return write.math("GREATER_THAN", distance, radius - look.outline)
