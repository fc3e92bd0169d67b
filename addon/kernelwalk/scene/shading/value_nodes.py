# SPDX-License-Identifier: GPL-3.0-or-later
"""Values on tiles: TileValues (core/tiles/tile_values.py) as nodes.

Each tile carries, for every stage, its color and the code of its digits (core/values/digits.py). The nodes choose the
stage, find the symbol under a point of the tile, and look it up in the picture of all symbols.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import bpy
import numpy as np

from ...core.arrays import Floats
from ...core.font_metrics import FONTS
from ...core.spec.look_section import Look
from ...core.tiles.tile_values import (
    CORNER_SHARE,
    HATCH_PERIOD,
    HATCH_STRENGTH,
    HATCH_WIDTH,
    INK,
    LIGHT_GREY,
    LUMINANCE,
    POINT_SHARE,
    DigitStyle,
    TileValues,
)
from ...core.values.digits import CELLS_PER_CODE, NO_VALUE, SYMBOLS
from ..builds.ownership import is_tagged, tag
from .node_builder import NodeBuilder, Socket
from .rounded_square_nodes import build_corner_distance
from .visit_count_nodes import build_count

COLOR_PREFIX, CODE_PREFIX = "value color", "value digits"
"""First words of the names of attributes."""


def list_value_attributes(values: TileValues) -> Iterator[tuple[str, str, Floats]]:
    """Yield name, type and values (n, 3) of the attributes that hold the values of all stages."""
    for stage in range(values.stage_count):
        yield f"{CODE_PREFIX} {stage}", "FLOAT_VECTOR", values.codes[stage]
        if values.colors is not None:
            yield f"{COLOR_PREFIX} {stage}", "FLOAT_VECTOR", np.nan_to_num(values.colors[stage])


class Overlay(NamedTuple):
    """A color that lies over a tile's own where a mask is 1; elsewhere the mask is 0."""

    mask: Socket
    color: Socket


def build_value_colors(
    nodes: NodeBuilder, values: TileValues, look: Look, tile_color: Socket, offset: Socket, walk_node: Socket
) -> tuple[Socket, list[Overlay]]:
    """Add the colors of a tile at a point of its surface.

    Returns the color of what shows no value, and what lies over it: the color of the value, and over that its digits.
    They are shaders of their own, so that Cycles evaluates one of them, and digits only where some are: see
    NodeBuilder.mix_shader.

    offset: the point's distance from the tile's middle, a vector
    """
    stage, is_shown = _build_stage(nodes, values, walk_node)
    first, second, count = nodes.separate(_build_stage_attribute(nodes, CODE_PREFIX, values, stage))
    x, y, _ = nodes.separate(offset)
    radius = CORNER_SHARE * values.plate_size
    mask = nodes.math("LESS_THAN", build_corner_distance(nodes, offset, values.plate_size, radius), radius)
    if np.isnan(values.numbers).any():
        mask = nodes.math("MULTIPLY", mask, nodes.math("GREATER_THAN", count, NO_VALUE / 2))
    color, overlays = tile_color, []
    if is_shown is not None:
        if values.colors is not None:
            text = nodes.color("Not computed yet", look.to_scene_rgb(look.colors.text))
            stripes = nodes.math("MULTIPLY", _build_hatching(nodes, offset, values.plate_size), mask)
            color = nodes.mix(nodes.math("MULTIPLY", stripes, HATCH_STRENGTH), tile_color, text)
        mask = nodes.math("MULTIPLY", mask, is_shown)
    below = color
    if values.colors is not None:
        below = _build_stage_attribute(nodes, COLOR_PREFIX, values, stage)
        overlays.append(Overlay(mask, below))
    if values.digits is not None:
        along, across = _turn(nodes, values.digits, (x, y))
        width = values.digits.cell[0]
        half_width = nodes.math("MULTIPLY_ADD", count, width / 2, _get_point(values) * width / 2)
        is_near = nodes.math("LESS_THAN", nodes.math("ABSOLUTE", along), half_width)
        symbol_mask = _build_symbol_mask(nodes, values, (first, second, count), (along, across))
        luminance = nodes.vector("DOT_PRODUCT", below, LUMINANCE)
        dark_ink, light_ink = (nodes.color("Digits", look.to_scene_rgb(ink)) for ink in INK)
        is_light = nodes.math("GREATER_THAN", luminance, float(look.to_scene_rgb(LIGHT_GREY)[0]))
        with_digits = nodes.mix(symbol_mask, below, nodes.mix(is_light, light_ink, dark_ink))
        overlays.append(Overlay(nodes.math("MULTIPLY", mask, is_near), with_digits))
    return color, overlays


def _build_hatching(nodes: NodeBuilder, offset: Socket, plate_size: float) -> Socket:
    """Add a mask of a plate's diagonal stripes, which leave its middle and two corners free: 1 within one, else 0."""
    share = 1 / (plate_size * HATCH_PERIOD)
    across = nodes.math("ADD", nodes.vector("DOT_PRODUCT", offset, (share, -share, 0.0)), (HATCH_WIDTH - 1) / 2)
    return nodes.math("LESS_THAN", nodes.math("FRACT", across), HATCH_WIDTH)


def _build_stage(nodes: NodeBuilder, values: TileValues, walk_node: Socket) -> tuple[Socket | None, Socket | None]:
    """Add TileValues.stages_at: the stage, if there are several, and 1 if one is shown, if that may change."""
    if values.counts is not None:
        count = build_count(nodes, values.counts, walk_node)
        is_shown = nodes.math("GREATER_THAN", count, 0.5)
        if "Trail" in walk_node.outputs:
            is_shown = nodes.math("MULTIPLY", is_shown, nodes.math("GREATER_THAN", walk_node.outputs["Trail"], 0.0))
        return nodes.math("SUBTRACT", count, 1.0) if values.stage_count > 1 else None, is_shown
    return walk_node.outputs["Position Channel"] if values.has_channel_stages else None, None


