# SPDX-License-Identifier: GPL-3.0-or-later
"""Generation of a scene from a spec, and its removal: the operators Generate and Clear."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import bpy

from ...core import Spec, SpecError, make_plan
from ...core.describe.representative_step import choose_representative_step
from ...core.errors import Problem
from ...scene import apply_settings, build_scene, clear_scene
from ...scene.builds import built_spec, ownership
from ...scene.places import free_place, placement
from ...scene.setup import saved_settings, scene_setup, startup_objects, view_hiding, viewport, walk_words
from ...scene.steps import step_markers, step_navigation
from ..fields.preferences import get_preferences
from ..fields.walk_settings import active_settings
from ..settings import setup_properties, spec_properties
from ..toolkit.operator_utils import (
    NOTHING_GENERATED,
    Context,
    Result,
    is_editable,
    report_error,
    settings_are_valid,
    switch_to_object_mode,
)
from ..walks import view_history
from . import camera_view, changes_by_hand, foreign_walk


def generate_scene(
    scene: bpy.types.Scene,
    spec: Spec,
    setup: scene_setup.SceneSetup,
    keeps_changes: bool = True,
    losses: Sequence[str] | None = None,
) -> tuple[str, ...]:
    """Build a spec into a scene, in place of an earlier build of the active walk.

    The scene shows the same step as before, or at first the one that represents the walk.

    setup: parts of the scene that are set up; the others get back what was there before an earlier setup
    keeps_changes: if False, undo all that the user has changed by hand in the earlier build
    losses: as of changes_by_hand.find_losses, where they are known
    Returns notes on parts of the template that were left out.
    Raises SpecError, with the scene unchanged, if the template cannot be used.
    """
    parts = setup.parts
    if "render" in parts and spec.render.engine == "cycles" and not hasattr(scene, "cycles"):
        remedy = "Switch the add-on Cycles Render Engine on in the preferences, or choose EEVEE"
        raise SpecError([Problem("render.engine", "Cycles is switched off in this Blender", remedy)])
    roots, step = ownership.find_root_collections(scene), step_navigation.get_current_step(scene)
    is_first, words = not roots, walk_words.choose_words(scene, roots[0] if roots else None, spec, setup)
    plan = walk_words.color_words(make_plan(spec), words)
    saved = saved_settings.load_saved(scene)
    in_the_way = startup_objects.find_startup_objects(scene) if is_first else []
    built = build_scene(
        plan, scene, True, keeps_changes, lights=setup.lights, for_own_camera=words.for_own_camera, losses=losses
    )
    walk_words.store_words(built.collection, words, spec)
    startup_objects.hide_objects(scene, [each for each in in_the_way if setup.lights or each.type != "LIGHT"])
    if is_first and "frames" in parts:
        step_navigation.go_to_step(scene, choose_representative_step(spec))
    elif step is not None:  # at once: Blender deselects the lines on a frame that hides them
        step_navigation.go_to_step(scene, step)
    had_camera = "camera" in scene_setup.get_parts(scene) and (bool(parts) or scene_setup.is_set_up(scene))
    if parts:
        apply_settings(plan, built, scene, keeps_changes, parts)
    elif scene_setup.is_set_up(scene):
        scene_setup.restore_setup(scene, saved)
    if had_camera and "camera" not in parts and scene.camera == built.camera:
        scene.camera = None  # there was none before
    if "world" not in parts and ownership.find_own_world(scene) is not None:
        scene.world = None
    built_spec.note_settings(scene)
    steps = active_settings(scene).steps
    if steps.markers:
        step_markers.show_markers(scene)
    steps.tile_description = ""
    return built.left_out


def _place_new_walk(context: Context, shared: Sequence[bpy.types.Collection]) -> None:
    """Move a walk whose root collection is new to where it is by itself, if other walks are in the scene.

    shared: the root collection that stood in its place and still stands in another scene: the walk takes its place
    """
    (root,) = ownership.find_root_collections(context.scene)
    if root in shared:
        return
    if shared:
        placement.move_walk(root, placement.get_location(shared[0]))
    elif ownership.find_other_roots(context.scene):
        location = free_place.find_free_location(context.scene, context.evaluated_depsgraph_get())
        placement.move_walk(root, location)


def _show_picture(context: Context) -> None:
    """Make the 3D views show what will be rendered, as far as the preferences allow.

    A walk that does not set the scene up is shown as its own camera sees it, if other walks are in the scene.
    """
    preferences, scene = get_preferences(), context.scene
    if preferences.show_colors != "OFF":
        viewport.show_colors(scene, preferences.show_colors)
    if not preferences.camera_view:
        return
    (root,) = ownership.find_root_collections(scene)
    if not active_settings(scene).setup and ownership.find_other_roots(scene):
        camera_view.look_at_walk(context, root)
    elif scene.camera is not None and ownership.is_tagged(scene.camera):
        camera_view.look_through_camera(context)


def generate_walk(
    operator: bpy.types.Operator,
    context: Context,
    keeps_changes: bool = True,
    place: Callable[[], None] = lambda: None,
) -> Result:
    """Build the active walk's settings in the context's scene, and show the picture if they are new there.

    place: moves the walk before its picture is shown
    """
    scene, props = context.scene, active_settings(context.scene)
    if not switch_to_object_mode(operator, context):
        return {"CANCELLED"}
    with view_history.noting_views():
        try:
            spec = spec_properties.read_spec(props)
            before, is_new = ownership.find_root_collections(scene), not built_spec.is_built_from(scene, spec)
            for note in generate_scene(scene, spec, setup_properties.read_setup(props), keeps_changes):
                operator.report({"WARNING"}, note)
        except SpecError as error:
            return report_error(operator, error)
        _place_new_walk(context, before)
        place()
        if is_new:
            _show_picture(context)
    return {"FINISHED"}


class KERNELWALK_OT_generate(bpy.types.Operator):
    """Build the layer's tiles, keyframes and lines in this scene. They replace what Kernelwalk has built before"""

    bl_idname = "kernelwalk.generate"
    bl_label = "Generate"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        return is_editable(cls, context.scene) and settings_are_valid(cls, context.scene)

    def invoke(self, context: Context, event: bpy.types.Event) -> Result:
        losses = changes_by_hand.find_losses(context.scene)
        messages = [changes_by_hand.describe_losses(losses)] if losses else []
        if foreign_walk.stands_in(context.scene):
            messages.insert(0, foreign_walk.WARNING)
        if not messages:
            return self.execute(context)
        message = ". ".join(messages)
        return context.window_manager.invoke_confirm(
            self, event, title="Generate", message=message, confirm_text="Generate", icon="WARNING"
        )

    def execute(self, context: Context) -> Result:
        return generate_walk(self, context)


