# SPDX-License-Identifier: GPL-3.0-or-later
"""Pixels of earlier pictures: the base frame, and for each square the content that was rendered there last."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from kernelwalk.core.arrays import Bytes
from kernelwalk.core.incremental.changed_regions import SquareHashes
from kernelwalk.core.incremental.rectangle_cover import SQUARE_SIZE, Region, cover_squares_exactly
from numpy.typing import NDArray


class SquareCache:
    """Composes pictures from the base frame and rendered regions, so that an unchanged square is not rendered again.

    base: pixels of the base frame, shape (height, width, color components)

    Squares are identified by the hashes that `changed_regions.hash_squares` returns; 0 is the base frame's content.
    """

    def __init__(self, base: Bytes):
        self.base, self.latest = base, base.copy()
        self.hashes = np.zeros((-(-len(base) // SQUARE_SIZE), -(-base.shape[1] // SQUARE_SIZE)), np.uint64)

    def missing_squares(self, hashes: SquareHashes) -> NDArray[np.bool_]:
        """Return a mask of the squares of a picture that must be rendered."""
        missing: NDArray[np.bool_] = (hashes != 0) & (hashes != self.hashes)
        return missing

    def reserve(self, hashes: SquareHashes, regions: Sequence[Region]) -> None:
        """Record that regions of a picture will be rendered before those of any later one."""
        for x, y, width, height in regions:
            rows = slice(y // SQUARE_SIZE, -(-(y + height) // SQUARE_SIZE))
            columns = slice(x // SQUARE_SIZE, -(-(x + width) // SQUARE_SIZE))
            self.hashes[rows, columns] = hashes[rows, columns]

    def store(self, regions: Sequence[Region], parts: Sequence[Bytes]) -> None:
        """Store the pixels of regions, each of shape (height, width, color components), top row first."""
        for region, part in zip(regions, parts, strict=True):
            self.latest[self._pixel_slices(region)] = part

    def compose(self, hashes: SquareHashes) -> Bytes:
        """Return a picture none of whose squares is missing, shape (height, width, color components)."""
        picture = self.base.copy()
        for region in cover_squares_exactly(hashes != 0, picture.shape[1::-1]):
            picture[self._pixel_slices(region)] = self.latest[self._pixel_slices(region)]
        return picture

    def _pixel_slices(self, region: Region) -> tuple[slice, slice]:
        x, y, width, height = region
        top = len(self.base) - y - height
        return np.s_[top : top + height, x : x + width]
