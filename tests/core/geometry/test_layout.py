# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiles stand apart from each other, slices and channels are seen past each other, and all is in the picture."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernelwalk.core import Plan, Spec, make_plan, spec_from_table
from kernelwalk.core.plan.plan import MAX_WIDENING
from kernelwalk.core.tiles.tile_grid import TileGrid

from ..receptive import SHORT_WALK, specs

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


def changed(spec: Spec, **sections: dict[str, Any]) -> Plan:
    table = spec.to_table()
    for name, section in sections.items():
        table[name] |= section
    return make_plan(spec_from_table(table))


def boxes(grid: TileGrid) -> tuple[np.ndarray, np.ndarray]:
    """Shapes (n, 3): each tile's lowest and highest corner."""
    half = np.array([grid.size / 2, grid.size / 2, 0])
    height = np.array(grid.thicknesses)[grid.kinds][:, None] * [0, 0, 1]
    return grid.base_centers - half, grid.base_centers + half + height


def overlaps(low: np.ndarray, high: np.ndarray, others_low: np.ndarray, others_high: np.ndarray) -> np.ndarray:
    """Shape (n, m): whether the insides of boxes meet."""
    room = 1e-6
    return ((low[:, None] < others_high[None] - room) & (others_low[None] < high[:, None] - room)).all(axis=2)


@SOME
@given(specs(most_layers=3, channels=True), SHOWS, CAMERAS, LOOKS)
def test_no_two_tiles_meet(spec: Spec, show: dict[str, Any], camera: dict[str, Any], look: dict[str, Any]) -> None:
    made = changed(spec, show=show, camera=camera, look={**look, "thickness": max(look["thickness"], 0.1)})
    low, high = (np.concatenate(each) for each in zip(*map(boxes, made.grids), strict=True))
    met = overlaps(low, high, low, high)
    assert met.diagonal().all(), "a box has an inside"
    assert met.sum() == len(met)


def hidden(made: Plan, grid: TileGrid, by: TileGrid) -> np.ndarray:
    """Shape (n,): whether a tile of `by` is before the middle of each tile's top, as an orthographic camera sees it."""
    ahead = made.view.axes[2]
    tops = grid.base_centers + np.array(grid.thicknesses)[grid.kinds][:, None] * [0, 0, 1]
    low, high = boxes(by)
    with np.errstate(divide="ignore", invalid="ignore"):
        ways = np.sort((np.stack([low, high])[:, None] - tops[None, :, None]) / ahead, axis=0)
    enters, leaves = ways[0].max(axis=2), ways[1].min(axis=2)
    blocks = leaves > np.maximum(enters, 0) + 1e-6
    if by is grid:
        np.fill_diagonal(blocks, False)
    return blocks.any(axis=1)


SPREAD = {
    "blocks": {"op": "conv", "input": [4, 3, 5], "kernel": 2, "padding": 1},
    "channels": {"op": "conv", "input": [4, 6], "kernel": 3, "in_channels": 4, "out_channels": 3},
    "channels of blocks": {"op": "conv", "input": [3, 2, 3], "kernel": 2, "in_channels": 2, "out_channels": 3},
    "channels of rows": {"op": "conv", "input": [7], "kernel": 3, "in_channels": 3, "out_channels": 4},
}


@pytest.mark.parametrize("name", SPREAD)
@pytest.mark.parametrize(("stack", "elevation"), [("beside", 20.0), ("beside", 90.0), ("above", 20.0), ("above", 55.0)])
@pytest.mark.parametrize("azimuth", [0.0, 30.0, 75.0])
def test_no_slice_hides_another(name: str, stack: str, elevation: float, azimuth: float) -> None:
    camera = {"elevation": elevation, "azimuth": azimuth}
    made = make_plan(
        spec_from_table({"layer": SPREAD[name], "walk": SHORT_WALK, "show": {"stack": stack}, "camera": camera})
    )
    for grid in made.grids:
        assert not hidden(made, grid, grid).any()


