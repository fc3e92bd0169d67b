# SPDX-License-Identifier: GPL-3.0-or-later
"""Rims around tiles, as four lines each."""

from __future__ import annotations

import numpy as np

from ..arrays import Floats

RIM_CORNERS = np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])
"""Corners of a rim, in order, in halves of its edge."""

LINES_PER_RIM = len(RIM_CORNERS)


def make_rims(middles: Floats, edge: float, width: float) -> Floats:
    """Return the lines of a rim around each of `middles` (..., n, 3), shape (..., 4n, 2, 3).

    edge:  of a rim, from the middle of one line to that of the opposite one
    width: of the lines
    """
    corners = np.column_stack([RIM_CORNERS * edge / 2, np.zeros(LINES_PER_RIM)])
    ends = np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)
    along = (ends[:, 1] - ends[:, 0]) / edge
    ends = ends + np.stack([-along, along], axis=1) * width / 2  # so that lines meet in full corners
    lines = middles[..., None, None, :] + ends
    return lines.reshape(*middles.shape[:-2], -1, 2, 3)
