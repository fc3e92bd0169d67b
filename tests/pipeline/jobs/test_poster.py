# SPDX-License-Identifier: GPL-3.0-or-later
"""Posters and stills: of any step, at any size, with or without a background."""

from __future__ import annotations

import json

import numpy as np
import pytest
from kernelwalk.core.describe.representative_step import choose_representative_step
from PIL import Image

pytestmark = pytest.mark.usefixtures("shared_blender")


def frame(rendered, number, pixels):
    return pixels(rendered.folder / f"frame_{rendered.plan.spec.walk.start_frame(number):05d}.png")


def test_poster_writes_the_representative_step_beside_a_film(call, spec, rendered, tmp_path, pixels):
    ran = call("render", spec(), "-o", "a.webp", "--poster")
    assert (ran.code, ran.out) == (0, "a.webp\n"), ran.err
    telling = choose_representative_step(rendered.plan.spec)
    assert np.array_equal(pixels(tmp_path / "a.poster.png"), frame(rendered, telling, pixels))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.poster.png", "a.webp", "tiny.toml"]


def test_poster_step_chooses_the_step(call, spec, rendered, tmp_path, pixels):
    assert call("render", spec(), "-o", "a.gif", "--poster-step", "-1").code == 0
    assert np.array_equal(pixels(tmp_path / "a.poster.png"), frame(rendered, 5, pixels))


def test_films_of_a_batch_have_posters_and_a_missing_one_is_made_again(call, spec, tmp_path):
    bad = spec("bad")
    arguments = ["render", spec("one"), bad, "-o", "out", "--format", "gif", "--poster", "--keep-going", "--json"]
    (tmp_path / "out" / "bad.gif.frames").mkdir(parents=True)
    (tmp_path / "out" / "bad.gif.frames" / "frame_00001.png").write_text("mine")

    def states():
        return [item["state"] for item in json.loads(call(*arguments).out)["outputs"]]

    assert states() == ["done", "failed"]
    assert (tmp_path / "out" / "one.poster.png").is_file()
    assert states() == ["resumed", "failed"]
    (tmp_path / "out" / "one.poster.png").unlink()
    assert states() == ["done", "failed"]
    assert (tmp_path / "out" / "one.poster.png").is_file()


REFUSED = {
    "frames": (["-o", "out", "--poster"], 2, "--poster needs a film"),
    "a step that is not": (["-o", "a.gif", "--poster-step", "6"], 2, "--poster-step: 6 is not one of the 6 steps"),
    "what is in the way": (["-o", "there.gif", "--poster"], 4, "there.poster.png: exists and is not a plain file"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_impossible_options_are_reported_before_blender_starts(call, spec, tmp_path, blender_started, case):
    arguments, code, reported = REFUSED[case]
    (tmp_path / "there.poster.png").mkdir()
    ran = call("render", spec(), *arguments)
    assert ran.code == code
    assert reported in ran.err
    assert not blender_started()


def test_a_still_may_have_any_size_and_a_transparent_background(call, spec, tmp_path):
    ran = call("still", spec(), "--step", "-1", "-o", "a.png", "--size", "75x111", "--transparent")
    assert (ran.code, ran.out) == (0, "a.png\n"), ran.err
    with Image.open(tmp_path / "a.png") as picture:
        assert (picture.size, picture.mode) == ((75, 111), "RGBA")
        opacity = np.asarray(picture)[..., 3]
    assert opacity[0, 0] == 0
    assert opacity.max() == 255


def test_a_still_of_a_layer_as_code_needs_no_file(call, tmp_path):
    arguments = ["--input", "4x3", "--size", "96x54", "--set", "render.samples=1", "--step", "1"]
    assert call("still", "nn.Conv2d(1, 1, 2)", *arguments, "-o", "a.png").code == 0
    assert (tmp_path / "a.png").is_file()
