# SPDX-License-Identifier: GPL-3.0-or-later
"""The height of one grid above another at which the camera sees, past it, every active tile below."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..arrays import Floats
from ..camera.framing import View
from ..spec.camera_section import Camera

ORBIT_STEP = 5.0
"""Largest angle between two sampled views of an orbit, in degrees."""

MAX_USEFUL_ELEVATION = np.radians(60)
"""Camera elevation, in radians, above which more height no longer helps; grids then lie side by side."""

SIGHT_MARGIN = 0.25
"""Half the edge of the square around a tile's middle that must be visible, in units of the tile pitch."""


def is_steep(camera: Camera) -> bool:
    """Return True if the camera looks down so steeply that more height between grids does not help."""
    return bool(np.radians(camera.elevation) > MAX_USEFUL_ELEVATION)


def sample_orbit_angles(camera: Camera) -> Floats:
    """Return angles (n,) along the camera's orbit, in radians, at most ORBIT_STEP apart; one 0 without an orbit."""
    half = min(abs(camera.orbit), 360.0) / 2
    return np.radians(np.linspace(-half, half, 1 + 2 * int(np.ceil(half / ORBIT_STEP))))


def find_required_height(
    points_xy: Sequence[Floats], point_height: float, box: Floats, camera: Camera, views: Sequence[View]
) -> float:
    """Return how far a grid's underside must be above points so that the grid hides none of them. All in world units.

    points_xy: x (columns,) and y (rows,) of points that stand in columns and rows
    point_height: height of the lowest point
    box:   shape (2, 3), lowest and highest corner of the grid; its heights are ignored
    views: perspective views of the scene; without any, the camera is assumed to be infinitely far away
    """
    if not views:
        azimuths = np.radians(camera.azimuth) + sample_orbit_angles(camera)
        slope = np.tan(min(np.radians(camera.elevation), MAX_USEFUL_ELEVATION))
        counts = [len(coordinates) for coordinates in points_xy]
        directions = [
            (np.full(counts[0], x), np.full(counts[1], y))
            for x, y in zip(np.sin(azimuths), -np.cos(azimuths), strict=True)
        ]
        return max(float(slope * _find_exit_shares(points_xy, box, direction).max()) for direction in directions)
    required = 0.0
    for view in views:
        *camera_xy, camera_height = view.location
        to_camera = [target - start for target, start in zip(camera_xy, points_xy, strict=True)]
        # how far each line of sight rises between the point and the camera
        horizontal = np.hypot(to_camera[0][:, None], to_camera[1])
        climb = np.minimum(camera_height - point_height, np.tan(MAX_USEFUL_ELEVATION) * horizontal)
        required = max(required, float((climb * _find_exit_shares(points_xy, box, to_camera)).max()))
    return required


def _find_exit_shares(points_xy: Sequence[Floats], box: Floats, to_camera: Sequence[Floats]) -> Floats:
    """Return, per point, the share of its line of sight after which it leaves the space below a box.

    Shape (columns, rows); 0 for a point that is never below the box.

    points_xy, to_camera: x and y of the points, and of the offset from each to the camera
    """
    enters, leaves = [], []
    for start, offset, low, high in zip(
        points_xy, to_camera, box[0, :2] - SIGHT_MARGIN, box[1, :2] + SIGHT_MARGIN, strict=False
    ):
        with np.errstate(divide="ignore", invalid="ignore"):
            ends = (low - start) / offset, (high - start) / offset
        # a line of sight that is level along this axis is always, or never, between the box's ends
        is_level, is_between = np.abs(offset) < 1e-9, (start > low) & (start < high)
        enters.append(np.where(is_level, np.where(is_between, -np.inf, np.inf), np.minimum(*ends)))
        leaves.append(np.where(is_level, np.where(is_between, np.inf, -np.inf), np.maximum(*ends)))
    first, last = np.maximum(enters[0][:, None], enters[1]), np.minimum(leaves[0][:, None], leaves[1])
    shares: Floats = np.where(last > np.maximum(first, 0), last, 0.0)
    return shares
