# SPDX-License-Identifier: GPL-3.0-or-later
"""The visit counts of tiles on every frame are those of stamps set one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from kernelwalk.core import Plan, Spec, make_plan, spec_from_table
from kernelwalk.core.layers.axis import CROPPED
from kernelwalk.core.spec.colors_section import srgb_to_linear

from ..brute_force import Cell, active_in_scatter, specs

SOME = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


def counts(plan: Plan, frame: float) -> dict[Cell, int]:
    output, state = plan.grids[0], plan.state_at(frame)
    assert output.name == "Output" and output.visit_counts is not None
    values = output.visit_counts.count_at(state.last_position, state.reversed_axes)
    assert (values == values.round()).all()
    return {(int(x), int(y), int(z), int(c)): int(n) for (x, y, z, c), n in zip(output.cells, values, strict=True)}


def timed(spec: Spec, **walk: Any) -> Plan:
    table = spec.to_table()
    table["walk"] |= {"lead_in": 2, "lead_out": 2, "frames_per_step": 3, **walk}
    return make_plan(spec_from_table(table))


@SOME
@given(specs(channels=True, ops=("conv_transpose",)))
def test_each_step_adds_a_stamp_to_the_cells_under_its_kernel(spec: Spec) -> None:
    plan = timed(spec)
    stamps = dict.fromkeys(counts(plan, 1), 0)
    assert counts(plan, 1) == counts(plan, 2) == stamps, "there are none before the first step"
    for step, (below, _) in enumerate(active_in_scatter(spec)):
        for cell in below.window & stamps.keys():
            stamps[cell] += 1
        start = plan.spec.walk.start_frame(step)
        for frame in (start, start + 1, start + 2):  # at rest, and in transition
            assert counts(plan, frame) == stamps
    assert counts(plan, plan.frames.stop - 1) == stamps, "stamps stay"
    kept = [stamps[tuple(map(int, cell))] for cell, kind in zip(plan.grids[0].cells, plan.grids[0].kinds, strict=True)
            if kind != CROPPED]  # fmt: skip
    visit_counts = plan.grids[0].visit_counts
    assert visit_counts is not None and visit_counts.max_count == max(1, *kept, 1)


def test_overlap_makes_a_checkerboard_where_the_stride_does_not_divide_the_kernel() -> None:
    layer = {"op": "conv_transpose", "input": 4, "kernel": 3, "stride": 2}
    plan = make_plan(spec_from_table({"layer": layer, "show": {"transposed": "scatter"}}))
    last = counts(plan, plan.frames.stop - 1)
    rows = [[last[x, y, 0, 0] for x in range(1, 8)] for y in range(1, 8)]
    assert rows[0] == [1, 2, 1, 2, 1, 2, 1] and rows[1] == [2, 4, 2, 4, 2, 4, 2]
    even = {**layer, "kernel": 4, "padding": 1}
    plan = make_plan(spec_from_table({"layer": even, "show": {"transposed": "scatter", "cropped": "off"}}))
    inner = counts(plan, plan.frames.stop - 1)
    assert {inner[x, y, 0, 0] for x in range(1, 7) for y in range(1, 7)} == {4}


@pytest.mark.parametrize(
    "layer", [{"op": "conv", "input": 4, "kernel": 3}, {"op": "max_pool", "input": 4, "kernel": 2}]
)
def test_layers_that_gather_set_no_stamps(layer: dict[str, Any]) -> None:
    plan = make_plan(spec_from_table({"layer": layer, "show": {"transposed": "scatter"}}))
    assert all(grid.visit_counts is None for grid in plan.grids)


def test_colors_go_from_one_stamp_to_the_most_except_for_cropped_tiles() -> None:
    layer = {"op": "conv_transpose", "input": 3, "kernel": 3, "stride": 2, "padding": 1}
    plan = make_plan(spec_from_table({"layer": layer, "show": {"transposed": "scatter"}}))
    colors, output = plan.spec.look.colors, plan.grids[0]
    last = counts(plan, plan.frames.stop - 1)
    assert set(last.values()) == {1, 2, 4}
    low, high = srgb_to_linear(colors.one_stamp), srgb_to_linear(colors.most_stamps)
    final = plan.colors_at(plan.frames.stop - 1)["Output"]
    for cell, kind, color in zip(output.cells.astype(int), output.kinds, final, strict=True):
        share = (last[tuple(cell.tolist())] - 1) / 3
        expected = srgb_to_linear(colors.cropped) if kind == CROPPED else low + share * (high - low)
        assert color == pytest.approx(expected)
    idle = plan.colors_at(1)["Output"][output.kinds != CROPPED]
    assert np.allclose(idle, srgb_to_linear(colors.output)), "no stamp has been set yet"


@pytest.mark.parametrize("order", ["rows", "columns", "serpentine"])
def test_the_order_of_positions_tells_which_tiles_have_been_visited(order: str) -> None:
    layer = {"op": "conv", "input": [3, 4], "kernel": 2, "in_channels": 2, "out_channels": 3}
    walk = {"order": order, "trail": True, "filters": "each", "frames_per_step": 1}
    plan = make_plan(spec_from_table({"layer": layer, "walk": walk}))
    visits = plan.grids[-1].visit_counts
    assert visits is not None and visits.order_weights is not None
    for frame in plan.frames:
        state = plan.state_at(frame)
        later = np.sign(visits.active_ranges.first[0] - state.last_position)
        weighted = later @ (visits.order_weights * (1 - 2 * state.reversed_axes))
        assert ((weighted <= 0) == visits.count_at(state.last_position, state.reversed_axes)).all()
