# SPDX-License-Identifier: GPL-3.0-or-later
"""Walks that are too long for Blender: a shorter one is proposed, and pictures of their steps look the same."""

from __future__ import annotations

import copy
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core import SpecError, make_plan, spec_from_table
from kernelwalk.core.spec import short_walks
from kernelwalk.core.spec.limits import Purpose
from kernelwalk.core.walk.timing import MAX_FRAME

CONV: dict[str, Any] = {"op": "conv", "kernel": 3}


@pytest.mark.parametrize(
    "table",
    [
        {"layer": {**CONV, "input": 572, "out_channels": 64}},
        {"layer": {**CONV, "input": [1, 300_000], "kernel": 1}},
        {"layer": {**CONV, "input": 5}, "walk": {"frames_per_step": 100_000, "lead_in": 100_000, "lead_out": 100_000}},
        {
            "layer": {**CONV, "input": 60, "out_channels": 32},
            "walk": {"filters": "each", "fast_frames": 11},
            "show": {"all_channels": "on"},
        },
    ],
)
def test_a_walk_that_fits_is_proposed_to_paste(table):
    with pytest.raises(SpecError) as refused:
        spec_from_table(table)
    (problem,) = refused.value.problems
    by_option = dict(re.findall(r"--set walk\.(\w+)=(\d+)", problem.remedy))
    in_file = dict(re.findall(r"walk\.(first|every) = (\d+)", problem.remedy))
    assert by_option == in_file and by_option.keys() == {"first", "every"}
    table = copy.deepcopy(table)
    table.setdefault("walk", {}).update({key: int(value) for key, value in in_file.items()})
    spec = spec_from_table(table)
    assert f"{spec.step_count} steps in" in problem.remedy
    assert 5 <= spec.step_count <= short_walks.PROPOSED_STEPS


@given(st.integers(1, 3000), st.integers(1, 100_000), st.sampled_from(["rows", "columns", "serpentine"]))
def test_every_proposed_walk_fits(across, frames_per_step, order):
    walk = {"frames_per_step": frames_per_step, "order": order}
    spec = spec_from_table({"layer": {**CONV, "kernel": 1, "input": [700, across]}, "walk": walk}, Purpose.REPORT)
    short = short_walks.propose_short_walk(spec)
    walk |= {"first": short.first, "every": short.every}
    spec = spec_from_table({"layer": {**CONV, "kernel": 1, "input": [700, across]}, "walk": walk}, Purpose.REPORT)
    assert spec.step_count == short.steps
    assert spec.walk.frame_count(short.steps) == short.frames <= MAX_FRAME


def test_pictures_of_steps_look_the_same_in_a_short_walk(monkeypatch):
    walk = {"trail": True, "appear": True, "intro": 9, "fast_frames": 2, "first": 3, "every": 2, "order": "serpentine"}
    spec = spec_from_table(
        {"layer": {**CONV, "input": [5, 6]}, "walk": walk, "values": {"input": "random", "kernel": "random"}}
    )
    assert short_walks.shorten_for_pictures(spec) is spec
    monkeypatch.setattr(short_walks, "MAX_FRAME", 20)
    short = short_walks.shorten_for_pictures(spec)
    assert short.walk.frame_count(short.step_count) == short.step_count + 1
    plans = make_plan(spec), make_plan(short)
    for step in range(spec.step_count):
        long_frame, short_frame = (plan.spec.walk.start_frame(step) for plan in plans)
        long_state, short_state = plans[0].state_at(long_frame), plans[1].state_at(short_frame)
        assert all(np.array_equal(value, vars(short_state)[name]) for name, value in vars(long_state).items())
        hidden = [target for target in plans[0].curves if target.startswith(("position.", "sum."))]
        assert hidden
        for target in hidden:
            long_value, short_value = plans[0].curves[target], plans[1].curves[target]
            assert long_value.value_at(np.array([long_frame])) == short_value.value_at(np.array([short_frame]))


def test_a_report_has_no_limits_of_the_film_and_a_picture_those_of_its_tiles():
    film = {"layer": {**CONV, "input": 572}}
    assert spec_from_table(film, Purpose.PICTURE).layer.output == (570, 570)
    many = {"layer": {**CONV, "input": 5000}}
    assert spec_from_table(many, Purpose.REPORT).layer.output == (4998, 4998)
    with pytest.raises(SpecError, match="49,980,004 tiles"):
        spec_from_table(many, Purpose.PICTURE)
    more_steps_than_frames = {"layer": {"op": "upsample", "input": 600, "scale": 2}}
    with pytest.raises(SpecError, match="1,440,001 frames"):
        spec_from_table(more_steps_than_frames, Purpose.PICTURE)
