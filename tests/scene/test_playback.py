# SPDX-License-Identifier: GPL-3.0-or-later
"""A saved scene plays in a Blender without Kernelwalk and with scripts disabled."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from .helpers import FLOAT_TOLERANCE, LAYERS, WALKS, bpy, build_and_apply, make_test_plan

PLAYER = Path(__file__).with_name("play.py")


def play_elsewhere(folder, **wanted):
    """Save the current file, play it elsewhere, and return the player's report."""
    blend, asked, found = (folder / name for name in ("scene.blend", "wanted.json", "found.json"))
    bpy.ops.wm.save_as_mainfile(filepath=str(blend), copy=True, compress=True)
    asked.write_text(json.dumps(wanted))
    command = [sys.executable, "-I", str(PLAYER), str(blend), str(asked), str(found)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=folder, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(found.read_text())


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Return a plan, the player's report on its scene, and a picture of it from here and from the player."""
    folder = tmp_path_factory.mktemp("playback")
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    plan = make_test_plan(LAYERS["dilated on y, padded unevenly"], walk=WALKS["rows, gliding"])
    build_and_apply(plan, scene)
    frame = plan.frames[14]
    scene.frame_set(frame)
    scene.render.filepath = str(folder / "here.png")
    bpy.ops.render.render(write_still=True)
    scene.frame_set(plan.frames[0])
    there = play_elsewhere(folder, frames=list(plan.frames), picture=[frame, str(folder / "there.png")])
    return plan, there, [np.array(Image.open(folder / f"{name}.png")) for name in ("here", "there")]


def test_the_player_has_no_kernelwalk(opened):
    _, there, _ = opened
    assert there["kernelwalk"] is False


def test_the_walk_plays_on_every_frame(opened):
    plan, there, _ = opened
    for frame in plan.frames:
        found = there["frames"][str(frame)]
        assert np.allclose(
            found["walk"], [*plan.state_at(frame).position, plan.activity_at(frame)], atol=FLOAT_TOLERANCE
        )


def test_the_lines_move_and_hide(opened):
    plan, there, _ = opened
    for frame in plan.frames:
        found = there["frames"][str(frame)]
        assert found["hidden"] == [not plan.activity_at(frame)] * 2
        if plan.activity_at(frame):
            assert np.allclose(found["lines"], plan.lines_at(frame)[0], atol=FLOAT_TOLERANCE)


def test_the_picture_is_the_same(opened):
    _, _, (here, there) = opened
    assert np.array_equal(here, there)


def test_the_file_contains_no_handlers_drivers_or_scripts(opened):
    _, there, _ = opened
    assert there["handlers"]
    assert (there["drivers"], there["texts"]) == (0, 0)
    assert there["refused"] is False, "nothing wanted to run"


def test_the_file_needs_no_other_file(opened):
    _, there, _ = opened
    assert (there["libraries"], there["missing"]) == ([], [])


def test_tiles_as_objects_play_too(scene, tmp_path):
    plan = make_test_plan(LAYERS["transposed, strided"], look={"tiles": "objects"}, walk=WALKS["columns, jumping"])
    build_and_apply(plan, scene)
    there = play_elsewhere(tmp_path, frames=[plan.frames[0], plan.frames[9], plan.frames[-1]])
    for frame, found in there["frames"].items():
        assert np.allclose(
            found["walk"], [*plan.state_at(int(frame)).position, plan.activity_at(int(frame))], atol=FLOAT_TOLERANCE
        )
