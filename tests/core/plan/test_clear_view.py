# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes a picture easy to read: room between grids, a kernel beside what it reads, no more lines than it takes."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core import load_preset, make_plan, spec_from_table
from kernelwalk.core.plan.plan import MAX_WIDENING


def test_where_a_wide_scene_leaves_room_above_it_grids_stand_higher_and_are_hardly_smaller() -> None:
    made = make_plan(load_preset("conv1d"))
    lowest = make_plan(
        spec_from_table(
            {**load_preset("conv1d").to_table(), "look": {**load_preset("conv1d").to_table()["look"], "gap": 2.0}}
        )
    )
    apart = [each.grids[1].base_centers[:, 2].min() - each.grids[0].bounds[1, 2] for each in (made, lowest)]
    assert apart[0] > 1.5 * apart[1]
    assert made.view.width <= MAX_WIDENING * lowest.view.width


@pytest.mark.parametrize("name", ["channels", "grouped", "depthwise", "pointwise"])
def test_the_kernels_tiles_are_opaque_and_leave_the_middles_of_those_that_they_read_to_be_seen(name: str) -> None:
    made = make_plan(load_preset(name))
    assert made.kernel is not None and made.kernel.opacity == 1.0
    for frame in [float(made.spec.walk.start_frame(step)) for step in range(0, made.spec.step_count, 7)]:
        kernel = made.kernel.base_centers + made.kernel_offset_at(frame)
        tops = [[0, 0, 0], [0, 0, made.kernel.thicknesses[0]]]
        half = made.kernel.size / 2 * np.array([[x, y, 0] for x in (-1, 1) for y in (-1, 1)])
        seen = made.grids[0].base_centers + np.array([0, 0, made.spec.look.thickness])
        for chip in kernel:
            outline = made.view.project((chip + half[:, None] + np.array(tops)).reshape(-1, 3)) * made.view.width
            middles = made.view.project(seen) * made.view.width
            inside = ((middles > outline.min(axis=0)) & (middles < outline.max(axis=0))).all(axis=1)
            assert not inside.any()


def test_channels_of_one_axis_have_one_set_of_connectors_around_all_of_them() -> None:
    flat = make_plan(load_preset("conv1d_channels"))
    assert flat.lines[0].points.shape[1] == 4
    spread = make_plan(load_preset("channels"))
    assert spread.lines[0].points.shape[1] == 4 * 3
