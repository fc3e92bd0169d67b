# SPDX-License-Identifier: GPL-3.0-or-later
"""How high a grid must stand over another so that the camera sees, past it, all that is lit below."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..camera.framing import View
from ..spec.look_section import Camera
from ..walk.activation import Floats

ORBIT_STEP = 5.0
"""Degrees of an orbit after which the camera is looked from again."""

MAX_USEFUL_ELEVATION = np.radians(60)
"""The elevation of a camera above which height does no longer help: grids then lie beside each other."""

SIGHT_MARGIN = 0.25
"""Of a tile, what is to be seen around its middle."""


def is_steep(camera: Camera) -> bool:
    return bool(np.radians(camera.elevation) > MAX_USEFUL_ELEVATION)


def sample_orbit_angles(camera: Camera) -> Floats:
    """How far the camera turns, in radians, at places all along its orbit."""
    half = min(abs(camera.orbit), 360.0) / 2
    return np.radians(np.linspace(-half, half, 1 + 2 * int(np.ceil(half / ORBIT_STEP))))


def required_height(
    points_xy: Sequence[Floats], point_height: float, box: Floats, camera: Camera, views: Sequence[View]
) -> float:
    """How far over points a grid's underside must be at least, so that none of its tiles hides them.

    across: the x and the y of the points, which stand in rows and columns
    height: of the lowest of them
    box:    shape (2, 3), the lowest and highest corner of the grid, of which the height is of no matter
    views:  in perspective, from where the scene is seen; without any, as if it were from far away
    """
    if not views:
        azimuths = np.radians(camera.azimuth) + sample_orbit_angles(camera)
        slope = np.tan(min(np.radians(camera.elevation), MAX_USEFUL_ELEVATION))
        count = [len(here) for here in points_xy]
        ways = [
            (np.full(count[0], x), np.full(count[1], y))
            for x, y in zip(np.sin(azimuths), -np.cos(azimuths), strict=True)
        ]
        return max(float(slope * _exit_shares(points_xy, box, way).max()) for way in ways)
    most = 0.0
    for view in views:
        *place, camera_height = view.location
        apart = [there - here for there, here in zip(place, points_xy, strict=True)]
        # the share of the way to the camera, on which a line of sight rises as far as that is above the point
        level = np.hypot(apart[0][:, None], apart[1])
        up = np.minimum(camera_height - point_height, np.tan(MAX_USEFUL_ELEVATION) * level)
        most = max(most, float((up * _exit_shares(points_xy, box, apart)).max()))
    return most


def _exit_shares(across: Sequence[Floats], box: Floats, ways: Sequence[Floats]) -> Floats:
    """Shape (columns, rows): after what share of their ways points are no longer below a box; 0 where they never are.

    across, ways: the x and the y of points, and how far each leads along x and y
    """
    enters, leaves = [], []
    for here, way, low, high in zip(across, ways, box[0, :2] - SIGHT_MARGIN, box[1, :2] + SIGHT_MARGIN, strict=False):
        with np.errstate(divide="ignore", invalid="ignore"):
            ends = (low - here) / way, (high - here) / way
        # where the way does not lead along an axis, it is between the box's ends all the time, or never
        level, between = np.abs(way) < 1e-9, (here > low) & (here < high)
        enters.append(np.where(level, np.where(between, -np.inf, np.inf), np.minimum(*ends)))
        leaves.append(np.where(level, np.where(between, np.inf, -np.inf), np.maximum(*ends)))
    first, last = np.maximum(enters[0][:, None], enters[1]), np.minimum(leaves[0][:, None], leaves[1])
    found: Floats = np.where(last > np.maximum(first, 0), last, 0.0)
    return found
