# SPDX-License-Identifier: GPL-3.0-or-later
"""Pixels of earlier pictures: the base frame, and the contents that each square has had since."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from kernelwalk.core.arrays import Bytes, Integers
from kernelwalk.core.incremental.changed_regions import SquareHashes
from kernelwalk.core.incremental.rectangle_cover import SQUARE_SIZE, Region, SquareMask
from numpy.typing import NDArray

MAX_BYTES = 1 << 27
"""Bytes of pixels that are remembered, at most: 2.8 million squares, which make 48 whole pictures of 1280x720."""

UNKNOWN = -1
"""Number of a square's content that is not remembered."""

KEY_FACTOR = np.uint64(0x9E3779B97F4A7C15)
"""Factor by which a square's place enters its key: 2**64 over the golden ratio."""


class NewContents(NamedTuple):
    """The contents that a frame adds to the cache: rows and columns of their squares, and their numbers."""

    rows: Integers
    columns: Integers
    numbers: Integers


class SquareCache:
    """Composes pictures from the base frame, remembered squares and rendered regions.

    base:      pixels of the base frame, shape (height, width, color components)
    max_bytes: of pixels to remember

    Squares are identified by their place and the hashes that `changed_regions.hash_squares` returns; a hash of 0 is the
    base frame's content. Contents in which something moves (an odd hash) are not remembered, since they do not return.
    Contents are numbered in the order in which they come. When there are too many, the oldest are forgotten.

    For each frame, in this order and in the order of the frames: `find_numbers`, `reserve`, `compose`, `store`. The
    next frame's first two may come before a frame's last two.
    """

    def __init__(self, base: Bytes, max_bytes: int = MAX_BYTES):
        self.base = base
        height, width, channels = base.shape
        self.shape = -(-height // SQUARE_SIZE), -(-width // SQUARE_SIZE)
        self.capacity = max(1, max_bytes // (SQUARE_SIZE**2 * channels))
        # memory is taken as it is filled
        self._pixels = np.empty((self.capacity, SQUARE_SIZE, SQUARE_SIZE, channels), np.uint8)
        self._keys, self._numbers = np.zeros(0, np.uint64), np.zeros(0, np.int64)  # sorted by key
        self._next = 0

    def find_numbers(self, hashes: SquareHashes) -> Integers:
        """Return the number of each square's content, UNKNOWN where it is not remembered, shape (rows, columns)."""
        numbers = np.full(self.shape, UNKNOWN, np.int64)
        if len(self._keys):
            rows, columns = np.nonzero(_may_return(hashes))
            keys = _make_keys(hashes, rows, columns)
            order = np.argsort(keys)  # a search in order of the keys is several times as fast
            found = np.minimum(np.searchsorted(self._keys, keys[order]), len(self._keys) - 1)
            is_known = self._keys[found] == keys[order]
            numbers[rows[order][is_known], columns[order][is_known]] = self._numbers[found[is_known]]
        return numbers

    def reserve(self, hashes: SquareHashes, numbers: Integers, regions: Sequence[Region]) -> NewContents:
        """Return the contents that regions of a frame add, and remember their places; forget the oldest for them."""
        is_rendered = np.zeros(self.shape, np.bool_)
        for x, y, width, height in regions:
            rows = slice(y // SQUARE_SIZE, -(-(y + height) // SQUARE_SIZE))
            columns = slice(x // SQUARE_SIZE, -(-(x + width) // SQUARE_SIZE))
            is_rendered[rows, columns] = True
        is_kept = is_rendered & _may_return(hashes) & (numbers == UNKNOWN)
        at_row, at_column = (places[: self.capacity] for places in np.nonzero(is_kept))
        new = NewContents(at_row, at_column, self._next + np.arange(len(at_row)))
        self._next += len(at_row)
        keys = _make_keys(hashes, new.rows, new.columns)
        order = np.argsort(keys)
        if self._next > self.capacity:
            is_recent = self._numbers >= self._next - self.capacity
            self._keys, self._numbers = self._keys[is_recent], self._numbers[is_recent]
        places = np.searchsorted(self._keys, keys[order])
        self._keys = np.insert(self._keys, places, keys[order])
        self._numbers = np.insert(self._numbers, places, new.numbers[order])
        return new

    def compose(self, numbers: Integers, regions: Sequence[Region], parts: Sequence[Bytes]) -> Bytes:
        """Return a frame's picture, shape (height, width, color components).

        regions, parts: what was rendered of it; each part of shape (height, width, color components), top row first
        """
        picture, height = self._pad(self.base), len(self.base)
        rows, columns = np.nonzero(numbers != UNKNOWN)
        _split_squares(picture)[rows, columns] = self._pixels[numbers[rows, columns] % self.capacity]
        picture = picture[-height:, : self.base.shape[1]]
        for (x, y, _, _), part in zip(regions, parts, strict=True):
            picture[height - y - len(part) : height - y, x : x + part.shape[1]] = part
        return picture

    def store(self, new: NewContents, picture: Bytes) -> None:
        """Store the pixels of a frame's new contents, from its picture."""
        self._pixels[new.numbers % self.capacity] = _split_squares(self._pad(picture))[new.rows, new.columns]

    def _pad(self, picture: Bytes) -> Bytes:
        """Return a copy of a picture that has whole squares at its upper and right edges."""
        height, width, channels = picture.shape
        padded = np.zeros((self.shape[0] * SQUARE_SIZE, self.shape[1] * SQUARE_SIZE, channels), np.uint8)
        padded[-height:, :width] = picture
        return padded


def find_missing_squares(hashes: SquareHashes, numbers: Integers) -> SquareMask:
    """Return a mask of the squares of a frame that must be rendered."""
    missing: SquareMask = (hashes != 0) & (numbers == UNKNOWN)
    return missing


def _may_return(hashes: SquareHashes) -> SquareMask:
    """Return a mask of the squares that differ from the base frame, and in which nothing moves."""
    may_return: SquareMask = (hashes != 0) & (hashes & np.uint64(1) == 0)
    return may_return


def _make_keys(hashes: SquareHashes, rows: Integers, columns: Integers) -> NDArray[np.uint64]:
    """Return keys that tell apart the contents of squares at different places, as well as those at one place."""
    places = (rows * hashes.shape[1] + columns).astype(np.uint64)
    keys: NDArray[np.uint64] = hashes[rows, columns] ^ (places * KEY_FACTOR)
    return keys


def _split_squares(picture: Bytes) -> Bytes:
    """Return a view of a picture by squares, shape (rows, columns, SQUARE_SIZE, SQUARE_SIZE, color components).

    The lowest row of squares comes first, and in each square its top row of pixels.
    """
    height, width, channels = picture.shape
    squares = picture.reshape(height // SQUARE_SIZE, SQUARE_SIZE, width // SQUARE_SIZE, SQUARE_SIZE, channels)
    return squares.swapaxes(1, 2)[::-1]
