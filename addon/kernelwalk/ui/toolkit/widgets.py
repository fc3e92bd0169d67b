# SPDX-License-Identifier: GPL-3.0-or-later
"""Elements of the panels: properties with their errors below, and wrapped text. They fit a narrow sidebar too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from ...core.describe.text_wrap import wrap_text
from ...core.errors import Problem
from ...core.layers.parameters import MAX_AXES, axis_names
from ...core.spec.fields import format_label
from ...core.spec.layer_section import FIELDS as LAYER_FIELDS
from ...core.spec.sections import SECTIONS
from ...core.spec.values_section import FIELDS as VALUE_FIELDS
from ..fields.properties import ANGLE_SUFFIX, AUTO_SUFFIX, BASE_SUFFIX, CUSTOM_SUFFIX
from ..settings import spec_properties
from ..settings.layer_properties import AUTO_SWITCHES, SIZES, axis_count, can_be_automatic, is_automatic
from .operator_utils import Context

NARROW_WIDTH = 230
"""Width of a sidebar, in unscaled pixels, below which labels stand in or above their fields, not to their left."""

PLACEHOLDERS = {"title": "Automatic", "folder": "Folder of This File", "font": "Inter", "file": "Path"}
"""Texts in empty fields, by key."""

MAX_INLINE_LABEL = 6
"""Characters of the longest label that fits into a field of a narrow sidebar."""

MAX_FLOAT_LABEL = 4
"""The same for a field whose number has decimals."""

MAX_CHECKBOX_LABEL, MAX_NARROW_LABEL = 12, 14
"""The same beside a checkbox, and for one line above a field."""

SWITCH_CHARACTERS = 5
"""Characters that would fit into the room of a switch beside a field."""

LABEL_SHARE = 0.4
"""Share of a panel's width that Blender gives to labels beside their fields."""

CHARACTER_WIDTH, MARGIN_WIDTH, ICON_WIDTH, INDENT_WIDTH = 6.3, 44, 22, 16
"""Widths in unscaled pixels: of an average character, of the margins beside text, of an icon, and of the margin that a
box or a sub-panel adds."""

MENU_INDENT = 2
"""Margins that are as wide as the arrow of a menu."""

KNOWN_KEYS = {
    f"{section}.{key}"
    for section, fields in {"layer": LAYER_FIELDS, **SECTIONS, "values": VALUE_FIELDS}.items()
    for key in fields
}


def region_width(context: Context) -> float:
    """Return the region's width in unscaled pixels."""
    return (context.region.width if context.region else 300) / context.preferences.system.ui_scale


def is_narrow(context: Context) -> bool:
    """Return True if the sidebar has no room for labels to the left of their fields."""
    return region_width(context) < NARROW_WIDTH


def property_column(layout: Any, context: Context) -> Any:
    """Add a column for properties, with their labels to the left where there is room."""
    column = layout.column()
    column.use_property_split = not is_narrow(context)
    column.use_property_decorate = False
    column.enabled = context.scene.library is None
    return column


def draw_paragraph(
    layout: Any, context: Context, text: str, icon: str = "", indent: int = 0, least_lines: int = 0
) -> None:
    """Draw text in as many lines as the sidebar's width needs: Blender's labels do not wrap.

    indent:      boxes and sub-panels around the text
    least_lines: lines that the paragraph takes at least, where a longer text may follow
    """
    column = layout.column(align=True)
    column.scale_y = 0.8
    icon = _choose_icon(context, icon)
    lines = _wrap(context, text, bool(icon), indent)
    for number, line in enumerate([*lines, *[""] * (least_lines - len(lines))]):
        column.label(text=line, icon=(icon if number == 0 else "BLANK1") if icon else "NONE")


def count_lines(context: Context, text: str, icon: str = "") -> int:
    """Return the lines that a paragraph outside of boxes and sub-panels takes."""
    return len(_wrap(context, text, bool(_choose_icon(context, icon)), 0))


def choose_button_icon(context: Context, icon: str) -> Any:
    """Return the icon of a button with text: a narrow sidebar has no room for it."""
    return "NONE" if is_narrow(context) else icon


def _choose_icon(context: Context, icon: str) -> str:
    """Return the icon beside a paragraph: a narrow sidebar has room for that of an error alone."""
    return icon if icon == "ERROR" or not is_narrow(context) else ""


