# SPDX-License-Identifier: GPL-3.0-or-later
"""The step that represents a walk."""

from __future__ import annotations

import pytest
from kernelwalk.core import Spec, load_preset, spec_from_table
from kernelwalk.core.describe.representative_step import choose_representative_step
from kernelwalk.core.spec import presets


def representative_position(spec: Spec) -> tuple[int, ...]:
    """Return the position of the walk at the representative step, without the channel."""
    return tuple(spec.walk_order.position_at(choose_representative_step(spec)))[1:]


def test_the_representative_step_reads_no_padding_if_others_read_none() -> None:
    spec = load_preset("same_padding_no_strides")
    assert choose_representative_step(spec) == 13
    assert representative_position(spec) == (2, 3)


@pytest.mark.parametrize("mode", ["circular", "reflect", "replicate"])
def test_with_copied_padding_the_representative_step_reads_some(mode: str) -> None:
    layer = {"op": "conv", "input": 9, "kernel": 3, "padding": 1, "padding_mode": mode}
    position = representative_position(spec_from_table({"layer": layer}))
    assert any(place in (0, 8) for place in position)
    assert representative_position(spec_from_table({"layer": {**layer, "padding_mode": "zeros"}})) == (5, 3)


def test_in_scatter_the_representative_step_has_a_whole_stamp() -> None:
    spec = load_preset("scatter")
    assert choose_representative_step(spec) == 9
    assert representative_position(spec) == (2, 1)


@pytest.mark.parametrize("name", presets.list_presets())
def test_every_preset_has_a_representative_step(name: str) -> None:
    spec = load_preset(name)
    assert 0 <= choose_representative_step(spec) < spec.step_count
