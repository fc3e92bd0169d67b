# SPDX-License-Identifier: GPL-3.0-or-later
"""The largest scale at which a scene, with labels anchored at it, fits beside the labels in the picture's corners."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import numpy as np

from ..arrays import Floats
from .label_boxes import LabelBoxes

BISECTION_STEPS = 14
"""Steps that find the largest scale, to a ten-thousandth."""

PLACES_ACROSS = 9
"""Places across the picture that are tried, beside those where the scene would just touch a label."""


@dataclass(frozen=True)
class ReservedCorner:
    """A part of the picture that is taken: everything from a point towards one of the picture's corners.

    x, y: the point, in pixels from the picture's lower left
    is_left, is_top: the corner
    """

    x: float
    y: float
    is_left: bool
    is_top: bool


@dataclass(frozen=True)
class Placement:
    """The scale of a scene, in pixels per length, and the place of its origin in the picture, shape (2,), in pixels."""

    scale: float
    origin: Floats


class FitProblem:
    """A scene that is to fit into a picture.

    outline:  shape (m, 2), the convex hull of the scene's tiles and lines, in its own lengths
    boxes:    boxes of the labels that are anchored at the scene
    area:     (left, bottom, right, top), in pixels, within which everything must be
    reserved: parts of the picture that the scene must not enter
    min_gap:  least horizontal distance of the boxes from the reserved parts, in pixels
    limit:    largest scale that is wanted
    """

    def __init__(
        self,
        outline: Floats,
        boxes: LabelBoxes,
        area: tuple[float, float, float, float],
        reserved: list[ReservedCorner],
        min_gap: float = 0.0,
        limit: float = np.inf,
    ):
        self.outline, self.boxes, self.min_gap, self.limit = outline, boxes, min_gap, limit
        corners = dict.fromkeys((corner.is_left, corner.is_top) for corner in reserved)
        self.reserved = {
            (is_left, is_top): np.array([(c.x, c.y) for c in reserved if (c.is_left, c.is_top) == (is_left, is_top)])
            for is_left, is_top in corners
        }
        self.low, self.high = np.array(area[:2]), np.array(area[2:])
        # the outline's upper and lower edge from left to right give its height beyond a place
        self.edges = [_find_edge(outline, sign) for sign in (1, -1)]

    def with_boxes(self, boxes: LabelBoxes) -> FitProblem:
        """Return the same problem with other boxes."""
        other = copy(self)
        other.boxes = boxes
        return other

    def max_scale(self) -> float:
        """Return the largest scale at which the scene without its labels fits into the area, if nothing is reserved;
        at most the limit."""
        size = np.maximum(self.outline.max(axis=0) - self.outline.min(axis=0), 1e-6)
        return min(float(np.min((self.high - self.low) / size)), self.limit)

    def find_largest(self, min_scale: float = 0.0) -> Placement | None:
        """Return the placement of the largest scale, as near to the middle as can be; None if the scene does not fit at
        `min_scale` either."""
        low, high, best = min_scale, self.max_scale(), None
        if min_scale:
            best = self.find_place(min_scale)
            if best is None:
                return None
        largest = self.find_place(high)
        if largest is not None:
            return largest
        for _ in range(BISECTION_STEPS):
            middle = (low + high) / 2
            placement = self.find_place(middle)
            if placement is None:
                high = middle
            else:
                low, best = middle, placement
        return best

    def find_place(self, scale: float) -> Placement | None:
        """Return the placement at a scale that is nearest to the middle; None if the scene does not fit."""
        box_low, box_high = self.boxes.corners(scale)
        outline = self.outline * scale
        low = np.concatenate([outline, box_low]).min(axis=0)
        high = np.concatenate([outline, box_high]).max(axis=0)
        first, last = self.low - low, self.high - high
        slack = 1e-7 * (self.high - self.low)
        if (first > last + slack).any():
            return None
        last = np.maximum(first, last)
        middle = (first + last) / 2
        # the heights that are free are piecewise linear across: they bend where an edge meets a reserved corner
        edges = np.concatenate([outline[:, 0], box_low[:, 0] - self.min_gap, box_high[:, 0] + self.min_gap])
        touching = [(points[:, :1] - edges).ravel() for points in self.reserved.values()]
        across = np.concatenate([[middle[0]], np.linspace(first[0], last[0], PLACES_ACROSS), *touching])
        across = across[(across >= first[0]) & (across <= last[0])]
        bottom, top = self._find_free_heights(across, scale, first[1], last[1])
        free = bottom <= top + slack[1]
        if not free.any():
            return None
        across, bottom, top = across[free], bottom[free], np.maximum(bottom, top)[free]
        up = np.clip(middle[1], bottom, top)
        best = int(np.argmin(np.hypot(across - middle[0], up - middle[1])))
        return Placement(scale, np.array([across[best], up[best]]))

    def is_solved_by(self, placement: Placement, tolerance: float) -> bool:
        """Return True if the scene fits at this placement, with an overlap of at most `tolerance` pixels."""
        box_low, box_high = self.boxes.corners(placement.scale)
        outline = self.outline * placement.scale
        first = self.low - np.concatenate([outline, box_low]).min(axis=0) - tolerance
        last = self.high - np.concatenate([outline, box_high]).max(axis=0) + tolerance
        if (placement.origin < first).any() or (placement.origin > last).any():
            return False
        bottom, top = self._find_free_heights(
            placement.origin[:1], placement.scale, first[1] - tolerance, last[1] + tolerance
        )
        return bool(bottom[0] - tolerance <= placement.origin[1] <= top[0] + tolerance)

    def _find_free_heights(self, across: Floats, scale: float, lowest: float, highest: float) -> tuple[Floats, Floats]:
        """Return the lowest and the highest place of the origin that leaves reserved parts free, at places across
        (n,); shape (n,) each."""
        low, high = self.boxes.corners(scale)
        bottom, top = np.full(len(across), lowest), np.full(len(across), highest)
        for (is_left, is_top), points in self.reserved.items():
            beyond = points[:, :1] - across
            extent = self._find_extent(is_left, is_top, beyond.ravel(), scale, low, high).reshape(beyond.shape)
            if is_top:
                top = np.minimum(top, (points[:, 1:] - extent).min(axis=0))
            else:
                bottom = np.maximum(bottom, (points[:, 1:] - extent).max(axis=0))
        return bottom, top

    def _find_extent(
        self, is_left: bool, is_top: bool, beyond: Floats, scale: float, low: Floats, high: Floats
    ) -> Floats:
        """Return the height of the scene's upper (or lower) edge to the left (or right) of each of `beyond` (n,), shape
        (n,); `low` and `high` are the corners of the boxes."""
        across, up, furthest = self.edges[0 if is_top else 1]
        sign = 1.0 if is_top else -1.0
        if is_left:
            column = np.minimum(beyond, across[furthest] * scale)
            is_empty = beyond <= across[0] * scale + 1e-6
            begins, reached = low[:, 0] - self.min_gap, beyond - 1e-6
        else:
            column = np.maximum(beyond, across[furthest] * scale)
            is_empty = beyond >= across[-1] * scale - 1e-6
            begins, reached = -high[:, 0] - self.min_gap, -beyond - 1e-6
        extent = np.where(is_empty, -np.inf, sign * np.interp(column, across * scale, up * scale))
        if len(begins):
            # the furthest of the boxes that begin before a column
            order = begins.argsort()
            furthest_yet = np.maximum.accumulate(sign * (high if is_top else low)[order, 1])
            before = begins[order].searchsorted(reached)
            extent = np.maximum(extent, np.append(-np.inf, furthest_yet)[before])
        return sign * extent


def _find_edge(outline: Floats, sign: int) -> tuple[Floats, Floats, int]:
    """Return the upper (1) or the lower (-1) edge of a convex outline, from left to right, as x and y of its points,
    and the index of its highest or lowest point."""
    left, right = outline[:, 0].min(), outline[:, 0].max()
    start = outline[outline[:, 0] <= left + 1e-9]
    end = outline[outline[:, 0] >= right - 1e-9]
    ends = [part[np.argmax(sign * part[:, 1])] for part in (start, end)]
    if right - left < 1e-9:
        points = np.array([ends[0], ends[0]])
    else:
        along = ends[1] - ends[0]
        side = along[0] * (outline[:, 1] - ends[0][1]) - along[1] * (outline[:, 0] - ends[0][0])
        between = outline[sign * side > 1e-9]
        points = np.array([ends[0], *between[np.argsort(between[:, 0])], ends[1]])
    return points[:, 0], points[:, 1], int(np.argmax(sign * points[:, 1]))
