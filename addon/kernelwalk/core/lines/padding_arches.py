# SPDX-License-Identifier: GPL-3.0-or-later
"""The arches from cells of padding to the inputs whose values they hold, at the steps that read them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..geometry.layout import Layout
from ..layers.axis import Axis
from ..walk.activation import Floats

MAX_ARCHES = 64
"""Cells of padding that a step reads, up to which each has an arch."""

MAX_TAPS = 5_000_000
"""Taps of all steps together, up to which they are looked through."""

ARCH_HEIGHT, ARCH_HEIGHT_PER_CELL = 0.9, 0.3
"""Height of an arch's middle point over its ends, and what is added per cell between them; the arch itself reaches half
of it."""


def arch_points(
    axes: tuple[Axis, ...], positions: Floats, channels: Floats, layout: Layout, tops: tuple[float, float]
) -> tuple[Floats, NDArray[np.bool_]] | None:
    """Shapes (steps, lines, 3, 3) and (steps, lines): the points of each arch, and which of them a step has not.

    axes: of the layer, whose padding holds copies
    positions: shape (steps, 4), of the walk
    channel: shape (steps,), the one in which the arches stand
    tops: how far above their undersides inputs and padding end
    Returns None where there are none, or too many to be told apart.
    """
    dims = len(axes)
    if len(positions) * math.prod(axis.kernel for axis in axes) > MAX_TAPS:
        return None
    outputs = positions[:, dims - 1 :: -1].astype(np.int64)  # z, y, x
    cells, held = np.zeros((2, len(positions), math.prod(axis.kernel for axis in axes), 4))
    taps = np.indices([axis.kernel for axis in axes]).reshape(dims, -1)
    for number, axis in enumerate(axes):
        under = axis.first_cell(outputs[:, number])[:, None] + taps[number] * axis.dilation
        cells[..., dims - 1 - number], held[..., dims - 1 - number] = under, axis.copy_sources(under)
    padded = (cells != held).any(axis=-1)
    most = int(padded.sum(axis=1).max(initial=0))
    if not 0 < most <= MAX_ARCHES:
        return None
    cells[..., 3] = held[..., 3] = channels[:, None]
    chosen = np.argsort(~padded, axis=1, kind="stable")[:, :most, None]
    hidden = ~np.take_along_axis(padded, chosen[..., 0], axis=1)
    of, to = (np.take_along_axis(each, chosen, axis=1) for each in (held, cells))
    ends = [layout.to_world(each) + np.array([0, 0, top]) for each, top in zip((of, to), tops, strict=True)]
    middle = (ends[0] + ends[1]) / 2
    undersides = [end[..., 2] - top for end, top in zip(ends, tops, strict=True)]
    middle[..., 2] = np.maximum(*undersides) + max(tops) + ARCH_HEIGHT
    middle[..., 2] += ARCH_HEIGHT_PER_CELL * np.linalg.norm(ends[1] - ends[0], axis=-1)
    return np.stack([ends[0], middle, ends[1]], axis=2), hidden
