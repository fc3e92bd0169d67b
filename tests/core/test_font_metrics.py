# SPDX-License-Identifier: GPL-3.0-or-later
"""The fonts have all characters of the default labels, and lines break where they must."""

from __future__ import annotations

import pytest
from kernelwalk.core import SpecError, make_plan, spec_from_table
from kernelwalk.core.font_metrics import load_font, wrap_text


def test_both_fonts_have_all_characters_of_default_labels() -> None:
    for name in ("regular", "strong"):
        for character in "0123456789×·−→⌊⌋⌈⌉()/+=|,:abcXYZéüñßЖяλΩ":
            assert character in load_font(name).widths, character


def test_lines_are_no_longer_than_allowed() -> None:
    for text in ("one two three four", "a → b → c", "Donaudampfschifffahrtsgesellschaft", "x" * 300):
        for max_width in (3.0, 6.5, 40.0):
            lines = wrap_text(text, load_font("regular"), max_width, (" → ", " "))
            assert all(load_font("regular").width(line) <= max_width for line in lines)
            letters = "".join(lines).replace(" ", "").replace("→", "")
            assert letters == text.replace(" ", "").replace("→", "")


def test_a_line_is_drawn_by_one_font_that_has_all_of_it() -> None:
    files = {
        "Conv": "regular.ttf",
        "卷积 3×3": "CJK",
        "畳み込み": "CJK",
        "합성곱": "CJK",
        "קלט (3)": "Hebrew",
        "★": "CJK",
        "⟶": "Math",
    }
    for text, part in files.items():
        font = load_font("regular").choose(text)
        assert part in font.file, text
        assert font.covers(text), text
    assert load_font("regular").width("卷积") == 2.0


@pytest.mark.parametrize("text", ["คอน", "कन", "التفاف", "Ꮳ", "\N{HEBREW POINT SHEVA}", "Հայ"])
def test_letters_that_no_font_draws_rightly_are_refused_with_their_names(text: str) -> None:
    with pytest.raises(SpecError) as caught:
        spec_from_table({"title": f"A {text}", "layer": {"op": "conv", "input": [4, 4], "kernel": 3}})
    (problem,) = caught.value.problems
    assert problem.where == "title"
    for character in set(text):
        assert f"(U+{ord(character):04X})" in problem.what
    assert "Hebrew" in problem.remedy


LAYER = {"op": "conv", "input": [4, 4], "kernel": 3}


def test_texts_of_one_line_that_are_drawn_apart_may_need_different_fonts() -> None:
    labels = {"names": "קלט {size} | 卷积 {size}", "legend": "Input = קלט | Output = 卷积 | Kernel = ∰"}
    spec = spec_from_table({"layer": LAYER, "labels": labels})
    drawn = [label.text for label in make_plan(spec).labels]
    assert any(load_font("regular").choose(text).file.count("Hebrew") for text in drawn)
    assert any(load_font("regular").choose(text).file.count("CJK") for text in drawn)
    with pytest.raises(SpecError, match="together"):
        spec_from_table({"layer": LAYER, "labels": {"names": "קלט 卷积"}})
    with pytest.raises(SpecError, match=r"labels\.names.*U\+0E01"):
        spec_from_table({"layer": LAYER, "labels": {"names": "קלט | ก"}})


def test_the_words_of_a_sum_stand_beside_its_numbers_in_one_font() -> None:
    values = {"input": "ramp", "kernel": "box"}
    table = {"layer": LAYER, "values": values, "labels": {"sum": "和 {sum}"}}
    label = make_plan(spec_from_table(table)).sum_label
    assert label is not None and label.font.covers("和1.5·−=")
    assert "CJK" in label.font.file
    with pytest.raises(SpecError, match=r"labels\.sum.*from right to left"):
        spec_from_table({**table, "labels": {"sum": "סכום {sum}"}})
    with pytest.raises(SpecError, match=r"labels\.sum.*together"):
        spec_from_table({**table, "labels": {"sum": "🂡 {sum}"}})


def test_accents_of_two_characters_are_composed() -> None:
    spec = spec_from_table(
        {"title": "Cafe\N{COMBINING ACUTE ACCENT}", "layer": {"op": "conv", "input": [4, 4], "kernel": 3}}
    )
    assert spec.title == "Café"
