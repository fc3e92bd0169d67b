# SPDX-License-Identifier: GPL-3.0-or-later
"""The frustum between what a step computes and what it reads: a transparent solid whose edges are the connectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import Floats, Integers
from .line_set import LineSet

SIDE_CORNERS = np.array([[0, 1, 3, 2], [2, 3, 5, 4], [4, 5, 7, 6], [6, 7, 1, 0]])
"""Corners around each of the four sides. The corners of a frustum are the upper and the lower end of each connector."""


@dataclass(frozen=True)
class Frustum:
    """All frustums, one per group of four connectors.

    points: shape (steps, frustums * 8, 3), corners at each step
    extent: largest absolute coordinate of any corner; curves hold coordinates as shares of it
    opacity: of each side
    color:  scene RGB
    """

    points: Floats
    extent: float
    opacity: float
    color: Floats

    @property
    def sides(self) -> Integers:
        """Shape (n, 4): indices of the corners around each side."""
        count = self.points.shape[1] // 8
        return (SIDE_CORNERS + 8 * np.arange(count)[:, None, None]).reshape(-1, 4)

    @property
    def moving_coordinates(self) -> list[tuple[int, int]]:
        """(corner, axis) of each coordinate that changes during the walk."""
        is_moving = (self.points != self.points[:1]).any(axis=0)
        return [(int(corner), int(axis)) for corner, axis in np.argwhere(is_moving)]


def make_frustum(lines: LineSet, opacity: float, color: Floats) -> Frustum | None:
    """Return the frustums of connectors; None for an opacity of 0."""
    if opacity == 0:
        return None
    edges = [first + number for first in lines.edge_groups for number in range(4)]
    points = lines.points[:, edges].reshape(len(lines.points), -1, 3)
    return Frustum(points, float(np.abs(points).max()) or 1.0, opacity, color)


def format_corner_target(corner: int, axis: int) -> str:
    """Return the curve target of one coordinate of a corner.

    >>> format_corner_target(3, 2)
    'frustum.3.z'
    """
    return f"frustum.{corner}.{'xyz'[axis]}"
