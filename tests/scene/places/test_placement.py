# SPDX-License-Identifier: GPL-3.0-or-later
"""A walk that is placed elsewhere shows the same picture: all of it moves by the same offset, on every frame."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.scene.places import placement, walk_scale
from kernelwalk.scene.setup import camera_rig

from ..helpers import BESIDE, LAYERS, bpy, build_and_apply, clear_scene, count_datablocks, make_test_plan, ownership

OFFSET, SCALE = np.array([12.0, -7.0, 3.0]), 0.1

SPECS = {
    "one object a tile, with all labels": {
        "look": {"tiles": "objects"},
        "labels": {"title": True, "names": True, "caption": True, "indices": True},
    },
    "orbit": {"camera": {"orbit": 90.0, "projection": "perspective"}, "labels": {"names": True, "position": True}},
    "beside another, in an orbit": {
        **BESIDE, "camera": {"orbit": 90.0}, "look": {"see_through": True}, "labels": {"names": True, "position": True},
    },
    "orthographic orbit, lines seen through tiles": {"camera": {"orbit": -70.0}, "look": {"see_through": True}},
}  # fmt: skip


def read_transforms(root, scene, frame):
    """Return the world matrices of all that is built, shape (n, 4, 4), in the order of building."""
    built = [item for item in ownership.get_built_objects(root) if item.name != placement.ORIGIN_NAME]
    for item in built:
        item.hide_viewport = False  # Blender does not evaluate what is hidden
    scene.frame_set(frame)
    depsgraph = bpy.context.evaluated_depsgraph_get()
    return np.array([item.evaluated_get(depsgraph).matrix_world for item in built])


@pytest.mark.parametrize("name", SPECS)
def test_everything_moves_and_grows_alike_on_every_frame_and_generating_again_keeps_it(scene, name):
    plan = make_test_plan(LAYERS["plain"], **SPECS[name])
    before, frames = count_datablocks(), (5, 9, 30)
    root = build_and_apply(plan, scene).collection
    at_origin = [read_transforms(root, scene, frame) for frame in frames]
    placement.move_walk(root, OFFSET)
    walk_scale.scale_walk(root, SCALE)
    for again in (False, True):
        if again:
            root = build_and_apply(plan, scene).collection
        assert placement.get_location(root).tolist() == OFFSET.tolist()
        for frame, expected in zip(frames, at_origin, strict=True):
            moved = read_transforms(root, scene, frame)
            moved[:, :3, 3] -= OFFSET
            moved[:, :3] /= SCALE
            assert np.allclose(moved, expected, atol=1e-4), f"frame {frame}"
    clear_scene(scene)
    assert count_datablocks() == before


def test_a_walk_that_was_never_moved_has_no_empty(scene):
    root = build_and_apply(make_test_plan(LAYERS["plain"]), scene).collection
    placement.move_walk(root, np.zeros(3))
    assert placement.ORIGIN_NAME not in scene.objects


def read_lens(camera):
    return [getattr(camera.data, name) for name in ("ortho_scale", "clip_start", "clip_end", "lens")]


@pytest.mark.parametrize(
    "name, look, camera",
    [
        ("ruled floor, orthographic", {"template": "blueprint"}, {}),
        ("point lamps, perspective, an orbit with lines seen through", {"see_through": True, "template": "studio"},
         {"orbit": 90.0, "projection": "perspective"}),
    ],
)  # fmt: skip
def test_the_picture_is_the_same_at_any_place_and_scale(scene, picture, name, look, camera):
    plan = make_test_plan(LAYERS["plain"], look=look, camera=camera)
    root = build_and_apply(plan, scene).collection
    for light in [built for built in root.all_objects if built.type == "LIGHT"]:
        light.data.type, light.data.energy, light.data.shadow_soft_size, light.location = "POINT", 900, 0.5, (3, -2, 6)
    before, lens = picture(scene, 9), read_lens(scene.camera)
    placement.move_walk(root, OFFSET + 0.3)
    for scale in (3.0, 0.1):
        walk_scale.scale_walk(root, scale)
        build_and_apply(plan, scene)
        difference = np.abs(picture(scene, 9) - before)
        assert difference.mean() < 0.1 and (difference > 8).mean() < 0.001, "but for rounding"
    walk_scale.scale_walk(root, 1.0)
    assert np.allclose(read_lens(scene.camera), lens, rtol=1e-5)


def test_what_a_user_has_set_of_a_lens_and_a_lamp_is_scaled_and_stays(scene):
    plan = make_test_plan(LAYERS["plain"], look={"template": "studio"})
    root = build_and_apply(plan, scene).collection
    lamp = next(built.data for built in root.all_objects if built.type == "LIGHT")
    walk_scale.scale_walk(root, 2.0)
    assert not camera_rig.is_placed_by_hand(root, scene.camera)
    lamp.type, lamp.energy, scene.camera.data.ortho_scale = "POINT", 40, 10
    for scale in (2.0, 0.5):
        walk_scale.scale_walk(root, scale)
        build_and_apply(plan, scene)
        lamp = next(built.data for built in root.all_objects if built.type == "LIGHT")
        assert (lamp.energy, scene.camera.data.ortho_scale) == pytest.approx((10 * scale**2, 5 * scale))
        assert camera_rig.is_placed_by_hand(root, scene.camera)


def test_a_walk_that_is_stretched_keeps_its_lens(scene):
    root = build_and_apply(make_test_plan(LAYERS["plain"]), scene).collection
    lens, origin = read_lens(scene.camera), placement.make_origin(root)
    for scale in ((1, 2, 1), (0, 0, 0), (-1, -1, -1)):
        origin.scale = scale
        walk_scale.fit_scale(root)
        assert walk_scale.get_scale(root) is None and not walk_scale.needs_fitting(root)
    build_and_apply(make_test_plan(LAYERS["plain"]), scene)
    assert read_lens(scene.camera) == lens
