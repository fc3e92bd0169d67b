# SPDX-License-Identifier: GPL-3.0-or-later
"""The sum of each step: where its glyphs stand, and which of them another step shares."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core import make_plan, spec_from_table
from kernelwalk.core.font_metrics import REGULAR, load_font
from kernelwalk.core.incremental.changed_regions import find_base_frame, hash_squares, make_base_frame
from kernelwalk.core.incremental.rectangle_cover import SQUARE_SIZE
from kernelwalk.core.labels.sum_line import find_columns, place_glyphs

FONT = load_font(REGULAR)


def test_numbers_stand_in_the_middle_of_their_columns_and_words_begin_there():
    lines = ["−1·2 + 10·3 = 28", "0·2 + 1·3 = 3", "copy of 3"]
    columns = find_columns(lines, FONT)
    first, second, third = (list(place_glyphs(line, columns, FONT)) for line in lines)
    shared = [glyph for glyph in first if glyph in second]
    assert [character for character, _ in shared] == list("+=")
    assert first[-2][1] == second[-1][1]  # the results begin together
    wide, narrow = (start + FONT.width(word) / 2 for word, start in (("10·3", first[5][1]), ("1·3", second[4][1])))
    assert wide == pytest.approx(narrow, abs=1e-5)
    assert first[0] == ("−", 0.0) and second[0] == ("0", 0.0) and third[0] == ("c", 0.0)
    for line in (first, second, third):
        places = [x for _, x in line]
        assert places == sorted(places)
        assert max(x + FONT.width(character) for character, x in line) <= columns[-1] - FONT.width(" ") + 1e-5


def test_terms_that_begin_with_a_minus_are_subtracted():
    values = {"input": [[1, -2, 30]], "kernel": [[2, -3]]}
    spec = spec_from_table({"layer": {"op": "conv", "input": [1, 3], "kernel": [1, 2]}, "values": values})
    assert make_plan(spec).sum_lines == ("1·2 − 2·(−3) = 8", "−2·2 + 30·(−3) = −94")


def test_a_glyph_that_stays_is_not_rendered_again():
    values = {"input": [[1, 2, 30, 4]], "kernel": [[2, 3]]}
    spec = spec_from_table(
        {"layer": {"op": "conv", "input": [1, 4], "kernel": [1, 2]}, "values": values, "walk": {"frames_per_step": 1}}
    )
    plan = make_plan(spec)
    base = make_base_frame(plan, find_base_frame(plan))
    start = int(spec.walk.start_frame(0))
    pictures = [hash_squares(plan, frame, base) for frame in (start, start + 1)]
    glyphs = [plan.find_sum_glyphs(step) for step in (0, 1)]
    changed = pictures[0] != pictures[1]

    def is_changed(box):
        left, bottom, right, top = np.array(box) / SQUARE_SIZE
        return changed[int(bottom) : int(top) + 1, int((left + right) / 2)].any()

    kept = glyphs[0].keys() & glyphs[1].keys()
    assert "".join(character for character, _ in sorted(kept, key=lambda glyph: glyph[1])) == "·2+="
    # squares reach from a thin glyph to its neighbors
    assert not any(is_changed(glyphs[0][glyph]) for glyph in kept if glyph[0] in "+=")
    others = [glyphs[step][glyph] for step in (0, 1) for glyph in glyphs[step].keys() - kept]
    assert others and all(map(is_changed, others))
