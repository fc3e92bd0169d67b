# SPDX-License-Identifier: GPL-3.0-or-later
"""The entry of Blender's Add menu: a walk at the 3D cursor, which is a further one where a walk is built already."""

from __future__ import annotations

import bpy
import numpy as np

from ...scene.builds import ownership
from ...scene.builds.active_walk import get_active_number, set_active_number
from ...scene.places import free_place, placement
from ..toolkit.operator_utils import Context, Result, is_editable, settings_are_valid
from ..walks.walk_operators import add_walk, can_add_walk, remove_settings
from .generation import generate_walk


class KERNELWALK_OT_add_at_cursor(bpy.types.Operator):
    """Build a walk at the 3D cursor, with the settings that the sidebar shows. Where that walk is built already, this
    is a further one, with settings of its own. If another walk is at the cursor, it stands beside that one"""

    bl_idname = "kernelwalk.add_at_cursor"
    bl_label = "Add at 3D Cursor"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        if not is_editable(cls, context.scene) or not settings_are_valid(cls, context.scene):
            return False
        return not ownership.find_root_collections(context.scene) or can_add_walk(cls, context.scene)

    def execute(self, context: Context) -> Result:
        scene = context.scene
        number, is_further = get_active_number(scene), bool(ownership.find_root_collections(scene))
        if is_further:
            add_walk(scene)
        result = generate_walk(self, context, place=lambda: self._place_walk(context))
        if result != {"FINISHED"} and is_further:
            remove_settings(scene)
            set_active_number(scene, number)
        return result

    def _place_walk(self, context: Context) -> None:
        scene = context.scene
        location = np.array(scene.cursor.location, np.float64)
        if free_place.is_free_of_walks(scene, location, context.evaluated_depsgraph_get()):
            placement.move_walk(ownership.find_root_collections(scene)[0], location)
        else:
            self.report({"INFO"}, "Another walk stands at the 3D cursor: this one was put where it is by itself")


CLASSES = (KERNELWALK_OT_add_at_cursor,)
