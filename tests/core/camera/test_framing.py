# SPDX-License-Identifier: GPL-3.0-or-later
"""Framing on random scenes: all is in the picture, and the camera is no further back than it must be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core import Camera
from kernelwalk.core.camera.framing import fit_view

cameras = st.builds(Camera, st.floats(-180, 180), st.floats(5, 90), st.floats(0, 0.3))
resolutions = st.tuples(st.integers(16, 4000), st.integers(16, 4000))
points = st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed).normal(0, 5, (20, 3)))


@given(points, cameras, resolutions)
def test_nothing_leaves_the_margin_and_the_tighter_sides_touch_it(
    scene: np.ndarray, camera: Camera, resolution: tuple[int, int]
) -> None:
    seen = fit_view(scene, camera, resolution).project(scene)
    low, high = seen.min(axis=0), seen.max(axis=0)
    assert (low > camera.margin - 1e-6).all()
    assert (high < 1 - camera.margin + 1e-6).all()
    assert (high - low).max() == pytest.approx(1 - 2 * camera.margin)
    assert low + high == pytest.approx(1)


@given(points, cameras, resolutions)
def test_everything_lies_before_the_camera_and_within_its_reach(
    scene: np.ndarray, camera: Camera, resolution: tuple[int, int]
) -> None:
    view = fit_view(scene, camera, resolution)
    tilt, _, turn = view.rotation
    ahead = np.array([-np.sin(turn) * np.sin(tilt), np.cos(turn) * np.sin(tilt), -np.cos(tilt)])
    depth = (scene - np.array(view.location)) @ ahead
    assert (depth > 0).all()
    assert (depth < view.far_clip).all()


def test_azimuth_turns_the_camera_to_the_right_and_elevation_lifts_it() -> None:
    scene = np.array([[-1.0, -1, 0], [1, 1, 0]])
    front = fit_view(scene, Camera(0, 30, 0.1), (100, 100)).location
    assert front[1] < 0 < front[2]
    assert front[0] == pytest.approx(0)
    assert fit_view(scene, Camera(40, 30, 0.1), (100, 100)).location[0] > 0
    assert fit_view(scene, Camera(0, 60, 0.1), (100, 100)).location[2] > front[2]
