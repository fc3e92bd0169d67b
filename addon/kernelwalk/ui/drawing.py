# SPDX-License-Identifier: GPL-3.0-or-later
"""How the panels draw: fields with what is wrong about them below, text in lines, also where the sidebar is narrow."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from ..core.errors import Problem
from ..core.layers.parameters import MAX_AXES, axis_names
from . import settings
from .fields import AUTO, OTHER
from .layer import FOLLOWING, SIZES, can_follow, dimensions, follows
from .operator import Context
from .words import WORDS, sentence

NARROW = 230
"""Width of a sidebar, in unscaled pixels, below which names stand in fields or above them, not to their left."""

LONG = 9
"""Characters of a name from which it finds no room in a field of a narrow sidebar."""

CHARACTER, MARGIN, ICON, DEEPER = 6.3, 44, 22, 10
"""Widths in unscaled pixels: of a character on average, of what is beside text, of an icon, of a box's or a
sub-panel's own margin."""


def width(context: Context) -> float:
    """The region's width in unscaled pixels."""
    return (context.region.width if context.region else 300) / context.preferences.system.ui_scale


def is_narrow(context: Context) -> bool:
    return width(context) < NARROW


def fields(layout: Any, context: Context) -> Any:
    """A column for fields, with their names to the left where there is room."""
    column = layout.column()
    column.use_property_split = not is_narrow(context)
    column.use_property_decorate = False
    column.enabled = context.scene.library is None
    return column


def paragraph(layout: Any, context: Context, text: str, icon: str = "", deeper: int = 0) -> None:
    """Text in as many lines as the sidebar's width asks for: a label is one line."""
    room = width(context) - MARGIN - deeper * DEEPER - (ICON if icon else 0)
    column = layout.column(align=True)
    column.scale_y = 0.8
    for number, line in enumerate(textwrap.wrap(text, max(10, int(room / CHARACTER)))):
        column.label(text=line, icon=(icon if number == 0 else "BLANK1") if icon else "NONE")


def field(layout: Any, context: Context, group: Any, key: str, wrong: Sequence[str] = ()) -> None:
    """The field of a key, and what is wrong about it."""
    row = layout.row(align=True)
    row.alert = bool(wrong)
    automatic = key + AUTO
    if hasattr(group, key + OTHER):
        row = layout.row(heading=settings.name(group, key))
        row.alert = bool(wrong)
        row.prop(group, key, text="")
        if getattr(group, key):
            row.prop(group, key + OTHER, text="")
    elif not hasattr(group, automatic):
        _named(row, context, group, key)
    elif getattr(group, automatic):
        row.alert = False
        row = layout.row(heading=settings.name(group, key))
        row.prop(group, automatic, text="Auto", toggle=True)
    else:
        row.prop(group, key)
        row.prop(group, automatic, text="", icon="LOOP_BACK")
    complain(layout, context, wrong)


def _named(layout: Any, context: Context, group: Any, key: str) -> None:
    """A field with its name: above it where there is no room to its left, and inside it is none either."""
    shown, kind = settings.name(group, key), group.bl_rna.properties[key].type
    if is_narrow(context) and (kind in ("ENUM", "STRING") or (kind != "BOOLEAN" and len(shown) > LONG)):
        column = layout.column(align=True)
        column.label(text=shown)
        column.prop(group, key, text="")
    else:
        layout.prop(group, key)


def sizes(layout: Any, context: Context, layer: Any, key: str, wrong: Sequence[str]) -> None:
    """A layer's number, or one per axis, with a switch where it may follow from others, and what is wrong about it."""
    shown, switch = SIZES[key][0], key + AUTO
    if follows(layer, key):
        row = layout.row(heading=shown)
        row.prop(layer, switch, text=FOLLOWING[key][0], toggle=True)
    else:
        size(layout, context, layer, key, shown, wrong)
        if can_follow(layer, key):
            layout.prop(layer, switch, text=FOLLOWING[key][0], toggle=True)
    complain(layout, context, wrong)


def count(layout: Any, context: Context, layer: Any, key: str, wrong: Sequence[str]) -> None:
    """A number of channels, with a switch where it may follow from others, and what is wrong about it."""
    if follows(layer, key):
        name, narrow = settings.name(layer, key), is_narrow(context)
        if narrow:
            layout.label(text=name)
        row = layout.row(heading="" if narrow else name)
        row.prop(layer, key + AUTO, text=FOLLOWING[key][0], toggle=True)
        complain(layout, context, wrong)
        return
    row = layout.row(align=True)
    row.alert = bool(wrong)
    _named(row, context, layer, key)
    if can_follow(layer, key):
        layout.prop(layer, key + AUTO, text=FOLLOWING[key][0], toggle=True)
    complain(layout, context, wrong)


def size(layout: Any, context: Context, layer: Any, key: str, text: str, wrong: Sequence[str]) -> None:
    """A layer's number, or one per axis when its lock is open, in red where something is wrong about it."""
    index = list(SIZES).index(key)
    linked = layer.linked[index] or dimensions(layer) == 1
    if is_narrow(context) and (len(text) > LONG or not linked):
        layout = layout.column(align=True)
        layout.label(text=text)
        text = ""
    row = layout.row(align=True)
    values = row.column(align=True)
    values.alert = bool(wrong)
    if linked:
        values.prop(layer, key, index=MAX_AXES - 1, text=text)
    else:
        names = [name.upper() for name in axis_names(dimensions(layer))]
        for number, name in enumerate(names):
            at = MAX_AXES - len(names) + number
            values.prop(layer, key, index=at, text=f"{text} {name}".strip() if number == 0 else name)
    if dimensions(layer) > 1:
        row.prop(layer, "linked", index=index, text="", icon="LOCKED" if linked else "UNLOCKED")


def about(problems: Iterable[Problem], where: str) -> list[str]:
    """What is wrong with a key, each thing once: of a vector's entries often both are."""
    there = [each for each in problems if re.sub(r"(\[\d+\])+$", "", each.where) == where]
    texts = [f"{sentence(each.what)}. {each.remedy}" for each in there]
    for key, (shown, _) in WORDS.items():  # a problem speaks of the keys of a spec, the panel of its own fields
        texts = [text.replace(key, shown) for text in texts] if "." in key else texts
    return list(dict.fromkeys(texts))


def complain(layout: Any, context: Context, wrong: Iterable[str]) -> None:
    """What is wrong, in words."""
    for text in wrong:
        paragraph(layout, context, text, "ERROR", deeper=1)
