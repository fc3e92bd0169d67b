# SPDX-License-Identifier: GPL-3.0-or-later
"""How large a scene can be in its picture beside words: words have their size in pixels, whatever the tiles have."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..walk.activation import Floats

BISECTION_STEPS = 14
"""Steps in which the largest size is found: to a ten-thousandth."""

PLACES_ACROSS = 9
"""Places across the picture that are tried, beside those where something would just touch."""

PICTURE_DIRECTIONS = np.array([(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)])
"""The directions of the picture's sides."""


@dataclass(frozen=True)
class LabelBoxes:
    """Boxes that hang at points of the scene: `at` (n, 2) in the scene's own lengths, and from there `low` and `high`
    (n, 2) in pixels."""

    anchors: Floats
    low_offsets: Floats
    high_offsets: Floats

    @staticmethod
    def concatenate(*parts: LabelBoxes) -> LabelBoxes:
        """All boxes of several."""
        nothing = np.zeros((0, 2))
        fields = [[nothing, *(getattr(part, name) for part in parts)] for name in ("at", "low", "high")]
        return LabelBoxes(*map(np.concatenate, fields))

    def equals(self, other: LabelBoxes) -> bool:
        """Whether these are the very same boxes."""
        pairs = (
            (self.anchors, other.anchors),
            (self.low_offsets, other.low_offsets),
            (self.high_offsets, other.high_offsets),
        )
        return all(np.array_equal(one, another) for one, another in pairs)

    def at_index(self, number: int) -> LabelBoxes:
        """One of them."""
        some = slice(number, number + 1)
        return LabelBoxes(self.anchors[some], self.low_offsets[some], self.high_offsets[some])

    def corners(self, scale: float) -> tuple[Floats, Floats]:
        """Shape (n, 2) each: the lower left and the upper right corners, in pixels, at so many pixels a length."""
        return self.anchors * scale + self.low_offsets, self.anchors * scale + self.high_offsets


@dataclass(frozen=True)
class ReservedCorner:
    """A part of the picture that is taken: all beyond a point towards one of the picture's corners.

    x, y: the point, in pixels from the lower left
    left, top: which corner
    """

    x: float
    y: float
    is_left: bool
    is_top: bool


@dataclass(frozen=True)
class Placement:
    """How large a scene is in its picture, in pixels a length, and where its origin is, in pixels."""

    scale: float
    origin: Floats


HULL_DIRECTIONS = np.array([[np.cos(turn), np.sin(turn)] for turn in np.linspace(0, 2 * np.pi, 16, endpoint=False)])
"""Of many points those that are furthest in these directions are looked at first."""

MIN_POINTS_TO_THIN = 100


Point = tuple[float, float]


def convex_hull(points: Floats) -> Floats:
    """Shape (m, 2): the corners of the convex hull of points (n, 2), counter-clockwise."""
    if len(points) > MIN_POINTS_TO_THIN:  # what lies well within the furthest is no corner
        first = points[np.unique((points @ HULL_DIRECTIONS.T).argmax(axis=0))]
        middle = first.mean(axis=0)
        if len(first := convex_hull(first)) > 2:
            along = np.roll(first, -1, axis=0) - first
            normals = np.column_stack([along[:, 1], -along[:, 0]])
            far = ((first - middle) * normals).sum(axis=1)
            points = points[((points - middle) @ normals.T > far * (1 - 1e-9)).any(axis=1)]
    ordered: list[Point] = sorted({(x, y) for x, y in np.round(points, 9).tolist()})
    if len(ordered) < 3:
        return np.array(ordered)

    def chain(points: list[Point]) -> list[Point]:
        found: list[Point] = []
        for x, y in points:
            while len(found) > 1:
                (before_x, before_y), (last_x, last_y) = found[-2:]
                if (last_x - before_x) * (y - before_y) > (last_y - before_y) * (x - before_x):
                    break
                found.pop()
            found.append((x, y))
        return found[:-1]

    return np.array(chain(ordered) + chain(ordered[::-1]))


