# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps: parsed from options and labeled."""

from __future__ import annotations

import pytest
from kernelwalk.core import spec_from_table
from kernelwalk.core.spec import presets
from kernelwalk_pipeline import step_selection
from kernelwalk_pipeline.failures import UsageError

CHOSEN = {
    "0-3": [0, 1, 2, 3],
    "0-2,8": [0, 1, 2, 8],
    "5 , 2": [5, 2],
    "-1": [8],
    "0,-1 -9": [0, 8, 0],
    "4-4": [4],
    "0-8x3,7": [0, 3, 6, 7],
}


@pytest.mark.parametrize("text", CHOSEN)
def test_steps_are_chosen_in_the_order_of_the_text(text):
    assert step_selection.parse_steps(text, 9) == CHOSEN[text]


@pytest.mark.parametrize(
    "text", ["9", "-10", "0-9", "3-1", "", ",", "a", "1-", "1--1", "1-2-3", "1e3", "0-8x0", "1x2", "0-8x"]
)
def test_a_text_that_is_not_a_step_is_reported_with_the_option(text):
    with pytest.raises(UsageError, match="--steps"):
        step_selection.parse_steps(text, 9)


@pytest.mark.parametrize("count", [1, 2, 9, 24, 25, 26, 100, 1000])
def test_default_steps_are_all_or_spread_from_the_first_to_the_last(count):
    result = step_selection.default_steps(count)
    assert len(result) == min(count, 25)
    assert result == sorted(set(result))
    assert (result[0], result[-1]) == (0, count - 1)


def test_every_nth_step_starts_with_the_first():
    assert step_selection.every_nth(4, 9) == [0, 4, 8]
    assert step_selection.every_nth(100, 9) == [0]


def test_the_label_of_a_step_names_its_position():
    table = {"layer": {"op": "conv", "input": [4], "kernel": 2, "out_channels": 2}, "walk": {"filters": "each"}}
    assert step_selection.label_step(spec_from_table(table), 4) == ("Step 4", "filter 1, output (1)")
    assert step_selection.label_step(presets.load_preset("conv3d"), 10) == ("Step 10", "output (1, 0, 1)")
