# SPDX-License-Identifier: GPL-3.0-or-later
"""Walks that speed up, skip positions, introduce their layers and loop, from a spec to frames and films."""

from __future__ import annotations

import numpy as np
import pytest

from ..conftest import run_command, tiny_table, toml_of

pytestmark = pytest.mark.usefixtures("shared_blender")

MOVING = {
    "labels": {"caption": False},
    "walk": {
        "frames_per_step": 3, "fast_frames": 1, "slow_steps": 1, "ramp_steps": 1, "every": 2, "first": 1, "intro": 3,
        "outro": 2, "loop": True, "trail": True, "appear": True, "lead_in": 1, "lead_out": 2,
    }
}  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return the folder of the walk's frames, each rendered in full."""
    folder = tmp_path_factory.mktemp("moving")
    (folder / "moving.toml").write_text(toml_of(tiny_table(MOVING)))
    ran = run_command("render", "moving.toml", "-o", "whole", "--full-frames", cwd=folder)
    assert ran.code == 0, ran.err
    return folder / "whole"


def test_a_folder_holds_every_frame_as_rendered_in_full(call, spec, planned, frames_in, whole, tmp_path):
    created = planned(**MOVING)
    assert created.spec.step_count == 4 and len(created.frames) == 3 + 1 + (3 + 2 + 1 + 1) + 2 + 2
    ran = call("render", spec(**MOVING), "-o", "parts")
    assert ran.code == 0, ran.err
    assert call("verify", "parts").code == call("verify", whole).code == 0
    parts, whole = (frames_in(folder) for folder in (tmp_path / "parts", whole))
    assert len(parts) == len(whole) == len(created.frames)
    assert all(np.array_equal(one, other) for one, other in zip(parts, whole, strict=True))
    for number, frame in enumerate(created.unique_frames.tolist()):
        assert np.array_equal(parts[number], parts[frame - created.frames.start])
    assert parts[0].min() >= 250, "nothing is there yet"


def test_a_still_shows_the_chosen_step(call, spec, planned, pixels, whole, tmp_path):
    path, created = spec(**MOVING), planned(**MOVING)
    for step in (1, -1):
        ran = call("still", path, "--step", step, "-o", "step.png")
        assert ran.code == 0, ran.err
        frame = created.spec.walk.start_frame(step % created.spec.step_count)
        assert np.array_equal(pixels(tmp_path / "step.png"), pixels(whole / f"frame_{frame:05d}.png"))
    refused = call("still", path, "--step", 4, "-o", "step.png")
    assert refused.code == 2 and "the 4 steps" in refused.err
