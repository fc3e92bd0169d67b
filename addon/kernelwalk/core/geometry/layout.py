# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the tiles of each grid stand: rows and columns lie flat, slices and channels are spread to be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..camera.framing import ReservedMargins, View, box_corners, fit_view
from ..layers.axis import INPUT, OUTPUT_PADDING
from ..spec.look_section import Camera, Look
from ..spec.show_section import Show
from ..walk.activation import Floats
from ..walk.dependencies import GridAxes, GridAxis
from .clearance import is_steep, required_height, sample_orbit_angles

BASE_HEIGHT = 0.1
"""Height of the lowest grid's underside over the floor."""

SLICE_GAP = 1.0
"""Free tiles between two slices that lie beside each other, for a spread of 1."""

ROW_GAP = 0.35
"""The same between the channels of one axis alone, which make a plane of their own."""

MIN_GAP = 2.0
"""The least height of one grid over another, where the camera's angle decides."""

SIDE_GAP = 1.6
"""Free tiles between grids that lie beside each other, as a camera from high above asks for."""

PERSPECTIVE_ROUNDS = 6
"""How often heights are found again in perspective, where the camera's place depends on them."""

MAX_SAMPLES = 41
"""Cells along an axis that are looked at to see how high another grid must stand."""

SIDE_DIRECTIONS = ("right", "back")
"""Where the next grid may lie beside the one before."""


@dataclass(frozen=True)
class Layout:
    """Where the cells of a grid stand.

    origin: shape (3,), the middle of the underside of the cell (0, 0, 0) of channel 0
    steps:  shape (4, 3), how far it is to the next cell along x, y, z and the channels
    """

    origin: Floats
    steps: Floats

    def to_world(self, cells: Floats) -> Floats:
        """Shape (..., 3): the middle of the underside of cells (..., 4)."""
        return self.origin + cells @ self.steps

    def coordinates_along(self, axis: int, cells: Sequence[Floats]) -> Floats:
        """Shape (n,): where cells stand along an axis of the world, given those along x, y, z and the channels."""
        found = self.origin[axis : axis + 1]
        for steps, places in zip(self.steps[:, axis], cells, strict=True):
            if steps:
                found = (found[:, None] + places * steps).ravel()
        return found

    @property
    def stacked_axes(self) -> list[bool]:
        """Along which axes cells stand above each other."""
        return [bool(step[2] > 0) for step in self.steps]

    def raised_by(self, height: float) -> Layout:
        return replace(self, origin=self.origin + np.array([0.0, 0.0, height]))


@dataclass(frozen=True)
class LayoutOption:
    """What may be chosen of a layout.

    above: whether slices stand above each other where either may be
    aside: one of ASIDES, where the camera looks from so high that grids lie beside each other; else None
    stretch: how many times as high as they must be grids stand over each other
    """

    is_stacked: bool = False
    side: str | None = None
    stretch: float = 1.0


def list_layout_options(show: Show, look: Look, camera: Camera) -> list[LayoutOption]:
    """What a spec leaves open."""
    steep = is_steep(camera)
    stacks = {"above": [True], "beside": [False], "auto": [False] if steep else [False, True]}[show.stack]
    asides = SIDE_DIRECTIONS if steep and look.gap is None else (None,)
    return [LayoutOption(above, aside) for above in stacks for aside in asides]


def may_occlude(look: Look, camera: Camera, option: LayoutOption) -> bool:
    """Whether tiles may stand before others that are to be seen: not where heights or places were found so that none
    does."""
    return look.gap is not None or (is_steep(camera) and option.is_stacked)


def can_stretch(look: Look, option: LayoutOption) -> bool:
    """Whether grids may stand higher than they must: where nothing else says how high."""
    return look.gap is None and option.side is None


def make_layouts(
    grids: Sequence[GridAxes],
    causal: Sequence[bool],
    show: Show,
    look: Look,
    camera: Camera,
    resolution: tuple[int, int],
    lift: float,
    reserved: ReservedMargins,
    option: LayoutOption,
) -> list[Layout]:
    """The layouts of grids, from the lowest up.

    lift: how far tiles rise while they are lit
    bands: of the picture that words keep free, in perspective

    Each grid's cells stand over the middle of all that they are computed from, or beside it; after a `causal` layer, of
    which there is one less than grids, over the last that they are computed from.
    """
    views: list[View] = []
    for _ in range(PERSPECTIVE_ROUNDS - 1 if camera.projection == "perspective" else 0):
        found = lay_out_grids(grids, causal, show, look, camera, lift, option, views)
        views = estimate_views(grids, found, look, camera, resolution, lift, reserved)
    return lay_out_grids(grids, causal, show, look, camera, lift, option, views)


