# SPDX-License-Identifier: GPL-3.0-or-later
"""What pictures have shown before: the still one, and of every cell what was rendered there last."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from kernelwalk.core.incremental.changed_regions import CellHashes
from kernelwalk.core.incremental.rectangle_cover import CELL_SIZE, Region, cover_cells_exactly
from numpy.typing import NDArray

from ..frames.png import Bytes


class CellCache:
    """Makes pictures of the `still` one, of shape (height, width, channels), and parts, so that no cell is rendered
    again while it shows the same. Cells are known by their `regions.fingerprints`."""

    def __init__(self, base: Bytes):
        self.base, self.latest = base, base.copy()
        self.hashes = np.zeros((-(-len(base) // CELL_SIZE), -(-base.shape[1] // CELL_SIZE)), np.uint64)

    def missing_cells(self, hashes: CellHashes) -> NDArray[np.bool_]:
        """The cells of a picture that are to be rendered."""
        lacking: NDArray[np.bool_] = (hashes != 0) & (hashes != self.hashes)
        return lacking

    def reserve(self, hashes: CellHashes, regions: Sequence[Region]) -> None:
        """Note that regions of a picture will be rendered before those of any other."""
        for x, y, width, height in regions:
            cells = np.s_[y // CELL_SIZE : -(-(y + height) // CELL_SIZE), x // CELL_SIZE : -(-(x + width) // CELL_SIZE)]
            self.hashes[cells] = hashes[cells]

    def store(self, regions: Sequence[Region], parts: Sequence[Bytes]) -> None:
        """Take the regions' pixels, top row first."""
        for region, part in zip(regions, parts, strict=True):
            self.latest[self._pixel_slices(region)] = part

    def compose(self, hashes: CellHashes) -> Bytes:
        """A picture of which no cell is lacking any more."""
        made = self.base.copy()
        for region in cover_cells_exactly(hashes != 0, made.shape[1::-1]):
            made[self._pixel_slices(region)] = self.latest[self._pixel_slices(region)]
        return made

    def _pixel_slices(self, region: Region) -> tuple[slice, slice]:
        x, y, width, height = region
        top = len(self.base) - y - height
        return np.s_[top : top + height, x : x + width]
