# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison of a walk's layer with another, in the panel: the other layer's code, what differs, and its walk."""

from __future__ import annotations

import contextlib
from typing import Any

import bpy

from ...core import SpecError
from ...core.comparison.layer_comparison import compare_layers
from ...core.describe.difference_rows import list_differences
from ...core.frameworks.parsing.code_parser import parse_layer
from ...core.spec.spec import Spec
from ..fields.walk_settings import active_settings
from ..settings import spec_properties
from ..toolkit import widgets
from ..toolkit.operator_utils import Context, Result, is_editable, settings_are_valid
from .layer_code import PasteOperator


class KERNELWALK_OT_paste_compared(PasteOperator, bpy.types.Operator):
    """Compare the layer with that of a line of code in the clipboard, and show both side by side. The code is parsed,
    never executed"""

    bl_idname = "kernelwalk.paste_compared"
    bl_label = "Compare with Clipboard"

    def paste(self, props: Any, text: str) -> None:
        parse_layer(text)  # raises SpecError
        props.compare = text
        with contextlib.suppress(SpecError):  # the panel says why there is none
            show_both(props, spec_properties.read_spec(props))


class KERNELWALK_OT_show_both(bpy.types.Operator):
    """Show the other layer beside this one in the same picture, where both walk at the same time"""

    bl_idname = "kernelwalk.show_both"
    bl_label = "Show Both"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        if not active_settings(context.scene).compare.strip():
            cls.poll_message_set("There is no other layer")
            return False
        return is_editable(cls, context.scene) and settings_are_valid(cls, context.scene)

    def execute(self, context: Context) -> Result:
        props = active_settings(context.scene)
        show_both(props, spec_properties.read_spec(props))
        return {"FINISHED"}


def show_both(props: Any, spec: Spec) -> None:
    """Show both layers of a spec, under titles that tell which is which, unless there are some.

    The titles hold no parameters, which change: the captions below have them.
    """
    for letter, key, layer in (("A", "title", spec.layer), ("B", "beside", spec.compared)):
        assert layer is not None
        setattr(props, key, getattr(props, key) or f"{letter}: {layer.display_name}")


def draw_comparison(layout: Any, context: Context) -> None:
    """Draw the other layer's code, and the differences from it."""
    props = active_settings(context.scene)
    row = layout.row(align=True)
    example = "nn.Conv2d(…)" if widgets.is_narrow(context) else "nn.Conv2d(1, 1, 3)"
    row.prop(props, "compare", text="", placeholder=example)
    row.operator(KERNELWALK_OT_paste_compared.bl_idname, text="", icon="PASTEDOWN")
    if not props.compare.strip():
        return
    problems = spec_properties.find_problems(props)
    keys = dict.fromkeys(problem.where for problem in problems if problem.where.partition(".")[0] == "compare")
    for key in keys:
        widgets.draw_errors(layout, context, widgets.errors_for(problems, key))
    if problems:
        return
    if props.beside:
        widgets.draw_property(widgets.property_column(layout, context), context, props, "beside")
    else:
        layout.operator(KERNELWALK_OT_show_both.bl_idname, icon="MOD_MIRROR")
    spec = spec_properties.read_spec(props)
    assert spec.compared is not None
    rows = list_differences(compare_layers(spec.layer, spec.compared))
    if not rows:
        widgets.draw_paragraph(layout, context, "Both layers compute the same", "CHECKMARK", indent=1)
        return
    widgets.draw_paragraph(layout, context, f"A is this layer, B is {props.compare.strip()}", "INFO", indent=1)
    for name, text in rows:
        text = f"{widgets.capitalize_first(name)}: {text}".replace(" × ", "\u00a0×\u00a0")  # no line break within it
        widgets.draw_paragraph(layout, context, text, indent=1)


CLASSES = (KERNELWALK_OT_paste_compared, KERNELWALK_OT_show_both)
