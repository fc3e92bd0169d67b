# SPDX-License-Identifier: GPL-3.0-or-later
"""Trails, ghosts, intros and loops, compared on every frame with positions visited one by one."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from kernelwalk.core import Plan, SpecError, make_plan, spec_from_table
from kernelwalk.core.animation.walk_curves import AXIS_NAMES
from kernelwalk.core.describe.tile_query import Tile, describe_walk_step
from kernelwalk.core.incremental.changed_regions import find_base_frame, find_changed_regions
from kernelwalk.core.spec.colors_section import srgb_to_linear

from ..helpers import NO_LABELS, positions_in_order

LAYERS: dict[str, dict[str, Any]] = {
    "conv": {"op": "conv", "input": [5, 6], "kernel": [3, 2], "padding": 1, "stride": [1, 2]},
    "transposed": {"op": "conv_transpose", "input": [2, 3], "kernel": 3, "stride": 2, "output_padding": 1},
    "upsampling": {"op": "upsample", "input": [2, 3], "scale": 2},
    "with channels": {"op": "conv", "input": 4, "kernel": 3, "in_channels": 2, "out_channels": 3},
    "unfolding": {"op": "unfold", "input": 4, "kernel": 2},
    "shuffling": {"op": "pixel_shuffle", "input": 2, "factor": 2, "channels": 4},
    "along one axis": {"op": "conv", "input": [9], "kernel": [3]},
    "along three axes": {"op": "conv", "input": [3, 3, 4], "kernel": [2, 2, 2]},
}
WALKS: dict[str, dict[str, Any]] = {
    "rows": {"order": "rows"},
    "columns, some": {"order": "columns", "every": 3},
    "serpentine, some": {"order": "serpentine", "every": 4, "first": 2},
    "a channel after another": {"filters": "each", "order": "serpentine"},
    "a frame a step": {"frames_per_step": 1, "order": "serpentine"},
    "quickening to a frame a step": {"fast_frames": 1, "slow_steps": 2, "ramp_steps": 3, "frames_per_step": 6},
}
SHORT = {"frames_per_step": 3, "hold": 1, "lead_in": 2, "lead_out": 2}


def plan_with(layer: dict[str, Any], **walk: Any) -> Plan:
    return make_plan(spec_from_table({"layer": layer, "walk": SHORT | walk, "labels": NO_LABELS}))


def walked_until(plan: Plan, frame: int) -> list[tuple[float, ...]]:
    """Return the positions (x, y, z, channel) that the walk has visited or skipped up to a frame."""
    spec = plan.spec
    sizes = spec.walk_order.sizes
    all_positions = [
        (*position[::-1], *[0] * (3 - len(sizes)), number)
        for number in range(spec.walk_order.filter_count)
        for position in positions_in_order(sizes, spec.walk.order).tolist()
    ]
    if frame < spec.walk.start_frame(0):
        return []
    step = spec.walk.step_at(frame, spec.step_count)
    last = tuple(spec.walk_order.positions[-1 if step is None else step].tolist())
    return all_positions[: all_positions.index(last) + 1]


def visited_outputs(plan: Plan, frame: int) -> np.ndarray:
    """Return True for output tiles that any position so far has activated."""
    grid = next(grid for grid in plan.grids if grid.name == "Output")
    active = [grid.active_share_at(np.array(position, float)) > 0 for position in walked_until(plan, frame)]
    return np.any(active, axis=0) if active else np.zeros(len(grid.cells), bool)


def output_colors(plan: Plan, frame: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the colors of the output's tiles, and True for tiles that are not active at all."""
    grid = next(grid for grid in plan.grids if grid.name == "Output")
    is_active = grid.active_share_at(plan.state_at(frame).position) * plan.activity_at(frame) > 0
    return plan.colors_at(frame)["Output"], ~is_active


