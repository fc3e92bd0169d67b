# SPDX-License-Identifier: GPL-3.0-or-later
"""Distances within the rounded square that a tile is, seen from above."""

from __future__ import annotations

from .node_builder import NodeBuilder, Socket


def build_corner_distance(nodes: NodeBuilder, offset: Socket, size: float, radius: float) -> Socket:
    """Add the distance of a point from the square that is `radius` smaller on each side; 0 within it.

    Where it is `radius`, the point is on the edge of a square of this size whose corners have that radius.

    offset: the point's distance from the middle, a vector
    """
    inner = size / 2 - radius
    beyond = nodes.vector("SUBTRACT", nodes.vector("ABSOLUTE", offset), (inner, inner, 2.0))
    return nodes.vector("LENGTH", nodes.vector("MAXIMUM", beyond, (0, 0, 0)))
