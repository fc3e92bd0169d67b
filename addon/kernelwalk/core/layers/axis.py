# SPDX-License-Identifier: GPL-3.0-or-later
"""One axis of a layer, as a window that slides over a grid of cells.

A convolution's window slides over the input and its padding. A transposed convolution's slides, by one cell a step
and with the kernel flipped, over the input with zeros inserted between its cells and a border around it
(Dumoulin & Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285, relationship 13).
Pooling's slides as a convolution's, but may hang over the padding's end. Nearest upsampling's is one cell, which moves
by a part of a cell. All are the same arithmetic, so everything that is drawn or counted is derived from this one class.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

# What a cell of a grid is. The order matters: a tile is of the greatest kind that any of its axes gives it.
INPUT, ZERO, PADDING, OVERHANG = 0, 1, 2, 3

# What a cell of a transposed convolution's output may be beside: of output padding, or cropped
EXTRA, CROPPED = 4, 5

NO_CELL, NOWHERE = -1, -2
"""What stands for an input index where a tap reads none: a zero or a cell of padding, or none of the layer's cells."""

MODES = ("zeros", "reflect", "replicate", "circular")
"""What a cell of padding holds: a zero, or what an input cell holds (torch.nn.Conv2d's padding_mode)."""


Cells = TypeVar("Cells", int, NDArray[np.int64])


@dataclass(frozen=True)
class Axis:
    """One axis of the sliding window; all sizes in cells.

    input:   cells of the input
    output:  cells of the output, which is the number of places the window takes
    kernel:  taps of the window
    step:    cells the window moves from one output to the next (the stride; 1 for a transposed convolution)
    dilation: cells from one tap to the next
    before, after: padding beyond the first and the last cell; negative where that many cells are cropped
    spacing: cells from one input to the next (1; the stride of a transposed convolution, which inserts zeros)
    flipped: whether the window's first cell carries the kernel's last tap
    mode: what the cells of padding hold, one of MODES; other than zeros only where nothing is cropped or inserted
    overhang: cells by which the last window hangs over the padding (pooling with ceil_mode): nothing is there, not even
             padding
    scale: outputs per `step` (1; more for upsampling)
    """

    input: int
    output: int
    kernel: int
    step: int
    dilation: int
    before: int
    after: int
    spacing: int = 1
    flipped: bool = False
    mode: str = "zeros"
    overhang: int = 0
    scale: int = 1

    @property
    def extent(self) -> int:
        """Cells from the window's first tap to its last, both included."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def inner(self) -> int:
        """Cells of the input and the zeros between them."""
        return self.spacing * (self.input - 1) + 1

    @property
    def size(self) -> int:
        """How many `cells` the grid has."""
        return len(self.cells)

    @property
    def cells(self) -> range:
        """The grid's cells: 0 is the first input, negative cells are padding before it."""
        return range(-max(self.before, 0), self.end + self.overhang)

    @property
    def end(self) -> int:
        """The first cell after the padding."""
        return self.inner + max(self.after, 0)

    def kinds(self) -> NDArray[np.int8]:
        """INPUT, ZERO, PADDING or OVERHANG for each of `cells`."""
        cells = np.arange(self.cells.start, self.cells.stop)
        inside = (cells >= 0) & (cells < self.inner)
        kinds = np.where(cells % self.spacing == 0, INPUT, ZERO)
        kinds = np.where(inside, kinds, PADDING)
        return np.where(cells < self.end, kinds, OVERHANG).astype(np.int8)

    def first_cell(self, output: Cells) -> Cells:
        """The cell under the window's first tap at an output, or at each of several."""
        return output * self.step // self.scale - self.before

    def copied(self, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        """The cell that each of `cells` holds a copy of, by `mode`; itself where it is none of padding."""
        last = self.inner - 1
        match self.mode:
            case "reflect":
                return np.abs(last - np.abs(last - cells))
            case "replicate":
                return np.clip(cells, 0, last)
            case "circular":
                return cells % self.inner
        return cells

    def sources(self) -> NDArray[np.int64]:
        """Shape (output, kernel): the input index that each kernel tap reads; NO_CELL for padding or a zero, NOWHERE
        for what the window hangs over."""
        taps = np.arange(self.kernel)
        if self.flipped:
            taps = taps[::-1]
        first = np.arange(self.output) * self.step // self.scale - self.before
        under = first[:, None] + taps[None, :] * self.dilation
        cells = self.copied(under)
        reads = (cells >= 0) & (cells < self.inner) & (cells % self.spacing == 0)
        found = np.where(reads, cells // self.spacing, NO_CELL)
        return np.where(under < self.end, found, NOWHERE) if self.overhang else found

    def readers(self, cell: int) -> NDArray[np.int64]:
        """The outputs whose window has a tap on `cell`, ascending. `cell` is one of `cells`, of whatever kind."""
        outputs = np.arange(self.output)
        offset = cell + self.before - outputs * self.step // self.scale
        return outputs[(offset >= 0) & (offset < self.extent) & (offset % self.dilation == 0)]

    def users(self, source: int) -> NDArray[np.int64]:
        """The outputs that read the input index `source`, be it by a copy in the padding, ascending."""
        return np.flatnonzero((self.sources() == source).any(axis=1))