def _wrap(context: Context, text: str, has_icon: bool, indent: int) -> list[str]:
    width = region_width(context) - MARGIN_WIDTH - indent * INDENT_WIDTH - (ICON_WIDTH if has_icon else 0)
    return wrap_text(text, max(10, int(width / CHARACTER_WIDTH)))


def draw_property(layout: Any, context: Context, group: Any, key: str, errors: Sequence[str] = ()) -> None:
    """Draw the property of a key, with the switch or text that belongs to it, and its errors."""
    row = layout.row(align=True)
    row.alert = bool(errors)
    switch = key + AUTO_SUFFIX
    if hasattr(group, key + CUSTOM_SUFFIX):
        if is_narrow(context):
            row = layout.column(align=True)
            row.prop(group, key)
        else:
            row = layout.row(heading=spec_properties.label_of(group, key))
            row.prop(group, key, text="")
        row.alert = bool(errors)
        if getattr(group, key):
            row.prop(group, key + CUSTOM_SUFFIX, text="", placeholder="Automatic")
    elif not hasattr(group, switch):
        base = key + BASE_SUFFIX
        if hasattr(group, base) and is_narrow(context):
            layout.label(text=spec_properties.label_of(group, key))
            row = layout.row(align=True)
            row.prop(group, key, text="")
        else:
            _draw_labeled(row, context, group, key + ANGLE_SUFFIX if hasattr(group, key + ANGLE_SUFFIX) else key)
        if hasattr(group, base):
            row.prop(group, base, text="")
    elif getattr(group, switch):
        row.alert = False
        row = add_labeled_row(layout, context, spec_properties.label_of(group, key))
        row.prop(group, switch, text="Auto", toggle=True)
    else:
        _draw_labeled(row, context, group, key, SWITCH_CHARACTERS).prop(group, switch, text="", icon="LOOP_BACK")
    draw_errors(layout, context, errors)


def _draw_labeled(layout: Any, context: Context, group: Any, key: str, taken: int = 0) -> Any:
    """Draw a property with its label: above the field where it fits neither beside nor into it. Return the field's row.

    taken: characters that would fit into the room of what stands beside the field
    """
    label, prop = spec_properties.label_of(group, key), group.bl_rna.properties[key]
    if prop.type == "BOOLEAN":
        if is_narrow(context) and len(label) > MAX_CHECKBOX_LABEL:
            row = layout.row()
            row.prop(group, key, text="")
            draw_paragraph(row, context, label, indent=1)
        else:
            layout.prop(group, key)
        return layout
    most = {"FLOAT": MAX_FLOAT_LABEL, "INT": MAX_INLINE_LABEL}.get(prop.type, 0)
    hint = PLACEHOLDERS.get(key, "")
    if (is_narrow(context) and len(label) > most - taken) or not _fits_beside(context, label):
        row = add_labeled_row(layout.column(align=True), context, label)
        if prop.type == "ENUM" and is_narrow(context):
            _draw_choice(row.column(align=True), context, group, key)
        else:
            row.column(align=True).prop(group, key, text="", placeholder=hint)
        return row
    layout.prop(group, key, placeholder=hint)
    return layout


def _draw_choice(layout: Any, context: Context, group: Any, key: str) -> None:
    """Draw a menu in a narrow sidebar: below the chosen option's name where the name does not fit into it."""
    name = layout.enum_item_name(group, key, getattr(group, key))
    if len(_wrap(context, name, has_icon=False, indent=MENU_INDENT)) <= 1:
        layout.prop(group, key, text="")
        return
    draw_paragraph(layout, context, name)
    layout.prop_menu_enum(group, key, text="Choose")


def draw_colors(layout: Any, context: Context, group: Any, keys: Iterable[str]) -> None:
    """Draw colors below each other, with their labels above them in a narrow sidebar, else to their left."""
    labels = {key: spec_properties.label_of(group, key) for key in keys}
    longest = max(labels.values(), key=len)
    for key, label in labels.items():
        add_labeled_row(layout, context, label, longest).prop(group, key, text="")


def add_labeled_row(layout: Any, context: Context, label: str, longest: str = "") -> Any:
    """Add a row for fields with a label: above it in a narrow sidebar, else to its left, however long the label is.

    longest: the longest label of rows that have their fields below each other
    """
    if is_narrow(context):
        if len(label) > MAX_NARROW_LABEL:
            draw_paragraph(layout, context, label, indent=1)
        else:
            layout.label(text=label)
        return layout.row(align=True)
    longest = longest or label
    if _fits_beside(context, longest):
        return layout.row(align=True, heading=label)
    split = layout.split(factor=min(0.65, CHARACTER_WIDTH * (len(longest) + 3) / _panel_width(context)))
    split.use_property_split = False
    left = split.row()
    left.alignment = "RIGHT"
    left.label(text=label)
    return split.row(align=True)