class KERNELWALK_OT_reset_changes(bpy.types.Operator):
    """Build the walk again without anything that was changed by hand in it: hidden, moved, renamed or deleted objects,
    hidden or renamed collections, the camera's place, materials, and the scene's settings"""

    bl_idname = "kernelwalk.reset_changes"
    bl_label = "Reset Changes by Hand"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        if not ownership.find_root_collections(context.scene):
            cls.poll_message_set(NOTHING_GENERATED)
            return False
        return is_editable(cls, context.scene) and settings_are_valid(cls, context.scene)

    def execute(self, context: Context) -> Result:
        result = generate_walk(self, context, keeps_changes=False)
        for root in ownership.find_root_collections(context.scene):
            for built in ownership.get_built_objects(root):  # the camera is the same object
                view_hiding.hide_in_view(built, context.scene, False)
            view_hiding.show_collections(root, context.scene)
        return result


class KERNELWALK_OT_clear(bpy.types.Operator):
    """Remove what Kernelwalk has built of this walk, and restore the scene's own settings"""

    bl_idname = "kernelwalk.clear"
    bl_label = "Clear"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        if not is_editable(cls, context.scene):
            return False
        if not ownership.has_build(context.scene) and not scene_setup.is_set_up(context.scene):
            cls.poll_message_set("Kernelwalk has built nothing in this scene")
            return False
        return True

    def execute(self, context: Context) -> Result:
        if not switch_to_object_mode(self, context):
            return {"CANCELLED"}
        with view_history.noting_views():
            clear_scene(context.scene)
        active_settings(context.scene).steps.tile_description = ""
        return {"FINISHED"}


CLASSES = (KERNELWALK_OT_generate, KERNELWALK_OT_reset_changes, KERNELWALK_OT_clear)
