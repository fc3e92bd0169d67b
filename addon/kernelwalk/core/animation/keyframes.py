# SPDX-License-Identifier: GPL-3.0-or-later
"""The channels of a walk: what moves, and the keys by which it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..lines.frustum import Frustum, corner_target
from ..lines.line_set import LineSet
from ..spec.spec import Spec
from ..walk.activation import Floats
from .curve import Curve, make_curve

AXIS_NAMES = "xyzc"
"""What the axes of the walk are called in channels; of places in the world, the first three."""

ORBIT_TARGET = "camera.turn"
"""The channel of a camera that orbits."""

MAX_ORBIT_ANGLES = 2000
"""Of an orbit, as many are looked at: between two of a whole turn's, less than 0.001 % of the scene is missed."""

BEFORE_FIRST = -1.0
"""Where the walk stands before it has reached any position."""


def line_target(name: str, line: int, point: int, axis: int) -> str:
    """The channel of one coordinate of a point of a line."""
    return f"{name}.{line}.{point}.{AXIS_NAMES[axis]}"


def make_walk_curves(
    spec: Spec, kernel_offsets: Floats, lines: Sequence[LineSet], frustum: Frustum | None = None
) -> Iterator[Curve]:
    """Every channel of a walk.

    moves: shape (steps, 3), how far the kernel has moved at each step
    """
    keys = KeyframeBuilder(spec)
    positions = spec.walk_order.positions
    walked = [3] if spec.walk_order.filter_count > 1 else []
    for axis in (*range(len(spec.walk_order.sizes)), *walked):
        yield keys.interpolated(f"walk.{AXIS_NAMES[axis]}", positions[:, axis])
    yield keys.while_active("walk.lit", 1.0)
    yield keys.while_active("connectors.hidden", 0.0)
    yield from keys.grid_visibility()
    if spec.is_scatter or spec.walk.appear or spec.walk.trail:
        turned = spec.walk_order.reversed_axes.astype(np.float64)
        for axis in (*range(len(spec.walk_order.sizes)), *walked):
            yield keys.stepped(f"done.{AXIS_NAMES[axis]}", positions[:, axis], BEFORE_FIRST)
            if turned[:, axis].any():
                yield keys.stepped(f"turned.{AXIS_NAMES[axis]}", turned[:, axis], 0.0)
        yield from keys.trail_fade()
    for axis in range(3):
        if (kernel_offsets[:, axis] != 0).any():
            yield keys.interpolated(f"kernel.{AXIS_NAMES[axis]}", kernel_offsets[:, axis])
    for each in lines:
        yield from _line_curves(keys, each)
    if frustum is not None:
        for corner, axis in frustum.moving_coordinates:
            yield keys.interpolated(corner_target(corner, axis), frustum.points[:, corner, axis] / frustum.extent)


