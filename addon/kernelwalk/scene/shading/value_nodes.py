# SPDX-License-Identifier: GPL-3.0-or-later
"""Values on tiles: TileValues (core/tiles/tile_values.py) as nodes.

Each tile carries, for every stage, its color and the code of its digits (core/values/digits.py). The nodes choose the
stage, find the symbol under a point of the tile, and look it up in the picture of all symbols.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ...core.arrays import Floats
from ...core.labels.font_metrics import FONTS
from ...core.spec.look_section import Look
from ...core.tiles.tile_values import CORNER_SHARE, POINT_SHARE, DigitStyle, TileValues
from ...core.values.digits import CELLS_PER_CODE, NO_VALUE, SYMBOLS
from ..ownership import is_tagged, tag
from .node_builder import NodeBuilder, Socket
from .rounded_square_nodes import build_corner_distance
from .visit_count_nodes import build_count

COLOR_PREFIX, CODE_PREFIX = "value color", "value digits"
"""First words of the names of attributes."""

INK = ("#101418", "#FFFFFF")
"""Colors of digits on light and on dark tiles."""

LIGHT_GREY = "#767676"
"""Grey of luminance 0.18: on anything lighter, dark ink has the higher contrast (WCAG 2.2, relative luminance)."""

HATCH_PERIOD, HATCH_WIDTH, HATCH_STRENGTH = 0.5, 0.25, 0.35
"""Distance along x from one stripe of the hatching to the next, as a share of the plate's edge; width of a stripe, as a
share of that; and share of the text's color in a stripe's."""

LUMINANCE = (0.2126, 0.7152, 0.0722)
"""Shares of red, green and blue in the relative luminance."""


def list_value_attributes(values: TileValues) -> Iterator[tuple[str, str, Floats]]:
    """Yield name, type and values (n, 3) of the attributes that hold the values of all stages."""
    for stage in range(values.stage_count):
        yield f"{CODE_PREFIX} {stage}", "FLOAT_VECTOR", values.codes[stage]
        if values.colors is not None:
            yield f"{COLOR_PREFIX} {stage}", "FLOAT_VECTOR", np.nan_to_num(values.colors[stage])


def build_value_color(
    nodes: NodeBuilder, values: TileValues, look: Look, tile_color: Socket, offset: Socket, walk_node: Socket
) -> Socket:
    """Add the color of a tile at a point of its surface: of the value, of a digit, or `tile_color`.

    offset: the point's distance from the tile's middle, a vector
    """
    stage, is_shown = _build_stage(nodes, values, walk_node)
    code = _build_stage_attribute(nodes, CODE_PREFIX, values, stage)
    first, second, count = nodes.separate(code)
    x, y, _ = nodes.separate(offset)
    radius = CORNER_SHARE * values.plate_size
    is_inside = nodes.math("LESS_THAN", build_corner_distance(nodes, offset, values.plate_size, radius), radius)
    is_inside = nodes.math("MULTIPLY", is_inside, nodes.math("GREATER_THAN", count, NO_VALUE / 2))
    color = tile_color
    if is_shown is not None:
        if values.colors is not None:
            text = nodes.color("Not computed yet", look.to_scene_rgb(look.colors.text))
            stripes = nodes.math("MULTIPLY", _build_hatching(nodes, (x, y), values.plate_size), is_inside)
            color = nodes.mix(nodes.math("MULTIPLY", stripes, HATCH_STRENGTH), tile_color, text)
        is_inside = nodes.math("MULTIPLY", is_inside, is_shown)
    if values.colors is not None:
        color = nodes.mix(is_inside, color, _build_stage_attribute(nodes, COLOR_PREFIX, values, stage))
    if values.digits is None:
        return color
    mask = _build_digit_mask(nodes, values.digits, values.decimals, (first, second, count), (x, y))
    luminance = nodes.vector("DOT_PRODUCT", color, LUMINANCE)
    dark_ink, light_ink = (nodes.color("Digits", look.to_scene_rgb(ink)) for ink in INK)
    ink = nodes.mix(nodes.math("GREATER_THAN", luminance, float(look.to_scene_rgb(LIGHT_GREY)[0])), light_ink, dark_ink)
    return nodes.mix(nodes.math("MULTIPLY", mask, is_inside), color, ink)


def _build_hatching(nodes: NodeBuilder, place: tuple[Socket, Socket], plate_size: float) -> Socket:
    """Add a mask of a plate's diagonal stripes, which leave its middle and two corners free: 1 within one, else 0.

    place: x and y of the point on its tile
    """
    across = nodes.math("DIVIDE", nodes.math("SUBTRACT", *place), plate_size * HATCH_PERIOD)
    from_stripe = nodes.math("ABSOLUTE", nodes.math("SUBTRACT", nodes.math("FRACT", across), 0.5))
    return nodes.math("LESS_THAN", from_stripe, HATCH_WIDTH / 2)


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


def _build_digit_mask(
    nodes: NodeBuilder,
    style: DigitStyle,
    decimals: int,
    code: tuple[Socket, Socket, Socket],
    place: tuple[Socket, Socket],
) -> Socket:
    """Add a mask: 1 where a digit is, else 0.

    place: x and y of the point on its tile
    """
    first, second, count = code
    (x, y), turns = place, style.quarter_turns
    along, across = ((x, y), (y, _negate(nodes, x)), (_negate(nodes, x), _negate(nodes, y)), (_negate(nodes, y), x))[
        turns
    ]
    width, height = style.cell
    point = POINT_SHARE if decimals else 0.0
    length = nodes.math("ADD", count, point)
    # cells from the number's right end; the gap of the decimal point lies beyond the decimals
    from_end = nodes.math("MULTIPLY_ADD", length, 0.5, nodes.math("DIVIDE", along, -width))
    is_beyond = nodes.math("GREATER_THAN", from_end, decimals + point)
    is_point = None
    if decimals:
        is_point = nodes.math(
            "MULTIPLY",
            nodes.math("GREATER_THAN", from_end, float(decimals)),
            nodes.math("SUBTRACT", 1.0, is_beyond),
        )
    in_cells = nodes.math("MULTIPLY_ADD", is_beyond, -point, from_end)
    cell = nodes.math("SUBTRACT", nodes.math("SUBTRACT", count, 1.0), nodes.math("FLOOR", in_cells))
    across_cell = nodes.math("SUBTRACT", 1.0, nodes.math("FRACT", in_cells))
    symbol = _build_symbol(nodes, first, second, cell)
    if is_point is not None:
        within = nodes.math("SUBTRACT", decimals + point / 2 + 0.5, from_end)
        symbol = _choose(nodes, is_point, symbol, float(SYMBOLS.index(".")))
        across_cell = _choose(nodes, is_point, across_cell, within)
    up = nodes.math("MULTIPLY_ADD", across, 1 / height, 0.5)
    u = nodes.math("DIVIDE", nodes.math("ADD", symbol, across_cell), float(len(SYMBOLS)))
    combined = nodes.node("ShaderNodeCombineXYZ")
    nodes.connect(combined.inputs[0], u)
    nodes.connect(combined.inputs[1], up)
    texture = nodes.node("ShaderNodeTexImage", image=_load_symbols(), extension="EXTEND")
    nodes.connect(texture.inputs["Vector"], combined.outputs[0])
    mask = nodes.math("GREATER_THAN", texture.outputs["Color"], 0.5)
    for low, high in ((from_end, length), (up, 1.0)):
        mask = nodes.math("MULTIPLY", mask, nodes.math("GREATER_THAN", low, 0.0))
        mask = nodes.math("MULTIPLY", mask, nodes.math("LESS_THAN", low, high))
    return mask


def _build_symbol(nodes: NodeBuilder, first: Socket, second: Socket, cell: Socket) -> Socket:
    """Add the symbol in a cell of a code. A half keeps integers from being cut to the one below."""
    base = float(len(SYMBOLS))
    is_second = nodes.math("GREATER_THAN", cell, CELLS_PER_CODE - 0.5)
    packed = _choose(nodes, is_second, first, second)
    at = nodes.math("MULTIPLY_ADD", is_second, -float(CELLS_PER_CODE), cell)
    power = nodes.math("ROUND", nodes.math("POWER", base, at))
    above = nodes.math("FLOOR", nodes.math("DIVIDE", nodes.math("ADD", packed, 0.5), power))
    higher = nodes.math("FLOOR", nodes.math("DIVIDE", nodes.math("ADD", above, 0.5), base))
    return nodes.math("MULTIPLY_ADD", higher, -base, above)


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
