# SPDX-License-Identifier: GPL-3.0-or-later
"""How large a scene can be in its picture beside words: words have their size in pixels, whatever the tiles have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..walk.reach import Floats

HALVINGS = 14
"""Steps in which the largest size is found: to a ten-thousandth."""

TRIED = 9
"""Places across the picture that are tried, beside those where something would just touch."""


@dataclass(frozen=True)
class Boxes:
    """Boxes that hang at points of the scene: `at` (n, 2) in the scene's own lengths, and from there `low` and `high`
    (n, 2) in pixels."""

    at: Floats
    low: Floats
    high: Floats

    @staticmethod
    def of(*parts: Boxes) -> Boxes:
        """All boxes of several."""
        nothing = np.zeros((0, 2))
        fields = [[nothing, *(getattr(part, name) for part in parts)] for name in ("at", "low", "high")]
        return Boxes(*map(np.concatenate, fields))

    def only(self, number: int) -> Boxes:
        """One of them."""
        some = slice(number, number + 1)
        return Boxes(self.at[some], self.low[some], self.high[some])

    def corners(self, scale: float) -> tuple[Floats, Floats]:
        """Shape (n, 2) each: the lower left and the upper right corners, in pixels, at so many pixels a length."""
        return self.at * scale + self.low, self.at * scale + self.high


@dataclass(frozen=True)
class Corner:
    """A part of the picture that is taken: all beyond a point towards one of the picture's corners.

    x, y: the point, in pixels from the lower left
    left, top: which corner
    """

    x: float
    y: float
    left: bool
    top: bool


@dataclass(frozen=True)
class Placed:
    """How large a scene is in its picture, in pixels a length, and where its origin is, in pixels."""

    scale: float
    origin: Floats


WAYS = np.array([[np.cos(turn), np.sin(turn)] for turn in np.linspace(0, 2 * np.pi, 16, endpoint=False)])
"""Of many points those that are furthest in these directions are looked at first."""

MANY = 100


def hull(points: Floats) -> Floats:
    """Shape (m, 2): the corners of the convex hull of points (n, 2), counter-clockwise."""
    if len(points) > MANY:  # what lies well within the furthest is no corner
        first = points[np.unique((points @ WAYS.T).argmax(axis=0))]
        middle = first.mean(axis=0)
        if len(first := hull(first)) > 2:
            along = np.roll(first, -1, axis=0) - first
            normals = np.column_stack([along[:, 1], -along[:, 0]])
            far = ((first - middle) * normals).sum(axis=1)
            points = points[((points - middle) @ normals.T > far * (1 - 1e-9)).any(axis=1)]
    ordered = np.unique(np.round(points, 9), axis=0).tolist()
    if len(ordered) < 3:
        return np.array(ordered)

    def chain(points: list[list[float]]) -> list[list[float]]:
        found: list[list[float]] = []
        for x, y in points:
            while len(found) > 1 and _turn(found[-2], found[-1], x, y) <= 0:
                found.pop()
            found.append([x, y])
        return found[:-1]

    return np.array(chain(ordered) + chain(ordered[::-1]))


def _turn(first: list[float], second: list[float], x: float, y: float) -> float:
    return (second[0] - first[0]) * (y - first[1]) - (second[1] - first[1]) * (x - first[0])


class Room:
    """A picture in which a scene is to find room.

    outline: shape (m, 2), the convex hull of the scene's tiles and lines, in its own lengths
    boxes:   words that hang at it
    area:    (left, bottom, right, top), in pixels, within which all is to be
    taken:   parts of the picture where nothing of it may be
    """

    def __init__(self, outline: Floats, boxes: Boxes, area: tuple[float, float, float, float], taken: list[Corner]):
        self.outline, self.boxes = outline, boxes
        ways = dict.fromkeys((corner.left, corner.top) for corner in taken)
        self.taken = {
            (left, top): np.array([(each.x, each.y) for each in taken if (each.left, each.top) == (left, top)])
            for left, top in ways
        }
        self.low, self.high = np.array(area[:2]), np.array(area[2:])
        # the outline's upper and lower edge from left to right, for what is highest beyond a place
        self.edges = [_edge(outline, sign) for sign in (1, -1)]

    def most(self) -> float:
        """The largest scale at which the scene alone would find room, with nothing taken."""
        size = np.maximum(self.outline.max(axis=0) - self.outline.min(axis=0), 1e-6)
        return float(np.min((self.high - self.low) / size))

    def largest(self, at_least: float = 0.0) -> Placed | None:
        """The largest scale, and the place nearest to the middle there; None where it is not above `at_least`."""
        high = self.most()
        whole = self.place(high)
        if whole is not None:
            return whole
        low, found = at_least, self.place(at_least) if at_least else None
        if at_least and found is None:
            return None
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            placed = self.place(middle)
            if placed is None:
                high = middle
            else:
                low, found = middle, placed
        return found

    def place(self, scale: float) -> Placed | None:
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
        edges = np.concatenate([outline[:, 0], box_low[:, 0], box_high[:, 0]])
        met = [(points[:, :1] - edges).ravel() for points in self.taken.values()]
        tried = np.concatenate([[middle[0]], np.linspace(first[0], last[0], TRIED), *met])
        tried = tried[(tried >= first[0]) & (tried <= last[0])]
        bottom, top = self._between(tried, scale, first[1], last[1])
        free = bottom <= top + slack[1]
        if not free.any():
            return None
        tried, bottom, top = tried[free], bottom[free], np.maximum(bottom, top)[free]
        up = np.clip(middle[1], bottom, top)
        best = int(np.argmin(np.hypot(tried - middle[0], up - middle[1])))
        return Placed(scale, np.array([tried[best], up[best]]))

    def holds(self, placed: Placed, slack: float) -> bool:
        """Whether the scene, so large and at this place, has room but for so many pixels."""
        box_low, box_high = self.boxes.corners(placed.scale)
        outline = self.outline * placed.scale
        first = self.low - np.concatenate([outline, box_low]).min(axis=0) - slack
        last = self.high - np.concatenate([outline, box_high]).max(axis=0) + slack
        if (placed.origin < first).any() or (placed.origin > last).any():
            return False
        bottom, top = self._between(placed.origin[:1], placed.scale, first[1] - slack, last[1] + slack)
        return bool(bottom[0] - slack <= placed.origin[1] <= top[0] + slack)

    def _between(self, tried: Floats, scale: float, lowest: float, highest: float) -> tuple[Floats, Floats]:
        """Shapes (n,): how low and how high the origin may be, at places across (n,), for what is taken."""
        low, high = self.boxes.corners(scale)
        bottom, top = np.full(len(tried), lowest), np.full(len(tried), highest)
        for (left, above), points in self.taken.items():
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
            met = low[:, 0] < beyond[:, None] - 1e-6
        else:
            column = np.maximum(beyond, across[furthest] * scale)
            nothing = beyond >= across[-1] * scale - 1e-6
            met = high[:, 0] > beyond[:, None] + 1e-6
        reach = np.where(nothing, -np.inf, sign * np.interp(column, across * scale, up * scale))
        ends = sign * (high if above else low)[:, 1]
        if len(ends):
            reach = np.maximum(reach, np.where(met, ends, -np.inf).max(axis=1))
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


def apart(outline: Floats, scale: float, boxes: Boxes, margin: float) -> NDArray[np.bool_]:
    """Shape (n,): which boxes are at least about `margin` pixels from a convex outline, in the scene's lengths, at a
    scale."""
    low, high = boxes.corners(scale)
    points = outline * scale
    beyond = (low > points.max(axis=0) + margin) | (high < points.min(axis=0) - margin)
    free: NDArray[np.bool_] = beyond.any(axis=1)
    if len(points) > 2:
        along = np.roll(points, -1, axis=0) - points
        normals = np.column_stack([along[:, 1], -along[:, 0]])
        normals /= np.maximum(np.linalg.norm(normals, axis=1), 1e-12)[:, None]
        nearest = np.where(normals[None] > 0, low[:, None], high[:, None])
        distance = ((nearest - points[None]) * normals[None]).sum(axis=2)
        free = free | (distance > margin).any(axis=1)
    return free


def clear(first: Boxes, second: Boxes, scale: float, margin: float) -> NDArray[np.bool_]:
    """Shape (n, m): which boxes of the one are at least `margin` pixels from which of the other."""
    low, high = first.corners(scale)
    other_low, other_high = second.corners(scale)
    beside = (low[:, None] >= other_high[None] + margin) | (high[:, None] <= other_low[None] - margin)
    return np.asarray(beside.any(axis=2))
