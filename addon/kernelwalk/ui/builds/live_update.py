# SPDX-License-Identifier: GPL-3.0-or-later
"""Live updates: a generated scene is rebuilt when its settings have changed, before the change is drawn.

Blender runs timers after it has handled all waiting events, and before it draws. So a timer without delay gathers the
changes of a dragged slider, and no redraw comes between them and the build. It also builds outside of the property's
update callback, in which Blender forbids removing data. An undo step holds changed settings
with the scene from before its update, so undo and redo schedule an update too.
"""

from __future__ import annotations

from typing import Any

import bpy

from ...core import Spec, SpecError
from ...scene.builds import built_spec, ownership
from ...scene.builds.active_walk import acting_on
from ...scene.setup import scene_setup, walk_words
from ..fields import properties
from ..fields.preferences import get_preferences
from ..fields.walk_settings import active_settings, list_settings, name_walk, settings_of
from ..settings import setup_properties, spec_properties
from ..toolkit import widgets
from ..toolkit.handlers import Handlers, add_handlers, remove_handlers
from ..toolkit.operator_utils import Context
from ..walks import walk_operators
from . import changes_by_hand, foreign_walk, whole_undo
from .generation import generate_scene

BUSY_DELAY = 0.5
"""Seconds until the next attempt, while a render runs or Edit Mode is on."""

_pending: set[tuple[int, int]] = set()
"""session_uid of the scene, since names may change meanwhile, and number of each walk to update."""


def request_update(props: Any) -> None:
    """Schedule an update of the walk with these settings, if it has been generated and follows them."""
    if _follows_settings(props):
        _pending.add((props.id_data.session_uid, props.number))
        if not bpy.app.timers.is_registered(update_pending_scenes):
            bpy.app.timers.register(update_pending_scenes, first_interval=0.0, persistent=True)


def _follows_settings(props: Any) -> bool:
    scene = props.id_data
    with acting_on(scene, props.number):
        is_built = bool(props.live and ownership.find_root_collections(scene))
        return is_built and built_spec.is_from_settings(scene)


def update_pending_scenes() -> float | None:
    """Rebuild the walks that have been scheduled. Blender's timer calls this again after the seconds it returns."""
    if bpy.app.is_job_running("RENDER"):
        return BUSY_DELAY
    while _pending:
        uid, number = _pending.pop()
        scene = next((scene for scene in bpy.data.scenes if scene.session_uid == uid), None)
        if scene is None:
            continue
        props = settings_of(scene, number)
        if not _follows_settings(props):
            continue
        if any(item.mode != "OBJECT" and ownership.is_tagged(item) for item in scene.objects):  # its data would go
            _pending.add((uid, number))
            return BUSY_DELAY
        with acting_on(scene, props.number):
            _update_scene(scene)
    return None


def _update_scene(scene: bpy.types.Scene) -> None:
    props = active_settings(scene)
    try:
        spec = spec_properties.read_spec(props)
        setup = setup_properties.read_setup(props)
        if exceeds_live_limit(spec) or (_is_built_from(scene, spec, setup) and _has_right_words(scene, spec, setup)):
            return
        losses = changes_by_hand.find_losses(scene)
        if not losses:
            whole_undo.note_change()
            generate_scene(scene, spec, setup, losses=losses)
            changes_by_hand.note_build(scene)
    except SpecError:
        return  # the panel shows the problem, and the scene keeps its last valid state


def _is_built_from(scene: bpy.types.Scene, spec: Spec, setup: scene_setup.SceneSetup) -> bool:
    """Return whether the active walk is built from a spec, and the scene set up as the panel says."""
    return built_spec.is_built_from(scene, spec) and setup == scene_setup.get_setup(scene)


def _has_right_words(scene: bpy.types.Scene, spec: Spec, setup: scene_setup.SceneSetup) -> bool:
    """Return whether the active walk's words fit the scene's camera and world."""
    (root, *_) = ownership.find_root_collections(scene)
    return walk_words.has_words(root, walk_words.choose_words(scene, root, spec, setup))


def exceeds_live_limit(spec: Spec) -> bool:
    """Return True if a spec has more tiles than the preferences allow for live updates."""
    return bool(spec.tile_count > get_preferences().live_tiles)


def draw_status(layout: Any, context: Context) -> None:
    """Draw the output's size and the number of steps, or the sections with problems; and whether the scene is stale."""
    scene = context.scene
    try:
        spec = spec_properties.read_spec(active_settings(scene))
    except SpecError as error:
        sections = sorted({problem.where.partition(".")[0].capitalize() for problem in error.problems})
        text = f"Invalid settings: see {' and '.join(sections)}"
        widgets.draw_paragraph(layout, context, text, "ERROR", indent=1)
        return
    size = "\u00a0×\u00a0".join(map(str, spec.layer.output))  # no line break within it
    steps = "1 step" if spec.step_count == 1 else f"{spec.step_count:,} steps"
    widgets.draw_paragraph(layout, context, f"Output {size}, {steps}", "CHECKMARK", indent=1)
    if foreign_walk.stands_in(scene):
        foreign_walk.draw_foreign_walk(layout, context)
    elif built_spec.get_built_walk(scene) is not None:
        text = _describe_wait(scene, spec)
        if text:
            widgets.draw_paragraph(layout, context, f"{text}. {_describe_remedy(scene)}", "INFO", indent=1)


def _describe_wait(scene: bpy.types.Scene, spec: Spec) -> str:
    """Return why the active walk, which is built, does not show what the panel says; empty if it does or will at once.

    A walk may have the panel's settings, but words for another camera or world.
    """
    props = active_settings(scene)
    setup = setup_properties.read_setup(props)
    is_built = _is_built_from(scene, spec, setup)
    if is_built and _has_right_words(scene, spec, setup):
        return ""
    if not props.live:
        return "Text and lines are for another camera or world" if is_built else "The scene shows earlier settings"
    if exceeds_live_limit(spec):
        return "Too many tiles for live updates"
    has_losses = changes_by_hand.get_changes(scene).losses
    return "Live updates wait, since they would undo your changes" if has_losses else ""


def _describe_remedy(scene: bpy.types.Scene) -> str:
    """Return what to do if the active walk waits: one that takes the setup of the scene over from it comes first."""
    setter = walk_operators.find_due_setter(scene)
    if setter is None or setter.number == active_settings(scene).number:
        return "Press Generate"
    return f"Generate {name_walk(setter)} first"


def _after_undo(*_: Any) -> None:
    for scene in bpy.data.scenes:
        for props in list_settings(scene):
            request_update(props)


HANDLERS: Handlers = {"undo_post": _after_undo, "redo_post": _after_undo}


def register() -> None:
    properties.CHANGE_LISTENERS.append(request_update)
    add_handlers(HANDLERS)


def unregister() -> None:
    remove_handlers(HANDLERS)
    properties.CHANGE_LISTENERS.remove(request_update)
    if bpy.app.timers.is_registered(update_pending_scenes):
        bpy.app.timers.unregister(update_pending_scenes)
    _pending.clear()