class FitProblem:
    """A picture in which a scene is to find room.

    outline: shape (m, 2), the convex hull of the scene's tiles and lines, in its own lengths
    boxes:   words that hang at it
    area:    (left, bottom, right, top), in pixels, within which all is to be
    taken:   parts of the picture where nothing of it may be
    apart:   how far beside those words are at least
    """

    def __init__(
        self,
        outline: Floats,
        boxes: LabelBoxes,
        area: tuple[float, float, float, float],
        taken: list[ReservedCorner],
        apart: float = 0.0,
    ):
        self.outline, self.boxes, self.min_gap = outline, boxes, apart
        ways = dict.fromkeys((corner.is_left, corner.is_top) for corner in taken)
        self.reserved = {
            (left, top): np.array([(each.x, each.y) for each in taken if (each.is_left, each.is_top) == (left, top)])
            for left, top in ways
        }
        self.low, self.high = np.array(area[:2]), np.array(area[2:])
        # the outline's upper and lower edge from left to right, for what is highest beyond a place
        self.edges = [_edge(outline, sign) for sign in (1, -1)]

    def with_boxes(self, boxes: LabelBoxes) -> FitProblem:
        """The same room for the scene with other words."""
        found = copy(self)
        found.boxes = boxes
        return found

    def max_scale(self) -> float:
        """The largest scale at which the scene alone would find room, with nothing taken."""
        size = np.maximum(self.outline.max(axis=0) - self.outline.min(axis=0), 1e-6)
        return float(np.min((self.high - self.low) / size))

    def find_largest(self, min_scale: float = 0.0) -> Placement | None:
        """The largest scale, and the place nearest to the middle there; None where it is not above `at_least`."""
        low, high, found = min_scale, self.max_scale(), None
        if min_scale:
            found = self.find_place(min_scale)
            if found is None:
                return None
        whole = self.find_place(high)
        if whole is not None:
            return whole
        for _ in range(BISECTION_STEPS):
            middle = (low + high) / 2
            placed = self.find_place(middle)
            if placed is None:
                high = middle
            else:
                low, found = middle, placed
        return found

    def find_place(self, scale: float) -> Placement | None:
        """Where the scene finds room at a scale, as near to the middle as can be; None where it does not."""
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
        # what is to be kept off is piecewise linear across: it changes where a corner of the scene meets one of those
        edges = np.concatenate([outline[:, 0], box_low[:, 0] - self.min_gap, box_high[:, 0] + self.min_gap])
        met = [(points[:, :1] - edges).ravel() for points in self.reserved.values()]
        tried = np.concatenate([[middle[0]], np.linspace(first[0], last[0], PLACES_ACROSS), *met])
        tried = tried[(tried >= first[0]) & (tried <= last[0])]
        bottom, top = self._between(tried, scale, first[1], last[1])
        free = bottom <= top + slack[1]
        if not free.any():
            return None
        tried, bottom, top = tried[free], bottom[free], np.maximum(bottom, top)[free]
        up = np.clip(middle[1], bottom, top)
        best = int(np.argmin(np.hypot(tried - middle[0], up - middle[1])))
        return Placement(scale, np.array([tried[best], up[best]]))

    def is_solved_by(self, placement: Placement, tolerance: float) -> bool:
        """Whether the scene, so large and at this place, has room but for so many pixels."""
        box_low, box_high = self.boxes.corners(placement.scale)
        outline = self.outline * placement.scale
        first = self.low - np.concatenate([outline, box_low]).min(axis=0) - tolerance
        last = self.high - np.concatenate([outline, box_high]).max(axis=0) + tolerance
        if (placement.origin < first).any() or (placement.origin > last).any():
            return False
        bottom, top = self._between(placement.origin[:1], placement.scale, first[1] - tolerance, last[1] + tolerance)
        return bool(bottom[0] - tolerance <= placement.origin[1] <= top[0] + tolerance)

    def _between(self, tried: Floats, scale: float, lowest: float, highest: float) -> tuple[Floats, Floats]:
        """Shapes (n,): how low and how high the origin may be, at places across (n,), for what is taken."""
        low, high = self.boxes.corners(scale)
        bottom, top = np.full(len(tried), lowest), np.full(len(tried), highest)
        for (left, above), points in self.reserved.items():
            beyond = points[:, :1] - tried
            reach = self._reach(left, above, beyond.ravel(), scale, low, high).reshape(beyond.shape)
            if above:
                top = np.minimum(top, (points[:, 1:] - reach).min(axis=0))
            else:
                bottom = np.maximum(bottom, (points[:, 1:] - reach).max(axis=0))
        return bottom, top

    def _reach(self, left: bool, above: bool, beyond: Floats, scale: float, low: Floats, high: Floats) -> Floats:
        """Shape (n,): how high, or how low, the scene reaches in the columns to the left, or to the right, of each of
        `beyond` (n,); `low` and `high` are the words' corners."""
        across, up, furthest = self.edges[0 if above else 1]
        sign = 1.0 if above else -1.0
        if left:
            column = np.minimum(beyond, across[furthest] * scale)
            nothing = beyond <= across[0] * scale + 1e-6
            begins, reached = low[:, 0] - self.min_gap, beyond - 1e-6
        else:
            column = np.maximum(beyond, across[furthest] * scale)
            nothing = beyond >= across[-1] * scale - 1e-6
            begins, reached = -high[:, 0] - self.min_gap, -beyond - 1e-6
        reach = np.where(nothing, -np.inf, sign * np.interp(column, across * scale, up * scale))
        if len(begins):
            # of the words that begin before a column, in their order, the furthest so far
            order = begins.argsort()
            furthest_yet = np.maximum.accumulate(sign * (high if above else low)[order, 1])
            before = begins[order].searchsorted(reached)
            reach = np.maximum(reach, np.append(-np.inf, furthest_yet)[before])
        return sign * reach


