# SPDX-License-Identifier: GPL-3.0-or-later
"""The making of the values on a grid's tiles and on the kernel's: which number stands where, and how it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..arrays import Booleans, Floats, Integers
from ..camera.framing import View
from ..geometry.grids import Grid
from ..layers.axis import CROPPED
from ..spec.spec import Spec
from ..tiles.tile_grid import TileGrid, list_axes_slowest_first
from ..tiles.tile_values import POINT_SHARE, DigitStyle, TileValues
from ..tiles.visit_counts import make_visit_counts
from ..values.compute import SpecValues
from ..values.digits import choose_decimals, write_number
from ..values.grid_stages import find_color_scale, list_grid_stages, shows_own_colors
from ..values.shown_channels import choose_shown_channels, stands_for_all

PLATE_SHARE = 0.84
"""Edge of a plate, as a share of the tile's: the rim around it keeps the tile's colors."""

TEXT_SHARE = 0.92
"""Width of the longest number of a grid, as a share of a plate's edge."""

CELL_ASPECT = 80 / 56
"""Height of a digit's cell over its width, as in fonts/digits.png."""

CAP_SHARE = 0.76
"""Height of a digit, as a share of its cell's."""

MAX_STRETCH = 1.6
"""Most that digits are stretched away from a low camera, which sees them shortened."""

MIN_DIGIT_PIXELS = 7.0
"""Height of digits in the picture from which they are drawn by themselves (tests/scene/test_tile_values.py)."""

TURN_DEGREES = 90.0


def make_tile_values(
    spec: Spec, values: SpecValues, grids: Sequence[Grid], number: int, tiles: TileGrid, view: View
) -> TileValues:
    """Return the values on the tiles of a grid, by its number from the lowest.

    view: of the camera, which decides whether digits can be read
    """
    grid, stages = grids[number], list_grid_stages(spec, values)[number]
    is_output = number == (0 if spec.is_scatter else len(grids) - 1)
    shown = choose_shown_channels(spec, values)[len(grids) - 1 - number if spec.is_scatter else number]
    index, has_value = _find_cells(spec, grid, number, is_output, stages.shape[1:], shown)
    place: Any = (slice(None), *index)
    numbers = np.where(has_value, stages[place], np.nan)
    decided = _decide_style(spec, numbers, stages, tiles, view)
    if not is_output:
        is_input = number == (len(grids) - 1 if spec.is_scatter else 0)
        if is_input and shows_own_colors(spec):
            return replace(decided, colors=_find_own_colors(spec, stages[0], index), scale=None)
        return decided
    is_counted = tiles.kinds != CROPPED
    counts = make_visit_counts(tiles.active_ranges, list_axes_slowest_first(spec), is_counted, None, None)
    return replace(decided, counts=counts)


def make_kernel_values(spec: Spec, values: SpecValues, tiles: TileGrid, view: View) -> TileValues:
    """Return the weights on the kernel's tiles: those of the filter that the walk is at, or else of the first one, or
    of the one that is shown."""
    layer, weights = spec.layer, values.weights[-1].kernel
    assert weights is not None
    taps = tiles.cells[:, 2::-1][:, 3 - layer.dims :].astype(np.int64)
    if any(axis.is_flipped for axis in layer.axes) != spec.is_scatter:
        taps = np.array(layer.kernel) - 1 - taps
    channel = tiles.cells[:, 3].astype(np.int64)
    shown = choose_shown_channels(spec, values)[-2:]
    stages = []
    for walked in range(spec.walk_order.filter_count):
        if stands_for_all(spec):
            outputs = np.full(len(channel), shown[1])
            inputs = np.full(len(channel), layer.channels.inputs_of(shown[1]).index(shown[0]))
        elif spec.is_scatter:
            outputs = np.array(layer.channels.outputs_of(walked))[channel]
            inputs = np.full(len(channel), layer.channels.inputs_of(int(outputs[0])).index(walked))
        else:
            outputs, inputs = np.full(len(channel), walked), channel
        stages.append(weights[(outputs, inputs, *taps.T)])
    decided = _decide_style(spec, np.array(stages), weights, tiles, view)
    return replace(decided, has_channel_stages=len(stages) > 1)


