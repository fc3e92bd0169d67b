# SPDX-License-Identifier: GPL-3.0-or-later
"""The copy of the lines that shows through tiles has the same picture, and stands in front of everything."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from kernelwalk.core import make_plan, spec_from_table
from kernelwalk.core.camera.framing import View
from kernelwalk.core.lines.see_through import DEPTH_RATIO, make_see_through_transform

from ..helpers import NO_LABELS

CAMERAS: dict[str, dict[str, Any]] = {
    "orthographic": {},
    "perspective": {"projection": "perspective", "field_of_view": 50.0},
    "perspective, from a side": {"projection": "perspective", "field_of_view": 20.0, "azimuth": 70.0},
}


def measure_depths(view: View, points: np.ndarray) -> np.ndarray:
    """Return how far points (n, 3) are in front of the camera."""
    return -(points - np.array(view.location)) @ view.axes[2]


@pytest.mark.parametrize("camera", CAMERAS)
def test_the_copy_looks_the_same_and_lies_before_the_nearest_tile(camera: str) -> None:
    layer = {"op": "conv", "input": [6, 9], "kernel": 3}
    plan = make_plan(spec_from_table({"layer": layer, "camera": CAMERAS[camera], "labels": NO_LABELS}))
    view, through = plan.view, make_see_through_transform(plan.view)
    # the scene itself, with points at its nearest and its farthest distance
    corners = np.array(plan.grids[0].bounds.tolist() + plan.grids[1].bounds.tolist())
    ends = np.array(view.location) - np.array([[view.near], [view.far]]) * view.axes[2]
    points = np.concatenate([corners, ends])
    moved = through.scale * points + through.fixed_offset + through.orbiting_offset
    assert view.project(moved) == pytest.approx(view.project(points), abs=1e-9)
    depths = measure_depths(view, moved)
    farthest = view.near - view.width / 2 if view.distance is None else DEPTH_RATIO * view.near
    assert depths[-1] == pytest.approx(depths.max()) == pytest.approx(farthest)
    assert farthest < view.near


def test_the_copy_moves_with_the_camera_on_its_orbit() -> None:
    """What turns with the camera and what stays are told apart: the axis of the orbit stays."""
    table = {"layer": {"op": "conv", "input": 5, "kernel": 3}, "camera": {"projection": "perspective", "orbit": 90.0}}
    view = replace(make_plan(spec_from_table(table)).view, pivot=(1.5, -2.0))
    through = make_see_through_transform(view)
    on_axis = np.array([*view.pivot, 3.0])
    turned = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])  # by 90 degrees
    pivot = np.array([*view.pivot, 0.0])
    location = pivot + turned @ (np.array(view.location) - pivot)
    moved = through.scale * on_axis + through.fixed_offset + turned @ through.orbiting_offset
    assert moved == pytest.approx(location + through.scale * (on_axis - location))
