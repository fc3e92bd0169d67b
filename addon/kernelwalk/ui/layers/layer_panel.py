# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel of a layer: its parameters, its equations, its code, and its comparison with another layer."""

from __future__ import annotations

import bpy

from ...core.layers.registry import LAYERS
from ...core.spec.parse_layers import INHERITED_KEYS
from ..fields.walk_settings import active_settings
from ..settings import layer_list, spec_properties
from ..settings.layer_properties import CHANNEL_KEYS, affects_output, has_padding_numbers
from ..toolkit import widgets
from ..toolkit.operator_utils import Context
from ..toolkit.section_panel import SectionPanel, TabPanel
from . import comparison_panel, layer_code, layer_equations, layer_operators


class KERNELWALK_PT_layer(SectionPanel, bpy.types.Panel):
    bl_label = "Layer"
    section = "layer"

    def draw(self, context: Context) -> None:
        props = active_settings(context.scene)
        layer_operators.draw_layer_list(self.layout, props, widgets.is_narrow(context))
        column = widgets.property_column(self.layout, context)
        problems, path = spec_properties.find_problems(props), layer_list.active_layer_path(props)
        layer_props, is_first = layer_list.active_layer(props), layer_list.active_index(props) == 0
        keys = set(LAYERS[layer_props.op].PARAMETERS) - set(() if is_first else INHERITED_KEYS)
        keys = {key for key in keys if affects_output(layer_props, key)}

        def draw_sizes(*names: str) -> None:
            for key in names:
                if key in keys:
                    errors = widgets.errors_for(problems, f"{path}.{key}")
                    widgets.draw_axis_sizes(column, context, layer_props, key, errors)

        def draw_option(key: str) -> None:
            if key in keys:
                errors = widgets.errors_for(problems, f"{path}.{key}")
                widgets.draw_property(column, context, layer_props, key, errors)

        widgets.draw_property(column, context, layer_props, "op", widgets.errors_for(problems, f"{path}.op"))
        if is_first:  # all layers of a chain have the same dimensions
            heading = "" if widgets.is_narrow(context) else spec_properties.label_of(layer_props, "dims")
            column.row(align=True, heading=heading).prop(layer_props, "dims", expand=True)
        draw_option("interpolation")
        draw_option("align_corners")
        draw_sizes("input", "scale", "factor", "kernel", "stride")
        if "padding" in keys:
            widgets.draw_property(column, context, layer_props, "padding")
            errors = widgets.errors_for(problems, f"{path}.padding")
            if layer_props.padding == "numbers" and has_padding_numbers(layer_props):
                label = "Before" if layer_props.sides else "Cells"
                widgets.draw_size_row(column, context, layer_props, "padding_before", label, errors)
                if layer_props.sides:
                    widgets.draw_size_row(column, context, layer_props, "padding_after", "After", errors)
                column.prop(layer_props, "sides")
            widgets.draw_errors(column, context, errors)
        draw_option("padding_mode")
        draw_sizes("dilation", "output_padding", "output_shape")
        for key in ("ceil_mode", "count_include_pad", "flip_kernel", "convention"):
            draw_option(key)
        for key in CHANNEL_KEYS:
            if key in keys:
                errors = widgets.errors_for(problems, f"{path}.{key}")
                widgets.draw_channel_count(column, context, layer_props, key, errors)
        draw_option("channel_order")
        if not problems:
            layer_equations.draw_equations(self.layout, context)


class KERNELWALK_PT_code(TabPanel, bpy.types.Panel):
    bl_label = "As Code"
    bl_parent_id = "KERNELWALK_PT_layer"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        layer_code.draw_code(self.layout, context)


class KERNELWALK_PT_compare(TabPanel, bpy.types.Panel):
    bl_label = "Compare"
    bl_parent_id = "KERNELWALK_PT_layer"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        comparison_panel.draw_comparison(self.layout, context)


CLASSES = (KERNELWALK_PT_layer, KERNELWALK_PT_code, KERNELWALK_PT_compare)
