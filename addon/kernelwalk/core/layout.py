# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the tiles of each grid stand: rows and columns lie flat, slices and channels are spread to be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .axis import EXTRA, INPUT
from .look import Camera, Look
from .reach import Floats
from .show import Show
from .trace import Strip, Strips

BASE = 0.1
"""Height of the lowest grid's underside over the floor."""

APART = 1.0
"""Free tiles between two slices that lie beside each other, for a spread of 1."""

ROWS_APART = 0.35
"""The same between the channels of one axis alone, which make a plane of their own."""

LEAST_GAP = 2.0
"""The least height of one grid over another, where the camera's angle decides."""

STEEPEST = np.radians(60)
"""The elevation of a camera above which grids need not stand further apart to be seen."""


@dataclass(frozen=True)
class Layout:
    """Where the cells of a grid stand.

    origin: shape (3,), the middle of the underside of the cell (0, 0, 0) of channel 0
    steps:  shape (4, 3), how far it is to the next cell along x, y, z and the channels
    """

    origin: Floats
    steps: Floats

    def place(self, cells: Floats) -> Floats:
        """Shape (..., 3): the middle of the underside of cells (..., 4)."""
        return self.origin + cells @ self.steps

    @property
    def tall(self) -> list[bool]:
        """Along which axes cells stand above each other."""
        return [bool(step[2] > 0) for step in self.steps]

    def raised(self, lift: float) -> Layout:
        return replace(self, origin=self.origin + np.array([0.0, 0.0, lift]))


def layouts(
    grids: Sequence[Strips], causal: Sequence[bool], show: Show, look: Look, camera: Camera, above: bool
) -> list[Layout]:
    """The layouts of grids, from the lowest up; `above` says whether slices stand above each other where either may be.

    Each grid's cells stand over the middle of all that they are computed from; after a `causal` layer, of which there
    is one less than grids, over the last that they are computed from.
    """
    alike = len({len(grid[0].cells) for grid in grids}) == 1
    widest = [max(len(grid[axis].cells) for grid in grids) for axis in range(4)]
    made: list[Layout] = []
    for number, grid in enumerate(grids):
        sizes = [len(strip.cells) for strip in grid]
        if alike:  # then each channel stands over the one below
            sizes = [sizes[0], *widest[1:]]
        steps = _steps(sizes, show, look, camera, above)
        flat = _middle(grids, made, number, steps, number > 0 and causal[number - 1])
        origin = flat - _row((0, 0, 0), _center(grid[0])) @ steps
        made.append(Layout(np.array([origin[0], origin[1], BASE]), steps))
    return _stacked(grids, made, look, camera)


def _steps(sizes: Sequence[int], show: Show, look: Look, camera: Camera, above: bool) -> Floats:
    """Shape (4, 3): from cell to cell along x, y, z and the channels, for a grid of so many channels, z, y and x."""
    channels, slices, rows, columns = sizes
    down = -1.0 if look.first_row == "far" else 1.0
    steps = np.zeros((4, 3))
    steps[0, 0], steps[1, 1] = 1.0, down
    # so high that the camera sees each slice whole, below the one above
    clear = look.thickness + show.spread * max(np.tan(_elevation(camera)) * _depth(columns, rows, camera), 1.0)
    beside = columns + APART * show.spread
    if slices > 1:
        steps[2] = (0, 0, clear) if above else (beside, 0, 0)
    if channels > 1:
        if rows == 1 and slices == 1 and not above:
            steps[3, 1] = down * (1 + ROWS_APART * show.spread)
        elif above:
            steps[3, 2] = clear * (slices if steps[2, 2] else 1)
        elif steps[2, 0]:
            steps[3, 1] = down * (rows + APART * show.spread)
        else:
            steps[3, 0] = beside
    return steps


def _depth(columns: int, rows: int, camera: Camera) -> float:
    """How far a slice reaches away from the camera."""
    azimuth = np.radians(camera.azimuth)
    return float(abs(np.sin(azimuth)) * columns + abs(np.cos(azimuth)) * rows)


def _elevation(camera: Camera) -> float:
    return float(min(np.radians(camera.elevation), STEEPEST))


def _center(strip: Strip) -> float:
    return (strip.cells.start + strip.cells.stop - 1) / 2


def _middle(grids: Sequence[Strips], made: Sequence[Layout], number: int, steps: Floats, causal: bool) -> Floats:
    """Shape (3,): where the cell 0 of a grid's channels' middle stands, on the floor."""
    flat = np.array([1.0, 1.0, 0.0])
    if number == 0:
        inputs = [
            _middle_of(strip.cells.start + np.flatnonzero(np.isin(strip.kinds, (INPUT, EXTRA))))
            for strip in grids[0][1:]
        ]
        return -_row(inputs, 0.0) @ steps * flat
    below, own = grids[number - 1], grids[number]
    if causal:
        seen = [float(np.nanmin(strip.high)) for strip in below[1:]]
        by = [float(np.nanmin(strip.first)) for strip in own[1:]]
    else:
        seen = [_middle_of(strip.low, strip.high) for strip in below[1:]]
        by = [_middle_of(strip.first, strip.last) for strip in own[1:]]
    fields, computed = _row(seen, _center(below[0])), _row(by, 0.0)
    return (made[number - 1].place(fields) - computed @ steps) * flat


def _middle_of(*ends: NDArray[Any]) -> float:
    return float(np.nanmin(ends) + np.nanmax(ends)) / 2


def _row(axes: Sequence[float], channel: float) -> Floats:
    """A cell (4,) from its z, y and x."""
    return np.array([*reversed(axes), channel])


def _stacked(grids: Sequence[Strips], made: Sequence[Layout], look: Look, camera: Camera) -> list[Layout]:
    """The layouts, each raised over the one before it."""
    boxes = [_box(grid, layout, look) for grid, layout in zip(grids, made, strict=True)]
    height, found = 0.0, [made[0]]
    for number in range(1, len(made)):
        height += boxes[number - 1][1, 2] - BASE + _gap(look, camera, boxes[number - 1], boxes[number])
        found.append(made[number].raised(height))
    return found


def _box(grid: Strips, layout: Layout, look: Look) -> Floats:
    """Shape (2, 3): the lowest and the highest corner of a grid's undersides."""
    ends = [[strip.cells.start, strip.cells.stop - 1] for strip in reversed(grid)]
    corners = layout.place(np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 4))
    half = np.array([look.tile_size / 2, look.tile_size / 2, 0])
    return np.array([corners.min(axis=0) - half, corners.max(axis=0) + half])


def _gap(look: Look, camera: Camera, lower: Floats, upper: Floats) -> float:
    """The height of a grid over the one below: what the look says, or what lets the camera see below it."""
    if look.gap is not None:
        return look.gap
    azimuth = np.radians(camera.azimuth)
    ahead = np.abs([np.sin(azimuth), np.cos(azimuth)])
    depths = [float((box[1] - box[0])[:2] @ ahead) for box in (lower, upper)]
    # at this height the upper grid's near edge and the lower one's far edge meet in the picture
    clear = np.tan(_elevation(camera)) * sum(depths) / 2
    # a quarter may be hidden, but not where it would be most of a lower grid that is the smaller one
    return float(np.clip(clear if depths[1] > depths[0] else 0.75 * clear, LEAST_GAP, None))
