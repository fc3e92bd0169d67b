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
    blend, asked, frame_report = (folder / name for name in ("scene.blend", "wanted.json", "found.json"))
    bpy.ops.wm.save_as_mainfile(filepath=str(blend), copy=True, compress=True)
    asked.write_text(json.dumps(wanted))
    command = [sys.executable, "-I", str(PLAYER), str(blend), str(asked), str(frame_report)]
    process = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    assert process.returncode == 0, process.stderr[-2000:]
    return json.loads(frame_report.read_text())


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
    report = play_elsewhere(folder, frames=list(plan.frames), picture=[frame, str(folder / "there.png")])
    return plan, report, [np.array(Image.open(folder / f"{name}.png")) for name in ("here", "there")]


def test_the_player_has_no_kernelwalk(opened):
    _, report, _ = opened
    assert report["kernelwalk"] is False


def test_the_walk_plays_on_every_frame(opened):
    plan, report, _ = opened
    for frame in plan.frames:
        frame_report = report["frames"][str(frame)]
        assert np.allclose(
            frame_report["walk"], [*plan.state_at(frame).position, plan.activity_at(frame)], atol=FLOAT_TOLERANCE
        )


def test_the_lines_move_and_hide(opened):
    plan, report, _ = opened
    for frame in plan.frames:
        frame_report = report["frames"][str(frame)]
        assert frame_report["hidden"] == [not plan.activity_at(frame)] * 2
        if plan.activity_at(frame):
            assert np.allclose(frame_report["lines"], plan.lines_at(frame)[0], atol=FLOAT_TOLERANCE)


def test_the_picture_is_the_same(opened):
    _, _, (here, report) = opened
    assert np.array_equal(here, report)


def test_the_file_contains_no_handlers_drivers_or_scripts(opened):
    _, report, _ = opened
    assert report["handlers"]
    assert (report["drivers"], report["texts"]) == (0, 0)
    assert report["refused"] is False, "nothing wanted to run"


def test_the_file_needs_no_other_file(opened):
    _, report, _ = opened
    assert (report["libraries"], report["missing"]) == ([], [])


def test_tiles_as_objects_play_too(scene, tmp_path):
    plan = make_test_plan(LAYERS["transposed, strided"], look={"tiles": "objects"}, walk=WALKS["columns, jumping"])
    build_and_apply(plan, scene)
    report = play_elsewhere(tmp_path, frames=[plan.frames[0], plan.frames[9], plan.frames[-1]])
    for frame, frame_report in report["frames"].items():
        assert np.allclose(
            frame_report["walk"],
            [*plan.state_at(int(frame)).position, plan.activity_at(int(frame))],
            atol=FLOAT_TOLERANCE,
        )
