# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule by which a layer's tiles light up, as the walk moves; scene/material.py repeats it node by node."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Vector = tuple[float, float, float]

COPIED = 0.5
"""How far an input is lit that a step reads by a copy in the padding alone: halfway."""


@dataclass(frozen=True)
class Rule:
    """Which cells of a layer are lit, as the walk's position moves: an arithmetic progression on each world axis.

    first: of the lit cells, at the position 0; it moves by `step` per position
    gap:   cells from one lit cell to the next
    count: how many are lit
    size:  edge of what lights a cell, in cells: the part of an input that an upsampled output copies, else 1
    mode:  what padding holds, as in Axis: where it is copies, a cell is lit by COPIED where its copy is
    last:  the last cell of the input; used where padding holds copies
    Axes that a layer does not have are (0, 0, 1, 1, 1), and last 0.
    """

    first: Vector
    step: Vector
    gap: Vector
    count: Vector
    size: Vector = (1.0, 1.0, 1.0)
    mode: str = "zeros"
    last: Vector = (0.0, 0.0, 0.0)

    def weight(self, cells: Floats, position: Floats) -> Floats:
        """Shape (n,): how far each of `cells` (n, 3) is lit, 0 to 1; between two positions it is the covered share."""
        first = np.array(self.first) + np.array(self.step) * position
        cover = self._cover(cells, first)
        lit: Floats = np.prod(cover, axis=1)
        if self.mode == "zeros":
            return lit
        inside = (cells == np.clip(cells, 0, np.array(self.last))).all(axis=1)
        copied = np.prod(np.maximum(cover, self._cover_of_copies(cells, first)), axis=1)
        return np.maximum(lit, COPIED * inside * copied)

    def _cover(self, cells: Floats, first: Floats) -> Floats:
        """Shape (n, 3): how far each cell is lit on each axis, where the first lit cell is `first`."""
        gap, size = np.array(self.gap), np.array(self.size)
        tap = np.clip((cells - first) / gap, 0, np.array(self.count) - 1)
        # the nearest lit cell; adjoining ones (gap 1) form a whole, whose nearest point may lie between two cells
        tap = np.where(gap > 1, np.floor(tap + 0.5), tap)
        apart = np.abs(cells - first - tap * gap)
        return np.clip((0.5 - apart) / size + 0.5, 0, 1)

    def _cover_of_copies(self, cells: Floats, first: Floats) -> Floats:
        """Shape (n, 3): how far the copies of each input cell are lit on each axis."""
        last = np.array(self.last)
        match self.mode:
            case "reflect":
                return np.maximum(self._cover(-cells, first), self._cover(2 * last - cells, first))
            case "circular":
                return np.maximum(self._cover(cells - last - 1, first), self._cover(cells + last + 1, first))
        # the first and the last cell have many copies: lit is how far the window reaches out
        end = first + (np.array(self.count) - 1) * np.array(self.gap)
        before, after = np.clip(-first, 0, 1), np.clip(end - last, 0, 1)
        return np.maximum(np.where(cells < 0.5, before, 0), np.where(cells > last - 0.5, after, 0))
