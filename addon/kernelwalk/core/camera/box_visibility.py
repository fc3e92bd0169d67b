# SPDX-License-Identifier: GPL-3.0-or-later
"""The boxes that a camera sees."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats
from .framing import View


def find_visible_boxes(boxes: Floats, views: Iterable[View]) -> NDArray[np.bool_]:
    """Return which boxes reach into the picture of at least one view, shape (n,).

    A box counts as seen unless all its corners are beyond the same side of the visible space: view-frustum culling
    (Assarsson & Möller, 2000). A large box beside a corner of the picture may so count as seen although it is not.

    boxes: shape (n, 8, 3), the corners of each
    """
    seen = np.zeros(len(boxes), bool)
    for view in views:
        seen |= ~_is_outside(boxes, view)
    return seen


def _is_outside(boxes: Floats, view: View) -> NDArray[np.bool_]:
    offsets = (boxes - np.array(view.location)) @ view.axes.T
    depths = -offsets[..., 2]
    # the visible space of a perspective camera becomes wider with the depth
    scale = np.ones_like(depths) if view.distance is None else depths / view.distance
    axis_of_view = view.project(np.array(view.location) - view.axes[2])
    beyond = [depths < 0, depths > view.far_clip]
    for axis, size in enumerate((view.width, view.height)):
        beyond.append(offsets[..., axis] < -axis_of_view[axis] * size * scale)
        beyond.append(offsets[..., axis] > (1 - axis_of_view[axis]) * size * scale)
    outside: NDArray[np.bool_] = np.any(np.all(beyond, axis=-1), axis=0)
    return outside
