# SPDX-License-Identifier: GPL-3.0-or-later
"""Specs to start from: they say the same as the spec they are written from, also with any line uncommented."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from kernelwalk.core import Spec, load_preset, parse_spec, spec_from_table
from kernelwalk.core.layers.base_layer import BaseLayer
from kernelwalk.core.spec import presets
from kernelwalk.core.spec.commented_toml import USEFUL_KEYS, dump_commented
from kernelwalk.core.spec.sections import SECTIONS

from ..helpers import LAYERS_OF_ANY_DIMENSION, example_count, one_of_four

START = dump_commented(load_preset("padding_strides"))


def check_every_line(spec: Spec) -> None:
    """Check that the file for `spec` is that spec, as it is and with each of its lines uncommented."""
    lines = dump_commented(spec).splitlines()
    assert parse_spec("\n".join(lines)) == spec
    commented = [number for number, line in enumerate(lines) if line.lstrip().startswith("#")]
    assert len(commented) > 2
    for number in commented:
        uncommented = [*lines[:number], lines[number].replace("#", "", 1), *lines[number + 1 :]]
        assert parse_spec("\n".join(uncommented)) == spec, lines[number]


@pytest.mark.parametrize("name", one_of_four(presets.list_presets()))
def test_the_file_of_a_preset_is_the_preset_also_if_any_line_is_uncommented(name: str) -> None:
    check_every_line(load_preset(name))


@settings(max_examples=example_count(20))
@given(LAYERS_OF_ANY_DIMENSION)
def test_the_file_of_any_layer_is_the_layer(layer: BaseLayer) -> None:
    title = 'a "quoted" # title'
    check_every_line(spec_from_table({"title": title, "layer": {"op": layer.op, **layer.to_table()}}))


def test_values_are_written_as_they_are() -> None:
    spec = spec_from_table(
        {
            "layer": {"op": "conv", "input": [4, 60], "kernel": 2},
            "values": {
                "input": [[row + column / 8 for column in range(60)] for row in range(4)],
                "kernel": [[1, 0], [0, -1]],
                "norm": {"mean": 2},
            },
        }
    )
    check_every_line(spec)
    lines = dump_commented(spec).splitlines()
    assert max(map(len, lines)) < 160 and "kernel = [[1.0, 0.0], [0.0, -1.0]]" in lines
    assert not any(line.startswith("fit") for line in lines), "defaults are left out"


def test_values_are_kept() -> None:
    values = {"input": [[1, 2.5], [-3, 4]], "kernel": "box", "activation": "relu", "norm": {"mean": 0.5}}
    spec = spec_from_table({"layer": {"op": "conv", "input": 2, "kernel": 2}, "values": values})
    check_every_line(spec)
    assert "\n[values.norm]\nmean = 0.5\n" in dump_commented(spec)


def test_only_what_differs_from_the_defaults_is_set() -> None:
    keys = [line.split(" = ")[0] for line in START.splitlines() if " = " in line and not line.startswith("#")]
    assert keys == ["title", "op", "input", "kernel", "stride", "padding", "dilation"]
    assert '\n# easing = "smooth" ' in START
    mathematica = dump_commented(load_preset("mathematica"))
    assert '\neasing = "step" ' in mathematica
    assert "\nazimuth = 28.4429 " in mathematica


def test_useful_keys_of_every_section_stand_beside_their_meanings() -> None:
    text = " ".join(START.replace("##", "").split())
    assert list(USEFUL_KEYS) == list(SECTIONS)
    for name, keys in USEFUL_KEYS.items():
        for key in keys:
            assert f"# {key} = " in text
            assert SECTIONS[name][key].meaning.partition(". ")[0] in text


def test_the_file_is_short_enough_to_read_at_one_go() -> None:
    lines = START.splitlines()
    assert len(lines) <= 80
    assert max(map(len, lines)) <= 120