@pytest.mark.parametrize("name", SPREAD)
def test_beside_slices_lie_at_one_height_and_above_at_many(name: str) -> None:
    for stack in ("beside", "above"):
        made = make_plan(spec_from_table({"layer": SPREAD[name], "walk": SHORT_WALK, "show": {"stack": stack}}))
        for grid in made.grids:
            slices = len(np.unique(grid.cells[:, 2:], axis=0))
            assert len(np.unique(grid.base_centers[:, 2].round(6))) == (1 if stack == "beside" else slices)


@pytest.mark.parametrize("stack", ["beside", "above"])
def test_where_there_are_as_many_each_channel_stands_over_the_one_below(stack: str) -> None:
    chain = [
        {"op": "conv", "input": [6, 7], "kernel": 3, "in_channels": 3, "out_channels": 3, "groups": 3},
        {"op": "max_pool", "kernel": 2},
    ]
    made = make_plan(spec_from_table({"layers": chain, "walk": SHORT_WALK, "show": {"stack": stack}}))
    middles = []
    for grid in made.grids:
        of = [grid.base_centers[grid.cells[:, 3] == channel] for channel in range(3)]
        middles.append(np.array([(each.min(axis=0) + each.max(axis=0))[:2] / 2 for each in of]))
    for upper in middles[1:]:
        apart = upper - middles[0]
        assert apart == pytest.approx(np.broadcast_to(apart[0], apart.shape))


@pytest.mark.parametrize("spread", [0.0, 0.5, 3.0])
def test_the_spread_scales_the_free_tiles_between_slices(spread: float) -> None:
    layer = SPREAD["channels"]
    made = make_plan(
        spec_from_table({"layer": layer, "walk": SHORT_WALK, "show": {"stack": "beside", "spread": spread}})
    )
    for grid in made.grids:
        columns = np.unique(grid.base_centers[:, 0].round(6))
        gaps = np.diff(columns)
        assert gaps.max() == pytest.approx(1 + spread)


@SOME
@given(specs(channels=True))
def test_auto_takes_the_stack_in_which_tiles_are_larger_but_for_what_room_between_grids_may_cost(spec: Spec) -> None:
    widths = {stack: changed(spec, show={"stack": stack}).view.width for stack in ("auto", "beside", "above")}
    assert widths["auto"] <= min(widths["beside"], widths["above"]) * MAX_WIDENING * (1 + 1e-3)


@SOME
@given(specs(most_layers=3, channels=True), SHOWS, CAMERAS, st.sampled_from([[640, 360], [300, 600]]))
def test_tiles_lines_and_kernel_are_in_the_picture_at_all_steps(
    spec: Spec, show: dict[str, Any], camera: dict[str, Any], resolution: list[int]
) -> None:
    made = changed(spec, show=show | {"kernel": "on"}, camera=camera, render={"resolution": resolution})
    points = [np.concatenate(boxes(grid)) for grid in made.grids]
    for frame in made.frames:
        points += [each.reshape(-1, 3) for each in made.lines_at(frame)[:1]]
        for start, middle, end in itertools.chain.from_iterable(made.lines_at(frame)[1:]):
            points.append(np.array([start, (start + 2 * middle + end) / 4, end]))
        if made.kernel is not None:
            points.append(np.concatenate(boxes(made.kernel)) + made.kernel_offset_at(frame))
    seen = made.view.project(np.concatenate(points))
    margin = made.spec.camera.margin
    assert (seen >= margin - 1e-6).all() and (seen <= 1 - margin + 1e-6).all()


@SOME
@given(specs(channels=True, ops=("conv_transpose",)))
def test_in_scatter_too(spec: Spec) -> None:
    made = changed(spec, show={"kernel": "on"})
    points = [np.concatenate(boxes(grid)) for grid in made.grids]
    for frame in made.frames:
        points.append(made.lines_at(frame)[0].reshape(-1, 3))
        assert made.kernel is not None
        points.append(np.concatenate(boxes(made.kernel)) + made.kernel_offset_at(frame))
    seen = made.view.project(np.concatenate(points))
    assert (seen > 0).all() and (seen < 1).all()