def make_orbit_curves(spec: Spec) -> list[Curve]:
    """How far the camera has turned, in radians: half of its orbit before it is at its azimuth, and half after. A loop
    that is no whole turn goes back again."""
    camera, frames = spec.camera, spec.walk.frames(spec.step_count)
    if camera.orbit == 0 or not frames:
        return []
    if spec.walk.loop and camera.orbit % 360 and len(frames) > 1:
        times, half = [frames.start, frames.start + len(frames) // 2, frames.stop], np.radians(camera.orbit) / 2
        return [make_curve(ORBIT_TARGET, np.array(times), np.array([-half, half, -half]), camera.orbit_easing)]
    # of whole turns, the frame after the last would be the first again
    last = frames.stop if camera.orbit % 360 == 0 else max(frames.stop - 1, frames.start + 1)
    half = np.radians(camera.orbit) / 2
    return [make_curve(ORBIT_TARGET, np.array([frames.start, last]), np.array([-half, half]), camera.orbit_easing)]


def orbit_angles(spec: Spec) -> Floats:
    """Shape (n,): how far the camera turns, in radians, on any frame; of very many frames, as good as that."""
    found = [each.value_at(np.array(spec.walk.frames(spec.step_count), np.float64)) for each in make_orbit_curves(spec)]
    if not found:
        return np.zeros(1)
    each = np.unique(found[0])
    return each if len(each) <= MAX_ORBIT_ANGLES else np.linspace(each[0], each[-1], MAX_ORBIT_ANGLES)


def orbit_angles_at_steps(spec: Spec) -> Floats:
    """Shape (steps,): how far it has turned when each step is reached."""
    reached = spec.walk.start_frame(np.arange(spec.step_count)).astype(np.float64)
    found = [each.value_at(reached) for each in make_orbit_curves(spec)]
    return found[0] if found else np.zeros(spec.step_count)


def _line_curves(keys: KeyframeBuilder, lines: LineSet) -> Iterator[Curve]:
    """What moves of lines. Where some steps have fewer of them, a glide would lead from one to another: they jump."""
    for line, point, axis in np.ndindex(lines.points.shape[1:]):
        values = lines.points[:, line, point, axis]
        if (values != values[0]).any():
            target = line_target(lines.name, line, point, axis)
            yield keys.interpolated(target, values) if lines.hidden is None else keys.stepped(target, values, values[0])
    if lines.hidden is not None:
        for line, hidden in enumerate(lines.hidden.T):
            widths = np.where(
                hidden, 0.0, 1.0 if lines.width_factors is None else lines.width_factors[:, line].mean(axis=1)
            )
            if (widths != 1).any():
                yield keys.stepped(f"{lines.name}.{line}.width", widths, 0.0)
    elif lines.width_factors is not None:
        for line, point in np.ndindex(lines.width_factors.shape[1:]):
            yield keys.interpolated(f"{lines.name}.{line}.{point}.width", lines.width_factors[:, line, point])


class KeyframeBuilder:
    """The times of a spec's keys."""

    def __init__(self, spec: Spec):
        self.walk, steps = spec.walk, np.arange(spec.step_count)
        self.frames = self.walk.frames(spec.step_count)
        self.grid_count, self.is_scatter = len(spec.layers) + 1, spec.is_scatter
        self.arrivals: NDArray[np.int64] = self.walk.start_frame(steps)
        self.easing, _ = self.walk.transition()
        self.departures = self.arrivals + (self.walk.hold_frames(steps) - 1 if self.easing != "step" else 0)
        # from the last step's position a loop without a pause glides to that of the first, on the frame after all
        self.returns_to_start = self.walk.loop and not (self.walk.frames_before or self.walk.frames_after)

    def interpolated(self, target: str, values: Floats) -> Curve:
        """A value that rests at each step's, shape (steps,), and glides to the next."""
        frames, values = np.column_stack([self.arrivals, self.departures]).ravel(), np.repeat(values, 2)
        once = np.append(True, np.diff(frames) > 0)
        frames, values = frames[once], values[once]
        if self.returns_to_start:
            frames, values = np.append(frames, self.frames.stop), np.append(values, values[0])
        return make_curve(target, frames, values, self.easing)

    def stepped(self, target: str, values: Floats, before: float) -> Curve:
        """A value that is each step's from when it is reached, and `before` until the first."""
        times, values = self.arrivals, np.asarray(values)
        if self.walk.frames_before:
            times, values = np.append(self.frames.start, times), np.append(before, values)
        return make_curve(target, times, values, "step")

    def stepped_inside_walk(self, target: str, values: Floats, outside: float) -> Curve:
        """A value that is each step's from when it is reached, shape (steps,), and `beyond` in lead-in and lead-out."""
        times, values = self.arrivals, np.asarray(values)
        if self.walk.frames_before:
            times, values = np.append(self.frames.start, times), np.append(outside, values)
        if self.walk.frames_after:
            times, values = np.append(times, self.frames.stop - self.walk.frames_after), np.append(values, outside)
        return make_curve(target, times, values, "step")

    def while_active(self, target: str, value: float) -> Curve:
        """A value while steps are shown, and 1 less or more before and after."""
        found = {self.frames.start: 1 - value} if self.walk.frames_before else {}
        found[self.frames.start + self.walk.frames_before] = value
        if self.walk.frames_after:
            found[self.frames.stop - self.walk.frames_after] = 1 - value
        return make_curve(target, np.array(list(found)), np.array(list(found.values())), "step")

    def grid_visibility(self) -> Iterator[Curve]:
        """How far each grid has appeared, the input's first; they go again in the opposite order."""
        grids = range(self.grid_count) if not self.is_scatter else reversed(range(self.grid_count))
        for turn, grid in enumerate(grids):
            found: dict[int, float] = {}
            if self.walk.intro:
                begin, end = _share_of_frames(turn, self.grid_count, self.walk.intro)
                found |= {self.frames.start + begin: 0.0, self.frames.start + end: 1.0}
            if self.walk.outro:
                begin, end = _share_of_frames(turn, self.grid_count, self.walk.outro)
                found |= {self.frames.stop - end: 1.0, self.frames.stop - begin: 0.0}
            if found:
                yield make_curve(f"shown.{grid}", np.array(list(found)), np.array(list(found.values())), "smooth")

    def trail_fade(self) -> Iterator[Curve]:
        """How far what has been visited is still kept: a loop lets go of it at its end."""
        if not self.walk.loop or (self.returns_to_start and self.easing == "step"):
            return
        last = int(self.departures[-1]) if self.returns_to_start else self.frames.stop - self.walk.frames_after // 2 - 1
        if last < self.frames.stop - 1:
            easing = self.easing if self.returns_to_start else "smooth"
            yield make_curve("walk.kept", np.array([last, self.frames.stop]), np.array([1.0, 0.0]), easing)


def _share_of_frames(number: int, count: int, frames: int) -> tuple[int, int]:
    """Of so many frames those in which it is one of several's turn, at least one, from the first to the one after."""
    end = max(frames * (number + 1) // count, 1)
    return min(frames * number // count, end - 1), end
