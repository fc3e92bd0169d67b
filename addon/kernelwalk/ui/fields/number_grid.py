# SPDX-License-Identifier: GPL-3.0-or-later
"""A grid of number fields over an array: one pair of channels at a time, and an excerpt where the array is large.

The fields are computed from the array and written into it; no number is stored twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import bpy
import numpy as np
from bpy.props import FloatVectorProperty, IntProperty

from ...core.arrays import Floats
from ...core.spec.fields import format_label
from ...core.spec.values_section import LARGEST_NUMBER
from .walk_settings import find_settings

MAX_ROWS, MAX_COLUMNS = 9, 12
"""Most fields that a grid shows."""

CHOSEN = "chosen_"
"""Beginning of the properties that hold a chosen place, also while the axis is shorter."""


def make_grid_group(
    name: str,
    channel_axes: Sequence[str],
    read: Callable[[Any], Floats | None],
    write: Callable[[Any, Floats], None],
    read_shape: Callable[[Any], tuple[int, ...]],
) -> type:
    """Return a PropertyGroup with the fields of a grid, and what of the array they show.

    channel_axes: names of the array's axes before those of the layer
    read, write, read_shape: called with the walk's settings; the array is None, and its shape (), while there is none
    """
    properties: dict[str, Any] = {}
    for key, description in {
        **{axis: format_label(axis) for axis in channel_axes},
        "slice": "Slice along z",
        "first_row": "First row",
        "first_column": "First column",
    }.items():
        properties |= _make_choice_properties(key, f"{description} that the grid shows, from 0")
    for row in range(MAX_ROWS):
        for is_whole in (True, False):
            properties[name_row(row, is_whole)] = _make_row_property(name, row, 0 if is_whole else 2)
    attributes = {
        "__annotations__": properties,
        "__module__": __name__,
        "channel_axes": tuple(channel_axes),
        "read_array": staticmethod(read),
        "write_array": staticmethod(write),
        "read_shape": staticmethod(read_shape),
    }
    return type(f"KERNELWALK_PG_{name}_grid", (bpy.types.PropertyGroup,), attributes)


def _make_choice_properties(key: str, description: str) -> dict[str, Any]:
    """Return the property that chooses a place on an axis, and the one that holds it where an axis gets shorter."""

    def get_place(group: Any) -> int:
        return _choose(group, key, _find_size(group, key, group.read_shape(find_settings(group))))

    def set_place(group: Any, place: int) -> None:
        size = _find_size(group, key, group.read_shape(find_settings(group)))
        setattr(group, CHOSEN + key, min(place, size - 1))

    name = format_label(key)
    return {
        key: IntProperty(
            name=name, description=description, min=0, get=get_place, set=set_place, options={"SKIP_SAVE"}
        ),
        CHOSEN + key: IntProperty(name=f"Chosen {name}", description=description, min=0, options={"HIDDEN"}),
    }


def _choose(group: Any, key: str, size: int) -> int:
    """Return the chosen place on an axis of this size."""
    return min(int(getattr(group, CHOSEN + key)), size - 1)


def _find_size(group: Any, key: str, shape: Sequence[int]) -> int:
    """Return the size of the axis on which a property chooses a place; 1 where the array has no such axis."""
    axes = [*list_selectors(group, len(shape)), "first_row", "first_column"]
    if len(shape) == len(group.channel_axes) + 1:
        axes.remove("first_row")
    return dict(zip(axes, shape, strict=False)).get(key, 1)


def name_row(row: int, is_whole: bool) -> str:
    """Return the name of a row's fields, which show decimals or not."""
    return f"whole_row_{row}" if is_whole else f"row_{row}"


def _make_row_property(name: str, row: int, precision: int) -> Any:
    def get_row(group: Any) -> tuple[float, ...]:
        return _read_row(group, row)

    def set_row(group: Any, numbers: Sequence[float]) -> None:
        _write_row(group, row, numbers)

    return FloatVectorProperty(
        name=f"Row {row}",
        description=f"Numbers of the {name}, from the first row that is shown",
        size=MAX_COLUMNS,
        precision=precision,
        step=100 if precision == 0 else 10,
        min=-LARGEST_NUMBER,
        soft_min=-10.0,
        max=LARGEST_NUMBER,
        soft_max=10.0,
        get=get_row,
        set=set_row,
        options={"SKIP_SAVE"},
    )


def list_selectors(group: Any, axis_count: int) -> list[str]:
    """Return the names of the properties that choose the plane, one for each axis before rows and columns."""
    return [*group.channel_axes, *["slice"] * (axis_count - len(group.channel_axes) - 2)]


def show_plane(group: Any, array: Floats) -> Floats:
    """Return the rows and columns from the first ones that are shown, a view of the array: shape (rows, columns)."""
    keys = list_selectors(group, array.ndim)
    place = tuple(_choose(group, key, size) for key, size in zip(keys, array.shape, strict=False))
    plane = array[place] if array.ndim - len(place) == 2 else array[place][None]
    return plane[_choose(group, "first_row", len(plane)) :, _choose(group, "first_column", plane.shape[1]) :]


def _read_row(group: Any, row: int) -> tuple[float, ...]:
    numbers = np.zeros(MAX_COLUMNS)
    array = group.read_array(find_settings(group))
    if array is not None:
        for shown in show_plane(group, array)[row : row + 1, :MAX_COLUMNS]:
            numbers[: len(shown)] = shown
    return tuple(numbers.tolist())


def _write_row(group: Any, row: int, numbers: Sequence[float]) -> None:
    props = find_settings(group)
    array = group.read_array(props)
    if array is None:
        return
    array = array.copy()
    for shown in show_plane(group, array)[row : row + 1]:
        for column, number in enumerate(numbers[: len(shown)]):
            if np.float32(shown[column]) != np.float32(number):
                shown[column] = float(f"{number:.6g}")  # Blender's floats are single: the digits that were typed
    group.write_array(props, array)
