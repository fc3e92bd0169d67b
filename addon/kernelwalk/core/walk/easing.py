# SPDX-License-Identifier: GPL-3.0-or-later
"""Easings: each name gives a function and the keyframe settings with which Blender draws the same curve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..lazy_numpy import np

if TYPE_CHECKING:
    from ..arrays import Floats


@dataclass(frozen=True)
class Easing:
    """The course of a value from one keyframe to the next.

    value_at:      value, from 0 to 1, at a time from 0 to 1
    interpolation: Blender's Keyframe.interpolation
    easing:        Blender's Keyframe.easing
    """

    value_at: Callable[[Floats], Floats]
    interpolation: str
    easing: str = "AUTO"


def _in_out(ease_in: Callable[[Floats], Floats]) -> Callable[[Floats], Floats]:
    """Return an easing that starts like `ease_in` and ends like its mirror image."""
    return lambda time: np.where(time < 0.5, ease_in(2 * time) / 2, 1 - ease_in(2 - 2 * time) / 2)


def _power(exponent: int) -> Callable[[Floats], Floats]:
    return lambda time: time**exponent


def _sine(time: Floats) -> Floats:
    return 1 - np.cos(time * np.pi / 2)


def _exponential(time: Floats) -> Floats:
    """Return 2^(10(t-1)), shifted and scaled so that it starts at 0, as in Blender since 2.79."""
    start = 2.0**-10
    return (2.0 ** (10 * (time - 1)) - start) / (1 - start)


EASINGS = {
    "step": Easing(lambda time: np.zeros_like(time), "CONSTANT"),
    "linear": Easing(lambda time: time + 0.0, "LINEAR"),
    "smooth": Easing(_in_out(_power(3)), "CUBIC", "EASE_IN_OUT"),
    "gentle": Easing(_in_out(_sine), "SINE", "EASE_IN_OUT"),
    "brisk": Easing(_in_out(_power(5)), "QUINT", "EASE_IN_OUT"),
    "sharp": Easing(_in_out(_exponential), "EXPO", "EASE_IN_OUT"),
    "ease_in": Easing(_power(3), "CUBIC", "EASE_IN"),
    "ease_out": Easing(lambda time: 1 - (1 - time) ** 3, "CUBIC", "EASE_OUT"),
}
"""The easings by name. None turns back or overshoots, or the receptive field would leave the grid."""
