# SPDX-License-Identifier: GPL-3.0-or-later
"""At every step the camera sees the tiles that are read; connectors show through what is before them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernelwalk.core import Plan, load_preset, make_plan, spec_from_table
from kernelwalk.core.incremental.changed_regions import find_base_frame, find_changed_regions
from kernelwalk.core.lines.see_through import SEE_THROUGH_OPACITY, make_see_through_transform
from kernelwalk.core.picture.sight import connectors_seen, fields_seen, hidden
from kernelwalk.core.spec import presets
from kernelwalk.core.spec.look_section import VIEWS

LEAST = 0.95
"""The share of a field's tiles that is to be seen."""

MOST_STEPS = 7
"""Of a walk, as many steps are looked at, the first and the last among them, where not all are."""

CAMERAS: dict[str, dict[str, Any]] = {
    "three-quarter": {},
    "perspective": {"kind": "perspective", "angle": 50.0},
    "side": {"view": "side"},
    "front": {"view": "front"},
    "top": {"view": "top"},
    "perspective top": {"view": "top", "kind": "perspective"},
    "steep": {"elevation": 70.0},
    "orbit": {"orbit": 90.0},
    "perspective orbit": {"kind": "perspective", "orbit": 360.0},
}


def seen_by(table: dict[str, Any], camera: dict[str, Any]) -> Plan:
    view = VIEWS[camera["view"]] if "view" in camera else {}
    table["camera"] = table.get("camera", {}) | view | camera
    return make_plan(spec_from_table(table))


def steps_of(made: Plan) -> list[int]:
    return np.unique(np.linspace(0, made.spec.step_count - 1, MOST_STEPS).astype(int)).tolist()


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize("name", presets.preset_names())
def test_of_every_preset_the_fields_are_seen(name: str, camera: str) -> None:
    made = seen_by(load_preset(name).to_table(), CAMERAS[camera])
    for step in range(made.spec.step_count) if camera == "three-quarter" else steps_of(made):
        assert min(fields_seen(made, step), default=1.0) >= LEAST, step
    assert made.see_through is not None, "and of connectors all"


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
def test_so_they_are_of_layers_of_every_form(layer: str, camera: str) -> None:
    made = seen_by(dict(LAYERS[layer]), CAMERAS[camera])
    least = 0.75 if layer == "low, by the user" else LEAST  # what the lit tile itself hides is not to be helped
    for step in steps_of(made):
        assert min(fields_seen(made, step)) >= least, step


def test_without_seeing_through_a_low_gap_hides_a_field_and_connectors_are_behind_tiles() -> None:
    table = {"layer": {"op": "conv", "input": 9, "kernel": 3}, "look": {"gap": 1.0, "see_through": False}}
    made = make_plan(spec_from_table(table))
    steps = range(made.spec.step_count)
    assert min(min(fields_seen(made, step)) for step in steps) < 0.5
    assert min(connectors_seen(made, step) for step in steps) < 0.5 and made.see_through is None
    assert all(grid.occlusion_ranges is None for grid in made.grids)


def test_heights_are_no_greater_than_they_must_be() -> None:
    """Three quarters of one hide something."""
    for camera in ({}, {"kind": "perspective"}, {"azimuth": 0.0}, {"azimuth": 45.0}):
        made = seen_by({"layer": {"op": "conv", "input": 9, "kernel": 3, "padding": 1}}, camera)
        gap = made.grids[1].base_centers[0, 2] - made.grids[0].base_centers[0, 2]
        look = {"gap": 0.75 * float(gap), "see_through": False}
        lower = seen_by({"layer": {"op": "conv", "input": 9, "kernel": 3, "padding": 1}, "look": look}, camera)
        shares = [min(fields_seen(lower, step)) for step in range(lower.spec.step_count)]
        assert min(shares) < LEAST


def test_a_tile_that_stands_before_a_field_fades_and_keeps_its_colour_and_no_other_does() -> None:
    table = {"layer": {"op": "conv", "input": 9, "kernel": 3}, "look": {"gap": 1.2}}
    made = make_plan(spec_from_table(table))
    above = made.grids[1]
    assert above.occlusion_ranges is not None and made.grids[0].occlusion_ranges is None
    frame = made.spec.walk.start_frame(24)
    left = above.opacities_at(made.state_at(frame))
    assert 0 < (left < 0.5).sum() < len(left) / 2 and left[24] == 1, "the tile that is computed stays"
    assert (above.opacities_at(made.state_at(made.frames[0])) == 1).all(), "nothing is lit"
    held = find_changed_regions(made, frame, find_base_frame(made))
    for x, y in (made.view.project(above.base_centers[left < 1]) * made.spec.render.resolution).tolist():
        assert any(left <= x < left + w and low <= y < low + h for left, low, w, h in held), "it is rendered anew"


BOXES = st.tuples(*[st.floats(-3, 3)] * 6)


@settings(max_examples=60)
@given(st.lists(BOXES, min_size=1, max_size=6), st.integers(0, 2**32 - 1))
def test_rays_meet_boxes_where_small_steps_along_them_do(corners: list[tuple[float, ...]], seed: int) -> None:
    ends = np.sort(np.array(corners).reshape(-1, 2, 3), axis=1)
    boxes = np.stack([ends[:, 0] - 0.1, ends[:, 1] + 0.1], axis=1)
    random = np.random.default_rng(seed)
    points, ways = random.normal(0, 3, (40, 3)), random.normal(size=(40, 3))
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    along = points[:, None] + np.linspace(0, 30, 3001)[:, None] * ways[:, None]
    inside = [((along > low) & (along < high)).all(axis=2) for low, high in boxes]
    by_steps = np.any(inside, axis=(0, 2))
    found = hidden(points, ways, boxes)
    assert (found | ~by_steps).all(), "what a step meets a ray meets"
    # a ray may graze a corner between two steps
    larger = [((along > low - 0.02) & (along < high + 0.02)).all(axis=2) for low, high in boxes]
    assert (np.any(larger, axis=(0, 2)) | ~found).all()


@pytest.mark.parametrize("kind", ["orthographic", "perspective"])
def test_the_paler_lines_look_as_the_others_and_are_before_all_tiles(kind: str) -> None:
    made = seen_by({"layer": {"op": "conv", "input": 6, "kernel": 3, "padding": 1}}, {"kind": kind, "orbit": 130.0})
    where = make_see_through_transform(made.view)
    for frame in (made.frames[0], made.spec.walk.start_frame(7), made.frames[-1]):
        view = made.view_at(frame)
        turn = view.rotation[2] - made.view.rotation[2]
        turned = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
        points = made.lines[0].points.reshape(-1, 3)
        nearer = where.scale * points + where.fixed_offset + turned @ where.orbiting_offset
        assert view.project(nearer) == pytest.approx(view.project(points), abs=1e-9)
        tiles = np.concatenate([grid.base_centers + np.array([0, 0, grid.thicknesses[0]]) for grid in made.grids])
        assert view.depths(nearer).min() > 0 and view.depths(nearer).max() < view.depths(tiles).min()
    assert 0.2 < SEE_THROUGH_OPACITY < 0.6
