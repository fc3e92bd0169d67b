# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the camera stands so that everything is in the picture, and no further back than it must be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .look import Camera

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class View:
    """An orthographic camera, in Blender's terms.

    location: of the camera, in world units
    rotation: Euler angles XYZ, in radians
    width, height: of what it sees, in world units (width is ortho_scale with a horizontal sensor fit)
    depth:    the far clipping distance that holds everything
    """

    location: tuple[float, float, float]
    rotation: tuple[float, float, float]
    width: float
    height: float
    depth: float

    def project(self, points: Floats) -> Floats:
        """Shape (..., 2): where world points (..., 3) lie in the picture, (0, 0) its lower left and (1, 1) its upper
        right corner."""
        seen = (points - np.array(self.location)) @ axes_of(self.rotation).T
        return seen[..., :2] / np.array([self.width, self.height]) + 0.5


def facing(camera: Camera) -> tuple[float, float, float]:
    """The rotation of a camera, Euler angles XYZ in radians."""
    return float(np.radians(90 - camera.elevation)), 0.0, float(np.radians(camera.azimuth))


def axes_of(rotation: tuple[float, float, float]) -> Floats:
    """Rows: the camera's right, up and backward directions in the world."""
    tilt, _, turn = rotation
    right = [np.cos(turn), np.sin(turn), 0.0]
    up = [-np.sin(turn) * np.cos(tilt), np.cos(turn) * np.cos(tilt), np.sin(tilt)]
    backward = [np.sin(turn) * np.sin(tilt), -np.cos(turn) * np.sin(tilt), np.cos(tilt)]
    return np.array([right, up, backward])


def fit(points: Floats, camera: Camera, resolution: tuple[int, int]) -> View:
    """The view of `points` (n, 3) that leaves the camera's margin on the tighter pair of sides, centred."""
    rotation = facing(camera)
    axes = axes_of(rotation)
    seen = points @ axes.T
    low, high = seen.min(axis=0), seen.max(axis=0)
    size = np.maximum(high - low, 1e-6)
    aspect = resolution[0] / resolution[1]
    width = max(size[0], size[1] * aspect) / (1 - 2 * camera.margin)
    return view_of(points, camera, resolution, float(width), (low[:2] + high[:2]) / 2)


def view_of(points: Floats, camera: Camera, resolution: tuple[int, int], width: float, middle: Floats) -> View:
    """The view of `points` (n, 3) that is so wide, and has `middle` (2,) in its middle: to the right and up, as the
    camera sees the world."""
    rotation = facing(camera)
    axes = axes_of(rotation)
    seen = points @ axes.T
    low, high = seen.min(axis=0), seen.max(axis=0)
    # far enough back that also what lies around the points, such as a floor, is in front of the camera
    back = high[2] + np.maximum(high - low, 1e-6).max() + width
    x, y, z = (np.array([*middle, back]) @ axes).tolist()
    aspect = resolution[0] / resolution[1]
    return View((x, y, z), rotation, width, width / aspect, float(2 * (back - low[2]) + width))
