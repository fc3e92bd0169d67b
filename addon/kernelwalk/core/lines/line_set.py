# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of a scene, such as the connectors from what is computed to what it is computed from.

A set of lines is a table of points: for each step of the walk, where each point of each line is.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..geometry.grids import CellBounds
from ..geometry.layout import Layout
from ..walk.activation import Floats
from ..walk.dependencies import GridAxes

CORNERS = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
"""Of a tile or a field along x and y: 0 the lower end, 1 the upper."""

ARCH_SAMPLES = (0.25, 0.4, 0.5, 0.6, 0.75)
"""Where, on its way, an arch is looked at."""

POINT_RESOLUTION = 1 << 20
"""As many places along an axis are told apart."""

MAX_CHANNEL_PAIRS = 8
"""Pairs of an output channel and an input channel up to which each has connectors of its own."""


@dataclass(frozen=True)
class LineSet:
    """Lines that move with the walk.

    name:   of the set, as a channel has it
    points: shape (steps, lines, points, 3), where they are at each step
    hidden: shape (steps, lines), which of them a step has not; None where it has all
    widths: shape (steps, lines, points), what `width` is multiplied by so that it looks the same wherever it is; None
            where it does
    fans:   of each four lines that are the edges of one body, the first
    arched: whether a line is drawn as an arch over its points, rather than straight
    """

    name: str
    points: Floats
    width: float
    color: Floats
    hidden: NDArray[np.bool_] | None = None
    is_arched: bool = False
    width_factors: Floats | None = None
    edge_groups: tuple[int, ...] = ()

    @property
    def outermost_points(self) -> Floats:
        """Shape (n, 3): points around which the lines of all steps keep."""
        if not self.is_arched:
            ends = np.stack([self.points.min(axis=0), self.points.max(axis=0)])
            picks = list(itertools.product((0, 1), repeat=3))
            return np.concatenate(
                [np.stack([ends[i, ..., a] for a, i in enumerate(pick)], axis=-1) for pick in picks]
            ).reshape(-1, 3)
        points = self.points if self.hidden is None else self.points[~self.hidden]
        low, middle, high = np.moveaxis(points.reshape(-1, 3, 3), 1, 0)
        on = [(1 - t) ** 2 * low + 2 * t * (1 - t) * middle + t**2 * high for t in ARCH_SAMPLES]  # a parabola
        return _drop_near_duplicates(np.concatenate(on))


def _drop_near_duplicates(points: Floats) -> Floats:
    """Points (n, 3), of those that are nearly the same one."""
    low = points.min(axis=0)
    fine = (POINT_RESOLUTION - 1) / max(float((points - low).max()), 1e-9)
    x, y, z = np.rint((points - low) * fine).astype(np.int64).T
    return points[np.unique((x * POINT_RESOLUTION + y) * POINT_RESOLUTION + z, return_index=True)[1]]


@dataclass(frozen=True)
class LineAnchor:
    """A grid that lines end at.

    hull:    what of it they lead to
    layout:  where its cells stand
    upright: how far above the underside of its tiles a line ends; where `strips` are given, above the tile's own top
    outward: how far from the middle of a tile's underside, along x and y
    strips:  the grid's axes, and how high the top of each kind of tile is so far from its middle
    """

    bounds: CellBounds
    layout: Layout
    height: float
    corner_distance: float
    tile_tops: tuple[GridAxes, tuple[float, ...]] | None = None

    def corners(self, channels: NDArray[np.int64] | None, facing: int, sign: Floats) -> Floats:
        """Shape (steps, 4, 3): the corners of what a step lights; NaN where that is nothing.

        channels: shape (steps,), the one whose corners are meant; None for the corners around those of all
        facing:   where cells stand above each other, whether the first (0) or the last (1) is meant
        """
        ends = self.bounds.low, self.bounds.high
        found = np.empty((len(self.bounds.low), len(CORNERS), 3))
        for number, (x, y) in enumerate(CORNERS):
            picks = (x, y, *self._spread_ends(x, y, facing))
            cells = [ends[pick][:, axis] for axis, pick in enumerate(picks)]
            if channels is not None:
                cells[3] = channels.astype(np.float64)
            away = np.array([2 * x - 1, 2 * y - 1, 0]) * self.corner_distance * sign
            found[:, number] = self.layout.origin + away + np.array([0, 0, self.height])
            for axis, along in np.argwhere(self.layout.steps):  # of the others there is nothing to add
                found[:, number, along] += cells[axis] * self.layout.steps[axis, along]
            if self.tile_tops is not None:
                found[:, number, 2] += _tile_top_heights(*self.tile_tops, cells)
        found[np.isnan(self.bounds.low).any(axis=1)] = np.nan  # also along an axis of one cell, which has no step
        return found

    def _spread_ends(self, x: int, y: int, facing: int) -> tuple[int, int]:
        """Which end of z and of the channels is at a corner: that of the axis along which they are spread."""
        picks = []
        for axis in (2, 3):
            step = self.layout.steps[axis]
            if step[2] > 0:
                picks.append(facing)
            else:
                # rows may run the other way than y does, but then channels do too
                picks.append(y if step[1] else x)
        return picks[0], picks[1]


def _tile_top_heights(strips: GridAxes, heights: tuple[float, ...], cells: Sequence[Floats]) -> Floats:
    """Shape (steps,): of the tiles in cells, given along x, y, z and the channels; of none at all, the lowest."""
    kind = np.zeros(len(cells[0]), np.int64)
    for strip, along in zip(reversed(strips), cells, strict=True):
        index = np.where(np.isnan(along), 0, along).astype(np.int64) - strip.cells.start
        kind = np.maximum(kind, strip.kinds[np.clip(index, 0, len(strip.cells) - 1)])
    return np.array(heights)[kind]


def connect_grids(above: LineAnchor, below: LineAnchor, pairs: NDArray[np.int64] | None, sign: Floats) -> Floats:
    """Shape (steps, lines, 2, 3): from the corners of what a step computes to those of what it reads.

    pairs: shape (steps, pairs, 2), an output and an input channel each, which have lines of their own; None where the
           lines run around all of them
    sign:  shape (3,), which way columns and rows run
    """
    lines = []
    for pair in range(1 if pairs is None else pairs.shape[1]):
        top, bottom = (None, None) if pairs is None else pairs[:, pair].T
        ends = above.corners(top, 0, sign), below.corners(bottom, 1, sign)
        lines.append(np.stack(ends, axis=2))
    for grid in (above, below):
        if any(_spans_stacked_cells(grid, axis) for axis in (2, 3)):  # through the slices that lie above each other
            lines.append(np.stack([grid.corners(None, 1, sign), grid.corners(None, 0, sign)], axis=2))
    found = np.concatenate(lines, axis=1) if len(lines) > 1 else lines[0]
    if not any(np.isnan(grid.bounds.low).any() for grid in (above, below)):
        return found
    nothing = np.isnan(found).any(axis=(2, 3))
    at = above.layout.to_world(np.nan_to_num(above.bounds.low)) + np.array([0, 0, above.height])
    # what reads padding alone has no field: its lines are as nothing, below a tile
    found[nothing] = np.broadcast_to(at[:, None, None], found.shape)[nothing]
    return found


def _spans_stacked_cells(grid: LineAnchor, axis: int) -> bool:
    rises = grid.layout.steps[axis, 2] > 0
    return bool(rises and (grid.bounds.high[:, axis] > grid.bounds.low[:, axis]).any())
