# SPDX-License-Identifier: GPL-3.0-or-later
"""A moment of the walk, as the tiles know it."""

from __future__ import annotations

from dataclasses import dataclass

from ..arrays import Floats


@dataclass(frozen=True)
class WalkState:
    """A moment of the walk, as far as it affects the colors of tiles; or one for each tile.

    position: shape (4,), x, y, z and channel; between two positions during a transition; or (n, 4)
    activity: 1 while a step is shown, else 0; or shape (n,)
    last_position: shape (4,), last position that was reached
    reversed_axes: shape (4,), 1 along axes that the walk goes backwards, else 0
    trail_opacity: 1 while visited tiles show, falling to 0 at the end of a loop
    """

    position: Floats
    activity: float | Floats
    last_position: Floats
    reversed_axes: Floats
    trail_opacity: float = 1.0
