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
from kernelwalk.core.plan.tile_moments import list_moments
from kernelwalk_pipeline.figures.blending import format_color
from kernelwalk_pipeline.stepping_page.document import make_document

PRESET = "no_padding_no_strides"


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


def test_a_page_that_cannot_be_written_is_an_error_that_says_why(call):
    for arguments, code, message in (
        (["-o", "a.htm"], 2, "a.htm: the name must end in .html. Use a.html"),
        (["-o", "a.html", "--set", "layer.input=120"], 2, "MB, and at most 2.5 MB are written"),
        (["-o", "/dev/null/a.html"], 4, "/dev/null"),
    ):
        ran = call("page", PRESET, *arguments)
        assert (ran.code, len(ran.complaints)) == (code, 1), ran
        assert message in ran.err
    assert not list(Path().iterdir())
