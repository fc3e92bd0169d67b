# SPDX-License-Identifier: GPL-3.0-or-later
"""One axis of a layer, as a window that slides over a grid of cells.

A convolution's window slides over the input and its padding. A transposed convolution's slides, by one cell a step
and with the kernel flipped, over the input with zeros inserted between its cells and a border around it
(Dumoulin & Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285, relationship 13).
Pooling's slides as a convolution's, but may hang over the padding's end. Nearest upsampling's is one cell, which moves
by a part of a cell. All are the same arithmetic, so everything that is drawn or counted is derived from this one class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from ..lazy_numpy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# What a cell of a grid is. The order matters: a tile is of the greatest kind that any of its axes gives it.
INPUT, ZERO, PADDING, OVERHANG = 0, 1, 2, 3

# What a cell of a transposed convolution's output may be beside: of output padding, or cropped
OUTPUT_PADDING, CROPPED = 4, 5

ZERO_CELL, OUTSIDE = -1, -2
"""What stands for an input index where a tap reads none: a zero or a cell of padding, or none of the layer's cells."""

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")
"""What a cell of padding holds: a zero, or what an input cell holds (torch.nn.Conv2d's padding_mode)."""


CellOrCells = TypeVar("CellOrCells", int, "NDArray[np.int64]")


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
    stride: int
    dilation: int
    before: int
    after: int
    input_dilation: int = 1
    is_flipped: bool = False
    padding_mode: str = "zeros"
    overhang: int = 0
    upsampling: int = 1

    @property
    def extent(self) -> int:
        """Cells from the window's first tap to its last, both included."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def dilated_input(self) -> int:
        """Cells of the input and the zeros between them."""
        return self.input_dilation * (self.input - 1) + 1

    @property
    def size(self) -> int:
        """How many `cells` the grid has."""
        return len(self.cells)

    @property
    def cells(self) -> range:
        """The grid's cells: 0 is the first input, negative cells are padding before it."""
        return range(-max(self.before, 0), self.padding_end + self.overhang)

    @property
    def padding_end(self) -> int:
        """The first cell after the padding."""
        return self.dilated_input + max(self.after, 0)

    def cell_kinds(self) -> NDArray[np.int8]:
        """INPUT, ZERO, PADDING or OVERHANG for each of `cells`."""
        cells = np.arange(self.cells.start, self.cells.stop)
        inside = (cells >= 0) & (cells < self.dilated_input)
        kinds = np.where(cells % self.input_dilation == 0, INPUT, ZERO)
        kinds = np.where(inside, kinds, PADDING)
        return np.where(cells < self.padding_end, kinds, OVERHANG).astype(np.int8)

    def first_cell(self, output: CellOrCells) -> CellOrCells:
        """The cell under the window's first tap at an output, or at each of several."""
        return output * self.stride // self.upsampling - self.before

    @cached_property
    def cell_sources(self) -> tuple[int, ...]:
        """The input index that each of `cells` holds: NO_CELL for a zero or padding of zeros, NOWHERE for what the last
        window hangs over."""
        before, after, last = max(self.before, 0), max(self.after, 0), self.input - 1
        inner = [ZERO_CELL] * self.dilated_input
        inner[:: self.input_dilation] = range(self.input)
        left: Sequence[int] = [ZERO_CELL] * before
        right: Sequence[int] = [ZERO_CELL] * after
        match self.padding_mode:
            case "reflect":
                left, right = range(before, 0, -1), range(last - 1, last - 1 - after, -1)
            case "replicate":
                left, right = [0] * before, [last] * after
            case "circular":
                left, right = range(self.input - before, self.input), range(after)
        return (*left, *inner, *right, *([OUTSIDE] * self.overhang))

    def copy_sources(self, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        """The cell that each of `cells` holds a copy of, by `mode`; itself where it is none of padding."""
        return (
            cells if self.padding_mode == "zeros" else np.array(self.cell_sources, np.int64)[cells - self.cells.start]
        )

    def tap_sources(self, output: int) -> tuple[int, ...]:
        """What of `held` each kernel tap reads at an output."""
        first = self.first_cell(output) - self.cells.start
        under = self.cell_sources[first : first + self.extent : self.dilation]
        return under[::-1] if self.is_flipped else under

    def iterate_tap_sources(self) -> Iterator[tuple[int, ...]]:
        """What the taps read at each output."""
        return map(self.tap_sources, range(self.output))

    def source_table(self) -> NDArray[np.int64]:
        """Shape (output, kernel): the same as a table."""
        taps = np.arange(self.kernel)
        if self.is_flipped:
            taps = taps[::-1]
        first = self.first_cell(np.arange(self.output)) - self.cells.start
        return np.array(self.cell_sources, np.int64)[first[:, None] + taps * self.dilation]

    def read_counts(self) -> list[int]:
        """For each input index how often the outputs read it, be it by a copy in the padding."""
        counts = Counter(chain.from_iterable(self.iterate_tap_sources()))
        return [counts[source] for source in range(self.input)]

    def outputs_over_cell(self, cell: int) -> NDArray[np.int64]:
        """The outputs whose window has a tap on `cell`, ascending. `cell` is one of `cells`, of whatever kind."""
        outputs = np.arange(self.output)
        offset = cell + self.before - outputs * self.stride // self.upsampling
        return outputs[(offset >= 0) & (offset < self.extent) & (offset % self.dilation == 0)]

    def outputs_reading(self, source: int) -> NDArray[np.int64]:
        """The outputs that read the input index `source`, be it by a copy in the padding, ascending."""
        return np.flatnonzero((self.source_table() == source).any(axis=1))
