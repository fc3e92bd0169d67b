# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer as code of a framework: pasted into the panel, shown in it, and copied from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy
from bpy.props import EnumProperty

from ...core import Problem, SpecError, spec_from_table
from ...core.frameworks.code_emitter import LayerCode, emit_code
from ...core.frameworks.known_frameworks import BY_KEY, FRAMEWORKS, USUAL_KEYS
from ...core.frameworks.parsing.code_activations import Followers, UnknownActivation, changes_values, read_followers
from ...core.frameworks.parsing.sequential import SequentialPart, read_chain, split_parts
from ..fields.walk_settings import active_settings
from ..settings import layer_list, spec_properties
from ..settings.layer_properties import input_size, write_layer
from ..toolkit import widgets
from ..toolkit.operator_utils import Context, Result, is_editable, report_error, report_failure, settings_are_valid

FRAMEWORK_ITEMS = [(known.key, known.name, f"The layer as code of {known.name}") for known in FRAMEWORKS]

OTHER_ITEMS = [
    ("none", "Other Framework", "Choose a framework to see the layer in its code"),
    *(item for item in FRAMEWORK_ITEMS if item[0] not in USUAL_KEYS),
]


def _input_size(props: Any, dims: int | None) -> tuple[int, ...]:
    """Return the input size of the active layer, or that of the first layer if the chain is invalid.

    dims: axes of the layer that replaces an only layer; None keeps their number
    """
    if dims and not props.more_layers:
        return input_size(props.layer, dims)
    try:
        return spec_properties.read_spec(props).layers[layer_list.active_index(props)].input
    except SpecError:
        return input_size(props.layer)


def paste_code(props: Any, text: str) -> None:
    """Set the active layer to the one that a line of code makes, or all layers to those of a Sequential.

    The input keeps its size; the code decides the number of its axes. Raise SpecError, and change nothing, if the code
    is no layer or does not fit.
    """
    parts = split_parts(text)
    followers = _read_followers(parts, props.values.on)
    lengths = [len(value) for value in parts[0].keys.values() if isinstance(value, list)]
    dims = lengths[0] if lengths else None
    if len(parts) > 1:
        given = {} if "input" in parts[0].keys else {"input": input_size(props.layer, dims)}
        spec = spec_from_table({"layers": text, **given})
        layer_list.write_layers(spec, props)
        written = layer_list.list_layers(props)
    else:
        given = {} if "input" in parts[0].keys else {"input": _input_size(props, dims)}
        write_layer(spec_from_table({"layer": text, **given}).layer, layer_list.active_layer(props))
        written = [layer_list.active_layer(props)]
    for layer_props, follower in zip(written, followers, strict=True):
        layer_props.weights.activation = follower.activation
        layer_props.weights.has_norm = follower.has_norm
        layer_props.weights.norm = ""  # the numbers of a new one


def _read_followers(parts: Sequence[SequentialPart], has_values: bool) -> list[Followers]:
    """Return what follows each layer. What values cannot have raises SpecError, or is left out where there are none."""
    if has_values and any(changes_values(code) for code in parts[0].before):
        what = f"{parts[0].before[0]} before the first layer changes the input"
        raise SpecError([Problem("layer.code", what, "Leave it out, or switch Values off")])
    followers = []
    for part in parts:
        try:
            followers.append(read_followers(part.code, part.after))
        except UnknownActivation as error:
            if has_values:
                what = f"values cannot be computed for {error}"
                raise SpecError([Problem("layer.code", what, "Leave it out, or switch Values off")]) from None
            followers.append(Followers())
    return followers


