# SPDX-License-Identifier: GPL-3.0-or-later
"""How the panels draw: fields with what is wrong about them below, text in lines, also where the sidebar is narrow."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from ..core.errors import Problem
from ..core.layers.parameters import MAX_AXES, axis_names
from . import spec_properties
from .layer_properties import AUTO_SWITCHES, SIZES, axis_count, can_be_automatic, is_automatic
from .operator_utils import Context
from .properties import AUTO_SUFFIX, CUSTOM_SUFFIX
from .words import WORDS, sentence

NARROW_WIDTH = 230
"""Width of a sidebar, in unscaled pixels, below which names stand in fields or above them, not to their left."""

MAX_INLINE_LABEL = 9
"""Characters of a name from which it finds no room in a field of a narrow sidebar."""

CHARACTER_WIDTH, MARGIN_WIDTH, ICON_WIDTH, INDENT_WIDTH = 6.3, 44, 22, 10
"""Widths in unscaled pixels: of a character on average, of what is beside text, of an icon, of a box's or a
sub-panel's own margin."""


def region_width(context: Context) -> float:
    """The region's width in unscaled pixels."""
    return (context.region.width if context.region else 300) / context.preferences.system.ui_scale


def is_narrow(context: Context) -> bool:
    return region_width(context) < NARROW_WIDTH


def property_column(layout: Any, context: Context) -> Any:
    """A column for fields, with their names to the left where there is room."""
    column = layout.column()
    column.use_property_split = not is_narrow(context)
    column.use_property_decorate = False
    column.enabled = context.scene.library is None
    return column


def draw_paragraph(layout: Any, context: Context, text: str, icon: str = "", indent: int = 0) -> None:
    """Text in as many lines as the sidebar's width asks for: a label is one line."""
    room = region_width(context) - MARGIN_WIDTH - indent * INDENT_WIDTH - (ICON_WIDTH if icon else 0)
    column = layout.column(align=True)
    column.scale_y = 0.8
    for number, line in enumerate(textwrap.wrap(text, max(10, int(room / CHARACTER_WIDTH)))):
        column.label(text=line, icon=(icon if number == 0 else "BLANK1") if icon else "NONE")


def draw_property(layout: Any, context: Context, group: Any, key: str, errors: Sequence[str] = ()) -> None:
    """The field of a key, and what is wrong about it."""
    row = layout.row(align=True)
    row.alert = bool(errors)
    automatic = key + AUTO_SUFFIX
    if hasattr(group, key + CUSTOM_SUFFIX):
        row = layout.row(heading=spec_properties.label_of(group, key))
        row.alert = bool(errors)
        row.prop(group, key, text="")
        if getattr(group, key):
            row.prop(group, key + CUSTOM_SUFFIX, text="")
    elif not hasattr(group, automatic):
        _draw_labeled(row, context, group, key)
    elif getattr(group, automatic):
        row.alert = False
        row = layout.row(heading=spec_properties.label_of(group, key))
        row.prop(group, automatic, text="Auto", toggle=True)
    else:
        row.prop(group, key)
        row.prop(group, automatic, text="", icon="LOOP_BACK")
    draw_errors(layout, context, errors)


def _draw_labeled(layout: Any, context: Context, group: Any, key: str) -> None:
    """A field with its name: above it where there is no room to its left, and inside it is none either."""
    shown, kind = spec_properties.label_of(group, key), group.bl_rna.properties[key].type
    if is_narrow(context) and (kind in ("ENUM", "STRING") or (kind != "BOOLEAN" and len(shown) > MAX_INLINE_LABEL)):
        column = layout.column(align=True)
        column.label(text=shown)
        column.prop(group, key, text="")
    else:
        layout.prop(group, key)


def draw_axis_sizes(layout: Any, context: Context, layer: Any, key: str, errors: Sequence[str]) -> None:
    """A layer's number, or one per axis, with a switch where it may follow from others, and what is wrong about it."""
    shown, switch = SIZES[key][0], key + AUTO_SUFFIX
    if is_automatic(layer, key):
        row = layout.row(heading=shown)
        row.prop(layer, switch, text=AUTO_SWITCHES[key][0], toggle=True)
    else:
        draw_size_row(layout, context, layer, key, shown, errors)
        if can_be_automatic(layer, key):
            layout.prop(layer, switch, text=AUTO_SWITCHES[key][0], toggle=True)
    draw_errors(layout, context, errors)


def draw_channel_count(layout: Any, context: Context, layer: Any, key: str, errors: Sequence[str]) -> None:
    """A number of channels, with a switch where it may follow from others, and what is wrong about it."""
    if is_automatic(layer, key):
        name, narrow = spec_properties.label_of(layer, key), is_narrow(context)
        if narrow:
            layout.label(text=name)
        row = layout.row(heading="" if narrow else name)
        row.prop(layer, key + AUTO_SUFFIX, text=AUTO_SWITCHES[key][0], toggle=True)
        draw_errors(layout, context, errors)
        return
    row = layout.row(align=True)
    row.alert = bool(errors)
    _draw_labeled(row, context, layer, key)
    if can_be_automatic(layer, key):
        layout.prop(layer, key + AUTO_SUFFIX, text=AUTO_SWITCHES[key][0], toggle=True)
    draw_errors(layout, context, errors)


def draw_size_row(layout: Any, context: Context, layer: Any, key: str, text: str, errors: Sequence[str]) -> None:
    """A layer's number, or one per axis when its lock is open, in red where something is wrong about it."""
    index = list(SIZES).index(key)
    linked = layer.linked[index] or axis_count(layer) == 1
    if is_narrow(context) and (len(text) > MAX_INLINE_LABEL or not linked):
        layout = layout.column(align=True)
        layout.label(text=text)
        text = ""
    row = layout.row(align=True)
    values = row.column(align=True)
    values.alert = bool(errors)
    if linked:
        values.prop(layer, key, index=MAX_AXES - 1, text=text)
    else:
        names = [name.upper() for name in axis_names(axis_count(layer))]
        for number, name in enumerate(names):
            at = MAX_AXES - len(names) + number
            values.prop(layer, key, index=at, text=f"{text} {name}".strip() if number == 0 else name)
    if axis_count(layer) > 1:
        row.prop(layer, "linked", index=index, text="", icon="LOCKED" if linked else "UNLOCKED")


def errors_for(problems: Iterable[Problem], where: str) -> list[str]:
    """What is wrong with a key, each thing once: of a vector's entries often both are."""
    there = [each for each in problems if re.sub(r"(\[\d+\])+$", "", each.where) == where]
    texts = [f"{sentence(each.what)}. {each.remedy}" for each in there]
    for key, (shown, _) in WORDS.items():  # a problem speaks of the keys of a spec, the panel of its own fields
        texts = [text.replace(key, shown) for text in texts] if "." in key else texts
    return list(dict.fromkeys(texts))


def draw_errors(layout: Any, context: Context, errors: Iterable[str]) -> None:
    """What is wrong, in words."""
    for text in errors:
        draw_paragraph(layout, context, text, "ERROR", indent=1)
