# SPDX-License-Identifier: GPL-3.0-or-later
"""An easing draws the curve that Blender draws between two keys of the interpolation it names."""

from __future__ import annotations

import math

import numpy as np
import pytest
from kernelwalk.core.walk.easing import EASINGS
from kernelwalk.core.walk.order import Walk

TIMES = np.linspace(0, 1, 1001)


def cubic_ease_in_out(time: float) -> float:
    """Robert Penner's easing for a change of 1 over a duration of 1, as in Blender's BLI_easing_cubic_ease_in_out."""
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
    """As BLI_easing_expo_ease_in has it, for a change of 1 over a duration of 1: stretched so that it begins at 0."""
    return (math.pow(2, 10 * (time - 1)) - 0.0009765625) * (1 / (1 - 0.0009765625))


@pytest.mark.parametrize("easing", PENNER)
def test_the_others_are_as_robert_penner_wrote_them(easing: str) -> None:
    assert EASINGS[easing].value_at(TIMES) == pytest.approx([PENNER[easing](time) for time in TIMES.tolist()], abs=1e-9)


@pytest.mark.parametrize("easing", sorted(set(EASINGS) - {"step"}))
def test_every_glide_begins_at_one_key_and_arrives_at_the_next(easing: str) -> None:
    assert EASINGS[easing].value_at(np.array([0.0, 1.0])).tolist() == [0, 1]


def test_step_stays_until_the_next_key() -> None:
    step = EASINGS["step"]
    assert step.interpolation == "CONSTANT"
    assert (step.value_at(TIMES) == 0).all()


@pytest.mark.parametrize("easing", EASINGS)
def test_an_easing_never_turns_back_and_never_overshoots(easing: str) -> None:
    share = EASINGS[easing].value_at(TIMES)
    assert share.shape == TIMES.shape
    assert (np.diff(share) >= 0).all() and share.min() >= 0 and share.max() <= 1


@pytest.mark.parametrize("easing", EASINGS)
@pytest.mark.parametrize("frames_per_step", [1, 2, 7])
def test_every_easing_can_carry_a_walk(easing: str, frames_per_step: int) -> None:
    name, rests = Walk(frames_per_step=frames_per_step, easing=easing).transition()
    assert name in EASINGS and 1 <= rests <= frames_per_step
