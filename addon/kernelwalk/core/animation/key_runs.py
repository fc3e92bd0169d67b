# SPDX-License-Identifier: GPL-3.0-or-later
"""Keyframes of very long walks, of which straight runs keep only both ends.

With one frame a step, a walk along a row is a keyframe a step: half a million for a million tiles, in nine curves,
which Blender keeps three times over. On whole frames a straight line between the ends of a row has the same values.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arrays import Booleans, Floats
from .curve import Curve

MAX_STEP_KEYS = 20_000
"""Keyframes of a stepped curve up to which each is kept, so that it shows a step's value also between two frames."""

TOLERANCE = 1e-9
"""Difference of two changes of value, as a share of the largest value, that counts as none."""


class KeyRuns(NamedTuple):
    """The keyframes of a curve in Blender.

    frames, values: shape (keyframes,)
    is_straight: shape (keyframes,), whether a straight line leads to the next one, instead of the curve's easing
    """

    frames: Floats
    values: Floats
    is_straight: Booleans


def find_key_runs(curve: Curve) -> KeyRuns:
    """Return the keyframes of a curve. Long stepped ones have those values on whole frames alone."""
    frames, values = curve.frames, curve.values
    is_inside = np.zeros(len(frames), np.bool_)
    if curve.easing == "step" and len(frames) > MAX_STEP_KEYS:
        rises, times = np.diff(values), np.diff(frames)
        is_even = np.abs(np.diff(rises)) <= TOLERANCE * np.abs(values).max()
        is_inside[1:-1] = is_even & (times[1:] == 1) & (times[:-1] == 1)
    is_straight = np.append(is_inside[1:], False)[~is_inside]
    return KeyRuns(frames[~is_inside], values[~is_inside], is_straight)
