# SPDX-License-Identifier: GPL-3.0-or-later
"""Films of frames that Blender rendered by itself, from a saved .blend."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

FRAMES = range(1, 18)
"""The frames of the tiny spec."""


def picture(number, mode="RGBA", size=(96, 54)):
    """Return a flat gray picture; each number has another gray."""
    return Image.new("RGBA", size, (number * 10, number * 10, number * 10, 255)).convert(mode)


@pytest.fixture
def folder(tmp_path):
    """Return a folder with the frames of the tiny spec under the names that Blender gives them."""
    path = tmp_path / "frames"
    path.mkdir()
    for number in FRAMES:
        picture(number).save(path / f"{number:04d}.png")
    (path / "notes.txt").write_text("mine")
    return path


def test_frames_of_blender_make_a_film_and_it_is_told_that_they_are_blenders(call, spec, folder, tmp_path, watch):
    before = sorted(folder.iterdir())
    ran = call("encode", spec(), folder, "-o", "a.png")
    assert (ran.code, ran.out) == (0, "a.png\n"), ran.err
    assert "17 frames that Blender rendered, not kernelwalk render" in ran.complaints[0]
    assert [int(shown[0, 0, 0]) for shown in watch(tmp_path / "a.png").pictures] == [number * 10 for number in FRAMES]
    assert sorted(folder.iterdir()) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "frames", "tiny.toml"]


WRONG = {
    "a missing frame": (lambda folder: (folder / "0005.png").unlink(), "frames 5 are missing: the walk has 1 to 17"),
    "too many frames": (lambda folder: picture(3).save(folder / "0018.png"), "frames 18 are not of this walk"),
    "another size": (lambda folder: picture(4, size=(54, 96)).save(folder / "0004.png"), "0004.png: has 54x96 pixels"),
    "half a file": (
        lambda folder: (folder / "0007.png").write_bytes((folder / "0007.png").read_bytes()[:-20]),
        "0007.png: is not a whole picture",
    ),
    "two films": (lambda folder: picture(1).save(folder / "b_0001.png"), "frames of several names: *.png, b_*.png"),
    "one number twice": (lambda folder: picture(1).save(folder / "01.png"), "has the same number"),
    "transparency": (
        lambda folder: Image.new("RGBA", (96, 54), (0, 0, 0, 9)).save(folder / "0002.png"),
        "0002.png: is transparent, and the spec is not. Add --transparent",
    ),
    "grey in 16 bits": (
        lambda folder: Image.fromarray(np.full((54, 96), 40_000, np.uint16)).save(folder / "0002.png"),
        "0002.png: is grey in 16 bits",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_frames_of_blender_that_do_not_fit_the_spec_are_refused(call, spec, folder, tmp_path, wrong):
    spoil, says = WRONG[wrong]
    spoil(folder)
    ran = call("encode", spec(), folder, "-o", "a.gif")
    assert ran.code == 4
    assert says in ran.complaints[-1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["frames", "tiny.toml"]


def test_a_transparent_film_needs_frames_with_transparency(call, spec, folder):
    arguments = ["encode", spec(), folder, "--transparent", "-o", "a.webp"]
    assert call(*arguments).code == 0
    picture(6, "RGB").save(folder / "0006.png")
    assert "0006.png: has no transparency" in call(*arguments).complaints[-1]
