# SPDX-License-Identifier: GPL-3.0-or-later
"""The arches from padding cells to the input cells whose values they hold, at the steps that read them."""

from __future__ import annotations

import math

import numpy as np

from ..arrays import Booleans, Floats
from ..geometry.layout import Layout
from ..layers.axis import Axis

MAX_ARCHES = 64
"""Maximum number of padding cells that a step may read for each to have an arch."""

MAX_TAPS = 5_000_000
"""Maximum number of taps of all steps that are searched for padding cells."""

ARCH_HEIGHT, ARCH_HEIGHT_PER_CELL = 0.9, 0.3
"""Height of an arch's middle control point above its ends, and what each cell of distance between the ends adds; the
arch itself reaches half of it."""


def make_arch_points(
    axes: tuple[Axis, ...], positions: Floats, channels: Floats, layout: Layout, tops: tuple[float, float]
) -> tuple[Floats, Booleans] | None:
    """Return the points (steps, lines, 3, 3) of each arch, and which arches each step lacks, shape (steps, lines).

    None if there are no arches, or too many to tell them apart.

    axes: of the layer, whose padding holds copies
    positions: shape (steps, 4), of the walk
    channels: shape (steps,), the channel in which the arches of a step stand
    tops: heights of input and padding tiles
    """
    dims = len(axes)
    tap_count = math.prod(axis.kernel for axis in axes)
    if len(positions) * tap_count > MAX_TAPS:
        return None
    outputs = positions[:, dims - 1 :: -1].astype(np.int64)  # z, y, x
    cells, sources = np.zeros((2, len(positions), tap_count, 4))
    taps = np.indices([axis.kernel for axis in axes]).reshape(dims, -1)
    for number, axis in enumerate(axes):
        read = axis.first_cell(outputs[:, number])[:, None] + taps[number] * axis.dilation
        cells[..., dims - 1 - number], sources[..., dims - 1 - number] = read, axis.copy_sources(read)
    is_copy = (cells != sources).any(axis=-1)
    line_count = int(is_copy.sum(axis=1).max(initial=0))
    if not 0 < line_count <= MAX_ARCHES:
        return None
    cells[..., 3] = sources[..., 3] = channels[:, None]
    chosen = np.argsort(~is_copy, axis=1, kind="stable")[:, :line_count, None]
    hidden = ~np.take_along_axis(is_copy, chosen[..., 0], axis=1)
    start, end = (
        layout.to_world(np.take_along_axis(ends, chosen, axis=1)) + np.array([0, 0, top])
        for ends, top in zip((sources, cells), tops, strict=True)
    )
    middle = (start + end) / 2
    middle[..., 2] = np.maximum(start[..., 2] - tops[0], end[..., 2] - tops[1]) + max(tops) + ARCH_HEIGHT
    middle[..., 2] += ARCH_HEIGHT_PER_CELL * np.linalg.norm(end - start, axis=-1)
    return np.stack([start, middle, end], axis=2), hidden
