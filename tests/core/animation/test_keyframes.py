# SPDX-License-Identifier: GPL-3.0-or-later
"""The channels of a walk: which there are, and that each has at every frame what the walk says then."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernelwalk.core import Plan, make_plan, spec_from_table

WALK = {"frames_per_step": 6, "hold": 3, "lead_in": 2, "lead_out": 3}


def planned(layer: dict[str, Any], show: dict[str, Any] | None = None, **walk: Any) -> Plan:
    return make_plan(spec_from_table({"layer": layer, "walk": {**WALK, **walk}, "show": show or {}}))


def values(made: Plan, target: str) -> np.ndarray:
    return made.curves[target].value_at(np.array(made.frames, float))


CHANNELS = {"op": "conv", "input": [4, 5], "kernel": 3, "in_channels": 2, "out_channels": 3}


@pytest.mark.parametrize(
    ("layer", "walk", "axes"),
    [
        ({"op": "conv", "input": [6], "kernel": 3}, {}, "x"),
        ({"op": "conv", "input": 6, "kernel": 3}, {}, "xy"),
        ({"op": "conv", "input": [4, 4, 4], "kernel": 3}, {}, "xyz"),
        (CHANNELS, {}, "xy"),
        (CHANNELS, {"filters": "each"}, "xyc"),
        ({"op": "conv", "input": [6], "kernel": 3, "out_channels": 2}, {"filters": "each"}, "xc"),
    ],
)
def test_the_walk_has_a_channel_for_each_axis_that_it_goes_along(layer: dict[str, Any], walk: Any, axes: str) -> None:
    made = planned(layer, **walk)
    assert {target for target in made.curves if target.startswith("walk.")} == {
        "walk.lit",
        *(f"walk.{a}" for a in axes),
    }
    for step, position in enumerate(made.spec.walk_order.positions):
        start = made.spec.walk.start_frame(step)
        for frame in (start, start + WALK["hold"] - 1):
            assert np.array_equal(made.state_at(frame).position, position)
        assert (
            not np.array_equal(made.state_at(start + WALK["hold"]).position, position)
            or step == made.spec.step_count - 1
        )


@pytest.mark.parametrize("order", ["rows", "columns", "serpentine"])
def test_what_was_reached_last_jumps_while_the_position_glides(order: str) -> None:
    layer = {"op": "conv_transpose", "input": [2, 3], "kernel": 2}
    made = planned(layer, {"transposed": "scatter"}, order=order)
    assert {"done.x", "done.y"} <= made.curves.keys() and "done.z" not in made.curves
    assert ("turned.x" in made.curves) == (order == "serpentine")
    for frame in made.frames:
        step = made.spec.walk.step_at(frame, made.spec.step_count)
        state = made.state_at(frame)
        if frame < made.spec.walk.start_frame(0):
            assert (state.last_position[:2] < 0).all()
            continue
        last = made.spec.step_count - 1 if step is None else step
        assert np.array_equal(state.last_position, made.spec.walk_order.positions[last])
        assert np.array_equal(state.reversed_axes.astype(bool), made.spec.walk_order.reversed_axes[last])


def test_layers_that_leave_nothing_behind_need_not_be_told_what_was_reached() -> None:
    made = planned({"op": "conv_transpose", "input": 3, "kernel": 2})
    assert not [target for target in made.curves if target.startswith(("done", "turned"))]


def test_the_kernel_glides_with_its_field_and_hides_with_the_lines() -> None:
    made = planned({**CHANNELS, "stride": [1, 2]}, filters="each")
    low = np.array([made.lines[0].points[step, :, 1].min(axis=0) for step in range(made.spec.step_count)])
    for step in range(made.spec.step_count):
        start = made.spec.walk.start_frame(step)
        assert made.kernel_offset_at(start) == pytest.approx((low[step] - low[0]) * [1, 1, 0], abs=1e-9)
    assert {"kernel.x", "kernel.y"} <= made.curves.keys() and "kernel.z" not in made.curves
    hidden = values(made, "connectors.hidden")
    assert np.array_equal(hidden == 1, np.array([made.activity_at(frame) == 0 for frame in made.frames]))


def test_lines_of_which_a_step_has_fewer_have_no_width_there() -> None:
    layer = {"op": "conv", "input": 4, "kernel": 3, "padding": 1, "padding_mode": "reflect"}
    made = planned(layer)
    tied = made.lines[1]
    assert tied.hidden is not None
    for step in range(made.spec.step_count):
        frame = made.spec.walk.start_frame(step)
        assert len(made.lines_at(frame)[1]) == (~tied.hidden[step]).sum()
    assert len(made.lines_at(made.spec.walk.start_frame(0))[1]) == 5 and not len(made.lines_at(1)[1])


def test_keys_are_only_where_something_changes() -> None:
    made = planned(CHANNELS, filters="each")
    for target, channel in made.curves.items():
        assert len(channel.frames) <= 2 * made.spec.step_count + 3, target
        assert (np.diff(channel.frames) > 0).all() and set(channel.frames) <= set(made.frames), target


def test_frames_look_the_same_only_where_tiles_lines_kernel_and_stamps_do() -> None:
    for layer, show in ((CHANNELS, {}), ({"op": "conv_transpose", "input": 3, "kernel": 2}, {"transposed": "scatter"}),
                        ({**CHANNELS, "padding": 1, "padding_mode": "circular"}, {})):  # fmt: skip
        made = planned(layer, show, filters="each", hold=4, easing="smooth")
        first: dict[bytes, int] = {}
        for frame, picture in zip(made.frames, made.unique_frames.tolist(), strict=True):
            seen = [
                *made.colors_at(frame).values(),
                *made.lines_at(frame),
                made.kernel_offset_at(frame) * made.activity_at(frame),
            ]
            look = b"|".join((each.round(9) + 0.0).tobytes() for each in seen)
            assert picture == first.setdefault(look, frame)
        assert len(first) < len(made.frames)
    made = planned({"op": "conv_transpose", "input": 3, "kernel": 2}, {"transposed": "scatter"})
    assert made.unique_frames[0] != made.unique_frames[-1], "the stamps are left"