@pytest.mark.parametrize(
    ("layer", "walk", "appear", "trail"),
    [
        pytest.param(layer, walk, appear, trail, marks=[] if (number + turn) % 6 == each else pytest.mark.thorough)
        for number, layer in enumerate(LAYERS)
        for turn, walk in enumerate(WALKS)
        for each, (appear, trail) in enumerate([(True, False), (False, True), (True, True)])
    ],
)
def test_an_output_tile_is_a_ghost_before_its_visit_and_visited_after(
    layer: str, walk: str, appear: bool, trail: bool
) -> None:
    plan = plan_with(LAYERS[layer], appear=appear, trail=trail, **WALKS[walk])
    grid = next(grid for grid in plan.grids if grid.name == "Output")
    colors, idle = plan.spec.look.colors, grid.palette[grid.kinds, 0]
    before = srgb_to_linear(colors.ghost) if appear else idle
    after = srgb_to_linear(colors.output_visited) if trail else idle
    for frame in plan.frames:
        expected = np.where(visited_outputs(plan, frame)[:, None], after, before)
        output, is_inactive = output_colors(plan, frame)
        assert np.allclose(output[is_inactive], expected[is_inactive], atol=1e-12), frame


@pytest.mark.parametrize("layer", LAYERS)
def test_a_trail_does_not_change_active_colors(layer: str) -> None:
    plain, marked = (plan_with(LAYERS[layer], **more) for more in ({}, {"appear": True, "trail": True}))
    for frame in plain.spec.walk.start_frame(np.arange(plain.spec.step_count)).tolist():
        (without_trail, is_inactive), (with_trail, _) = output_colors(plain, frame), output_colors(marked, frame)
        assert np.allclose(without_trail[~is_inactive], with_trail[~is_inactive], atol=1e-12) and (~is_inactive).any()


def test_in_scatter_the_trail_is_on_the_input_and_ghosts_are_on_the_output() -> None:
    layer = {"op": "conv_transpose", "input": [2, 3], "kernel": 2, "stride": 2, "padding": 1}
    spec = {"layer": layer, "walk": SHORT | {"appear": True, "trail": True}, "show": {"transposed": "scatter"}}
    plan = make_plan(spec_from_table(spec))
    colors = plan.spec.look.colors
    frame = plan.spec.walk.start_frame(2) + 1
    inputs, outputs = (plan.colors_at(frame)[name] for name in ("Input", "Output"))
    visited = [cell[:2] for cell in walked_until(plan, frame)]
    for grid in plan.grids:
        is_inactive = grid.active_share_at(plan.state_at(frame).position) == 0
        for tile in np.flatnonzero(is_inactive):
            cell, kind = tuple(grid.cells[tile, :2]), grid.kinds[tile]
            if grid.name == "Input":
                idle = grid.palette[kind, 0]
                assert np.allclose(inputs[tile], srgb_to_linear(colors.input_visited) if cell in visited else idle)
            elif kind == 5:
                assert np.array_equal(outputs[tile], grid.palette[5, 0]), "cropped tiles are never ghosts"
            elif not any(0 <= cell[0] + 1 - 2 * x < 2 and 0 <= cell[1] + 1 - 2 * y < 2 for x, y in visited):
                assert np.allclose(outputs[tile], srgb_to_linear(colors.ghost))


