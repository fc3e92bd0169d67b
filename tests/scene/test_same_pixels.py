# SPDX-License-Identifier: GPL-3.0-or-later
"""The same spec gives the same pixels, for any number of threads, order of frames or earlier renders. Across Blender
versions, pictures match the golden picture of each look within a tolerance.
"""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core.spec import templates

from .helpers import LAYERS, bpy, build_and_apply, make_test_plan

NOISY = {"blueprint": 0.8, "studio": 0.6}
"""What looks that are all edges, or all soft shadows, may differ by on average; see conftest.py."""

SMALL = {"render": {"resolution": [96, 54], "samples": 200, "noise": 0.0}, "walk": {"frames_per_step": 4, "hold": 2}}


@pytest.fixture
def plan():
    return make_test_plan(LAYERS["transposed, strided"], **SMALL | {"render": {"resolution": [96, 54], "samples": 16}})


def test_pixels_do_not_depend_on_threads(scene, picture, plan):
    build_and_apply(plan, scene)
    scene.render.threads_mode = "FIXED"
    frames = []
    for threads in (1, 2, 5):
        scene.render.threads = threads
        frames.append(picture(scene, 31))
    assert np.array_equal(frames[0], frames[1])
    assert np.array_equal(frames[0], frames[2])


def test_pixels_do_not_depend_on_the_order_of_frames_or_earlier_builds(scene, picture, plan):
    build_and_apply(plan, scene)
    first = {frame: picture(scene, frame) for frame in (1, 14, 17, 31)}
    again = {frame: picture(scene, frame) for frame in (31, 17, 14, 1)}
    assert all(np.array_equal(first[frame], again[frame]) for frame in first)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    build_and_apply(plan, bpy.data.scenes[0])
    assert np.array_equal(picture(bpy.data.scenes[0], 17), first[17])


def test_pixels_do_not_depend_on_fewer_samples_before_or_on_more_of_another_file(scene, picture, plan):
    """More samples before change them while Cycles keeps the scene: findings/blender_cycles_samples_in_kept_data.sh."""
    build_and_apply(plan, scene)
    assert scene.cycles.sampling_pattern == "BLUE_NOISE"
    first = picture(scene, 17)
    scene.cycles.samples = 64
    picture(scene, 17)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)  # as a worker does before each spec
    scene = bpy.data.scenes[0]
    build_and_apply(plan, scene)
    for samples in (1, 4, 16):
        scene.cycles.samples = samples
        last = picture(scene, 17)
    assert np.array_equal(last, first)


@pytest.mark.parametrize("look", templates.list_templates())
def test_every_version_renders_the_golden_picture_of_each_look(scene, picture, golden, look):
    build_and_apply(make_test_plan(LAYERS["transposed, strided"], **SMALL, look={"template": look}), scene)
    golden(look, picture(scene, 31), NOISY.get(look))
