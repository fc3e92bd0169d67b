# SPDX-License-Identifier: GPL-3.0-or-later
"""The moments at which a walk rests, and the stretches over which something looks the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from kernelwalk.core import make_plan, spec_from_table
from kernelwalk.core.plan.rests import OUTSIDE, find_runs, list_rests


@pytest.mark.parametrize(
    "walk", [{}, {"easing": "step"}, {"lead_in": 0, "lead_out": 0, "loop": True}, {"frames_per_step": 1}]
)
def test_nothing_moves_while_a_walk_rests(walk):
    plan = make_plan(spec_from_table({"layer": {"op": "conv", "input": [3, 4], "kernel": 2}, "walk": walk}))
    rests = list_rests(plan.spec)
    for number, step in enumerate(rests.steps.tolist()):
        moments = [plan.state_at(float(frame)) for frame in (rests.frames[number], rests.lasts[number])]
        assert moments[0].activity == moments[1].activity == (step != OUTSIDE)
        if step != OUTSIDE:
            positions = [moment.position for moment in moments]
            np.testing.assert_array_equal(positions, [plan.spec.walk_order.positions[step]] * 2)
    assert rests.frames[0] == plan.frames.start
    assert (rests.lasts[-1] == plan.frames.stop - 1) != ("loop" in walk)
    assert np.all(rests.lasts[:-1] < rests.changes[1:])
    assert np.all((rests.changes <= rests.frames) & (rests.frames <= rests.lasts))
    assert np.all(np.diff(rests.frames) > 0)


@given(arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(0, 3), st.just(2)), elements=st.integers(0, 1)))
def test_runs_tell_the_values_of_every_item_at_every_rest(values):
    told = np.full_like(values, -1)
    runs = find_runs(values)
    for item, own, begin, end in zip(*(each.tolist() for each in runs), strict=True):
        assert np.all(told[begin:end, item] == -1)
        told[begin:end, item] = own
    np.testing.assert_array_equal(told, values)
    same_item = runs.items[1:] == runs.items[:-1]
    assert np.all((runs.values[1:] != runs.values[:-1]).any(axis=1)[same_item])
