# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the camera stands so that everything is in the picture, and no further back than it must be."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..spec.look_section import Camera

Floats = NDArray[np.float64]

ReservedMargins = tuple[float, float, float, float]
"""Shares of the picture that are kept free beside the margin, as for a title: left, bottom, right, top."""

MIN_SIZE = 1e-6
"""Of what is seen: a single point has a picture too."""

MAX_POINTS_AT_ONCE = 1 << 17
"""Points, on all turns of an orbit, that are looked at together, for the sake of memory."""


@dataclass(frozen=True)
class View:
    """A camera, in Blender's terms.

    location: of the camera, in world units
    rotation: Euler angles XYZ, in radians
    width, height: of what it sees, in world units: orthographic, everywhere (width is ortho_scale with a horizontal
              sensor fit); in perspective, at `distance`
    depth:    the far clipping distance that holds everything
    distance: of the middle of what is seen, in perspective; None where the camera is orthographic
    near, far: how far away what is seen begins and ends
    pivot:    x and y of the upright axis that the camera turns around in an orbit
    """

    location: tuple[float, float, float]
    rotation: tuple[float, float, float]
    width: float
    height: float
    far_clip: float
    distance: float | None = None
    near: float = 0.0
    far: float = 0.0
    pivot: tuple[float, float] = (0.0, 0.0)

    @property
    def field_of_view(self) -> float:
        """In perspective, the angle of view across the picture's width, in radians."""
        assert self.distance is not None
        return float(2 * np.arctan(self.width / 2 / self.distance))

    @cached_property
    def axes(self) -> Floats:
        """Rows: the camera's right, up and backward directions in the world."""
        return camera_axes(self.rotation)

    def project(self, points: Floats) -> Floats:
        """Shape (..., 2): where world points (..., 3) lie in the picture, (0, 0) its lower left and (1, 1) its upper
        right corner."""
        seen = (points - np.array(self.location)) @ self.axes.T
        return seen[..., :2] * self._magnification(-seen[..., 2])[..., None] / np.array([self.width, self.height]) + 0.5

    def to_view_plane(self, points: Floats) -> Floats:
        """Shape (..., 3): how far points (..., 3) are seen to the right of the picture's middle and above it, in
        lengths of which `width` are across it; and how far towards the camera they are, in the world."""
        across = (self.project(points) - 0.5) * np.array([self.width, self.height])
        return np.concatenate([across, (points @ self.axes[2])[..., None]], axis=-1)

    def depths(self, points: Floats) -> Floats:
        """Shape (...): how far away points (..., 3) are, along the direction of sight."""
        return (np.array(self.location) - points) @ self.axes[2]

    def magnification(self, points: Floats) -> Floats:
        """Shape (...): how much larger than at `distance` the camera sees what is at points (..., 3)."""
        return self._magnification(self.depths(points))

    def _magnification(self, depths: Floats) -> Floats:
        return np.ones_like(depths) if self.distance is None else self.distance / np.maximum(depths, MIN_SIZE)

    def directions_to_camera(self, points: Floats) -> Floats:
        """Shape (n, 3): the directions, of length 1, from points (n, 3) to the camera."""
        if self.distance is None:
            return np.broadcast_to(self.axes[2], points.shape)
        ways = np.array(self.location) - points
        found: Floats = ways / np.linalg.norm(ways, axis=-1, keepdims=True)
        return found

    def undo_orbit(self, points: Floats, angles: Floats) -> Floats:
        """Shape (n, ..., 3): where points (n, ..., 3) would stand if, rather than the camera turning so far (n,),
        they had turned the other way."""
        angles = angles.reshape(-1, *[1] * (points.ndim - 2))
        apart = points - [*self.pivot, 0]
        x = np.cos(angles) * apart[..., 0] + np.sin(angles) * apart[..., 1]
        y = np.cos(angles) * apart[..., 1] - np.sin(angles) * apart[..., 0]
        return np.stack([x + self.pivot[0], y + self.pivot[1], apart[..., 2]], axis=-1)

    def orbit_by(self, angle: float) -> View:
        """The view after the camera has turned so far, in radians, around the pivot."""
        if angle == 0:
            return self
        x, y, z = np.array(self.location) - [*self.pivot, 0]
        place = np.array([np.cos(angle) * x - np.sin(angle) * y, np.sin(angle) * x + np.cos(angle) * y]) + self.pivot
        tilt, roll, facing = self.rotation
        return replace(
            self, location=(float(place[0]), float(place[1]), float(z)), rotation=(tilt, roll, facing + angle)
        )


