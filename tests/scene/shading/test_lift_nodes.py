# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiles rise as far as they are active, in Blender's evaluation of the mesh; lines and camera allow for it."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core.incremental.changed_regions import find_base_frame, find_changed_regions

from ..helpers import (
    LAYERS,
    OTHER_LAYERS,
    box_corners,
    bpy,
    build_and_apply,
    compat,
    find_full_frame_reason,
    find_tiles,
    get_evaluated,
    make_test_plan,
    read_attribute,
)

LIFT = 0.4
CASES = {
    "plain": (LAYERS["plain"], {}),
    "strided, by columns": (LAYERS["strided over cells, dilated on x"], {"order": "columns"}),
    "transposed, serpentine": (LAYERS["transposed, strided"], {"order": "serpentine"}),
    "circular": (OTHER_LAYERS["circular"], {}),
    "upsampling": (OTHER_LAYERS["upsampling"], {"every": 3, "first": 1}),
    "a channel after another": (
        {"op": "conv", "input": 4, "kernel": 3, "in_channels": 2, "out_channels": 2},
        {"filters": "each"},
    ),
}


def heights(objects, of_cell):
    """Return the current heights of the tiles' undersides, in the order of `cells`."""
    actual = {}
    for made in objects:
        now = get_evaluated(made)
        cells, points = read_attribute(now.data, "cell", "vector"), read_attribute(now.data, "position", "vector")
        channels = (
            read_attribute(now.data, "channel", "value") if "channel" in now.data.attributes else np.zeros(len(cells))
        )
        z = points[:, 2] + made.location.z
        for face in now.data.polygons:
            key = (*cells[face.index], channels[face.index])
            actual[key] = min(actual.get(key, np.inf), min(z[vertex] for vertex in face.vertices))
    return np.array([actual[tuple(cell)] for cell in of_cell])


@pytest.mark.once_beyond(4)
@pytest.mark.parametrize("tiles", ["layer", "objects"])
@pytest.mark.parametrize("case", CASES)
def test_every_tile_is_as_high_as_it_is_active(scene, case, tiles):
    layer, walk = CASES[case]
    plan = make_test_plan(layer, walk={"lift": LIFT, **walk}, look={"tiles": tiles})
    built = build_and_apply(plan, scene)
    risen = 0
    for frame in [1, *list(plan.frames)[2 :: max(1, len(plan.frames) // 6)]]:
        scene.frame_set(frame)
        for grid in plan.grids:
            actual = heights(find_tiles(built, grid.name), grid.cells) - grid.base_centers[:, 2]
            lit = grid.active_share_at(plan.state_at(frame).position) * plan.activity_at(frame)
            assert actual == pytest.approx(LIFT * lit, abs=1e-5), (frame, grid.name)
            risen += (actual > LIFT / 2).sum()
    assert risen > 3


def test_without_lift_there_is_no_modifier(scene):
    plan = make_test_plan(LAYERS["plain"])
    built = build_and_apply(plan, scene)
    assert not any(item.modifiers for grid in plan.grids for item in find_tiles(built, grid.name))
    assert not any("lift" in group.name for group in bpy.data.node_groups)


def test_keyframes_grow_with_steps_alone(scene):
    def keys(size):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        build_and_apply(
            make_test_plan({"op": "conv", "input": size, "kernel": size - 2}, walk={"lift": LIFT}), bpy.context.scene
        )
        groups = [group for group in bpy.data.node_groups if group.animation_data]
        return sum(len(curve.keyframe_points) for group in groups for curve in compat.list_fcurves(group))

    assert keys(5) == keys(20)


@pytest.mark.parametrize("layer", ["plain", "strided, leaving cells unused"])
def test_lines_end_at_lifted_tiles(layer):
    low, high = (make_test_plan(LAYERS[layer], walk={"lift": lift}, look={"gap": 3.0}) for lift in (0.0, LIFT))
    frame = low.spec.walk.start_frame(2)
    one, other = (made.lines_at(frame)[0] for made in (low, high))
    # with lift the camera is further away and the lines are thicker, so they end further inside and higher
    assert np.allclose(other - one, [0, 0, LIFT], atol=0.02)


@pytest.mark.parametrize("elevation", [8.0, 38.0, 90.0])
def test_the_camera_sees_lifted_tiles_completely(elevation):
    plan = make_test_plan(LAYERS["plain"], walk={"lift": 2.0}, camera={"elevation": elevation, "margin": 0.1})
    for grid in plan.grids:
        half = np.array([grid.size / 2, grid.size / 2, 0])
        top = np.array([0, 0, 2.0 + max(grid.thicknesses)])
        seen = plan.view.project(
            box_corners(np.array([grid.base_centers.min(axis=0) - half, grid.base_centers.max(axis=0) + half + top]))
        )
        assert seen.min() > 0.1 - 1e-6 and seen.max() < 0.9 + 1e-6


def test_changed_regions_contain_a_lifted_tile():
    plan = make_test_plan(LAYERS["plain"], walk={"lift": 1.0, "hold": 1}, look={"colors": {"output_active": "#FBE0C3"}})
    base = find_base_frame(plan)
    grid, frame = plan.grids[1], plan.spec.walk.start_frame(4) + 1
    lit = grid.active_share_at(plan.state_at(frame).position)
    places = grid.base_centers + (lit + np.array(grid.thicknesses)[grid.kinds])[:, None] * [0, 0, 1]
    seen = plan.view.project(places[lit > 0]) * plan.spec.render.resolution
    assert len(seen) > 1
    for x, y in seen:
        assert any(
            left <= x < left + w and low <= y < low + h for left, low, w, h in find_changed_regions(plan, frame, base)
        )


def test_lifted_tiles_are_rendered_in_full_pictures(scene):
    plan = make_test_plan(LAYERS["plain"], walk={"lift": LIFT})
    built = build_and_apply(plan, scene)
    assert "shadows" in find_full_frame_reason(plan, scene)
    assert not [item for item in built.collection.all_objects if item.name.startswith("Twin")]
