# SPDX-License-Identifier: GPL-3.0-or-later
"""Foreign walks: those that the panel's settings have not built, such as one that was appended from another file, or
built by the command line. Nothing replaces them unasked, and the panel can take over their settings.
"""

from __future__ import annotations

from typing import Any

import bpy

from ...core import SpecError, spec_from_table
from ...scene.builds import built_spec
from ...scene.builds.active_walk import acting_on
from ...scene.setup import scene_setup
from ..fields.properties import without_updates
from ..fields.walk_settings import active_settings, list_settings
from ..settings import setup_properties, spec_properties
from ..toolkit import widgets
from ..toolkit.handlers import Handlers, add_handlers, remove_handlers
from ..toolkit.operator_utils import Context, Result, WalkOperator, report_error

WARNING = "This replaces a walk that other settings have built"


def stands_in(scene: bpy.types.Scene) -> bool:
    """Return whether the active walk is a foreign one that differs from the panel's settings."""
    if built_spec.is_from_settings(scene):
        return False
    try:
        return not built_spec.is_built_from(scene, spec_properties.read_spec(active_settings(scene)))
    except SpecError:
        return True


def draw_foreign_walk(layout: Any, context: Context) -> None:
    """Draw what the active walk is, and the button that takes over its settings."""
    text = "Other settings have built this walk, and Generate replaces it"
    widgets.draw_paragraph(layout, context, text, "INFO", indent=1)
    button, icon = KERNELWALK_OT_take_settings, widgets.choose_button_icon(context, "IMPORT")
    layout.operator(button.bl_idname, text="Take Them" if widgets.is_narrow(context) else button.bl_label, icon=icon)


class KERNELWALK_OT_take_settings(WalkOperator, bpy.types.Operator):
    """Show in the panel the settings that this walk was built from, and let it follow them"""

    bl_idname = "kernelwalk.take_settings"
    bl_label = "Take Its Settings"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Context) -> Result:
        scene = context.scene
        try:
            spec = spec_from_table(built_spec.get_stored_table(scene))
        except SpecError as error:
            return report_error(self, error)
        with without_updates():
            spec_properties.write_spec(spec, active_settings(scene))
            setup_properties.write_setup(scene_setup.get_setup(scene), active_settings(scene))
        built_spec.note_settings(scene)
        return {"FINISHED"}


def _after_load(*_: Any) -> None:
    """Note walks that agree with their settings: files of earlier versions do not tell what has built them."""
    for scene in bpy.data.scenes:
        if scene.library is not None:
            continue
        for props in list_settings(scene):
            with acting_on(scene, props.number):
                if not built_spec.is_from_settings(scene) and not stands_in(scene):
                    built_spec.note_settings(scene)


HANDLERS: Handlers = {"load_post": _after_load}


def register() -> None:
    add_handlers(HANDLERS)


def unregister() -> None:
    remove_handlers(HANDLERS)


CLASSES = (KERNELWALK_OT_take_settings,)
