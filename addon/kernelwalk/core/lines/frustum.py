# SPDX-License-Identifier: GPL-3.0-or-later
"""The body between what a step computes and what it reads, whose edges are the connectors: four sides, seen through."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..walk.activation import Floats
from .line_set import LineSet

SIDE_CORNERS = np.array([[0, 1, 3, 2], [2, 3, 5, 4], [4, 5, 7, 6], [6, 7, 1, 0]])
"""Of a body, the corners around each side: of each of four lines the upper end and the lower one."""


@dataclass(frozen=True)
class Frustum:
    """All bodies.

    points: shape (steps, bodies * 8, 3), where their corners are at each step
    reach:  no coordinate of any corner is larger: channels hold them as shares of it
    opacity: of each side
    color:  linear RGB
    """

    points: Floats
    extent: float
    opacity: float
    color: Floats

    @property
    def sides(self) -> NDArray[np.int64]:
        """Shape (n, 4): the corners around each side."""
        bodies = self.points.shape[1] // 8
        return (SIDE_CORNERS + 8 * np.arange(bodies)[:, None, None]).reshape(-1, 4)

    @property
    def moving_coordinates(self) -> list[tuple[int, int]]:
        """The corners that move, each with an axis along which it does."""
        moves = (self.points != self.points[:1]).any(axis=0)
        return [(int(corner), int(axis)) for corner, axis in np.argwhere(moves)]


def make_frustum(lines: LineSet, opacity: float, color: Floats) -> Frustum | None:
    """The bodies of connectors; None where they are not to be seen."""
    if opacity == 0:
        return None
    edges = [first + number for first in lines.edge_groups for number in range(4)]
    points = lines.points[:, edges].reshape(len(lines.points), -1, 3)
    return Frustum(points, float(np.abs(points).max()) or 1.0, opacity, color)


def corner_target(corner: int, axis: int) -> str:
    """The channel of one coordinate of a corner."""
    return f"frustum.{corner}.{'xyz'[axis]}"
