# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Blender's search (F3) looks: everything in menus, which a panel's buttons are not."""

from __future__ import annotations

from typing import Any

import bpy

from . import chain, code, files, generate, render, steps
from .operator import Context


class KERNELWALK_MT_main(bpy.types.Menu):
    """All that Kernelwalk does"""

    bl_label = "Kernelwalk"

    def draw(self, _context: Context) -> None:
        layout = self.layout
        layout.operator(generate.KERNELWALK_OT_generate.bl_idname)
        layout.operator(generate.KERNELWALK_OT_clear.bl_idname)
        layout.separator()
        for way, name, _description, icon, _number in steps.WAYS:
            layout.operator(steps.KERNELWALK_OT_step.bl_idname, text=name, icon=icon).to = way
        layout.operator(steps.KERNELWALK_OT_show_tile.bl_idname)
        layout.separator()
        for text, animation in (("Render Step", False), ("Render Walk", True)):
            layout.operator_context = "INVOKE_DEFAULT"
            layout.operator(render.KERNELWALK_OT_render.bl_idname, text=text).animation = animation
        layout.separator()
        layout.operator(files.KERNELWALK_OT_import_spec.bl_idname)
        layout.operator(files.KERNELWALK_OT_export_spec.bl_idname)
        layout.separator()
        layout.operator(chain.KERNELWALK_OT_add_layer.bl_idname, icon="ADD")
        layout.operator(chain.KERNELWALK_OT_remove_layer.bl_idname, icon="REMOVE")
        layout.operator_menu_enum(chain.KERNELWALK_OT_move_layer.bl_idname, "way")
        layout.operator(code.KERNELWALK_OT_paste_layer.bl_idname, icon="PASTEDOWN")
        layout.operator_menu_enum(code.KERNELWALK_OT_copy_code.bl_idname, "framework", icon="COPYDOWN")


def _in_view_menu(menu: Any, _context: Context) -> None:
    menu.layout.separator()
    menu.layout.menu(KERNELWALK_MT_main.__name__)


def _in_import_menu(menu: Any, _context: Context) -> None:
    menu.layout.operator(files.KERNELWALK_OT_import_spec.bl_idname, text="Kernelwalk Spec (.toml)")


def _in_export_menu(menu: Any, _context: Context) -> None:
    menu.layout.operator(files.KERNELWALK_OT_export_spec.bl_idname, text="Kernelwalk Spec (.toml)")


ADDED = (
    (bpy.types.VIEW3D_MT_view, _in_view_menu),
    (bpy.types.TOPBAR_MT_file_import, _in_import_menu),
    (bpy.types.TOPBAR_MT_file_export, _in_export_menu),
)


def register() -> None:
    for menu, draw in ADDED:
        menu.append(draw)


def unregister() -> None:
    for menu, draw in reversed(ADDED):
        menu.remove(draw)


CLASSES = (KERNELWALK_MT_main,)
