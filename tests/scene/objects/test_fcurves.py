# SPDX-License-Identifier: GPL-3.0-or-later
"""F-curves read back from Blender, and the evaluated scene, match the plan on every frame."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core.animation import key_runs

from ..helpers import (
    CASES,
    FLOAT_TOLERANCE,
    LAYERS,
    WALKS,
    bpy,
    build_scene,
    curves_by_target,
    find_lines,
    find_tiles,
    list_datablocks,
    list_positions,
    make_test_plan,
    read_tile_ranges,
    read_walk,
)


@pytest.mark.once_beyond(4)
@pytest.mark.parametrize(("layer", "walk"), CASES)
class TestEveryLayerAndWalk:
    @pytest.fixture
    def plan(self, layer, walk):
        return make_test_plan(LAYERS[layer], walk=WALKS[walk])

    @pytest.fixture
    def built(self, plan, scene):
        return build_scene(plan, scene)

    def test_fcurves_have_the_plans_values_on_every_frame_with_few_keyframes(self, plan, built):
        curves = curves_by_target(built)
        assert curves.keys() == plan.curves.keys()
        frames = np.arange(plan.frames.start - 1, plan.frames.stop + 1, 0.5)
        for target, channel in plan.curves.items():
            expected = channel.value_at(frames)
            for curve in curves[target]:
                values = [curve.evaluate(frame) for frame in frames.tolist()]
                assert np.allclose(values, expected, rtol=0, atol=FLOAT_TOLERANCE), target
                keys = [key.co[0] for key in curve.keyframe_points]
                assert len(keys) <= 2 * plan.spec.layer.position_count + 3, target
                assert keys == sorted(set(keys))
                assert all(frame in plan.frames for frame in keys), "on whole frames of the film"

    def test_the_evaluated_walk_matches_the_plan_and_lines_hide_with_it(self, plan, built, scene):
        lines = find_lines(built)
        for frame in plan.frames:
            scene.frame_set(frame)
            for layer in ("Input", "Output"):
                position, lit = read_walk(built, layer)
                assert np.allclose(position, plan.state_at(frame).position, rtol=0, atol=FLOAT_TOLERANCE)
                assert lit == plan.activity_at(frame)
            assert (lines.hide_render, lines.hide_viewport) == (not plan.activity_at(frame),) * 2

    def test_active_tiles_are_those_that_the_layer_computes_with(self, plan, built, scene, layer, walk):
        spec = plan.spec
        spacing = spec.layer.stride if spec.layer.op == "conv_transpose" else (1, 1)
        kernel = int(np.prod(spec.layer.kernel))
        of_layer = {}
        for grid in plan.grids:
            (made,) = find_tiles(built, grid.name)
            of_layer[grid.name] = read_tile_ranges(made.data, grid)
        for step, (y, x) in enumerate(list_positions(spec.layer.output, spec.walk.order)):
            scene.frame_set(int(spec.walk.start_frame(np.array(step))))
            position, lit = read_walk(built)
            assert np.allclose(position, [x, y, 0, 0], atol=FLOAT_TOLERANCE)
            cells, kinds, reach = of_layer["Input"]
            weight = reach.active_share_at(np.round(position)) * lit
            assert set(np.unique(weight)) <= {0.0, 1.0}
            inputs = {(int(b), int(a)) for a, b, *_ in cells[(weight == 1) & (kinds == 0)]}
            taps = spec.layer.taps((y, x))
            assert inputs == {(cell[0] * spacing[0], cell[1] * spacing[1]) for _, cell in taps if cell is not None}
            assert weight.sum() == kernel, "with padding and zeros, all taps of the kernel light up a tile"
            cells, _, reach = of_layer["Output"]
            weight = reach.active_share_at(position) * lit
            assert np.allclose(weight, (cells == [x, y, 0, 0]).all(axis=1), atol=FLOAT_TOLERANCE)


def count_keyframes(built):
    return sum(len(curve.keyframe_points) for curves in curves_by_target(built).values() for curve in curves)


def test_keyframes_do_not_grow_with_the_tiles(scene):
    few, more, many = ({"op": "conv", "input": 4 * size, "kernel": size, "stride": size} for size in (1, 4, 12))
    expected = count_keyframes(build_scene(make_test_plan(few), scene))
    assert count_keyframes(build_scene(make_test_plan(many), scene)) == expected
    assert count_keyframes(build_scene(make_test_plan(more, look={"tiles": "objects"}), scene)) == expected


def test_keyframes_grow_in_proportion_to_the_steps(scene):
    counted = {
        size: count_keyframes(build_scene(make_test_plan({"op": "conv", "input": size, "kernel": 1}), scene))
        for size in (4, 8, 16)
    }
    assert counted[8] <= 4.2 * counted[4]
    assert counted[16] <= 4.2 * counted[8]
    assert counted[16] < 16 * 16 * 18 * 2 + 20, "two per step on each of the eighteen curves that move"


@pytest.mark.parametrize("order", ["rows", "serpentine"])
def test_long_walks_have_a_straight_line_for_each_row_and_the_same_values_on_every_frame(scene, monkeypatch, order):
    monkeypatch.setattr(key_runs, "MAX_STEP_KEYS", 50)
    walk = {"frames_per_step": 1, "order": order, "lead_in": 1, "lead_out": 2}
    plan = make_test_plan({"op": "conv", "input": 14, "kernel": 3}, walk=walk)
    curves = curves_by_target(build_scene(plan, scene))
    frames = np.array(plan.frames, np.float64)
    for target, channel in plan.curves.items():
        for curve in curves[target]:
            values = [curve.evaluate(frame) for frame in plan.frames]
            tolerance = 0 if target.startswith("walk.") else FLOAT_TOLERANCE
            assert np.allclose(values, channel.value_at(frames), rtol=0, atol=tolerance), target
    for target in ("walk.x", "connectors.0.0.x"):
        assert len(plan.curves[target].frames) > 120
        assert len(curves[target][0].keyframe_points) <= 2 * 12 + 2


def test_the_number_of_curves_does_not_depend_on_the_layer(scene):
    numbers = {
        name: sum(map(len, curves_by_target(build_scene(make_test_plan(layer), scene)).values()))
        for name, layer in LAYERS.items()
    }
    # x and y of the walk; active; hidden in renders and in views, for lines and their copies; no curve of a motion
    assert numbers.pop("a single step") == 2 + 1 + 4
    # also x and y of both ends of four lines, and the height of lower ends that move from thin tiles to thick ones
    assert all(0 <= number - (2 + 1 + 4 + 16) <= 4 for number in numbers.values())


def test_there_are_no_drivers(scene):
    build_scene(make_test_plan(LAYERS["plain"]), scene)
    for data in list_datablocks():
        animation = getattr(data, "animation_data", None)
        assert animation is None or not animation.drivers


def test_frames_can_be_set_in_any_order(scene):
    plan = make_test_plan(LAYERS["plain"], walk=WALKS["serpentine, gliding all the time"])
    built = build_scene(plan, scene)
    frames = np.random.default_rng(1).permutation(np.array(plan.frames))
    for frame in frames.tolist():
        scene.frame_set(frame)
        position, lit = read_walk(built)
        assert np.allclose(position, plan.state_at(frame).position, atol=FLOAT_TOLERANCE)
        assert lit == plan.activity_at(frame)


def test_each_action_is_named_after_the_data_it_animates(scene):
    build_scene(make_test_plan(LAYERS["plain"]), scene)
    assert {action.name.split(".")[0] for action in bpy.data.actions} == {
        "Walk walk",
        "Connectors walk",
        "Connectors Seen Through walk",
    }
