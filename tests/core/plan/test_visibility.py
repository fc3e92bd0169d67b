# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera sees the receptive field at every step; connectors show through the tiles before them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernelwalk.core import Plan, load_preset, make_plan, spec_from_table
from kernelwalk.core.incremental.changed_regions import find_base_frame, find_changed_regions
from kernelwalk.core.lines.see_through import SEE_THROUGH_OPACITY, make_see_through_transform
from kernelwalk.core.spec import presets
from kernelwalk.core.spec.camera_section import VIEWS

from ..helpers import NO_LABELS
from ..visibility import are_hidden, visible_connector_share, visible_field_shares, visible_tile_share

MIN_VISIBLE_SHARE = 0.95
"""Share of the receptive field's tiles that must be visible."""

MAX_STEPS = 7
"""Steps of a walk that are sampled, including the first and the last."""

CAMERAS: dict[str, dict[str, Any]] = {
    "three-quarter": {},
    "perspective": {"projection": "perspective", "field_of_view": 50.0},
    "side": {"view": "side"},
    "front": {"view": "front"},
    "top": {"view": "top"},
    "perspective top": {"view": "top", "projection": "perspective"},
    "steep": {"elevation": 70.0},
    "orbit": {"orbit": 90.0},
    "perspective orbit": {"projection": "perspective", "orbit": 360.0},
}


def make_plan_with_camera(table: dict[str, Any], camera: dict[str, Any]) -> Plan:
    """Return the plan of a spec, without labels unless the camera is the usual one."""
    table["labels"] = table.get("labels", {}) | (NO_LABELS if camera else {})
    view = VIEWS[camera["view"]] if "view" in camera else {}
    table["camera"] = table.get("camera", {}) | view | camera
    return make_plan(spec_from_table(table))


def sample_steps(plan: Plan) -> list[int]:
    return np.unique(np.linspace(0, plan.spec.step_count - 1, MAX_STEPS).astype(int)).tolist()


OPAQUE = [name for name in presets.list_presets() if load_preset(name).look.opacity == 1]

WITH_CAMERAS = [
    pytest.param(
        name,
        camera,
        marks=[] if number % 2 == 0 and turn in (0, 1 + number / 4 % (len(CAMERAS) - 1)) else pytest.mark.weekly,
    )
    for number, name in enumerate(OPAQUE)
    for turn, camera in enumerate(CAMERAS)
    if turn == 0 or load_preset(name).look.gap is None  # a gap of the preset's own is for its own camera
]
"""Every other preset with the first camera, every fourth one also with one of the other cameras in turn."""


@pytest.mark.parametrize(("name", "camera"), WITH_CAMERAS)
def test_the_receptive_field_is_visible_in_every_preset(name: str, camera: str) -> None:
    plan = make_plan_with_camera(load_preset(name).to_table(), CAMERAS[camera])
    for step in range(plan.spec.step_count) if camera == "three-quarter" else sample_steps(plan):
        assert min(visible_field_shares(plan, step), default=1.0) >= MIN_VISIBLE_SHARE, step
    assert plan.see_through is not None, "all connectors are visible"


LAYERS: dict[str, dict[str, Any]] = {
    "wide below": {"layer": {"op": "conv", "input": [4, 30], "kernel": 3}},
    "deep below": {"layer": {"op": "conv", "input": [30, 4], "kernel": 3, "padding": 1}},
    "large above": {"layer": {"op": "upsample", "input": [3, 5], "scale": 4}},
    "3D": {"layer": {"op": "conv", "input": [3, 4, 5], "kernel": 2}, "show": {"stack": "above"}},
    "channels above each other": {
        "layer": {"op": "conv", "input": 6, "kernel": 3, "in_channels": 3, "out_channels": 2},
        "show": {"stack": "above"},
    },
    "a chain": {
        "layers": [
            {"op": "conv", "input": 9, "kernel": 3, "padding": 1},
            {"op": "conv_transpose", "kernel": 3, "stride": 2},
            {"op": "max_pool", "kernel": 2},
        ]
    },
    "lifted": {"layer": {"op": "conv", "input": 7, "kernel": 3}, "walk": {"lift": 0.8}},
    "low, by the user": {"layer": {"op": "conv", "input": 7, "kernel": 3, "padding": 1}, "look": {"gap": 1.0}},
    "flat": {"layer": {"op": "conv", "input": 7, "kernel": 3}, "look": {"thickness": 0.0}},
}


@pytest.mark.parametrize("camera", ["three-quarter", "perspective", "orbit"])
@pytest.mark.parametrize("layer", LAYERS)
def test_the_receptive_field_is_visible_for_layers_of_every_shape(layer: str, camera: str) -> None:
    plan = make_plan_with_camera(dict(LAYERS[layer]), CAMERAS[camera])
    least = 0.75 if layer == "low, by the user" else MIN_VISIBLE_SHARE  # the active tile itself hides some
    for step in sample_steps(plan):
        assert min(visible_field_shares(plan, step)) >= least, step