def box_corners(boxes: Iterable[Floats]) -> Floats:
    """Shape (n, 3): the corners of boxes (2, 3), each its lowest and its highest."""
    return np.array([corner for box in boxes for corner in itertools.product(*box.T)])


def camera_rotation(camera: Camera) -> tuple[float, float, float]:
    """The rotation of a camera that has not turned, Euler angles XYZ in radians."""
    return float(np.radians(90 - camera.elevation)), 0.0, float(np.radians(camera.azimuth))


def camera_axes(rotation: tuple[float, float, float]) -> Floats:
    """Rows: the camera's right, up and backward directions in the world."""
    tilt, _, turn = rotation
    right = [np.cos(turn), np.sin(turn), 0.0]
    up = [-np.sin(turn) * np.cos(tilt), np.cos(turn) * np.cos(tilt), np.sin(tilt)]
    backward = [np.sin(turn) * np.sin(tilt), -np.cos(turn) * np.sin(tilt), np.cos(tilt)]
    return np.array([right, up, backward])


def fit_view(
    points: Floats,
    camera: Camera,
    resolution: tuple[int, int],
    angles: Sequence[float] | Floats = (0.0,),
    reserved: ReservedMargins = (0.0, 0.0, 0.0, 0.0),
    radii: Floats | float = 0.0,
) -> View:
    """The view of `points` (n, 3) that leaves the camera's margin, and the bands, on the tighter pair of sides, and is
    centred between the others.

    turns: how far the camera turns around the middle of the points, in radians: all of them show all points
    radii: shape (n,), of the balls around the points that are seen too
    """
    rotation = camera_rotation(camera)
    pivot = ((points.min(axis=0) + points.max(axis=0)) / 2)[:2]
    seen = _OrbitedPoints(points, camera_axes(rotation), pivot, np.asarray(angles, np.float64), radii)
    aspect = resolution[0] / resolution[1]
    room = np.array([[camera.margin] * 2, [1 - camera.margin] * 2]) + np.reshape(reserved, (2, 2)) * [[1], [-1]]
    make = _fit_perspective if camera.projection == "perspective" else _fit_orthographic
    found = make(seen, camera, aspect, room)
    x, y = pivot.tolist()
    return replace(found, rotation=rotation, pivot=(x, y))


