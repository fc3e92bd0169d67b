# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel of templates, with a picture of each, and the field for one's own .blend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.props import StringProperty

from ...core.spec import templates
from ...core.spec.fields import format_label
from ..fields.walk_settings import active_settings
from ..toolkit.operator_utils import Context, Result, is_editable
from ..toolkit.pictures import find_picture

PICTURE_SCALE = 4.0
"""Side of a picture, in heights of a button."""


class KERNELWALK_OT_choose_template(bpy.types.Operator):
    """Give the walk the light, the shapes and the colors of this template"""

    bl_idname = "kernelwalk.choose_template"
    bl_label = "Choose Template"
    bl_options = {"REGISTER", "UNDO"}
    template: StringProperty(name="Template", description="Name of a template that ships, or the path of a .blend")

    @classmethod
    def poll(cls, context: Context) -> bool:
        return is_editable(cls, context.scene)

    def execute(self, context: Context) -> Result:
        active_settings(context.scene).look.template = self.template
        return {"FINISHED"}


class KERNELWALK_PT_templates(bpy.types.Panel):
    """Choose the template, which gives the walk its light, shapes and colors"""

    bl_label = "Templates"
    bl_space_type = "VIEW_3D"
    bl_region_type = "HEADER"
    bl_ui_units_x = 14

    def draw(self, context: Context) -> None:
        layout = self.layout
        grid = layout.grid_flow(row_major=True, columns=2, even_columns=True, even_rows=True)
        for name in templates.list_templates():
            cell = grid.column(align=True)
            cell.template_icon(find_picture(templates.picture_path(name)), scale=PICTURE_SCALE)
            button = cell.operator(KERNELWALK_OT_choose_template.bl_idname, text=format_label(name))
            button.template = name
        layout.separator()
        layout.label(text="Name, or Path of Your Own")
        look = active_settings(context.scene).look
        layout.prop(look, "template", text="", placeholder="Path of a .blend")


def draw_template(layout: Any, context: Context) -> None:
    """Draw the button with the template's name and picture, which opens the panel of templates."""
    template = active_settings(context.scene).look.template
    is_shipped = template in templates.list_templates()
    shown: dict[str, Any] = {"icon": "FILE_BLEND"}
    if is_shipped:
        shown = {"icon_value": find_picture(templates.picture_path(template))}
    text = format_label(template) if is_shipped else Path(template).stem
    layout.popover(KERNELWALK_PT_templates.__name__, text=text, **shown)


CLASSES = (KERNELWALK_OT_choose_template, KERNELWALK_PT_templates)
