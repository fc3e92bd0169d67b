# SPDX-License-Identifier: GPL-3.0-or-later
"""A curve's value on a frame follows from the keyframes around it, and a curve has no more keyframes than it needs."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernelwalk.core import PlanError
from kernelwalk.core.animation.curve import Curve, index_curves_by_target, make_curve
from kernelwalk.core.walk.easing import EASINGS

Keyframes = list[tuple[int, float]]


@st.composite
def keyframes(draw: st.DrawFn) -> Keyframes:
    """Draw keyframes on ascending frames, whose values often stay the same."""
    frames = sorted(draw(st.sets(st.integers(-50, 200), min_size=1, max_size=15)))
    return [(frame, float(draw(st.integers(-2, 2)))) for frame in frames]


EASING_NAMES = st.sampled_from(["smooth", "step"])  # the two that interpolate() implements


def interpolate(keys: Keyframes, easing: str, frame: float) -> float:
    """Return the value on a frame, from the two keyframes around it."""
    if frame <= keys[0][0]:
        return keys[0][1]
    for (start, value), (end, following) in itertools.pairwise(keys):
        if start <= frame < end:
            if easing == "step":
                return value
            time = (frame - start) / (end - start)
            share = 4 * time**3 if time < 0.5 else 1 - 4 * (1 - time) ** 3
            return value + share * (following - value)
    return keys[-1][1]


def frames_around(keys: Keyframes) -> list[float]:
    return np.arange(keys[0][0] - 2, keys[-1][0] + 3, 0.5).tolist()


def arrays(keys: Keyframes) -> tuple[np.ndarray, np.ndarray]:
    frames, values = zip(*keys, strict=True)
    return np.array(frames, float), np.array(values)


@given(keyframes(), EASING_NAMES)
def test_the_value_on_each_frame_follows_from_the_keyframes_around_it(keys: Keyframes, easing: str) -> None:
    frames = frames_around(keys)
    curve = Curve("a", *arrays(keys), easing)
    values = curve.value_at(np.array(frames))
    assert np.allclose(values, [interpolate(keys, easing, frame) for frame in frames], rtol=0, atol=1e-12)
    assert [curve.value_on(frame) for frame in frames[::3]] == values[::3].tolist()


@given(keyframes(), EASING_NAMES)
def test_dropping_keyframes_that_change_nothing_keeps_the_curve(keys: Keyframes, easing: str) -> None:
    frames = frames_around(keys)
    curve = make_curve("a", *arrays(keys), easing)
    assert curve.value_at(np.array(frames)) == pytest.approx(
        [interpolate(keys, easing, frame) for frame in frames], abs=1e-12
    )
    assert set(zip(curve.frames.tolist(), curve.values.tolist(), strict=True)) <= set(keys)


@settings(max_examples=30)
@given(keyframes(), EASING_NAMES)
def test_every_keyframe_is_needed(keys: Keyframes, easing: str) -> None:
    curve = make_curve("a", *arrays(keys), easing)
    keyframes = list(zip(curve.frames.tolist(), curve.values.tolist(), strict=True))
    frames = frames_around(keys)
    for index in range(1, len(keyframes)):
        fewer = keyframes[:index] + keyframes[index + 1 :]
        differences = [interpolate(fewer, easing, frame) - interpolate(keyframes, easing, frame) for frame in frames]
        assert max(map(abs, differences)) > 1e-6


@pytest.mark.parametrize("easing", EASINGS)
def test_a_constant_value_has_one_keyframe(easing: str) -> None:
    curve = make_curve("a", np.arange(1, 100, 7), np.full(15, 2.5), easing)
    assert (curve.frames.tolist(), curve.values.tolist()) == ([1.0], [2.5])
    assert curve.value_at(np.array([-5.0, 1.0, 500.0])).tolist() == [2.5, 2.5, 2.5]


def test_the_value_is_constant_before_the_first_and_after_the_last_keyframe() -> None:
    curve = make_curve("a", np.array([10, 20]), np.array([1.0, 3.0]), "smooth")
    assert curve.value_at(np.array([0.0, 10.0, 15.0, 20.0, 30.0])).tolist() == [1, 1, 2, 3, 3]


def test_curves_are_collected_by_target() -> None:
    first, second = (make_curve(target, np.array([1]), np.array([0.0]), "step") for target in ("a", "b"))
    assert index_curves_by_target([first, second]) == {"a": first, "b": second}
    assert index_curves_by_target([]) == {}


def test_a_second_curve_for_a_target_is_an_error_even_if_it_is_equal() -> None:
    first, unrelated, second = (
        make_curve(target, np.array([1]), np.array([0.0]), "step") for target in ("a", "b", "a")
    )
    with pytest.raises(PlanError, match="the target a"):
        index_curves_by_target([first, unrelated, second])


@given(st.lists(st.integers(0, 2), min_size=1, max_size=12), st.sampled_from(sorted(EASINGS)))
def test_dropping_keyframes_keeps_the_curve_with_every_easing(values: list[int], easing: str) -> None:
    frames = np.arange(len(values)) * 3 + 1
    complete = Curve("walk.x", frames.astype(float), np.array(values, float), easing)
    short = make_curve("walk.x", frames, np.array(values), easing)
    shown = np.arange(-2, 3 * len(values) + 4, 0.5)
    assert len(short.frames) <= len(complete.frames)
    assert np.array_equal(short.value_at(shown), complete.value_at(shown))