@dataclass(frozen=True)
class _OrbitedPoints:
    """Points, and balls around them, as the camera sees them on all its turns.

    axes: rows, the camera's right, up and backward directions
    """

    points: Floats
    axes: Floats
    pivot: Floats
    angles: Floats
    radii: Floats | float

    def extents_along(self, normals: Floats) -> Floats:
        """Shape (k,): how far the points reach in directions (k, 3) of the camera's own."""
        ways = normals @ self.axes
        apart = self.points - [*self.pivot, 0]
        still = np.multiply.outer(np.linalg.norm(normals, axis=1), np.broadcast_to(self.radii, len(apart)))
        still += np.multiply.outer(ways[:, 2], apart[:, 2]) + (ways[:, :2] @ self.pivot)[:, None]
        # as the camera turns one way, the points turn the other: what of that goes with the cosine, and with the sine
        turning = np.stack([
            np.multiply.outer(ways[:, 0], apart[:, 0]) + np.multiply.outer(ways[:, 1], apart[:, 1]),
            np.multiply.outer(ways[:, 0], apart[:, 1]) - np.multiply.outer(ways[:, 1], apart[:, 0]),
        ]).reshape(2, -1)  # fmt: skip
        found = np.full(len(normals), -np.inf)
        at_once = max(1, MAX_POINTS_AT_ONCE // len(apart))
        for begin in range(0, len(self.angles), at_once):
            turns = self.angles[begin : begin + at_once]
            # the points' furthest of each turn, then the furthest of all turns
            reach = (np.column_stack([np.cos(turns), np.sin(turns)]) @ turning).reshape(-1, *still.shape) + still
            found = np.maximum(found, reach.max(axis=(0, 2)))
        return found

    def extents(self) -> tuple[Floats, Floats]:
        """How far the points reach to the left, below and away, and to the right, above and towards the camera."""
        reach = self.extents_along(np.concatenate([-np.eye(3), np.eye(3)]))
        return -reach[:3], reach[3:]

    def to_world(self, x: float, y: float, z: float) -> tuple[float, float, float]:
        """A place by the camera's axes, in the world."""
        place = (np.array([x, y, z]) @ self.axes).tolist()
        return place[0], place[1], place[2]


def _fit_orthographic(seen: _OrbitedPoints, camera: Camera, aspect: float, room: Floats) -> View:
    low, high = seen.extents()
    size = np.maximum(high - low, MIN_SIZE)
    share = room[1] - room[0]
    width = float(max(size[0] / share[0], size[1] / share[1] * aspect))
    off = (room.mean(axis=0) - 0.5) * [width, width / aspect]
    return _orthographic_view(seen, low, high, width, aspect, (low[:2] + high[:2]) / 2 - off)


def reframe_view(view: View, points: Floats, angles: Sequence[float] | Floats, width: float, offset: Floats) -> View:
    """An orthographic view of `points` (n, 3) made so wide, its middle `off` (2,) to the right and up."""
    aspect, pivot = view.width / view.height, np.array(view.pivot)
    seen = _OrbitedPoints(points, view.axes, pivot, np.asarray(angles, np.float64), 0.0)
    middle = (view.axes @ np.array(view.location))[:2] + offset
    return replace(
        _orthographic_view(seen, *seen.extents(), width, aspect, middle), rotation=view.rotation, pivot=view.pivot
    )


def _orthographic_view(
    seen: _OrbitedPoints, low: Floats, high: Floats, width: float, aspect: float, middle: Floats
) -> View:
    size = np.maximum(high - low, MIN_SIZE)
    # far enough back that also what lies around the points, such as a floor, is in front of the camera
    back = high[2] + size.max() + width
    across, up = middle.tolist()
    location = seen.to_world(across, up, float(back))
    near, far = float(back - high[2]), float(back - low[2])
    return View(location, (0, 0, 0), width, width / aspect, 2 * far + width, near=near, far=far)


def _fit_perspective(seen: _OrbitedPoints, camera: Camera, aspect: float, room: Floats) -> View:
    """In perspective, what the picture holds is a pyramid, whose four sides touch the points from outside."""
    longer = 2 * np.tan(np.radians(camera.field_of_view) / 2)
    size = np.array([min(aspect, 1.0), min(1 / aspect, 1.0)]) * longer  # of the picture, at a distance of 1
    low, high = (room - 0.5) * size
    upper = seen.extents_along(np.array([[1, 0, high[0]], [0, 1, high[1]]]))
    lower = -seen.extents_along(np.array([[-1, 0, -low[0]], [0, -1, -low[1]]]))
    ends = seen.extents()
    least = max(float((ends[1] - ends[0]).max()), MIN_SIZE)
    # so far back that the sides of either pair do not cross; and before a tip that nothing else stands around
    back = max(float(((upper - lower) / (high - low)).max()), float(ends[1][2]) + 1e-3 * least)
    middle = (upper - high * back + lower - low * back) / 2
    near, far = float(back - ends[1][2]), float(back - ends[0][2])
    distance = (near + far) / 2
    width, height = (size * distance).tolist()
    across, up = middle.tolist()
    location = seen.to_world(across, up, back)
    return View(location, (0, 0, 0), width, height, 4 * far + width, distance, near, far)
