# SPDX-License-Identifier: GPL-3.0-or-later
"""The order in which boxes are drawn so that each covers what it hides, and the places of other things in it.

A box hides no part of another one if a plane between both, across an axis, has the other on the camera's side. Tiles
stand in rows and columns, so that such planes order them exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from kernelwalk.core.arrays import Booleans, Floats, Integers
from kernelwalk.core.camera.framing import View

FAR = 1e6
"""Distance of the point that stands for an orthographic camera."""

TOLERANCE = 1e-6
"""Depth by which boxes that touch may overlap."""


@dataclass(frozen=True)
class Boxes:
    """Boxes in the world: lowest and highest corners, shape (n, 3)."""

    low: Floats
    high: Floats

    def take(self, which: Integers | Booleans) -> Boxes:
        """Return some of the boxes."""
        return Boxes(self.low[which], self.high[which])


def find_eye(view: View) -> Floats:
    """Return the point (3,) from which a camera looks."""
    location = np.array(view.location)
    return location if view.distance is not None else location + FAR * view.axes[2]


def may_hide(first: Boxes, second: Boxes, eye: Floats) -> Booleans:
    """Return True where a box of `first` (n) may hide a part of one of `second` (m), shape (n, m)."""
    low, high = first.low[:, None], first.high[:, None]
    other_low, other_high = second.low[None], second.high[None]
    is_behind = (high <= other_low + TOLERANCE) & (eye >= high - TOLERANCE)
    is_behind |= (other_high <= low + TOLERANCE) & (eye <= low + TOLERANCE)
    return np.asarray(~is_behind.any(axis=2))


def order_tiles(boxes: Boxes, tiers: Integers, eye: Floats) -> Integers:
    """Return the order (n,) of tiles, the farthest first.

    tiers: shape (n,), number of the tier of each tile; those of one tier stand in rows and columns
    """
    numbers = np.unique(tiers)
    members = [np.flatnonzero(tiers == number) for number in numbers]
    around = Boxes(
        np.array([boxes.low[each].min(axis=0) for each in members]),
        np.array([boxes.high[each].max(axis=0) for each in members]),
    )
    hides = may_hide(around, around, eye)
    np.fill_diagonal(hides, False)
    waiting, order = list(range(len(numbers))), []
    while waiting:
        hidden = hides[np.ix_(waiting, waiting)].sum(axis=1)
        tier = waiting.pop(int(hidden.argmin()))  # 0 unless tiers reach into each other
        order.append(_order_tier(boxes, members[tier], eye))
    return np.concatenate(order)


def _order_tier(boxes: Boxes, members: Integers, eye: Floats) -> Integers:
    """Return the tiles of a tier, the farthest row first, and in a row the farthest tile."""
    low, high = boxes.low[members], boxes.high[members]
    distances = np.round(np.maximum(np.maximum(low - eye, eye - high), 0.0), 4)
    return members[np.lexsort((-distances[:, 0], -distances[:, 1]))]


@dataclass(frozen=True)
class Silhouettes:
    """Ordered tiles, and the rectangles around them in the picture: corners of shape (n, 8, 2), in pixels."""

    boxes: Boxes
    corners: Floats
    eye: Floats

    def find_places(self, pieces: Boxes, seen_low: Floats, seen_high: Floats) -> Integers:
        """Return the first and the last place (n, 2) in the order at which each piece may be drawn.

        A piece that is in part behind a tile and in part before one that is drawn later gets the place behind.

        seen_low, seen_high: shape (n, 2), the rectangles around the pieces in the picture
        """
        count = len(self.corners)
        low, high = self.corners.min(axis=1), self.corners.max(axis=1)
        near = np.flatnonzero(((low <= seen_high.max(axis=0)) & (high >= seen_low.min(axis=0))).all(axis=1))
        if not len(near):
            return np.tile([0, count], (len(pieces.low), 1))
        overlaps = ((low[near] <= seen_high[:, None]) & (high[near] >= seen_low[:, None])).all(axis=2)
        tiles = self.boxes.take(near)
        is_before = overlaps & may_hide(tiles, pieces, self.eye).T
        is_behind = overlaps & may_hide(pieces, tiles, self.eye) & ~is_before
        first = np.where(is_behind, near + 1, 0).max(axis=1)
        last = np.where(is_before, near, count).min(axis=1)
        return np.column_stack([np.minimum(first, last), last])


def merge_places(places: Integers) -> list[tuple[int, int, int, int]]:
    """Return runs of consecutive pieces that can be drawn at one place: (begin, end, first place, last place)."""
    runs: list[tuple[int, int, int, int]] = []
    for number, (first, last) in enumerate(places.tolist()):
        if runs:
            begin, _, run_first, run_last = runs[-1]
            if max(first, run_first) <= min(last, run_last):
                runs[-1] = begin, number + 1, max(first, run_first), min(last, run_last)
                continue
        runs.append((number, number + 1, first, last))
    return runs
