# SPDX-License-Identifier: GPL-3.0-or-later
"""An easing gives the curve that Blender draws between two keyframes of its interpolation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from kernelwalk.core.walk.easing import EASINGS
from kernelwalk.core.walk.timing import Timing

TIMES = np.linspace(0, 1, 1001)


def cubic_ease_in_out(time: float) -> float:
    """Return Blender's BLI_easing_cubic_ease_in_out (Robert Penner's) for a change of 1 over a duration of 1."""
    time *= 2
    if time < 1:
        return 0.5 * time**3
    time -= 2
    return 0.5 * (time**3 + 2)


def test_smooth_is_blenders_cubic_in_and_out() -> None:
    smooth = EASINGS["smooth"]
    assert (smooth.interpolation, smooth.easing) == ("CUBIC", "EASE_IN_OUT")
    assert smooth.value_at(TIMES) == pytest.approx([cubic_ease_in_out(time) for time in TIMES.tolist()], abs=1e-12)


PENNER = {
    "linear": lambda time: time,
    "gentle": lambda time: (1 - math.cos(math.pi * time)) / 2,
    "brisk": lambda time: 16 * time**5 if time < 0.5 else 1 + 16 * (time - 1) ** 5,
    "sharp": lambda time: exponential(2 * time) / 2 if time < 0.5 else 1 - exponential(2 - 2 * time) / 2,
    "ease_in": lambda time: time * time * time,
    "ease_out": lambda time: (time - 1) ** 3 + 1,
}


def exponential(time: float) -> float:
    """Return BLI_easing_expo_ease_in for a change of 1 over a duration of 1, scaled so that it starts at 0."""
    return (math.pow(2, 10 * (time - 1)) - 0.0009765625) * (1 / (1 - 0.0009765625))


@pytest.mark.parametrize("easing", PENNER)
def test_the_others_are_robert_penners(easing: str) -> None:
    assert EASINGS[easing].value_at(TIMES) == pytest.approx([PENNER[easing](time) for time in TIMES.tolist()], abs=1e-9)


@pytest.mark.parametrize("easing", sorted(set(EASINGS) - {"step"}))
def test_every_movement_starts_at_one_keyframe_and_ends_at_the_next(easing: str) -> None:
    assert EASINGS[easing].value_at(np.array([0.0, 1.0])).tolist() == [0, 1]


def test_step_stays_until_the_next_keyframe() -> None:
    step = EASINGS["step"]
    assert step.interpolation == "CONSTANT"
    assert (step.value_at(TIMES) == 0).all()


@pytest.mark.parametrize("easing", EASINGS)
def test_an_easing_never_turns_back_and_never_overshoots(easing: str) -> None:
    value = EASINGS[easing].value_at(TIMES)
    assert value.shape == TIMES.shape
    assert (np.diff(value) >= 0).all() and value.min() >= 0 and value.max() <= 1


@pytest.mark.parametrize("easing", EASINGS)
@pytest.mark.parametrize("frames_per_step", [1, 2, 7])
def test_every_easing_can_be_used_by_a_walk(easing: str, frames_per_step: int) -> None:
    name, hold = Timing(frames_per_step=frames_per_step, easing=easing).transition()
    assert name in EASINGS and 1 <= hold <= frames_per_step


def test_the_smooth_easing_is_symmetrical() -> None:
    value = EASINGS["smooth"].value_at(np.linspace(0, 1, 21))
    assert value[-1] == 1
    assert np.allclose(value + value[::-1], 1)


@pytest.mark.parametrize("easing", EASINGS)
def test_every_easing_starts_at_0(easing: str) -> None:
    assert EASINGS[easing].value_at(np.array([0.0])) == 0
