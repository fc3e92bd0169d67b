# SPDX-License-Identifier: GPL-3.0-or-later
"""The channels of a walk: what moves, and the keys by which it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..spec.spec import Spec
from ..walk.activation import Floats
from .channel import Channel, channel
from .frustum import Frustum, corner_target
from .lines import Lines

AXIS_NAMES = "xyzc"
"""What the axes of the walk are called in channels; of places in the world, the first three."""

TURN = "camera.turn"
"""The channel of a camera that orbits."""

MOST_TURNS = 2000
"""Of an orbit, as many are looked at: between two of a whole turn's, less than 0.001 % of the scene is missed."""

BEFORE = -1.0
"""Where the walk stands before it has reached any position."""


def line_target(name: str, line: int, point: int, axis: int) -> str:
    """The channel of one coordinate of a point of a line."""
    return f"{name}.{line}.{point}.{AXIS_NAMES[axis]}"


def walk_channels(spec: Spec, moves: Floats, lines: Sequence[Lines], body: Frustum | None = None) -> Iterator[Channel]:
    """Every channel of a walk.

    moves: shape (steps, 3), how far the kernel has moved at each step
    """
    keys = Keys(spec)
    positions = spec.walk_order.positions
    walked = [3] if spec.walk_order.filter_count > 1 else []
    for axis in (*range(len(spec.walk_order.sizes)), *walked):
        yield keys.glided(f"walk.{AXIS_NAMES[axis]}", positions[:, axis])
    yield keys.shown("walk.lit", 1.0)
    yield keys.shown("connectors.hidden", 0.0)
    yield from keys.introduced()
    if spec.is_scatter or spec.walk.appear or spec.walk.trail:
        turned = spec.walk_order.reversed_axes.astype(np.float64)
        for axis in (*range(len(spec.walk_order.sizes)), *walked):
            yield keys.jumped(f"done.{AXIS_NAMES[axis]}", positions[:, axis], BEFORE)
            if turned[:, axis].any():
                yield keys.jumped(f"turned.{AXIS_NAMES[axis]}", turned[:, axis], 0.0)
        yield from keys.forgotten()
    for axis in range(3):
        if (moves[:, axis] != 0).any():
            yield keys.glided(f"kernel.{AXIS_NAMES[axis]}", moves[:, axis])
    for each in lines:
        yield from _line_channels(keys, each)
    if body is not None:
        for corner, axis in body.moving:
            yield keys.glided(corner_target(corner, axis), body.points[:, corner, axis] / body.reach)


