# SPDX-License-Identifier: GPL-3.0-or-later
"""Titles in ten scripts, rendered by Cycles: each has the letters that Pillow draws from the same font, or is refused.

The pictures are kept in build/titles, to be looked at.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from kernelwalk.core import SpecError, make_plan, spec_from_table
from kernelwalk.core.font_metrics import FONTS
from PIL import Image, ImageDraw, ImageFont

from .helpers import bpy, build_and_apply, render_frame

pytestmark = pytest.mark.thorough

PICTURES = Path(__file__).parents[2] / "build" / "titles"

DRAWN = {
    "latin": ("Convolution à trous", "Convolution à trous"),
    "greek": ("Συνέλιξη 3×3", "Συνέλιξη 3×3"),
    "cyrillic": ("Свёртка и пулинг", "Свёртка и пулинг"),
    "chinese": ("卷积层 3×3", "卷积层 3×3"),
    "japanese": ("畳み込みのカーネル", "畳み込みのカーネル"),
    "korean": ("합성곱 신경망", "합성곱 신경망"),
    "hebrew": ("קונבולוציה (3)", "(3) היצולובנוק"),
}
"""Title → its letters as they stand from left to right."""

OVERSAMPLING = 8
"""Size of Pillow's letters, so that it rounds no widths to pixels."""

REFUSED = {"arabic": "الالتفاف", "hindi": "संवलन", "thai": "คอนโวลูชัน"}


def make_title_plan(title):
    table = {
        "title": title,
        "layer": {"op": "conv", "input": [5, 5], "kernel": 3, "padding": 1},
        "labels": {"legend": True},
        "render": {"resolution": [640, 360], "samples": 4},
    }
    return make_plan(spec_from_table(table))


@pytest.mark.parametrize("script", DRAWN)
def test_a_title_has_the_letters_of_its_font(scene, script):
    title, letters = DRAWN[script]
    made = make_title_plan(title)
    (label,) = [label for label in made.labels if label.role == "title"]
    build_and_apply(made, scene)
    PICTURES.mkdir(parents=True, exist_ok=True)
    picture = render_frame(scene, made.spec.walk.start_frame(7), PICTURES / f"{script}.png").astype(float)
    left, bottom, right, top = label.box
    # the ink of the title's box, from 0 to 1
    box = picture[round(360 - top) : round(360 - bottom), round(left) : round(right)].mean(axis=2)
    ink = (box.max() - box) / np.ptp(box)
    file = FONTS / label.font.file
    if not file.exists():
        file = Path(bpy.utils.system_resource("DATAFILES", path="fonts")) / label.font.file
    size = (right - left) / label.font.width(title)
    font = ImageFont.truetype(file, OVERSAMPLING * size, layout_engine=ImageFont.Layout.BASIC)
    shape = ink.shape[1] + 8, ink.shape[0] + 8
    page = Image.new("L", (OVERSAMPLING * shape[0], OVERSAMPLING * shape[1]))
    baseline = 4 + top - bottom - label.font.vertical_extent(title)[0] * size
    ImageDraw.Draw(page).text((OVERSAMPLING * 4, OVERSAMPLING * baseline), letters, 255, font, anchor="ls")
    drawn = np.asarray(page.resize(shape, Image.Resampling.BOX)) / 255.0
    likeness = max(
        float(np.corrcoef(ink.ravel(), drawn[y : y + ink.shape[0], x : x + ink.shape[1]].ravel())[0, 1])
        for y in range(2, 7)
        for x in range(2, 7)
    )
    assert likeness > 0.8, likeness


@pytest.mark.parametrize("script", REFUSED)
def test_a_title_that_must_be_joined_is_refused_with_its_letters(script):
    with pytest.raises(SpecError) as caught:
        make_title_plan(REFUSED[script])
    (problem,) = caught.value.problems
    assert problem.where == "title"
    for character in sorted(set(REFUSED[script]))[:6]:
        assert f"(U+{ord(character):04X})" in problem.what
