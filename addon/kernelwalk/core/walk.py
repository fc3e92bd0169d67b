# SPDX-License-Identifier: GPL-3.0-or-later
"""The walk: in what order the output positions are visited, and on which frame each is reached."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

ORDERS = ("rows", "columns", "serpentine")

FILTERS = ("together", "each")

FIRST_FRAME = 1

Steps = TypeVar("Steps", int, NDArray[np.int64])


def positions(output: Sequence[int], order: str) -> NDArray[np.int64]:
    """Shape (steps, axes): the output positions of size `output` in walking order.

    rows: the last axis fastest; columns: the first axis fastest; serpentine: rows, every other one backwards.
    """
    return positions_at(np.arange(math.prod(output)), output, order)


def positions_at(steps: NDArray[np.int64], output: Sequence[int], order: str) -> NDArray[np.int64]:
    """Shape (n, axes): the output positions that are visited at `steps` (n,), which count from 0."""
    visited = np.empty((len(steps), len(output)), np.int64)
    left = steps
    for axis in _fastest_first(output, order):
        left, place = np.divmod(left, output[axis])
        visited[:, axis] = _along(place, left, output[axis], order)
    return visited


def steps_of(places: NDArray[np.int64], output: Sequence[int], order: str) -> NDArray[np.int64]:
    """Shape (n,): the steps at which output positions (n, axes) are visited: the inverse of positions_at."""
    steps = np.zeros(len(places), np.int64)
    for axis in reversed(_fastest_first(output, order)):
        steps = steps * output[axis] + _along(places[:, axis], steps, output[axis], order)
    return steps


def _fastest_first(output: Sequence[int], order: str) -> list[int]:
    axes = list(range(len(output)))
    return axes if order == "columns" else axes[::-1]


def _along(place: NDArray[np.int64], lines: NDArray[np.int64], size: int, order: str) -> NDArray[np.int64]:
    """The index on an axis, where it is walked after so many `lines` along it: a serpentine turns on every other."""
    turned = (order == "serpentine") & (lines % 2 == 1)
    return np.where(turned, size - 1 - place, place)


@dataclass(frozen=True)
class Route:
    """All the positions of a walk, in their order.

    filters: those that the walk goes through one after another; 1 where all are done at once
    sizes:   positions along each axis that is walked (z, y, x, as far as there are)
    order:   one of ORDERS
    """

    filters: int
    sizes: tuple[int, ...]
    order: str

    @property
    def steps(self) -> int:
        return self.filters * math.prod(self.sizes)

    def at(self, steps: NDArray[np.int64]) -> NDArray[np.int64]:
        """Shape (n, 1 + axes): the filter and the position that are visited at `steps` (n,), which count from 0."""
        filters, within = np.divmod(steps, math.prod(self.sizes))
        return np.column_stack([filters, positions_at(within, self.sizes, self.order)])

    def steps_of(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Shape (n,): the steps at which filters and positions (n, 1 + axes) are visited: the inverse of `at`."""
        return places[:, 0] * math.prod(self.sizes) + steps_of(places[:, 1:], self.sizes, self.order)

    @property
    def positions(self) -> NDArray[np.float64]:
        """Shape (steps, 4): every position as x, y, z and filter; 0 along axes that are not walked."""
        visited = self.at(np.arange(self.steps))
        found = np.zeros((len(visited), 4))
        found[:, 3] = visited[:, 0]
        found[:, : len(self.sizes)] = visited[:, :0:-1]
        return found

    @property
    def turned(self) -> NDArray[np.bool_]:
        """Shape (steps, 4): along which axes of `positions` the walk goes backwards, at each step."""
        found = np.zeros((self.steps, 4), np.bool_)
        if self.order == "serpentine":
            lines = np.arange(self.steps) % math.prod(self.sizes)
            for axis, size in enumerate(reversed(self.sizes)):
                lines = lines // size
                found[:, axis] = lines % 2 == 1
        return found


@dataclass(frozen=True)
class Walk:
    """How the positions are walked; times in frames.

    order:           one of ORDERS
    filters:         "together": a step computes an output position of all channels; "each": of one channel, and when
                     it has been walked, the next
    frames_per_step: from reaching one position to reaching the next
    hold:            of these, how many the position rests, the others glide to the next; None is half of them.
                     With easing "step" the position rests all the time
    easing:          a name of easing.EASINGS
    fps:             frames a second
    lead_in, lead_out: still frames before the first and after the last step, with nothing lit
    """

    order: str = "rows"
    filters: str = "together"
    frames_per_step: int = 12
    hold: int | None = None
    easing: str = "smooth"
    fps: int = 24
    lead_in: int = 12
    lead_out: int = 12

    def start(self, step: Steps) -> Steps:
        """The frame on which a step (counted from 0), or each of several, is reached."""
        return FIRST_FRAME + self.lead_in + step * self.frames_per_step

    def step_at(self, frame: int, steps: int) -> int | None:
        """The step that a frame shows, or glides away from: None in the lead-in and lead-out."""
        step = (frame - FIRST_FRAME - self.lead_in) // self.frames_per_step
        return step if 0 <= step < steps else None

    def length(self, steps: int) -> int:
        """How many frames a walk of `steps` steps has, lead-in and lead-out included."""
        return self.lead_in + steps * self.frames_per_step + self.lead_out

    def frames(self, steps: int) -> range:
        """Every frame of a walk of `steps` steps."""
        return range(FIRST_FRAME, FIRST_FRAME + self.length(steps))

    def glide(self) -> tuple[str, int]:
        """The easing between positions and the frames a position rests: a glide over a single frame is a jump."""
        hold = max(1, self.frames_per_step // 2) if self.hold is None else self.hold
        if self.easing == "step" or hold >= self.frames_per_step:
            return "step", self.frames_per_step
        return self.easing, hold
