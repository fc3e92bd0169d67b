# SPDX-License-Identifier: GPL-3.0-or-later
"""A walk that is placed elsewhere shows the same picture: all of it moves by the same offset, on every frame."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.scene import placement, walk_scale

from .helpers import LAYERS, bpy, build_and_apply, clear_scene, count_datablocks, make_test_plan, ownership

OFFSET, SCALE = np.array([12.0, -7.0, 3.0]), 0.1

SPECS = {
    "one object a tile, with all labels": {
        "look": {"tiles": "objects"},
        "labels": {"title": True, "names": True, "caption": True, "indices": True},
    },
    "orbit": {"camera": {"orbit": 90.0, "projection": "perspective"}, "labels": {"names": True, "position": True}},
    "orthographic orbit, lines seen through tiles": {"camera": {"orbit": -70.0}, "look": {"see_through": True}},
}


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


def test_the_picture_is_the_same_at_another_place(scene, picture):
    root = build_and_apply(make_test_plan(LAYERS["plain"], look={"template": "blueprint"}), scene).collection
    at_origin = picture(scene, 9)
    placement.move_walk(root, OFFSET)
    assert np.abs(picture(scene, 9) - at_origin).mean() < 0.5, "but for the rounding of coordinates at edges"


def test_a_walk_that_was_never_moved_has_no_empty(scene):
    root = build_and_apply(make_test_plan(LAYERS["plain"]), scene).collection
    placement.move_walk(root, np.zeros(3))
    assert placement.ORIGIN_NAME not in scene.objects
