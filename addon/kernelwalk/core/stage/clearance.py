# SPDX-License-Identifier: GPL-3.0-or-later
"""How high a grid must stand over another so that the camera sees, past it, all that is lit below."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..spec.look import Camera
from ..walk.reach import Floats
from .framing import View

TURN = 5.0
"""Degrees of an orbit after which the camera is looked from again."""

STEEPEST = np.radians(60)
"""The elevation of a camera above which height does no longer help: grids then lie beside each other."""

BESIDES = 0.25
"""Of a tile, what is to be seen around its middle."""


def is_steep(camera: Camera) -> bool:
    return bool(np.radians(camera.elevation) > STEEPEST)


def turns_of(camera: Camera) -> Floats:
    """How far the camera turns, in radians, at places all along its orbit."""
    half = min(abs(camera.orbit), 360.0) / 2
    return np.radians(np.linspace(-half, half, 1 + 2 * int(np.ceil(half / TURN))))


def rise(points: Floats, box: Floats, camera: Camera, views: Sequence[View]) -> float:
    """How far over `points` (n, 3) a grid's underside must be at least, so that none of its tiles hides them.

    box:   shape (2, 3), the lowest and highest corner of the grid, of which the height is of no matter
    views: in perspective, from where the scene is seen; without any, as if it were from far away
    """
    if not views:
        azimuths = np.radians(camera.azimuth) + turns_of(camera)
        slope = np.tan(min(np.radians(camera.elevation), STEEPEST))
        ways = np.column_stack([np.sin(azimuths), -np.cos(azimuths)])
        return max(float(slope * _under(points, box, np.tile(way, (len(points), 1))).max()) for way in ways)
    most = 0.0
    for view in views:
        apart = np.array(view.location) - points
        level = np.maximum(np.linalg.norm(apart[:, :2], axis=1), 1e-9)
        slope = np.minimum(apart[:, 2] / level, np.tan(STEEPEST))
        most = max(most, float((slope * _under(points, box, apart[:, :2] / level[:, None])).max()))
    return most


def _under(points: Floats, box: Floats, ways: Floats) -> Floats:
    """Shape (n,): how far points are, towards the camera, from where they are no longer below a box; 0 where they are
    never below it. `ways` (n, 2) have length 1."""
    low, high = box[0, :2] - BESIDES, box[1, :2] + BESIDES
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.sort(np.stack([low - points[:, :2], high - points[:, :2]]) / ways, axis=0)
    # along an axis on which the way does not lead, it is between the box's ends all the time, or never
    level = np.abs(ways) < 1e-9
    between = (points[:, :2] > low) & (points[:, :2] < high)
    enters = np.where(level, np.where(between, -np.inf, np.inf), ends[0]).max(axis=1)
    leaves = np.where(level, np.where(between, np.inf, -np.inf), ends[1]).min(axis=1)
    found: Floats = np.where(leaves > np.maximum(enters, 0), leaves, 0.0)
    return found
