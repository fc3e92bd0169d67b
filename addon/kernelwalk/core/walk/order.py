# SPDX-License-Identifier: GPL-3.0-or-later
"""The order in which the walk visits positions, and the step at which it visits each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from ..lazy_numpy import np

if TYPE_CHECKING:
    from ..arrays import Booleans, Floats, Integers

Steps = TypeVar("Steps", int, "Integers")
"""One step, or an array of steps."""


def steps_at_positions(positions: Integers, sizes: Sequence[int], order: str) -> Integers:
    """Return the steps (n,), which count from 0, at which a walk over a grid of these sizes visits positions (n, axes).

    order: "rows": the last axis fastest; "columns": the first axis fastest; "serpentine": rows, every second one
           backwards

    >>> steps_at_positions(np.array([[0, 0], [0, 1], [1, 1], [1, 0]]), (2, 2), "serpentine").tolist()
    [0, 1, 2, 3]
    """
    steps = np.zeros(len(positions), np.int64)
    for axis in reversed(_fastest_first(sizes, order)):
        steps = steps * sizes[axis] + _index_in_line(positions[:, axis], steps, sizes[axis], order)
    return steps


def _position_at(step: Steps, sizes: Sequence[int], order: str) -> list[Steps]:
    """Return the index along each axis that is visited at a step, or at each of several."""
    position = [step] * len(sizes)
    lines = step
    for axis in _fastest_first(sizes, order):
        lines, index = lines // sizes[axis], lines % sizes[axis]
        position[axis] = _index_in_line(index, lines, sizes[axis], order)
    return position


def _fastest_first(sizes: Sequence[int], order: str) -> list[int]:
    axes = list(range(len(sizes)))
    return axes if order == "columns" else axes[::-1]


def _index_in_line(index: Steps, lines: Steps, size: int, order: str) -> Steps:
    """Return the index along one axis after `lines` complete lines; a serpentine reverses every second line."""
    return index + lines % 2 * (size - 1 - 2 * index) if order == "serpentine" else index


class WalkOrder(NamedTuple):
    """The positions of a walk, in order.

    filter_count: filters that are walked one after another; 1 if a step computes all of them
    sizes:        positions along each axis that is walked (z, y, x, as far as there are)
    order:        as of steps_at_positions
    first, every: the walk visits the `first` positions, then every `every`-th, and always the last one
    """

    filter_count: int
    sizes: tuple[int, ...]
    order: str
    first: int = 1
    every: int = 1

    @property
    def position_count(self) -> int:
        """Number of positions, visited or not."""
        return self.filter_count * math.prod(self.sizes)

    @property
    def step_count(self) -> int:
        """Number of positions that are visited."""
        first = min(self.first, self.position_count)
        return first - (first - self.position_count) // self.every

    @property
    def visited_indices(self) -> Integers:
        """Index (steps,) of each visited position among all positions."""
        return self._index_at(np.arange(self.step_count))

    def positions_at(self, steps: Integers) -> Integers:
        """Return filter and position (n, 1 + axes) at `steps` (n,), which count from 0."""
        return np.column_stack(self._filter_and_position(steps))

    def position_at(self, step: int) -> list[int]:
        """Return the filter and the position at one step.

        >>> WalkOrder(1, (3, 4), "rows").position_at(5)
        [0, 1, 1]
        """
        return self._filter_and_position(step)

    def steps_at(self, positions: Integers) -> Integers:
        """Return the steps (n,) at which filters and positions (n, 1 + axes) are visited; -1 for skipped ones."""
        indices = positions[:, 0] * math.prod(self.sizes) + steps_at_positions(positions[:, 1:], self.sizes, self.order)
        steps = np.where(indices < self.first, indices, self.first - (self.first - 1 - indices) // self.every - 1)
        steps = np.minimum(steps, self.step_count - 1)
        return np.where(self._index_at(steps) == indices, steps, -1)

    @property
    def positions(self) -> Floats:
        """All visited positions (steps, 4) as x, y, z and filter; 0 along axes that are not walked."""
        visited = self.positions_at(np.arange(self.step_count))
        positions = np.zeros((len(visited), 4))
        positions[:, 3] = visited[:, 0]
        positions[:, : len(self.sizes)] = visited[:, :0:-1]
        return positions

    @property
    def reversed_axes(self) -> Booleans:
        """True (steps, 4) where the walk goes backwards along an axis of `positions`."""
        is_reversed = np.zeros((self.step_count, 4), np.bool_)
        if self.order == "serpentine":
            lines = self.visited_indices % math.prod(self.sizes)
            for axis, size in enumerate(reversed(self.sizes)):
                lines = lines // size
                is_reversed[:, axis] = lines % 2 == 1
        return is_reversed

    def _filter_and_position(self, step: Steps) -> list[Steps]:
        per_filter: int = math.prod(self.sizes)
        index: Steps = self._index_at(step)
        within: Steps = index % per_filter
        return [index // per_filter] + _position_at(within, self.sizes, self.order)

    def _index_at(self, step: Steps) -> Steps:
        """Map steps to indices in the full order: the `first` positions, then every `every`-th, and always the last."""
        index = step + (step >= self.first) * (step - self.first + 1) * (self.every - 1)
        return index - (index >= self.position_count) * (index - self.position_count + 1)
