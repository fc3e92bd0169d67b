# SPDX-License-Identifier: GPL-3.0-or-later
"""Framing is exact for every camera: for random scenes, and for everything that every preset shows, at all steps."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core import Camera, Plan, SpecError, load_preset, make_plan, spec_from_table
from kernelwalk.core.camera.framing import View, fit_view
from kernelwalk.core.spec import presets
from kernelwalk.core.spec.camera_section import VIEWS

from ..helpers import NO_LABELS

SCENES = st.builds(
    lambda seed, count, stretch, shift: np.random.default_rng(seed).normal(shift, stretch, (count, 3)),
    st.integers(0, 2**32 - 1),
    st.integers(4, 30),
    st.tuples(*[st.sampled_from([0.1, 1.0, 30.0])] * 3),
    st.tuples(*[st.sampled_from([0.0, -40.0, 200.0])] * 3),
)
CAMERAS = st.builds(
    Camera,
    st.floats(-180, 180),
    st.floats(5, 90),
    st.floats(0, 0.3),
    projection=st.sampled_from(["orthographic", "perspective"]),
    field_of_view=st.floats(5, 100),
    distance=st.one_of(st.none(), st.floats(1.5, 100)),
)
ANGLES = st.one_of(
    st.just(np.zeros(1)),
    st.builds(lambda end, count: np.linspace(-end, end, count), st.floats(0.01, 7), st.integers(2, 60)),
)
SHAPES = [(1600, 900), (900, 900), (900, 1600), (1200, 900)]
RESERVED = st.tuples(*[st.floats(0, 0.15)] * 4)


def project_at_all_angles(view: View, scene: np.ndarray, angles: np.ndarray) -> np.ndarray:
    return np.concatenate([view.orbit_by(angle).project(scene) for angle in angles.tolist()])


@given(SCENES, CAMERAS, st.sampled_from(SHAPES), ANGLES, RESERVED)
def test_margins_stay_free_and_a_pair_of_sides_is_touched(
    scene: np.ndarray, camera: Camera, shape: tuple[int, int], angles: np.ndarray, reserved: tuple[float, ...]
) -> None:
    view = fit_view(scene, camera, shape, angles, reserved)
    projected = project_at_all_angles(view, scene, angles)
    low = camera.margin + np.array(reserved[:2])
    high = 1 - camera.margin - np.array(reserved[2:])
    assert (projected.min(axis=0) > low - 1e-5).all() and (projected.max(axis=0) < high + 1e-5).all()
    touched = np.isclose(projected.min(axis=0), low, atol=1e-5) & np.isclose(projected.max(axis=0), high, atol=1e-5)
    is_at_tip = view.near < 2e-3 * max(np.ptp(scene, axis=0).max(), view.far)  # it cannot come any closer
    assert touched.any() or is_at_tip, "the camera is farther back than necessary"


@given(SCENES, CAMERAS, st.sampled_from(SHAPES), ANGLES)
def test_all_points_lie_between_near_and_far_at_all_angles(
    scene: np.ndarray, camera: Camera, shape: tuple[int, int], angles: np.ndarray
) -> None:
    view = fit_view(scene, camera, shape, angles)
    depths = np.concatenate([view.orbit_by(angle).measure_depths(scene) for angle in angles.tolist()])
    assert view.near > 0 and view.far < view.far_clip
    assert depths.min() > view.near * (1 - 1e-6) - 1e-6 and depths.max() < view.far * (1 + 1e-6) + 1e-6


def surround(centers: np.ndarray, radius: float) -> np.ndarray:
    """Return points all around each center, shape (n, 3), at a distance from it."""
    directions = np.random.default_rng(1).normal(size=(3000, 3))
    shell = radius * directions / np.linalg.norm(directions, axis=1, keepdims=True)
    return (centers[:, None] + shell).reshape(-1, 3)


@given(SCENES, st.sampled_from(SHAPES), st.floats(5, 100), st.floats(0.01, 1))
def test_a_ball_is_framed_like_points_all_around_it(
    scene: np.ndarray, shape: tuple[int, int], angle: float, radius: float
) -> None:
    camera = Camera(25, 35, 0.1, projection="perspective", field_of_view=angle)
    view = fit_view(scene[:4], camera, shape, radii=np.full(4, radius))
    points = surround(scene[:4], radius)
    projected = view.project(points)
    assert projected.min() > 0.1 - 1e-6 and projected.max() < 0.9 + 1e-6
    by_points = fit_view(points, camera, shape)
    assert by_points.width <= view.width * (1 + 1e-9) and by_points.width > view.width * 0.98


@given(SCENES, st.sampled_from(SHAPES), st.floats(1.5, 20), st.floats(0.01, 100))
def test_balls_before_a_camera_at_a_distance_fill_the_picture(
    scene: np.ndarray, shape: tuple[int, int], distance: float, radius: float
) -> None:
    camera = Camera(25, 35, 0.1, projection="perspective", distance=distance)
    view = fit_view(scene[:4], camera, shape, radii=np.full(4, radius))
    projected = view.project(surround(scene[:4], radius))
    assert projected.min() > 0.1 - 1e-6 and projected.max() < 0.9 + 1e-6
    assert np.ptp(projected, axis=0).max() > 0.8 * 0.97


@given(SCENES, CAMERAS, st.floats(-7, 7))
def test_undoing_an_orbit_shows_the_same_picture(scene: np.ndarray, camera: Camera, angle: float) -> None:
    view = fit_view(scene, camera, (160, 90), [0.0, angle])
    rotated = view.undo_orbit(scene[None], np.array([angle]))[0]
    assert view.orbit_by(angle).project(scene) == pytest.approx(view.project(rotated), abs=1e-6)
    assert view.orbit_by(angle).measure_depths(scene) == pytest.approx(view.measure_depths(rotated), rel=1e-6, abs=1e-5)


def test_in_perspective_distant_lengths_look_shorter() -> None:
    scene = np.array(list(itertools.product([-2.0, 2], repeat=3)))
    view = fit_view(scene, Camera(0, 5, 0.1, projection="perspective", field_of_view=60), (160, 90))
    line = np.array([[0.0, -2, 0], [0, 0, 0], [0, 2, 0]])
    half = np.array([0.5, 0, 0])
    sides = view.project(line + half)[:, 0] - view.project(line - half)[:, 0]
    assert sides[0] > sides[1] > sides[2]
    assert sides / view.compute_magnification(line) == pytest.approx(np.full(3, 1 / view.width))
    assert np.degrees(view.field_of_view) == pytest.approx(60)


@given(SCENES, st.sampled_from(SHAPES), st.floats(1.5, 100), ANGLES, RESERVED)
def test_a_camera_at_a_distance_looks_at_the_middle_of_the_box_from_there(
    scene: np.ndarray, shape: tuple[int, int], distance: float, angles: np.ndarray, reserved: tuple[float, ...]
) -> None:
    """The labels' margins move the picture, not the camera."""
    camera = Camera(30, 38, 0.05, projection="perspective", distance=distance)
    view = fit_view(scene, camera, shape, angles, reserved)
    middle, side = (scene.max(axis=0) + scene.min(axis=0)) / 2, np.ptp(scene, axis=0).max()
    offset = (np.array(view.location) - middle) / side
    azimuth, elevation = np.radians(30), np.radians(38)
    direction = [np.sin(azimuth) * np.cos(elevation), -np.cos(azimuth) * np.cos(elevation), np.sin(elevation)]
    assert offset == pytest.approx(distance * np.array(direction), rel=1e-6, abs=1e-6)
    assert view.project(middle) == pytest.approx(view.axis_place)


