# SPDX-License-Identifier: GPL-3.0-or-later
"""Fold: its sizes, the output that each of its inputs is added to, in both views, and its errors.

PyTorch's fold is compared in test_oracle_torch_axes.py and test_oracle_torch_values.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernelwalk.core import Fold, SpecError, spec_from_table
from kernelwalk.core.comparison.layer_comparison import compare_layers
from kernelwalk.core.describe.sentences import describe_step, describe_tile
from kernelwalk.core.frameworks.code_emitter import emit_code
from kernelwalk.core.frameworks.parsing.sequential import read_chain
from kernelwalk.core.geometry.grids import make_grids
from kernelwalk.core.geometry.layout import LayoutOption
from kernelwalk.core.lines.channel_pairs import find_channel_pairs
from kernelwalk.core.values.compute import compute_values
from kernelwalk.core.values.grid_stages import list_grid_stages
from kernelwalk.core.values.sum_text import SumWriter

UNEVEN = {"kernel": [2, 3], "stride": [2, 1], "padding": [[1, 0], [0, 1]], "dilation": [1, 2], "output_shape": [6, 5]}
"""A fold of which no parameter is alike on both axes, with cells that are cropped and one that no block reaches."""


def test_the_input_follows_from_the_output_and_the_output_from_the_input() -> None:
    assert Fold(output_shape=[6, 5], kernel=2).input == (5, 4)
    assert Fold([5, 4], 2).output == (6, 5)
    assert Fold(output_shape=6, kernel=2, stride=[2, 4]).output_padding == (0, 0)
    uncovered = Fold(output_shape=7, kernel=2, stride=[2, 4])
    assert (uncovered.input, uncovered.output, uncovered.output_padding) == ((3, 2), (7, 7), (1, 1))
    assert uncovered.to_table()["output_shape"] == [7, 7] and "output_shape" not in Fold([5, 4], 2).to_table()
    assert uncovered.size_equation(1) == "(2 - 1)·4 - 0 - 0 + 1·(2 - 1) + 1 + 1 = 7"
    assert Fold(2, 3, channels=18).channel_equation() == "18 / (3·3) = 2"


@pytest.mark.parametrize(
    ("parameters", "places"),
    [
        ({"kernel": 2}, ["layer.input"]),
        ({"output_shape": 4}, ["layer.kernel"]),
        ({"output_shape": [4, 2], "kernel": 3}, ["layer.kernel[1]"]),
        ({"output_shape": 4, "input": [3, 2], "kernel": 2}, ["layer.output_shape[1]"]),
        ({"output_shape": 4, "kernel": 2, "channels": 6}, ["layer.channels"]),
        ({"output_shape": 4, "kernel": 2, "padding": "same"}, ["layer.padding"]),
        ({"input": 1, "kernel": 2, "padding": 1}, ["layer.padding[0]", "layer.padding[1]"]),
    ],
)
def test_an_impossible_fold_is_an_error(parameters: dict[str, Any], places: list[str]) -> None:
    with pytest.raises(SpecError) as caught:
        Fold(**parameters)
    assert [problem.where for problem in caught.value.problems] == places


def test_each_tile_of_the_input_is_active_with_the_one_output_that_it_is_added_to() -> None:
    spec = spec_from_table({"layer": {"op": "fold", **UNEVEN, "channels": 12}})
    layer = spec.layer
    below = make_grids(spec)[0]
    is_input = below.kinds == 0
    cells = below.cells[is_input].astype(int)
    channel, target = layer.target_of(cells[:, 3], cells[:, 1::-1] // [2, 1])
    active = np.zeros((len(cells), *layer.output))
    for y, x in np.ndindex(*layer.output):
        active[:, y, x] = below.active_ranges.active_share_at(np.array([x, y, 0, 0]))[is_input]
    expected = np.zeros_like(active)
    for number, (y, x) in enumerate(target.tolist()):
        if 0 <= y < layer.output[0] and 0 <= x < layer.output[1]:
            expected[number, y, x] = 1
    assert np.array_equal(active, expected)
    assert 0 < expected.sum() < len(cells), "some inputs are cropped"
    assert sorted(set(channel.tolist())) == [0, 1]


def test_in_scatter_every_block_is_stamped_once_and_the_last_sums_are_the_output() -> None:
    table = {"layer": {"op": "fold", **UNEVEN}, "values": {"input": "ramp"}, "show": {"transposed": "scatter"}}
    spec = spec_from_table(table)
    values = compute_values(spec)
    assert values is not None and spec.step_count == np.prod(spec.layer.input)
    stages = list_grid_stages(spec, values)[0]
    assert len(stages) == max(len(spec.layer.taps(place)) for place in np.ndindex(*spec.layer.output))
    assert np.array_equal(stages[-1], values.grids[-1])
    assert SumWriter(spec, values, 9).write(0) == "6 channels, added to 3 outputs"


def test_the_sum_and_the_sentences_name_what_is_added() -> None:
    spec = spec_from_table({"layer": {"op": "fold", "output_shape": 3, "kernel": 2}, "values": {"input": "ramp"}})
    values = compute_values(spec)
    assert values is not None
    ramp = values.grids[0]
    terms = [ramp[0, 1, 1], ramp[1, 1, 0], ramp[2, 0, 1], ramp[3, 0, 0]]
    text = " + ".join(f"{term:.0f}" for term in terms)
    assert SumWriter(spec, values, 9).write(4) == f"{text} = {sum(terms):.0f}"
    layer = spec.layer
    assert describe_step(layer, (1, 1)) == "output (1, 1) ← input rows 0–1, columns 0–1, one cell of each block"
    assert describe_tile(layer, (0, 1), 3) == "input channel 3 (0, 1) → output channel 0, row 1, column 2"
    cropped = Fold(2, 2, padding=1, stride=2)
    assert describe_tile(cropped, (0, 0), 0) == "input channel 0 (0, 0) → no output"


def test_a_chain_with_a_fold_has_one_tile_for_all_channels_of_a_cell() -> None:
    code = "nn.Sequential(nn.Fold((5, 6), 2, stride=2, padding=1), nn.Conv2d(3, 4, 3))"
    spec = spec_from_table({"layers": code})
    assert [layer.output for layer in spec.layers] == [(5, 6), (3, 4)]
    assert [layer.channels.inputs for layer in spec.layers] == [12, 3]
    assert not spec.shows_channels and len(make_grids(spec)) == 3
    with pytest.raises(SpecError, match="a tile stands for all of them"):
        spec_from_table({"layers": code, "show": {"all_channels": "on"}})
    table = {"layer": "nn.Fold(4, 2)", "show": {"transposed": "scatter"}, "walk": {"filters": "each"}}
    with pytest.raises(SpecError, match="a fold stamps all channels of a block at once"):
        spec_from_table(table)


def test_code_gives_the_number_of_blocks() -> None:
    for code in ("nn.Fold((4, 5), 2, padding=1)", "F.fold(x, (4, 5), 2, 1, 1)", "y = F.fold(x, output_size=(4, 5),"
                 " kernel_size=(2, 2), padding=(1, 1))"):  # fmt: skip
        (part,) = read_chain(code).parts
        assert spec_from_table({"layer": part.code}).layer == Fold(output_shape=(4, 5), kernel=2, padding=1)
        assert part.keys["input"] == [5, 6]
    assert emit_code(Fold(output_shape=(4, 5), kernel=2, padding=1))[0].text == "nn.Fold((4, 5), 2, padding=1)"
    assert [code.is_supported for code in emit_code(Fold([3], 2))] == [False, False, True]


def test_lines_run_around_all_channels_of_a_block() -> None:
    layer = {"op": "fold", "output_shape": 3, "kernel": 2}
    for view in ("gather", "scatter"):
        spec = spec_from_table({"layer": layer, "show": {"transposed": view}})
        assert spec.shows_channels
        assert find_channel_pairs(spec, make_grids(spec), LayoutOption(is_stacked=True)) == [None]


def test_two_folds_that_read_other_cells_of_the_same_block_differ() -> None:
    first, second = Fold([1], 2, padding=[[1, 0]]), Fold([1], 2, padding=[[0, 1]])
    assert first.taps((0,)) == [((1,), (0,))] and second.taps((0,)) == [((0,), (0,))]
    comparison = compare_layers(first, second)
    assert comparison.has_same_cells.all() and not comparison.is_same.any()


def test_a_sum_that_float64_may_not_hold_is_an_error() -> None:
    depthwise = {"op": "conv", "kernel": 1, "in_channels": 4, "out_channels": 4, "groups": 4}
    kernels = [{"kernel": np.full((4, 1, 1, 1), weight).tolist()} for weight in [*[1e30] * 8, 5e29]]
    table = {"layers": [depthwise] * 9 + [{"op": "fold", "kernel": 2}], "input": [2, 2]}
    values = {"input": np.full((4, 2, 2), 1e30).tolist(), "layers": [*kernels, {}]}
    with pytest.raises(SpecError, match=r"layers\[9\]: values of up to 2e\+300"):
        spec_from_table({**table, "values": values})
