# SPDX-License-Identifier: GPL-3.0-or-later
"""The connectors: lines from the corners of what a step computes to the corners of what it reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..arrays import Floats, Integers
from ..geometry.grids import CellBounds
from ..geometry.layout import Layout
from ..walk.dependencies import GridAxes

CORNERS = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
"""Corners of a tile or a receptive field along x and y: 0 is the lower end, 1 the upper."""


@dataclass(frozen=True)
class LineAnchor:
    """The corners in a grid at which lines end.

    bounds: cells that the lines lead to at each step
    layout: where the grid's cells stand
    height: of a line's end above a tile's underside; with `tile_tops`, above the tile's top
    corner_distance: of a line's end from a tile's middle, along x and y
    tile_tops: the grid's axes, and per kind of tile the height of its top at that distance
    slides: shape (steps, 3), how far the grid has slid at each step; None if it does not
    """

    bounds: CellBounds
    layout: Layout
    height: float
    corner_distance: float
    tile_tops: tuple[GridAxes, tuple[float, ...]] | None = None
    slides: Floats | None = None

    def corners(self, channels: Integers | None, end: int, sign: Floats) -> Floats:
        """Return the corners (steps, 4, 3) of what each step uses; NaN where it uses nothing.

        channels: shape (steps,), channel whose corners are returned; None for the corners around all channels
        end:  first (0) or last (1) of the cells that stand above each other
        sign: shape (3,), directions of columns and rows
        """
        ends = self.bounds.low, self.bounds.high
        corners = np.empty((len(self.bounds.low), len(CORNERS), 3))
        for number, (x, y) in enumerate(CORNERS):
            choices = (x, y, *self._choose_ends(x, y, end))
            cells = [ends[choice][:, axis] for axis, choice in enumerate(choices)]
            if channels is not None:
                cells[3] = channels.astype(np.float64)
            outward = np.array([2 * x - 1, 2 * y - 1, 0]) * self.corner_distance * sign
            corners[:, number] = self.layout.origin + outward + np.array([0, 0, self.height])
            for axis, coordinate in np.argwhere(self.layout.offsets):  # the other products are 0
                corners[:, number, coordinate] += cells[axis] * self.layout.offsets[axis, coordinate]
            if self.tile_tops is not None:
                corners[:, number, 2] += _look_up_tile_tops(*self.tile_tops, cells)
        if self.slides is not None:
            corners += self.slides[:, None]
        corners[np.isnan(self.bounds.low).any(axis=1)] = np.nan  # also along an axis of one cell, which has no offset
        return corners

    def spans_stacked_cells(self, axis: int) -> bool:
        """Return True if any step uses several cells along an axis on which cells stand above each other."""
        is_stacked = self.layout.offsets[axis, 2] > 0
        return bool(is_stacked and (self.bounds.high[:, axis] > self.bounds.low[:, axis]).any())

    def _choose_ends(self, x: int, y: int, end: int) -> tuple[int, int]:
        """Return the ends of z and of the channels at a corner: those of the axis along which they are spread."""
        choices = []
        for axis in (2, 3):
            offset = self.layout.offsets[axis]
            if offset[2] > 0:
                choices.append(end)
            else:
                # rows may run opposite to y, but then channels do as well
                choices.append(y if offset[1] else x)
        return choices[0], choices[1]


def connect_grids(above: LineAnchor, below: LineAnchor, pairs: Integers | None, sign: Floats) -> Floats:
    """Return lines (steps, lines, 2, 3) from the corners of what each step computes to those of what it reads.

    pairs: shape (steps, pairs, 2), output and input channels that have lines of their own; None if the lines run
        around all channels
    sign: shape (3,), directions of columns and rows
    """
    groups = []
    for number in range(1 if pairs is None else pairs.shape[1]):
        output, input_ = (None, None) if pairs is None else pairs[:, number].T
        ends = above.corners(output, 0, sign), below.corners(input_, 1, sign)
        groups.append(np.stack(ends, axis=2))
    for anchor in (above, below):
        if any(anchor.spans_stacked_cells(axis) for axis in (2, 3)):  # lines through slices above each other
            groups.append(np.stack([anchor.corners(None, 1, sign), anchor.corners(None, 0, sign)], axis=2))
    lines = np.concatenate(groups, axis=1) if len(groups) > 1 else groups[0]
    if not any(np.isnan(anchor.bounds.low).any() for anchor in (above, below)):
        return lines
    missing = np.isnan(lines).any(axis=(2, 3))
    points = above.layout.to_world(np.nan_to_num(above.bounds.low)) + np.array([0, 0, above.height])
    points += 0.0 if above.slides is None else above.slides
    # a step that reads padding alone has no receptive field: its lines shrink to a point below the output tile
    lines[missing] = np.broadcast_to(points[:, None, None], lines.shape)[missing]
    return lines


def _look_up_tile_tops(axes: GridAxes, heights: tuple[float, ...], cells: Sequence[Floats]) -> Floats:
    """Return the heights (steps,) of the tiles in `cells`: x, y, z and channel; NaN cells count as the first cell."""
    kind = np.zeros(len(cells[0]), np.int64)
    for axis, coordinates in zip(reversed(axes), cells, strict=True):
        index = np.where(np.isnan(coordinates), 0, coordinates).astype(np.int64) - axis.cells.start
        kind = np.maximum(kind, axis.kinds[np.clip(index, 0, len(axis.cells) - 1)])
    return np.array(heights)[kind]
