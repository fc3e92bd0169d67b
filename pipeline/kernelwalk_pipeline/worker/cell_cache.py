# SPDX-License-Identifier: GPL-3.0-or-later
"""Pixels of earlier pictures: the base frame, and for each cell the content that was rendered there last."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from kernelwalk.core.arrays import Bytes
from kernelwalk.core.incremental.changed_regions import CellHashes
from kernelwalk.core.incremental.rectangle_cover import CELL_SIZE, Region, cover_cells_exactly
from numpy.typing import NDArray


class CellCache:
    """Composes pictures from the base frame and rendered regions, so that an unchanged cell is not rendered again.

    base: pixels of the base frame, shape (height, width, channels)

    Cells are identified by the hashes that `changed_regions.hash_cells` returns; 0 is the base frame's content.
    """

    def __init__(self, base: Bytes):
        self.base, self.latest = base, base.copy()
        self.hashes = np.zeros((-(-len(base) // CELL_SIZE), -(-base.shape[1] // CELL_SIZE)), np.uint64)

    def missing_cells(self, hashes: CellHashes) -> NDArray[np.bool_]:
        """Return a mask of the cells of a picture that must be rendered."""
        missing: NDArray[np.bool_] = (hashes != 0) & (hashes != self.hashes)
        return missing

    def reserve(self, hashes: CellHashes, regions: Sequence[Region]) -> None:
        """Record that regions of a picture will be rendered before those of any later one."""
        for x, y, width, height in regions:
            cells = np.s_[y // CELL_SIZE : -(-(y + height) // CELL_SIZE), x // CELL_SIZE : -(-(x + width) // CELL_SIZE)]
            self.hashes[cells] = hashes[cells]

    def store(self, regions: Sequence[Region], parts: Sequence[Bytes]) -> None:
        """Store the pixels of regions, each of shape (height, width, channels), top row first."""
        for region, part in zip(regions, parts, strict=True):
            self.latest[self._pixel_slices(region)] = part

    def compose(self, hashes: CellHashes) -> Bytes:
        """Return a picture none of whose cells is missing, shape (height, width, channels)."""
        picture = self.base.copy()
        for region in cover_cells_exactly(hashes != 0, picture.shape[1::-1]):
            picture[self._pixel_slices(region)] = self.latest[self._pixel_slices(region)]
        return picture

    def _pixel_slices(self, region: Region) -> tuple[slice, slice]:
        x, y, width, height = region
        top = len(self.base) - y - height
        return np.s_[top : top + height, x : x + width]
