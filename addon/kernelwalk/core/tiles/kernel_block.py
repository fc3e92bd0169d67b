# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel: a block of small tiles that moves above the tiles that each step reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..arrays import Floats
from ..geometry.clearance import is_steep
from ..geometry.grids import Grid
from ..geometry.layout import Layout
from ..layers.axis import INPUT
from ..spec.spec import Spec
from ..walk.active_ranges import ActiveRanges
from .tile_grid import TileGrid

KERNEL_NAME = "Kernel"
"""Name of the block."""

SIZE_SHARE, THICKNESS_SHARE = 0.44, 0.4
"""Size and thickness of the kernel's tiles, as shares of the other tiles'."""

NEAR_SIGHT, FAR_SIGHT = 0.3, 0.77
"""Horizontal distances from a tile's middle, towards the camera and in units of the tile pitch, between which the line
of sight to it may cross the kernel's height, so that it passes between two tiles of the kernel."""

MIN_HEIGHT = 0.12
"""Minimum height of the kernel's undersides above the tops of the tiles."""

OCCLUDING_KERNEL_OPACITY = 0.28
"""Opacity of each side of the kernel's tiles where no height leaves the tiles below visible; both sides stop half."""


def shows_kernel(spec: Spec) -> bool:
    """Return True if the kernel is drawn."""
    is_wanted = spec.show.kernel == "on" or (
        spec.show.kernel == "auto" and spec.shows_channels and len(spec.layers) == 1
    )
    return spec.layer.has_weights and is_wanted


def make_kernel_block(
    spec: Spec, grids: Sequence[Grid], layouts: Sequence[Layout], tile_grids: Sequence[TileGrid]
) -> tuple[TileGrid | None, Floats]:
    """Return the kernel's tiles at the first step, and how far they have moved at each step, shape (steps, 3).

    None for the tiles if the spec does not show a kernel.
    """
    layer = spec.layer
    if not shows_kernel(spec):
        return None, np.zeros((spec.step_count, 3))
    below, layout = grids[-2], layouts[-2]
    low, high = below.active_bounds.low, below.active_bounds.high
    slides = tile_grids[-2].slides
    corners = layout.to_world(low) + (0.0 if slides is None else slides)
    sizes = [int(high[0, 3] - low[0, 3]) + 1, *[1] * (3 - len(layer.kernel)), *layer.kernel]
    c, z, y, x = np.indices(sizes).reshape(4, -1)
    cells = np.column_stack([x, y, z, c]).astype(np.float64)
    dilation = np.array([*reversed([*[1] * (3 - len(layer.dilation)), *layer.dilation]), 1])
    look, color = spec.look, spec.look.to_scene_rgb(spec.look.colors.kernel)
    thickness = look.thickness * THICKNESS_SHARE
    height, is_clear = _find_kernel_height(spec, tile_grids[-2], thickness)
    unwalked = np.zeros((1, len(cells), 4), np.float32)
    kernel = TileGrid(
        name=KERNEL_NAME,
        cells=cells,
        kinds=np.zeros(len(cells), np.int8),
        base_centers=corners[0] + (cells * dilation) @ layout.offsets + np.array([0, 0, height]),
        size=look.tile_size * SIZE_SHARE,
        thicknesses=(thickness,),
        kind_names={INPUT: KERNEL_NAME},
        palette=np.array([[color, color]]),
        active_ranges=ActiveRanges(unwalked, unwalked, (1, 1, 1, 1)),
        opacity=1.0 if is_clear or not look.see_through else OCCLUDING_KERNEL_OPACITY,
    )
    return kernel, corners - corners[0]


def _find_kernel_height(spec: Spec, below: TileGrid, thickness: float) -> tuple[float, bool]:
    """Return the height of the kernel's undersides above those of the tiles it reads, and if these stay visible.

    The camera looks between two tiles of the kernel at the middles of all tiles, if there is a height at which it can;
    a steep camera cannot at any height.
    """
    highest = max(below.thicknesses) + below.lift
    if is_steep(spec.camera):
        return float(highest + MIN_HEIGHT), False
    lowest = min(below.thicknesses[kind] for kind in below.used_kinds) + below.lift
    slope = np.tan(np.radians(spec.camera.elevation))
    minimum, maximum = highest + NEAR_SIGHT * slope, lowest + FAR_SIGHT * slope - thickness
    height = max((minimum + maximum) / 2, highest + MIN_HEIGHT)
    is_clear = spec.camera.projection == "orthographic" and minimum <= height <= maximum
    return float(height), is_clear
