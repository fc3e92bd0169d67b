# SPDX-License-Identifier: GPL-3.0-or-later
"""The tiles of a plan on a frame: where they stand, and how they look."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arrays import Floats, Integers
from ..tiles.tile_grid import TileGrid
from ..tiles.walk_state import WalkState
from .plan import Plan

SMALLEST_OPACITY = 0.004
"""Opacity below which a tile is not drawn."""

UP = np.array([0.0, 0.0, 1.0])


class GridMoment(NamedTuple):
    """The tiles of a grid on a frame: middles of the undersides (n, 3), scene RGB (n, 3) and opacities (n,).

    slide: shape (3,), how far the grid has moved
    """

    grid: TileGrid
    centers: Floats
    colors: Floats
    opacities: Floats
    slide: Floats

    @property
    def rises(self) -> Floats:
        """The heights (n,) by which tiles are raised."""
        heights: Floats = self.centers[:, 2] - self.grid.base_centers[:, 2] - self.slide[2]
        return heights


def list_moments(plan: Plan, state: WalkState, frame: float) -> list[GridMoment]:
    """Return the grids on a frame, and the kernel where it is shown.

    state: of the walk on this frame
    """
    moments = [make_moment(plan, number, grid, state, frame) for number, grid in enumerate(plan.grids)]
    if plan.kernel is not None and state.activity > 0:
        moments.append(make_kernel_moment(plan, state, frame))
    return moments


def make_kernel_moment(plan: Plan, state: WalkState, frame: float) -> GridMoment:
    """Return the kernel's tiles on a frame, as they look while a step is shown."""
    kernel, offset = plan.kernel, plan.kernel_offset_at(frame)
    assert kernel is not None
    opacities = kernel.opacities_at(state) * plan.spec.look.opacity
    return GridMoment(kernel, kernel.base_centers + offset, kernel.colors_at(state), opacities, offset)


def make_moment(plan: Plan, number: int, grid: TileGrid, state: WalkState, frame: float) -> GridMoment:
    """Return a grid, or some of its tiles, on a frame. number: of the grid in the plan"""
    return _make_moment(plan, grid, state, plan.slide_at(number, frame), plan.grid_opacity_at(number, frame))


def make_moments(plan: Plan, grid: TileGrid, state: WalkState, shown: Floats) -> GridMoment:
    """Return tiles of a grid that has no excerpt, each at a moment of its own.

    shown: shape (n,), how far the grid has appeared, from 0 to 1
    """
    return _make_moment(plan, grid, state, np.zeros(3), shown)


def _make_moment(plan: Plan, grid: TileGrid, state: WalkState, slide: Floats, shown: float | Floats) -> GridMoment:
    centers = grid.base_centers + slide
    if grid.lift > 0:
        raised = grid.lift * grid.active_share_at(state.position) * state.activity
        centers = centers + raised[:, None] * UP
    opacities = grid.opacities_at(state, slide) * plan.spec.look.opacity * shown
    return GridMoment(grid, centers, grid.colors_at(state), opacities, slide)


def list_values(plan: Plan, target: str, frames: Integers, default: float = 0.0) -> Floats:
    """Return the values of a curve on frames (k,), or the default if there is no such curve."""
    curve = plan.curves.get(target)
    return np.full(len(frames), default) if curve is None else curve.value_at(frames.astype(np.float64))
