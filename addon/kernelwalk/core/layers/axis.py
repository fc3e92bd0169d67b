# SPDX-License-Identifier: GPL-3.0-or-later
"""One axis of a layer: a window that slides over a grid of cells.

A convolution's window slides over the input and its padding. A transposed convolution's window slides, by one cell per
output and with the kernel flipped, over the input with zeros inserted between its cells and a border around it
(Dumoulin & Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285, relationship 13).
A pooling's window slides as a convolution's, but may extend past the end of the padding. The window of nearest
upsampling is one cell, which moves by a fraction of a cell; that of linear and cubic upsampling moves as a table says
(interpolation_axis.py), and that of adaptive pooling varies in length (adaptive_axis.py). All are the same arithmetic,
so everything that is drawn or counted is derived from Axis.

The boundary of the model. A layer fits if its window is separable and affine: on each axis the cells that an output
reads depend on that axis's output index alone, and start at floor(output · stride / upsampling) - before. Layers that
move each cell to a place of its own (pixel shuffle, unfold) fit too: they add a permutation (`BaseLayer.source_of`).
These do not fit:
- Attention windows (local or dilated) fit as windows, but not their weights, which depend on the values. Global
  attention is one window over the whole input. Shifted windows are affine only within a block: they need ranges per
  block.
- Deformable convolution reads positions that are not separable and not whole cells. It needs active ranges over the
  step number in place of ranges per axis (walk/active_ranges.py and the material that repeats them as nodes), and taps
  that carry weights (Mapping).
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
    from fractions import Fraction

    from ..arrays import Integers, SmallIntegers

INPUT, ZERO, PADDING, OVERHANG = 0, 1, 2, 3
"""Kinds of cells. The order matters: a tile has the greatest kind that any of its axes gives it."""

OUTPUT_PADDING, CROPPED = 4, 5
"""Further kinds of cells in the output of a transposed convolution."""

ZERO_CELL, OUTSIDE = -1, -2
"""Values in place of an input index: for an inserted zero or padding of zeros, and for a cell past the padding."""

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")
"""Contents of the padding: zeros, or copies of input cells (torch.nn.Conv2d's padding_mode)."""


CellOrCells = TypeVar("CellOrCells", int, "Integers")


@dataclass(frozen=True)
class Axis:
    """One axis of the sliding window; all sizes in cells.

    input:          cells of the input
    output:         cells of the output, which is the number of positions of the window
    kernel:         taps of the window
    stride:         cells the window moves from one output to the next (always 1 for a transposed convolution)
    dilation:       cells from one tap to the next
    before, after:  padding before the first and after the last cell; negative if that many cells are cropped
    input_dilation: cells from one input to the next (a transposed convolution's stride, which inserts zeros; else 1)
    is_flipped:     True if the window's first cell carries the kernel's last tap, as in most transposed convolutions
    padding_mode:   contents of the padding, one of PADDING_MODES; only zeros where cells are cropped or inserted
    overhang:       cells of the last window past the padding (pooling with ceil_mode); they hold nothing
    upsampling:     outputs per `stride` (1 except for upsampling)
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
        """Number of `cells`."""
        return len(self.cells)

    @property
    def cells(self) -> range:
        """The grid's cells: 0 is the first input, negative cells are padding before it."""
        return range(-max(self.before, 0), self.padding_end + self.overhang)

    @property
    def padding_end(self) -> int:
        """The first cell after the padding."""
        return self.dilated_input + max(self.after, 0)

    def cell_kinds(self) -> SmallIntegers:
        """Return INPUT, ZERO, PADDING or OVERHANG for each of `cells`."""
        cells = np.arange(self.cells.start, self.cells.stop)
        inside = (cells >= 0) & (cells < self.dilated_input)
        kinds = np.where(cells % self.input_dilation == 0, INPUT, ZERO)
        kinds = np.where(inside, kinds, PADDING)
        return np.where(cells < self.padding_end, kinds, OVERHANG).astype(np.int8)

    def first_cell(self, output: CellOrCells) -> CellOrCells:
        """Return the cell under the window's first tap at an output, or at each of several."""
        return output * self.stride // self.upsampling - self.before

    def window_cells(self, outputs: Integers) -> Integers:
        """Return the cells (n, kernel) under the window's taps at outputs (n,)."""
        return self.first_cell(outputs)[:, None] + np.arange(self.kernel) * self.dilation

    def endless_window(self, output: int) -> Sequence[int]:
        """Return the cells under the window's taps at any output, as if the input were endless."""
        first = self.first_cell(output)
        return range(first, first + self.extent, self.dilation)

    @property
    def field_start(self) -> Fraction:
        """The middle of the first output's window, in inputs; outputs that share a cell lie in a row over it."""
        from fractions import Fraction  # only now: it takes a while to load

        window = Fraction(self.extent - 1, 2) - self.before
        return window / self.input_dilation - Fraction(self.upsampling - 1, 2 * self.upsampling)

    @property
    def field_half_width(self) -> Fraction:
        """Half the distance between the outermost cells of a window, in inputs; more for outputs that share a cell."""
        from fractions import Fraction  # only now: it takes a while to load

        return Fraction(self.extent - 1, 2 * self.input_dilation) + Fraction(self.upsampling - 1, 2 * self.upsampling)

    @cached_property
    def cell_sources(self) -> tuple[int, ...]:
        """The input index whose value each of `cells` holds; ZERO_CELL for zeros, OUTSIDE for the overhang."""
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

    def copy_sources(self, cells: Integers) -> Integers:
        """Return the cell that each of `cells` copies by `padding_mode`; a cell outside the padding copies itself."""
        if self.padding_mode == "zeros":
            return cells
        return np.array(self.cell_sources, np.int64)[cells - self.cells.start]

    def tap_sources(self, output: int) -> tuple[int, ...]:
        """Return the entry of `cell_sources` that each kernel tap reads at an output."""
        first = self.first_cell(output) - self.cells.start
        under = self.cell_sources[first : first + self.extent : self.dilation]
        return under[::-1] if self.is_flipped else under

    def iterate_tap_sources(self) -> Iterator[tuple[int, ...]]:
        """Iterate over `tap_sources` of each output."""
        return map(self.tap_sources, range(self.output))

    def source_table(self) -> Integers:
        """Return `tap_sources` of all outputs as an array of shape (output, kernel)."""
        taps = np.arange(self.kernel)
        if self.is_flipped:
            taps = taps[::-1]
        first = self.first_cell(np.arange(self.output)) - self.cells.start
        return np.array(self.cell_sources, np.int64)[first[:, None] + taps * self.dilation]

    def read_counts(self) -> list[int]:
        """Count how often the outputs read each input index, directly or through padding."""
        counts = Counter(chain.from_iterable(self.iterate_tap_sources()))
        return [counts[source] for source in range(self.input)]

    def outputs_over_cell(self, cell: int) -> Integers:
        """Return the outputs whose window has a tap on `cell`, ascending. `cell` is one of `cells`, of any kind."""
        return np.flatnonzero((self.window_cells(np.arange(self.output)) == cell).any(axis=1))

    def outputs_reading(self, source: int) -> Integers:
        """Return the outputs that read the input index `source`, directly or through padding, ascending."""
        return np.flatnonzero((self.source_table() == source).any(axis=1))
