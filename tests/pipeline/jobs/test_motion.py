# SPDX-License-Identifier: GPL-3.0-or-later
"""Walks that speed up, skip positions, introduce their layers and loop, from a spec to frames and films."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("bpy_is_there")

MOVING = {
    "labels": {"caption": False},
    "walk": {
        "frames_per_step": 3, "fast_frames": 1, "slow_steps": 1, "ramp_steps": 1, "every": 2, "first": 1, "intro": 3,
        "outro": 2, "loop": True, "trail": True, "appear": True, "lead_in": 1, "lead_out": 2,
    }
}  # fmt: skip


def test_a_folder_holds_every_frame_as_rendered_in_full(run, spec, planned, frames_in, tmp_path):
    created, path = planned(**MOVING), spec(**MOVING)
    assert created.spec.step_count == 4 and len(created.frames) == 3 + 1 + (3 + 2 + 1 + 1) + 2 + 2
    for name, options in (("parts", []), ("whole", ["--full-frames"])):
        ran = run("render", path, "-o", name, *options)
        assert ran.code == 0, ran.err
        assert run("verify", name).code == 0
    parts, whole = (frames_in(tmp_path / name) for name in ("parts", "whole"))
    assert len(parts) == len(whole) == len(created.frames)
    assert all(np.array_equal(one, other) for one, other in zip(parts, whole, strict=True))
    for number, frame in enumerate(created.unique_frames.tolist()):
        assert np.array_equal(parts[number], parts[frame - created.frames.start])
    assert parts[0].min() >= 250, "nothing is there yet"


def test_a_still_shows_the_chosen_step(run, spec, planned, pixels, tmp_path):
    path, created = spec(**MOVING), planned(**MOVING)
    assert run("render", path, "-o", "frames", "--full-frames").code == 0
    for step in (1, -1):
        ran = run("still", path, "--step", step, "-o", "step.png")
        assert ran.code == 0, ran.err
        frame = created.spec.walk.start_frame(step % created.spec.step_count)
        assert np.array_equal(pixels(tmp_path / "step.png"), pixels(tmp_path / f"frames/frame_{frame:05d}.png"))
    refused = run("still", path, "--step", 4, "-o", "step.png")
    assert refused.code == 2 and "the 4 steps" in refused.err