def test_without_see_through_a_low_gap_hides_the_receptive_field_and_connectors() -> None:
    table = {"layer": {"op": "conv", "input": 9, "kernel": 3}, "look": {"gap": 1.0, "see_through": False}}
    plan = make_plan(spec_from_table(table))
    steps = range(plan.spec.step_count)
    assert min(min(visible_field_shares(plan, step)) for step in steps) < 0.5
    assert min(visible_connector_share(plan, step) for step in steps) < 0.5 and plan.see_through is None
    assert all(grid.occlusion_ranges is None for grid in plan.grids)


def test_grids_are_no_higher_than_necessary() -> None:
    """At three quarters of the height something is hidden."""
    for camera in ({}, {"projection": "perspective"}, {"azimuth": 0.0}, {"azimuth": 45.0}):
        plan = make_plan_with_camera({"layer": {"op": "conv", "input": 9, "kernel": 3, "padding": 1}}, camera)
        gap = plan.grids[1].base_centers[0, 2] - plan.grids[0].base_centers[0, 2]
        look = {"gap": 0.75 * float(gap), "see_through": False}
        lower = make_plan_with_camera(
            {"layer": {"op": "conv", "input": 9, "kernel": 3, "padding": 1}, "look": look}, camera
        )
        shares = [min(visible_field_shares(lower, step)) for step in range(lower.spec.step_count)]
        assert min(shares) < MIN_VISIBLE_SHARE


def test_only_tiles_that_hide_the_receptive_field_fade() -> None:
    table = {"layer": {"op": "conv", "input": 9, "kernel": 3}, "look": {"gap": 1.2}}
    plan = make_plan(spec_from_table(table))
    above = plan.grids[1]
    assert above.occlusion_ranges is not None and plan.grids[0].occlusion_ranges is None
    frame = plan.spec.walk.start_frame(24)
    opacities = above.opacities_at(plan.state_at(frame))
    is_faded = opacities < 1
    assert 0 < (opacities < 0.5).sum() < len(opacities) / 2 and opacities[24] == 1, "the output tile stays opaque"
    assert (above.opacities_at(plan.state_at(plan.frames[0])) == 1).all(), "nothing is active"
    regions = find_changed_regions(plan, frame, find_base_frame(plan))
    for x, y in (plan.view.project(above.base_centers[is_faded]) * plan.spec.render.resolution).tolist():
        assert any(left <= x < left + w and low <= y < low + h for left, low, w, h in regions), "it is rendered again"


BOXES = st.tuples(*[st.floats(-3, 3)] * 6)


@settings(max_examples=20)
@given(st.lists(BOXES, min_size=1, max_size=6), st.integers(0, 2**32 - 1))
def test_rays_meet_the_boxes_that_small_steps_along_them_meet(corners: list[tuple[float, ...]], seed: int) -> None:
    ends = np.sort(np.array(corners).reshape(-1, 2, 3), axis=1)
    boxes = np.stack([ends[:, 0] - 0.1, ends[:, 1] + 0.1], axis=1)
    random = np.random.default_rng(seed)
    points, directions = random.normal(0, 3, (40, 3)), random.normal(size=(40, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    along = points[:, None] + np.linspace(0, 30, 3001)[:, None] * directions[:, None]
    inside = [((along > low) & (along < high)).all(axis=2) for low, high in boxes]
    by_steps = np.any(inside, axis=(0, 2))
    by_rays = are_hidden(points, directions, boxes)
    assert (by_rays | ~by_steps).all(), "a ray meets each box that a step meets"
    # a ray may graze a corner between two steps
    larger = [((along > low - 0.02) & (along < high + 0.02)).all(axis=2) for low, high in boxes]
    assert (np.any(larger, axis=(0, 2)) | ~by_rays).all()


@pytest.mark.parametrize("projection", ["orthographic", "perspective"])
def test_see_through_lines_coincide_with_the_lines_and_are_before_all_tiles(projection: str) -> None:
    plan = make_plan_with_camera(
        {"layer": {"op": "conv", "input": 6, "kernel": 3, "padding": 1}}, {"projection": projection, "orbit": 130.0}
    )
    transform = make_see_through_transform(plan.view)
    for frame in (plan.frames[0], plan.spec.walk.start_frame(7), plan.frames[-1]):
        view = plan.view_at(frame)
        angle = view.rotation[2] - plan.view.rotation[2]
        rotation = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
        points = plan.lines[0].points.reshape(-1, 3)
        nearer = transform.scale * points + transform.fixed_offset + rotation @ transform.orbiting_offset
        assert view.project(nearer) == pytest.approx(view.project(points), abs=1e-9)
        tiles = np.concatenate([grid.base_centers + np.array([0, 0, grid.thicknesses[0]]) for grid in plan.grids])
        assert (
            view.measure_depths(nearer).min() > 0
            and view.measure_depths(nearer).max() < view.measure_depths(tiles).min()
        )
    assert 0.2 < SEE_THROUGH_OPACITY < 0.6


@pytest.mark.parametrize("name", ["digit", "relu_pool_values"])
def test_in_a_chain_with_digits_no_grid_hides_those_of_another(name: str) -> None:
    plan = make_plan(load_preset(name))
    assert visible_tile_share(plan, float(plan.frames[0])) == 1
