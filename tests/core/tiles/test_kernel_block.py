# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel stands above the cells it is applied to, near the grid, and is shown where it should be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from kernelwalk.core import Plan, Spec, make_plan, spec_from_table

from ..brute_force import Cell, active_in_gather, active_in_scatter, specs

SOME = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def with_kernel(spec: Spec) -> Plan:
    table = spec.to_table()
    table["show"] |= {"kernel": "on", "cropped": "on"}
    return make_plan(spec_from_table(table))


def under_kernel(plan: Plan, frame: float) -> set[Cell]:
    """Return the cells of the grid below that the kernel's tiles stand above on a frame."""
    assert plan.kernel is not None
    below = plan.grids[-2]
    cells = set()
    for center in plan.kernel.base_centers + plan.kernel_offset_at(frame):
        offsets = center - below.base_centers
        is_below = (np.abs(offsets[:, :2]) < 1e-6).all(axis=1) & (offsets[:, 2] > 0)
        nearest = np.flatnonzero(is_below)[np.argmin(offsets[is_below, 2])]
        cells.add(tuple(map(int, below.cells[nearest])))
    assert len(cells) == len(plan.kernel.cells), "each tile stands above a cell of its own"
    return cells


@SOME
@given(specs(max_layers=3, channels=True))
def test_the_kernel_stands_above_the_receptive_field_tap_by_tap(spec: Spec) -> None:
    plan = with_kernel(spec)
    if spec.layer.op not in ("conv", "conv_transpose"):
        assert plan.kernel is None, "nothing else has weights"
        return
    for frame, active in zip(plan.frames, active_in_gather(spec), strict=True):
        assert under_kernel(plan, frame) == active[-2].window


@SOME
@given(specs(channels=True, ops=("conv_transpose",)))
def test_in_scatter_the_kernel_stands_above_the_stamp(spec: Spec) -> None:
    plan = with_kernel(spec)
    for frame, active in zip(plan.frames, active_in_scatter(plan.spec), strict=True):
        assert under_kernel(plan, frame) == active[0].window


def test_the_kernel_hovers_between_the_grids_and_is_smaller_than_their_tiles() -> None:
    layer = {"op": "conv", "input": 5, "kernel": 3, "dilation": 2}
    plan = make_plan(spec_from_table({"layer": layer, "show": {"kernel": "on"}}))
    assert plan.kernel is not None and plan.kernel.size < plan.grids[0].size
    (low, high), (below, above) = plan.kernel.bounds, (plan.grids[0].bounds, plan.grids[1].bounds)
    assert below[1, 2] < low[2] and high[2] < above[0, 2]


@pytest.mark.parametrize("projection", ["orthographic", "perspective"])
@pytest.mark.parametrize("elevation", [45.0, 60.0, 61.0, 80.0, 89.9, 90.0])
def test_the_kernel_stays_near_the_grid_at_any_elevation(elevation: float, projection: str) -> None:
    layer = {"op": "conv", "input": 6, "kernel": 3, "in_channels": 2}
    camera = {"elevation": elevation, "projection": projection}
    plan = make_plan(spec_from_table({"layer": layer, "camera": camera, "show": {"kernel": "on"}}))
    assert plan.kernel is not None
    height = plan.kernel.base_centers[:, 2].min() - plan.grids[0].bounds[1, 2]
    assert 0 < height < 2
    assert np.abs(plan.view.location).max() < 1000


@pytest.mark.parametrize(
    ("layer", "kernel", "shown"),
    [
        ({}, "auto", False),
        ({}, "on", True),
        ({"in_channels": 2}, "auto", True),
        ({"in_channels": 2}, "off", False),
        ({"in_channels": 30}, "auto", False),
    ],
)
def test_the_kernel_is_shown_with_channels_or_on_request(layer: dict[str, Any], kernel: str, shown: bool) -> None:
    table = {"layer": {"op": "conv", "input": 5, "kernel": 3, **layer}, "show": {"kernel": kernel}}
    assert (make_plan(spec_from_table(table)).kernel is not None) == shown


def test_the_kernel_has_a_slice_for_each_channel_of_a_group() -> None:
    layer = {"op": "conv", "input": 5, "kernel": [3, 2], "in_channels": 6, "out_channels": 4, "groups": 2}
    plan = make_plan(spec_from_table({"layer": layer, "walk": {"filters": "each"}}))
    assert plan.kernel is not None and len(plan.kernel.cells) == 3 * 2 * 3
    together = make_plan(spec_from_table({"layer": layer}))
    assert together.kernel is not None and len(together.kernel.cells) == 3 * 2 * 6
