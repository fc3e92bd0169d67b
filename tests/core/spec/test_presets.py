# SPDX-License-Identifier: GPL-3.0-or-later
"""Presets are found only by name, and each can be drawn."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from kernelwalk.core import SpecError, load_preset, make_plan
from kernelwalk.core.layers.axis import CROPPED
from kernelwalk.core.spec import presets


@pytest.mark.parametrize("name", presets.list_presets())
def test_every_preset_has_a_title_and_a_plan_of_its_steps(name: str) -> None:
    spec = load_preset(name)
    made = make_plan(spec)
    assert spec.title and spec.name == spec.title
    assert sum(len(grid.cells) for grid in made.grids) == spec.tile_count
    (output,) = [grid for grid in made.grids if grid.name == "Output"]
    # a matrix has a row for each channel, also where channels stand for themselves
    channels = spec.layer.channels.outputs if spec.shows_channels or spec.layer.op == "unfold" else 1
    assert (output.kinds != CROPPED).sum() == math.prod(spec.layer.output) * channels
    positions = math.prod(spec.layer.input if spec.is_scatter else spec.layer.output)
    filters = channels if spec.walk.filters == "each" and not spec.is_scatter else 1
    assert spec.step_count == positions * filters or spec.walk.every > 1
    if spec.walk.fast_frames is None:
        ends = spec.walk.intro + spec.walk.lead_in + spec.walk.lead_out + spec.walk.outro
        assert len(made.frames) == ends + spec.step_count * spec.walk.frames_per_step


GROUP_OF = {
    "mathematica": "Convolution",
    "scatter": "Transposed Convolution",
    "upsample": "Pooling and Upsampling",
    "grouped": "Channels",
    "conv1d_channels": "Dimensions",
    "depthwise_separable": "Chains",
}
"""The group of some presets, of which most meet the conditions of several."""


def test_presets_are_grouped_as_the_layers_are_and_sorted_by_title() -> None:
    groups = presets.group_presets()
    assert {name: group for group, names in groups.items() for name in names if name in GROUP_OF} == GROUP_OF
    assert sorted(name for names in groups.values() for name in names) == presets.list_presets()
    for specs in groups.values():
        titles = [spec.title for spec in specs.values()]
        assert titles == sorted(titles)


def test_presets_differ_in_their_titles() -> None:
    titles = {load_preset(name).title for name in presets.list_presets()}
    assert len(titles) == len(presets.list_presets())
    assert not titles & presets.group_presets().keys(), "a title that a whole group has as its name"


@pytest.mark.parametrize("name", ["", "Mathematica", "mathematica.toml", "../presets/mathematica", "x" * 5000, "a\0b"])
def test_a_name_that_is_no_preset_is_a_spec_error(name: str) -> None:
    with pytest.raises(SpecError, match="is no preset"):
        load_preset(name)


def test_a_presets_description_is_its_first_comment() -> None:
    descriptions = {name: presets.read_description(presets.preset_path(name)) for name in presets.list_presets()}
    assert all(text.endswith(".") for text in descriptions.values()), descriptions
    assert descriptions["conv3d"] == "A convolution along three axes: each output reads a block."
    assert descriptions["checkerboard"].endswith("a checkerboard (distill.pub/2016/deconv-checkerboard).")


def test_a_file_without_a_comment_has_no_description(tmp_path: Path) -> None:
    (tmp_path / "plain.toml").write_text('title = "Plain"\n# not at the beginning\n')
    assert presets.read_description(tmp_path / "plain.toml") == ""
