# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries of a spec's tiles and steps: the steps that use a tile, and descriptions of a tile or a step."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..geometry.grids import Grid, make_grids
from ..spec.label_texts import INPUT_NAME, OUTPUT_NAME
from ..spec.spec import Spec
from ..walk.active_ranges import ActiveRanges
from .sentences import AXIS_NOUNS, describe_step, describe_tile, format_numbers


@dataclass(frozen=True)
class Tile:
    """A tile: the name of its grid, its cell along x, y, z and the channels, and whether it is of the layer beside."""

    grid: str
    cell: tuple[int, int, int, int]
    is_beside: bool = False

    def find_spec(self, spec: Spec) -> Spec:
        """Return the spec of the tile's layer, in the scene of a spec."""
        return spec.turn_comparison() if self.is_beside else spec

    def find_steps(self, spec: Spec) -> list[int]:
        """Return the steps at which the tile is active or read through a copy in the padding, in ascending order."""
        grid = _find_grid(spec, self.grid)
        indices = tuple(cell - axis.cells.start for cell, axis in zip(self.cell[::-1], grid.axes, strict=True))
        number = int(np.ravel_multi_index(indices, grid.sizes))
        ranges = [grid.active_ranges, *([grid.read_ranges] if grid.read_ranges else [])]
        return sorted({step for some in ranges for step in self._steps_in(spec, some, number)})

    @staticmethod
    def _steps_in(spec: Spec, ranges: ActiveRanges, number: int) -> list[int]:
        """Return the steps at the positions in the ranges of the tile of that number."""
        first, last = ranges.first[:, number], ranges.last[:, number]
        along: list[list[int]] = []
        for axis, gap in enumerate(ranges.gap):
            ends = zip(first[:, axis].astype(int).tolist(), last[:, axis].astype(int).tolist(), strict=True)
            along.append(sorted({at for start, end in ends for at in range(start, end + 1, gap)}))
        dims = len(spec.walk_order.sizes)
        # the filter, then the axes that are walked, the slowest first
        positions = [place[:1] + place[4 - dims :] for place in itertools.product(*reversed(along))]
        steps = spec.walk_order.steps_at(np.array(positions, np.int64).reshape(-1, 1 + dims))
        return sorted(steps[steps >= 0].tolist())

    def describe(self, spec: Spec) -> str:
        """Return a sentence on the tile: what it is computed from, or which outputs it contributes to."""
        if len(spec.layers) == 1 and self.grid == OUTPUT_NAME:
            return _describe_output(spec, self.cell)
        if len(spec.layers) == 1:
            return _channel_prefix(spec, self.cell) + describe_tile(spec.layer, self._layer_cell(spec))
        indices = ", ".join(map(str, self._layer_cell(spec)))
        count = len(self.find_steps(spec))
        return f"{self.grid} ({indices}): {'1 step uses' if count == 1 else f'{count} steps use'} it"

    def _layer_cell(self, spec: Spec) -> list[int]:
        """Return the cell along the axes of the layer, as in Axis.cells."""
        cell = list(reversed(self.cell[: len(spec.layer.axes)]))
        if spec.is_scatter and self.grid == INPUT_NAME:
            return [at * axis.input_dilation for at, axis in zip(cell, spec.layer.axes, strict=True)]
        return cell


def describe_walk_step(spec: Spec, step: int) -> str:
    """Return a sentence on a step of the walk: the output that it computes, and the inputs that it reads.

    >>> from kernelwalk.core import load_preset
    >>> describe_walk_step(load_preset("no_padding_no_strides"), 1)
    'output (0, 1) ← input rows 0–2, columns 1–3'
    """
    channel, *position = spec.walk_order.position_at(step)
    prefix = f"channel {channel}: " if spec.walk_order.filter_count > 1 else ""
    if spec.is_scatter:
        cell = [place * axis.input_dilation for place, axis in zip(position, spec.layer.axes, strict=True)]
        return prefix + describe_tile(spec.layer, cell)
    if len(spec.layers) == 1:
        return prefix + describe_step(spec.layer, position)
    output = f"output ({', '.join(map(str, position))})"
    bounds = get_cached_grids(spec)[0].value_bounds
    read: list[str] = []
    for axis, noun in enumerate(reversed(AXIS_NOUNS[len(position)])):
        low, high = bounds.low[step, axis], bounds.high[step, axis]
        if np.isnan(low):
            return f"{output} ← padding alone"
        read.insert(0, f"{noun}{'s' if high > low else ''} {format_numbers(np.arange(int(low), int(high) + 1))}")
    return f"{output} ← input {', '.join(read)}, through {len(spec.layers)} layers"


def _describe_output(spec: Spec, cell: Sequence[int]) -> str:
    position = list(reversed(cell[: len(spec.layer.axes)]))
    if spec.layer.has_matrix_output:  # a column for each position
        position = [int(place) for place in np.unravel_index(cell[0], spec.layer.output)]
    if any(not 0 <= at < size for at, size in zip(position, spec.layer.output, strict=True)):
        return f"cropped: output ({', '.join(map(str, position))}) would be outside"
    return _channel_prefix(spec, cell) + describe_step(spec.layer, position)


def _channel_prefix(spec: Spec, cell: Sequence[int]) -> str:
    return f"channel {cell[3]}: " if spec.shows_channels else ""


def _find_grid(spec: Spec, name: str) -> Grid:
    return next(grid for grid in get_cached_grids(spec) if grid.name == name)


def get_cached_grids(spec: Spec) -> list[Grid]:
    """Return the grids of a spec, from a cache of the last few: the panel asks for them repeatedly."""
    return _make_cached_grids(spec)


_make_cached_grids = lru_cache(maxsize=4)(make_grids)
