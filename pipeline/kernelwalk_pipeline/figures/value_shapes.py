# SPDX-License-Identifier: GPL-3.0-or-later
"""Values on tiles: the square in the value's color or its hatching, and the digits, as scene/shading/value_nodes.py
draws them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from kernelwalk.core.arrays import Floats
from kernelwalk.core.font_metrics import STRONG, load_font
from kernelwalk.core.spec.look_section import Look
from kernelwalk.core.tiles.tile_grid import TileGrid
from kernelwalk.core.tiles.tile_values import (
    CORNER_SHARE,
    HATCH_PERIOD,
    HATCH_STRENGTH,
    HATCH_WIDTH,
    POINT_SHARE,
    DigitStyle,
    TileValues,
    find_ink,
)
from kernelwalk.core.tiles.walk_state import WalkState
from kernelwalk.core.values.digits import BASELINE, CELL, CELL_MARGIN, EM

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


def cut_stripes(edge: float) -> list[Floats]:
    """Return the stripes (n, 2) of a square of an edge around (0, 0) whose value is not known yet."""
    period = edge * HATCH_PERIOD
    corners = np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]) * edge / 2
    stripes = []
    for number in range(-3, 4):
        # x - y of a stripe's ends; they follow from a fraction of HATCH_WIDTH around a whole number of periods
        begin = (number - (HATCH_WIDTH - 1) / 2) * period
        stripe = _cut_half(_cut_half(corners, begin, 1.0), begin + HATCH_WIDTH * period, -1.0)
        if len(stripe) > 2:
            stripes.append(stripe)
    return stripes


def find_text_axes(style: DigitStyle) -> tuple[Floats, Floats]:
    """Return the directions (2,) along the text of a tile and across it, as x and y."""
    turn = style.quarter_turns * np.pi / 2
    return np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])


def write_digits(
    text: str, style: DigitStyle, decimals: int, axes: tuple[Floats, Floats, Floats], fill: tuple[str, float]
) -> Iterator[Words]:
    """Yield the symbols of a number, each in its cell.

    axes: (2,) each, the middle of the tile, and a unit's length along the text and across it
    """
    width, cell_height = style.cell
    point = POINT_SHARE if decimals else 0.0
    cells = [character for character in text if character != "."]
    origin, right, up = axes
    right, up = right * (EM / CELL[0] * width), up * (EM / CELL[1] * cell_height)  # of an em: cells may be stretched
    origin = origin + (0.5 - BASELINE / CELL[1]) * CELL[1] / EM * up
    pitch = CELL[0] / EM  # of cells, in ems
    left, whole = -(len(cells) + point) / 2, len(cells) - decimals
    middles = [left + number + 0.5 + (point if number >= whole else 0.0) for number in range(len(cells))]
    if "." in text:
        cells, middles = [*cells, "."], [*middles, left + whole + point / 2]
    font, plain = load_font(STRONG), []
    for character, middle in zip(cells, middles, strict=True):
        low, high = measure_extent(font, character)
        size = min(1.0, (CELL[0] - CELL_MARGIN) / EM / max(high - low, 1e-9))
        start = middle * pitch - (low + high) / 2 * size
        if size < 1:
            yield _make_words(character, size, origin + start * right, right, up, fill)
        else:
            plain.append((start, character))
    if plain:
        plain.sort()
        first = plain[0][0]
        words = "".join(character for _, character in plain)
        placed = _make_words(words, 1.0, origin + first * right, right, up, fill)
        yield replace(placed, places=tuple(start - first for start, _ in plain))


def _make_words(text: str, size: float, start: Floats, right: Floats, up: Floats, fill: tuple[str, float]) -> Words:
    """Return symbols that begin at a pixel (2,). right, up: pixels of an em."""
    (a, b), (c, d), (e, f) = (size * right).tolist(), (size * up).tolist(), start.tolist()
    return Words(text, load_font(STRONG), (a, b, c, d, e, f), *fill)


def _cut_half(outline: Floats, limit: float, sign: float) -> Floats:
    """Return the part of a convex outline (n, 2) where x - y is above a limit, or below it with a sign of -1."""
    beyond = sign * (outline[:, 0] - outline[:, 1] - limit)
    kept: list[Sequence[float]] = []
    for number, point in enumerate(outline):
        following = (number + 1) % len(outline)
        if beyond[number] >= 0:
            kept.append(point)
        if (beyond[number] >= 0) != (beyond[following] >= 0):
            share = beyond[number] / (beyond[number] - beyond[following])
            kept.append(point + share * (outline[following] - point))
    return np.array(kept).reshape(-1, 2)
