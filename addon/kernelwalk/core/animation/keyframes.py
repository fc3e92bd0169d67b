# SPDX-License-Identifier: GPL-3.0-or-later
"""The keyframes of a walk: the frames on which values rest, change, appear and fade."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..arrays import Floats, Integers
from ..spec.spec import Spec
from .curve import Curve, make_curve


class KeyframeBuilder:
    """Builds curves from values per step.

    frames: all frames of the walk
    arrivals: shape (steps,), frame on which each position is reached
    departures: shape (steps,), last frame on which the walk rests at it
    easing: of the transitions between positions
    returns_to_start: True for a loop without a pause, which goes from the last position straight to the first
    """

    def __init__(self, spec: Spec):
        self.walk, steps = spec.walk, np.arange(spec.step_count)
        self.frames = spec.frames
        self.grid_count, self.is_scatter = len(spec.layers) + 1, spec.is_scatter
        self.arrivals: Integers = spec.start_frame(steps)
        self.easing, _ = self.walk.transition()
        self.departures = self.arrivals
        if self.easing != "step":
            # beside another walk, a step may last several beats
            last = steps if spec.beats is None else np.append(spec.beats.of_steps[1:], spec.beats.total) - 1
            self.departures = self.walk.start_frame(last) + self.walk.hold_frames(last) - 1
        frames = np.column_stack([self.arrivals, self.departures]).ravel()
        self._are_later = np.append(True, np.diff(frames) > 0)
        self._rests: Integers = frames[self._are_later]
        # the first position is then reached again on the frame after the last
        self.returns_to_start = self.walk.loop and not (self.walk.frames_before or self.walk.frames_after)

    def make_interpolated(self, target: str, values: Floats) -> Curve:
        """Return the curve of a value that rests at each step's value (steps,) and goes smoothly to the next."""
        frames, values = self._rests, np.repeat(values, 2)[self._are_later]
        if self.returns_to_start:
            frames, values = np.append(frames, self.frames.stop), np.append(values, values[0])
        return make_curve(target, frames, values, self.easing)

    def make_stepped(self, target: str, values: Floats, before: float) -> Curve:
        """Return the curve of a value that jumps to each step's (steps,) on arrival, and is `before` until then."""
        frames, values = self.arrivals, np.asarray(values)
        if self.walk.frames_before:
            frames, values = np.append(self.frames.start, frames), np.append(before, values)
        return make_curve(target, frames, values, "step")

    def make_stepped_inside_walk(self, target: str, values: Floats, outside: float) -> Curve:
        """Return the curve of a value that jumps to each step's (steps,), and is `outside` when no step is shown."""
        frames, values = self.arrivals, np.asarray(values)
        if self.walk.frames_before:
            frames, values = np.append(self.frames.start, frames), np.append(outside, values)
        if self.walk.frames_after:
            frames, values = np.append(frames, self.frames.stop - self.walk.frames_after), np.append(values, outside)
        return make_curve(target, frames, values, "step")

    def make_switch(self, target: str, value: float) -> Curve:
        """Return the curve of a switch that is `value`, 0 or 1, while steps are shown, and the other otherwise."""
        values = {self.frames.start: 1 - value} if self.walk.frames_before else {}
        values[self.frames.start + self.walk.frames_before] = value
        if self.walk.frames_after:
            values[self.frames.stop - self.walk.frames_after] = 1 - value
        return make_curve(target, np.array(list(values)), np.array(list(values.values())), "step")

    def make_grid_visibility(self) -> Iterator[Curve]:
        """Yield the curves by which grids appear in the intro, the input first, and vanish in reverse in the outro."""
        grids = range(self.grid_count) if not self.is_scatter else reversed(range(self.grid_count))
        for number, grid in enumerate(grids):
            values: dict[int, float] = {}
            if self.walk.intro:
                begin, end = _divide_frames(number, self.grid_count, self.walk.intro)
                values |= {self.frames.start + begin: 0.0, self.frames.start + end: 1.0}
            if self.walk.outro:
                begin, end = _divide_frames(number, self.grid_count, self.walk.outro)
                values |= {self.frames.stop - end: 1.0, self.frames.stop - begin: 0.0}
            if values:
                yield make_curve(f"shown.{grid}", np.array(list(values)), np.array(list(values.values())), "smooth")

    def make_trail_fade(self) -> Iterator[Curve]:
        """Yield the curve by which the trail fades at the end of a loop; none if it need not fade."""
        if not self.walk.loop or (self.returns_to_start and self.easing == "step"):
            return
        last = int(self.departures[-1])
        if not self.returns_to_start:
            last = self.frames.stop - self.walk.frames_after // 2 - 1
        if last < self.frames.stop - 1:
            easing = self.easing if self.returns_to_start else "smooth"
            yield make_curve("walk.trail", np.array([last, self.frames.stop]), np.array([1.0, 0.0]), easing)


def _divide_frames(number: int, count: int, frames: int) -> tuple[int, int]:
    """Return the frame range [start, end) of item `number` of `count` that share `frames`, at least one frame each."""
    end = max(frames * (number + 1) // count, 1)
    return min(frames * number // count, end - 1), end
