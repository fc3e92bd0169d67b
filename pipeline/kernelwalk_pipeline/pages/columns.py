# SPDX-License-Identifier: GPL-3.0-or-later
"""Columns of pictures that stand in rows."""

from __future__ import annotations

import math

TARGET_ASPECT = 1.5
"""Width to height of all pictures together, roughly."""


def choose_columns(count: int, size: tuple[int, int]) -> int:
    """Return the columns for `count` pictures of a size: near TARGET_ASPECT, with the last row as full as possible."""
    near = max(1, round(math.sqrt(count * TARGET_ASPECT * size[1] / size[0])))
    # one column is always full, so it would always win
    possible = [columns for columns in (near, near + 1, near - 1) if min(near, 2) <= columns <= count] or [count]
    return min(possible, key=lambda columns: -count % columns)
