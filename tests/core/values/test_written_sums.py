# SPDX-License-Identifier: GPL-3.0-or-later
"""The sign before a result: "=" where the written numbers give it, to their last digit, and otherwise "≈"."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest
from kernelwalk.core import load_preset, make_plan, spec_from_table
from kernelwalk.core.labels import sum_line
from kernelwalk.core.spec import presets
from kernelwalk.core.values.compute import compute_values
from kernelwalk.core.values.sum_text import SumWriter
from kernelwalk.core.values.written_sums import choose_sign, choose_sign_of_rounding

ALL_TERMS = 10**6
"""Terms of a sum that are written: all."""

WITH_VALUES = [name for name in presets.list_presets() if load_preset(name).values is not None]

RESULT = re.compile(r"(?P<terms>.+?) (?P<sign>[=≈]) (?P<result>\S+?)(?=,|$)")

CASES = {
    "rounded weights": (["0·0.11", "12·0.11"], "6", "≈"),
    "a rounded weight beside a zero": (["0·0.33", "3·2"], "6", "="),
    "fewer zeros at the end": (["7·0.5", "2·0.5"], "4.5", "="),
    "more zeros at the end": (["7·0.5", "2·0.5"], "4.5000", "="),
    "a rounded result": (["0.25·0.5"], "0.12", "≈"),
    "exponents": (["3e12·2", "1·0"], "6e12", "="),
    "negative factors": (["−2·(−0.5)", "1·(−3)"], "−2", "="),
    "no term": ([], "0", "="),
    "what is no number": (["?·0.11"], "?", "="),
    "what is not finite": (["∞·0.11", "1·1"], "∞", "="),
}


@pytest.mark.parametrize("case", CASES)
def test_the_sign_says_whether_the_terms_give_the_result(case: str) -> None:
    terms, result, sign = CASES[case]
    assert choose_sign(terms, result) == sign


def test_an_average_is_judged_by_its_sum_and_a_maximum_by_its_greatest_number() -> None:
    assert choose_sign(["1", "2", "3"], "2", divisor=3) == "="
    assert choose_sign(["1", "1", "0"], "0.67", divisor=3) == "≈"
    assert choose_sign(["−0.33", "0.12"], "0.12", combine=max) == "="
    assert choose_sign(["−0.33", "0.12"], "0.1", combine=max) == "≈"
    assert choose_sign([], "−∞", combine=max) == "=", "of padding alone"


def test_a_normalized_number_is_equal_unless_it_is_rounded() -> None:
    assert choose_sign_of_rounding(0.5, "0.50", 1.0) == "="
    assert choose_sign_of_rounding(1 / 3, "0.33", 1.0) == "≈"
    assert choose_sign_of_rounding(np.inf, "∞", 1.0) == "="


@pytest.mark.parametrize("name", WITH_VALUES)
def test_every_step_of_a_preset_has_the_sign_of_its_written_numbers(name: str) -> None:
    """The numbers are read from the text again, as fractions."""
    spec = load_preset(name)
    values = compute_values(spec)
    assert values is not None
    writer = SumWriter(spec, values, ALL_TERMS)
    for step in range(spec.step_count):
        line = re.sub(r"^channel \d+: ", "", writer.write(step))
        found = RESULT.match(line)
        if found is None or "copy of" in line or "normalized" in line:
            continue
        terms = found["terms"].replace("−", "-").replace("·", "*")
        written = re.sub(r"\d+(?:\.\d+)?", lambda number: f"Fraction('{number[0]}')", terms)
        given = eval(written, {"Fraction": Fraction, "max": max})
        is_equal = given == Fraction(found["result"].replace("−", "-"))
        assert found["sign"] == ("=" if is_equal else "≈"), line


def test_a_bias_is_judged_by_the_sum_as_it_is_written() -> None:
    values = {"input": [[3, 6]], "kernel": [[1 / 3]], "bias": 0.5}
    spec = spec_from_table({"layer": {"op": "conv", "input": [1, 2], "kernel": 1}, "values": values})
    assert make_plan(spec).sum_lines == ("3·0.33 ≈ 1.0, + bias 0.5 = 1.5", "6·0.33 ≈ 2.0, + bias 0.5 = 2.5")


def test_a_font_without_the_sign_has_another_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sum_line, "explain_missing_characters", lambda text, font: "≈" in text or None)
    values = {"input": [[3, 6]], "kernel": [[1 / 3]]}
    spec = spec_from_table({"layer": {"op": "conv", "input": [1, 2], "kernel": 1}, "values": values})
    assert make_plan(spec).sum_lines == ("3·0.33 ~ 1", "6·0.33 ~ 2")
