# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender properties made from the fields of core/spec, so that the panel and a spec have the same bounds and names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import degrees, radians
from typing import Any

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    IntVectorProperty,
    StringProperty,
)

from ...core.spec.fields import AUTO_MEANING, Field, format_label
from ...core.spec.parse import spec_from_table
from ...core.spec.sections import SECTIONS
from ...core.validation import (
    AutoOr,
    Boolean,
    Choice,
    Color,
    FrameRate,
    Integer,
    Interval,
    Number,
    PixelSize,
    Text,
    TextTemplate,
)
from ...scene import compat
from .preferences import search_templates
from .walk_settings import find_settings

CHANGE_LISTENERS: list[Callable[[Any], None]] = []
"""Functions that are called with the settings of a walk that have changed."""

_unnoticed: list[bool] = []
"""Not empty while changes have no consequences."""

Update = Callable[[Any, Any], None]
"""Function that Blender calls with a group and the context after a change of a property."""

DEFAULT_TABLE = spec_from_table({"layer": {"op": "conv", "input": 5, "kernel": 3, "padding": 1}}).to_table()
"""Settings of a new scene: a layer small enough to understand at a glance."""

AUTO_SUFFIX = "_auto"
"""Suffix of the switch beside a property that may be "auto"."""

BASE_SUFFIX = "_base"
"""Suffix of the divisor beside a frame rate."""

ANGLE_SUFFIX = "_angle"
"""Suffix of the same angle in radians, which Blender shows in the unit of the scene's settings: in degrees."""

ANGLE_KEYS = ("camera.azimuth", "camera.elevation", "camera.field_of_view", "camera.orbit")

CUSTOM_SUFFIX = "_text"
"""Suffix of the custom text beside the switch of a label."""

START_VALUES = {
    "walk.hold": 6,
    "walk.first": 5,
    "walk.fast_frames": 2,
    "show.excerpt": 20,
    "look.gap": 4.0,
    "look.connector_width": 0.07,
    "camera.distance": 3.4,
    "values.digits": True,
    "values.decimals": 2,
    "values.range": (0.0, 1.0),
}
"""Value of a property from which the user starts when "auto" is switched off."""


@contextmanager
def without_updates() -> Iterator[None]:
    """Leave out what follows from changes of properties, within a `with` block."""
    _unnoticed.append(True)
    try:
        yield
    finally:
        _unnoticed.pop()


def on_edit(update: Update) -> Update:
    """Return a function for the update of a property, which does nothing in a block of without_updates."""

    def update_if_noticed(group: Any, context: Any) -> None:
        if not _unnoticed:
            update(group, context)

    return update_if_noticed


def notify_changed(group: Any, _context: Any = None) -> None:
    """Call the listeners after a change of a walk's settings, to which `group` belongs."""
    if _unnoticed:
        return
    props = find_settings(group)
    if not props.is_edited:
        props.is_edited = True
    for listener in CHANGE_LISTENERS:
        listener(props)


NOTIFY_CHANGED: dict[str, Any] = {"update": notify_changed}


