# SPDX-License-Identifier: GPL-3.0-or-later
"""The looks of a grid's tiles at each step: a table of looks, and the tiles that change from step to step."""

from __future__ import annotations

from typing import Any

import numpy as np
from kernelwalk.core import Plan
from kernelwalk.core.arrays import Floats, Integers
from kernelwalk.core.plan.tile_moments import GridMoment, make_kernel_moment, make_moment
from kernelwalk.core.tiles.body_opacity import find_body_opacity
from kernelwalk.core.tiles.tile_values import HATCH_STRENGTH, find_ink
from kernelwalk.core.tiles.walk_state import WalkState

from ..figures.blending import format_color, match_blending

DECIMALS = 4
"""Of lengths and opacities in a document."""

NO_PLATE, HATCHED = 0, 1
"""Plates of a tile's look: none but for a color, and a hatched one, of a value that is not computed yet."""


class WordTable:
    """Words, each once, by number."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.numbers: dict[str, int] = {}

    def find(self, word: str) -> int:
        """Return the number of a word, which is added if it is new."""
        if word not in self.numbers:
            self.numbers[word] = len(self.words)
            self.words.append(word)
        return self.numbers[word]


class TileStates:
    """The looks of a grid's tiles, step after step.

    looks: each look once: color, opacity, rise and 1 for an active tile; of a tile with a value, in addition the number
        of its text (-1 for none), the color of its plate (-1 for none), the color of its digits, and HATCHED or not
    first: the look of each tile at the first step
    changes: of each further step: a tile and its new look, one pair after the other
    """

    def __init__(self, plan: Plan, number: int, backgrounds: Floats, colors: WordTable, texts: WordTable):
        """number: of the grid in the plan, or of the kernel after the last one"""
        self.plan, self.number, self.grid, self.backgrounds = plan, number, plan.all_grids[number], backgrounds
        self.colors, self.texts = colors, texts
        self.looks: list[list[float]] = []
        self.first: list[int] = []
        self.changes: list[list[int]] = []
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._current: Floats | None = None
        self._affected: Integers = np.arange(len(self.grid.cells))
        self._shown = 0.0

    def add_step(self, state: WalkState, frame: float) -> Floats:
        """Note the tiles at one step, and return how far the grid has moved, shape (3,)."""
        tiles, moment = self._look_at_changes(state, frame)
        # the kernel's tiles are at every step
        is_kernel = self.grid is self.plan.kernel
        active = (not is_kernel) * moment.grid.active_share_at(state.position) * state.activity > 0
        stages = self._find_stages(state)[tiles]
        rows = np.column_stack([moment.colors, moment.opacities, moment.rises, active, stages]).round(6)
        if self._current is None:
            self.first = [self._find_look(tile, row) for tile, row in enumerate(rows.tolist())]
            self._current = rows
        else:
            is_changed = (rows != self._current[tiles]).any(axis=1)
            tiles, rows = tiles[is_changed], rows[is_changed]
            pairs = zip(tiles.tolist(), rows.tolist(), strict=True)
            self.changes.append([number for tile, row in pairs for number in (tile, self._find_look(tile, row))])
            self._current[tiles] = rows
        return moment.slide

    def _look_at_changes(self, state: WalkState, frame: float) -> tuple[Integers, GridMoment]:
        """Return the tiles that may have changed since the step before, or all, and how they look."""
        plan, grid, number = self.plan, self.grid, self.number
        tiles = np.arange(len(grid.cells))
        if grid is plan.kernel:
            return tiles, make_kernel_moment(plan, state, frame)
        last, self._shown = self._shown, plan.grid_opacity_at(number, frame)
        if not grid.changes_locally:
            return tiles, make_moment(plan, number, grid, state, frame)
        before, self._affected = self._affected, grid.find_affected_tiles(state.position)
        if self._current is None or self._shown != last:
            return tiles, make_moment(plan, number, grid, state, frame)
        tiles = np.union1d(before, self._affected)
        return tiles, make_moment(plan, number, grid.select(tiles), state, frame)

    def _find_stages(self, state: WalkState) -> Integers:
        """Return the stage of each tile's value (n,): -1 before the first one, -2 for a tile without a value."""
        values = self.grid.values
        if values is None:
            return np.full(len(self.grid.cells), -2)
        return np.where(np.isnan(values.numbers[0]), -2, values.stages_at(state))

    def _find_look(self, tile: int, row: list[float]) -> int:
        own = self._list_value(tile, int(row[-1]), np.array(row[:3]))
        key = (*row[:-1], *own)
        if key not in self._numbers:
            self._numbers[key] = len(self.looks)
            red, green, blue, opacity, rise, active, _ = row
            is_flat = max(self.grid.thicknesses) == 0
            total = opacity if is_flat else find_body_opacity(opacity)
            color, seen = match_blending(self.plan.spec.look, np.array([red, green, blue]), total, self.backgrounds)
            self.looks.append([self.colors.find(color), round(seen, 3), round(rise, DECIMALS), int(active), *own])
        return self._numbers[key]

    def _list_value(self, tile: int, stage: int, color: Floats) -> list[int]:
        """Return the entries of a look that tell the value; none for a tile without one.

        color: scene RGB of the tile
        """
        values, look = self.grid.values, self.plan.spec.look
        if values is None or stage == -2:
            return []
        if stage < 0:
            mixed = color + HATCH_STRENGTH * (look.to_scene_rgb(look.colors.text) - color)
            return [-1, self._find_color(mixed), 0, HATCHED] if values.colors is not None else []
        below = color if values.colors is None else values.colors[stage, tile]
        plate = -1 if values.colors is None else self._find_color(below)
        text = values.texts[stage][tile]
        number = -1 if text is None else self.texts.find(text)
        return [number, plate, self.colors.find(find_ink(look, below)), NO_PLATE]

    def _find_color(self, scene_rgb: Floats) -> int:
        return self.colors.find(format_color(self.plan.spec.look, scene_rgb))