def _find_cells(
    spec: Spec, grid: Grid, number: int, is_output: bool, shape: Sequence[int], shown: int
) -> tuple[tuple[Integers, ...], Booleans]:
    """Return the index of each tile's value in a tensor (channels, ...), and True for a tile that has one.

    shown: channel of a slice that stands for all, or else 0
    """
    cells = grid.cells.astype(np.int64)
    places = [cells[:, 3] + shown, *(cells[:, axis] for axis in range(len(shape) - 2, -1, -1))]
    if not is_output and not spec.is_scatter:  # cells between and around the values, and copies of these
        for at, axis in enumerate(spec.layers[number].axes, start=1):
            places[at] = np.array(axis.cell_sources, np.int64)[places[at] - axis.cells.start]
    has_value = np.ones(len(cells), np.bool_)
    for place, size in zip(places, shape, strict=True):
        has_value &= (place >= 0) & (place < size)
    return tuple(np.where(has_value, place, 0) for place in places), has_value


def _find_own_colors(spec: Spec, tensor: Floats, index: tuple[Integers, ...]) -> Floats:
    """Return the color (1, n, 3) that three channels, red, green and blue, give to each tile.

    Where channels are slices of their own, each has the color of its own component.
    """
    assert spec.values is not None
    place: Any = (slice(None), *index[1:])
    srgb = np.clip(tensor[place].T / spec.values.white, 0, 1)
    if spec.drawn_channels[0].inputs == len(tensor):
        srgb = srgb * np.eye(len(tensor))[index[0]]
    return spec.look.srgb_to_scene(srgb)[None]


def _decide_style(spec: Spec, numbers: Floats, stages: Floats, tiles: TileGrid, view: View) -> TileValues:
    settings = spec.values
    assert settings is not None
    decimals = choose_decimals(settings, stages)
    plate = tiles.size * PLATE_SHARE
    known = numbers[~np.isnan(numbers)]
    # with equal decimals, the longest number is the least or the greatest
    ends = [float(known.min()), float(known.max())] if len(known) else [0.0]
    longest = max(len(write_number(end, decimals).replace(".", "")) for end in ends)
    style = _make_digit_style(spec, longest, decimals, plate)
    is_drawn = settings.digits
    if is_drawn is None:
        is_drawn = _measure_digits(style, tiles, view, spec.render.resolution) >= MIN_DIGIT_PIXELS
    scale = find_color_scale(spec, stages)
    colors = None if scale is None else spec.look.srgb_to_scene(scale.to_srgb(numbers))
    return TileValues(numbers, colors, scale, decimals, plate, style if is_drawn else None)


def _make_digit_style(spec: Spec, longest: int, decimals: int, plate: float) -> DigitStyle:
    """Return the largest style with which the longest number of a grid fits on the square that shows values."""
    camera = spec.camera
    stretch = min(1 / np.sin(np.radians(camera.elevation)), MAX_STRETCH)
    width = TEXT_SHARE * plate / (max(longest, 2) + POINT_SHARE * (decimals > 0))
    height = min(CELL_ASPECT * stretch * width, TEXT_SHARE * plate)
    width = min(width, height / stretch / CELL_ASPECT)
    return DigitStyle((float(width), float(height)), round(camera.azimuth / TURN_DEGREES) % 4)


def _measure_digits(style: DigitStyle, tiles: TileGrid, view: View, resolution: tuple[int, int]) -> float:
    """Return the height of digits in the picture where they are smallest, in pixels."""
    up = np.array([(0, 1, 0), (-1, 0, 0), (0, -1, 0), (1, 0, 0)][style.quarter_turns]) * style.cell[1] * CAP_SHARE
    centers = tiles.base_centers
    if tiles.excerpt_bounds is not None:
        centers = centers[((centers >= tiles.excerpt_bounds[0]) & (centers <= tiles.excerpt_bounds[1])).all(axis=1)]
    centers = centers + np.array([0, 0, max(tiles.thicknesses)])
    ends = view.project(np.stack([centers, centers + up])) * np.array(resolution)
    return float(np.linalg.norm(ends[1] - ends[0], axis=-1).min())
