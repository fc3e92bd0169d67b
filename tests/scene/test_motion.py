# SPDX-License-Identifier: GPL-3.0-or-later
"""Trails, ghosts, intros and loops in Blender have the plan's colors, and regions match full pictures."""

from __future__ import annotations

import numpy as np
import pytest

from .helpers import (
    LAYERS,
    OTHER_LAYERS,
    bpy,
    build_and_apply,
    find_tiles,
    get_evaluated,
    is_tile_visible,
    linear_to_srgb,
    make_spread_plan,
    make_test_plan,
    pixels_at,
    tile_tops,
)
from .test_partial import assert_same, make_small_plan

ROUNDING = 1
"""Rounding error of a color in a picture, in 8-bit units."""

WALKS = {
    "a trail of ghosts, by rows": {"appear": True, "trail": True},
    "a trail, serpentine, some": {"trail": True, "order": "serpentine", "every": 3},
    "ghosts, by columns, quickening": {"appear": True, "order": "columns", "fast_frames": 1, "ramp_steps": 2},
    "a loop": {"loop": True, "trail": True, "appear": True, "frames_per_step": 3, "lead_out": 7},
    "a loop without a pause": {"loop": True, "trail": True, "frames_per_step": 6, "lead_in": 0, "lead_out": 0},
    "an intro and an outro": {"intro": 5, "outro": 4, "trail": True},
}
ALL = {"plain": LAYERS["plain"], "transposed": LAYERS["transposed, strided"], "upsampling": OTHER_LAYERS["upsampling"]}
SCATTER = LAYERS["transposed, cropped and dilated"]


def assert_colored(plan, scene, picture, frames):
    """Assert that every visible tile has the plan's color, in pictures without lines."""
    for item in [item for item in scene.objects if item.type == "CURVE"]:
        bpy.data.objects.remove(item)
    for frame in frames:
        taken, colors = picture(scene, frame), plan.colors_at(frame)
        for grid in plan.grids:
            seen = is_tile_visible(plan, plan.frames.start, grid)
            assert seen.any()
            apart = np.abs(
                pixels_at(taken, plan, tile_tops(grid))[seen] - linear_to_srgb(colors[grid.name])[seen]
            ).max()
            assert apart <= ROUNDING, (frame, grid.name, apart)


@pytest.mark.once_beyond(2)
@pytest.mark.parametrize(
    ("walk", "layer"),
    [
        pytest.param(walk, layer, marks=[] if (number + turn) % 3 else pytest.mark.thorough)
        for number, walk in enumerate(list(WALKS)[:4])
        for turn, layer in enumerate(ALL)
    ],
)
def test_tiles_have_the_plans_colors(scene, picture, layer, walk):
    plan = make_spread_plan(ALL[layer], walk=WALKS[walk])
    build_and_apply(plan, scene)
    last = plan.frames.stop - 1
    assert_colored(plan, scene, picture, [*list(plan.frames)[3 :: len(plan.frames) // 4], last - 1, last])


def test_tiles_have_the_plans_colors_in_scatter(scene, picture):
    plan = make_spread_plan(SCATTER, walk={"appear": True, "trail": True, "loop": True}, show={"transposed": "scatter"})
    build_and_apply(plan, scene)
    assert_colored(plan, scene, picture, [1, 7, plan.frames.stop - 3, plan.frames.stop - 1])


@pytest.mark.once
@pytest.mark.parametrize(("walk", "layer"), [*zip(WALKS, ["plain", "transposed"] * 3, strict=True)])
def test_regions_match_the_full_picture(scene, tmp_path, layer, walk):
    plan = make_small_plan(ALL[layer], walk=WALKS[walk])
    build_and_apply(plan, scene)
    pictures = sorted(set(plan.unique_frames.tolist()))
    assert_same(plan, scene, tmp_path, sorted({*pictures[:: max(1, len(pictures) // 7)], pictures[-1]}))


@pytest.mark.parametrize("tiles", ["layer", "objects"])
def test_a_grid_that_has_not_appeared_is_invisible_and_casts_no_shadow(scene, picture, tiles):
    plan = make_test_plan(LAYERS["plain"], walk={"intro": 8, "outro": 8}, look={"tiles": tiles}, render={"samples": 4})
    build_and_apply(plan, scene)
    empty = picture(scene, 1)
    assert empty.min() >= 255 - 2 * ROUNDING
    half, full = picture(scene, 5), picture(scene, 9)
    assert half.min() < 250 and np.abs(half - full).max() > 10
    bpy.data.batch_remove([item for item in scene.objects if "Output" in item.name or "3×3" in item.name])
    assert np.abs(picture(scene, 5) - half).max() <= ROUNDING, "of the output nothing was there"


def test_blender_evaluates_what_the_plan_says_on_every_frame(scene):
    plan = make_test_plan(LAYERS["plain"], walk={"intro": 5, "outro": 3, "loop": True, "trail": True, "lead_out": 5})
    built = build_and_apply(plan, scene)
    for frame in plan.frames:
        scene.frame_set(frame)
        material = get_evaluated(find_tiles(built, "Output")[0]).material_slots[0].material
        nodes = material.node_tree.nodes["Walk"].node_tree.nodes
        actual = [nodes[name].outputs[0].default_value for name in ("shown.0", "shown.1", "trail", "last.x", "last.y")]
        state = plan.state_at(frame)
        assert actual == pytest.approx(
            [*plan.grid_opacities_at(frame), state.trail_opacity, *state.last_position[:2]], abs=2e-6
        ), frame