def _build_stage_attribute(nodes: NodeBuilder, prefix: str, values: TileValues, stage: Socket | None) -> Socket:
    """Add the attribute of the current stage; beyond the last one, that of the last."""
    chosen = nodes.attribute(f"{prefix} 0").outputs["Vector"]
    for number in range(1, values.stage_count if stage is not None else 1):
        is_reached = nodes.math("GREATER_THAN", stage, number - 0.5)
        chosen = nodes.mix(is_reached, chosen, nodes.attribute(f"{prefix} {number}").outputs["Vector"])
    return chosen


def _turn(nodes: NodeBuilder, style: DigitStyle, place: tuple[Socket, Socket]) -> tuple[Socket, Socket]:
    """Add the place on a tile along the text, and across it, upwards."""
    x, y = place
    if style.quarter_turns == 0:
        return x, y
    if style.quarter_turns == 1:
        return y, _negate(nodes, x)
    return (_negate(nodes, x), _negate(nodes, y)) if style.quarter_turns == 2 else (_negate(nodes, y), x)


def _build_symbol_mask(
    nodes: NodeBuilder, values: TileValues, code: tuple[Socket, Socket, Socket], place: tuple[Socket, Socket]
) -> Socket:
    """Add a mask within the text's width: 1 where a symbol is, else 0.

    place: along the text and across it, from the tile's middle
    """
    assert values.digits is not None
    first, second, count = code
    along, across = place
    (width, height), decimals = values.digits.cell, values.decimals
    point = _get_point(values)
    # cells from the number's right end; the gap of the decimal point lies beyond the decimals
    length = nodes.math("ADD", count, point) if decimals else count
    from_end = in_cells = nodes.math("MULTIPLY_ADD", length, 0.5, nodes.math("DIVIDE", along, -width))
    if decimals:
        is_beyond = nodes.math("GREATER_THAN", from_end, decimals + point)
        is_point = nodes.math("GREATER_THAN", from_end, float(decimals))
        is_point = nodes.math("MULTIPLY", is_point, nodes.math("SUBTRACT", 1.0, is_beyond))
        in_cells = nodes.math("MULTIPLY_ADD", is_beyond, -point, from_end)
    cell = nodes.math("SUBTRACT", nodes.math("SUBTRACT", count, 1.0), nodes.math("FLOOR", in_cells))
    across_cell = nodes.math("SUBTRACT", 1.0, nodes.math("FRACT", in_cells))
    symbol = _build_symbol(nodes, first, second if (values.codes[..., 2] > CELLS_PER_CODE).any() else None, cell)
    if decimals:
        within = nodes.math("SUBTRACT", decimals + point / 2 + 0.5, from_end)
        symbol = _choose(nodes, is_point, symbol, float(SYMBOLS.index(".")))
        across_cell = _choose(nodes, is_point, across_cell, within)
    combined = nodes.node("ShaderNodeCombineXYZ")
    nodes.connect(combined.inputs[0], nodes.math("DIVIDE", nodes.math("ADD", symbol, across_cell), float(len(SYMBOLS))))
    nodes.connect(combined.inputs[1], nodes.math("MULTIPLY_ADD", across, 1 / height, 0.5))
    texture = nodes.node("ShaderNodeTexImage", image=_load_symbols(), extension="CLIP")
    nodes.connect(texture.inputs["Vector"], combined.outputs[0])
    return nodes.math("GREATER_THAN", texture.outputs["Color"], 0.5)


def _build_symbol(nodes: NodeBuilder, first: Socket, second: Socket | None, cell: Socket) -> Socket:
    """Add the symbol in a cell of a code. A half keeps integers from being cut to the one below.

    second: None if all numbers have room in the first component
    """
    base = float(len(SYMBOLS))
    packed, at = first, cell
    if second is not None:
        is_second = nodes.math("GREATER_THAN", cell, CELLS_PER_CODE - 0.5)
        packed = _choose(nodes, is_second, first, second)
        at = nodes.math("MULTIPLY_ADD", is_second, -float(CELLS_PER_CODE), cell)
    power = nodes.math("ROUND", nodes.math("POWER", base, at))
    above = nodes.math("FLOOR", nodes.math("DIVIDE", nodes.math("ADD", packed, 0.5), power))
    higher = nodes.math("FLOOR", nodes.math("DIVIDE", nodes.math("ADD", above, 0.5), base))
    return nodes.math("MULTIPLY_ADD", higher, -base, above)


def _get_point(values: TileValues) -> float:
    """Return the width of the decimal point's gap, in cells; 0 in whole numbers."""
    return POINT_SHARE if values.decimals else 0.0


def _choose(nodes: NodeBuilder, is_other: Socket, one: Socket, other: Any) -> Socket:
    """Add `other` where `is_other` is 1, and `one` where it is 0."""
    return nodes.math("MULTIPLY_ADD", is_other, nodes.math("SUBTRACT", other, one), one)


def _negate(nodes: NodeBuilder, value: Socket) -> Socket:
    return nodes.math("MULTIPLY", value, -1.0)


def _load_symbols() -> bpy.types.Image:
    """Return the picture of all symbols, packed into the file, which all materials share."""
    path = Path(FONTS) / "digits.png"
    for image in bpy.data.images:
        if is_tagged(image) and image.name.startswith("Digits") and image.packed_file and image.users:
            return image
    image = tag(bpy.data.images.load(str(path)))
    image.name = "Digits"
    image.colorspace_settings.name = "Non-Color"
    image.pack()
    image.filepath = f"//{path.name}"
    return image
