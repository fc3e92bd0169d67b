# SPDX-License-Identifier: GPL-3.0-or-later
"""A channel's value on a frame is what walking from key to key gives, and its keys are no more than it needs."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernelwalk.core import PlanError
from kernelwalk.core.animation.curve import Curve, curves_by_target, make_curve
from kernelwalk.core.walk.easing import EASINGS

Keys = list[tuple[int, float]]


@st.composite
def keys(draw: st.DrawFn) -> Keys:
    """Keys on ascending frames, whose values often stay as they are."""
    frames = sorted(draw(st.sets(st.integers(-50, 200), min_size=1, max_size=15)))
    return [(frame, float(draw(st.integers(-2, 2)))) for frame in frames]


EASING_NAMES = st.sampled_from(["smooth", "step"])  # which are written out here


def walked(keys: Keys, easing: str, frame: float) -> float:
    """The value on a frame, by walking along the keys."""
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


def frames_around(keys: Keys) -> list[float]:
    return np.arange(keys[0][0] - 2, keys[-1][0] + 3, 0.5).tolist()


def arrays(keys: Keys) -> tuple[np.ndarray, np.ndarray]:
    frames, values = zip(*keys, strict=True)
    return np.array(frames, float), np.array(values)


@given(keys(), EASING_NAMES)
def test_the_value_on_each_frame_is_found_by_walking_along_the_keys(keys: Keys, easing: str) -> None:
    frames = frames_around(keys)
    found = Curve("a", *arrays(keys), easing).value_at(np.array(frames))
    assert found == pytest.approx([walked(keys, easing, frame) for frame in frames], abs=1e-12)


@given(keys(), EASING_NAMES)
def test_leaving_out_keys_that_change_nothing_loses_nothing(keys: Keys, easing: str) -> None:
    frames = frames_around(keys)
    found = make_curve("a", *arrays(keys), easing)
    assert found.value_at(np.array(frames)) == pytest.approx(
        [walked(keys, easing, frame) for frame in frames], abs=1e-12
    )
    assert set(zip(found.frames.tolist(), found.values.tolist(), strict=True)) <= set(keys)


@settings(max_examples=30)
@given(keys(), EASING_NAMES)
def test_every_key_between_the_first_and_the_last_is_needed(keys: Keys, easing: str) -> None:
    short = make_curve("a", *arrays(keys), easing)
    left = list(zip(short.frames.tolist(), short.values.tolist(), strict=True))
    frames = frames_around(keys)
    for index in range(1, len(left)):
        fewer = left[:index] + left[index + 1 :]
        apart = [walked(fewer, easing, frame) - walked(left, easing, frame) for frame in frames]
        assert max(map(abs, apart)) > 1e-6


@pytest.mark.parametrize("easing", EASINGS)
def test_a_value_that_never_changes_has_one_key(easing: str) -> None:
    found = make_curve("a", np.arange(1, 100, 7), np.full(15, 2.5), easing)
    assert (found.frames.tolist(), found.values.tolist()) == ([1.0], [2.5])
    assert found.value_at(np.array([-5.0, 1.0, 500.0])).tolist() == [2.5, 2.5, 2.5]


def test_before_the_first_and_after_the_last_key_the_value_rests() -> None:
    found = make_curve("a", np.array([10, 20]), np.array([1.0, 3.0]), "smooth")
    assert found.value_at(np.array([0.0, 10.0, 15.0, 20.0, 30.0])).tolist() == [1, 1, 2, 3, 3]


def test_channels_are_gathered_by_target() -> None:
    one, two = (make_curve(target, np.array([1]), np.array([0.0]), "step") for target in ("a", "b"))
    assert curves_by_target([one, two]) == {"a": one, "b": two}
    assert curves_by_target([]) == {}


def test_a_second_writer_is_an_error_also_where_it_agrees_with_the_first() -> None:
    first, other, second = (make_curve(target, np.array([1]), np.array([0.0]), "step") for target in ("a", "b", "a"))
    with pytest.raises(PlanError, match="the channel a"):
        curves_by_target([first, other, second])
