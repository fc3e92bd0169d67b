# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the tiles of each grid stand: rows and columns lie flat, slices and channels are spread to be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..layers.axis import INPUT, OUTPUT_PADDING
from ..spec.look_section import Camera, Look
from ..spec.show_section import Show
from ..walk.activation import Floats
from ..walk.dependencies import GridAxes, GridAxis
from .clearance import is_steep, rise, turns_of
from .framing import Bands, View, corners_of, fit

BASE = 0.1
"""Height of the lowest grid's underside over the floor."""

APART = 1.0
"""Free tiles between two slices that lie beside each other, for a spread of 1."""

ROWS_APART = 0.35
"""The same between the channels of one axis alone, which make a plane of their own."""

LEAST_GAP = 2.0
"""The least height of one grid over another, where the camera's angle decides."""

ASIDE = 1.6
"""Free tiles between grids that lie beside each other, as a camera from high above asks for."""

ROUNDS = 6
"""How often heights are found again in perspective, where the camera's place depends on them."""

MOST_LOOKED_AT = 41
"""Cells along an axis that are looked at to see how high another grid must stand."""

ASIDES = ("right", "back")
"""Where the next grid may lie beside the one before."""


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

    def along(self, axis: int, cells: Sequence[Floats]) -> Floats:
        """Shape (n,): where cells stand along an axis of the world, given those along x, y, z and the channels."""
        found = self.origin[axis : axis + 1]
        for steps, places in zip(self.steps[:, axis], cells, strict=True):
            if steps:
                found = (found[:, None] + places * steps).ravel()
        return found

    @property
    def tall(self) -> list[bool]:
        """Along which axes cells stand above each other."""
        return [bool(step[2] > 0) for step in self.steps]

    def raised(self, lift: float) -> Layout:
        return replace(self, origin=self.origin + np.array([0.0, 0.0, lift]))


@dataclass(frozen=True)
class Way:
    """What may be chosen of a layout.

    above: whether slices stand above each other where either may be
    aside: one of ASIDES, where the camera looks from so high that grids lie beside each other; else None
    stretch: how many times as high as they must be grids stand over each other
    """

    above: bool = False
    aside: str | None = None
    stretch: float = 1.0


def ways(show: Show, look: Look, camera: Camera) -> list[Way]:
    """What a spec leaves open."""
    steep = is_steep(camera)
    stacks = {"above": [True], "beside": [False], "auto": [False] if steep else [False, True]}[show.stack]
    asides = ASIDES if steep and look.gap is None else (None,)
    return [Way(above, aside) for above in stacks for aside in asides]


def hides(look: Look, camera: Camera, way: Way) -> bool:
    """Whether tiles may stand before others that are to be seen: not where heights or places were found so that none
    does."""
    return look.gap is not None or (is_steep(camera) and way.above)


def may_stretch(look: Look, way: Way) -> bool:
    """Whether grids may stand higher than they must: where nothing else says how high."""
    return look.gap is None and way.aside is None


def layouts(
    grids: Sequence[GridAxes],
    causal: Sequence[bool],
    show: Show,
    look: Look,
    camera: Camera,
    resolution: tuple[int, int],
    lift: float,
    bands: Bands,
    way: Way,
) -> list[Layout]:
    """The layouts of grids, from the lowest up.

    lift: how far tiles rise while they are lit
    bands: of the picture that words keep free, in perspective

    Each grid's cells stand over the middle of all that they are computed from, or beside it; after a `causal` layer, of
    which there is one less than grids, over the last that they are computed from.
    """
    views: list[View] = []
    for _ in range(ROUNDS - 1 if camera.projection == "perspective" else 0):
        found = _laid(grids, causal, show, look, camera, lift, way, views)
        views = _views(grids, found, look, camera, resolution, lift, bands)
    return _laid(grids, causal, show, look, camera, lift, way, views)


