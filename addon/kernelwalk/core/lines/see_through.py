# SPDX-License-Identifier: GPL-3.0-or-later
"""Connectors that show through tiles: a second, paler copy of the lines in front of everything.

Lines look the same after they are moved straight towards an orthographic camera, or scaled towards the location of a
perspective camera, and nothing is in front of them any more: no tile has to fade, and no ray has to be traced further.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import Floats
from ..camera.framing import View

SEE_THROUGH_OPACITY = 0.38
"""Opacity of the copy: clearly visible, and clearly behind the tiles."""

DEPTH_RATIO = 0.9
"""Perspective only: depth of the farthest point of the copy, as a share of the depth of the nearest tile."""


@dataclass(frozen=True)
class SeeThroughTransform:
    """The place of the copy: each point p of the lines moves to scale * p + fixed_offset + orbiting_offset.

    orbiting_offset: shape (3,), rotates with the camera
    fixed_offset: shape (3,)
    """

    scale: float
    orbiting_offset: Floats
    fixed_offset: Floats


def make_see_through_transform(view: View) -> SeeThroughTransform:
    """Return the transform of the copy for a scene that lies between the view's near and far distances."""
    if view.distance is None:
        shift = view.far - view.near + view.width / 2
        return SeeThroughTransform(1.0, shift * view.axes[2], np.zeros(3))
    scale = DEPTH_RATIO * view.near / view.far
    pivot = np.array([*view.pivot, 0.0])
    return SeeThroughTransform(scale, (1 - scale) * (np.array(view.location) - pivot), (1 - scale) * pivot)
