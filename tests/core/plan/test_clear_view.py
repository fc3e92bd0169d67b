# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture is easy to read: room between grids, a kernel that hides no input, no more lines than necessary."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core import load_preset, make_plan, spec_from_table
from kernelwalk.core.plan.solver import MAX_WIDENING


def test_a_wide_scene_with_room_above_it_has_higher_grids_that_are_hardly_smaller() -> None:
    plan = make_plan(load_preset("conv1d"))
    lowest = make_plan(
        spec_from_table(
            {**load_preset("conv1d").to_table(), "look": {**load_preset("conv1d").to_table()["look"], "gap": 2.0}}
        )
    )
    gap, lowest_gap = (each.grids[1].base_centers[:, 2].min() - each.grids[0].bounds[1, 2] for each in (plan, lowest))
    assert gap > 1.5 * lowest_gap
    assert plan.view.width <= MAX_WIDENING * lowest.view.width


@pytest.mark.parametrize("name", ["channels", "grouped", "depthwise", "pointwise"])
def test_the_kernels_tiles_are_opaque_and_hide_no_middle_of_an_input_tile(name: str) -> None:
    plan = make_plan(load_preset(name))
    assert plan.kernel is not None and plan.kernel.opacity == 1.0
    for frame in [float(plan.spec.walk.start_frame(step)) for step in range(0, plan.spec.step_count, 7)]:
        kernel = plan.kernel.base_centers + plan.kernel_offset_at(frame)
        tops = [[0, 0, 0], [0, 0, plan.kernel.thicknesses[0]]]
        half = plan.kernel.size / 2 * np.array([[x, y, 0] for x in (-1, 1) for y in (-1, 1)])
        inputs = plan.grids[0].base_centers + np.array([0, 0, plan.spec.look.thickness])
        for tile in kernel:
            outline = plan.view.project((tile + half[:, None] + np.array(tops)).reshape(-1, 3)) * plan.view.width
            middles = plan.view.project(inputs) * plan.view.width
            is_inside = ((middles > outline.min(axis=0)) & (middles < outline.max(axis=0))).all(axis=1)
            assert not is_inside.any()


def test_channels_of_one_axis_share_one_set_of_connectors() -> None:
    flat = make_plan(load_preset("conv1d_channels"))
    assert flat.lines[0].points.shape[1] == 4
    spread = make_plan(load_preset("channels"))
    assert spread.lines[0].points.shape[1] == 4 * 3