def _fits_beside(context: Context, label: str) -> bool:
    """Return whether a label fits into Blender's own column of labels, of a wide sidebar."""
    return is_narrow(context) or CHARACTER_WIDTH * (len(label) + 1) < LABEL_SHARE * _panel_width(context)


def _panel_width(context: Context) -> float:
    return region_width(context) - MARGIN_WIDTH


def draw_axis_sizes(layout: Any, context: Context, layer_props: Any, key: str, errors: Sequence[str]) -> None:
    """Draw a size of a layer, with the switch that derives it from others where there is one, and its errors."""
    label, switch = spec_properties.label_of(layer_props, key), key + AUTO_SUFFIX
    if is_automatic(layer_props, key):
        row = add_labeled_row(layout, context, label)
        row.prop(layer_props, switch, text=AUTO_SWITCHES[key][0], toggle=True)
    else:
        draw_size_row(layout, context, layer_props, key, label, errors)
        if can_be_automatic(layer_props, key):
            layout.prop(layer_props, switch, text=AUTO_SWITCHES[key][0], toggle=True)
    draw_errors(layout, context, errors)


def draw_channel_count(layout: Any, context: Context, layer_props: Any, key: str, errors: Sequence[str]) -> None:
    """Draw a number of channels, with the switch that derives it from others where there is one, and its errors."""
    if is_automatic(layer_props, key):
        row = add_labeled_row(layout, context, spec_properties.label_of(layer_props, key))
        row.prop(layer_props, key + AUTO_SUFFIX, text=AUTO_SWITCHES[key][0], toggle=True)
        draw_errors(layout, context, errors)
        return
    row = layout.row(align=True)
    row.alert = bool(errors)
    _draw_labeled(row, context, layer_props, key)
    if can_be_automatic(layer_props, key):
        layout.prop(layer_props, key + AUTO_SUFFIX, text=AUTO_SWITCHES[key][0], toggle=True)
    draw_errors(layout, context, errors)


def draw_size_row(layout: Any, context: Context, layer_props: Any, key: str, label: str, errors: Sequence[str]) -> None:
    """Draw a size of a layer as one number, or one per axis if its lock is open; in red if there are errors."""
    index = SIZES.index(key)
    is_linked = layer_props.linked[index] or axis_count(layer_props) == 1
    has_lock = axis_count(layer_props) > 1
    if is_narrow(context) and (len(label) > MAX_INLINE_LABEL - has_lock * SWITCH_CHARACTERS or not is_linked):
        layout = layout.column(align=True)
        layout.label(text=label)
        label = ""
    row = layout.row(align=True)
    values = row.column(align=True)
    values.alert = bool(errors)
    if is_linked:
        values.prop(layer_props, key, index=MAX_AXES - 1, text=label)
    else:
        names = [name.upper() for name in axis_names(axis_count(layer_props))]
        for number, name in enumerate(names):
            at = MAX_AXES - len(names) + number
            values.prop(layer_props, key, index=at, text=f"{label} {name}".strip() if number == 0 else name)
    if has_lock:
        row.prop(layer_props, "linked", index=index, text="", icon="LOCKED" if is_linked else "UNLOCKED")


def errors_for(problems: Iterable[Problem], where: str) -> list[str]:
    """Return the texts of the problems at a key, without repetition: entries of a vector often share a problem."""
    here = [problem for problem in problems if re.sub(r"(\[\d+\])+$", "", problem.where) == where]
    texts = [f"{capitalize_first(problem.what)}. {problem.remedy}" for problem in here]
    return list(dict.fromkeys(re.sub(r"\b[a-z]+(\.[a-z_]+)+\b", _label_key, text) for text in texts))


def _label_key(match: re.Match[str]) -> str:
    """Return the label of a spec's key: the core's messages name keys, but the panel shows labels."""
    return format_label(match[0]) if match[0] in KNOWN_KEYS else match[0]


def draw_errors(layout: Any, context: Context, errors: Iterable[str]) -> None:
    """Draw each error as a paragraph."""
    for text in errors:
        draw_paragraph(layout, context, text, "ERROR", indent=1)


def capitalize_first(text: str) -> str:
    """Return the text with its first letter in upper case, and the rest unchanged."""
    return text[:1].upper() + text[1:]
