# SPDX-License-Identifier: GPL-3.0-or-later
"""From a spec to a scene, and back to none: what the buttons Generate and Clear do, and live changes."""

from __future__ import annotations

import bpy

from ..core import Spec, SpecError, make_plan
from ..core.errors import Problem
from ..scene import apply_settings, build_scene, built_spec, clear_scene, ownership, saved_settings, viewport
from . import spec_properties
from .operator_utils import Context, Result, is_editable, report_error, settings_are_valid
from .preferences import get_preferences


def generate_scene(scene: bpy.types.Scene, spec: Spec, setup: bool) -> tuple[str, ...]:
    """Build a spec into a scene, in place of what was built before; the step that was shown stays, or else the first.

    setup: make the scene show and render it too
    Returns what was left out of the template, in words.
    Raises SpecError, with the scene unchanged, where the template cannot be used.
    """
    if setup and spec.render.engine == "cycles" and not hasattr(scene, "cycles"):
        remedy = "Switch the add-on Cycles Render Engine on in the preferences, or choose EEVEE"
        raise SpecError([Problem("render.engine", "Cycles is switched off in this Blender", remedy)])
    planned = make_plan(spec)
    began, shown = not ownership.find_root_collections(scene), built_spec.get_current_step(scene)
    memory = saved_settings.load_saved(scene)
    made = build_scene(planned, scene)
    if setup:
        apply_settings(planned, made, scene)
    else:
        saved_settings.restore_settings(scene, memory)
    if shown is not None or (began and setup):
        built_spec.go_to_step(scene, shown or 0)
    scene.kernelwalk.steps.told = ""
    return made.left_out


def _switch_to_object_mode(operator: bpy.types.Operator, context: Context) -> bool:
    """Leave another mode: its undo steps would hold the edited object alone, not what is built beside it."""
    if context.mode == "OBJECT" or context.active_object is None:
        return True
    if not bpy.ops.object.mode_set.poll():  # type: ignore[call-arg]  # the stubs take it for a class's
        operator.report({"ERROR"}, "Blender cannot leave this mode while the active object is hidden: show it first")
        return False
    bpy.ops.object.mode_set(mode="OBJECT")
    return True


class KERNELWALK_OT_generate(bpy.types.Operator):
    """Build the layer's tiles, keys and lines into this scene, in place of what Kernelwalk built in it before"""

    bl_idname = "kernelwalk.generate"
    bl_label = "Generate"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        return is_editable(cls, context.scene) and settings_are_valid(cls, context.scene)

    def execute(self, context: Context) -> Result:
        given = context.scene.kernelwalk
        if not _switch_to_object_mode(self, context):
            return {"CANCELLED"}
        try:
            for note in generate_scene(context.scene, spec_properties.read_spec(given), given.setup):
                self.report({"WARNING"}, note)
        except SpecError as error:
            return report_error(self, error)
        if context.screen and get_preferences().show_colors:
            viewport.show_materials(context.screen)
        return {"FINISHED"}


class KERNELWALK_OT_clear(bpy.types.Operator):
    """Remove what Kernelwalk built in this scene, and nothing else, and give back the settings it replaced"""

    bl_idname = "kernelwalk.clear"
    bl_label = "Clear"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        if not is_editable(cls, context.scene):
            return False
        if not ownership.find_root_collections(context.scene) and not saved_settings.has_saved(context.scene):
            cls.poll_message_set("There is nothing of Kernelwalk's in this scene")
            return False
        return True

    def execute(self, context: Context) -> Result:
        if not _switch_to_object_mode(self, context):
            return {"CANCELLED"}
        clear_scene(context.scene)
        context.scene.kernelwalk.steps.told = ""
        return {"FINISHED"}


CLASSES = (KERNELWALK_OT_generate, KERNELWALK_OT_clear)
