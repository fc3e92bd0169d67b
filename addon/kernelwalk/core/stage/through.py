# SPDX-License-Identifier: GPL-3.0-or-later
"""Connectors that show through the tiles before them: a second, paler picture of the lines, before everything.

Moved straight towards an orthographic camera, or shrunk towards the place of one in perspective, lines look the same,
and nothing is in front of them: no tile has to fade, and no ray to be followed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..walk.activation import Floats
from .framing import View

OPACITY = 0.38
"""Of the lines that are seen through tiles: plainly behind them, and plainly there."""

CLOSER = 0.9
"""In perspective, how far away the farthest of the paler lines is, as a share of how far the nearest tile is."""


@dataclass(frozen=True)
class Through:
    """Where the paler lines are: every point p of the others is at scale * p + fixed + carried.

    carried: shape (3,), turns with the camera
    fixed:   shape (3,)
    """

    scale: float
    carried: Floats
    fixed: Floats


def through(view: View) -> Through:
    """The paler lines of a scene that a view shows whole."""
    if view.distance is None:
        apart = view.far - view.near + view.width / 2
        return Through(1.0, apart * view.axes[2], np.zeros(3))
    scale = CLOSER * view.near / view.far
    pivot = np.array([*view.pivot, 0.0])
    return Through(scale, (1 - scale) * (np.array(view.location) - pivot), (1 - scale) * pivot)
