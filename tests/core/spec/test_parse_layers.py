# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers of a spec: inherited keys of a chain, contradictions, and limits."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from kernelwalk.core import Spec, SpecError, parse_spec, spec_from_table
from kernelwalk.core.spec.fields import collect_checks
from kernelwalk.core.spec.parse_layers import MAX_LAYERS
from kernelwalk.core.spec.sections import SECTIONS
from kernelwalk.core.spec.toml import dump_toml

from ..brute_force import SHORT_WALK, specs
from ..helpers import calls_below

SHOW = collect_checks(SECTIONS["show"])

CONV = {"op": "conv", "input": 8, "kernel": 3}


def problem_keys(table: dict[str, Any]) -> list[str]:
    """Return the keys of a table's problems."""
    with pytest.raises(SpecError) as caught:
        spec_from_table(table)
    assert all(problem.what and problem.remedy for problem in caught.value.problems)
    return [problem.where for problem in caught.value.problems]


def test_each_layer_reads_the_output_of_the_one_before() -> None:
    spec = parse_spec(
        """
        [[layers]]
        op = "conv"
        input = [10, 12]
        kernel = 3
        out_channels = 4
        [[layers]]
        op = "max_pool"
        kernel = 2
        [[layers]]
        op = "conv"
        kernel = 3
        groups = 2
        out_channels = 6
        """
    )
    assert [layer.input for layer in spec.layers] == [(10, 12), (8, 10), (4, 5)]
    assert [(each.inputs, each.outputs, each.groups) for each in spec.drawn_channels] == [
        (1, 4, 1),
        (4, 4, 4),
        (4, 6, 2),
    ]
    assert spec.layer is spec.layers[-1] and spec.step_count == 2 * 3
    assert spec.name == "Convolution → Max pooling → Convolution"


def test_layers_may_be_lines_of_code_with_the_input_beside_them() -> None:
    spec = parse_spec('input = [9]\nlayers = ["nn.Conv1d(2, 4, 3, padding=1)", "nn.MaxPool1d(2)"]\n')
    assert [layer.op for layer in spec.layers] == ["conv", "max_pool"] and spec.layers[0].input == (9,)
    mixed = spec_from_table({"input": 8, "layers": ["nn.Conv2d(1, 2, 3)", {"op": "upsample", "scale": 2}]})
    assert mixed.layer.output == (12, 12)
    inside = spec_from_table({"layers": [{"code": "nn.Conv2d(1, 2, 3)", "input": 8, "stride": 2}]})
    assert inside.layer.output == (3, 3), "keys beside the code override it"


def test_an_inherited_key_may_be_written_if_it_agrees() -> None:
    repeated = {"op": "conv", "kernel": 2, "input": [6, 6], "in_channels": 2}
    spec = spec_from_table({"layers": [{**CONV, "out_channels": 2}, repeated]})
    assert spec == spec_from_table({"layers": [{**CONV, "out_channels": 2}, {"op": "conv", "kernel": 2}]})


@pytest.mark.parametrize(
    ("second", "where"),
    [
        ({"op": "conv", "kernel": 2, "input": [6, 5]}, ["layers[1].input"]),
        ({"op": "conv", "kernel": 2, "input": [6]}, ["layers[1].input"]),
        ({"op": "conv", "kernel": 2, "input": "six"}, ["layers[1].input"]),
        ({"op": "conv", "kernel": 2, "in_channels": 3}, ["layers[1].in_channels"]),
        ({"op": "conv", "kernel": 2, "input": 5, "in_channels": 1}, ["layers[1].input", "layers[1].in_channels"]),
        ({"op": "max_pool", "kernel": 2, "channels": 1}, ["layers[1].channels"]),
        ({"op": "conv", "kernel": 7}, ["layers[1].kernel"]),
        ({"op": "conv", "kernel": [2, 2, 2]}, ["layers[1].kernel"]),
        ({"op": "conv", "kernel": 2, "groups": 3}, ["layers[1].in_channels"]),
        ({"op": "conv"}, ["layers[1].kernel"]),
        ({"op": "convolution", "kernel": 2}, ["layers[1].op"]),
        ({"kernel": 2}, ["layers[1].op"]),
        ({"op": "conv", "kernel": 2, "strides": 2}, ["layers[1].strides"]),
        ({"op": "upsample", "scale": 2, "kernel": 2}, ["layers[1].kernel"]),
        ("nn.Conv2d(4, 4, 3)", ["layers[1].in_channels"]),
        ("nn.Conv2d(2, 4, 9)", ["layers[1].code"]),
        ("nn.Linear(2, 4)", ["layers[1].code"]),
        ("nn.Conv2d(2, 4,", ["layers[1].code"]),
        (3, ["layers[1]"]),
        ([], ["layers[1]"]),
    ],
)
def test_contradictions_and_invalid_layers_are_reported_at_their_key(second: Any, where: list[str]) -> None:
    assert problem_keys({"layers": [{**CONV, "out_channels": 2}, second, {"op": "conv", "kernel": 1}]}) == where


