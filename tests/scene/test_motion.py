# SPDX-License-Identifier: GPL-3.0-or-later
"""Trails, ghosts, intros and loops in Blender: by the colours of the tiles in pictures, and the pixels of parts."""

from __future__ import annotations

import numpy as np
import pytest

from .helpers import FAMILY, LAYERS, bpy, evaluated, in_sight, pixels, planned, shown, spread, srgb, tiles_of, tops
from .test_partial import assert_same

UNIT = 1
"""What a colour may be off in a picture, in 8-bit units: it was rounded."""

WALKS = {
    "a trail of ghosts, by rows": {"appear": True, "trail": True},
    "a trail, serpentine, some": {"trail": True, "order": "serpentine", "every": 3},
    "ghosts, by columns, quickening": {"appear": True, "order": "columns", "fast_frames": 1, "ramp_steps": 2},
    "a loop": {"loop": True, "trail": True, "appear": True, "frames_per_step": 3, "lead_out": 7},
    "a loop without a pause": {"loop": True, "trail": True, "frames_per_step": 6, "lead_in": 0, "lead_out": 0},
    "an intro and an outro": {"intro": 5, "outro": 4, "trail": True},
}
ALL = {"plain": LAYERS["plain"], "transposed": LAYERS["transposed, strided"], "upsampling": FAMILY["upsampling"]}
SCATTER = LAYERS["transposed, cropped and dilated"]


def assert_colored(plan, scene, picture, frames):
    """In pictures without lines, every tile that is in sight has the colour that the plan says."""
    for each in [each for each in scene.objects if each.type == "CURVE"]:
        bpy.data.objects.remove(each)
    for frame in frames:
        taken, colors = picture(scene, frame), plan.colors_at(frame)
        for grid in plan.grids:
            seen = in_sight(plan, plan.frames.start, grid)
            assert seen.any()
            apart = np.abs(pixels(taken, plan, tops(grid))[seen] - srgb(colors[grid.name])[seen]).max()
            assert apart <= UNIT, (frame, grid.name, apart)


@pytest.mark.parametrize("layer", ALL)
@pytest.mark.parametrize("walk", list(WALKS)[:4])
def test_tiles_have_the_colours_of_the_plan(scene, picture, layer, walk):
    plan = spread(ALL[layer], walk=WALKS[walk])
    shown(plan, scene)
    last = plan.frames.stop - 1
    assert_colored(plan, scene, picture, [*list(plan.frames)[3 :: len(plan.frames) // 4], last - 1, last])


def test_in_scatter_too(scene, picture):
    plan = spread(SCATTER, walk={"appear": True, "trail": True, "loop": True}, show={"transposed": "scatter"})
    shown(plan, scene)
    assert_colored(plan, scene, picture, [1, 7, plan.frames.stop - 3, plan.frames.stop - 1])


@pytest.mark.parametrize("walk", WALKS)
@pytest.mark.parametrize("layer", ["plain", "transposed"])
def test_parts_are_as_the_whole(scene, tmp_path, layer, walk):
    plan = planned(ALL[layer], walk=WALKS[walk])
    shown(plan, scene)
    pictures = sorted(set(plan.unique_frames.tolist()))
    assert_same(plan, scene, tmp_path, [*pictures[:: max(1, len(pictures) // 7)], pictures[-1]])


@pytest.mark.parametrize("tiles", ["layer", "objects"])
def test_a_grid_that_has_not_appeared_is_not_seen_and_throws_no_shadow(scene, picture, tiles):
    plan = planned(LAYERS["plain"], walk={"intro": 8, "outro": 8}, look={"tiles": tiles}, labels={"caption": False})
    shown(plan, scene)
    empty = picture(scene, 1)
    assert empty.min() >= 255 - 2 * UNIT
    half, whole = picture(scene, 5), picture(scene, 9)
    assert half.min() < 250 and np.abs(half - whole).max() > 10
    bpy.data.batch_remove([each for each in scene.objects if "Output" in each.name or "3×3" in each.name])
    assert np.abs(picture(scene, 5) - half).max() <= UNIT, "of the output nothing was there"


def test_blender_evaluates_what_the_plan_says_on_every_frame(scene):
    plan = planned(LAYERS["plain"], walk={"intro": 5, "outro": 3, "loop": True, "trail": True, "lead_out": 5})
    built = shown(plan, scene)
    for frame in plan.frames:
        scene.frame_set(frame)
        material = evaluated(tiles_of(built, "Output")[0]).material_slots[0].material
        nodes = material.node_tree.nodes["Walk"].node_tree.nodes
        found = [nodes[name].outputs[0].default_value for name in ("shown.0", "shown.1", "trail", "last.x", "last.y")]
        state = plan.state_at(frame)
        assert found == pytest.approx(
            [*plan.grid_opacities_at(frame), state.trail_opacity, *state.last_position[:2]], abs=2e-6
        ), frame