def camera_channels(spec: Spec) -> list[Channel]:
    """How far the camera has turned, in radians: half of its orbit before it is at its azimuth, and half after. A loop
    that is no whole turn goes back again."""
    camera, frames = spec.camera, spec.walk.frames(spec.step_count)
    if camera.orbit == 0 or not frames:
        return []
    if spec.walk.loop and camera.orbit % 360 and len(frames) > 1:
        times, half = [frames.start, frames.start + len(frames) // 2, frames.stop], np.radians(camera.orbit) / 2
        return [channel(TURN, np.array(times), np.array([-half, half, -half]), camera.orbit_easing)]
    # of whole turns, the frame after the last would be the first again
    last = frames.stop if camera.orbit % 360 == 0 else max(frames.stop - 1, frames.start + 1)
    half = np.radians(camera.orbit) / 2
    return [channel(TURN, np.array([frames.start, last]), np.array([-half, half]), camera.orbit_easing)]


def turns(spec: Spec) -> Floats:
    """Shape (n,): how far the camera turns, in radians, on any frame; of very many frames, as good as that."""
    found = [each.at(np.array(spec.walk.frames(spec.step_count), np.float64)) for each in camera_channels(spec)]
    if not found:
        return np.zeros(1)
    each = np.unique(found[0])
    return each if len(each) <= MOST_TURNS else np.linspace(each[0], each[-1], MOST_TURNS)


def turns_at_steps(spec: Spec) -> Floats:
    """Shape (steps,): how far it has turned when each step is reached."""
    reached = spec.walk.start_frame(np.arange(spec.step_count)).astype(np.float64)
    found = [each.at(reached) for each in camera_channels(spec)]
    return found[0] if found else np.zeros(spec.step_count)


def _line_channels(keys: Keys, lines: Lines) -> Iterator[Channel]:
    """What moves of lines. Where some steps have fewer of them, a glide would lead from one to another: they jump."""
    for line, point, axis in np.ndindex(lines.points.shape[1:]):
        values = lines.points[:, line, point, axis]
        if (values != values[0]).any():
            target = line_target(lines.name, line, point, axis)
            yield keys.glided(target, values) if lines.hidden is None else keys.jumped(target, values, values[0])
    if lines.hidden is not None:
        for line, hidden in enumerate(lines.hidden.T):
            widths = np.where(hidden, 0.0, 1.0 if lines.widths is None else lines.widths[:, line].mean(axis=1))
            if (widths != 1).any():
                yield keys.jumped(f"{lines.name}.{line}.width", widths, 0.0)
    elif lines.widths is not None:
        for line, point in np.ndindex(lines.widths.shape[1:]):
            yield keys.glided(f"{lines.name}.{line}.{point}.width", lines.widths[:, line, point])


class Keys:
    """The times of a spec's keys."""

    def __init__(self, spec: Spec):
        self.walk, steps = spec.walk, np.arange(spec.step_count)
        self.frames = self.walk.frames(spec.step_count)
        self.grids, self.scatters = len(spec.layers) + 1, spec.is_scatter
        self.reached: NDArray[np.int64] = self.walk.start_frame(steps)
        self.easing, _ = self.walk.transition()
        self.left = self.reached + (self.walk.hold_frames(steps) - 1 if self.easing != "step" else 0)
        # from the last step's position a loop without a pause glides to that of the first, on the frame after all
        self.returns = self.walk.loop and not (self.walk.frames_before or self.walk.frames_after)

    def glided(self, target: str, values: Floats) -> Channel:
        """A value that rests at each step's, shape (steps,), and glides to the next."""
        frames, values = np.column_stack([self.reached, self.left]).ravel(), np.repeat(values, 2)
        once = np.append(True, np.diff(frames) > 0)
        frames, values = frames[once], values[once]
        if self.returns:
            frames, values = np.append(frames, self.frames.stop), np.append(values, values[0])
        return channel(target, frames, values, self.easing)

    def jumped(self, target: str, values: Floats, before: float) -> Channel:
        """A value that is each step's from when it is reached, and `before` until the first."""
        times, values = self.reached, np.asarray(values)
        if self.walk.frames_before:
            times, values = np.append(self.frames.start, times), np.append(before, values)
        return channel(target, times, values, "step")

    def within(self, target: str, values: Floats, beyond: float) -> Channel:
        """A value that is each step's from when it is reached, shape (steps,), and `beyond` in lead-in and lead-out."""
        times, values = self.reached, np.asarray(values)
        if self.walk.frames_before:
            times, values = np.append(self.frames.start, times), np.append(beyond, values)
        if self.walk.frames_after:
            times, values = np.append(times, self.frames.stop - self.walk.frames_after), np.append(values, beyond)
        return channel(target, times, values, "step")

    def shown(self, target: str, value: float) -> Channel:
        """A value while steps are shown, and 1 less or more before and after."""
        found = {self.frames.start: 1 - value} if self.walk.frames_before else {}
        found[self.frames.start + self.walk.frames_before] = value
        if self.walk.frames_after:
            found[self.frames.stop - self.walk.frames_after] = 1 - value
        return channel(target, np.array(list(found)), np.array(list(found.values())), "step")

    def introduced(self) -> Iterator[Channel]:
        """How far each grid has appeared, the input's first; they go again in the opposite order."""
        grids = range(self.grids) if not self.scatters else reversed(range(self.grids))
        for turn, grid in enumerate(grids):
            found: dict[int, float] = {}
            if self.walk.intro:
                begin, end = _turn(turn, self.grids, self.walk.intro)
                found |= {self.frames.start + begin: 0.0, self.frames.start + end: 1.0}
            if self.walk.outro:
                begin, end = _turn(turn, self.grids, self.walk.outro)
                found |= {self.frames.stop - end: 1.0, self.frames.stop - begin: 0.0}
            if found:
                yield channel(f"shown.{grid}", np.array(list(found)), np.array(list(found.values())), "smooth")

    def forgotten(self) -> Iterator[Channel]:
        """How far what has been visited is still kept: a loop lets go of it at its end."""
        if not self.walk.loop or (self.returns and self.easing == "step"):
            return
        last = int(self.left[-1]) if self.returns else self.frames.stop - self.walk.frames_after // 2 - 1
        if last < self.frames.stop - 1:
            easing = self.easing if self.returns else "smooth"
            yield channel("walk.kept", np.array([last, self.frames.stop]), np.array([1.0, 0.0]), easing)


def _turn(number: int, count: int, frames: int) -> tuple[int, int]:
    """Of so many frames those in which it is one of several's turn, at least one, from the first to the one after."""
    end = max(frames * (number + 1) // count, 1)
    return min(frames * number // count, end - 1), end
