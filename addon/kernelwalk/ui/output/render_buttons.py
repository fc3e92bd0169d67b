# SPDX-License-Identifier: GPL-3.0-or-later
"""The buttons that render, and what the panel says about a render: its length, or why there can be none."""

from __future__ import annotations

from typing import Any

import bpy

from ...scene.builds import built_spec, ownership
from ...scene.builds.active_walk import acting_on
from ..builds import generation
from ..fields.walk_settings import active_settings, list_settings, name_walk
from ..toolkit import widgets
from ..toolkit.operator_utils import NOTHING_GENERATED, Context
from . import gltf_export, render_operator


def draw_render_buttons(layout: Any, context: Context) -> None:
    """Draw the buttons that render; where they are grey, also the reason, and the button that removes it.

    While a render runs, its line stands in place of another: nothing moves under the mouse.
    """
    scene = context.scene
    blocker, film_blocker = render_operator.render_blocker(scene), render_operator.film_blocker(scene)
    if blocker in ("", render_operator.RUNNING):
        _draw_length(layout, context, blocker)
    else:
        widgets.draw_errors(layout, context, [blocker])
    widgets.draw_errors(layout, context, [film_blocker] if film_blocker else [])
    walks = list_settings(scene)
    if len(walks) > 1:
        text = f"The picture shows all walks, at the frames of {name_walk(active_settings(scene))}"
        widgets.draw_paragraph(layout, context, f"{text}{_describe_camera(scene)}", "INFO", indent=1)
    buttons = layout.column(align=True)
    if blocker == render_operator.NEVER_SAVED:
        buttons.operator("wm.save_mainfile", text="Save File…", icon=widgets.choose_button_icon(context, "FILE_TICK"))
    elif blocker == NOTHING_GENERATED:
        buttons.operator(generation.KERNELWALK_OT_generate.bl_idname, icon=widgets.choose_button_icon(context, "PLAY"))
    operator = render_operator.KERNELWALK_OT_render.bl_idname
    for text, icon, animation in (("Render Step", "RENDER_STILL", False), ("Render Walk", "RENDER_ANIMATION", True)):
        icon = widgets.choose_button_icon(context, icon)
        buttons.operator(operator, text=text, icon=icon).animation = animation
    icon = widgets.choose_button_icon(context, "EXPORT")
    layout.operator(gltf_export.KERNELWALK_OT_export_glb.bl_idname, text="Export glTF", icon=icon)


def _draw_length(layout: Any, context: Context, running: str) -> None:
    """Draw the walk's frames and seconds, or in as many lines that a render is running."""
    built = built_spec.get_built_walk(context.scene)
    assert built is not None  # otherwise there is a reason
    count = len(built.spec.frames)
    length = f"{count:,} frames, {count / built.walk.fps:,.1f} s"
    lines = max(widgets.count_lines(context, text, "INFO") for text in (length, render_operator.RUNNING))
    widgets.draw_paragraph(layout, context, running or length, "INFO", least_lines=lines)


def _describe_camera(scene: bpy.types.Scene) -> str:
    """Return the end of a sentence: the walk of whose camera a render shows the picture, or nothing."""
    for props in list_settings(scene):
        with acting_on(scene, props.number):
            roots = ownership.find_root_collections(scene)
        if any(scene.camera in ownership.get_built_objects(root) for root in roots):
            return f", as the camera of {name_walk(props)} sees them"
    return ""