def test_the_field_of_view_is_that_of_the_longer_side() -> None:
    scene = np.array(list(itertools.product([-2.0, 2], repeat=3)))
    camera = Camera(30, 38, 0.05, projection="perspective", field_of_view=50)
    wide, tall = (fit_view(scene, camera, shape) for shape in [(1600, 900), (900, 1600)])
    assert np.degrees(wide.field_of_view) == pytest.approx(50)
    assert np.degrees(2 * np.arctan(np.tan(tall.field_of_view / 2) * 16 / 9)) == pytest.approx(50)


def all_corners(plan: Plan) -> np.ndarray:
    """Return the corners of all tiles, wherever they move, and of the lines at all steps."""
    parts = []
    for grid in plan.all_grids:
        half = grid.size / 2
        unit = np.array(list(itertools.product((-half, half), (-half, half), (0.0, 1.0))))
        scale = np.ones((len(grid.cells), 1, 3))
        scale[:, 0, 2] = np.array(grid.thicknesses)[grid.kinds]
        corners = (grid.base_centers[:, None] + unit * scale).reshape(-1, 3)
        if grid is not plan.kernel:
            parts.append(corners)
            continue
        frames = plan.spec.walk.start_frame(np.arange(plan.spec.step_count))
        parts += [corners + plan.kernel_offset_at(int(frame)) for frame in frames]
    for lines in plan.lines:
        points = lines.points if lines.hidden is None else lines.points[~lines.hidden]
        if lines.is_arched:
            low, middle, high = np.moveaxis(points.reshape(-1, 3, 3), 1, 0)
            points = np.concatenate([(1 - t) ** 2 * low + 2 * t * (1 - t) * middle + t**2 * high for t in (0.4, 0.5)])
        parts.append(points.reshape(-1, 3))
    return ends_of_rows(np.concatenate(parts))


def ends_of_rows(points: np.ndarray) -> np.ndarray:
    """Return the points at either end of each row of points (n, 3): a view that shows these shows all in between."""
    ordered = points[np.lexsort(points.T)]
    begins = (np.diff(ordered[:, 1:], axis=0) != 0).any(axis=1)
    return ordered[np.append(True, begins) | np.append(begins, True)]


