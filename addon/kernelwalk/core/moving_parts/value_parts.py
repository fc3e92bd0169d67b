# SPDX-License-Identifier: GPL-3.0-or-later
"""Values on tiles as parts: squares in the values' colors, the hatching of those not known yet, and digits."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ..arrays import Floats
from ..font_metrics import STRONG, load_font
from ..plan.rests import Runs
from ..tiles.tile_values import CORNER_SHARE, HATCH_STRENGTH, TileValues, find_ink
from ..tiles.value_drawing import cut_stripes, find_em_axes, find_text_axes, place_symbols
from .grid_runs import NO_VALUE
from .motions import group_runs, show
from .part_writer import WordMaker
from .solids import Solid, join_solids, make_flat, make_polygon, make_square
from .tile_group import TileGroup

LAYER = 0.004
"""Distance of squares above tiles, and of digits above these, in units of the tile pitch."""


def add_values(tiles: TileGroup, runs: Runs, make_words: WordMaker) -> None:
    """Add the values of a grid to the group of its tiles. runs: as of GridRuns"""
    writer, look, grid, values = tiles.writer, tiles.look, tiles.grid, tiles.grid.values
    assert values is not None
    text_color = look.to_scene_rgb(look.colors.text)
    edge = values.plate_size
    for tile, (number, rise, *color), spans in group_runs(runs):
        stage, below = int(number), np.array(color)
        height = grid.thicknesses[int(grid.kinds[tile])] + rise + LAYER
        pieces: list[tuple[str, object, Any, Floats]] = []
        if stage == NO_VALUE:
            continue
        if values.colors is not None and stage < 0:
            mixed = below + HATCH_STRENGTH * (text_color - below)
            pieces.append(("Hatching", ("hatching", edge), partial(_make_hatching, edge), mixed))
        elif values.colors is not None:
            pieces.append(("Square", ("square", edge), partial(make_square, edge, CORNER_SHARE * edge), below))
        text = values.texts[stage][tile] if stage >= 0 and values.digits is not None else None
        if text is not None:
            ink = look.to_scene_rgb(find_ink(look, below))
            shown = ("digits", text, values.digits, values.decimals)
            pieces.append(("Digits", shown, partial(_make_digits, text, values, make_words), ink))
        for layer, (name, key, make, scene_rgb) in enumerate(pieces):
            shape, material = writer.add_shape(key, name, make), writer.add_material(look.to_linear_rgb(scene_rgb))
            place = tiles.places[tile] + [0.0, 0.0, height + layer * LAYER]
            scale = show(tiles.rests, spans)
            writer.add_part(tiles.group, f"{name}_{tiles.names[tile]}", shape, material, place, scale=scale)


def _make_hatching(edge: float) -> Solid:
    return join_solids([make_polygon(stripe) for stripe in cut_stripes(edge)])


def _make_digits(text: str, values: TileValues, make_words: WordMaker) -> Solid:
    assert values.digits is not None
    font = load_font(STRONG)

    def measure(character: str) -> tuple[float, float]:
        across = make_words(font, character)[0][:, 0]
        return (float(across.min()), float(across.max())) if len(across) else (0.0, 0.0)

    origin, right, up = find_em_axes(values.digits, (np.zeros(2), *find_text_axes(values.digits)))
    symbols = []
    for character, start, size in place_symbols(text, values.decimals, measure):
        points, triangles = make_words(font, character)
        symbols.append(
            make_flat(origin + (start + size * points[:, :1]) * right + size * points[:, 1:] * up, triangles)
        )
    return join_solids(symbols)
