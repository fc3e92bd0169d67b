# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of many items at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def holds_values(items: Any, field: str, values: NDArray[Any]) -> bool:
    """Return whether a field of a collection's items has these values, flat and of the type of the field."""
    stored = np.empty_like(values)
    items.foreach_get(field, stored)
    return np.array_equal(stored, values)
