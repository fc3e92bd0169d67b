# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of the walks of a scene in the panel, and the operators that add, remove and choose walks."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import bpy
from bpy.props import IntProperty

from ...scene import clear_scene
from ...scene.builds import ownership
from ...scene.builds.active_walk import FIRST, get_active_number, set_active_number
from ...scene.setup import scene_setup
from ..fields.properties import without_updates
from ..fields.settings_copy import copy_settings
from ..fields.walk_settings import MORE_WALKS, active_settings, list_settings, name_walk, settings_of
from ..settings import setup_properties, spec_properties
from ..toolkit import widgets
from ..toolkit.operator_utils import Context, Result, is_editable, switch_to_object_mode
from . import view_history

MAX_WALKS = 50
"""Most walks of a scene: the panel lists them all."""


class KERNELWALK_OT_add_walk(bpy.types.Operator):
    """Add a walk to this scene, with the settings of the active one to begin with. Generate builds it beside the
    others. Each walk has its own settings, and one of them sets the scene up"""

    bl_idname = "kernelwalk.add_walk"
    bl_label = "Add Walk"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        return can_add_walk(cls, context.scene)

    def execute(self, context: Context) -> Result:
        add_walk(context.scene)
        return {"FINISHED"}


class KERNELWALK_OT_remove_walk(bpy.types.Operator):
    """Remove the active walk from this scene: what was built of it, and its settings"""

    bl_idname = "kernelwalk.remove_walk"
    bl_label = "Remove Walk"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        if len(list_settings(context.scene)) == 1:
            cls.poll_message_set("The only walk cannot be removed. Clear removes what was built")
            return False
        return is_editable(cls, context.scene)

    def execute(self, context: Context) -> Result:
        if not switch_to_object_mode(self, context):
            return {"CANCELLED"}
        with view_history.noting_views():
            clear_scene(context.scene)
        remove_settings(context.scene)
        return {"FINISHED"}


class KERNELWALK_OT_choose_walk(bpy.types.Operator):
    """Show the settings of this walk, to which Generate, Clear and the steps belong then"""

    bl_idname = "kernelwalk.choose_walk"
    bl_label = "Choose Walk"
    bl_options = {"UNDO", "INTERNAL"}
    number: IntProperty(name="Number", description="Number of the walk in its scene", min=FIRST, default=FIRST)

    def execute(self, context: Context) -> Result:
        set_active_number(context.scene, settings_of(context.scene, self.number).number)
        return {"FINISHED"}


def can_add_walk(operator: Any, scene: bpy.types.Scene) -> bool:
    """Return True if a scene may have one walk more; otherwise set the reason as the operator's poll message."""
    if len(list_settings(scene)) >= MAX_WALKS:
        operator.poll_message_set(f"A scene has at most {MAX_WALKS} walks. Remove one, or use another scene")
        return False
    return is_editable(operator, scene)


def add_walk(scene: bpy.types.Scene) -> None:
    """Add a walk to a scene, with the settings of the active one, and make it the active one."""
    taken = {props.number for props in list_settings(scene)} | set(ownership.list_recorded(scene))
    number = next(number for number in itertools.count(FIRST) if number not in taken)
    added = getattr(scene, MORE_WALKS).add()  # this may move the others in memory
    copy_settings(active_settings(scene), added)
    with without_updates():
        added.number, added.name, added.is_edited = number, "", True
        added.setup = added.steps.markers = False
        added.steps.tile_description = ""
    set_active_number(scene, number)


def remove_settings(scene: bpy.types.Scene) -> None:
    """Remove the settings of the active walk from a scene that has several. The walk before it is active then."""
    number, more = get_active_number(scene), getattr(scene, MORE_WALKS)
    index = next(index for index, props in enumerate(list_settings(scene)) if props.number == number)
    if index == 0:
        copy_settings(more[0], scene.kernelwalk)
    more.remove(max(index - 1, 0))
    set_active_number(scene, list_settings(scene)[max(index - 1, 0)].number)


def keep_active_settings(scene: bpy.types.Scene) -> None:
    """Remove from a scene the settings of all walks but the active one."""
    more = getattr(scene, MORE_WALKS)
    active = active_settings(scene)
    if active != scene.kernelwalk:
        copy_settings(active, scene.kernelwalk)
    more.clear()


def draw_add_walk(layout: Any, context: Context, emboss: bool = True) -> None:
    """Draw the button that adds a second walk. The list of several has one of its own."""
    if len(list_settings(context.scene)) == 1:
        layout.operator(KERNELWALK_OT_add_walk.bl_idname, text="", icon="ADD", emboss=emboss)


def draw_walks(layout: Any, context: Context) -> None:
    """Draw the list of walks, with buttons that change it, and the active one's name; nothing where there is one walk.

    In each line stands the switch that sets the scene up for the walk.
    """
    scene = context.scene
    walks, number = list_settings(scene), get_active_number(scene)
    if len(walks) == 1:
        return
    row = layout.row()
    lines = row.column(align=True)
    for props in walks:
        line, text, is_active = lines.row(align=True), name_walk(props), props.number == number
        line.operator(KERNELWALK_OT_choose_walk.bl_idname, text=text, depress=is_active).number = props.number
        line.prop(props, "setup", text="", icon="SCENE_DATA")
    buttons = row.column(align=True)
    buttons.operator(KERNELWALK_OT_add_walk.bl_idname, text="", icon="ADD")
    buttons.operator(KERNELWALK_OT_remove_walk.bl_idname, text="", icon="REMOVE")
    active = active_settings(scene)
    label = "" if widgets.is_narrow(context) else spec_properties.label_of(active, "name")
    column = widgets.property_column(layout, context)
    column.prop(active, "name", text=label, placeholder=name_walk(active))
    if not active.setup:
        widgets.draw_paragraph(layout, context, _describe_setup(scene, walks), "INFO")


def _describe_setup(scene: bpy.types.Scene, walks: Sequence[Any]) -> str:
    """Return a sentence about the walk of a scene that sets it up."""
    setter = next((props for props in walks if props.setup), None)
    if setter is None:
        return "No walk sets the scene up"
    is_due = setter == find_due_setter(scene)
    return f"{name_walk(setter)} sets the scene up{' at its next Generate' if is_due else ''}"


def find_due_setter(scene: bpy.types.Scene) -> Any:
    """Return the settings of the walk that sets a scene up, but has not yet; None where there is no such walk."""
    setter = next((props for props in list_settings(scene) if setup_properties.read_setup(props).parts), None)
    return None if setter is None or setter.number == scene_setup.get_setup_number(scene) else setter


CLASSES = (KERNELWALK_OT_add_walk, KERNELWALK_OT_remove_walk, KERNELWALK_OT_choose_walk)