def test_trails_and_ghosts_need_no_keyframes_per_tile() -> None:
    few, many = (plan_with(LAYERS["conv"] | {"out_channels": count}, trail=True, appear=True) for count in (1, 16))
    assert len(many.grids[-1].cells) == 16 * len(few.grids[-1].cells)
    keys = [
        sum(len(curve.frames) for name, curve in plan.curves.items() if name.startswith("last."))
        for plan in (few, many)
    ]
    assert keys[0] == keys[1] <= 3 * few.spec.step_count


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(("intro", "outro"), [(0, 1), (1, 0), (7, 5), (30, 30)])
def test_grids_appear_one_after_another_and_vanish_in_reverse(layer: str, intro: int, outro: int) -> None:
    plan = plan_with(LAYERS[layer], intro=intro, outro=outro)
    walk, frames = plan.spec.walk, plan.frames
    shown = np.array([plan.grid_opacities_at(frame) for frame in frames])
    steps = [number for number, frame in enumerate(frames) if plan.activity_at(frame)]
    assert (shown[steps[0] - walk.lead_in : steps[-1] + 1 + walk.lead_out] == 1).all()
    assert shown[0].tolist() == ([0, 0] if intro else [1, 1])
    assert (np.diff(shown[: steps[0]], axis=0) >= 0).all() and (np.diff(shown[steps[-1] :], axis=0) <= 0).all()
    if intro > 1:
        assert (shown[shown[:, 1] > 0][:, 0] == 1).all(), "the output appears once the input is complete"
    if outro > 1:
        assert (shown[-1] <= 0.5).all() and shown[-1][0] > 0, "on the next frame nothing would be visible"


def test_in_scatter_the_input_above_appears_first() -> None:
    layer = {"op": "conv_transpose", "input": 2, "kernel": 2}
    plan = make_plan(spec_from_table({"layer": layer, "walk": SHORT | {"intro": 8}, "show": {"transposed": "scatter"}}))
    assert plan.grids[0].name == "Output"
    assert plan.grid_opacities_at(5).tolist() == [0, 1]


def test_while_a_grid_appears_the_whole_picture_may_differ() -> None:
    plan = plan_with(LAYERS["conv"], intro=6, outro=6)
    base = find_base_frame(plan)
    assert (plan.grid_opacities_at(base) == 1).all() and not plan.activity_at(base)
    width, height = plan.spec.render.resolution
    for frame in (2, 5, plan.frames.stop - 2):
        assert find_changed_regions(plan, frame, base) == [(0, 0, width, height)]
    late = plan_with(LAYERS["conv"], intro=6, lead_in=0, lead_out=0)
    assert find_base_frame(late) == late.spec.walk.start_frame(0), "something is active on every frame after the intro"


def values_at(plan: Plan, frame: float) -> dict[str, float]:
    """Return the values on a frame of all curves that must be continuous in a loop."""
    values = {target: float(curve.value_at(np.array([frame], float))[0]) for target, curve in plan.curves.items()}
    return {target: value for target, value in values.items() if not target.startswith(("last.", "reversed."))}


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("pace", [1, 2, 7])
def test_a_loop_without_a_pause_moves_on_to_its_first_frame(layer: str, pace: int) -> None:
    plan = make_plan(
        spec_from_table({"layer": LAYERS[layer], "walk": {"frames_per_step": pace, "loop": True, "trail": True}})
    )
    first, after = values_at(plan, plan.frames.start), values_at(plan, plan.frames.stop)
    for target, value in first.items():
        may_differ = target == "walk.trail" or target.endswith("width") or target.startswith("arches.")
        assert may_differ or after[target] == pytest.approx(value), target
    assert plan.spec.walk.lead_in == plan.spec.walk.lead_out == 0
    if pace > 2:
        last = plan.state_at(plan.frames.stop - 1)
        assert 0 < last.trail_opacity < 0.5
        start, end = plan.spec.walk_order.positions[[-1, 0]]
        assert (np.abs(last.position - end) <= np.abs(start - end) * 0.5).all(), (
            "the walk is closer to the first position than to the last"
        )


