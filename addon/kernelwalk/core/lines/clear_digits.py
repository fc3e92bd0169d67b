# SPDX-License-Identifier: GPL-3.0-or-later
"""Connectors that keep clear of digits: each ends at the edge of the fields that it connects, as the camera sees them.

Without digits, a connector leads to a corner of a field even where it passes in front of the field's tiles, and the
copy that shows through tiles begins within the tile above. With digits, it begins and ends where it meets the edges.
"""

from __future__ import annotations

import numpy as np

from ..arrays import Booleans, Floats, Integers

SHARE_DECIMALS = 6
"""Decimals of the share of a line that is left, so that lines that look alike at all steps are the same."""

SMALLEST_AREA = 1e-9
"""Area below which a field is seen from its edge and covers nothing, in squares of the view plane."""


def find_shapes(lines: Floats) -> tuple[Integers, Integers]:
    """Return a step (shapes,) of each shape that lines (steps, 4, 2, 3) have in turn, and each step's shape (steps,).

    Lines that have only moved since the step before have the same shape, to SHARE_DECIMALS decimals.
    """
    offsets = (lines - lines[:, :1, :1]).reshape(len(lines), -1)
    changes = (np.abs(np.diff(offsets, axis=0)) > 10**-SHARE_DECIMALS).any(axis=1)
    return np.flatnonzero(np.append(True, changes)), np.append(0, np.cumsum(changes))


def find_clear_shares(seen: Floats, depths: Floats, fields: tuple[Floats | None, Floats | None]) -> Floats:
    """Return the shares (steps, 4, 2) of the edges of a frustum between which they cover none of its two fields.

    They are equal where an edge covers nothing else.

    seen:   shape (steps, 4, 2, 2), the lines as the camera sees them
    depths: shape (steps, 4, 2), distances of their ends from a perspective camera; the same for all without one
    fields: shape (steps, 4, 2) each, corners of the upper and of the lower field as the camera sees them, in order
        around it; None for a field without digits
    """
    begin, end = np.zeros(seen.shape[:2]), np.ones(seen.shape[:2])
    upper, lower = fields
    if upper is not None:
        _, leaves, covers = _find_crossings(seen, upper)
        begin = np.where(covers, leaves, begin)
    if lower is not None:
        enters, _, covers = _find_crossings(seen, lower)
        end = np.where(covers, enters, end)
    shares = np.stack([begin, np.maximum(begin, end)], axis=2)
    shares = shares * depths[..., :1] / (depths[..., 1:] + shares * (depths[..., :1] - depths[..., 1:]))
    rounded: Floats = np.round(shares, SHARE_DECIMALS)
    return rounded


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
