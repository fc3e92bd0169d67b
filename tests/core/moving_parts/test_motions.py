# SPDX-License-Identifier: GPL-3.0-or-later
"""Values over time, of which viewers know keyframes alone."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core import spec_from_table
from kernelwalk.core.moving_parts.motions import (
    Motion,
    Value,
    find_jumps,
    glide,
    group_runs,
    jump,
    jumps,
    show,
    simplify,
)
from kernelwalk.core.plan.rests import Rests, find_runs, list_rests


@pytest.fixture(scope="module", params=[1, 2, 12], ids=lambda frames: f"{frames} frames a step")
def rests(request: pytest.FixtureRequest) -> Rests:
    layer = {"op": "conv", "input": [3, 4], "kernel": 2}
    walk = {"frames_per_step": request.param, "lead_in": 3, "lead_out": 3}
    return list_rests(spec_from_table({"layer": layer, "walk": walk}))


def sample(value: Value, frame: float) -> np.ndarray:
    """Return a value on a frame, straight between keyframes."""
    if not isinstance(value, Motion):
        return value
    return np.array([np.interp(frame, value.frames, column) for column in value.values.T])


def test_all_ways_have_the_values_of_a_rest_from_its_first_frame_to_its_last(rests):
    count = len(rests.frames)
    values = np.random.default_rng(1).normal(size=(count, 3)).round(2)
    values[2] = values[1]
    for value in (glide(rests, values), jump(rests, values)):
        for rest in range(count):
            for frame in (rests.frames[rest], rests.lasts[rest]):
                np.testing.assert_allclose(sample(value, float(frame)), values[rest])
    assert jumps(jump(rests, values))
    assert jumps(glide(rests, values)) == (max(rests.frames[1:] - rests.lasts[:-1]) <= 1)


def test_what_is_shown_over_spans_of_rests_has_a_size_then_alone(rests):
    count = len(rests.frames)
    for spans in ([(0, count)], [(0, 1)], [(1, 2), (3, count)], [(count - 1, count)]):
        value = show(rests, spans)
        for rest in range(count):
            expected = float(any(begin <= rest < end for begin, end in spans))
            assert sample(value, float(rests.frames[rest])).tolist() == [expected] * 3
        assert not isinstance(value, Motion) or (np.diff(value.frames) > 0).all()
    assert isinstance(show(rests, [(0, count)]), np.ndarray)


def test_keyframes_between_equal_ones_are_left_out():
    frames, values = np.array([1, 2, 2, 3, 4, 5]), np.array([[1.0], [1], [9], [1], [2], [2]])
    simple = simplify(frames, values)
    assert isinstance(simple, Motion)
    assert (simple.frames.tolist(), simple.values.ravel().tolist()) == ([3, 4], [1, 2])
    assert simplify(frames, np.ones((6, 1))).tolist() == [1]


def test_jumps_lie_half_way_of_what_glides():
    found = find_jumps(Motion(np.array([1.0, 5, 10, 11]), np.array([[0.0], [0], [1], [1]])), 0)
    assert (found.frames.tolist(), found.values.ravel().tolist()) == ([0, 8], [0, 1])


def test_the_stretches_of_each_value_of_an_item_stand_together():
    runs = find_runs([np.array([[5.0], [7.0]]), np.array([[5.0], [8.0]]), np.array([[5.0], [7.0]])])
    assert list(group_runs(runs)) == [(0, (5,), [(0, 3)]), (1, (7,), [(0, 1), (2, 3)]), (1, (8,), [(1, 2)])]
