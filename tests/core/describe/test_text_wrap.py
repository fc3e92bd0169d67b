# SPDX-License-Identifier: GPL-3.0-or-later
"""Text in short lines, as the panel shows it in a narrow sidebar."""

from __future__ import annotations

import itertools

import pytest
from kernelwalk.core import Conv, ConvTranspose, Layer
from kernelwalk.core.describe.text_wrap import wrap_text
from kernelwalk.core.frameworks.code_emitter import emit_code


@pytest.mark.parametrize("most", [12, 15, 24])
@pytest.mark.parametrize("layer", [Conv(5, 3, padding=1), ConvTranspose(5, 3, stride=2, padding=1)])
def test_code_is_cut_between_names_and_no_line_is_too_long(layer: Layer, most: int) -> None:
    for code in emit_code(layer):
        lines = wrap_text(code.text, most)
        assert "".join(lines).replace(" ", "") == code.text.replace(" ", ""), "nothing is lost"
        assert max(map(len, lines)) <= most
        for line, following in itertools.pairwise(lines):
            inside_a_word = line[-1:].islower() and following[0].islower()
            assert not inside_a_word or f"{line} {following}" in code.text, (line, following)


@pytest.mark.parametrize("most", range(11, 40))
def test_a_position_stands_in_one_line_where_it_fits(most: int) -> None:
    text = "beside: output (1, 11) ← input (0, 1, 12), then rows 2–4. Step 3"
    lines = wrap_text(text, most)
    assert " ".join(lines) == text and max(map(len, lines)) <= most
    assert all(any(position in line for line in lines) for position in ("(1, 11)", "(0, 1, 12)"))


def test_a_position_longer_than_a_line_is_cut_after_a_comma() -> None:
    assert wrap_text("output (100, 100, 100)", 10) == ["output", "(100, 100,", "100)"]
