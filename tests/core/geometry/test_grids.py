# SPDX-License-Identifier: GPL-3.0-or-later
"""The grids of a spec: their names, cells and kinds, and the bounds of what each step uses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from kernelwalk.core import Spec, spec_from_table
from kernelwalk.core.geometry.grids import CellBounds, make_grids
from kernelwalk.core.layers.axis import CROPPED, INPUT, OUTPUT_PADDING

from ..brute_force import SHORT_WALK, Cell, active_in_gather, active_in_scatter, specs

SOME = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def assert_bounds_enclose(bounds: CellBounds, step: int, cells: frozenset[Cell]) -> None:
    low, high = bounds.low[step], bounds.high[step]
    if not cells:
        assert np.isnan(low).any(), "there is nothing to enclose"
        return
    ordered = np.array(sorted(cells))
    assert low.tolist() == ordered.min(axis=0).tolist() and high.tolist() == ordered.max(axis=0).tolist()


@SOME
@given(specs(max_layers=3, channels=True))
def test_bounds_of_a_step_enclose_its_active_cells_and_those_with_a_value(spec: Spec) -> None:
    grids = make_grids(spec)
    for step, expected in enumerate(active_in_gather(spec)):
        for grid, active in zip(grids, expected, strict=True):
            assert_bounds_enclose(grid.active_bounds, step, active.window)
            assert_bounds_enclose(grid.value_bounds, step, active.read)


@SOME
@given(specs(channels=True, ops=("conv_transpose",)))
def test_bounds_of_a_stamp_enclose_all_of_it_and_the_part_that_is_kept(spec: Spec) -> None:
    grids = make_grids(spec)
    for step, expected in enumerate(active_in_scatter(spec)):
        for grid, active in zip(grids, expected, strict=True):
            assert_bounds_enclose(grid.active_bounds, step, active.window)
            assert_bounds_enclose(grid.value_bounds, step, active.read)


@SOME
@given(specs(max_layers=3, channels=True))
def test_each_grid_has_every_cell_once_with_x_fastest(spec: Spec) -> None:
    grids = make_grids(spec)
    assert sum(len(grid.cells) for grid in grids) == spec.tile_count
    for grid in grids:
        ordered = grid.cells[:, ::-1].tolist()
        assert ordered == sorted(ordered) and len({tuple(cell) for cell in ordered}) == len(ordered)
        assert np.prod(grid.sizes) == len(grid.cells) == len(grid.kinds)


@pytest.mark.parametrize("show", [{}, {"transposed": "scatter"}, {"cropped": "on"}, {"cropped": "off"}])
def test_each_cell_of_a_cropped_and_padded_output_has_one_kind(show: dict[str, Any]) -> None:
    layer = {"op": "conv_transpose", "input": [3, 4], "kernel": 3, "stride": 2, "padding": [[1, 2], [0, 1]],
             "output_padding": [1, 0]}  # fmt: skip
    spec = spec_from_table({"layer": layer, "walk": SHORT_WALK, "show": show})
    (output,) = [grid for grid in make_grids(spec) if grid.name == "Output"]
    rows, columns = spec.layer.output
    is_drawn = show.get("cropped") != "off"
    assert (output.kinds == CROPPED).any() == is_drawn
    for (x, y, *_), kind in zip(output.cells.astype(int).tolist(), output.kinds.tolist(), strict=True):
        is_outside = not (0 <= y < rows and 0 <= x < columns)
        assert kind == (CROPPED if is_outside else OUTPUT_PADDING if y == rows - 1 else INPUT)


def test_grids_are_named_from_the_lowest_up() -> None:
    chain = [{"op": "conv", "input": 6, "kernel": 3}, {"op": "max_pool", "kernel": 2}, {"op": "conv", "kernel": 2}]
    assert [grid.name for grid in make_grids(spec_from_table({"layers": chain}))] == [
        "Input",
        "Convolution",
        "Max pooling",
        "Output",
    ]
    deeper = spec_from_table({"layers": [*chain[:2], {"op": "conv", "kernel": 1}, {"op": "conv", "kernel": 1}]})
    assert [grid.name for grid in make_grids(deeper)] == [
        "Input",
        "Convolution 1",
        "Max pooling",
        "Convolution 2",
        "Output",
    ]
    layer = {"op": "conv_transpose", "input": 3, "kernel": 2}
    scatter = spec_from_table({"layer": layer, "show": {"transposed": "scatter"}})
    assert [grid.name for grid in make_grids(scatter)] == ["Output", "Input"]


def test_one_channel_represents_all_where_they_are_not_shown() -> None:
    layer = {"op": "conv", "input": 4, "kernel": 3, "in_channels": 20, "out_channels": 3}
    for channels, counts in (("auto", [1, 1]), ("off", [1, 1]), ("on", [20, 3])):
        grids = make_grids(spec_from_table({"layer": layer, "show": {"all_channels": channels}}))
        assert [len(grid.axes[0].cells) for grid in grids] == counts
