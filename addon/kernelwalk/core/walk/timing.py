# SPDX-License-Identifier: GPL-3.0-or-later
"""The pace of the walk: on which frame each step starts."""

from __future__ import annotations

import bisect
import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ..lazy_numpy import np
from .order import Steps

if TYPE_CHECKING:
    from fractions import Fraction

    from ..arrays import Integers

FIRST_FRAME = 1

MAX_FRAME = 1_048_574
"""Last frame that Blender allows."""


@dataclass(frozen=True)
class Timing:
    """The pace of a walk. All durations are in frames; spec/walk_section.py says what each field means.

    hold:        None stands for half of frames_per_step; with easing "step" a position is held for the whole step
    easing:      a name of easing.EASINGS
    fast_frames: None keeps the speed
    """

    frames_per_step: int = 12
    hold: int | None = None
    easing: str = "smooth"
    fast_frames: int | None = None
    slow_steps: int = 4
    ramp_steps: int = 8
    fps: int | Fraction = 24
    lead_in: int = 12
    lead_out: int = 12
    intro: int = 0
    outro: int = 0
    loop: bool = False

    @property
    def frames_before(self) -> int:
        """Frames before the first step."""
        return self.intro + self.lead_in

    @property
    def frames_after(self) -> int:
        """Frames after the last step."""
        return self.lead_out + self.outro

    def start_frame(self, step: Steps) -> Steps:
        """Return the first frame of a step (counted from 0), or of each of several.

        >>> Timing(frames_per_step=4, lead_in=3).start_frame(2)
        12
        """
        last = len(self._slow_starts) - 1
        beyond = (step > last) * (step - last)
        slow = step - beyond
        offset = self._slow_starts[slow] if isinstance(slow, int) else np.array(self._slow_starts)[slow]
        return FIRST_FRAME + self.frames_before + offset + beyond * self._final_frames_per_step

    def step_at(self, frame: int, step_count: int) -> int | None:
        """Return the step that a frame belongs to, or None before the first and after the last step."""
        time = frame - FIRST_FRAME - self.frames_before
        step = bisect.bisect_right(self._slow_starts, time) - 1
        if step == len(self._slow_starts) - 1:
            step += (time - self._slow_starts[-1]) // self._final_frames_per_step
        return step if 0 <= step < step_count else None

    def frame_count(self, step_count: int) -> int:
        """Return the number of frames of a walk, with those before and after its steps."""
        return self.start_frame(step_count) - FIRST_FRAME + self.frames_after

    def frames(self, step_count: int) -> range:
        """Return all frames of a walk.

        >>> Timing(frames_per_step=4, lead_in=3, lead_out=5).frames(2)
        range(1, 17)
        """
        return range(FIRST_FRAME, FIRST_FRAME + self.frame_count(step_count))

    def transition(self) -> tuple[str, int]:
        """Return the easing between positions and the frames for which a position is held at normal speed.

        A movement of a single frame is a jump, so the easing is then "step".
        """
        hold = max(1, self.frames_per_step // 2) if self.hold is None else self.hold
        if self.easing == "step" or hold >= self.frames_per_step:
            return "step", self.frames_per_step
        return self.easing, hold

    def hold_frames(self, steps: Integers) -> Integers:
        """Return the frames (n,) for which each of `steps` (n,) is held: the same share of every step, at least one."""
        durations = self.start_frame(steps + 1) - self.start_frame(steps)
        return np.maximum(durations * self.transition()[1] // self.frames_per_step, 1)

    @property
    def _final_frames_per_step(self) -> int:
        """Frames per step once the walk has reached its final speed."""
        return self.frames_per_step if self.fast_frames is None else self.fast_frames

    @cached_property
    def _slow_starts(self) -> list[int]:
        """Start of each step, relative to the first, up to the first step at the final speed."""
        final = self._final_frames_per_step
        if final == self.frames_per_step:
            return [0]
        parts, saved = self.ramp_steps + 1, self.frames_per_step - final
        ramp = [self.frames_per_step - (2 * saved * part + parts) // (2 * parts) for part in range(1, parts)]  # rounded
        return [0, *itertools.accumulate([self.frames_per_step] * self.slow_steps + ramp)]
