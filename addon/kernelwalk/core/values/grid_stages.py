# SPDX-License-Identifier: GPL-3.0-or-later
"""The values that each grid shows in the course of a walk, and the scale of their colors."""

from __future__ import annotations

import functools

from ..arrays import Floats
from ..spec.spec import Spec
from .color_maps import ColorScale, make_color_scale
from .compute import SpecValues, compute_values
from .partial_sums import compute_partial_sums


@functools.lru_cache(maxsize=2)
def list_grid_stages(spec: Spec, values: SpecValues) -> tuple[Floats, ...]:
    """Return the values of each grid, from the lowest up, at each of its stages: shape (stages, channels, *sizes).

    The output of a scatter has a stage for each stamp, other grids have one. A matrix has one channel of rows and
    columns.
    """
    *below, output = (grid[None] for grid in values.grids)
    if spec.is_scatter:
        return compute_partial_sums(spec, values), *below
    if spec.layer.has_matrix_output:
        output = output.reshape(1, 1, output.shape[1], -1)
    return *below, output


def list_color_scales(spec: Spec) -> list[ColorScale | None]:
    """Return the scale of the colors of each grid, from the lowest up."""
    values = compute_values(spec)
    if values is None:
        return [None] * (len(spec.layers) + 1)
    return [find_color_scale(spec, stages) for stages in list_grid_stages(spec, values)]


def find_kernel_scale(spec: Spec) -> ColorScale | None:
    """Return the scale of the colors of the kernel's weights; None if they have no colors."""
    values = compute_values(spec)
    kernel = None if values is None else values.weights[-1].kernel
    return None if kernel is None else find_color_scale(spec, kernel)


def shows_own_colors(spec: Spec) -> bool:
    """Return True if an input of three channels, red, green and blue, has its own colors."""
    return spec.values is not None and spec.values.colors == "rgb" and spec.layers[0].channels.inputs == len("rgb")


def find_color_scale(spec: Spec, stages: Floats) -> ColorScale | None:
    """Return the scale of the colors of a grid's values; None if values have no colors."""
    settings = spec.values
    if settings is None or settings.colors == "off":
        return None
    return make_color_scale(stages, settings.colors, settings.range)
