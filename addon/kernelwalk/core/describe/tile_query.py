# SPDX-License-Identifier: GPL-3.0-or-later
"""A tile that someone points at, and a step: which steps light it, what it is in words, what a step computes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..geometry.grids import Grid, make_grids
from ..layers.registry import Layer
from ..spec.label_texts import INPUT_NAME, OUTPUT_NAME
from ..spec.spec import Spec
from ..walk.activation import ActivationRanges
from .sentences import AXIS_NOUNS, describe_step, describe_tile, format_numbers


@dataclass(frozen=True)
class Tile:
    """A tile: the name of its grid, and its cell along x, y, z and the channels."""

    grid: str
    cell: tuple[int, int, int, int]

    def find_steps(self, spec: Spec) -> list[int]:
        """The steps that light it, or read it by a copy in the padding, ascending."""
        grid = _grid(spec, self.grid)
        where = tuple(at - strip.cells.start for at, strip in zip(self.cell[::-1], grid.axes, strict=True))
        number = int(np.ravel_multi_index(where, grid.sizes))
        reaches = [grid.active_ranges, *([grid.read_ranges] if grid.read_ranges else [])]
        return sorted({step for reach in reaches for step in self._steps(spec, reach, number)})

    @staticmethod
    def _steps(spec: Spec, reach: ActivationRanges, number: int) -> list[int]:
        """The steps at the positions of a tile's reach."""
        first, last = reach.first[:, number], reach.last[:, number]
        along: list[list[int]] = []
        for axis, gap in enumerate(reach.gap):
            runs = zip(first[:, axis].astype(int).tolist(), last[:, axis].astype(int).tolist(), strict=True)
            along.append(sorted({at for one, other in runs for at in range(one, other + 1, gap)}))
        dims = len(spec.walk_order.sizes)
        # the filter, then the axes that are walked, the slowest first
        places = [place[:1] + place[4 - dims :] for place in itertools.product(*reversed(along))]
        steps = spec.walk_order.steps_at(np.array(places, np.int64).reshape(-1, 1 + dims))
        return sorted(steps[steps >= 0].tolist())

    def describe(self, spec: Spec) -> str:
        """The tile in words: what it is computed from, or which outputs it feeds."""
        if len(spec.layers) == 1 and self.grid == OUTPUT_NAME:
            return _of_output(spec, self.cell)
        if len(spec.layers) == 1:
            return _of_channel(spec, self.cell, "channel") + describe_tile(spec.layer, self._index(spec))
        place = ", ".join(map(str, self._index(spec)))
        lit = len(self.find_steps(spec))
        return f"{self.grid} ({place}): {'1 step uses' if lit == 1 else f'{lit} steps use'} it"

    def _index(self, spec: Spec) -> list[int]:
        """The cell along the axes of the layer, as its axes count."""
        cell = list(reversed(self.cell[: len(spec.layer.axes)]))
        if spec.is_scatter and self.grid == INPUT_NAME:
            return [at * axis.input_dilation for at, axis in zip(cell, spec.layer.axes, strict=True)]
        return cell


def describe_walk_step(spec: Spec, step: int) -> str:
    """A step in words: what it computes from what."""
    channel, *position = spec.walk_order.position_at(step)
    filters = spec.walk_order.filter_count > 1
    if spec.is_scatter:
        at = [place * axis.input_dilation for place, axis in zip(position, spec.layer.axes, strict=True)]
        return (f"channel {channel}: " if filters else "") + describe_tile(spec.layer, at)
    if len(spec.layers) == 1:
        return (f"channel {channel}: " if filters else "") + describe_step(spec.layer, position)
    lowest = get_cached_grids(spec)[0].value_bounds
    read: list[str] = []
    for axis, name in enumerate(reversed(AXIS_NOUNS[len(position)])):
        low, high = lowest.low[step, axis], lowest.high[step, axis]
        if np.isnan(low):
            return f"output ({', '.join(map(str, position))}) ← padding alone"
        read.insert(0, f"{name}{'s' if high > low else ''} {format_numbers(np.arange(int(low), int(high) + 1))}")
    output = f"output ({', '.join(map(str, position))})"
    return f"{output} ← input {', '.join(read)}, through {len(spec.layers)} layers"


def _of_output(spec: Spec, cell: Sequence[int]) -> str:
    layer: Layer = spec.layer
    position = list(reversed(cell[: len(layer.axes)]))
    if any(not 0 <= at < size for at, size in zip(position, layer.output, strict=True)):
        return f"cropped: output ({', '.join(map(str, position))}) would be outside"
    return _of_channel(spec, cell, "channel") + describe_step(layer, position)


def _of_channel(spec: Spec, cell: Sequence[int], word: str) -> str:
    return f"{word} {cell[3]}: " if spec.shows_channels else ""


def _grid(spec: Spec, name: str) -> Grid:
    return next(grid for grid in get_cached_grids(spec) if grid.name == name)


def get_cached_grids(spec: Spec) -> list[Grid]:
    """The grids of a spec; of the last few they are kept, for a panel asks for them again and again."""
    return _kept(spec)


_kept = lru_cache(maxsize=4)(make_grids)
