# SPDX-License-Identifier: GPL-3.0-or-later
"""The same spec gives the same pixels: whatever the threads, the order of frames, or what was rendered before; and on
every Blender version what one of them has rendered, within a tolerance.

KERNELWALK_GOLDEN=1 makes the golden pictures again, one of each look; where a picture differs, it is left in
build/golden beside the golden one and the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from kernelwalk.core.spec import templates
from PIL import Image

from .helpers import LAYERS, bpy, planned, shown

GOLDEN = Path(__file__).with_name("golden")
DIFFERENCES = Path(__file__).parents[2] / "build" / "golden"

MEAN, PIXELS, UNITS = 0.4, 0.03, 8
NOISY = {"blueprint": 0.8, "studio": 0.6}
"""What versions may differ by: on average over all values, in 8-bit units; and the share of pixels that may differ by
more than so many units: on edges and in shadows, where 5.0 draws its samples in another pattern. A look that is all
edges, or all soft shadows, may differ by more on average."""

SMALL = {"render": {"resolution": [96, 54], "samples": 200}, "walk": {"frames_per_step": 4, "hold": 2}}


@pytest.fixture
def plan():
    return planned(LAYERS["transposed, strided"], **SMALL)


def test_threads_are_of_no_matter(scene, picture, plan):
    shown(plan, scene)
    scene.render.threads_mode = "FIXED"
    frames = []
    for threads in (1, 2, 5):
        scene.render.threads = threads
        frames.append(picture(scene, 31))
    assert np.array_equal(frames[0], frames[1])
    assert np.array_equal(frames[0], frames[2])


def test_the_order_of_frames_and_what_was_there_before_are_of_no_matter(scene, picture, plan):
    shown(plan, scene)
    there = {frame: picture(scene, frame) for frame in (1, 14, 17, 31)}
    again = {frame: picture(scene, frame) for frame in (31, 17, 14, 1)}
    assert all(np.array_equal(there[frame], again[frame]) for frame in there)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    shown(plan, bpy.data.scenes[0])
    assert np.array_equal(picture(bpy.data.scenes[0], 17), there[17])


@pytest.mark.parametrize("look", templates.names())
def test_every_version_renders_the_golden_picture_of_each_look(scene, picture, look):
    shown(planned(LAYERS["transposed, strided"], **SMALL, look={"template": look}), scene)
    found = picture(scene, 31)
    if os.environ.get("KERNELWALK_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        Image.fromarray(found.astype(np.uint8)).save(GOLDEN / f"{look}.png", optimize=True)
    with Image.open(GOLDEN / f"{look}.png") as file:
        golden = np.asarray(file.convert("RGB")).astype(int)
    off = np.abs(found - golden)
    far = float((off.max(axis=2) > UNITS).mean())
    most = NOISY.get(look, MEAN)
    if off.mean() > most or far > PIXELS:
        DIFFERENCES.mkdir(parents=True, exist_ok=True)
        pictures = np.concatenate([found, golden, np.clip(off * 8, 0, 255)], axis=1)
        Image.fromarray(pictures.astype(np.uint8)).save(DIFFERENCES / f"{look} {bpy.app.version_string}.png")
    assert off.mean() <= most
    assert far <= PIXELS
