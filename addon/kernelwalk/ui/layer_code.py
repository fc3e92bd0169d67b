# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers as frameworks write them: pasted into the panel, and shown and copied from it."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import EnumProperty

from ..core import SpecError, spec_from_table
from ..core.frameworks.code_emitter import emit_code
from ..core.frameworks.code_parser import parse_layer, split_sequential
from . import layer_list, spec_properties, widgets
from .layer_properties import input_size, write_layer
from .operator_utils import Context, Result, is_editable, report_error, settings_are_valid

FRAMEWORK_ITEMS = [(name, name, f"Copy the layer as a line of {name}") for name in ("PyTorch", "Keras", "ONNX")]


def _input_size(given: Any, dims: int | None) -> tuple[int, ...]:
    """The size of the chosen layer's input; of one that follows in a chain that cannot be, the first one's. A layer by
    itself takes as many axes as it is to have."""
    if dims and not given.more:
        return input_size(given.layer, dims)
    try:
        return spec_properties.read_spec(given).layers[layer_list.active_index(given)].input
    except SpecError:
        return input_size(given.layer)


def paste_code(given: Any, text: str) -> None:
    """Set the layer to the one that a line of code makes, or all layers to those of a Sequential; the input stays, of
    as many axes as the line says. Raises SpecError, and changes nothing."""
    found = split_sequential(text)
    lists = [len(value) for value in parse_layer(found[0]).values() if isinstance(value, list)]
    dims = lists[0] if lists else None
    if len(found) > 1:
        layer_list.write_layers(spec_from_table({"layers": found, "input": input_size(given.layer, dims)}), given)
        return
    layer = {"code": found[0], "input": _input_size(given, dims)}
    write_layer(spec_from_table({"layer": layer}).layer, layer_list.active_layer(given))


class KERNELWALK_OT_paste_layer(bpy.types.Operator):
    """Set the layer to the line of PyTorch, Keras or ONNX in the clipboard, or all layers to a Sequential; it is
    parsed, and never run"""

    bl_idname = "kernelwalk.paste_layer"
    bl_label = "Paste Layer"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        return is_editable(cls, context.scene)

    def execute(self, context: Context) -> Result:
        text = context.window_manager.clipboard
        if not text.strip():
            self.report({"ERROR"}, 'The clipboard is empty. Copy a line such as "nn.Conv2d(1, 1, 3, padding=1)"')
            return {"CANCELLED"}
        try:
            paste_code(context.scene.kernelwalk, text)
        except SpecError as error:
            return report_error(self, error)
        return {"FINISHED"}


class KERNELWALK_OT_copy_code(bpy.types.Operator):
    """Copy the layer as a line of code"""

    bl_idname = "kernelwalk.copy_code"
    bl_label = "Copy as Code"
    framework: EnumProperty(name="Framework", description="In whose words", items=FRAMEWORK_ITEMS)

    @classmethod
    def description(cls, _context: Context, properties: Any) -> str:
        return f"Copy the layer as a line of {properties.framework}"

    @classmethod
    def poll(cls, context: Context) -> bool:
        return settings_are_valid(cls, context.scene)

    def execute(self, context: Context) -> Result:
        line = next(line for line in _code_lines(context) if line.framework == self.framework)
        if not line.works:
            self.report({"ERROR"}, f"{line.framework} has no such layer: {line.text}")
            return {"CANCELLED"}
        context.window_manager.clipboard = line.text
        self.report({"INFO"}, f"Copied {line.text}")
        return {"FINISHED"}


def _code_lines(context: Context) -> Any:
    given = context.scene.kernelwalk
    return emit_code(spec_properties.read_spec(given).layers[layer_list.active_index(given)])


def draw_code(layout: Any, context: Context) -> None:
    """The layer in each framework's words, each with a button to copy it."""
    layout.operator(KERNELWALK_OT_paste_layer.bl_idname, icon="PASTEDOWN")
    if spec_properties.find_problems(context.scene.kernelwalk):
        return
    for line in _code_lines(context):
        row = layout.row()
        row.label(text=line.framework)
        if line.works:
            row.operator(KERNELWALK_OT_copy_code.bl_idname, text="", icon="COPYDOWN").framework = line.framework
        widgets.draw_paragraph(layout, context, line.text, "" if line.works else "INFO", indent=1)


CLASSES = (KERNELWALK_OT_paste_layer, KERNELWALK_OT_copy_code)