@pytest.mark.parametrize("pause", [{"lead_in": 3}, {"lead_out": 4}, {"lead_in": 1, "lead_out": 9}])
def test_a_loop_with_a_pause_fades_its_trail_in_the_pause(pause: dict[str, int]) -> None:
    plan = make_plan(
        spec_from_table({"layer": LAYERS["conv"], "walk": {"loop": True, "trail": True, "appear": True} | pause})
    )
    opacities = [plan.state_at(frame).trail_opacity for frame in plan.frames]
    activity = [plan.activity_at(frame) for frame in plan.frames]
    assert all(opacity == 1 for opacity, step in zip(opacities, activity, strict=True) if step)
    assert all(opacity >= following for opacity, following in itertools.pairwise(opacities))
    if pause.get("lead_out", 0) > 1:
        assert opacities[-1] <= 0.5
    visited, ghost = (srgb_to_linear(getattr(plan.spec.look.colors, name)) for name in ("output_visited", "ghost"))
    for frame, opacity, step in zip(plan.frames, opacities, activity, strict=True):
        if not step and plan.spec.walk.start_frame(0) < frame:
            assert np.allclose(plan.colors_at(frame)["Output"], ghost + opacity * (visited - ghost))
    moving = [f"walk.{axis}" for axis in AXIS_NAMES if f"walk.{axis}" in plan.curves]
    assert all(plan.curves[target].frames[-1] < plan.frames.stop for target in moving)


def test_the_steps_of_a_tile_are_those_that_activate_it() -> None:
    plan = plan_with(LAYERS["conv"], every=3, first=2, order="serpentine")
    spec = plan.spec
    for grid in plan.grids:
        is_active = [grid.active_share_at(position) > 0 for position in spec.walk_order.positions]
        for number, cell in enumerate(grid.cells.astype(int).tolist()):
            steps = Tile(grid.name, tuple(cell)).find_steps(spec)
            assert steps == [step for step in range(spec.step_count) if is_active[step][number]]


def test_every_step_has_a_description() -> None:
    spec = plan_with(LAYERS["conv"], every=4, first=3).spec
    for step, (x, y, *_) in enumerate(spec.walk_order.positions.astype(int).tolist()):
        assert describe_walk_step(spec, step).startswith(f"output ({y}, {x})")


def test_frames_with_nothing_active_differ_by_their_trails() -> None:
    plan = plan_with(LAYERS["conv"], trail=True)
    assert len(set(plan.unique_frames[[0, 1]])) == len(set(plan.unique_frames[[-2, -1]])) == 1
    assert plan.unique_frames[0] != plan.unique_frames[-1]
    assert plan_with(LAYERS["conv"]).unique_frames[-1] == 1


@pytest.mark.parametrize(
    ("walk", "where"),
    [
        ({"fast_frames": 13}, "walk.fast_frames"),
        ({"fast_frames": 0}, "walk.fast_frames"),
        ({"every": 0}, "walk.every"),
        ({"first": "row"}, "walk.first"),
        ({"loop": True, "intro": 5}, "walk.outro"),
        ({"loop": True, "outro": 5}, "walk.intro"),
        ({"lift": -1}, "walk.lift"),
        ({"trail": "yes"}, "walk.trail"),
        ({"easing": "bounce"}, "walk.easing"),
    ],
)
def test_invalid_walk_settings_are_reported_with_their_key(walk: dict[str, Any], where: str) -> None:
    with pytest.raises(SpecError) as caught:
        spec_from_table({"layer": LAYERS["conv"], "walk": walk})
    assert [problem.where for problem in caught.value.problems] == [where]
    assert caught.value.problems[0].remedy


@pytest.mark.parametrize("show", ["gather", "scatter"])
def test_names_and_indices_belong_to_the_grid_they_appear_with(show: str) -> None:
    layer = {"op": "conv_transpose", "input": 3, "kernel": 2, "stride": 2}
    table = {"layer": layer, "title": "Up", "labels": {"indices": True}, "show": {"transposed": show}}
    plan = make_plan(spec_from_table({**table, "walk": SHORT | {"intro": 4}}))
    for label in plan.labels:
        if label.role == "name" and label.text.strip() in ("Input", "Output"):
            assert label.grid_index is not None and plan.grids[label.grid_index].name == label.text.strip()
        assert (label.grid_index is not None) == (label.role in ("name", "index")), label
    assert {label.grid_index for label in plan.labels if label.role == "index"} == {0, 1}
