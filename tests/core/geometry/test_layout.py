# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiles do not overlap, slices and channels do not hide each other, and everything is in the picture."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernelwalk.core import Plan, Spec, make_plan, spec_from_table
from kernelwalk.core.plan.solver import MAX_WIDENING
from kernelwalk.core.tiles.tile_grid import TileGrid

from ..brute_force import SHORT_WALK, specs

SOME = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))

SHOWS = st.fixed_dictionaries(
    {"stack": st.sampled_from(["auto", "beside", "above"]), "spread": st.sampled_from([0.0, 1.0, 2.5])}
)
CAMERAS = st.fixed_dictionaries(
    {"azimuth": st.sampled_from([0.0, 30.0, -120.0]), "elevation": st.sampled_from([15.0, 38.0, 59.0, 90.0])}
)
LOOKS = st.fixed_dictionaries(
    {
        "tile_size": st.sampled_from([0.5, 0.92, 1.0]),
        "thickness": st.sampled_from([0.0, 0.22, 1.0]),
        "first_row": st.sampled_from(["far", "near"]),
    }
)


def plan_with(spec: Spec, **sections: dict[str, Any]) -> Plan:
    table = spec.to_table()
    for name, section in sections.items():
        table[name] |= section
    return make_plan(spec_from_table(table))


def tile_boxes(grid: TileGrid) -> tuple[np.ndarray, np.ndarray]:
    """Return each tile's lowest and highest corner, each (n, 3)."""
    half = np.array([grid.size / 2, grid.size / 2, 0])
    height = np.array(grid.thicknesses)[grid.kinds][:, None] * [0, 0, 1]
    return grid.base_centers - half, grid.base_centers + half + height


def overlaps(low: np.ndarray, high: np.ndarray, others_low: np.ndarray, others_high: np.ndarray) -> np.ndarray:
    """Return True, shape (n, m), where the insides of boxes overlap."""
    tolerance = 1e-6
    return ((low[:, None] < others_high[None] - tolerance) & (others_low[None] < high[:, None] - tolerance)).all(axis=2)


@SOME
@given(specs(max_layers=3, channels=True), SHOWS, CAMERAS, LOOKS)
def test_no_two_tiles_overlap(spec: Spec, show: dict[str, Any], camera: dict[str, Any], look: dict[str, Any]) -> None:
    plan = plan_with(spec, show=show, camera=camera, look={**look, "thickness": max(look["thickness"], 0.1)})
    low, high = (np.concatenate(corners) for corners in zip(*map(tile_boxes, plan.grids), strict=True))
    overlapping = overlaps(low, high, low, high)
    assert overlapping.diagonal().all(), "a box has an inside"
    assert overlapping.sum() == len(overlapping)


def test_padding_slices_of_a_grid_stand_above_the_grid_below() -> None:
    pooling = {"op": "avg_pool", "kernel": [2, 1, 1], "padding": [1, 0, 0]}
    layers = [{"op": "conv", "input": [1, 1, 1], "kernel": 1}, pooling]
    plan = make_plan(spec_from_table({"layers": layers, "show": {"stack": "above"}, "look": {"thickness": 1.0}}))
    below, above = (tile_boxes(grid) for grid in plan.grids[:2])
    assert above[0][:, 2].min() > below[1][:, 2].max()


@pytest.mark.parametrize("look", [{}, {"gap": 3.0}])
def test_padding_slices_stand_above_the_floor(look: dict[str, Any]) -> None:
    layer = {"op": "conv", "input": [3, 3, 3], "kernel": 3, "padding": 1}
    plan = make_plan(spec_from_table({"layer": layer, "show": {"stack": "above"}, "look": look}))
    below, above = (tile_boxes(grid) for grid in plan.grids)
    assert below[0][:, 2].min() > 0
    assert above[0][:, 2].min() > below[1][:, 2].max()


def find_hidden(plan: Plan, grid: TileGrid, by: TileGrid) -> np.ndarray:
    """Return True, shape (n,), where a tile of `by` hides the middle of a tile's top from an orthographic camera."""
    backward = plan.view.axes[2]
    tops = grid.base_centers + np.array(grid.thicknesses)[grid.kinds][:, None] * [0, 0, 1]
    low, high = tile_boxes(by)
    with np.errstate(divide="ignore", invalid="ignore"):
        distances = np.sort((np.stack([low, high])[:, None] - tops[None, :, None]) / backward, axis=0)
    enters, leaves = distances[0].max(axis=2), distances[1].min(axis=2)
    blocks = leaves > np.maximum(enters, 0) + 1e-6
    if by is grid:
        np.fill_diagonal(blocks, False)
    return blocks.any(axis=1)


SPREAD_LAYERS = {
    "blocks": {"op": "conv", "input": [4, 3, 5], "kernel": 2, "padding": 1},
    "channels": {"op": "conv", "input": [4, 6], "kernel": 3, "in_channels": 4, "out_channels": 3},
    "channels of blocks": {"op": "conv", "input": [3, 2, 3], "kernel": 2, "in_channels": 2, "out_channels": 3},
    "channels of rows": {"op": "conv", "input": [7], "kernel": 3, "in_channels": 3, "out_channels": 4},
}