def _laid(
    grids: Sequence[GridAxes],
    causal: Sequence[bool],
    show: Show,
    look: Look,
    camera: Camera,
    lift: float,
    way: Way,
    views: Sequence[View],
) -> list[Layout]:
    """The layouts, as they are to be seen in `views`; see clearance.rise."""
    alike = len({len(grid[0].cells) for grid in grids}) == 1
    widest = [max(len(grid[axis].cells) for grid in grids) for axis in range(4)]
    made: list[Layout] = []
    for number, grid in enumerate(grids):
        sizes = [len(strip.cells) for strip in grid]
        if alike:  # then each channel stands over the one below
            sizes = [sizes[0], *widest[1:]]
        clear = 1.0
        if way.above and sizes[0] * sizes[1] > 1:
            place = made[-1].origin if made else np.zeros(3)
            clear = _clear(sizes, place, camera, views)
        steps = _steps(sizes, show, look, look.thickness + lift + show.spread * clear, way.above)
        flat = _middle(grids, made, number, steps, number > 0 and causal[number - 1])
        origin = flat - _row((0, 0, 0), _center(grid[0])) @ steps
        made.append(Layout(np.array([origin[0], origin[1], BASE]), steps))
    if way.aside is not None:
        return _beside(grids, made, look, camera, way.aside)
    if look.gap is not None:
        return _apart(grids, made, look)
    return _over(grids, made, look, camera, views, lift, way.stretch)


def _clear(sizes: Sequence[int], place: Floats, camera: Camera, views: Sequence[View]) -> float:
    """The height of one slice over another at which the camera sees each whole, for slices around a place."""
    half = np.array([sizes[3], sizes[2], 0]) / 2
    box = np.array([place - half, place + half])
    along = [np.linspace(low, high, MOST_LOOKED_AT) for low, high in np.array([box[0] + 0.5, box[1] - 0.5])[:, :2].T]
    return max(rise(along, float(place[2]), box, camera, views), 1.0)


def _steps(sizes: Sequence[int], show: Show, look: Look, clear: float, above: bool) -> Floats:
    """Shape (4, 3): from cell to cell along x, y, z and the channels, for a grid of so many channels, z, y and x.

    clear: from slice to slice, where they stand above each other
    """
    channels, slices, rows, columns = sizes
    down = -1.0 if look.first_row == "far" else 1.0
    steps = np.zeros((4, 3))
    steps[0, 0], steps[1, 1] = 1.0, down
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


def _center(strip: GridAxis) -> float:
    return (strip.cells.start + strip.cells.stop - 1) / 2


def _middle(grids: Sequence[GridAxes], made: Sequence[Layout], number: int, steps: Floats, causal: bool) -> Floats:
    """Shape (3,): where the cell 0 of a grid's channels' middle stands, on the floor."""
    flat = np.array([1.0, 1.0, 0.0])
    if number == 0:
        inputs = [
            _middle_of(strip.cells.start + np.flatnonzero(np.isin(strip.kinds, (INPUT, OUTPUT_PADDING))))
            for strip in grids[0][1:]
        ]
        return -_row(inputs, 0.0) @ steps * flat
    below, own = grids[number - 1], grids[number]
    if any(np.isnan(strip.value_first).all() for strip in own[1:]):  # what is above reads padding alone
        seen, by = ([_center(strip) for strip in grid[1:]] for grid in (below, own))
    elif causal:
        seen = [float(np.nanmin(strip.active_last)) for strip in below[1:]]
        by = [float(np.nanmin(strip.value_first)) for strip in own[1:]]
    else:
        seen = [_middle_of(strip.active_first, strip.active_last) for strip in below[1:]]
        by = [_middle_of(strip.value_first, strip.value_last) for strip in own[1:]]
    fields, computed = _row(seen, _center(below[0])), _row(by, 0.0)
    return (made[number - 1].place(fields) - computed @ steps) * flat


def _middle_of(*ends: NDArray[Any]) -> float:
    return float(np.nanmin(ends) + np.nanmax(ends)) / 2


def _row(axes: Sequence[float], channel: float) -> Floats:
    """A cell (4,) from its z, y and x."""
    return np.array([*reversed(axes), channel])


