# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera view that holds everything, no farther back than necessary."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..arrays import Floats
from ..spec.camera_section import Camera

ReservedMargins = tuple[float, float, float, float]
"""Shares of the picture kept free inside the margin, as for a title: left, bottom, right, top."""

MIN_SIZE = 1e-6
"""Smallest extent of a subject, in world units: a single point has a picture, too."""

MAX_POINTS_AT_ONCE = 1 << 17
"""Points, summed over the angles of an orbit, that are processed together; limits memory."""


@dataclass(frozen=True)
class View:
    """A camera in Blender's terms.

    location: world units
    rotation: Euler angles XYZ, in radians
    width, height: size of the visible area in world units; in perspective, at `distance`. `width` is Blender's
        ortho_scale with a horizontal sensor fit.
    far_clip: far clipping distance that includes everything
    distance: perspective only: distance to the middle of the subject; None for an orthographic camera
    near, far: distances at which the subject begins and ends
    pivot:    x and y of the vertical axis that the camera orbits
    shift:    perspective only: offset of the picture's middle from the axis of view, to the right and up, as shares of
        the picture's width, as of Blender's cameras
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
    shift: tuple[float, float] = (0.0, 0.0)

    @property
    def field_of_view(self) -> float:
        """The horizontal angle of view of a perspective camera without a shift, in radians."""
        assert self.distance is not None
        return float(2 * np.arctan(self.width / 2 / self.distance))

    @cached_property
    def axes(self) -> Floats:
        """Shape (3, 3): the camera's right, up and backward directions in the world, as rows."""
        return compute_camera_axes(self.rotation)

    def project(self, points: Floats) -> Floats:
        """Return picture coordinates (..., 2) of world points (..., 3): (0, 0) is lower left, (1, 1) upper right."""
        offsets = (points - np.array(self.location)) @ self.axes.T
        on_plane = offsets[..., :2] * self._compute_magnification(-offsets[..., 2])[..., None]
        return on_plane / np.array([self.width, self.height]) + self.axis_place

    @property
    def axis_place(self) -> Floats:
        """Picture coordinates (2,) of the axis of view, as of `project`."""
        return 0.5 - np.array(self.shift) * [1.0, self.width / self.height]

    def to_view_plane(self, points: Floats) -> Floats:
        """Return view-plane coordinates (..., 3) of world points (..., 3).

        The first two count from the middle of the picture to the right and up, in units of which `width` span the
        picture. The third is the coordinate towards the camera, in world units.
        """
        across = (self.project(points) - 0.5) * np.array([self.width, self.height])
        return np.concatenate([across, (points @ self.axes[2])[..., None]], axis=-1)

    def measure_depths(self, points: Floats) -> Floats:
        """Return the distances (...) of points (..., 3) along the viewing direction, in world units."""
        return (np.array(self.location) - points) @ self.axes[2]

    def compute_magnification(self, points: Floats) -> Floats:
        """Return how much larger than at `distance` the camera sees things at points (..., 3); shape (...)."""
        return self._compute_magnification(self.measure_depths(points))

    def _compute_magnification(self, depths: Floats) -> Floats:
        return np.ones_like(depths) if self.distance is None else self.distance / np.maximum(depths, MIN_SIZE)

    def find_directions_to_camera(self, points: Floats) -> Floats:
        """Return unit vectors (n, 3) from points (n, 3) to the camera."""
        if self.distance is None:
            return np.broadcast_to(self.axes[2], points.shape)
        offsets = np.array(self.location) - points
        directions: Floats = offsets / np.linalg.norm(offsets, axis=-1, keepdims=True)
        return directions

    def undo_orbit(self, points: Floats, angles: Floats) -> Floats:
        """Rotate points (n, ..., 3) around the pivot by the negative of `angles` (n,), in radians.

        The camera at rest sees the result as a camera that has orbited by these angles sees the points.
        """
        angles = angles.reshape(-1, *[1] * (points.ndim - 2))
        offsets = points - [*self.pivot, 0]
        x = np.cos(angles) * offsets[..., 0] + np.sin(angles) * offsets[..., 1]
        y = np.cos(angles) * offsets[..., 1] - np.sin(angles) * offsets[..., 0]
        return np.stack([x + self.pivot[0], y + self.pivot[1], offsets[..., 2]], axis=-1)

    def orbit_by(self, angle: float) -> View:
        """Return the view after the camera has orbited the pivot by `angle`, in radians."""
        if angle == 0:
            return self
        x, y, z = np.array(self.location) - [*self.pivot, 0]
        place = np.array([np.cos(angle) * x - np.sin(angle) * y, np.sin(angle) * x + np.cos(angle) * y]) + self.pivot
        tilt, roll, azimuth = self.rotation
        return replace(
            self, location=(float(place[0]), float(place[1]), float(z)), rotation=(tilt, roll, azimuth + angle)
        )


