# SPDX-License-Identifier: GPL-3.0-or-later
"""Easings: one name gives the function and the keyframe settings with which Blender draws the same curve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Easing:
    """How a value goes from one key to the next.

    at:            share of the way (0 to 1) at a share of the time (0 to 1)
    interpolation: Blender's Keyframe.interpolation
    easing:        Blender's Keyframe.easing
    """

    at: Callable[[Floats], Floats]
    interpolation: str
    easing: str = "AUTO"


def _linear(time: Floats) -> Floats:
    return time


def _cubic_in_out(time: Floats) -> Floats:
    return np.where(time < 0.5, 4 * time**3, 1 - 4 * (1 - time) ** 3)


EASINGS = {
    "step": Easing(np.zeros_like, "CONSTANT"),
    "linear": Easing(_linear, "LINEAR"),
    "smooth": Easing(_cubic_in_out, "CUBIC", "EASE_IN_OUT"),
}
"""The easings by the name a spec gives them."""