@pytest.mark.parametrize(
    ("table", "where"),
    [
        ({"layers": []}, ["layers"]),
        ({"layers": {}}, ["layers"]),
        ({"layers": 3}, ["layers"]),
        ({"layers": [CONV] + [{"op": "conv", "kernel": 1}] * MAX_LAYERS}, ["layers"]),
        ({"layers": [CONV], "layer": CONV}, ["layers"]),
        ({}, ["layer"]),
        ({"layer": 3}, ["layer"]),
        ({"layer": CONV, "input": 5}, ["input"]),
        ({"layers": [{"op": "conv", "kernel": 3}]}, ["layers[0].input"]),
    ],
)
def test_an_invalid_chain_is_reported(table: dict[str, Any], where: list[str]) -> None:
    assert problem_keys(table) == where


@settings(max_examples=60, deadline=None)
@given(specs(max_layers=4, channels=True))
def test_a_chain_written_out_is_the_chain_again(spec: Spec) -> None:
    table = spec.to_table()
    assert spec_from_table(table) == spec and parse_spec(dump_toml(table)) == spec
    assert ("layers" in table) == (len(spec.layers) > 1) == ("layer" not in table)


def test_a_chain_of_one_is_the_layer() -> None:
    assert spec_from_table({"layers": [CONV]}) == spec_from_table({"layer": CONV})


@pytest.mark.parametrize("key", SHOW)
def test_each_key_of_the_section_show_is_checked(key: str) -> None:
    assert problem_keys({"layer": CONV, "show": {key: "neither"}}) == [f"show.{key}"]
    assert problem_keys({"layer": CONV, "show": {key: []}, "walk": {"filters": 1}}) == ["walk.filters", f"show.{key}"]
    assert problem_keys({"layer": CONV, "show": {f"{key}s": 1}}) == [f"show.{key}s"]


def test_scatter_needs_a_single_transposed_convolution() -> None:
    transposed = {"op": "conv_transpose", "input": 3, "kernel": 2}
    scatter = {"transposed": "scatter"}
    assert spec_from_table({"layer": transposed, "show": scatter}).is_scatter
    assert not spec_from_table({"layer": CONV, "show": scatter}).is_scatter, "other layers ignore it"
    chain = [CONV, {"op": "conv_transpose", "kernel": 2}]
    assert problem_keys({"layers": chain, "show": scatter}) == ["show.transposed"]


def test_the_view_of_a_transposed_convolution_hides_no_problem_of_a_chain() -> None:
    chain = [{"op": "unfold", "input": 3, "kernel": 2}, {"op": "conv", "kernel": 2}]
    assert problem_keys({"layers": chain, "show": {"transposed": "scatter"}}) == ["layers[0].op"]


def test_a_chain_with_a_shuffle_within_draws_no_slices_of_channels() -> None:
    chain = [{"op": "pixel_shuffle", "input": 3, "factor": 2}, {"op": "conv", "kernel": 2}]
    assert not spec_from_table({"layers": chain}).shows_channels
    assert problem_keys({"layers": chain, "show": {"all_channels": "on"}}) == ["show.all_channels"]


def test_filters_are_walked_one_after_another_where_channels_are_shown() -> None:
    layer = {**CONV, "in_channels": 2, "out_channels": 3}
    for walk, show, steps in (("together", "on", 36), ("each", "on", 108), ("each", "off", 36)):
        assert (
            spec_from_table({"layer": layer, "walk": {"filters": walk}, "show": {"all_channels": show}}).step_count
            == steps
        )


DEEP = [{"op": "conv", "kernel": [1, 2], "dilation": [1, 3**number]} for number in range(6)]

ONE = {"frames_per_step": 1}

LARGE: dict[str, tuple[dict[str, Any], list[str]]] = {
    "tiles of all grids": (
        {"layers": [{**CONV, "input": [1000, 1000]}, {"op": "conv", "kernel": 1}]},
        ["layers[0].input", "walk.frames_per_step"],
    ),
    "tiles of all channels": (
        {"layer": {**CONV, "input": 100, "in_channels": 300}, "show": {"all_channels": "on"}},
        ["layer.input"],
    ),
    "taps of taps": (
        {
            "layers": [{**CONV, "input": [1, 9000], "kernel": [1, 2000]}, {"op": "conv", "kernel": [1, 2000]}],
            "walk": ONE,
        },
        ["layers[1].kernel[1]"],
    ),
    "taps of stamps": (
        {
            "layer": {"op": "conv_transpose", "input": [900_000], "kernel": 1000, "padding": [[450_000, 450_000]]},
            "show": {"transposed": "scatter", "cropped": "off"},
            "walk": ONE,
        },
        ["layer.kernel[0]"],
    ),
    "filters of filters": (
        {
            "layer": {"op": "conv", "input": [1], "kernel": 1, "in_channels": 4000, "out_channels": 4000},
            "show": {"all_channels": "on"},
            "walk": {"filters": "each"},
        },
        ["walk.filters"],
    ),
    "ranges of positions": (
        {"layers": [{"op": "conv", "input": [300, 700], "kernel": 1}, *DEEP], "walk": ONE},
        ["layers[0].input"],
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_spec_that_is_too_large_is_rejected_soon(name: str) -> None:
    table, where = LARGE[name]
    with calls_below(100_000):
        assert problem_keys(table) == where


def test_many_channels_in_one_step_are_allowed() -> None:
    layer = {"op": "conv", "input": [1], "kernel": 1, "in_channels": 100_000, "out_channels": 100_000}
    spec = spec_from_table({"layer": layer, "walk": SHORT_WALK, "show": {"all_channels": "on"}})
    assert spec.tile_count == 200_000 and spec.step_count == 1
