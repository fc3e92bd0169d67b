# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison of a walk's layer with another, in the panel: the other layer's code, what differs, and its walk."""

from __future__ import annotations

from typing import Any

import bpy

from ..core.comparison.layer_comparison import compare_layers
from ..core.describe.difference_rows import list_differences
from ..core.frameworks.parsing.code_parser import parse_layer
from . import generation, spec_properties, walk_operators, widgets
from .layer_code import PasteOperator
from .operator_utils import Context, Result, settings_are_valid
from .properties import without_updates
from .walk_settings import active_settings


class KERNELWALK_OT_paste_compared(PasteOperator, bpy.types.Operator):
    """Compare the layer with that of a line of code in the clipboard. The code is parsed, never executed"""

    bl_idname = "kernelwalk.paste_compared"
    bl_label = "Compare with Clipboard"

    def paste(self, props: Any, text: str) -> None:
        parse_layer(text)  # raises SpecError
        props.compare = text


class KERNELWALK_OT_add_compared(bpy.types.Operator):
    """Add a walk of the other layer beside this one. Each walk has frames on what the other layer does otherwise"""

    bl_idname = "kernelwalk.add_compared"
    bl_label = "Add Other Layer"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        if not active_settings(context.scene).compare.strip():
            cls.poll_message_set("There is no other layer")
            return False
        return walk_operators.KERNELWALK_OT_add_walk.poll(context) and settings_are_valid(cls, context.scene)

    def execute(self, context: Context) -> Result:
        other = spec_properties.read_spec(active_settings(context.scene)).turn_comparison()
        walk_operators.add_walk(context.scene)
        with without_updates():
            spec_properties.write_spec(other, active_settings(context.scene))
        return generation.generate_walk(self, context)


def draw_comparison(layout: Any, context: Context) -> None:
    """Draw the other layer's code, and the differences from it."""
    props = active_settings(context.scene)
    row = layout.row(align=True)
    row.prop(props, "compare", text="", placeholder="nn.Conv2d(1, 1, 3)")
    row.operator(KERNELWALK_OT_paste_compared.bl_idname, text="", icon="PASTEDOWN")
    if not props.compare.strip():
        return
    problems = spec_properties.find_problems(props)
    keys = dict.fromkeys(problem.where for problem in problems if problem.where.partition(".")[0] == "compare")
    for key in keys:
        widgets.draw_errors(layout, context, widgets.errors_for(problems, key))
    if problems:
        return
    spec = spec_properties.read_spec(props)
    assert spec.compared is not None
    rows = list_differences(compare_layers(spec.layer, spec.compared))
    if not rows:
        widgets.draw_paragraph(layout, context, "Both layers compute the same", "CHECKMARK", indent=1)
        return
    widgets.draw_paragraph(layout, context, f"A is this layer, B is {props.compare.strip()}", "INFO", indent=1)
    for name, text in rows:
        widgets.draw_paragraph(layout, context, f"{widgets.capitalize_first(name)}: {text}", indent=1)
    text = "Add Other" if widgets.is_narrow(context) else KERNELWALK_OT_add_compared.bl_label
    layout.operator(KERNELWALK_OT_add_compared.bl_idname, text=text, icon="ADD")


CLASSES = (KERNELWALK_OT_paste_compared, KERNELWALK_OT_add_compared)
