# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of layers in the panel, and the operators that add, remove, move and choose layers."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import EnumProperty, IntProperty

from ...core import SpecError, spec_from_table
from ...core.layers.registry import LAYERS
from ...core.spec.parse_layers import MAX_LAYERS
from ..fields.walk_settings import active_settings
from ..settings.layer_list import active_index, drop_inherited_keys, list_layers, write_layers
from ..settings.layer_properties import read_layer_table
from ..settings.weights_properties import restore_weights, save_weights
from ..toolkit.operator_utils import Context, Result, is_editable, report_error

NEW_LAYER: dict[str, Any] = {"op": "conv", "kernel": 3, "padding": 1}
"""Table of a layer that is added: it fits after any layer of two axes."""


_Entry = tuple[dict[str, Any], dict[str, str]]
"""A layer's table, and its weights as they are saved."""


def _read_entries(props: Any) -> list[_Entry]:
    return [(read_layer_table(layer_props), save_weights(layer_props.weights)) for layer_props in list_layers(props)]


class _LayerListOperator:
    """Base of the operators that change the list of layers."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        return is_editable(cls, context.scene)

    def _apply(self: Any, context: Context, entries: list[_Entry], index: int) -> Result:
        """Set the layers to these entries, with the one at `index` active; report why they do not fit."""
        props = active_settings(context.scene)
        tables = [table for table, _ in entries]
        spec_table = {"layer": tables[0]} if len(tables) == 1 else {"layers": drop_inherited_keys(tables)}
        try:
            spec = spec_from_table(spec_table)
        except SpecError as error:
            return report_error(self, error)
        props.active_layer_index = index
        write_layers(spec, props)
        for layer_props, (_, weights) in zip(list_layers(props), entries, strict=True):
            restore_weights(weights, layer_props.weights)
        return {"FINISHED"}


class KERNELWALK_OT_add_layer(_LayerListOperator, bpy.types.Operator):
    """Add a layer after the active one. The walk visits the outputs of the last layer"""

    bl_idname = "kernelwalk.add_layer"
    bl_label = "Add Layer"

    @classmethod
    def poll(cls, context: Context) -> bool:
        if len(active_settings(context.scene).more_layers) + 1 >= MAX_LAYERS:
            cls.poll_message_set(f"A chain has at most {MAX_LAYERS} layers")
            return False
        return is_editable(cls, context.scene)

    def execute(self, context: Context) -> Result:
        props = active_settings(context.scene)
        entries, index = _read_entries(props), active_index(props) + 1
        return self._apply(context, [*entries[:index], (dict(NEW_LAYER), {}), *entries[index:]], index)


class KERNELWALK_OT_remove_layer(_LayerListOperator, bpy.types.Operator):
    """Remove the active layer from the chain"""

    bl_idname = "kernelwalk.remove_layer"
    bl_label = "Remove Layer"

    @classmethod
    def poll(cls, context: Context) -> bool:
        if not len(active_settings(context.scene).more_layers):
            cls.poll_message_set("The only layer cannot be removed")
            return False
        return is_editable(cls, context.scene)

    def execute(self, context: Context) -> Result:
        props = active_settings(context.scene)
        entries, index = _read_entries(props), active_index(props)
        input_size = entries[0][0]["input"]
        del entries[index]
        entries[0][0]["input"] = input_size  # a layer that followed another has no input size of its own
        return self._apply(context, entries, max(index - 1, 0))


class KERNELWALK_OT_move_layer(_LayerListOperator, bpy.types.Operator):
    """Move the active layer towards the input or the output"""

    bl_idname = "kernelwalk.move_layer"
    bl_label = "Move Layer"
    direction: EnumProperty(
        name="Direction",
        description="Direction of the move",
        items=[("UP", "Up", "Towards the input"), ("DOWN", "Down", "Towards the output")],
    )

    def execute(self, context: Context) -> Result:
        props = active_settings(context.scene)
        entries, index = _read_entries(props), active_index(props)
        target = index + (1 if self.direction == "DOWN" else -1)
        if not 0 <= target < len(entries):
            return {"CANCELLED"}
        input_size = entries[0][0]["input"]
        entries[index], entries[target] = entries[target], entries[index]
        entries[0][0]["input"] = input_size
        return self._apply(context, entries, target)


class KERNELWALK_OT_choose_layer(bpy.types.Operator):
    """Show the settings of this layer"""

    bl_idname = "kernelwalk.choose_layer"
    bl_label = "Choose Layer"
    bl_options = {"INTERNAL"}
    index: IntProperty(name="Layer", description="Index of the layer, from 0", min=0)

    def execute(self, context: Context) -> Result:
        active_settings(context.scene).active_layer_index = self.index
        return {"FINISHED"}


def draw_layer_list(layout: Any, props: Any, is_narrow: bool) -> None:
    """Draw the layers, from the input to the output, with buttons that change the list: below it where it is narrow."""
    row = (layout.column if is_narrow else layout.row)(align=is_narrow)
    names = row.column(align=True)
    for index, layer_props in enumerate(list_layers(props)):
        name = LAYERS[layer_props.op].display_name
        text = f"{index + 1}  {name}" if len(props.more_layers) else name
        if is_narrow:  # the name would be cut, and stands below
            text = f"Layer {index + 1}"
        is_active = index == active_index(props)
        names.operator(KERNELWALK_OT_choose_layer.bl_idname, text=text, depress=is_active).index = index
    buttons = (row.row if is_narrow else row.column)(align=True)
    buttons.operator(KERNELWALK_OT_add_layer.bl_idname, text="", icon="ADD")
    if len(props.more_layers):
        buttons.operator(KERNELWALK_OT_remove_layer.bl_idname, text="", icon="REMOVE")
        for direction, icon in (("UP", "TRIA_UP"), ("DOWN", "TRIA_DOWN")):
            buttons.operator(KERNELWALK_OT_move_layer.bl_idname, text="", icon=icon).direction = direction


CLASSES = (KERNELWALK_OT_add_layer, KERNELWALK_OT_remove_layer, KERNELWALK_OT_move_layer, KERNELWALK_OT_choose_layer)
