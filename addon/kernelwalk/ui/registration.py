# SPDX-License-Identifier: GPL-3.0-or-later
"""Registration of the add-on's classes and listeners in Blender, in order; they are unregistered in reverse."""

from __future__ import annotations

import atexit
import sys

import bpy

from ..scene import compat
from . import manual, menus, panels
from .builds import add_entry, changes_by_hand, foreign_walk, generation, live_update, whole_undo, words_follower
from .fields import preferences, walk_settings
from .files import default_template, preset_panel, spec_files, template_panel
from .layers import comparison_panel, layer_code, layer_operators, values_panel
from .output import gltf_export, render_operator
from .settings import spec_properties
from .steps import step_operators, step_redraw, tile_tool
from .toolkit import pictures
from .walks import place_panel, scale_follower, surroundings, view_history, walk_follower, walk_operators

CLASSES = (
    *preferences.CLASSES,
    *spec_properties.CLASSES,
    *generation.CLASSES,
    *foreign_walk.CLASSES,
    *spec_files.CLASSES,
    *gltf_export.CLASSES,
    *preset_panel.CLASSES,
    *template_panel.CLASSES,
    *manual.CLASSES,
    *walk_operators.CLASSES,
    *add_entry.CLASSES,
    *layer_operators.CLASSES,
    *layer_code.CLASSES,
    *comparison_panel.CLASSES,
    *step_operators.CLASSES,
    *tile_tool.CLASSES,
    *render_operator.CLASSES,
    *surroundings.CLASSES,
    *place_panel.CLASSES,
    *values_panel.CLASSES,
    *panels.CLASSES,
    *menus.CLASSES,
)
LISTENER_MODULES = (
    live_update,
    pictures,
    manual,
    preset_panel,
    layer_code,
    menus,
    default_template,
    changes_by_hand,
    foreign_walk,
    surroundings,
    step_redraw,
    scale_follower,
    walk_follower,
    view_history,
    whole_undo,
    words_follower,
)
"""Modules that listen to Blender, or add to its menus and properties; each has a register() and an unregister()."""


def register() -> None:
    for cls in CLASSES:
        if issubclass(cls, bpy.types.Operator):  # Blender would show the line breaks and indents of the code
            cls.bl_description = " ".join((cls.__doc__ or "").split())
        bpy.utils.register_class(cls)
    bpy.types.Scene.kernelwalk = bpy.props.PointerProperty(type=spec_properties.KERNELWALK_PG_spec)
    more_walks = bpy.props.CollectionProperty(type=spec_properties.KERNELWALK_PG_spec)
    setattr(bpy.types.Scene, walk_settings.MORE_WALKS, more_walks)
    for module in LISTENER_MODULES:
        module.register()


def unregister() -> None:
    for module in reversed(LISTENER_MODULES):
        module.unregister()
    delattr(bpy.types.Scene, walk_settings.MORE_WALKS)
    del bpy.types.Scene.kernelwalk
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)


def _release_bpy() -> None:
    """Unregister the add-on when Python exits; where that would hang or crash: see compat.ENDS_WITH_MODULE."""
    if CLASSES[0].is_registered:
        unregister()
    # 4.2 never frees the class of a property group, even an unregistered one, and so the globals of its functions
    for name in [name for name in sys.modules if name.startswith(f"{preferences.ADDON_ID}.")]:
        vars(sys.modules[name]).pop("bpy", None)


if compat.ENDS_WITH_MODULE:
    atexit.register(_release_bpy)
