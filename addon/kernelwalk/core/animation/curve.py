# SPDX-License-Identifier: GPL-3.0-or-later
"""Animation curves: a value over time, with as few keyframes as describe it. Blender's F-curves are made from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats
from ..errors import PlanError
from ..walk.easing import EASINGS


@dataclass(frozen=True)
class Curve:
    """A value over time. It is constant before the first and after the last keyframe.

    target: name of what the curve drives, such as "walk.x" or "connectors.0.1.y"; the scene binds it to Blender data
    frames: shape (keyframes,), ascending
    values: shape (keyframes,)
    easing: from each keyframe to the next, a name of easing.EASINGS
    """

    target: str
    frames: Floats
    values: Floats
    easing: str

    def value_at(self, frames: Floats) -> Floats:
        """Return the value on each of `frames`; Blender evaluates the same, to its float precision."""
        key = np.maximum(self.frames.searchsorted(frames, side="right") - 1, 0)
        following = np.minimum(key + 1, len(self.frames) - 1)
        span = np.maximum(self.frames[following] - self.frames[key], 1e-9)
        time = np.minimum(np.maximum((frames - self.frames[key]) / span, 0.0), 1.0)
        return self.values[key] + EASINGS[self.easing].value_at(time) * (self.values[following] - self.values[key])

    def value_on(self, frame: float) -> float:
        """Return the value on one frame, as of `value_at`; most often a keyframe's own, which needs no easing."""
        key = int(self.frames.searchsorted(frame, side="right")) - 1
        if key < 0 or key == len(self.frames) - 1 or self.frames[key] == frame:
            return float(self.values[max(key, 0)])
        return float(self.value_at(np.array([frame], np.float64))[0])


def make_curve(target: str, frames: NDArray[Any], values: NDArray[Any], easing: str) -> Curve:
    """Return a curve through the given keyframes, without those that change nothing.

    >>> make_curve("walk.x", np.array([1, 5, 9]), np.array([0, 0, 2]), "step").frames.tolist()
    [1.0, 9.0]
    """
    frames, values = np.asarray(frames, np.float64), np.asarray(values, np.float64)
    same_as_last = np.concatenate([[False], values[1:] == values[:-1]])
    # a stepped value needs a keyframe only where it changes, an interpolated one also where a change begins
    same_as_next = np.concatenate([values[1:] == values[:-1], [True]])
    is_idle = same_as_last if easing == "step" else same_as_last & same_as_next
    return Curve(target, frames[~is_idle], values[~is_idle], easing)


def index_curves_by_target(curves: Iterable[Curve]) -> dict[str, Curve]:
    """Return the curves by target. Raises PlanError if two have the same target."""
    by_target: dict[str, Curve] = {}
    for curve in curves:
        if curve.target in by_target:
            raise PlanError(f"two curves with the target {curve.target}: give each target one curve")
        by_target[curve.target] = curve
    return by_target
