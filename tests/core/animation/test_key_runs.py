# SPDX-License-Identifier: GPL-3.0-or-later
"""Long stepped curves keep both ends of a straight run, and have the same values on every whole frame."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core.animation import key_runs
from kernelwalk.core.animation.curve import Curve
from kernelwalk.core.animation.key_runs import KeyRuns, find_key_runs


@pytest.fixture(autouse=True, scope="module")
def every_curve_is_long():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_runs, "MAX_STEP_KEYS", 3)
        yield


def value_on(runs: KeyRuns, frame: float) -> float:
    """Return the value on a frame, as Blender evaluates the keyframes."""
    key = max(int(runs.frames.searchsorted(frame, side="right")) - 1, 0)
    if runs.is_straight[key]:
        return float(np.interp(frame, runs.frames[key : key + 2], runs.values[key : key + 2]))
    return float(runs.values[key])


@given(st.lists(st.tuples(st.sampled_from([1, 1, 1, 2]), st.sampled_from([1.0, 1.0, 1.0, -3.0])), max_size=25))
def test_a_long_stepped_curve_has_its_values_on_every_whole_frame(changes: list[tuple[int, float]]) -> None:
    times, rises = zip((0, 0.0), *changes, strict=True)
    curve = Curve("walk.x", np.cumsum(times) + 4.0, np.cumsum(rises), "step")
    runs = find_key_runs(curve)
    frames = np.arange(curve.frames[0] - 2, curve.frames[-1] + 3)
    assert [value_on(runs, frame) for frame in frames] == pytest.approx(curve.value_at(frames), abs=1e-9)
    assert set(runs.frames) <= set(curve.frames)


@pytest.mark.parametrize("start", [0.0, 1e7])
def test_a_straight_run_has_two_keyframes_wherever_its_values_begin(start: float) -> None:
    """Far from zero, differences of values are rounded."""
    curve = Curve("walk.x", np.arange(50.0), start + 0.1 * np.arange(50), "step")
    assert find_key_runs(curve).frames.tolist() == [0, 49]


def test_a_curve_that_glides_keeps_all_keyframes() -> None:
    curve = Curve("walk.x", np.arange(50.0), np.arange(50.0), "smooth")
    runs = find_key_runs(curve)
    assert np.array_equal(runs.frames, curve.frames) and not runs.is_straight.any()
