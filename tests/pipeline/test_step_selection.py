# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps: parsed from options, labeled, and the representative one."""

from __future__ import annotations

import numpy as np
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
}


@pytest.mark.parametrize("text", CHOSEN)
def test_steps_are_chosen_in_the_order_of_the_text(text):
    assert step_selection.parse_steps(text, 9) == CHOSEN[text]


@pytest.mark.parametrize("text", ["9", "-10", "0-9", "3-1", "", ",", "a", "1-", "1--1", "1-2-3", "1e3"])
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


def test_the_representative_step_reads_no_padding_if_others_read_none():
    spec = presets.load_preset("same_padding_no_strides")
    assert step_selection.label_step(spec, step_selection.representative_step(spec)) == ("Step 13", "output (2, 3)")


@pytest.mark.parametrize("mode", ["circular", "reflect", "replicate"])
def test_with_copied_padding_the_representative_step_reads_some(mode):
    layer = {"op": "conv", "input": 9, "kernel": 3, "padding": 1, "padding_mode": mode}
    spec = spec_from_table({"layer": layer})
    position = spec.walk_order.positions_at(np.array([step_selection.representative_step(spec)]))[0, 1:].tolist()
    assert any(place in (0, 8) for place in position)
    plain = spec_from_table({"layer": {**layer, "padding_mode": "zeros"}})
    assert step_selection.label_step(plain, step_selection.representative_step(plain)) == ("Step 48", "output (5, 3)")


def test_in_scatter_the_representative_step_has_a_whole_stamp():
    spec = presets.load_preset("scatter")
    name, about = step_selection.label_step(spec, step_selection.representative_step(spec))
    assert about == "input (2, 1)"
    assert name == "Step 9"


@pytest.mark.parametrize("name", presets.list_presets())
def test_every_preset_has_a_representative_step(name):
    spec = presets.load_preset(name)
    assert 0 <= step_selection.representative_step(spec) < spec.step_count


def test_the_label_of_a_step_names_its_position():
    table = {"layer": {"op": "conv", "input": [4], "kernel": 2, "out_channels": 2}, "walk": {"filters": "each"}}
    assert step_selection.label_step(spec_from_table(table), 4) == ("Step 4", "filter 1, output (1)")
    assert step_selection.label_step(presets.load_preset("conv3d"), 10) == ("Step 10", "output (1, 0, 1)")
