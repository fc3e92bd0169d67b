# SPDX-License-Identifier: GPL-3.0-or-later
"""The walk: in what order the output positions are visited, and on which frame each is reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

ORDERS = ("rows", "columns", "serpentine")

FIRST_FRAME = 1

Steps = TypeVar("Steps", int, NDArray[np.int64])


def positions(output: Sequence[int], order: str) -> NDArray[np.int64]:
    """Shape (steps, axes): the output positions of size `output` in walking order.

    rows: the last axis fastest; columns: the first axis fastest; serpentine: rows, every other one backwards.
    """
    sizes = np.array(output, np.int64)
    fastest_first = np.arange(len(sizes)) if order == "columns" else np.arange(len(sizes))[::-1]
    visited = np.empty((int(np.prod(sizes)), len(sizes)), np.int64)
    left = np.arange(len(visited))
    for axis in fastest_first:
        left, place = np.divmod(left, sizes[axis])
        # what is left counts the lines walked so far along this axis: on every other one a serpentine turns round
        turned = (order == "serpentine") & (left % 2 == 1)
        visited[:, axis] = np.where(turned, sizes[axis] - 1 - place, place)
    return visited


@dataclass(frozen=True)
class Walk:
    """How the positions are walked; times in frames.

    order:           one of ORDERS
    frames_per_step: from reaching one position to reaching the next
    hold:            of these, how many the position rests, the others glide to the next; None is half of them.
                     With easing "step" the position rests all the time
    easing:          a name of easing.EASINGS
    fps:             frames a second
    lead_in, lead_out: still frames before the first and after the last step, with nothing lit
    """

    order: str = "rows"
    frames_per_step: int = 12
    hold: int | None = None
    easing: str = "smooth"
    fps: int = 24
    lead_in: int = 12
    lead_out: int = 12

    def start(self, step: Steps) -> Steps:
        """The frame on which a step (counted from 0), or each of several, is reached."""
        return FIRST_FRAME + self.lead_in + step * self.frames_per_step

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
