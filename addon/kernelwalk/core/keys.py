# SPDX-License-Identifier: GPL-3.0-or-later
"""The channels of a walk: what moves, and the keys by which it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from .channel import Channel, channel
from .lines import Lines
from .reach import Floats
from .spec import Spec

AXIS_NAMES = "xyzc"
"""What the axes of the walk are called in channels; of places in the world, the first three."""

BEFORE = -1.0
"""Where the walk stands before it has reached any position."""


def line_target(name: str, line: int, point: int, axis: int) -> str:
    """The channel of one coordinate of a point of a line."""
    return f"{name}.{line}.{point}.{AXIS_NAMES[axis]}"


def walk_channels(spec: Spec, moves: Floats, lines: Sequence[Lines]) -> Iterator[Channel]:
    """Every channel of a walk.

    moves: shape (steps, 3), how far the kernel has moved at each step
    """
    keys = Keys(spec)
    positions = spec.route.positions
    walked = [3] if spec.route.filters > 1 else []
    for axis in (*range(len(spec.route.sizes)), *walked):
        yield keys.glided(f"walk.{AXIS_NAMES[axis]}", positions[:, axis])
    yield keys.shown("walk.lit", 1.0)
    yield keys.shown("connectors.hidden", 0.0)
    if spec.scatters:
        turned = spec.route.turned.astype(np.float64)
        for axis in (*range(len(spec.route.sizes)), *walked):
            yield keys.jumped(f"done.{AXIS_NAMES[axis]}", positions[:, axis], BEFORE)
            if turned[:, axis].any():
                yield keys.jumped(f"turned.{AXIS_NAMES[axis]}", turned[:, axis], 0.0)
    for axis in range(3):
        if (moves[:, axis] != 0).any():
            yield keys.glided(f"kernel.{AXIS_NAMES[axis]}", moves[:, axis])
    for each in lines:
        yield from _line_channels(keys, each)


def _line_channels(keys: Keys, lines: Lines) -> Iterator[Channel]:
    """What moves of lines. Where some steps have fewer of them, a glide would lead from one to another: they jump."""
    for line, point, axis in np.ndindex(lines.points.shape[1:]):
        values = lines.points[:, line, point, axis]
        if (values != values[0]).any():
            target = line_target(lines.name, line, point, axis)
            yield keys.glided(target, values) if lines.hidden is None else keys.jumped(target, values, values[0])
    if lines.hidden is not None:
        for line, hidden in enumerate(lines.hidden.T):
            if hidden.any():
                yield keys.jumped(f"{lines.name}.{line}.width", 1.0 - hidden, 0.0)


class Keys:
    """The times of a spec's keys."""

    def __init__(self, spec: Spec):
        walk = spec.walk
        self.frames = walk.frames(spec.steps)
        self.reached: NDArray[np.int64] = walk.start(np.arange(spec.steps))
        self.easing, hold = walk.glide()
        rests = [self.reached] if hold == 1 or self.easing == "step" else [self.reached, self.reached + hold - 1]
        self.held = np.column_stack(rests)
        self.lead_in, self.lead_out = walk.lead_in, walk.lead_out

    def glided(self, target: str, values: Floats) -> Channel:
        """A value that rests at each step's, shape (steps,), and glides to the next."""
        return channel(target, self.held.ravel(), np.repeat(values, self.held.shape[1]), self.easing)

    def jumped(self, target: str, values: Floats, before: float) -> Channel:
        """A value that is each step's from when it is reached, and `before` until the first."""
        times, values = self.reached, np.asarray(values)
        if self.lead_in:
            times, values = np.append(self.frames.start, times), np.append(before, values)
        return channel(target, times, values, "step")

    def within(self, target: str, values: Floats, beyond: float) -> Channel:
        """A value that is each step's from when it is reached, shape (steps,), and `beyond` in lead-in and lead-out."""
        times, values = self.reached, np.asarray(values)
        if self.lead_in:
            times, values = np.append(self.frames.start, times), np.append(beyond, values)
        if self.lead_out:
            times, values = np.append(times, self.frames.stop - self.lead_out), np.append(values, beyond)
        return channel(target, times, values, "step")

    def shown(self, target: str, value: float) -> Channel:
        """A value while steps are shown, and 1 less or more before and after."""
        found = {self.frames.start: 1 - value} if self.lead_in else {}
        found[self.frames.start + self.lead_in] = value
        if self.lead_out:
            found[self.frames.stop - self.lead_out] = 1 - value
        return channel(target, np.array(list(found)), np.array(list(found.values())), "step")