@pytest.mark.parametrize("name", SPREAD_LAYERS)
@pytest.mark.parametrize(("stack", "elevation"), [("beside", 20.0), ("beside", 90.0), ("above", 20.0), ("above", 55.0)])
@pytest.mark.parametrize("azimuth", [0.0, 30.0, 75.0])
def test_no_slice_hides_another(name: str, stack: str, elevation: float, azimuth: float) -> None:
    camera = {"elevation": elevation, "azimuth": azimuth}
    plan = make_plan(
        spec_from_table({"layer": SPREAD_LAYERS[name], "walk": SHORT_WALK, "show": {"stack": stack}, "camera": camera})
    )
    for grid in plan.grids:
        assert not find_hidden(plan, grid, grid).any()


@pytest.mark.parametrize("name", SPREAD_LAYERS)
def test_slices_side_by_side_have_one_height_and_stacked_slices_several(name: str) -> None:
    for stack in ("beside", "above"):
        plan = make_plan(spec_from_table({"layer": SPREAD_LAYERS[name], "walk": SHORT_WALK, "show": {"stack": stack}}))
        for grid in plan.grids:
            slices = len(np.unique(grid.cells[:, 2:], axis=0))
            assert len(np.unique(grid.base_centers[:, 2].round(6))) == (1 if stack == "beside" else slices)


@pytest.mark.parametrize("stack", ["beside", "above"])
def test_equally_many_channels_stand_above_each_other(stack: str) -> None:
    chain = [
        {"op": "conv", "input": [6, 7], "kernel": 3, "in_channels": 3, "out_channels": 3, "groups": 3},
        {"op": "max_pool", "kernel": 2},
    ]
    plan = make_plan(spec_from_table({"layers": chain, "walk": SHORT_WALK, "show": {"stack": stack}}))
    middles = []
    for grid in plan.grids:
        by_channel = [grid.base_centers[grid.cells[:, 3] == channel] for channel in range(3)]
        middles.append(np.array([(centers.min(axis=0) + centers.max(axis=0))[:2] / 2 for centers in by_channel]))
    for upper in middles[1:]:
        offsets = upper - middles[0]
        assert offsets == pytest.approx(np.broadcast_to(offsets[0], offsets.shape))


@pytest.mark.parametrize("spread", [0.0, 0.5, 3.0])
def test_the_spread_scales_the_free_tiles_between_slices(spread: float) -> None:
    layer = SPREAD_LAYERS["channels"]
    plan = make_plan(
        spec_from_table({"layer": layer, "walk": SHORT_WALK, "show": {"stack": "beside", "spread": spread}})
    )
    for grid in plan.grids:
        columns = np.unique(grid.base_centers[:, 0].round(6))
        gaps = np.diff(columns)
        assert gaps.max() == pytest.approx(1 + spread)


@SOME
@given(specs(channels=True))
def test_auto_chooses_the_stack_with_larger_tiles_up_to_the_cost_of_stretching(spec: Spec) -> None:
    widths = {stack: plan_with(spec, show={"stack": stack}).view.width for stack in ("auto", "beside", "above")}
    assert widths["auto"] <= min(widths["beside"], widths["above"]) * MAX_WIDENING * (1 + 1e-3)


@SOME
@given(specs(max_layers=3, channels=True), SHOWS, CAMERAS, st.sampled_from([[640, 360], [300, 600]]))
def test_tiles_lines_and_kernel_stay_in_the_picture(
    spec: Spec, show: dict[str, Any], camera: dict[str, Any], resolution: list[int]
) -> None:
    table = {"show": show | {"kernel": "on"}, "camera": camera, "render": {"resolution": resolution}}
    plan = plan_with(spec, **table, labels={"title": True, "names": True, "caption": True})
    points = [np.concatenate(tile_boxes(grid)) for grid in plan.grids]
    for frame in plan.frames:
        lines, *arches = plan.lines_at(frame)
        points.append(lines.reshape(-1, 3))
        for start, middle, end in itertools.chain.from_iterable(arches):
            points.append(np.array([start, (start + 2 * middle + end) / 4, end]))
        if plan.kernel is not None:
            points.append(np.concatenate(tile_boxes(plan.kernel)) + plan.kernel_offset_at(frame))
    projected = plan.view.project(np.concatenate(points))
    margin = plan.spec.camera.margin
    assert (projected >= margin - 1e-6).all() and (projected <= 1 - margin + 1e-6).all()


@SOME
@given(specs(channels=True, ops=("conv_transpose",)))
def test_in_scatter_tiles_lines_and_kernel_stay_in_the_picture(spec: Spec) -> None:
    plan = plan_with(spec, show={"kernel": "on"})
    points = [np.concatenate(tile_boxes(grid)) for grid in plan.grids]
    for frame in plan.frames:
        points.append(plan.lines_at(frame)[0].reshape(-1, 3))
        assert plan.kernel is not None
        points.append(np.concatenate(tile_boxes(plan.kernel)) + plan.kernel_offset_at(frame))
    projected = plan.view.project(np.concatenate(points))
    assert (projected > 0).all() and (projected < 1).all()
