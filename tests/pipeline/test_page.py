# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk page: the page's file, its document, and the messages."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from kernelwalk.core import load_preset, make_plan
from kernelwalk.core.describe.tile_query import describe_walk_step
from kernelwalk.core.plan.tile_moments import list_moments
from kernelwalk_pipeline.figures.blending import format_color
from kernelwalk_pipeline.source import read_spec
from kernelwalk_pipeline.stepping_page.document import make_document

PRESET = "no_padding_no_strides"

PAIR = [
    *("title=Narrow", "compare=nn.Conv2d(1, 1, 3, padding=1)", "beside=Padded", "input=5"),
    *("values.input=random", "values.kernel=sobel_x"),
]
"""Settings of nn.Conv2d(1, 1, 3) beside another layer, which has more outputs."""


BESIDE = ["--set", "compare=nn.Conv2d(1, 1, 3)", "--set", "beside=Other"]


def test_a_page_is_one_file_that_names_no_other(call, monkeypatch):
    monkeypatch.setitem(sys.modules, "bpy", None)
    ran = call("page", PRESET, "nn.MaxPool2d(2)", "--input", "4", "-o", "a.html")
    assert (ran.code, ran.err, ran.out.strip()) == (0, "", "a.html")
    text = Path("a.html").read_text()
    documents = json.loads(re.search(r'id="documents">(.*?)</script>', text, re.DOTALL)[1])["documents"]
    assert [each["name"] for each in documents] == [PRESET, "MaxPool2d"]
    assert documents[0]["steps"][1] == "output (0, 1) ← input rows 0–2, columns 1–3"
    assert not re.search(r'(src|href)="(?!data:)|https?://|^import |url\("(?!data:)', text, re.MULTILINE)


@pytest.mark.parametrize("name", ["scatter", "max_pool_values"])
def test_a_document_has_the_plan_s_colors_and_texts_at_each_step(name):
    plan, document = make_plan(load_preset(name)), make_document(name, load_preset(name))
    for number, grid in enumerate(document["grids"]):
        looks = np.array(grid["start"])
        for step, changes in enumerate([[], *grid["changes"]]):
            looks[changes[::2]] = changes[1::2]
            frame = float(plan.spec.walk.start_frame(step))
            state = plan.state_at(frame)
            moment = list_moments(plan, state, frame)[number]
            colors = [document["colors"][grid["looks"][look][0]] for look in looks]
            assert colors == [format_color(plan.spec.look, color) for color in moment.colors]
            values = moment.grid.values
            if values is not None:
                stages = values.stages_at(state).tolist()
                texts = [values.texts[stage][tile] if stage >= 0 else None for tile, stage in enumerate(stages)]
                numbers = [grid["looks"][look][4] for look in looks]
                assert [None if each < 0 else document["texts"][each] for each in numbers] == texts


def read_looks(grid: dict, beat: int) -> np.ndarray:
    """Return the number of the look of each tile of a document's grid at a beat."""
    looks = np.array(grid["start"])
    for changes in grid["changes"][:beat]:
        looks[changes[::2]] = changes[1::2]
    return looks


def test_two_layers_side_by_side_share_their_time_and_each_rests_where_it_has_no_step():
    spec = read_spec("nn.Conv2d(1, 1, 3)", PAIR).spec
    plan, document = make_plan(spec), make_document("pair", spec)
    walks = [document, document["beside"]]
    assert document["title"] == "Narrow and Padded"
    assert [walk["walkTitle"] for walk in walks] == ["Narrow", "Padded"]
    assert {len(walk["steps"]) for walk in walks} == {spec.beat_count} == {25}
    for own, walk in zip((plan, plan.beside), walks, strict=True):
        step, told = -1, []
        for beat in range(spec.beat_count):
            frame = float(spec.walk.start_frame(beat))
            state = own.state_at(frame)
            for moment, grid in zip(list_moments(own, state, frame), walk["grids"], strict=True):
                colors = [document["colors"][grid["looks"][look][0]] for look in read_looks(grid, beat)]
                assert colors == [format_color(spec.look, color) for color in moment.colors]
            rests = own.spec.step_at(int(frame)) == step
            assert (beat in walk["rests"]) == rests
            step = own.spec.step_at(int(frame))
            points = own.lines[0].digit_fields.points[step]
            assert walk["lines"][0]["steps"][beat] == pytest.approx((1000 * points).ravel().tolist(), abs=0.51)
            told.append(("rests at " if rests else "") + describe_walk_step(own.spec, step))
        assert walk["steps"] == told
    assert [len(walk["rests"]) for walk in walks] == [16, 0]
    assert ["Padded: Padding" in name for name, _ in document["legend"]].count(True) == 1
    assert "leave out the key compare" in document["obstacle"]


def test_a_page_that_cannot_be_written_is_an_error_that_says_why(call):
    for arguments, code, message in (
        (["-o", "a.htm"], 2, "a.htm: the name must end in .html. Use a.html"),
        (["-o", "a.html", "--set", "layer.input=120"], 2, "MB, and at most 2.5 MB are written"),
        (["-o", "a.html", "--set", "layer.input=300"], 2, "a page of 178,804 tiles and 88,804 steps would have about"),
        (["-o", "a.html", "--set", "layer.input=64", *BESIDE], 2, "of 15,880 tiles and 3,844 steps would have about"),
        (["-o", "/dev/null/a.html"], 4, "/dev/null"),
    ):
        ran = call("page", PRESET, *arguments)
        assert (ran.code, len(ran.complaints)) == (code, 1), ran
        assert message in ran.err
    assert not list(Path().iterdir())