def _apart(grids: Sequence[GridAxes], made: Sequence[Layout], look: Look) -> list[Layout]:
    """The layouts, each raised over the one before it by the look's gap."""
    height, found = 0.0, [made[0]]
    for number in range(1, len(made)):
        below = _box(grids[number - 1], made[number - 1], look)
        height += below[1, 2] - BASE + (look.gap or 0.0)
        found.append(made[number].raised(height))
    return found


def _over(
    grids: Sequence[GridAxes],
    made: Sequence[Layout],
    look: Look,
    camera: Camera,
    views: Sequence[View],
    lift: float,
    stretch: float,
) -> list[Layout]:
    """The layouts, each raised so far that the camera sees what is lit, and lifted, of those below it, and `stretch`
    times as far over the one before."""
    found, upright = [made[0]], look.thickness + lift
    looked_at = [_looked_at(grid) for grid in grids[:-1]]
    for number in range(1, len(made)):
        box = _box(grids[number], made[number], look)
        heights = []
        for layout, cells in zip(found, looked_at, strict=False):
            if cells is not None:
                x, y, z = (layout.along(axis, cells) for axis in range(3))
                low, high = float(z.min()) + upright, float(z.max()) + upright
                heights.append(high + rise((x, y), low, box, camera, views))
        below = _box(grids[number - 1], found[-1], look)[1, 2]
        height = max([*heights, below + LEAST_GAP])
        found.append(made[number].raised(below + stretch * (height - below) - BASE))
    return found


def _views(
    grids: Sequence[GridAxes],
    layouts: Sequence[Layout],
    look: Look,
    camera: Camera,
    resolution: tuple[int, int],
    lift: float,
    bands: Bands,
) -> list[View]:
    """About from where the camera will see grids that stand so."""
    tops = np.array([[0, 0, 0], [0, 0, look.thickness + lift]])
    boxes = [_box(grid, layout, look) + tops for grid, layout in zip(grids, layouts, strict=True)]
    corners = corners_of(boxes)
    turns = turns_of(camera)
    view = fit(corners, camera, resolution, turns, bands)
    return [view.turned(turn) for turn in turns.tolist()]


def _looked_at(grid: GridAxes) -> list[Floats] | None:
    """Cells of a grid, along x, y, z and the channels, that are ever lit, spread over all of them, the outermost among
    them; None where there are none."""
    if any(np.isnan(strip.active_first).all() for strip in grid):
        return None
    ends = [(np.nanmin(strip.active_first), np.nanmax(strip.active_last)) for strip in reversed(grid)]
    return [np.linspace(low, high, min(int(high - low) + 1, MOST_LOOKED_AT)) for low, high in ends]


def _beside(grids: Sequence[GridAxes], made: Sequence[Layout], look: Look, camera: Camera, aside: str) -> list[Layout]:
    """The layouts, each to the right of the one before it in the picture, or behind it."""
    azimuth = np.radians(camera.azimuth)
    way = {"right": (np.cos(azimuth), np.sin(azimuth)), "back": (-np.sin(azimuth), np.cos(azimuth))}[aside]
    axis = int(np.argmax(np.abs(way)))
    sign = 1.0 if way[axis] > 0 else -1.0
    ahead, found = int(sign > 0), [made[0]]
    for number in range(1, len(made)):
        before = _box(grids[number - 1], found[-1], look)
        own = _box(grids[number], made[number], look)
        shift = np.zeros(3)
        shift[axis] = before[ahead, axis] + sign * ASIDE - own[1 - ahead, axis]
        found.append(replace(made[number], origin=made[number].origin + shift))
    return found


def _box(grid: GridAxes, layout: Layout, look: Look) -> Floats:
    """Shape (2, 3): the lowest and the highest corner of a grid's undersides."""
    ends = [[strip.cells.start, strip.cells.stop - 1] for strip in reversed(grid)]
    corners = layout.place(np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 4))
    half = np.array([look.tile_size / 2, look.tile_size / 2, 0])
    return np.array([corners.min(axis=0) - half, corners.max(axis=0) + half])
