# SPDX-License-Identifier: GPL-3.0-or-later
"""The places of a grid's cells: rows and columns lie flat; slices and channels are stacked or side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats
from ..camera.framing import ReservedMargins, View, fit_view, list_box_corners
from ..layers.axis import INPUT, OUTPUT_PADDING
from ..spec.camera_section import Camera
from ..spec.look_section import Look
from ..spec.show_section import Show
from ..walk.dependencies import GridAxes, GridAxis
from .clearance import find_required_height, is_steep, sample_orbit_angles

BASE_HEIGHT = 0.1
"""Height of the lowest underside of the lowest grid above the floor."""

SLICE_GAP = 1.0
"""Gap between two slices side by side, in tiles, for a spread of 1."""

ROW_GAP = 0.35
"""Gap between the channels of a 1D layer, which form one plane, in tiles, for a spread of 1."""

MIN_GAP = 2.0
"""Minimum height of one grid above another where the camera decides it, rather than the look's gap."""

SIDE_GAP = 1.6
"""Gap between grids side by side, which a steep camera needs, in tiles."""

PERSPECTIVE_ROUNDS = 6
"""Perspective only: rounds of computing heights, which depend on the camera, and the camera, which depends on them."""

MAX_SAMPLES = 41
"""Maximum number of cells per axis that are sampled to find the height of the grid above."""

SIDE_DIRECTIONS = ("right", "back")
"""Directions in the picture in which the next grid may lie beside the one before."""


@dataclass(frozen=True)
class Layout:
    """The places of a grid's cells.

    origin: shape (3,), middle of the underside of cell (0, 0, 0) of channel 0
    offsets: shape (4, 3), from a cell to the next cell along x, y, z and the channels
    """

    origin: Floats
    offsets: Floats

    def to_world(self, cells: Floats) -> Floats:
        """Return the middles of the undersides (..., 3) of cells (..., 4)."""
        return self.origin + cells @ self.offsets

    def list_coordinates_along(self, axis: int, cells: Sequence[Floats]) -> Floats:
        """Return the world coordinates (n,) along one axis of all combinations of cells.

        cells: the cells along x, y, z and the channels; axes that do not change the coordinate are left out
        """
        coordinates = self.origin[axis : axis + 1]
        for offset, indices in zip(self.offsets[:, axis], cells, strict=True):
            if offset:
                coordinates = (coordinates[:, None] + indices * offset).ravel()
        return coordinates

    def raise_by(self, height: float) -> Layout:
        """Return the same layout, higher by `height` world units."""
        return replace(self, origin=self.origin + np.array([0.0, 0.0, height]))


@dataclass(frozen=True)
class LayoutOption:
    """One way to lay grids out, of those that a spec allows.

    is_stacked: slices stand above each other where they may also be side by side
    side:    one of SIDE_DIRECTIONS for grids side by side, as under a steep camera; None for grids above each other
    stretch: factor on the minimum heights between grids
    """

    is_stacked: bool = False
    side: str | None = None
    stretch: float = 1.0


def list_layout_options(show: Show, look: Look, camera: Camera) -> list[LayoutOption]:
    """Return the layout options that a spec allows."""
    is_from_above = is_steep(camera)
    stackings = {"above": [True], "beside": [False], "auto": [False] if is_from_above else [False, True]}[show.stack]
    sides = SIDE_DIRECTIONS if is_from_above and look.gap is None else (None,)
    return [LayoutOption(is_stacked, side) for is_stacked in stackings for side in sides]


def may_occlude(look: Look, camera: Camera, option: LayoutOption) -> bool:
    """Return True if a grid may hide active tiles below it; False where heights were computed to prevent that."""
    return look.gap is not None or (is_steep(camera) and option.is_stacked)


