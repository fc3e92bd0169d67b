# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as Blender stores them: of a property, which is set where it differs, and of many items at once."""

from __future__ import annotations

from ctypes import c_float
from typing import Any

import bpy
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


def set_value(owner: Any, name: str, value: Any) -> None:
    """Set a property if it differs: Blender updates all that depends on a tree for each value that is set."""
    if not has_value(owner, name, value):
        setattr(owner, name, value)


def has_value(owner: Any, name: str, value: Any) -> bool:
    """Return whether a property has a value, as Blender stores it."""
    return _is_stored(getattr(owner, name), value)


def _is_stored(stored: Any, value: Any) -> bool:
    """Return whether a property holds a value, which Blender rounds to single precision."""
    if hasattr(value, "__len__") and not isinstance(value, str):
        return len(stored) == len(value) and all(map(_is_stored, stored, value))
    if value is None or isinstance(value, (str, bool, bpy.types.ID)):
        return bool(stored == value)
    return bool(stored == c_float(value).value)
