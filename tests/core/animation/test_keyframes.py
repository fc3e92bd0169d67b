# SPDX-License-Identifier: GPL-3.0-or-later
"""The curves of a walk: which exist, and their values on every frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernelwalk.core import Plan, make_plan, spec_from_table

WALK = {"frames_per_step": 6, "hold": 3, "lead_in": 2, "lead_out": 3}


def plan_with(layer: dict[str, Any], show: dict[str, Any] | None = None, **walk: Any) -> Plan:
    return make_plan(spec_from_table({"layer": layer, "walk": {**WALK, **walk}, "show": show or {}}))


def values(plan: Plan, target: str) -> np.ndarray:
    return plan.curves[target].value_at(np.array(plan.frames, float))


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
def test_the_walk_has_a_curve_for_each_axis_it_goes_along(layer: dict[str, Any], walk: Any, axes: str) -> None:
    plan = plan_with(layer, **walk)
    assert {target for target in plan.curves if target.startswith("walk.")} == {
        "walk.active",
        *(f"walk.{a}" for a in axes),
    }
    for step, position in enumerate(plan.spec.walk_order.positions):
        start = plan.spec.walk.start_frame(step)
        for frame in (start, start + WALK["hold"] - 1):
            assert np.array_equal(plan.state_at(frame).position, position)
        is_last = step == plan.spec.step_count - 1
        assert is_last or not np.array_equal(plan.state_at(start + WALK["hold"]).position, position)


@pytest.mark.parametrize("order", ["rows", "columns", "serpentine"])
def test_the_last_position_jumps_while_the_position_moves_smoothly(order: str) -> None:
    layer = {"op": "conv_transpose", "input": [2, 3], "kernel": 2}
    plan = plan_with(layer, {"transposed": "scatter"}, order=order)
    assert {"last.x", "last.y"} <= plan.curves.keys() and "last.z" not in plan.curves
    assert ("reversed.x" in plan.curves) == (order == "serpentine")
    for frame in plan.frames:
        step = plan.spec.walk.step_at(frame, plan.spec.step_count)
        state = plan.state_at(frame)
        if frame < plan.spec.walk.start_frame(0):
            assert (state.last_position[:2] < 0).all()
            continue
        last = plan.spec.step_count - 1 if step is None else step
        assert np.array_equal(state.last_position, plan.spec.walk_order.positions[last])
        assert np.array_equal(state.reversed_axes.astype(bool), plan.spec.walk_order.reversed_axes[last])


def test_walks_without_a_trail_have_no_curve_of_the_last_position() -> None:
    plan = plan_with({"op": "conv_transpose", "input": 3, "kernel": 2})
    assert not [target for target in plan.curves if target.startswith(("last.", "reversed."))]


def test_the_kernel_moves_with_its_receptive_field_and_hides_with_the_lines() -> None:
    plan = plan_with({**CHANNELS, "stride": [1, 2]}, filters="each")
    low = np.array([plan.lines[0].points[step, :, 1].min(axis=0) for step in range(plan.spec.step_count)])
    for step in range(plan.spec.step_count):
        start = plan.spec.walk.start_frame(step)
        assert plan.kernel_offset_at(start) == pytest.approx((low[step] - low[0]) * [1, 1, 0], abs=1e-9)
    assert {"kernel.x", "kernel.y"} <= plan.curves.keys() and "kernel.z" not in plan.curves
    hidden = values(plan, "connectors.hidden")
    assert np.array_equal(hidden == 1, np.array([plan.activity_at(frame) == 0 for frame in plan.frames]))


def test_lines_that_a_step_lacks_have_no_width() -> None:
    layer = {"op": "conv", "input": 4, "kernel": 3, "padding": 1, "padding_mode": "reflect"}
    plan = plan_with(layer)
    arches = plan.lines[1]
    assert arches.hidden is not None
    for step in range(plan.spec.step_count):
        frame = plan.spec.walk.start_frame(step)
        assert len(plan.lines_at(frame)[1]) == (~arches.hidden[step]).sum()
    assert len(plan.lines_at(plan.spec.walk.start_frame(0))[1]) == 5 and not len(plan.lines_at(1)[1])


def test_the_sum_of_a_step_is_shown_until_the_walk_ends() -> None:
    layer, sources = {"op": "conv", "input": 4, "kernel": 3}, {"input": "random", "kernel": "box"}
    plan = make_plan(spec_from_table({"layer": layer, "walk": WALK, "values": sources, "labels": {"sum": True}}))
    shown = values(plan, "sum.step")
    expected = [-1, -1, *np.repeat(range(4), 6), -1, -1, -1]
    assert shown.tolist() == expected


def test_each_grid_of_a_chain_appears_within_an_intro_of_fewer_frames_than_grids() -> None:
    table = {"input": 12, "layers": [{"op": "conv", "kernel": 3}] * 4, "walk": {**WALK, "intro": 2, "outro": 2}}
    plan = make_plan(spec_from_table(table))
    for grid in range(5):
        shown = values(plan, f"shown.{grid}")
        assert (shown[0], shown[2], shown[-3]) == (0, 1, 1), grid
        assert plan.curves[f"shown.{grid}"].value_on(plan.frames.stop) == 0, grid


def test_in_a_loop_the_trail_is_whole_for_half_of_the_frames_after_the_walk_and_then_fades() -> None:
    plan = plan_with({"op": "conv", "input": 4, "kernel": 3}, trail=True, loop=True, lead_out=4)
    shown = values(plan, "walk.trail")
    assert (shown[:-2] == 1).all() and 1 > shown[-2] > shown[-1] > 0


@pytest.mark.parametrize(
    "walk", [{"lead_in": 0, "lead_out": 0, "easing": "step"}, {"lead_out": 0}, {"lead_out": 1}, {"loop": False}]
)
def test_a_trail_that_no_frame_shows_paler_has_no_curve(walk: dict[str, Any]) -> None:
    plan = plan_with({"op": "conv", "input": 4, "kernel": 3}, **{"trail": True, "loop": True, **walk})
    assert "last.x" in plan.curves and "walk.trail" not in plan.curves


def test_keyframes_stand_only_where_something_changes() -> None:
    plan = plan_with(CHANNELS, filters="each")
    for target, curve in plan.curves.items():
        assert len(curve.frames) <= 2 * plan.spec.step_count + 3, target
        assert (np.diff(curve.frames) > 0).all() and set(curve.frames) <= set(plan.frames), target


def test_frames_are_shared_only_where_tiles_lines_kernel_and_stamps_are_equal() -> None:
    for layer, show in ((CHANNELS, {}), ({"op": "conv_transpose", "input": 3, "kernel": 2}, {"transposed": "scatter"}),
                        ({**CHANNELS, "padding": 1, "padding_mode": "circular"}, {})):  # fmt: skip
        plan = plan_with(layer, show, filters="each", hold=4, easing="smooth")
        first: dict[bytes, int] = {}
        for frame, unique in zip(plan.frames, plan.unique_frames.tolist(), strict=True):
            visible = [
                *plan.colors_at(frame).values(),
                *plan.lines_at(frame),
                plan.kernel_offset_at(frame) * plan.activity_at(frame),
            ]
            content = b"|".join((values.round(9) + 0.0).tobytes() for values in visible)
            assert unique == first.setdefault(content, frame)
        assert len(first) < len(plan.frames)
    plan = plan_with({"op": "conv_transpose", "input": 3, "kernel": 2}, {"transposed": "scatter"})
    assert plan.unique_frames[0] != plan.unique_frames[-1], "the stamps stay"


def test_in_perspective_a_line_that_some_steps_lack_has_the_mean_width_of_its_ends() -> None:
    layer = {"op": "max_pool", "input": 6, "kernel": 2}
    table = {"layer": layer, "walk": WALK, "values": {"input": "random"}, "camera": {"projection": "perspective"}}
    plan = make_plan(spec_from_table(table))
    (winners,) = [lines for lines in plan.lines if lines.name == "winners"]
    assert winners.hidden is not None and winners.width_factors is not None
    starts = plan.spec.start_frame(np.arange(plan.spec.step_count)).astype(float)
    for line, hidden in enumerate(winners.hidden.T):
        ends = winners.width_factors[:, line]
        expected = np.where(hidden, 0, (ends[:, 0] + ends[:, 1]) / 2)
        assert plan.curves[f"winners.{line}.width"].value_at(starts) == pytest.approx(expected)
    assert np.ptp(winners.width_factors) > 0.1