def list_box_corners(boxes: Iterable[Floats]) -> Floats:
    """Return the corners (n, 3) of boxes (2, 3), each given by its lowest and highest corner."""
    return np.array([corner for box in boxes for corner in itertools.product(*box.T)])


def get_camera_rotation(camera: Camera) -> tuple[float, float, float]:
    """Return the Euler angles XYZ, in radians, of a camera before it orbits."""
    return float(np.radians(90 - camera.elevation)), 0.0, float(np.radians(camera.azimuth))


def compute_camera_axes(rotation: tuple[float, float, float]) -> Floats:
    """Return the camera's right, up and backward directions in the world, as rows of shape (3, 3)."""
    tilt, _, azimuth = rotation
    right = [np.cos(azimuth), np.sin(azimuth), 0.0]
    up = [-np.sin(azimuth) * np.cos(tilt), np.cos(azimuth) * np.cos(tilt), np.sin(tilt)]
    backward = [np.sin(azimuth) * np.sin(tilt), -np.cos(azimuth) * np.sin(tilt), np.cos(tilt)]
    return np.array([right, up, backward])


def fit_view(
    points: Floats,
    camera: Camera,
    resolution: tuple[int, int],
    angles: Sequence[float] | Floats = (0.0,),
    reserved: ReservedMargins = (0.0, 0.0, 0.0, 0.0),
    radii: Floats | float = 0.0,
) -> View:
    """Return the closest view that shows all points and leaves the camera's margin and the reserved margins free.

    The subject touches the tighter pair of sides and is centered between the other two.

    points: shape (n, 3), world units
    angles: angles of the orbit around the middle of the points, in radians; all points are visible at each of them
    radii:  shape (n,), radii of balls around the points, which are visible, too
    """
    rotation = get_camera_rotation(camera)
    pivot = ((points.min(axis=0) + points.max(axis=0)) / 2)[:2]
    subject = _OrbitedPoints(points, compute_camera_axes(rotation), pivot, np.asarray(angles, np.float64), radii)
    aspect = resolution[0] / resolution[1]
    area = np.array([[camera.margin] * 2, [1 - camera.margin] * 2]) + np.reshape(reserved, (2, 2)) * [[1], [-1]]
    fit = _fit_orthographic
    if camera.projection == "perspective":
        fit = _fit_perspective if camera.distance is None else _fit_lens
    view = fit(subject, camera, aspect, area)
    x, y = pivot.tolist()
    return replace(view, rotation=rotation, pivot=(x, y))