def can_stretch(look: Look, option: LayoutOption) -> bool:
    """Return True if grids may stand higher than they must: no gap is set, and they are not side by side."""
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
    """Return the layouts of grids, from the lowest up.

    Each grid's cells stand above, or beside, the middle of the cells that they are computed from; after a causal
    layer, above the last of these.

    causal: per layer, one fewer than grids
    lift:   how far active tiles rise
    reserved: margins that labels keep free, in perspective
    """
    views: list[View] = []
    for _ in range(PERSPECTIVE_ROUNDS - 1 if camera.projection == "perspective" else 0):
        layouts = lay_out_grids(grids, causal, show, look, camera, lift, option, views)
        views = estimate_views(grids, layouts, look, camera, resolution, lift, reserved)
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
    """Return the layouts of grids for given views.

    views: perspective views of the scene; without any, the camera is assumed to be infinitely far away
    """
    has_equal_channels = len({len(grid[0].cells) for grid in grids}) == 1
    max_sizes = [max(len(grid[axis].cells) for grid in grids) for axis in range(4)]
    layouts: list[Layout] = []
    for number, grid in enumerate(grids):
        sizes = [len(axis.cells) for axis in grid]
        if has_equal_channels:  # then each channel stands above the same one of the grid below
            sizes = [sizes[0], *max_sizes[1:]]
        clearance = 1.0
        if option.is_stacked and sizes[0] * sizes[1] > 1:
            center = layouts[-1].origin if layouts else np.zeros(3)
            clearance = _find_slice_clearance(sizes, center, camera, views)
        slice_height = look.thickness + lift + show.spread * clearance
        offsets = _make_cell_offsets(sizes, show, look, slice_height, option.is_stacked)
        first_cell = _find_first_cell(grids, layouts, number, offsets, number > 0 and causal[number - 1])
        origin = first_cell - _make_cell((0, 0, 0), _find_axis_center(grid[0])) @ offsets
        lowest_slice = grid[1].cells.start * offsets[2, 2]  # of padding, where there is any
        layouts.append(Layout(np.array([origin[0], origin[1], BASE_HEIGHT - lowest_slice]), offsets))
    if option.side is not None:
        return _place_side_by_side(grids, layouts, look, camera, option.side)
    if look.gap is not None:
        return _raise_by_gap(grids, layouts, look)
    return _raise_to_visibility(grids, layouts, look, camera, views, lift, option.stretch)


def _find_slice_clearance(sizes: Sequence[int], center: Floats, camera: Camera, views: Sequence[View]) -> float:
    """Return the height of one slice above another at which the camera sees all of each, for slices around a point."""
    half = np.array([sizes[3], sizes[2], 0]) / 2
    box = np.array([center - half, center + half])
    points_xy = [np.linspace(low, high, MAX_SAMPLES) for low, high in np.array([box[0] + 0.5, box[1] - 0.5])[:, :2].T]
    return max(find_required_height(points_xy, float(center[2]), box, camera, views), 1.0)


def _make_cell_offsets(sizes: Sequence[int], show: Show, look: Look, slice_height: float, is_stacked: bool) -> Floats:
    """Return the offsets (4, 3) from cell to cell along x, y, z and the channels.

    sizes: channels, slices, rows and columns
    slice_height: from slice to slice, where they are stacked
    """
    channels, slices, rows, columns = sizes
    down = -1.0 if look.first_row == "far" else 1.0
    offsets = np.zeros((4, 3))
    offsets[0, 0], offsets[1, 1] = 1.0, down
    beside = columns + SLICE_GAP * show.spread
    if slices > 1:
        offsets[2] = (0, 0, slice_height) if is_stacked else (beside, 0, 0)
    if channels > 1:
        if rows == 1 and slices == 1 and not is_stacked:
            offsets[3, 1] = down * (1 + ROW_GAP * show.spread)
        elif is_stacked:
            offsets[3, 2] = slice_height * slices
        elif offsets[2, 0]:
            offsets[3, 1] = down * (rows + SLICE_GAP * show.spread)
        else:
            offsets[3, 0] = beside
    return offsets


def _find_axis_center(axis: GridAxis) -> float:
    return (axis.cells.start + axis.cells.stop - 1) / 2


def _find_first_cell(
    grids: Sequence[GridAxes], layouts: Sequence[Layout], number: int, offsets: Floats, causal: bool
) -> Floats:
    """Return the place on the floor, shape (3,), of cell (0, 0, 0) of a grid's middle channel.

    The grid then stands above the cells that it is computed from, see make_layouts; the lowest grid at the origin.
    """
    on_floor = np.array([1.0, 1.0, 0.0])
    if number == 0:
        inputs = [
            _find_midpoint(axis.cells.start + np.flatnonzero(np.isin(axis.kinds, (INPUT, OUTPUT_PADDING))))
            for axis in grids[0][1:]
        ]
        return -_make_cell(inputs, 0.0) @ offsets * on_floor
    below, above = grids[number - 1], grids[number]
    if any(np.isnan(axis.value_first).all() for axis in above[1:]):  # what is above reads padding alone
        read, computed = ([_find_axis_center(axis) for axis in grid[1:]] for grid in (below, above))
    elif causal:
        read = [float(np.nanmin(axis.active_last)) for axis in below[1:]]
        computed = [float(np.nanmin(axis.value_first)) for axis in above[1:]]
    else:
        read = [_find_midpoint(axis.active_first, axis.active_last) for axis in below[1:]]
        computed = [_find_midpoint(axis.value_first, axis.value_last) for axis in above[1:]]
    read_cell, computed_cell = _make_cell(read, _find_axis_center(below[0])), _make_cell(computed, 0.0)
    return (layouts[number - 1].to_world(read_cell) - computed_cell @ offsets) * on_floor


