# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the panel that sets values: the input, the weights of the active layer, and how they are drawn."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import bpy
import numpy as np

from ...core.arrays import Floats
from ...core.errors import Problem
from ...core.layers.channels import Channels
from ...core.spec.values_section import NORM_FIELDS
from ..builds import live_update
from ..fields.number_grid import MAX_COLUMNS, MAX_ROWS, list_selectors, name_row, show_plane
from ..fields.walk_settings import active_settings
from ..settings import layer_list, spec_properties
from ..settings.channel_numbers import NORM_PREFIX
from ..settings.value_properties import FILE, PICTURE
from ..settings.value_settings import forget_parsed
from ..toolkit import widgets
from ..toolkit.operator_utils import Context, Result

DIGIT_WIDTH, MINUS_WIDTH, POINT_WIDTH, FIELD_MARGIN, SIDE_MARGIN = 6.7, 5.0, 3.5, 24.0, 56.0
"""Widths in unscaled pixels: of characters, of the margins in a field, and of those beside a grid."""

LEAST_SHOWN = 0.01
"""Number below which Blender shows more decimals than two: three from the first that is not zero."""

DRAWING_KEYS = ("digits", "decimals", "colors", "range")


class KERNELWALK_OT_read_again(bpy.types.Operator):
    """Read the pixels of the picture, or the file, again: it has been painted or saved since"""

    bl_idname = "kernelwalk.read_again"
    bl_label = "Read Again"
    bl_options = {"INTERNAL"}

    def execute(self, context: Context) -> Result:
        forget_parsed()
        live_update.request_update(active_settings(context.scene))
        return {"FINISHED"}


def draw_values(layout: Any, context: Context) -> None:
    """Draw the settings that have an effect, each with its errors."""
    props = active_settings(context.scene)
    layout.active = props.values.on
    column = widgets.property_column(layout, context)
    problems = spec_properties.find_problems(props) if props.values.on else ()
    _draw_input(column, context, problems)
    column.separator()
    if len(props.more_layers):
        widgets.draw_paragraph(column, context, f"Layer {layer_list.active_index(props) + 1}, chosen in the list above")
    _draw_weights(column, context, problems)
    column.separator()
    layers = layer_list.read_valid_layers(props)
    has_channels = bool(layers) and layers[-1].channels.outputs > 1
    for key in (*(("channel",) if has_channels or props.values.channel else ()), *DRAWING_KEYS):
        widgets.draw_property(column, context, props.values, key, widgets.errors_for(problems, f"values.{key}"))
    widgets.draw_errors(column, context, _list_other_errors(problems, layer_list.active_index(props)))


def _list_other_errors(problems: Sequence[Problem], index: int) -> list[str]:
    """Return the texts of the problems that stand at no field: of a layer as a whole, or of one that is not active."""
    texts = []
    for problem in problems:
        place = re.fullmatch(r"(?:values|layer|(?:values\.)?layers\[(\d+)\](\..*)?)", problem.where)
        is_shown = place and place[2] and (int(place[1]) == index or not problem.where.startswith("values"))
        if place and not is_shown:
            number = f"Layer {int(place[1]) + 1}: " if place[1] else ""
            texts.append(number + widgets.capitalize_first(f"{problem.what}. {problem.remedy}"))
    return texts


def _draw_input(column: Any, context: Context, problems: Sequence[Problem]) -> None:
    props = active_settings(context.scene)
    values, errors = props.values, widgets.errors_for(problems, "values.input")
    widgets.draw_property(column, context, values, "input")
    if values.input == PICTURE:
        column.template_ID(values, "image", open="image.open")
    elif values.input == FILE:
        widgets.draw_property(column, context, values, "file")
    if values.input in (PICTURE, FILE):
        widgets.draw_property(column, context, values, "fit", widgets.errors_for(problems, "values.fit"))
        if values.input == PICTURE:
            widgets.draw_property(column, context, values, "white")
        for note in spec_properties.find_notes(props):
            widgets.draw_paragraph(column, context, note, "INFO")
        column.operator(KERNELWALK_OT_read_again.bl_idname, icon=widgets.choose_button_icon(context, "FILE_REFRESH"))
    draw_grid(column, context, values.input_grid, errors)
    uses_seed = "random" in (values.input, *(layer.weights.kernel for layer in layer_list.list_layers(props)))
    if uses_seed:
        widgets.draw_property(column, context, values, "seed")
    widgets.draw_errors(column, context, errors)


