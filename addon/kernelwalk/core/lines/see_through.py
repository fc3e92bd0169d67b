# SPDX-License-Identifier: GPL-3.0-or-later
"""Connectors that show through the tiles before them: a second, paler picture of the lines, before everything.

Moved straight towards an orthographic camera, or shrunk towards the place of one in perspective, lines look the same,
and nothing is in front of them: no tile has to fade, and no ray to be followed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..camera.framing import View
from ..walk.activation import Floats

SEE_THROUGH_OPACITY = 0.38
"""Of the lines that are seen through tiles: plainly behind them, and plainly there."""

DEPTH_SHARE = 0.9
"""In perspective, how far away the farthest of the paler lines is, as a share of how far the nearest tile is."""


@dataclass(frozen=True)
class SeeThroughTransform:
    """Where the paler lines are: every point p of the others is at scale * p + fixed + carried.

    carried: shape (3,), turns with the camera
    fixed:   shape (3,)
    """

    scale: float
    orbiting_offset: Floats
    fixed_offset: Floats


def make_see_through_transform(view: View) -> SeeThroughTransform:
    """The paler lines of a scene that a view shows whole."""
    if view.distance is None:
        apart = view.far - view.near + view.width / 2
        return SeeThroughTransform(1.0, apart * view.axes[2], np.zeros(3))
    scale = DEPTH_SHARE * view.near / view.far
    pivot = np.array([*view.pivot, 0.0])
    return SeeThroughTransform(scale, (1 - scale) * (np.array(view.location) - pivot), (1 - scale) * pivot)