@dataclass(frozen=True)
class _OrbitedPoints:
    """Points, and balls around them, as the camera sees them at all angles of its orbit.

    axes: rows, the camera's right, up and backward directions
    """

    points: Floats
    axes: Floats
    pivot: Floats
    angles: Floats
    radii: Floats | float

    def measure_extents_along(self, normals: Floats) -> Floats:
        """Return the largest coordinate (k,) of any point, at any angle, along camera-space directions (k, 3)."""
        radii = np.multiply.outer(np.linalg.norm(normals, axis=1), np.broadcast_to(self.radii, len(self.points)))
        extents = np.full(len(normals), -np.inf)
        for coordinates in self._iterate_coordinates(normals, radii):
            extents = np.maximum(extents, coordinates.max(axis=(0, 2)))
        return extents

    def measure_slopes(self, location: Floats) -> tuple[Floats, Floats]:
        """Return the lowest and the highest slopes (2,), to the right and up per depth, of the lines of sight that a
        camera at `location` (3,), in camera space, has to any point at any angle."""
        low, high = np.full(2, np.inf), np.full(2, -np.inf)
        for coordinates in self._iterate_coordinates(np.eye(3)):
            across, depth = coordinates[:, :2] - location[:2, None], location[2] - coordinates[:, 2:]
            # a ball is seen within an angle around its middle
            middle, half = np.arctan2(across, depth), np.arcsin(self.radii / np.hypot(across, depth))
            low = np.minimum(low, np.tan(middle - half).min(axis=(0, 2)))
            high = np.maximum(high, np.tan(middle + half).max(axis=(0, 2)))
        return low, high

    def _iterate_coordinates(self, normals: Floats, beyond: Floats | float = 0.0) -> Iterator[Floats]:
        """Yield, for some angles at a time, the coordinates (angles, k, n) of the points along camera-space directions
        (k, 3), plus `beyond`."""
        directions = normals @ self.axes
        offsets = self.points - [*self.pivot, 0]
        constant = np.multiply.outer(directions[:, 2], offsets[:, 2]) + (directions[:, :2] @ self.pivot)[:, None]
        constant = beyond + constant
        # a camera that orbits one way sees the points rotate the other way: the parts that go with cosine and sine
        rotating = np.stack([
            np.multiply.outer(directions[:, 0], offsets[:, 0]) + np.multiply.outer(directions[:, 1], offsets[:, 1]),
            np.multiply.outer(directions[:, 0], offsets[:, 1]) - np.multiply.outer(directions[:, 1], offsets[:, 0]),
        ]).reshape(2, -1)  # fmt: skip
        at_once = max(1, MAX_POINTS_AT_ONCE // len(offsets))
        for begin in range(0, len(self.angles), at_once):
            angles = self.angles[begin : begin + at_once]
            rotated = np.column_stack([np.cos(angles), np.sin(angles)]) @ rotating
            yield rotated.reshape(-1, *constant.shape) + constant

    def measure_extents(self) -> tuple[Floats, Floats]:
        """Return the lowest and the highest camera-space coordinates (3,): right, up and towards the camera."""
        extents = self.measure_extents_along(np.concatenate([-np.eye(3), np.eye(3)]))
        return -extents[:3], extents[3:]

    def to_world(self, x: float, y: float, z: float) -> tuple[float, float, float]:
        """Convert camera-space coordinates to a point of the world."""
        point = (np.array([x, y, z]) @ self.axes).tolist()
        return point[0], point[1], point[2]


def _fit_orthographic(subject: _OrbitedPoints, camera: Camera, aspect: float, area: Floats) -> View:
    """Return the narrowest orthographic view in which the subject lies within `area` (2, 2), shares of the picture."""
    low, high = subject.measure_extents()
    size = np.maximum(high - low, MIN_SIZE)
    share = area[1] - area[0]
    width = float(max(size[0] / share[0], size[1] / share[1] * aspect))
    offset = (area.mean(axis=0) - 0.5) * [width, width / aspect]
    return _orthographic_view(subject, low, high, width, aspect, (low[:2] + high[:2]) / 2 - offset)


def reframe_view(view: View, points: Floats, angles: Sequence[float] | Floats, width: float, offset: Floats) -> View:
    """Return an orthographic view of `points` (n, 3) of another width, moved by `offset` (2,) to the right and up."""
    aspect, pivot = view.width / view.height, np.array(view.pivot)
    subject = _OrbitedPoints(points, view.axes, pivot, np.asarray(angles, np.float64), 0.0)
    middle = (view.axes @ np.array(view.location))[:2] + offset
    reframed = _orthographic_view(subject, *subject.measure_extents(), width, aspect, middle)
    return replace(reframed, rotation=view.rotation, pivot=view.pivot)


def move_back(view: View, height: float) -> View:
    """Return the view from farther back along its axis, where the camera is at `height`, which is not below its own."""
    way = (height - view.location[2]) / float(view.axes[2][2])
    x, y, z = (np.array(view.location) + way * view.axes[2]).tolist()
    moved = replace(
        view, location=(x, y, z), near=view.near + way, far=view.far + way, far_clip=view.far_clip + 4 * way
    )
    if view.distance is None:
        return moved
    growth = 1 + way / view.distance
    return replace(moved, width=view.width * growth, height=view.height * growth, distance=view.distance + way)


def move_right(view: View, length: float) -> View:
    """Return the view from a place to its right, or for a negative length to its left."""
    x, y, z = (np.array(view.location) + length * view.axes[0]).tolist()
    return replace(view, location=(x, y, z))


def _orthographic_view(
    subject: _OrbitedPoints, low: Floats, high: Floats, width: float, aspect: float, middle: Floats
) -> View:
    """Return the orthographic view of a width around `middle` (2,), in camera space."""
    size = np.maximum(high - low, MIN_SIZE)
    # far enough back that things around the points, such as a floor, are in front of the camera as well
    back = high[2] + size.max() + width
    across, up = middle.tolist()
    location = subject.to_world(across, up, float(back))
    near, far = float(back - high[2]), float(back - low[2])
    return View(location, (0, 0, 0), width, width / aspect, 2 * far + width, near=near, far=far)


def _fit_perspective(subject: _OrbitedPoints, camera: Camera, aspect: float, area: Floats) -> View:
    """Return the closest perspective view in which the subject lies within `area` (2, 2), shares of the picture.

    The visible space is a pyramid, whose four sides touch the points from outside.
    """
    longer_side = 2 * np.tan(np.radians(camera.field_of_view) / 2)
    size = np.array([min(aspect, 1.0), min(1 / aspect, 1.0)]) * longer_side  # of the picture, at a distance of 1
    low, high = (area - 0.5) * size
    upper = subject.measure_extents_along(np.array([[1, 0, high[0]], [0, 1, high[1]]]))
    lower = -subject.measure_extents_along(np.array([[-1, 0, -low[0]], [0, -1, -low[1]]]))
    extents = subject.measure_extents()
    diameter = max(float((extents[1] - extents[0]).max()), MIN_SIZE)
    # back far enough that opposite sides do not cross, and in front of a tip that has nothing else around it
    back = max(float(((upper - lower) / (high - low)).max()), float(extents[1][2]) + 1e-3 * diameter)
    middle = (upper - high * back + lower - low * back) / 2
    near, far = float(back - extents[1][2]), float(back - extents[0][2])
    distance = (near + far) / 2
    width, height = (size * distance).tolist()
    across, up = middle.tolist()
    location = subject.to_world(across, up, back)
    return View(location, (0, 0, 0), width, height, 4 * far + width, distance, near, far)


def _fit_lens(subject: _OrbitedPoints, camera: Camera, aspect: float, area: Floats) -> View:
    """Return the perspective view from the camera's distance in which the subject fills `area` (2, 2), shares of the
    picture.

    The camera looks at the middle of the subject's box. Its field of view and the lens shift do the fitting.
    """
    assert camera.distance is not None
    box = np.array([subject.points.min(axis=0), subject.points.max(axis=0)])
    side = max(float((box[1] - box[0]).max()), 2 * float(np.max(subject.radii)), MIN_SIZE)  # balls before the camera
    location = subject.axes @ box.mean(axis=0) + [0.0, 0.0, camera.distance * side]
    low, high = subject.measure_slopes(location)
    size, share = np.maximum(high - low, MIN_SIZE), area[1] - area[0]
    width = float(max(size[0] / share[0], size[1] / share[1] * aspect))  # of the picture, at a distance of 1
    shift = (low + high) / 2 / width + (0.5 - area.mean(axis=0)) / [1.0, aspect]
    extents = subject.measure_extents()
    near, far = float(location[2] - extents[1][2]), float(location[2] - extents[0][2])
    distance = (near + far) / 2
    width *= distance
    across, up = shift.tolist()
    place = subject.to_world(*location.tolist())
    return View(place, (0, 0, 0), width, width / aspect, 4 * far + width, distance, near, far, shift=(across, up))
