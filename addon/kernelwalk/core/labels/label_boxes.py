# SPDX-License-Identifier: GPL-3.0-or-later
"""Boxes of labels that are anchored in a scene of any scale, and what they must keep clear of.

Labels keep their size in pixels at every scale of the scene; their anchors move with the scene.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats

PICTURE_DIRECTIONS = np.array([(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)])
"""Directions of the picture's sides."""

HULL_DIRECTIONS = np.array([[np.cos(turn), np.sin(turn)] for turn in np.linspace(0, 2 * np.pi, 16, endpoint=False)])
"""Of many points, the hull of those that are furthest in these directions is made first, to drop what lies in it."""

MIN_POINTS_TO_THIN = 100
"""Points from which that pays."""

Point = tuple[float, float]


@dataclass(frozen=True)
class LabelBoxes:
    """Boxes that are anchored at points of the scene.

    anchors: shape (n, 2), in lengths of the scene
    low_offsets, high_offsets: shape (n, 2), from the anchors to the lower left and upper right corners, in pixels
    """

    anchors: Floats
    low_offsets: Floats
    high_offsets: Floats

    @staticmethod
    def concatenate(*parts: LabelBoxes) -> LabelBoxes:
        """Return all boxes of the parts; none for no parts."""
        empty = np.zeros((0, 2))
        names = ("anchors", "low_offsets", "high_offsets")
        return LabelBoxes(*(np.concatenate([empty, *(getattr(part, name) for part in parts)]) for name in names))

    def equals(self, other: LabelBoxes) -> bool:
        """Return True if both hold the same boxes, exactly."""
        return (
            np.array_equal(self.anchors, other.anchors)
            and np.array_equal(self.low_offsets, other.low_offsets)
            and np.array_equal(self.high_offsets, other.high_offsets)
        )

    def take_every(self, step: int, first: int) -> LabelBoxes:
        """Return each `step`-th of the boxes, from the one of index `first` on."""
        some = slice(first, None, step)
        return LabelBoxes(self.anchors[some], self.low_offsets[some], self.high_offsets[some])

    def corners(self, scale: float) -> tuple[Floats, Floats]:
        """Return the lower left and the upper right corners in pixels, shape (n, 2) each; `scale` is the pixels of a
        length of the scene."""
        return self.anchors * scale + self.low_offsets, self.anchors * scale + self.high_offsets


class Obstacles:
    """Convex outlines that no label may overlap."""

    def __init__(self, outlines: Sequence[Floats]):
        """Store each outline as half planes: directions across its sides and those of the picture, and its extents.

        outlines: each of shape (m, 2), counter-clockwise, in lengths of the scene
        """
        directions = [np.concatenate([PICTURE_DIRECTIONS, _outward_normals(outline)]) for outline in outlines]
        extents = [(normals @ outline.T).max(axis=1) for normals, outline in zip(directions, outlines, strict=True)]
        normals = np.concatenate(directions)
        self.extents, self.first = np.concatenate(extents), np.cumsum([0, *map(len, extents[:-1])])
        self.normals, self.up, self.down = normals.T, np.maximum(normals, 0).T, np.minimum(normals, 0).T

    def find_clear(self, boxes: LabelBoxes, scale: float, margin: float) -> NDArray[np.bool_]:
        """Return which boxes are about `margin` pixels or more from all obstacles, shape (n,)."""
        # for each direction, the corner of the box that is furthest back
        beyond = (
            (boxes.anchors @ self.normals - self.extents) * scale
            + boxes.low_offsets @ self.up
            + boxes.high_offsets @ self.down
        )
        return np.asarray(np.logical_or.reduceat(beyond > margin, self.first, axis=1).all(axis=1))


def find_separated(first: LabelBoxes, second: LabelBoxes, scale: float, margin: float) -> NDArray[np.bool_]:
    """Return which boxes of `first` are at least `margin` pixels from which of `second`, shape (n, m)."""
    low, high = first.corners(scale)
    other_low, other_high = second.corners(scale)
    beside = (low[:, None] >= other_high[None] + margin) | (high[:, None] <= other_low[None] - margin)
    return np.asarray(beside.any(axis=2))


def convex_hull(points: Floats) -> Floats:
    """Return the corners of the convex hull of points (n, 2), counter-clockwise, shape (m, 2).

    The algorithm is Andrew's monotone chain (1979).
    """
    if len(points) > MIN_POINTS_TO_THIN:  # points well inside the hull of the furthest ones are no corners
        furthest = points[np.unique((points @ HULL_DIRECTIONS.T).argmax(axis=0))]
        middle = furthest.mean(axis=0)
        if len(furthest := convex_hull(furthest)) > 2:
            along = np.roll(furthest, -1, axis=0) - furthest
            normals = np.column_stack([along[:, 1], -along[:, 0]])
            extents = ((furthest - middle) * normals).sum(axis=1)
            points = points[((points - middle) @ normals.T > extents * (1 - 1e-9)).any(axis=1)]
    ordered: list[Point] = sorted({(x, y) for x, y in np.round(points, 9).tolist()})
    if len(ordered) < 3:
        return np.array(ordered)

    def chain(points: list[Point]) -> list[Point]:
        kept: list[Point] = []
        for x, y in points:
            while len(kept) > 1:
                (before_x, before_y), (last_x, last_y) = kept[-2:]
                if (last_x - before_x) * (y - before_y) > (last_y - before_y) * (x - before_x):
                    break
                kept.pop()
            kept.append((x, y))
        return kept[:-1]

    return np.array(chain(ordered) + chain(ordered[::-1]))


def _outward_normals(outline: Floats) -> Floats:
    """Return unit vectors out of a convex outline, across each of its sides, shape (m, 2)."""
    if len(outline) < 3:
        return np.zeros((0, 2))
    along = np.roll(outline, -1, axis=0) - outline
    normals: Floats = np.column_stack([along[:, 1], -along[:, 0]]) / np.hypot(*along.T)[:, None]
    return normals
