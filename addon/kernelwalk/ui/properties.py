# SPDX-License-Identifier: GPL-3.0-or-later
"""Properties made from the core's own checks, so that the panel and a spec have the same bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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

from ..core.spec.spec import spec_from_table
from ..core.validation import AutoOr, Boolean, Check, Choice, Color, Integer, Number, PixelSize, Text, TextTemplate
from ..scene import compat
from .preferences import search_templates
from .words import CHOICES, WORDS

CHANGE_LISTENERS: list[Callable[[bpy.types.Scene], None]] = []
"""Called with the scene whose settings have changed."""

# the settings of a new scene: a layer small enough to be understood at a glance
DEFAULT_TABLE = spec_from_table({"layer": {"op": "conv", "input": 5, "kernel": 3, "padding": 1}}).to_table()

AUTO_SUFFIX = "_auto"
"""Ends the name of the switch beside a value that may be "auto"."""

CUSTOM_SUFFIX = "_other"
"""Ends the name of the text beside the switch of what may be said in other words."""


def notify_changed(group: Any, _context: Any = None) -> None:
    """Tell the listeners that a property of the scene's settings has changed."""
    scene = group.id_data
    if not scene.kernelwalk.touched:
        scene.kernelwalk.touched = True
    for listener in CHANGE_LISTENERS:
        listener(scene)


NOTIFY_CHANGED: dict[str, Any] = {"update": notify_changed}


def make_properties(
    key: str, check: Check, value: Any, update: Callable[[Any, Any], None] = notify_changed
) -> dict[str, Any]:
    """The properties of one key of a spec: one, or two where it may be "auto". `update` is called with each change."""
    name, description = WORDS[key]
    words: dict[str, Any] = {"name": name, "description": description, "update": update}
    field = key.rpartition(".")[2]
    match check:
        case AutoOr():
            inner = make_properties(key, check.check, _start_value(key) if value == "auto" else value)
            about = "Let Kernelwalk choose by the rest"
            switch = BoolProperty(name=f"{name}: Auto", description=about, default=value == "auto", **NOTIFY_CHANGED)
            return {**inner, field + AUTO_SUFFIX: switch}
        case Choice():
            items = [(word, *CHOICES[word]) for word in check.options]
            return {field: EnumProperty(items=items, default=value, **words)}
        case Integer():
            return {field: IntProperty(min=check.minimum, max=check.maximum, default=value, **words)}
        case Number():
            soft: dict[str, Any] = {"precision": 3, "step": 1 if check.maximum <= 1 else 100}
            return {field: FloatProperty(min=check.minimum, max=check.maximum, default=value, **soft, **words)}
        case Boolean():
            return {field: BoolProperty(default=value, **words)}
        case Text() if key == "look.template":
            offered: dict[str, Any] = {"search": search_templates, "search_options": {"SUGGESTION"}}
            words |= {"subtype": "FILE_PATH", "options": compat.RELATIVE_PATH_OPTIONS}
            return {field: StringProperty(default=value, maxlen=check.max_length, **offered, **words)}
        case Text():
            return {field: StringProperty(default=value, maxlen=check.max_length, **words)}
        case TextTemplate():
            known = ", ".join(f"{{{each}}}" for each in check.placeholders)
            about = f"Other words than its own{f', in which {known} stand for what the layer has' if known else ''}"
            other = StringProperty(name=f"{name}: Words", description=about, maxlen=check.max_length, **NOTIFY_CHANGED)
            return {field: BoolProperty(default=bool(value), **words), field + CUSTOM_SUFFIX: other}
        case Color():
            shown: dict[str, Any] = {"subtype": "COLOR_GAMMA", "size": 3, "min": 0.0, "max": 1.0}
            return {field: FloatVectorProperty(default=color_from_hex(value), **shown, **words)}
        case PixelSize():
            bounds: dict[str, Any] = {"min": check.minimum, "max": check.maximum}
            return {field: IntVectorProperty(default=value, size=2, subtype="XYZ", **bounds, **words)}
    raise TypeError(check)


def _start_value(key: str) -> float | int:
    """What a value starts from when "auto" is switched off."""
    return {"walk.hold": 6, "walk.first": 5, "walk.fast_frames": 2, "look.gap": 4.0, "look.line_width": 0.07}[key]


def color_from_hex(color: str) -> tuple[float, ...]:
    """A colour "#RRGGBB" as Blender has it."""
    return tuple(int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))


def color_to_hex(rgb: Any) -> str:
    """The other way round."""
    return "#" + "".join(f"{round(channel * 255):02X}" for channel in rgb)


def make_property_group(
    name: str, prefix: str, checks: Mapping[str, Check], values: Mapping[str, Any], **more: Any
) -> type:
    """A PropertyGroup with the properties of a section's keys."""
    fields: dict[str, Any] = {}
    for key, check in checks.items():
        fields |= make_properties(f"{prefix}{key}", check, values[key])
    return type(name, (bpy.types.PropertyGroup,), {"__annotations__": fields | more, "__module__": __name__})
