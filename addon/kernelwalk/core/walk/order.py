# SPDX-License-Identifier: GPL-3.0-or-later
"""The walk: in what order the output positions are visited, and on which frame each is reached."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from ..lazy_numpy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ORDERS = ("rows", "columns", "serpentine")

FILTER_MODES = ("together", "each")

FIRST_FRAME = 1

Steps = TypeVar("Steps", int, "NDArray[np.int64]")


def positions_in_order(output: Sequence[int], order: str) -> NDArray[np.int64]:
    """Shape (steps, axes): the output positions of size `output` in walking order.

    rows: the last axis fastest; columns: the first axis fastest; serpentine: rows, every other one backwards.
    """
    return positions_at_steps(np.arange(math.prod(output)), output, order)


def positions_at_steps(steps: NDArray[np.int64], output: Sequence[int], order: str) -> NDArray[np.int64]:
    """Shape (n, axes): the output positions that are visited at `steps` (n,), which count from 0."""
    return np.column_stack(_visited(steps, output, order))


def _visited(step: Steps, output: Sequence[int], order: str) -> list[Steps]:
    """The index along each axis of the output position that is visited at a step, or at each of several."""
    visited = [step] * len(output)
    left = step
    for axis in _fastest_first(output, order):
        left, place = left // output[axis], left % output[axis]
        visited[axis] = _along(place, left, output[axis], order)
    return visited


def steps_at_positions(places: NDArray[np.int64], output: Sequence[int], order: str) -> NDArray[np.int64]:
    """Shape (n,): the steps at which output positions (n, axes) are visited: the inverse of positions_at."""
    steps = np.zeros(len(places), np.int64)
    for axis in reversed(_fastest_first(output, order)):
        steps = steps * output[axis] + _along(places[:, axis], steps, output[axis], order)
    return steps


def _fastest_first(output: Sequence[int], order: str) -> list[int]:
    axes = list(range(len(output)))
    return axes if order == "columns" else axes[::-1]


def _along(place: Steps, lines: Steps, size: int, order: str) -> Steps:
    """The index on an axis, where it is walked after so many `lines` along it: a serpentine turns on every other."""
    return place + lines % 2 * (size - 1 - 2 * place) if order == "serpentine" else place


@dataclass(frozen=True)
class WalkOrder:
    """The positions of a walk, in their order.

    filters: those that the walk goes through one after another; 1 where all are done at once
    sizes:   positions along each axis that is walked (z, y, x, as far as there are)
    order:   one of ORDERS
    first, every: of all positions in their order the walk visits the `first` ones, of the others each `every`th, and
             the last one, so that it ends where the layer does
    """

    filter_count: int
    sizes: tuple[int, ...]
    order: str
    first: int = 1
    every: int = 1

    @property
    def position_count(self) -> int:
        """How many positions there are, visited or not."""
        return self.filter_count * math.prod(self.sizes)

    @property
    def step_count(self) -> int:
        """How many of them are visited."""
        first = min(self.first, self.position_count)
        return first - (first - self.position_count) // self.every

    @property
    def visited_indices(self) -> NDArray[np.int64]:
        """Shape (steps,): of each step the place of its position among all of them."""
        return self._place(np.arange(self.step_count))

    def positions_at(self, steps: NDArray[np.int64]) -> NDArray[np.int64]:
        """Shape (n, 1 + axes): the filter and the position that are visited at `steps` (n,), which count from 0."""
        return np.column_stack(self._position(steps))

    def position_at(self, step: int) -> list[int]:
        """The filter and the position that are visited at a step."""
        return self._position(step)

    def _position(self, step: Steps) -> list[Steps]:
        each: int = math.prod(self.sizes)
        place: Steps = self._place(step)
        within: Steps = place % each
        return [place // each] + _visited(within, self.sizes, self.order)

    def steps_at(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Shape (n,): the steps at which filters and positions (n, 1 + axes) are visited, the inverse of `at`; -1 for
        those that are left out."""
        places = positions[:, 0] * math.prod(self.sizes) + steps_at_positions(positions[:, 1:], self.sizes, self.order)
        steps = np.where(places < self.first, places, self.first - (self.first - 1 - places) // self.every - 1)
        steps = np.minimum(steps, self.step_count - 1)
        return np.where(self._place(steps) == places, steps, -1)

    def _place(self, step: Steps) -> Steps:
        """Of a step, or of each of several, the place of its position among all: after the first ones, the end of each
        `every`; that of the last one is the last."""
        place = step + (step >= self.first) * (step - self.first + 1) * (self.every - 1)
        return place - (place >= self.position_count) * (place - self.position_count + 1)

    @property
    def positions(self) -> NDArray[np.float64]:
        """Shape (steps, 4): every position that is visited as x, y, z and filter; 0 along axes that are not walked."""
        visited = self.positions_at(np.arange(self.step_count))
        found = np.zeros((len(visited), 4))
        found[:, 3] = visited[:, 0]
        found[:, : len(self.sizes)] = visited[:, :0:-1]
        return found

    @property
    def reversed_axes(self) -> NDArray[np.bool_]:
        """Shape (steps, 4): along which axes of `positions` the walk goes backwards, at each step."""
        found = np.zeros((self.step_count, 4), np.bool_)
        if self.order == "serpentine":
            lines = self.visited_indices % math.prod(self.sizes)
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
    first, every:    see Route; a `first` of None is a line along the axis that is walked fastest
    frames_per_step: from reaching one position to reaching the next
    hold:            of these, how many the position rests, the others glide to the next; None is half of them.
                     With easing "step" the position rests all the time
    easing:          a name of easing.EASINGS
    fast_frames:     what frames_per_step comes down to; None where the pace stays the same
    slow_steps:      steps before the pace quickens
    ramp_steps:      steps over which it does, evenly, until a step takes `fast_frames`
    fps:             frames a second
    lead_in, lead_out: still frames before the first and after the last step, with nothing lit
    intro, outro:    frames before these and after them, in which the grids appear one after another, and go again
    loop:            whether the last frame leads into the first
    appear:          whether tiles that are yet to be computed are ghosts
    trail:           whether those that have been visited keep a colour of their own
    lift:            how far tiles rise while they are lit, in tiles
    """

    order: str = "rows"
    filters: str = "together"
    first: int | None = None
    every: int = 1
    frames_per_step: int = 12
    hold: int | None = None
    easing: str = "smooth"
    fast_frames: int | None = None
    slow_steps: int = 4
    ramp_steps: int = 8
    fps: int = 24
    lead_in: int = 12
    lead_out: int = 12
    intro: int = 0
    outro: int = 0
    loop: bool = False
    appear: bool = False
    trail: bool = False
    lift: float = 0.0

    def make_order(self, filters: int, sizes: tuple[int, ...]) -> WalkOrder:
        """The route of this walk over so many filters and positions."""
        line = sizes[0] if self.order == "columns" else sizes[-1]
        return WalkOrder(filters, sizes, self.order, line if self.first is None else self.first, self.every)

    @property
    def frames_before(self) -> int:
        """Frames before the first step."""
        return self.intro + self.lead_in

    @property
    def frames_after(self) -> int:
        """Frames after the last step."""
        return self.lead_out + self.outro

    def start_frame(self, step: Steps) -> Steps:
        """The frame on which a step (counted from 0), or each of several, is reached."""
        last = len(self._slow) - 1
        beyond = (step > last) * (step - last)
        slow = step - beyond
        reached = self._slow[slow] if isinstance(slow, int) else np.array(self._slow)[slow]
        return FIRST_FRAME + self.frames_before + reached + beyond * self._fast

    def step_at(self, frame: int, steps: int) -> int | None:
        """The step that a frame shows, or glides away from: None in the lead-in and lead-out."""
        time = frame - FIRST_FRAME - self.frames_before
        step = bisect.bisect_right(self._slow, time) - 1
        if step == len(self._slow) - 1:
            step += (time - self._slow[-1]) // self._fast
        return step if 0 <= step < steps else None

    def frame_count(self, steps: int) -> int:
        """How many frames a walk of `steps` steps has, with all that is before and after."""
        return self.start_frame(steps) - FIRST_FRAME + self.frames_after

    def frames(self, steps: int) -> range:
        """Every frame of a walk of `steps` steps."""
        return range(FIRST_FRAME, FIRST_FRAME + self.frame_count(steps))

    def transition(self) -> tuple[str, int]:
        """The easing between positions and the frames a position rests before the pace quickens: a glide over a single
        frame is a jump."""
        hold = max(1, self.frames_per_step // 2) if self.hold is None else self.hold
        if self.easing == "step" or hold >= self.frames_per_step:
            return "step", self.frames_per_step
        return self.easing, hold

    def hold_frames(self, steps: NDArray[np.int64]) -> NDArray[np.int64]:
        """Shape (n,): the frames that each of `steps` (n,) rests: of its own frames the same share as of the first."""
        lasts = self.start_frame(steps + 1) - self.start_frame(steps)
        return np.maximum(lasts * self.transition()[1] // self.frames_per_step, 1)

    @property
    def _fast(self) -> int:
        """The frames of a step when the pace has quickened."""
        return self.frames_per_step if self.fast_frames is None else self.fast_frames

    @cached_property
    def _slow(self) -> list[int]:
        """The frames from the first step to each, up to the first of those that are all as fast."""
        if self._fast == self.frames_per_step:
            return [0]
        parts, most = self.ramp_steps + 1, self.frames_per_step - self._fast
        ramp = [self.frames_per_step - (2 * most * part + parts) // (2 * parts) for part in range(1, parts)]  # rounded
        return [0, *itertools.accumulate([self.frames_per_step] * self.slow_steps + ramp)]
