# SPDX-License-Identifier: GPL-3.0-or-later
"""Connectors that keep clear of digits: each ends at the edge of the fields that it connects, as the camera sees them.

Without digits, a connector leads to a corner of a field even where it passes in front of the field's tiles, and the
copy that shows through tiles begins within the tile above. With digits, it begins and ends where it meets the edges.
"""

from __future__ import annotations

import numpy as np

from ..arrays import Booleans, Floats

SHARE_DECIMALS = 6
"""Decimals of the share of a line that is left, so that lines that look alike at all steps are the same."""

SMALLEST_AREA = 1e-9
"""Area below which a field is seen from its edge and covers nothing, in squares of the view plane."""


def keep_clear_of_fields(
    lines: Floats, seen: Floats, depths: Floats, fields: tuple[Floats | None, Floats | None]
) -> Floats:
    """Return the edges (steps, 4, 2, 3) of a frustum, without the ends that cover its two fields.

    A line that covers nothing else is left as a point.

    seen:   shape (steps, 4, 2, 2), the lines as the camera sees them
    depths: shape (steps, 4, 2), distances of their ends from a perspective camera; the same for all without one
    fields: shape (steps, 4, 2) each, corners of the upper and of the lower field as the camera sees them, in order
        around it; None for a field without digits
    """
    begin, end = np.zeros(lines.shape[:2]), np.ones(lines.shape[:2])
    upper, lower = fields
    if upper is not None:
        _, leaves, covers = _find_crossings(seen, upper)
        begin = np.where(covers, leaves, begin)
    if lower is not None:
        enters, _, covers = _find_crossings(seen, lower)
        end = np.where(covers, enters, end)
    shares = np.stack([begin, np.maximum(begin, end)], axis=2)
    shares = shares * depths[..., :1] / (depths[..., 1:] + shares * (depths[..., :1] - depths[..., 1:]))
    kept: Floats = lines[:, :, :1] + np.round(shares, SHARE_DECIMALS)[..., None] * np.diff(lines, axis=2)
    return kept


def _find_crossings(seen: Floats, field: Floats) -> tuple[Floats, Floats, Booleans]:
    """Return the shares of each line (steps, 4) at which it enters a field and leaves it, and True where it does.

    Formula: line clipping of Cyrus and Beck 1978.
    """
    along = np.roll(field, -1, axis=1) - field
    inward = np.stack([-along[..., 1], along[..., 0]], axis=-1)
    around = np.roll(field, -1, axis=1)
    area = (field[..., 0] * around[..., 1] - field[..., 1] * around[..., 0]).sum(axis=1) / 2
    inward = inward * np.sign(area)[:, None, None]
    direction = seen[:, :, 1] - seen[:, :, 0]
    # of each line (axis 1) and each edge of the field (axis 2): how far inside the line begins, and how that grows
    depth = ((seen[:, :, None, 0] - field[:, None]) * inward[:, None]).sum(axis=-1)
    growth = (direction[:, :, None] * inward[:, None]).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = -depth / growth
    enters = np.where(growth > 0, crossing, np.where((growth == 0) & (depth < 0), np.inf, -np.inf)).max(axis=2)
    leaves = np.where(growth < 0, crossing, np.inf).min(axis=2)
    enters, leaves = np.maximum(enters, 0.0), np.minimum(leaves, 1.0)
    return enters, leaves, (enters < leaves) & (np.abs(area) > SMALLEST_AREA)[:, None]
