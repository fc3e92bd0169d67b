# SPDX-License-Identifier: GPL-3.0-or-later
"""A set of lines: for each step of the walk, the place of each point of each line."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..arrays import Booleans, Floats

ARCH_SAMPLES = (0.25, 0.4, 0.5, 0.6, 0.75)
"""Curve parameters at which an arch is sampled to find its bounds."""

POINT_RESOLUTION = 1 << 20
"""Distinguishable positions per axis when near-duplicate points are dropped."""


class DigitFields(NamedTuple):
    """The fields of digits that connectors lead to, and the connectors as they were before they were shortened there.

    points: shape (steps, lines, 2, 3)
    rises:  for each group of four lines, height of the upper field above their upper ends
    insets: for each group, distances from the ends to the corners of the upper and of the lower field, along x and
        along y; None for a field without digits
    """

    points: Floats
    rises: tuple[float, ...]
    insets: tuple[tuple[float | None, float | None], ...]


@dataclass(frozen=True)
class LineSet:
    """Lines that move with the walk.

    name:   of the set, as in the targets of its curves
    points: shape (steps, lines, points, 3), places at each step
    width:  in world units
    color:  scene RGB
    hidden: shape (steps, lines), True for lines that a step lacks; None if every step has all
    is_arched: True if a line is drawn as an arch over its points, False if straight
    width_factors: shape (steps, lines, points), factors on `width` with which it looks the same everywhere; None if
        no factors are needed
    edge_groups: index of the first line of each group of four that are the edges of one frustum
    edge_grids: number of the grid from which each of these groups leads to the grid below
    digit_fields: of lines that were shortened to keep clear of digits
    """

    name: str
    points: Floats
    width: float
    color: Floats
    hidden: Booleans | None = None
    is_arched: bool = False
    width_factors: Floats | None = None
    edge_groups: tuple[int, ...] = ()
    edge_grids: tuple[int, ...] = ()
    digit_fields: DigitFields | None = None

    @property
    def outermost_points(self) -> Floats:
        """Shape (n, 3): points whose convex hull holds the lines of all steps."""
        if not self.is_arched:
            ends = np.stack([self.points.min(axis=0), self.points.max(axis=0)])
            choices = list(itertools.product((0, 1), repeat=3))
            return np.concatenate(
                [np.stack([ends[end, ..., axis] for axis, end in enumerate(choice)], axis=-1) for choice in choices]
            ).reshape(-1, 3)
        points = self.points if self.hidden is None else self.points[~self.hidden]
        start, middle, end = np.moveaxis(points.reshape(-1, 3, 3), 1, 0)
        # an arch is a parabola: a quadratic Bezier curve
        samples = [(1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end for t in ARCH_SAMPLES]
        return _drop_near_duplicates(np.concatenate(samples))


def _drop_near_duplicates(points: Floats) -> Floats:
    """Return one of each group of points (n, 3) that nearly coincide."""
    low = points.min(axis=0)
    scale = (POINT_RESOLUTION - 1) / max(float((points - low).max()), 1e-9)
    x, y, z = np.rint((points - low) * scale).astype(np.int64).T
    return points[np.unique((x * POINT_RESOLUTION + y) * POINT_RESOLUTION + z, return_index=True)[1]]


def format_line_target(name: str, line: int, point: int, axis: int) -> str:
    """Return the curve target of one coordinate of a point of a line.

    >>> format_line_target("connectors", 0, 1, 2)
    'connectors.0.1.z'
    """
    return f"{name}.{line}.{point}.{'xyz'[axis]}"