def make_properties(key: str, field: Field, value: Any, update: Update = notify_changed) -> dict[str, Any]:
    """Return the properties of one key of a spec, by name: one, or two where the value may be "auto" or custom text.

    key:    the key with its section, such as "walk.fps"
    value:  the default
    update: called with each change
    """
    name, label = key.rpartition(".")[2], format_label(key)
    common: dict[str, Any] = {"name": label, "description": field.meaning, "update": update}
    match field.check:
        case AutoOr(check):
            inner = field._replace(check=check)
            properties = make_properties(key, inner, START_VALUES[key] if value == "auto" else value)
            switch = BoolProperty(
                name=f"{label}: Auto", description=AUTO_MEANING, default=value == "auto", **NOTIFY_CHANGED
            )
            return {**properties, name + AUTO_SUFFIX: switch}
        case Choice():
            items = [(option, format_label(option), meaning) for option, meaning in field.options.items()]
            return {name: EnumProperty(items=items, default=value, **common)}
        case Integer(minimum, maximum):
            return {name: IntProperty(min=minimum, max=maximum, default=value, **common)}
        case FrameRate(minimum, maximum):
            meaning = "Divides the frames per second, as in Blender: 1.001 makes 29.97 of 30 and 23.976 of 24"
            bounds: dict[str, Any] = {"min": 1.0, "max": float(maximum), "precision": 3}
            base = FloatProperty(name=f"{label} Base", description=meaning, default=1.0, **bounds, **NOTIFY_CHANGED)
            return {name: IntProperty(min=minimum, max=maximum, default=value, **common), name + BASE_SUFFIX: base}
        case Number(minimum, maximum) if key in ANGLE_KEYS:
            angle = FloatProperty(
                name=label,
                description=field.meaning,
                subtype="ANGLE",
                min=radians(minimum),
                max=radians(maximum),
                default=radians(value),
                get=lambda group: radians(getattr(group, name)),
                set=lambda group, turn: setattr(group, name, degrees(turn)),
                options={"SKIP_SAVE"},
            )
            plain = FloatProperty(min=minimum, max=maximum, default=value, precision=3, **common)
            return {name: plain, name + ANGLE_SUFFIX: angle}
        case Number(minimum, maximum):
            digits: dict[str, Any] = {"precision": 3, "step": 1 if maximum <= 1 else 100}
            return {name: FloatProperty(min=minimum, max=maximum, default=value, **digits, **common)}
        case Boolean():
            return {name: BoolProperty(default=value, **common)}
        case Text(max_length) if key == "look.template":
            search: dict[str, Any] = {"search": search_templates, "search_options": {"SUGGESTION"}}
            common |= {"subtype": "FILE_PATH", "options": compat.RELATIVE_PATH_OPTIONS}
            return {name: StringProperty(default=value, maxlen=max_length, **search, **common)}
        case Text(max_length) if key == "labels.font":
            common |= {"subtype": "FILE_PATH", "options": compat.RELATIVE_PATH_OPTIONS}
            return {name: StringProperty(default=value, maxlen=max_length, **common)}
        case Text(max_length):
            return {name: StringProperty(default=value, maxlen=max_length, **common)}
        case TextTemplate(placeholders, max_length):
            listed = ", ".join(f"{{{placeholder}}}" for placeholder in placeholders)
            meaning = f"Custom text; {listed} are replaced by their values" if listed else "Custom text"
            text = StringProperty(name=f"{label}: Text", description=meaning, maxlen=max_length, **NOTIFY_CHANGED)
            return {name: BoolProperty(default=bool(value), **common), name + CUSTOM_SUFFIX: text}
        case Color():
            picker: dict[str, Any] = {"subtype": "COLOR_GAMMA", "size": 3, "min": 0.0, "max": 1.0}
            return {name: FloatVectorProperty(default=color_from_hex(value), **picker, **common)}
        case Interval(minimum, maximum):
            ends: dict[str, Any] = {"min": minimum, "max": maximum, "precision": 3}
            return {name: FloatVectorProperty(default=value, size=2, **ends, **common)}
        case PixelSize(minimum, maximum):
            sides: dict[str, Any] = {"min": minimum, "max": maximum, "size": 2}
            return {name: IntVectorProperty(default=value, subtype="XYZ", **sides, **common)}
    raise TypeError(field.check)


def color_from_hex(color: str) -> tuple[float, ...]:
    """Return the sRGB color (3,), from 0 to 1, of "#RRGGBB"."""
    return tuple(int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))


def color_to_hex(rgb: Any) -> str:
    """Return "#RRGGBB" of an sRGB color (3,), from 0 to 1."""
    red, green, blue = rgb
    return f"#{round(red * 255):02X}{round(green * 255):02X}{round(blue * 255):02X}"


def make_property_group(section: str, values: Mapping[str, Any], **more: Any) -> type:
    """Return a PropertyGroup with the properties of a section's keys.

    values: the defaults by key
    more:   further properties, or others in place of those
    """
    properties: dict[str, Any] = {}
    for key, field in SECTIONS[section].items():
        properties |= make_properties(f"{section}.{key}", field, values[key])
    name = f"KERNELWALK_PG_{section.rpartition('.')[2]}"
    return type(name, (bpy.types.PropertyGroup,), {"__annotations__": properties | more, "__module__": __name__})
