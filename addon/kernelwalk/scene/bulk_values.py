# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of many items at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_ROOM = np.empty(1 << 20, np.uint8)
"""Memory to read into, kept: the system gives new memory page by page, which takes longer than to read."""


def holds_values(items: Any, field: str, values: NDArray[Any]) -> bool:
    """Return whether a field of a collection's items has these values, flat and of the type of the field."""
    has_room = values.nbytes <= _ROOM.nbytes
    stored = _ROOM[: values.nbytes].view(values.dtype) if has_room else np.empty_like(values)
    items.foreach_get(field, stored)
    return np.array_equal(stored, values)
