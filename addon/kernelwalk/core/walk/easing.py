# SPDX-License-Identifier: GPL-3.0-or-later
"""Easings: one name gives the function and the keyframe settings with which Blender draws the same curve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..lazy_numpy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Easing:
    """How a value goes from one key to the next.

    at:            share of the way (0 to 1) at a share of the time (0 to 1)
    interpolation: Blender's Keyframe.interpolation
    easing:        Blender's Keyframe.easing
    """

    value_at: Callable[[Floats], Floats]
    interpolation: str
    easing: str = "AUTO"


def _in_out(rise: Callable[[Floats], Floats]) -> Callable[[Floats], Floats]:
    """The easing that rises so at first, and in the second half the other way round."""
    return lambda time: np.where(time < 0.5, rise(2 * time) / 2, 1 - rise(2 - 2 * time) / 2)


def _power(exponent: int) -> Callable[[Floats], Floats]:
    return lambda time: time**exponent


def _sine(time: Floats) -> Floats:
    return 1 - np.cos(time * np.pi / 2)


def _exponential(time: Floats) -> Floats:
    """From 0 to 1, as Blender has it since 2.79: 2^-10 at the beginning is taken away, and the rest stretched."""
    least = 2.0**-10
    return (2.0 ** (10 * (time - 1)) - least) / (1 - least)


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
"""The easings by the name a spec gives them. None turns back or goes beyond its end: a field would leave the grid."""
