# SPDX-License-Identifier: GPL-3.0-or-later
"""A position activates in every grid exactly the tiles found by composing the taps of all layers one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from kernelwalk.core import Spec, spec_from_table
from kernelwalk.core.geometry.grids import Grid, make_grids
from kernelwalk.core.layers.axis import CROPPED
from kernelwalk.core.walk.active_ranges import ActiveRanges

from ..brute_force import SHORT_WALK, Cell, active_in_gather, active_in_scatter, specs, steps

SOME = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


def active_cells(grid: Grid, ranges: ActiveRanges, position: np.ndarray) -> set[Cell]:
    shares = ranges.active_share_at(position)
    assert set(np.unique(shares)) <= {0.0, 1.0}
    return {(int(x), int(y), int(z), int(c)) for x, y, z, c in grid.cells[shares == 1]}


def check(spec: Spec) -> None:
    """Compare every grid at every step with a brute-force search."""
    drawn_grids = make_grids(spec)
    assert len(drawn_grids) == len(spec.layers) + 1
    brute_force = list((active_in_scatter if spec.is_scatter else active_in_gather)(spec))
    assert len(brute_force) == spec.step_count == len(spec.walk_order.positions)
    for position, (number, place), expected in zip(spec.walk_order.positions, steps(spec), brute_force, strict=True):
        assert position.tolist() == [*reversed(place), *[0] * (3 - len(place)), number]
        for grid, active in zip(drawn_grids, expected, strict=True):
            drawn = {(int(x), int(y), int(z), int(c)) for x, y, z, c in grid.cells}
            if not spec.is_scatter:
                assert active.window <= drawn, "the whole window is on the grid"
            assert active_cells(grid, grid.active_ranges, position) == active.window & drawn
            if grid.read_ranges is not None:
                assert active_cells(grid, grid.read_ranges, position) == active.read


@SOME
@given(specs())
def test_a_position_activates_the_window_of_any_layer(spec: Spec) -> None:
    check(spec)


@SOME
@given(specs(channels=True))
def test_a_filter_activates_the_channels_of_its_group(spec: Spec) -> None:
    check(spec)


@SOME
@given(specs(max_layers=4))
def test_a_chain_activates_everything_that_the_output_depends_on(spec: Spec) -> None:
    check(spec)


@settings(SOME, max_examples=50)
@given(specs(max_layers=3, channels=True))
def test_a_chain_with_channels_activates_everything_that_the_output_depends_on(spec: Spec) -> None:
    check(spec)


@SOME
@given(specs(channels=True, ops=("conv_transpose",)))
def test_an_input_stamps_the_kernel_on_the_output(spec: Spec) -> None:
    assert spec.is_scatter
    check(spec)


CHAINS: dict[str, list[dict[str, Any]]] = {
    "dilations that leave uneven gaps": [
        {"op": "conv", "input": [1, 30], "kernel": [1, 2], "dilation": [1, 3]},
        {"op": "conv", "kernel": [1, 2], "dilation": [1, 7]},
        {"op": "conv", "kernel": [1, 3], "dilation": [1, 2]},
    ],
    "transposed in the middle": [
        {"op": "conv", "input": [5, 4], "kernel": 2},
        {"op": "conv_transpose", "kernel": 3, "stride": [2, 3], "padding": 1, "output_padding": 1},
        {"op": "max_pool", "kernel": 2},
    ],
    "circular padding within": [
        {"op": "max_pool", "input": [6, 8], "kernel": 2},
        {"op": "conv", "kernel": 3, "padding": [1, 2], "padding_mode": "circular"},
        {"op": "upsample", "scale": [2, 3]},
        {"op": "conv", "kernel": 3, "padding": 2, "padding_mode": "reflect"},
    ],
    "causal": [
        {"op": "conv", "input": [9], "kernel": 2, "padding": "causal"},
        {"op": "conv", "kernel": 2, "dilation": 2, "padding": "causal"},
        {"op": "conv", "kernel": 3, "dilation": 4, "padding": "causal"},
    ],
    "a stride that leaves cells unused": [
        {"op": "conv", "input": [9, 11], "kernel": 2, "stride": 3},
        {"op": "avg_pool", "kernel": 2, "stride": 1, "padding": 1, "ceil_mode": True},
    ],
    "blocks of cells": [
        {"op": "conv", "input": [4, 3, 4], "kernel": [2, 1, 2], "dilation": [2, 1, 1], "padding": 1},
        {"op": "conv_transpose", "kernel": 2, "stride": [1, 2, 1], "padding": [0, 0, 1]},
    ],
}


@pytest.mark.parametrize("name", CHAINS)
def test_chains_of_every_kind_agree_with_their_taps(name: str) -> None:
    check(spec_from_table({"layers": CHAINS[name], "walk": SHORT_WALK}))


def test_uneven_positions_need_several_ranges() -> None:
    spec = spec_from_table({"layers": CHAINS["dilations that leave uneven gaps"], "walk": SHORT_WALK})
    lowest = make_grids(spec)[0]
    assert len(lowest.active_ranges.first) > 4 and lowest.active_ranges.gap[0] == 1


def test_cropped_cells_are_drawn_around_the_output() -> None:
    layer = {"op": "conv_transpose", "input": [3], "kernel": 4, "stride": 2, "padding": [[1, 2]]}
    for show, cells in (("on", range(-1, 7)), ("off", range(5))):
        spec = spec_from_table({"layer": layer, "show": {"cropped": show, "transposed": "scatter"}})
        grid_axis = make_grids(spec)[0].axes[3]
        assert grid_axis.cells == cells
        kinds = {at: int(kind) for at, kind in zip(grid_axis.cells, grid_axis.kinds, strict=True)}
        assert [at for at, kind in kinds.items() if kind == CROPPED] == [at for at in cells if not 0 <= at < 5]
