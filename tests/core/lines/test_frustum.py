# SPDX-License-Identifier: GPL-3.0-or-later
"""The frustum between an output tile and its receptive field has the connectors as its edges, on every frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernelwalk.core import Plan, make_plan, spec_from_table
from kernelwalk.core.incremental.changed_regions import find_base_frame, find_changed_regions

LAYERS: dict[str, dict[str, Any]] = {
    "plain": {"op": "conv", "input": 6, "kernel": 3, "padding": 1},
    "channels": {"op": "conv", "input": 5, "kernel": 3, "in_channels": 2, "out_channels": 2},
    "3D": {"op": "conv", "input": [3, 4, 4], "kernel": 2},
}


def plan_with(layer: str, **look: Any) -> Plan:
    return make_plan(spec_from_table({"layer": LAYERS[layer], "look": {"frustum": 0.2} | look}))


@pytest.mark.parametrize("layer", LAYERS)
def test_the_edges_of_a_frustum_are_the_connectors_on_every_frame(layer: str) -> None:
    plan = plan_with(layer)
    assert plan.frustum is not None and len(plan.frustum.sides) == 4 * len(plan.lines[0].edge_groups)
    for frame in plan.frames[::5]:
        frustums = plan.frustum_at(frame)
        if not plan.activity_at(frame):
            assert not len(frustums)
            continue
        lines = plan.lines_at(frame)[0]
        for first, frustum in zip(plan.lines[0].edge_groups, frustums, strict=True):
            assert frustum.reshape(4, 2, 3) == pytest.approx(lines[first : first + 4], abs=1e-9)


def test_each_side_lies_between_two_neighboring_lines() -> None:
    plan = plan_with("plain")
    assert plan.frustum is not None
    corners = plan.frustum.points[0]
    for side in plan.frustum.sides:
        around = corners[side]
        is_tall = np.abs(around[:, 2] - np.roll(around[:, 2], 1)) > 1  # higher than a tile
        assert is_tall.sum() == 2, "up one line and down the next"
    assert sorted(np.bincount(plan.frustum.sides.ravel()).tolist()) == [2] * 8


def test_keyframes_fit_shape_keys_and_their_number_depends_on_steps_alone() -> None:
    plan = plan_with("plain")
    curves = {name: curve for name, curve in plan.curves.items() if name.startswith("frustum.")}
    assert curves and all(np.abs(curve.values).max() <= 1 for curve in curves.values())
    slow = make_plan(
        spec_from_table({"layer": LAYERS["plain"], "look": {"frustum": 0.2}, "walk": {"frames_per_step": 40}})
    )
    assert all(len(slow.curves[name].frames) == len(curve.frames) for name, curve in curves.items())


def test_an_opacity_of_zero_makes_no_frustum() -> None:
    plan = plan_with("plain", frustum=0.0)
    assert plan.frustum is None and not any(name.startswith("frustum.") for name in plan.curves)


def test_the_frustum_is_inside_the_changed_regions() -> None:
    plan = plan_with("plain")
    frame = plan.spec.walk.start_frame(20)
    middle = plan.frustum_at(frame)[0].mean(axis=0)
    x, y = (plan.view.project(middle) * plan.spec.render.resolution).tolist()
    regions = find_changed_regions(plan, frame, find_base_frame(plan))
    assert any(left <= x < left + w and low <= y < low + h for left, low, w, h in regions)