def _edge(outline: Floats, sign: int) -> tuple[Floats, Floats, int]:
    """The upper (1) or the lower (-1) edge of a convex outline, from left to right, and which of its points is the
    furthest up or down."""
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


class Obstacles:
    """What nothing may lie over: convex outlines, each as the directions across its sides and those of the picture, and
    how far it reaches in them."""

    def __init__(self, outlines: Sequence[Floats]):
        """`outlines` are of shape (m, 2), counter-clockwise, in the scene's lengths."""
        across = [np.concatenate([PICTURE_DIRECTIONS, _normals(outline)]) for outline in outlines]
        reaches = [(normals @ outline.T).max(axis=1) for normals, outline in zip(across, outlines, strict=True)]
        normals = np.concatenate(across)
        self.reach, self.first = np.concatenate(reaches), np.cumsum([0, *map(len, reaches[:-1])])
        self.normals, self.up, self.down = normals.T, np.maximum(normals, 0).T, np.minimum(normals, 0).T

    def find_clear(self, boxes: LabelBoxes, scale: float, margin: float) -> NDArray[np.bool_]:
        """Shape (n,): which boxes are at least about `margin` pixels from all of them, at a scale."""
        # of each box the corner that is nearest to what lies behind a side
        beyond = (
            (boxes.anchors @ self.normals - self.reach) * scale
            + boxes.low_offsets @ self.up
            + boxes.high_offsets @ self.down
        )
        return np.asarray(np.logical_or.reduceat(beyond > margin, self.first, axis=1).all(axis=1))


def _normals(outline: Floats) -> Floats:
    """Shape (m, 2): directions of length 1 out of a convex outline, across each of its sides."""
    if len(outline) < 3:
        return np.zeros((0, 2))
    along = np.roll(outline, -1, axis=0) - outline
    found: Floats = np.column_stack([along[:, 1], -along[:, 0]]) / np.hypot(*along.T)[:, None]
    return found


def find_separated(first: LabelBoxes, second: LabelBoxes, scale: float, margin: float) -> NDArray[np.bool_]:
    """Shape (n, m): which boxes of the one are at least `margin` pixels from which of the other."""
    low, high = first.corners(scale)
    other_low, other_high = second.corners(scale)
    beside = (low[:, None] >= other_high[None] + margin) | (high[:, None] <= other_low[None] - margin)
    return np.asarray(beside.any(axis=2))
