# SPDX-License-Identifier: GPL-3.0-or-later
"""The buttons by which a chain of layers is made, and its layers are chosen."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import EnumProperty, IntProperty

from ..core import SpecError, spec_from_table
from ..core.layers.registry import LAYERS
from ..core.spec.parse_layers import MAX_LAYERS
from .layer_list import active_index, drop_inherited_keys, list_layers, write_layers
from .layer_properties import read_layer_table
from .operator_utils import Context, Result, is_editable, report_error

NEW_LAYER: dict[str, Any] = {"op": "conv", "kernel": 3, "padding": 1}
"""The layer that is added: it fits after any other of two axes."""


class _LayerListOperator:
    """Changes which layers there are."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        return is_editable(cls, context.scene)

    def _apply(self: Any, context: Context, tables: list[dict[str, Any]], choice: int) -> Result:
        given = context.scene.kernelwalk
        whole = {"layer": tables[0]} if len(tables) == 1 else {"layers": drop_inherited_keys(tables)}
        try:
            spec = spec_from_table(whole)
        except SpecError as error:
            return report_error(self, error)
        given.chosen = choice
        write_layers(spec, given)
        return {"FINISHED"}


class KERNELWALK_OT_add_layer(_LayerListOperator, bpy.types.Operator):
    """Add a layer after the chosen one: the walk goes over the last one's output"""

    bl_idname = "kernelwalk.add_layer"
    bl_label = "Add Layer"

    @classmethod
    def poll(cls, context: Context) -> bool:
        if len(context.scene.kernelwalk.more) + 1 >= MAX_LAYERS:
            cls.poll_message_set(f"A chain has at most {MAX_LAYERS} layers")
            return False
        return is_editable(cls, context.scene)

    def execute(self, context: Context) -> Result:
        given = context.scene.kernelwalk
        tables, at = [read_layer_table(layer) for layer in list_layers(given)], active_index(given) + 1
        return self._apply(context, [*tables[:at], dict(NEW_LAYER), *tables[at:]], at)


class KERNELWALK_OT_remove_layer(_LayerListOperator, bpy.types.Operator):
    """Take the chosen layer out of the chain"""

    bl_idname = "kernelwalk.remove_layer"
    bl_label = "Remove Layer"

    @classmethod
    def poll(cls, context: Context) -> bool:
        if not len(context.scene.kernelwalk.more):
            cls.poll_message_set("There is one layer alone")
            return False
        return is_editable(cls, context.scene)

    def execute(self, context: Context) -> Result:
        given = context.scene.kernelwalk
        tables, at = [read_layer_table(layer) for layer in list_layers(given)], active_index(given)
        size = tables[0]["input"]
        del tables[at]
        tables[0]["input"] = size  # of a layer that is now the first nothing was asked
        return self._apply(context, tables, max(at - 1, 0))


class KERNELWALK_OT_move_layer(_LayerListOperator, bpy.types.Operator):
    """Move the chosen layer nearer to the input or to the output"""

    bl_idname = "kernelwalk.move_layer"
    bl_label = "Move Layer"
    way: EnumProperty(
        name="Way",
        description="Where to",
        items=[("UP", "Up", "Nearer to the input"), ("DOWN", "Down", "Nearer to the output")],
    )

    def execute(self, context: Context) -> Result:
        given = context.scene.kernelwalk
        tables, at = [read_layer_table(layer) for layer in list_layers(given)], active_index(given)
        to = at + (1 if self.way == "DOWN" else -1)
        if not 0 <= to < len(tables):
            return {"CANCELLED"}
        size = tables[0]["input"]
        tables[at], tables[to] = tables[to], tables[at]
        tables[0]["input"] = size
        return self._apply(context, tables, to)


class KERNELWALK_OT_choose_layer(bpy.types.Operator):
    """Show this layer's settings"""

    bl_idname = "kernelwalk.choose_layer"
    bl_label = "Choose Layer"
    bl_options = {"INTERNAL"}
    number: IntProperty(name="Layer", description="Which, counted from 0", min=0)

    def execute(self, context: Context) -> Result:
        context.scene.kernelwalk.chosen = self.number
        return {"FINISHED"}


def draw_layer_list(layout: Any, given: Any) -> None:
    """The layers, from the input on, with buttons to change which there are."""
    row = layout.row()
    layers = row.column(align=True)
    for at, layer in enumerate(list_layers(given)):
        name = LAYERS[layer.op].label
        text = f"{at + 1}  {name}" if len(given.more) else name
        layers.operator(KERNELWALK_OT_choose_layer.bl_idname, text=text, depress=at == active_index(given)).number = at
    buttons = row.column(align=True)
    buttons.operator(KERNELWALK_OT_add_layer.bl_idname, text="", icon="ADD")
    if len(given.more):
        buttons.operator(KERNELWALK_OT_remove_layer.bl_idname, text="", icon="REMOVE")
        for way, icon in (("UP", "TRIA_UP"), ("DOWN", "TRIA_DOWN")):
            buttons.operator(KERNELWALK_OT_move_layer.bl_idname, text="", icon=icon).way = way


CLASSES = (KERNELWALK_OT_add_layer, KERNELWALK_OT_remove_layer, KERNELWALK_OT_move_layer, KERNELWALK_OT_choose_layer)
