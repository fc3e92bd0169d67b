# SPDX-License-Identifier: GPL-3.0-or-later
"""What the add-on adds to Blender, in order; it is taken out in reverse."""

from __future__ import annotations

import bpy

from . import operators, panels, settings

CLASSES = (*settings.CLASSES, *operators.CLASSES, *panels.CLASSES)


def register() -> None:
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Scene.kernelwalk = bpy.props.PointerProperty(type=settings.KERNELWALK_PG_spec)


def unregister() -> None:
    del bpy.types.Scene.kernelwalk
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
