# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera's orbit: its extent, its end, and its keyframes."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core import make_plan, spec_from_table
from kernelwalk.core.animation.orbit import MAX_ORBIT_ANGLES, list_orbit_angles


@pytest.mark.parametrize(("orbit", "last"), [(60.0, 30.0), (-60.0, -30.0), (360.0, 180.0)])
def test_an_orbit_goes_from_one_side_of_the_azimuth_to_the_other(orbit: float, last: float) -> None:
    plan = make_plan(spec_from_table({"layer": {"op": "conv", "input": 4, "kernel": 3}, "camera": {"orbit": orbit}}))
    angles = np.degrees([plan.view_at(frame).rotation[2] for frame in plan.frames]) - plan.spec.camera.azimuth
    steps = np.diff(angles)
    assert angles[0] == pytest.approx(-orbit / 2)
    assert steps == pytest.approx(np.full(len(steps), steps[0])) and np.sign(steps[0]) == np.sign(orbit)
    after = angles[-1] + (steps[0] if abs(orbit) == 360 else 0)
    assert after == pytest.approx(last), "after a full turn comes the first frame again"
    assert len(plan.curves["camera.turn"].frames) == 2


@pytest.mark.parametrize("orbit", [40.0, -200.0, 360.0, -720.0])
@pytest.mark.parametrize("per_step", [1, 5])
def test_in_a_loop_the_camera_comes_back_as_slowly_as_it_goes(orbit: float, per_step: int) -> None:
    walk = {"loop": True, "frames_per_step": per_step}
    table = {"layer": {"op": "conv", "input": 5, "kernel": 3}, "camera": {"orbit": orbit}, "walk": walk}
    plan = make_plan(spec_from_table(table))
    directions = np.array([plan.view_at(frame).axes[2] for frame in [*plan.frames, plan.frames.start]])
    steps = np.linalg.norm(np.diff(directions, axis=0), axis=1)
    assert steps[-1] <= steps[:-1].max() * 1.001
    assert len(plan.curves["camera.turn"].frames) <= 3


@pytest.mark.parametrize("loop", [False, True])
def test_a_film_of_one_frame_shows_the_beginning_of_the_orbit(loop: bool) -> None:
    walk = {"frames_per_step": 1, "lead_in": 0, "lead_out": 0, "loop": loop}
    spec = spec_from_table({"layer": {"op": "conv", "input": 3, "kernel": 3}, "camera": {"orbit": 60.0}, "walk": walk})
    assert len(spec.frames) == 1
    assert np.degrees(list_orbit_angles(spec)).tolist() == pytest.approx([-30.0])


def test_of_a_long_orbit_some_angles_are_considered_from_end_to_end() -> None:
    walk = {"frames_per_step": 1000}
    spec = spec_from_table({"layer": {"op": "conv", "input": 4, "kernel": 3}, "camera": {"orbit": 60.0}, "walk": walk})
    angles = np.degrees(list_orbit_angles(spec))
    assert len(angles) == MAX_ORBIT_ANGLES < len(spec.frames)
    assert (angles[0], angles[-1]) == pytest.approx((-30.0, 30.0))


def test_all_frames_of_an_orbit_differ_and_those_of_a_fixed_camera_repeat() -> None:
    table = {"layer": {"op": "conv", "input": 4, "kernel": 3}, "camera": {"orbit": 20.0}}
    moving, fixed = make_plan(spec_from_table(table)), make_plan(spec_from_table({"layer": table["layer"]}))
    assert len(set(moving.unique_frames.tolist())) == len(moving.frames)
    assert len(set(fixed.unique_frames.tolist())) < len(fixed.frames)
