# SPDX-License-Identifier: GPL-3.0-or-later
"""Channels: a named value over time, as the fewest keys that give it. Blender's F-curves are one view of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import PlanError
from ..walk.easing import EASINGS


@dataclass(frozen=True)
class Curve:
    """A value over time.

    target: what it drives, a name that scene/fcurves.py binds to Blender data ("walk.x", "connectors.0.end.y")
    frames: shape (keys,), ascending
    values: shape (keys,)
    easing: from each key to the next, a name of easing.EASINGS; before the first and after the last key the value
            rests
    """

    target: str
    frames: NDArray[np.float64]
    values: NDArray[np.float64]
    easing: str

    def value_at(self, frames: NDArray[np.float64]) -> NDArray[np.float64]:
        """The value on each of `frames`: what Blender evaluates, to its float precision."""
        key = np.maximum(self.frames.searchsorted(frames, side="right") - 1, 0)
        following = np.minimum(key + 1, len(self.frames) - 1)
        span = np.maximum(self.frames[following] - self.frames[key], 1e-9)
        time = np.minimum(np.maximum((frames - self.frames[key]) / span, 0.0), 1.0)
        share = np.where(following > key, EASINGS[self.easing].value_at(time), 0.0)
        return self.values[key] + share * (self.values[following] - self.values[key])


def make_curve(target: str, frames: NDArray[Any], values: NDArray[Any], easing: str) -> Curve:
    """A channel through the given keys, without those that change nothing."""
    frames, values = np.asarray(frames, np.float64), np.asarray(values, np.float64)
    same_as_last = np.concatenate([[False], values[1:] == values[:-1]])
    # where a value jumps, a key is needed only where it changes; where it glides, also where it begins to
    same_as_next = np.concatenate([values[1:] == values[:-1], [True]])
    idle = same_as_last if easing == "step" else same_as_last & same_as_next
    return Curve(target, frames[~idle], values[~idle], easing)


def curves_by_target(channels: Iterable[Curve]) -> dict[str, Curve]:
    """The channels by target. Raises PlanError where two write the same one."""
    found: dict[str, Curve] = {}
    for each in channels:
        if each.target in found:
            raise PlanError(f"two writers on the channel {each.target}: give each channel one")
        found[each.target] = each
    return found