def _draw_weights(column: Any, context: Context, problems: Sequence[Problem]) -> None:
    props = active_settings(context.scene)
    index, weights = layer_list.active_index(props), layer_list.active_layer(props).weights
    layers, grid = layer_list.read_valid_layers(props), props.values.kernel_grid
    where = f"values.layers[{index}]" if len(props.more_layers) else "values"
    channels = layers[index].channels if layers else Channels()
    has_weights = bool(layers) and layers[index].has_weights
    if has_weights:
        errors = widgets.errors_for(problems, f"{where}.kernel")
        widgets.draw_property(column, context, weights, "kernel")
        draw_grid(column, context, grid, errors, _describe_pair(grid, channels))
        widgets.draw_errors(column, context, errors)
        widgets.draw_property(column, context, props.values, "flip_kernel")
        column.separator()
    keys = ["bias"] if has_weights else []
    if widgets.is_narrow(context):
        column.prop(weights, "has_norm", text="Batch Norm")
    else:
        widgets.draw_property(column, context, weights, "has_norm")
    if weights.has_norm and layers:
        keys += [NORM_PREFIX + key for key in NORM_FIELDS]
    if keys and channels.outputs > 1:
        if not has_weights:
            widgets.draw_property(column, context, grid, "output_channel")
        widgets.draw_paragraph(column, context, f"Numbers of output channel {grid.output_channel}:")
    for key in keys:
        path = f"{where}.{key.replace(NORM_PREFIX, 'norm.')}"
        widgets.draw_property(column, context, props.values, key, widgets.errors_for(problems, path))
    column.separator()
    widgets.draw_property(column, context, weights, "activation")


def _describe_pair(grid: Any, channels: Channels) -> str:
    """Return the channels between which the kernel in the grid stands; nothing where a layer has one of each."""
    if channels.inputs == channels.outputs == 1:
        return ""
    output = grid.output_channel
    return f"Input channel {channels.inputs_of(output)[grid.input_channel]} → output channel {output}:"


def draw_grid(layout: Any, context: Context, group: Any, errors: Iterable[str] = (), heading: str = "") -> None:
    """Draw the choice of what a grid shows, a heading, and the grid's fields, as many as fit beside each other."""
    array = group.read_array(active_settings(context.scene))
    if array is None:
        return
    plane = show_plane(group, array)
    is_whole = bool((array == array.round()).all())
    room = widgets.region_width(context) - SIDE_MARGIN
    most = max(1, min(MAX_COLUMNS, int(room / _field_width(array, is_whole))))
    axes = list_selectors(group, array.ndim)
    sizes = array.shape[len(axes) :]
    keys = [key for key, count in zip(axes, array.shape, strict=False) if count > 1]
    keys += ["first_row"] * (len(sizes) > 1 and sizes[0] > MAX_ROWS) + ["first_column"] * (sizes[-1] > most)
    for key in keys:
        widgets.draw_property(layout, context, group, key)
    if heading:
        widgets.draw_paragraph(layout, context, heading)
    fields = layout.column(align=True)
    fields.use_property_split = False
    fields.alert = bool(errors)
    for row in range(min(len(plane), MAX_ROWS)):
        line = fields.row(align=True)
        for column in range(min(plane.shape[1], most)):
            line.prop(group, name_row(row, is_whole), index=column, text="")


def _field_width(array: Floats, is_whole: bool) -> float:
    """Return the width, in unscaled pixels, of a field for any of an array's numbers."""
    size = np.abs(array)
    digits = len(f"{min(size.max(), 1e9):.0f}")
    width = FIELD_MARGIN + MINUS_WIDTH * bool((array < 0).any())
    if not is_whole:
        least = size.min(where=size > 0, initial=1)
        digits += min(3 + int(-np.log10(least)), 7) if least < LEAST_SHOWN else 2
        width += POINT_WIDTH
    return width + DIGIT_WIDTH * digits


CLASSES = (KERNELWALK_OT_read_again,)
