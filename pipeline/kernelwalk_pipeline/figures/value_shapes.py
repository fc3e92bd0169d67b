# SPDX-License-Identifier: GPL-3.0-or-later
"""Values on tiles: the square in the value's color or its hatching, and the digits, as scene/shading/value_nodes.py
draws them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from kernelwalk.core.arrays import Floats
from kernelwalk.core.font_metrics import STRONG, load_font
from kernelwalk.core.spec.look_section import Look
from kernelwalk.core.tiles.tile_grid import TileGrid
from kernelwalk.core.tiles.tile_values import (
    CORNER_SHARE,
    HATCH_STRENGTH,
    DigitStyle,
    TileValues,
    find_ink,
)
from kernelwalk.core.tiles.value_drawing import Axes, cut_stripes, find_em_axes, find_text_axes, place_symbols
from kernelwalk.core.tiles.walk_state import WalkState

from .blending import match_blending
from .glyphs import measure_extent
from .shapes import Area, Words, make_polygons
from .tile_shapes import GridBodies, project


class ValuePainter:
    """Draws the values on the tiles of a grid at one moment."""

    def __init__(self, grid: TileGrid, values: TileValues, bodies: GridBodies, look: Look, state: WalkState):
        self.grid, self.values, self.bodies, self.look = grid, values, bodies, look
        self.stages = values.stages_at(state)
        self.texts = values.texts if values.digits is not None else ()

    def paint(
        self, tile: int, center: Floats, color: Floats, opacity: float, backgrounds: Floats
    ) -> Iterator[Area | Words]:
        """Yield the shapes on a tile.

        center: shape (3,), of its underside
        color: scene RGB of the tile
        opacity: of its surface
        """
        values, stage = self.values, int(self.stages[tile])
        if np.isnan(values.numbers[0, tile]):
            return
        height = self.grid.thicknesses[int(self.grid.kinds[tile])]
        below = color
        if stage < 0:
            if values.colors is not None:
                text = self.look.to_scene_rgb(self.look.colors.text)
                mixed = color + HATCH_STRENGTH * (text - color)
                stripes = make_polygons([self._place(center, height, each) for each in cut_stripes(values.plate_size)])
                yield Area(stripes, *match_blending(self.look, mixed, opacity, backgrounds))
            return
        if values.colors is not None:
            below = values.colors[stage, tile]
            plate = self.bodies.make_square(center, height, values.plate_size, CORNER_SHARE * values.plate_size)
            yield Area(make_polygons([plate]), *match_blending(self.look, below, opacity, backgrounds))
        written = self.texts[stage][tile] if values.digits is not None else None
        if values.digits is not None and written is not None:
            ink = self.look.to_scene_rgb(find_ink(self.look, below))
            fill = match_blending(self.look, ink, opacity, backgrounds)
            yield from self._write(written, values.digits, center, height, fill)

    def _place(self, center: Floats, height: float, points: Floats) -> Floats:
        """Return the pixels of points (n, 2) on a tile's top."""
        raised = center + np.column_stack([points, np.full(len(points), height)])
        return project(self.bodies.plan, self.bodies.view, raised)

    def _write(
        self, text: str, style: DigitStyle, center: Floats, height: float, fill: tuple[str, float]
    ) -> Iterator[Words]:
        """Yield the symbols of a number on a tile."""
        origin, right, up = self._place(center, height, np.array([[0.0, 0.0], *find_text_axes(style)]))
        yield from write_digits(text, style, self.values.decimals, (origin, right - origin, up - origin), fill)


def write_digits(text: str, style: DigitStyle, decimals: int, axes: Axes, fill: tuple[str, float]) -> Iterator[Words]:
    """Yield the symbols of a number, each in its cell.

    axes: (2,) each, the middle of the tile, and a unit's length along the text and across it
    """
    origin, right, up = find_em_axes(style, axes)
    font = load_font(STRONG)
    symbols = place_symbols(text, decimals, lambda character: measure_extent(font, character))
    plain = [symbol for symbol in symbols if symbol.size == 1]
    for character, start, size in symbols:
        if size < 1:
            yield _make_words(character, size, origin + start * right, right, up, fill)
    if plain:
        first = plain[0].start
        words = "".join(symbol.character for symbol in plain)
        placed = _make_words(words, 1.0, origin + first * right, right, up, fill)
        yield replace(placed, places=tuple(symbol.start - first for symbol in plain))


def _make_words(text: str, size: float, start: Floats, right: Floats, up: Floats, fill: tuple[str, float]) -> Words:
    """Return symbols that begin at a pixel (2,). right, up: pixels of an em."""
    (a, b), (c, d), (e, f) = (size * right).tolist(), (size * up).tolist(), start.tolist()
    return Words(text, load_font(STRONG), (a, b, c, d, e, f), *fill)
