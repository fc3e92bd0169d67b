# SPDX-License-Identifier: GPL-3.0-or-later
"""Arches connect each padding cell that a step reads with the input cell whose value it holds, and no others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernelwalk.core import Plan, Spec, make_plan, spec_from_table
from kernelwalk.core.layers.axis import INPUT, PADDING
from kernelwalk.core.lines.padding_arches import MAX_ARCHES

from ..brute_force import SHORT_WALK, cells_under_window, make_cell, parse_or_reject, steps

SOME = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

Arch = tuple[tuple[int, ...], tuple[int, ...]]
"""An input cell and a padding cell."""


@st.composite
def padded_specs(draw: st.DrawFn) -> Spec:
    dims = draw(st.integers(1, 3))
    sizes = st.lists(st.integers(1, 3 if dims < 3 else 2), min_size=dims, max_size=dims)
    layer = {
        "op": "conv",
        "input": draw(st.lists(st.integers(2, 4), min_size=dims, max_size=dims)),
        "kernel": draw(sizes),
        "stride": draw(sizes),
        "dilation": draw(sizes),
        "padding": [draw(st.lists(st.integers(0, 2), min_size=2, max_size=2)) for _ in range(dims)],
        "padding_mode": draw(st.sampled_from(["reflect", "replicate", "circular"])),
        "in_channels": draw(st.integers(1, 2)),
        "out_channels": draw(st.integers(1, 2)),
    }
    walk = {**SHORT_WALK, "filters": draw(st.sampled_from(["together", "each"]))}
    return parse_or_reject({"layer": layer, "walk": walk, "show": {"all_channels": "on"}})


def expected_arches(spec: Spec) -> list[set[Arch]]:
    """Return the copies that each step reads, from the cells of its window and its taps."""
    layer = spec.layer
    by_step = []
    for _, position in steps(spec):
        # by tap, both in the same order
        window_cells, sources = list(cells_under_window(layer, position)), [index for _, index in layer.taps(position)]
        by_step.append(
            {
                (make_cell(0, source), make_cell(0, cell))
                for cell, source in zip(window_cells, sources, strict=True)
                if source is not None and cell != source
            }
        )
    return by_step


def drawn_arches(plan: Plan, frame: float) -> set[Arch]:
    """Return the arches on a frame, by the tiles that they end on."""
    below = plan.grids[-2]
    arches = set()
    for start, middle, end in plan.lines_at(frame)[1]:
        ends = []
        for point, kind in ((start, INPUT), (end, PADDING)):
            (tile,) = np.flatnonzero(
                (np.abs(below.base_centers - point)[:, :2] < 1e-6).all(axis=1)
                & (below.base_centers[:, 2] < point[2])
                & (point[2] < below.base_centers[:, 2] + 1)
            )
            assert below.kinds[tile] == kind
            assert point[2] == pytest.approx(below.base_centers[tile, 2] + below.thicknesses[kind])
            ends.append(tuple(map(int, below.cells[tile])))
        assert middle[:2] == pytest.approx((start + end)[:2] / 2) and middle[2] > max(start[2], end[2])
        arches.add((ends[0], ends[1]))
    return arches


@SOME
@given(padded_specs())
def test_each_copy_that_a_step_reads_has_an_arch_and_nothing_else_does(spec: Spec) -> None:
    plan = make_plan(spec)
    by_hand = expected_arches(spec)
    if not any(by_hand):
        assert [lines.name for lines in plan.lines] == ["connectors"]
        return
    assert plan.lines[1].name == "arches" and plan.lines[1].is_arched
    for frame, arches in zip(plan.frames, by_hand, strict=True):
        shown = drawn_arches(plan, frame)
        assert {tuple(end[:3] for end in arch) for arch in shown} == {tuple(end[:3] for end in arch) for arch in arches}
        assert len({arch[0][3] for arch in shown} | {arch[1][3] for arch in shown}) <= 1, (
            "all arches stand in one channel"
        )


def test_in_a_chain_the_last_layer_has_arches() -> None:
    chain = [
        {"op": "conv", "input": 6, "kernel": 3, "padding": 1, "padding_mode": "reflect"},
        {"op": "conv", "kernel": 3, "padding": 1, "padding_mode": "circular"},
    ]
    plan = make_plan(spec_from_table({"layers": chain, "walk": SHORT_WALK}))
    heights = plan.lines[1].points[..., 2]
    assert heights.min() > plan.grids[0].bounds[1, 2], "the arches stand on the feature map"
    alone = expected_arches(spec_from_table({"layer": {**chain[1], "input": 6}, "walk": SHORT_WALK}))
    assert [drawn_arches(plan, frame) for frame in plan.frames] == alone


def test_arches_jump_from_step_to_step() -> None:
    layer = {"op": "conv", "input": 4, "kernel": 3, "padding": 1, "padding_mode": "circular"}
    walk = {"frames_per_step": 6, "hold": 2, "lead_in": 3, "lead_out": 2}
    plan = make_plan(spec_from_table({"layer": layer, "walk": walk}))
    by_hand = expected_arches(plan.spec)
    for frame in plan.frames:
        step = plan.spec.walk.step_at(frame, plan.spec.step_count)
        assert drawn_arches(plan, frame) == (set() if step is None else by_hand[step])


@pytest.mark.parametrize("layer", [
    {"op": "conv", "input": 4, "kernel": 3, "padding": 1},
    {"op": "conv", "input": 4, "kernel": 3, "padding_mode": "reflect"},
    {"op": "max_pool", "input": 4, "kernel": 2, "padding": 1},
])  # fmt: skip
def test_zero_padding_and_layers_without_padding_have_no_arches(layer: dict[str, Any]) -> None:
    assert len(make_plan(spec_from_table({"layer": layer, "walk": SHORT_WALK})).lines) == 1


def test_arches_can_be_switched_off_and_are_left_out_if_there_are_too_many() -> None:
    layer = {"op": "conv", "input": 4, "kernel": 3, "padding": 1, "padding_mode": "circular"}
    assert len(make_plan(spec_from_table({"layer": layer, "walk": SHORT_WALK, "show": {"arches": False}})).lines) == 1
    for kernel, count in ((8, 2), (9, 1)):
        wide = {**layer, "input": [1, 8], "kernel": [kernel, 8], "padding": [[kernel, 0], [0, 0]]}
        wide["padding_mode"] = "replicate"
        plan = make_plan(spec_from_table({"layer": wide, "walk": SHORT_WALK}))
        maximum = max(map(len, expected_arches(plan.spec)))
        assert len(plan.lines) == count and (maximum <= MAX_ARCHES) == (count == 2)