def lay_out_grids(
    grids: Sequence[GridAxes],
    causal: Sequence[bool],
    show: Show,
    look: Look,
    camera: Camera,
    lift: float,
    option: LayoutOption,
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
        if option.is_stacked and sizes[0] * sizes[1] > 1:
            place = made[-1].origin if made else np.zeros(3)
            clear = _visible_slice_height(sizes, place, camera, views)
        steps = _cell_steps(sizes, show, look, look.thickness + lift + show.spread * clear, option.is_stacked)
        flat = _center_over_below(grids, made, number, steps, number > 0 and causal[number - 1])
        origin = flat - _cell_from_axes((0, 0, 0), _axis_center(grid[0])) @ steps
        made.append(Layout(np.array([origin[0], origin[1], BASE_HEIGHT]), steps))
    if option.side is not None:
        return _place_side_by_side(grids, made, look, camera, option.side)
    if look.gap is not None:
        return _raise_by_gap(grids, made, look)
    return _raise_to_visibility(grids, made, look, camera, views, lift, option.stretch)


def _visible_slice_height(sizes: Sequence[int], place: Floats, camera: Camera, views: Sequence[View]) -> float:
    """The height of one slice over another at which the camera sees each whole, for slices around a place."""
    half = np.array([sizes[3], sizes[2], 0]) / 2
    box = np.array([place - half, place + half])
    along = [np.linspace(low, high, MAX_SAMPLES) for low, high in np.array([box[0] + 0.5, box[1] - 0.5])[:, :2].T]
    return max(required_height(along, float(place[2]), box, camera, views), 1.0)


def _cell_steps(sizes: Sequence[int], show: Show, look: Look, clear: float, is_stacked: bool) -> Floats:
    """Shape (4, 3): from cell to cell along x, y, z and the channels, for a grid of so many channels, z, y and x.

    clear: from slice to slice, where they stand above each other
    """
    channels, slices, rows, columns = sizes
    down = -1.0 if look.first_row == "far" else 1.0
    steps = np.zeros((4, 3))
    steps[0, 0], steps[1, 1] = 1.0, down
    beside = columns + SLICE_GAP * show.spread
    if slices > 1:
        steps[2] = (0, 0, clear) if is_stacked else (beside, 0, 0)
    if channels > 1:
        if rows == 1 and slices == 1 and not is_stacked:
            steps[3, 1] = down * (1 + ROW_GAP * show.spread)
        elif is_stacked:
            steps[3, 2] = clear * (slices if steps[2, 2] else 1)
        elif steps[2, 0]:
            steps[3, 1] = down * (rows + SLICE_GAP * show.spread)
        else:
            steps[3, 0] = beside
    return steps


def _axis_center(strip: GridAxis) -> float:
    return (strip.cells.start + strip.cells.stop - 1) / 2


def _center_over_below(
    grids: Sequence[GridAxes], made: Sequence[Layout], number: int, steps: Floats, causal: bool
) -> Floats:
    """Shape (3,): where the cell 0 of a grid's channels' middle stands, on the floor."""
    flat = np.array([1.0, 1.0, 0.0])
    if number == 0:
        inputs = [
            _midpoint(strip.cells.start + np.flatnonzero(np.isin(strip.kinds, (INPUT, OUTPUT_PADDING))))
            for strip in grids[0][1:]
        ]
        return -_cell_from_axes(inputs, 0.0) @ steps * flat
    below, own = grids[number - 1], grids[number]
    if any(np.isnan(strip.value_first).all() for strip in own[1:]):  # what is above reads padding alone
        seen, by = ([_axis_center(strip) for strip in grid[1:]] for grid in (below, own))
    elif causal:
        seen = [float(np.nanmin(strip.active_last)) for strip in below[1:]]
        by = [float(np.nanmin(strip.value_first)) for strip in own[1:]]
    else:
        seen = [_midpoint(strip.active_first, strip.active_last) for strip in below[1:]]
        by = [_midpoint(strip.value_first, strip.value_last) for strip in own[1:]]
    fields, computed = _cell_from_axes(seen, _axis_center(below[0])), _cell_from_axes(by, 0.0)
    return (made[number - 1].to_world(fields) - computed @ steps) * flat


def _midpoint(*ends: NDArray[Any]) -> float:
    return float(np.nanmin(ends) + np.nanmax(ends)) / 2


def _cell_from_axes(axes: Sequence[float], channel: float) -> Floats:
    """A cell (4,) from its z, y and x."""
    return np.array([*reversed(axes), channel])


def _raise_by_gap(grids: Sequence[GridAxes], made: Sequence[Layout], look: Look) -> list[Layout]:
    """The layouts, each raised over the one before it by the look's gap."""
    height, found = 0.0, [made[0]]
    for number in range(1, len(made)):
        below = _underside_box(grids[number - 1], made[number - 1], look)
        height += below[1, 2] - BASE_HEIGHT + (look.gap or 0.0)
        found.append(made[number].raised_by(height))
    return found


def _raise_to_visibility(
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
    looked_at = [_sample_active_cells(grid) for grid in grids[:-1]]
    for number in range(1, len(made)):
        box = _underside_box(grids[number], made[number], look)
        heights = []
        for layout, cells in zip(found, looked_at, strict=False):
            if cells is not None:
                x, y, z = (layout.coordinates_along(axis, cells) for axis in range(3))
                low, high = float(z.min()) + upright, float(z.max()) + upright
                heights.append(high + required_height((x, y), low, box, camera, views))
        below = _underside_box(grids[number - 1], found[-1], look)[1, 2]
        height = max([*heights, below + MIN_GAP])
        found.append(made[number].raised_by(below + stretch * (height - below) - BASE_HEIGHT))
    return found


def estimate_views(
    grids: Sequence[GridAxes],
    layouts: Sequence[Layout],
    look: Look,
    camera: Camera,
    resolution: tuple[int, int],
    lift: float,
    reserved: ReservedMargins,
) -> list[View]:
    """About from where the camera will see grids that stand so."""
    tops = np.array([[0, 0, 0], [0, 0, look.thickness + lift]])
    boxes = [_underside_box(grid, layout, look) + tops for grid, layout in zip(grids, layouts, strict=True)]
    corners = box_corners(boxes)
    turns = sample_orbit_angles(camera)
    view = fit_view(corners, camera, resolution, turns, reserved)
    return [view.orbit_by(turn) for turn in turns.tolist()]


def _sample_active_cells(grid: GridAxes) -> list[Floats] | None:
    """Cells of a grid, along x, y, z and the channels, that are ever lit, spread over all of them, the outermost among
    them; None where there are none."""
    if any(np.isnan(strip.active_first).all() for strip in grid):
        return None
    ends = [(np.nanmin(strip.active_first), np.nanmax(strip.active_last)) for strip in reversed(grid)]
    return [np.linspace(low, high, min(int(high - low) + 1, MAX_SAMPLES)) for low, high in ends]


def _place_side_by_side(
    grids: Sequence[GridAxes], made: Sequence[Layout], look: Look, camera: Camera, side: str
) -> list[Layout]:
    """The layouts, each to the right of the one before it in the picture, or behind it."""
    azimuth = np.radians(camera.azimuth)
    way = {"right": (np.cos(azimuth), np.sin(azimuth)), "back": (-np.sin(azimuth), np.cos(azimuth))}[side]
    axis = int(np.argmax(np.abs(way)))
    sign = 1.0 if way[axis] > 0 else -1.0
    ahead, found = int(sign > 0), [made[0]]
    for number in range(1, len(made)):
        before = _underside_box(grids[number - 1], found[-1], look)
        own = _underside_box(grids[number], made[number], look)
        shift = np.zeros(3)
        shift[axis] = before[ahead, axis] + sign * SIDE_GAP - own[1 - ahead, axis]
        found.append(replace(made[number], origin=made[number].origin + shift))
    return found


def _underside_box(grid: GridAxes, layout: Layout, look: Look) -> Floats:
    """Shape (2, 3): the lowest and the highest corner of a grid's undersides."""
    ends = [[strip.cells.start, strip.cells.stop - 1] for strip in reversed(grid)]
    corners = layout.to_world(np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 4))
    half = np.array([look.tile_size / 2, look.tile_size / 2, 0])
    return np.array([corners.min(axis=0) - half, corners.max(axis=0) + half])