CAMERA_VARIANTS = {
    "three-quarter": {},
    "perspective": {"projection": "perspective", "field_of_view": 45.0},
    "side": {"view": "side"},
    "top": {"view": "top"},
    "orbit": {"projection": "perspective", "orbit": 100.0, "orbit_easing": "smooth"},
}


def with_camera(name: str, **camera: Any) -> Plan:
    table = load_preset(name).to_table()
    table["camera"] |= VIEWS[camera.get("view", "three-quarter")] | camera
    table["render"]["resolution"] = list(camera.pop("resolution", (1600, 900)))
    table["camera"].pop("resolution", None)
    table["labels"] = NO_LABELS
    return make_plan(spec_from_table(table))


WITH_VARIANTS = [
    pytest.param(
        name, kind, marks=[] if turn in (0, 1 + number / 4 % (len(CAMERA_VARIANTS) - 1)) else pytest.mark.weekly
    )
    for number, name in enumerate(presets.list_presets())
    for turn, kind in enumerate(CAMERA_VARIANTS)
]
"""Each preset with the first variant, every fourth one also with one of the other variants in turn."""


@pytest.mark.parametrize(("name", "kind"), WITH_VARIANTS)
def test_every_preset_fills_the_picture_in_every_shape(name: str, kind: str) -> None:
    turn = presets.list_presets().index(name)
    for shape in SHAPES if kind == "three-quarter" else SHAPES[turn % 2 :: 2]:
        plan = with_camera(name, **CAMERA_VARIANTS[kind], resolution=shape)
        frames = list(plan.frames)[:: max(1, len(plan.frames) // 40)] if plan.has_moving_camera else [1]
        points, margin = all_corners(plan), plan.spec.camera.margin
        projected = np.concatenate([plan.view_at(frame).project(points) for frame in frames])
        low, high = projected.min(axis=0), projected.max(axis=0)
        assert (low > margin - 1e-6).all() and (high < 1 - margin + 1e-6).all(), shape
        # an orbit is sampled on some frames only, and lines have a width
        line_width = max(lines.width for lines in plan.lines) / min(plan.view.width, plan.view.height)
        tolerance = 0.02 if plan.has_moving_camera else 0.003 + line_width
        assert (high - low).max() > 1 - 2 * margin - tolerance, shape


def test_a_view_sets_the_angles_that_are_not_set_beside_it() -> None:
    layer = {"op": "conv", "input": 5, "kernel": 3}
    top = spec_from_table({"layer": layer, "camera": {"view": "top"}}).camera
    assert (top.azimuth, top.elevation) == (0, 90)
    turned = spec_from_table({"layer": layer, "camera": {"view": "top", "azimuth": 45.0}})
    assert (turned.camera.azimuth, turned.camera.elevation) == (45, 90)
    assert spec_from_table(turned.to_table()) == turned
    with pytest.raises(SpecError, match=r"camera\.view.*three-quarter.*side"):
        spec_from_table({"layer": layer, "camera": {"view": "below"}})


ORTHOGRAPHIC_CAMERAS = st.builds(Camera, st.floats(-180, 180), st.floats(5, 90), st.floats(0, 0.3))
RESOLUTIONS = st.tuples(st.integers(16, 4000), st.integers(16, 4000))
POINTS = st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed).normal(0, 5, (20, 3)))


@given(POINTS, ORTHOGRAPHIC_CAMERAS, RESOLUTIONS)
def test_nothing_leaves_the_margin_and_the_tighter_sides_touch_it(
    scene: np.ndarray, camera: Camera, resolution: tuple[int, int]
) -> None:
    projected = fit_view(scene, camera, resolution).project(scene)
    low, high = projected.min(axis=0), projected.max(axis=0)
    assert (low > camera.margin - 1e-6).all()
    assert (high < 1 - camera.margin + 1e-6).all()
    assert (high - low).max() == pytest.approx(1 - 2 * camera.margin)
    assert low + high == pytest.approx(1)


@given(POINTS, ORTHOGRAPHIC_CAMERAS, RESOLUTIONS)
def test_everything_lies_in_front_of_the_camera_and_before_its_far_clip(
    scene: np.ndarray, camera: Camera, resolution: tuple[int, int]
) -> None:
    view = fit_view(scene, camera, resolution)
    tilt, _, azimuth = view.rotation
    forward = np.array([-np.sin(azimuth) * np.sin(tilt), np.cos(azimuth) * np.sin(tilt), -np.cos(tilt)])
    depth = (scene - np.array(view.location)) @ forward
    assert (depth > 0).all()
    assert (depth < view.far_clip).all()


def test_azimuth_turns_the_camera_to_the_right_and_elevation_lifts_it() -> None:
    scene = np.array([[-1.0, -1, 0], [1, 1, 0]])
    front = fit_view(scene, Camera(0, 30, 0.1), (100, 100)).location
    assert front[1] < 0 < front[2]
    assert front[0] == pytest.approx(0)
    assert fit_view(scene, Camera(40, 30, 0.1), (100, 100)).location[0] > 0
    assert fit_view(scene, Camera(0, 60, 0.1), (100, 100)).location[2] > front[2]
