# SPDX-License-Identifier: GPL-3.0-or-later
"""The body between an output tile and its receptive field has the connectors as its edges, on every frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core import Plan, make_plan, spec_from_table
from kernelwalk.core.incremental.changed_regions import _frustum_boxes, find_base_frame, find_changed_regions

LAYERS: dict[str, dict[str, Any]] = {
    "plain": {"op": "conv", "input": 6, "kernel": 3, "padding": 1},
    "channels": {"op": "conv", "input": 5, "kernel": 3, "in_channels": 2, "out_channels": 2},
    "3D": {"op": "conv", "input": [3, 4, 4], "kernel": 2},
}


def planned(layer: str, **look: Any) -> Plan:
    return make_plan(spec_from_table({"layer": LAYERS[layer], "look": {"frustum": 0.2} | look}))


@pytest.mark.parametrize("layer", LAYERS)
def test_its_edges_are_the_connectors_on_every_frame(layer: str) -> None:
    made = planned(layer)
    assert made.frustum is not None and len(made.frustum.sides) == 4 * len(made.lines[0].edge_groups)
    for frame in made.frames[::5]:
        bodies = made.frustum_at(frame)
        if not made.activity_at(frame):
            assert not len(bodies)
            continue
        lines = made.lines_at(frame)[0]
        for first, body in zip(made.lines[0].edge_groups, bodies, strict=True):
            assert body.reshape(4, 2, 3) == pytest.approx(lines[first : first + 4], abs=1e-9)


def test_each_side_has_two_neighbouring_lines_as_edges_and_all_four_go_around() -> None:
    made = planned("plain")
    assert made.frustum is not None
    corners = made.frustum.points[0]
    for side in made.frustum.sides:
        around = corners[side]
        tall = np.abs(around[:, 2] - np.roll(around[:, 2], 1)) > 1  # higher than a tile
        assert tall.sum() == 2, "up one line and down the next"
    assert sorted(np.bincount(made.frustum.sides.ravel()).tolist()) == [2] * 8


def test_keys_hold_shares_that_a_shape_key_can_and_grow_with_steps_alone() -> None:
    made = planned("plain")
    own = {name: each for name, each in made.curves.items() if name.startswith("frustum.")}
    assert own and all(np.abs(each.values).max() <= 1 for each in own.values())
    slow = make_plan(
        spec_from_table({"layer": LAYERS["plain"], "look": {"frustum": 0.2}, "walk": {"frames_per_step": 40}})
    )
    assert all(len(slow.curves[name].frames) == len(each.frames) for name, each in own.items())


def test_there_is_none_where_it_is_not_asked_for() -> None:
    made = planned("plain", frustum=0.0)
    assert made.frustum is None and not any(name.startswith("frustum.") for name in made.curves)


@given(st.integers(0, 2**32 - 1))
def test_bands_hold_all_between_points(seed: int) -> None:
    random = np.random.default_rng(seed)
    points = random.uniform(0, 200, (8, 2))
    shares = random.dirichlet(np.ones(8), 400)
    within = np.concatenate([shares @ points, points])
    boxes = _frustum_boxes(points)
    x, y = within.T[:, :, None]
    held = (x >= boxes[:, 0] - 1e-6) & (x <= boxes[:, 2] + 1e-6) & (y >= boxes[:, 1] - 1e-6) & (y <= boxes[:, 3] + 1e-6)
    assert held.any(axis=1).all()


def test_where_it_is_is_rendered_anew() -> None:
    made = planned("plain")
    frame = made.spec.walk.start_frame(20)
    middle = made.frustum_at(frame)[0].mean(axis=0)
    x, y = (made.view.project(middle) * made.spec.render.resolution).tolist()
    held = find_changed_regions(made, frame, find_base_frame(made))
    assert any(left <= x < left + w and low <= y < low + h for left, low, w, h in held)
