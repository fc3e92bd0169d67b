# SPDX-License-Identifier: GPL-3.0-or-later
"""A grid is as high as lines of sight past it demand, from each place of an orbiting camera."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core.camera.framing import View
from kernelwalk.core.geometry.clearance import (
    MAX_USEFUL_ELEVATION,
    ORBIT_STEP,
    SIGHT_MARGIN,
    find_required_height,
    sample_orbit_angles,
)
from kernelwalk.core.spec.camera_section import Camera

BOX = np.array([(-2.0, -1.0, 0.0), (1.0, 3.0, 0.0)])
POINTS_XY = np.array([-6.0, -1.0, 0.5, 4.0]), np.array([-7.0, -1.2, 2.0, 3.2, 9.0])
POINT_HEIGHT = 0.4


def make_camera(azimuth: float = 0.0, elevation: float = 30.0, orbit: float = 0.0) -> Camera:
    return Camera(azimuth=azimuth, elevation=elevation, margin=0.1, orbit=orbit)


@pytest.mark.parametrize(
    ("orbit", "first", "last"), [(0, 0, 0), (7, -3.5, 3.5), (-50, -25, 25), (360, -180, 180), (-720, -180, 180)]
)
def test_an_orbit_is_sampled_from_end_to_end_and_in_its_middle(orbit: float, first: float, last: float) -> None:
    angles = np.degrees(sample_orbit_angles(make_camera(orbit=orbit)))
    assert (angles[0], angles[-1]) == pytest.approx((first, last)) and 0.0 in angles
    assert (np.diff(angles) <= ORBIT_STEP + 1e-9).all()


def find_height_by_steps(camera: np.ndarray, limit: float) -> float:
    """Return the greatest height above POINT_HEIGHT at which a line of sight to `camera` (3,) is below BOX.

    limit: slope above which a line counts as less steep
    """
    highest = 0.0
    share = np.linspace(0, 1, 20_001)[:, None]
    for x in POINTS_XY[0]:
        for y in POINTS_XY[1]:
            along = np.array([x, y]) + share * (camera[:2] - (x, y))
            is_below = (along > BOX[0, :2] - SIGHT_MARGIN) & (along < BOX[1, :2] + SIGHT_MARGIN)
            rise = min(camera[2] - POINT_HEIGHT, limit * np.hypot(*(camera[:2] - (x, y))))
            highest = max(highest, float((share[is_below.all(axis=1)] * rise).max(initial=0.0)))
    return highest


@pytest.mark.parametrize(
    "location", [(9.0, -14.0, 12.0), (-20.0, 0.5, 6.0), (0.5, -25.0, 30.0), (3.0, -4.0, 40.0), (12.0, 11.0, 2.0)]
)
def test_no_line_of_sight_to_a_near_camera_passes_through_a_grid_at_this_height(location: tuple[float, ...]) -> None:
    x, y, z = location
    view = View((x, y, z), (0.0, 0.0, 0.0), 10.0, 10.0, 100.0, distance=20.0)
    expected = find_height_by_steps(np.array(location), float(np.tan(MAX_USEFUL_ELEVATION)))
    height = find_required_height(POINTS_XY, POINT_HEIGHT, BOX, make_camera(), [view])
    assert 0 < height == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize(("azimuth", "elevation"), [(0.0, 30.0), (90.0, 45.0), (-40.0, 20.0), (130.0, 75.0)])
def test_no_line_of_sight_to_a_camera_far_away_passes_through_a_grid_at_this_height(
    azimuth: float, elevation: float
) -> None:
    around, slope = np.radians(azimuth), np.tan(min(np.radians(elevation), MAX_USEFUL_ELEVATION))
    camera = 1e3 * np.array([np.sin(around), -np.cos(around), slope]) + np.array([0, 0, POINT_HEIGHT])
    expected = find_required_height(POINTS_XY, POINT_HEIGHT, BOX, make_camera(azimuth, elevation), [])
    share = np.linspace(0, 0.02, 20_001)  # near the grid
    highest = 0.0
    for x in POINTS_XY[0]:
        for y in POINTS_XY[1]:
            along = np.array([x, y]) + share[:, None] * camera[:2]
            is_below = (along > BOX[0, :2] - SIGHT_MARGIN) & (along < BOX[1, :2] + SIGHT_MARGIN)
            highest = max(highest, float((share[is_below.all(axis=1)] * 1e3 * slope).max(initial=0.0)))
    assert expected == pytest.approx(highest, rel=2e-3)


def test_points_that_a_grid_cannot_hide_demand_no_height() -> None:
    in_front = np.array([0.0]), np.array([-5.0])
    camera = make_camera()
    view = View((0.0, -20.0, 10.0), (0.0, 0.0, 0.0), 10.0, 10.0, 100.0, distance=20.0)
    for views in ([], [view]):
        assert find_required_height(in_front, POINT_HEIGHT, BOX, camera, views) == 0
