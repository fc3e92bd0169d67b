# SPDX-License-Identifier: GPL-3.0-or-later
"""An easing draws the curve that Blender draws between two keys of the interpolation it names."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core.easing import EASINGS
from kernelwalk.core.walk import Walk

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
    assert smooth.at(TIMES) == pytest.approx([cubic_ease_in_out(time) for time in TIMES.tolist()], abs=1e-12)


def test_step_stays_until_the_next_key() -> None:
    step = EASINGS["step"]
    assert step.interpolation == "CONSTANT"
    assert (step.at(TIMES) == 0).all()


@pytest.mark.parametrize("easing", EASINGS)
def test_an_easing_never_turns_back_and_never_overshoots(easing: str) -> None:
    share = EASINGS[easing].at(TIMES)
    assert share.shape == TIMES.shape
    assert (np.diff(share) >= 0).all() and share.min() >= 0 and share.max() <= 1


@pytest.mark.parametrize("easing", EASINGS)
@pytest.mark.parametrize("frames_per_step", [1, 2, 7])
def test_every_easing_can_carry_a_walk(easing: str, frames_per_step: int) -> None:
    name, rests = Walk(frames_per_step=frames_per_step, easing=easing).glide()
    assert name in EASINGS and 1 <= rests <= frames_per_step
