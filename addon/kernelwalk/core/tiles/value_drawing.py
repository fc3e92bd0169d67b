# SPDX-License-Identifier: GPL-3.0-or-later
"""The drawing of values on tiles as shapes: the hatching of what is not known yet, and the places of digits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from ..arrays import Floats
from ..values.digits import BASELINE, CELL, CELL_MARGIN, EM
from .tile_values import HATCH_PERIOD, HATCH_WIDTH, POINT_SHARE, DigitStyle

Axes = tuple[Floats, Floats, Floats]
"""A place, and the vectors along the text and across it."""


class PlacedSymbol(NamedTuple):
    """A symbol of a number. start: where its origin is, in ems from the middle; size: of it, in ems"""

    character: str
    start: float
    size: float


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


def find_em_axes(style: DigitStyle, axes: Axes) -> Axes:
    """Return the middle of the baseline of a number, and an em's length along the text and across it.

    axes: the middle of the tile, and a unit's length along the text and across it
    """
    width, height = style.cell
    middle, right, up = axes
    right, up = right * (EM / CELL[0] * width), up * (EM / CELL[1] * height)  # cells may be stretched
    return middle + (0.5 - BASELINE / CELL[1]) * CELL[1] / EM * up, right, up


def place_symbols(text: str, decimals: int, measure: Callable[[str], tuple[float, float]]) -> list[PlacedSymbol]:
    """Return the symbols of a number, each in its cell, from left to right.

    measure: returns how far a character reaches to the left and to the right of its origin, in ems
    """
    point = POINT_SHARE if decimals else 0.0
    cells = [character for character in text if character != "."]
    pitch = CELL[0] / EM  # of cells, in ems
    left, whole = -(len(cells) + point) / 2, len(cells) - decimals
    middles = [left + number + 0.5 + (point if number >= whole else 0.0) for number in range(len(cells))]
    if "." in text:
        cells, middles = [*cells, "."], [*middles, left + whole + point / 2]
    symbols = []
    for character, middle in zip(cells, middles, strict=True):
        low, high = measure(character)
        size = min(1.0, (CELL[0] - CELL_MARGIN) / EM / max(high - low, 1e-9))
        symbols.append(PlacedSymbol(character, middle * pitch - (low + high) / 2 * size, size))
    return sorted(symbols, key=lambda symbol: symbol.start)


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
