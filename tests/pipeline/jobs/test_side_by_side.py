# SPDX-License-Identifier: GPL-3.0-or-later
"""Two layers side by side: the halves' specs, their picture and their film."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core import make_plan
from kernelwalk_pipeline.failures import UsageError
from kernelwalk_pipeline.jobs.side_by_side import make_halves
from kernelwalk_pipeline.source import read_spec
from PIL import Image

ONE = "nn.ConvTranspose2d(1, 1, 3, stride=2)"
OTHER = 'layers.Conv2DTranspose(1, 2, strides=2, padding="same")'
SMALL = ["render.samples=1", "walk.frames_per_step=1", "walk.lead_in=0", "walk.lead_out=0", "labels.names=false"]


def read_halves(one=ONE, other=OTHER, size="256x96"):
    width, height = size.split("x")
    sources = [read_spec(code, ["input=2", f"render.resolution=[{width}, {height}]", *SMALL]) for code in (one, other)]
    return make_halves(*sources, ["A", "B"])


def test_the_halves_have_equally_large_tiles_and_each_is_compared_with_the_other():
    halves = read_halves()
    left, right = (source.spec for source in halves)
    assert (left.render.resolution, right.render.resolution) == ((128, 96), (128, 96))
    assert (left.compared, right.compared) == (right.layer, left.layer)
    assert (left.title, right.title) == ("A", "B")
    assert left.walk == right.walk and left.look == right.look
    widths = [make_plan(spec).view.width for spec in (left, right)]
    assert widths[0] == pytest.approx(widths[1], rel=0.02)


def test_a_width_that_has_no_even_halves_is_an_error():
    with pytest.raises(UsageError, match=r"254 pixels do not make two halves of an even width\. Use 256x96"):
        read_halves(size="254x96")


@pytest.mark.parametrize("name", [pytest.param("both.png", marks=pytest.mark.thorough), "both.webp"])
def test_a_picture_and_a_film_show_both_halves(call, pixels, tmp_path, name):
    settings = [part for setting in SMALL for part in ("--set", setting)]
    command = ["compare", "nn.Conv2d(1, 1, 2)", 'layers.Conv2D(1, 2, padding="same")', "--input", "2x2", *settings]
    assert call(*command, "--size", "128x64", "-o", name).code == 1
    with Image.open(tmp_path / name) as film:
        assert film.size == (128, 64)
        assert getattr(film, "n_frames", 1) == (1 if name == "both.png" else 4)  # as many as the longer half has
        picture = np.asarray(film.convert("RGB"), np.int64)
    assert all(np.ptp(half.reshape(-1, 3), axis=0).min() > 50 for half in np.split(picture, 2, axis=1))
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_name_that_is_neither_a_picture_nor_a_film_is_an_error(call):
    ran = call("compare", ONE, OTHER, "--input", "2x2", "-o", "both.txt")
    assert ran.code == 2 and "both.txt: .txt is neither a picture nor a film. Use .png, .mp4" in ran.err