def _find_midpoint(*cells: NDArray[Any]) -> float:
    return float(np.nanmin(cells) + np.nanmax(cells)) / 2


def _make_cell(zyx: Sequence[float], channel: float) -> Floats:
    """Return a cell (4,) from its z, y and x and its channel."""
    return np.array([*reversed(zyx), channel])


def _raise_by_gap(grids: Sequence[GridAxes], layouts: Sequence[Layout], look: Look) -> list[Layout]:
    """Return the layouts, each raised above the one before by the look's gap."""
    height, raised = 0.0, [layouts[0]]
    for number in range(1, len(layouts)):
        below = _make_underside_box(grids[number - 1], layouts[number - 1], look)
        height += below[1, 2] - BASE_HEIGHT + (look.gap or 0.0)
        raised.append(layouts[number].raise_by(height))
    return raised


def _raise_to_visibility(
    grids: Sequence[GridAxes],
    layouts: Sequence[Layout],
    look: Look,
    camera: Camera,
    views: Sequence[View],
    lift: float,
    stretch: float,
) -> list[Layout]:
    """Return the layouts, each raised until the camera sees all active, lifted tiles of the grids below.

    The height of each grid above the one before is multiplied by `stretch`.
    """
    raised, tile_top = [layouts[0]], look.thickness + lift
    samples = [_sample_active_cells(grid) for grid in grids[:-1]]
    for number in range(1, len(layouts)):
        box = _make_underside_box(grids[number], layouts[number], look)
        heights = []
        for layout, cells in zip(raised, samples, strict=False):
            if cells is not None:
                x, y, z = (layout.list_coordinates_along(axis, cells) for axis in range(3))
                low, high = float(z.min()) + tile_top, float(z.max()) + tile_top
                heights.append(high + find_required_height((x, y), low, box, camera, views))
        below = _make_underside_box(grids[number - 1], raised[-1], look)[1, 2]
        height = max([*heights, below + MIN_GAP])
        raised.append(layouts[number].raise_by(below + stretch * (height - below) - BASE_HEIGHT))
    return raised


def estimate_views(
    grids: Sequence[GridAxes],
    layouts: Sequence[Layout],
    look: Look,
    camera: Camera,
    resolution: tuple[int, int],
    lift: float,
    reserved: ReservedMargins,
) -> list[View]:
    """Return approximate views of grids with these layouts, along the camera's orbit."""
    tile_tops = np.array([[0, 0, 0], [0, 0, look.thickness + lift]])
    boxes = [_make_underside_box(grid, layout, look) + tile_tops for grid, layout in zip(grids, layouts, strict=True)]
    angles = sample_orbit_angles(camera)
    view = fit_view(list_box_corners(boxes), camera, resolution, angles, reserved)
    return [view.orbit_by(angle) for angle in angles.tolist()]


def _sample_active_cells(grid: GridAxes) -> list[Floats] | None:
    """Return evenly spread cells along x, y, z and the channels that are ever active, the outermost among them.

    None if no cell ever is.
    """
    if any(np.isnan(axis.active_first).all() for axis in grid):
        return None
    ends = [(np.nanmin(axis.active_first), np.nanmax(axis.active_last)) for axis in reversed(grid)]
    return [np.linspace(low, high, min(int(high - low) + 1, MAX_SAMPLES)) for low, high in ends]


def _place_side_by_side(
    grids: Sequence[GridAxes], layouts: Sequence[Layout], look: Look, camera: Camera, side: str
) -> list[Layout]:
    """Return the layouts, each to the right of the one before in the picture, or behind it."""
    azimuth = np.radians(camera.azimuth)
    direction = {"right": (np.cos(azimuth), np.sin(azimuth)), "back": (-np.sin(azimuth), np.cos(azimuth))}[side]
    axis = int(np.argmax(np.abs(direction)))
    sign = 1.0 if direction[axis] > 0 else -1.0
    leading, placed = int(sign > 0), [layouts[0]]
    for number in range(1, len(layouts)):
        before = _make_underside_box(grids[number - 1], placed[-1], look)
        box = _make_underside_box(grids[number], layouts[number], look)
        shift = np.zeros(3)
        shift[axis] = before[leading, axis] + sign * SIDE_GAP - box[1 - leading, axis]
        placed.append(replace(layouts[number], origin=layouts[number].origin + shift))
    return placed


def _make_underside_box(grid: GridAxes, layout: Layout, look: Look) -> Floats:
    """Return the lowest and the highest corner (2, 3) of the undersides of a grid's tiles."""
    ends = [[axis.cells.start, axis.cells.stop - 1] for axis in reversed(grid)]
    corners = layout.to_world(np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 4))
    half = np.array([look.tile_size / 2, look.tile_size / 2, 0])
    return np.array([corners.min(axis=0) - half, corners.max(axis=0) + half])