class PasteOperator:
    """Base of the operators that read code from the clipboard."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls: Any, context: Context) -> bool:
        return is_editable(cls, context.scene)

    def execute(self: Any, context: Context) -> Result:
        text = context.window_manager.clipboard.strip()
        if not text:
            return report_failure(self, 'The clipboard is empty. Copy a line such as "nn.Conv2d(1, 1, 3, padding=1)"')
        try:
            self.paste(active_settings(context.scene), text)
        except SpecError as error:
            return report_error(self, error)
        return {"FINISHED"}


class KERNELWALK_OT_paste_layer(PasteOperator, bpy.types.Operator):
    """Set the layer from PyTorch, Keras, ONNX or other frameworks' code in the clipboard, or all layers from a chain of
    them, also from what print(model) writes. The code is parsed, never executed"""

    bl_idname = "kernelwalk.paste_layer"
    bl_label = "Paste Layer"

    def paste(self, props: Any, text: str) -> None:
        paste_code(props, text)
        left_out = dict.fromkeys(read_chain(text).left_out)
        if left_out:
            self.report({"INFO"}, f"Left out {', '.join(left_out)}, in which nothing slides over cells")


class KERNELWALK_OT_copy_code(bpy.types.Operator):
    """Copy the layer as a line of code"""

    bl_idname = "kernelwalk.copy_code"
    bl_label = "Copy as Code"
    framework: EnumProperty(name="Framework", description="Framework of the code", items=FRAMEWORK_ITEMS)

    @classmethod
    def description(cls, _context: Context, properties: Any) -> str:
        return f"Copy the layer as a line of {BY_KEY[properties.framework].name}"

    @classmethod
    def poll(cls, context: Context) -> bool:
        return settings_are_valid(cls, context.scene)

    def execute(self, context: Context) -> Result:
        (code,) = _emit_lines(context, self.framework)
        if not code.is_supported:
            return report_failure(self, f"{code.framework} has no such layer: {code.text}")
        context.window_manager.clipboard = code.text
        self.report({"INFO"}, f"Copied {code.text}")
        return {"FINISHED"}


def _emit_lines(context: Context, *keys: str) -> tuple[LayerCode, ...]:
    """Return the active layer as code of frameworks, which are loaded by that."""
    props = active_settings(context.scene)
    return emit_code(spec_properties.read_spec(props).layers[layer_list.active_index(props)], keys)


def draw_code(layout: Any, context: Context) -> None:
    """Draw the layer as code of the usual frameworks and of one that is chosen, each with a button that copies it."""
    layout.operator(KERNELWALK_OT_paste_layer.bl_idname, icon="PASTEDOWN")
    if spec_properties.find_problems(active_settings(context.scene)):
        return
    for key, code in zip(USUAL_KEYS, _emit_lines(context, *USUAL_KEYS), strict=True):
        row = layout.row()
        row.label(text=code.framework)
        _draw_line(layout, context, row, key, code)
    row, other = layout.row(), context.window_manager.kernelwalk_other_framework
    row.prop(context.window_manager, "kernelwalk_other_framework", text="")
    if other != "none":
        (code,) = _emit_lines(context, other)
        _draw_line(layout, context, row, other, code)


def _draw_line(layout: Any, context: Context, row: Any, key: str, code: LayerCode) -> None:
    """Draw a line, its button in the row above, and below it what the framework does otherwise."""
    if code.is_supported:
        row.operator(KERNELWALK_OT_copy_code.bl_idname, text="", icon="COPYDOWN").framework = key
        widgets.draw_paragraph(layout, context, code.text, indent=1)
    else:
        widgets.draw_paragraph(layout, context, f"Not as one layer: {code.text}", "INFO", indent=1)
    for remark in code.remarks:
        widgets.draw_paragraph(layout, context, str(remark), "ERROR", indent=1)


def register() -> None:
    bpy.types.WindowManager.kernelwalk_other_framework = EnumProperty(
        name="Other Framework", description="Framework whose code is shown below", items=OTHER_ITEMS
    )


def unregister() -> None:
    del bpy.types.WindowManager.kernelwalk_other_framework


CLASSES = (KERNELWALK_OT_paste_layer, KERNELWALK_OT_copy_code)
