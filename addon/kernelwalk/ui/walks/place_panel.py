# SPDX-License-Identifier: GPL-3.0-or-later
"""The place of a walk in the user's scene: the operator that moves it to the 3D cursor, and what the panel shows."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from ...scene.builds import ownership
from ...scene.places import placement, walk_scale
from ..fields.walk_settings import active_settings
from ..toolkit import widgets
from ..toolkit.operator_utils import Context, Result, WalkOperator
from .surroundings import KERNELWALK_OT_place_beside, move_walk_in_views


class KERNELWALK_OT_place_at_cursor(WalkOperator, bpy.types.Operator):
    """Move the walk, with its camera and its lights, to the 3D cursor. What stood at the world's origin when it was
    generated stands at the cursor then"""

    bl_idname = "kernelwalk.place_at_cursor"
    bl_label = "At 3D Cursor"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Context) -> Result:
        root = ownership.find_root_collections(context.scene)[0]
        move_walk_in_views(context, root, np.array(context.scene.cursor.location, np.float64))
        return {"FINISHED"}


def draw_place(layout: Any, context: Context) -> None:
    """Draw the buttons that move the walk, its scale, and its location once it has been moved."""
    buttons = (layout.column if widgets.is_narrow(context) else layout.row)(align=True)
    buttons.operator(KERNELWALK_OT_place_at_cursor.bl_idname, icon=widgets.choose_button_icon(context, "PIVOT_CURSOR"))
    buttons.operator(KERNELWALK_OT_place_beside.bl_idname)
    roots = ownership.find_root_collections(context.scene)
    origin = placement.get_origin(roots[0]) if roots else None
    column = widgets.property_column(layout, context)
    if roots:
        widgets.draw_property(column, context, active_settings(context.scene).place, "scale")
    if origin is not None and widgets.is_narrow(context):  # Blender's own label has a colon there
        label = origin.bl_rna.properties["location"].name
        widgets.add_labeled_row(column, context, label).column(align=True).prop(origin, "location", text="")
    elif origin is not None:
        column.prop(origin, "location")


def draw_stretch(layout: Any, context: Context) -> None:
    """Draw what is wrong with a walk that is not scaled by one number, and the field that mends it."""
    roots = ownership.find_root_collections(context.scene)
    if not roots or walk_scale.get_scale(roots[0]) is not None:
        return
    name, box = placement.get_origin(roots[0]).name, layout.box()
    text = f"{name} needs one scale above 0 for all axes: labels, camera and lights do not fit a stretched walk"
    widgets.draw_paragraph(box, context, text, "ERROR", indent=1)
    widgets.draw_property(box, context, active_settings(context.scene).place, "scale")


CLASSES = (KERNELWALK_OT_place_at_cursor,)
