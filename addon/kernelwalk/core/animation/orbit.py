# SPDX-License-Identifier: GPL-3.0-or-later
"""The orbit of the camera: its curve, and the angles that it takes."""

from __future__ import annotations

import numpy as np

from ..arrays import Floats
from ..spec.spec import Spec
from .curve import Curve, make_curve

ORBIT_TARGET = "camera.turn"
"""Target of the curve of an orbiting camera."""

MAX_ORBIT_ANGLES = 2000
"""Maximum number of angles of an orbit that are considered; between two of a full turn, less than 0.001 % of the scene
is missed."""


def make_orbit_curves(spec: Spec) -> list[Curve]:
    """Return the curve of the camera's angle, in radians, centered on its azimuth; none for a camera at rest.

    In a loop, an orbit other than full turns goes out and back.
    """
    camera, frames = spec.camera, spec.frames
    if camera.orbit == 0 or not frames:
        return []
    half = np.radians(camera.orbit) / 2
    if spec.walk.loop and camera.orbit % 360 and len(frames) > 1:
        keys, values = [frames.start, frames.start + len(frames) // 2, frames.stop], [-half, half, -half]
    else:
        # the last frame of full turns must not repeat the first
        last = frames.stop if camera.orbit % 360 == 0 else max(frames.stop - 1, frames.start + 1)
        keys, values = [frames.start, last], [-half, half]
    return [make_curve(ORBIT_TARGET, np.array(keys), np.array(values), camera.orbit_easing)]


def list_orbit_angles(spec: Spec) -> Floats:
    """Return the camera's angles (n,) on all frames, in radians; evenly spaced angles if there are very many."""
    curves = make_orbit_curves(spec)
    if not curves:
        return np.zeros(1)
    angles = np.unique(curves[0].value_at(np.array(spec.frames, np.float64)))
    return angles if len(angles) <= MAX_ORBIT_ANGLES else np.linspace(angles[0], angles[-1], MAX_ORBIT_ANGLES)


def list_orbit_angles_at_steps(spec: Spec) -> Floats:
    """Return the camera's angles (steps,) when each step is reached, in radians."""
    curves = make_orbit_curves(spec)
    if not curves:
        return np.zeros(spec.step_count)
    return curves[0].value_at(spec.start_frame(np.arange(spec.step_count)).astype(np.float64))
