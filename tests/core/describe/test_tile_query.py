# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries find the steps that use a tile, and describe tiles and steps, for any layers and channels."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from kernelwalk.core import Spec, spec_from_table
from kernelwalk.core.describe.tile_query import Tile, describe_walk_step
from kernelwalk.core.geometry.grids import make_grids

from ..brute_force import SHORT_WALK, active_in_gather, active_in_scatter, specs

SOME_EXAMPLES = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def check_all_tiles(spec: Spec) -> None:
    expected = list((active_in_scatter if spec.is_scatter else active_in_gather)(spec))
    for number, grid in enumerate(make_grids(spec)):
        for cell in grid.cells.astype(int).tolist():
            tile = Tile(grid.name, tuple(cell))
            used = [
                each[number].window if spec.is_scatter else each[number].window | each[number].read for each in expected
            ]
            assert tile.find_steps(spec) == [step for step, cells in enumerate(used) if tuple(cell) in cells]
            assert tile.describe(spec)
    assert all(describe_walk_step(spec, step) for step in range(spec.step_count))


@SOME_EXAMPLES
@given(specs(channels=True))
def test_the_steps_of_a_tile_are_those_that_activate_it_or_read_a_copy_of_it(spec: Spec) -> None:
    check_all_tiles(spec)


@SOME_EXAMPLES
@given(specs(max_layers=3, channels=True))
def test_in_a_chain_the_steps_of_a_tile_are_those_with_it_in_their_receptive_field(spec: Spec) -> None:
    check_all_tiles(spec)


@SOME_EXAMPLES
@given(specs(channels=True, ops=("conv_transpose",)))
def test_in_scatter_the_steps_of_a_tile_are_those_that_stamp_it(spec: Spec) -> None:
    check_all_tiles(spec)


CONV = {"op": "conv", "input": 4, "kernel": 3, "in_channels": 2, "out_channels": 3}
TRANSPOSE = {"op": "conv_transpose", "input": 2, "kernel": 3, "stride": 2, "padding": 1}
CHAIN = [{"op": "conv", "input": 6, "kernel": 3}, {"op": "max_pool", "kernel": 2}]


@pytest.mark.parametrize(
    ("table", "tile", "text"),
    [
        ({"layer": CONV}, Tile("Input", (1, 0, 0, 1)), "channel 1: input (0, 1) → outputs row 0, columns 0–1"),
        ({"layer": CONV}, Tile("Output", (1, 0, 0, 2)), "channel 2: output (0, 1) ← input rows 0–2, columns 1–3"),
        ({"layer": TRANSPOSE}, Tile("Input", (1, 0, 0, 0)), "inserted zero → outputs rows 0–1, columns 0–2"),
        ({"layer": TRANSPOSE, "show": {"transposed": "scatter"}}, Tile("Input", (1, 0, 0, 0)),
         "input (0, 1) → outputs rows 0–1, columns 1–2"),
        ({"layer": TRANSPOSE, "show": {"cropped": "on"}}, Tile("Output", (-1, 0, 0, 0)),
         "cropped: output (0, -1) would be outside"),
        ({"layers": CHAIN}, Tile("Input", (0, 0, 0, 0)), "Input (0, 0): 1 step uses it"),
        ({"layers": CHAIN}, Tile("Convolution", (1, 2, 0, 0)), "Convolution (2, 1): 1 step uses it"),
    ],
)  # fmt: skip
def test_a_tile_is_described(table: dict[str, Any], tile: Tile, text: str) -> None:
    assert tile.describe(spec_from_table(table)) == text


@pytest.mark.parametrize(
    ("table", "step", "text"),
    [
        ({"layer": CONV}, 1, "output (0, 1) ← input rows 0–2, columns 1–3"),
        ({"layer": CONV, "walk": {"filters": "each"}}, 9, "channel 2: output (0, 1) ← input rows 0–2, columns 1–3"),
        ({"layer": TRANSPOSE, "show": {"transposed": "scatter"}}, 1, "input (0, 1) → outputs rows 0–1, columns 1–2"),
        ({"layers": CHAIN}, 1, "output (0, 1) ← input rows 0–3, columns 2–5, through 2 layers"),
        ({"layer": {"op": "conv", "input": [4, 4, 4], "kernel": 2}}, 1,
         "output (0, 0, 1) ← input slices 0–1, rows 0–1, columns 1–2"),
        ({"layers": [{"op": "conv", "input": [5], "kernel": 2}, {"op": "conv", "kernel": 1, "padding": 1}]}, 0,
         "output (0) ← padding alone"),
    ],
)  # fmt: skip
def test_a_step_is_described(table: dict[str, Any], step: int, text: str) -> None:
    table = {**table, "walk": {**SHORT_WALK, **table.get("walk", {})}}
    assert describe_walk_step(spec_from_table(table), step) == text
