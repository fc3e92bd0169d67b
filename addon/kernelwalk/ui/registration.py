# SPDX-License-Identifier: GPL-3.0-or-later
"""What the add-on adds to Blender, in order; it is taken out in reverse."""

from __future__ import annotations

import bpy

from . import chain, code, default_look, files, generate, live, menus, panels, preferences, render, settings, steps

CLASSES = (
    *preferences.CLASSES,
    *settings.CLASSES,
    *generate.CLASSES,
    *files.CLASSES,
    *chain.CLASSES,
    *code.CLASSES,
    *steps.CLASSES,
    *render.CLASSES,
    *panels.CLASSES,
    *menus.CLASSES,
)
LISTENING = (live, menus, default_look)
"""What listens to Blender: each has register() and unregister() of its own."""


def register() -> None:
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Scene.kernelwalk = bpy.props.PointerProperty(type=settings.KERNELWALK_PG_spec)
    for module in LISTENING:
        module.register()


def unregister() -> None:
    for module in reversed(LISTENING):
        module.unregister()
    del bpy.types.Scene.kernelwalk
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
