# SPDX-License-Identifier: GPL-3.0-or-later
"""Framing is exact for every camera: of random scenes, and of all that every preset shows, on all steps."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernelwalk.core import Camera, Plan, SpecError, load_preset, make_plan, spec_from_table
from kernelwalk.core.camera.framing import fit_view
from kernelwalk.core.spec import presets
from kernelwalk.core.spec.look_section import VIEWS

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
    kind=st.sampled_from(["orthographic", "perspective"]),
    angle=st.floats(5, 100),
)
TURNS = st.one_of(
    st.just(np.zeros(1)),
    st.builds(lambda end, count: np.linspace(-end, end, count), st.floats(0.01, 7), st.integers(2, 60)),
)
SHAPES = [(1600, 900), (900, 900), (900, 1600), (1200, 900)]
BANDS = st.tuples(*[st.floats(0, 0.15)] * 4)


def seen_on_all_turns(view: Any, scene: np.ndarray, turns: np.ndarray) -> np.ndarray:
    return np.concatenate([view.turned(turn).project(scene) for turn in turns.tolist()])


@given(SCENES, CAMERAS, st.sampled_from(SHAPES), TURNS, BANDS)
def test_nothing_comes_into_margin_or_bands_and_a_pair_of_sides_is_touched(
    scene: np.ndarray, camera: Camera, shape: tuple[int, int], turns: np.ndarray, bands: tuple[float, ...]
) -> None:
    view = fit_view(scene, camera, shape, turns, bands)
    seen = seen_on_all_turns(view, scene, turns)
    low = camera.margin + np.array(bands[:2])
    high = 1 - camera.margin - np.array(bands[2:])
    assert (seen.min(axis=0) > low - 1e-5).all() and (seen.max(axis=0) < high + 1e-5).all()
    touched = np.isclose(seen.min(axis=0), low, atol=1e-5) & np.isclose(seen.max(axis=0), high, atol=1e-5)
    at_a_tip = view.near < 2e-3 * max(np.ptp(scene, axis=0).max(), view.far)  # it cannot come any closer
    assert touched.any() or at_a_tip, "the camera is further back than it must be"


@given(SCENES, CAMERAS, st.sampled_from(SHAPES), TURNS)
def test_all_is_between_near_and_far_on_all_turns(
    scene: np.ndarray, camera: Camera, shape: tuple[int, int], turns: np.ndarray
) -> None:
    view = fit_view(scene, camera, shape, turns)
    away = np.concatenate([view.orbit_by(turn).depths(scene) for turn in turns.tolist()])
    assert view.near > 0 and view.far < view.far_clip
    assert away.min() > view.near * (1 - 1e-6) - 1e-6 and away.max() < view.far * (1 + 1e-6) + 1e-6


@given(SCENES, st.sampled_from(SHAPES), st.floats(5, 100), st.floats(0.01, 1))
def test_a_ball_is_as_far_from_the_edge_as_points_all_around_it(
    scene: np.ndarray, shape: tuple[int, int], angle: float, radius: float
) -> None:
    ways = np.random.default_rng(1).normal(size=(3000, 3))
    shell = radius * ways / np.linalg.norm(ways, axis=1, keepdims=True)
    camera = Camera(25, 35, 0.1, projection="perspective", field_of_view=angle)
    view = fit_view(scene[:4], camera, shape, radii=np.full(4, radius))
    seen = view.project((scene[:4, None] + shell).reshape(-1, 3))
    assert seen.min() > 0.1 - 1e-6 and seen.max() < 0.9 + 1e-6
    by_points = fit_view((scene[:4, None] + shell).reshape(-1, 3), camera, shape)
    assert by_points.width <= view.width * (1 + 1e-9) and by_points.width > view.width * 0.98


@given(SCENES, CAMERAS, st.floats(-7, 7))
def test_a_turned_camera_sees_what_the_first_would_if_the_points_had_turned_back(
    scene: np.ndarray, camera: Camera, turn: float
) -> None:
    view = fit_view(scene, camera, (160, 90), [0.0, turn])
    back = view.undo_orbit(scene[None], np.array([turn]))[0]
    assert view.orbit_by(turn).project(scene) == pytest.approx(view.project(back), abs=1e-6)
    assert view.orbit_by(turn).depths(scene) == pytest.approx(view.depths(back), rel=1e-6, abs=1e-5)


def test_in_perspective_a_line_that_leads_away_grows_shorter_and_its_pieces_smaller() -> None:
    scene = np.array(list(itertools.product([-2.0, 2], repeat=3)))
    view = fit_view(scene, Camera(0, 5, 0.1, projection="perspective", field_of_view=60), (160, 90))
    line = np.array([[0.0, -2, 0], [0, 0, 0], [0, 2, 0]])
    half = np.array([0.5, 0, 0])
    sides = view.project(line + half)[:, 0] - view.project(line - half)[:, 0]
    assert sides[0] > sides[1] > sides[2]
    assert sides / view.magnification(line) == pytest.approx(np.full(3, 1 / view.width))
    assert np.degrees(view.field_of_view) == pytest.approx(60)


def test_the_angle_of_view_is_that_of_the_longer_side() -> None:
    scene = np.array(list(itertools.product([-2.0, 2], repeat=3)))
    camera = Camera(30, 38, 0.05, projection="perspective", field_of_view=50)
    wide, tall = (fit_view(scene, camera, shape) for shape in [(1600, 900), (900, 1600)])
    assert np.degrees(wide.field_of_view) == pytest.approx(50)
    assert np.degrees(2 * np.arctan(np.tan(tall.field_of_view / 2) * 16 / 9)) == pytest.approx(50)


def corners_of(made: Plan) -> np.ndarray:
    """The corners of all tiles wherever they are, and of the lines on all steps."""
    found = []
    for grid in made.all_grids:
        half = grid.size / 2
        unit = np.array(list(itertools.product((-half, half), (-half, half), (0.0, 1.0))))
        tall = np.ones((len(grid.cells), 1, 3))
        tall[:, 0, 2] = np.array(grid.thicknesses)[grid.kinds]
        here = (grid.base_centers[:, None] + unit * tall).reshape(-1, 3)
        if grid is not made.kernel:
            found.append(here)
            continue
        frames = made.spec.walk.start_frame(np.arange(made.spec.step_count))
        found += [here + made.kernel_offset_at(int(frame)) for frame in frames]
    for each in made.lines:
        points = each.points if each.hidden is None else each.points[~each.hidden]
        if each.is_arched:
            low, middle, high = np.moveaxis(points.reshape(-1, 3, 3), 1, 0)
            points = np.concatenate([(1 - t) ** 2 * low + 2 * t * (1 - t) * middle + t**2 * high for t in (0.4, 0.5)])
        found.append(points.reshape(-1, 3))
    return ends_of_rows(np.concatenate(found))


def ends_of_rows(points: np.ndarray) -> np.ndarray:
    """Of points (n, 3) those at either end of each row: whatever shows these shows all between them."""
    ordered = points[np.lexsort(points.T)]
    begins = (np.diff(ordered[:, 1:], axis=0) != 0).any(axis=1)
    return ordered[np.append(True, begins) | np.append(begins, True)]


KINDS = {
    "three-quarter": {},
    "perspective": {"kind": "perspective", "angle": 45.0},
    "side": {"view": "side"},
    "top": {"view": "top"},
    "orbit": {"kind": "perspective", "orbit": 100.0, "orbit_easing": "smooth"},
}


def with_camera(name: str, **camera: Any) -> Plan:
    table = load_preset(name).to_table()
    table["camera"] |= VIEWS[camera.get("view", "three-quarter")] | camera
    table["render"]["resolution"] = list(camera.pop("resolution", (1600, 900)))
    table["camera"].pop("resolution", None)
    table["words"] |= {"title": False, "names": False, "caption": False}
    return make_plan(spec_from_table(table))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", presets.preset_names())
def test_every_preset_fills_the_picture_in_every_shape(name: str, kind: str) -> None:
    for shape in SHAPES:
        made = with_camera(name, **KINDS[kind], resolution=shape)
        frames = list(made.frames)[:: max(1, len(made.frames) // 40)] if made.has_moving_camera else [1]
        points, margin = corners_of(made), made.spec.camera.margin
        seen = np.concatenate([made.view_at(frame).project(points) for frame in frames])
        low, high = seen.min(axis=0), seen.max(axis=0)
        assert (low > margin - 1e-6).all() and (high < 1 - margin + 1e-6).all(), shape
        # an orbit is looked at on some frames only, and lines have a width
        room = 0.02 if made.has_moving_camera else 0.003 + made.lines[0].width / min(made.view.width, made.view.height)
        assert (high - low).max() > 1 - 2 * margin - room, shape


def test_a_view_gives_the_angles_that_are_not_given_beside_it() -> None:
    layer = {"op": "conv", "input": 5, "kernel": 3}
    top = spec_from_table({"layer": layer, "camera": {"view": "top"}}).camera
    assert (top.azimuth, top.elevation) == (0, 90)
    turned = spec_from_table({"layer": layer, "camera": {"view": "top", "azimuth": 45.0}})
    assert (turned.camera.azimuth, turned.camera.elevation) == (45, 90)
    assert spec_from_table(turned.to_table()) == turned
    with pytest.raises(SpecError, match=r"camera\.view.*three-quarter.*side"):
        spec_from_table({"layer": layer, "camera": {"view": "below"}})


@pytest.mark.parametrize(("orbit", "last"), [(60.0, 30.0), (-60.0, -30.0), (360.0, 180.0)])
def test_an_orbit_goes_from_one_side_of_the_azimuth_to_the_other(orbit: float, last: float) -> None:
    made = make_plan(spec_from_table({"layer": {"op": "conv", "input": 4, "kernel": 3}, "camera": {"orbit": orbit}}))
    turns = np.degrees([made.view_at(frame).rotation[2] for frame in made.frames]) - made.spec.camera.azimuth
    steps = np.diff(turns)
    assert turns[0] == pytest.approx(-orbit / 2)
    assert steps == pytest.approx(np.full(len(steps), steps[0])) and np.sign(steps[0]) == np.sign(orbit)
    after = turns[-1] + (steps[0] if abs(orbit) == 360 else 0)
    assert after == pytest.approx(last), "a whole turn would go on with the first frame again"
    assert len(made.curves["camera.turn"].frames) == 2


@pytest.mark.parametrize("orbit", [40.0, -200.0, 360.0, -720.0])
@pytest.mark.parametrize("per_step", [1, 5])
def test_in_a_loop_the_camera_comes_back_as_slowly_as_it_goes(orbit: float, per_step: int) -> None:
    walk = {"loop": True, "frames_per_step": per_step}
    table = {"layer": {"op": "conv", "input": 5, "kernel": 3}, "camera": {"orbit": orbit}, "walk": walk}
    made = make_plan(spec_from_table(table))
    directions = np.array([made.view_at(frame).axes[2] for frame in [*made.frames, made.frames.start]])
    steps = np.linalg.norm(np.diff(directions, axis=0), axis=1)
    assert steps[-1] <= steps[:-1].max() * 1.001
    assert len(made.curves["camera.turn"].frames) <= 3


def test_frames_of_an_orbit_all_look_different_and_those_of_a_still_camera_do_not() -> None:
    table = {"layer": {"op": "conv", "input": 4, "kernel": 3}, "camera": {"orbit": 20.0}}
    moving, still = make_plan(spec_from_table(table)), make_plan(spec_from_table({"layer": table["layer"]}))
    assert len(set(moving.unique_frames.tolist())) == len(moving.frames)
    assert len(set(still.unique_frames.tolist())) < len(still.frames)


@settings(max_examples=15)
@given(st.floats(10, 100), st.sampled_from(["far", "near"]), st.sampled_from(SHAPES))
def test_in_perspective_lines_look_as_wide_at_both_ends(angle: float, row: str, shape: tuple[int, int]) -> None:
    table: dict[str, Any] = {"layer": {"op": "conv", "input": 6, "kernel": 3}, "look": {"first_row": row}}
    table |= {"camera": {"kind": "perspective", "angle": angle}, "render": {"resolution": list(shape)}}
    made = make_plan(spec_from_table(table))
    (lines,) = made.lines
    assert lines.width_factors is not None
    apparent = lines.width_factors * made.view.magnification(lines.points)
    assert apparent == pytest.approx(np.ones_like(apparent))
    frame = float(made.spec.walk.start_frame(3)) + 8.3  # on its way from one step to the next
    points = made.lines_at(frame)[0]
    widths = [
        [made.curves[f"connectors.{n}.{p}.width"].value_at(np.array([frame]))[0] for p in (0, 1)] for n in range(4)
    ]
    assert np.array(widths) * made.view.magnification(points) == pytest.approx(np.ones((4, 2)), rel=1e-6)
