# SPDX-License-Identifier: GPL-3.0-or-later
"""A view is that of Blender's camera, also for scenes that are flat, thin or a single point."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core import Camera
from kernelwalk.core.camera.framing import View, fit_view

CAMERAS = st.builds(Camera, st.floats(-180, 180), st.floats(5, 90), st.floats(0, 0.4))
RESOLUTIONS = [(1280, 720), (720, 1280), (500, 500), (16, 16384), (16384, 16)]
SCENES = st.builds(
    lambda seed, count, stretch, shift: np.random.default_rng(seed).normal(shift, stretch, (count, 3)),
    st.integers(0, 2**32 - 1),
    st.integers(2, 30),
    st.tuples(*[st.sampled_from([0.01, 1.0, 300.0])] * 3),
    st.tuples(*[st.sampled_from([0.0, -40.0, 1000.0])] * 3),
)


def camera_matrix(view: View) -> np.ndarray:
    """Return the camera's matrix, from its Euler angles XYZ as Blender multiplies them."""
    x, y, z = view.rotation
    about_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def to_camera_space(view: View, points: np.ndarray) -> np.ndarray:
    """Return points in camera space: right, up and backward, since Blender's cameras look along -z."""
    return (points - np.array(view.location)) @ camera_matrix(view)


@given(SCENES, CAMERAS, st.sampled_from(RESOLUTIONS))
def test_the_picture_is_what_blenders_orthographic_camera_sees(
    scene: np.ndarray, camera: Camera, resolution: tuple[int, int]
) -> None:
    view = fit_view(scene, camera, resolution)
    seen = to_camera_space(view, scene)
    assert view.project(scene) == pytest.approx(seen[:, :2] / [view.width, view.height] + 0.5, abs=1e-7)
    assert view.width / view.height == pytest.approx(resolution[0] / resolution[1])
    assert (seen[:, 2] < 0).all() and (-seen[:, 2] < view.far_clip).all()


@given(SCENES, CAMERAS, st.sampled_from(RESOLUTIONS))
def test_the_margin_of_flat_scenes_stays_free_and_the_tighter_sides_touch_it(
    scene: np.ndarray, camera: Camera, resolution: tuple[int, int]
) -> None:
    view = fit_view(scene, camera, resolution)
    seen = to_camera_space(view, scene)[:, :2] / [view.width, view.height] + 0.5
    low, high = seen.min(axis=0), seen.max(axis=0)
    assert (low >= camera.margin - 1e-6).all() and (high <= 1 - camera.margin + 1e-6).all()
    touches = np.isclose(low, camera.margin, atol=1e-6) & np.isclose(high, 1 - camera.margin, atol=1e-6)
    assert touches.any(), "the camera is farther back than necessary"


@given(CAMERAS, st.sampled_from(RESOLUTIONS), st.tuples(*[st.floats(-1e3, 1e3)] * 3))
def test_a_single_point_is_centered_in_a_picture_with_a_size(
    camera: Camera, resolution: tuple[int, int], point: tuple[float, float, float]
) -> None:
    view = fit_view(np.array([point]), camera, resolution)
    assert view.width > 0 and view.height > 0 and view.far_clip > 0
    assert to_camera_space(view, np.array([point]))[0, :2] == pytest.approx([0, 0], abs=1e-6)


@given(CAMERAS)
def test_the_camera_stands_upright_at_its_azimuth_and_elevation(camera: Camera) -> None:
    scene = np.array(list(itertools.product([-1.0, 1.0], repeat=3)))
    view = fit_view(scene, camera, (1280, 720))
    azimuth, elevation = np.radians(camera.azimuth), np.radians(camera.elevation)
    horizontal = np.cos(elevation)
    expected = np.array([np.sin(azimuth) * horizontal, -np.cos(azimuth) * horizontal, np.sin(elevation)])
    location = np.array(view.location)
    assert location / np.linalg.norm(location) == pytest.approx(expected, abs=1e-9)
    right, up, backward = camera_matrix(view).T
    assert backward == pytest.approx(expected, abs=1e-9)
    assert right[2] == pytest.approx(0, abs=1e-9) and up[2] > -1e-9


def test_a_square_from_straight_above_fills_the_shorter_side() -> None:
    scene = np.array([[-2.0, -2, 0], [2, 2, 0]])
    wide, tall = (fit_view(scene, Camera(0, 90, 0.1), size) for size in [(200, 100), (100, 200)])
    assert (wide.width, wide.height) == pytest.approx((10, 5))
    assert (tall.width, tall.height) == pytest.approx((5, 10))
    assert wide.project(np.array([[-2.0, -2, 0], [2, 2, 0]])) == pytest.approx(np.array([[0.3, 0.1], [0.7, 0.9]]))
