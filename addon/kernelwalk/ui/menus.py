# SPDX-License-Identifier: GPL-3.0-or-later
"""Menus with every operator: Blender's search (F3) finds operators in menus, but not in panels."""

from __future__ import annotations

from typing import Any

import bpy

from . import manual
from .builds import add_entry, foreign_walk, generation
from .files import spec_files
from .layers import comparison_panel, layer_code, layer_operators
from .output import gltf_export, render_operator
from .steps import step_operators, tile_tool
from .toolkit.operator_utils import Context
from .walks import place_panel, surroundings, walk_operators


class KERNELWALK_MT_main(bpy.types.Menu):
    """All operators of Kernelwalk"""

    bl_label = "Kernelwalk"

    def draw(self, _context: Context) -> None:
        layout = self.layout
        layout.operator(generation.KERNELWALK_OT_generate.bl_idname)
        layout.operator(generation.KERNELWALK_OT_clear.bl_idname)
        layout.operator(generation.KERNELWALK_OT_reset_changes.bl_idname)
        layout.operator(foreign_walk.KERNELWALK_OT_take_settings.bl_idname)
        layout.operator(add_entry.KERNELWALK_OT_add_at_cursor.bl_idname)
        layout.operator(walk_operators.KERNELWALK_OT_add_walk.bl_idname)
        layout.operator(walk_operators.KERNELWALK_OT_remove_walk.bl_idname)
        layout.operator(surroundings.KERNELWALK_OT_show_hidden.bl_idname)
        layout.operator(surroundings.KERNELWALK_OT_move_to_own_scene.bl_idname)
        layout.operator(surroundings.KERNELWALK_OT_place_beside.bl_idname)
        layout.operator(place_panel.KERNELWALK_OT_place_at_cursor.bl_idname)
        layout.separator()
        for target, name, _description, icon, _number in step_operators.STEP_ITEMS:
            layout.operator(step_operators.KERNELWALK_OT_step.bl_idname, text=name, icon=icon).to = target
        layout.operator(tile_tool.KERNELWALK_OT_show_tile.bl_idname)
        layout.operator(step_operators.KERNELWALK_OT_use_frames.bl_idname)
        layout.separator()
        for text, animation in (("Render Step", False), ("Render Walk", True)):
            layout.operator_context = "INVOKE_DEFAULT"
            layout.operator(render_operator.KERNELWALK_OT_render.bl_idname, text=text).animation = animation
        layout.separator()
        layout.operator(spec_files.KERNELWALK_OT_import_spec.bl_idname)
        layout.operator(spec_files.KERNELWALK_OT_export_spec.bl_idname)
        layout.operator(gltf_export.KERNELWALK_OT_export_glb.bl_idname)
        layout.separator()
        layout.operator(layer_operators.KERNELWALK_OT_add_layer.bl_idname, icon="ADD")
        layout.operator(layer_operators.KERNELWALK_OT_remove_layer.bl_idname, icon="REMOVE")
        layout.operator_menu_enum(layer_operators.KERNELWALK_OT_move_layer.bl_idname, "direction")
        layout.operator(layer_code.KERNELWALK_OT_paste_layer.bl_idname, icon="PASTEDOWN")
        layout.operator(comparison_panel.KERNELWALK_OT_paste_compared.bl_idname, icon="PASTEDOWN")
        layout.operator(comparison_panel.KERNELWALK_OT_show_both.bl_idname, icon="MOD_MIRROR")
        layout.operator_menu_enum(layer_code.KERNELWALK_OT_copy_code.bl_idname, "framework", icon="COPYDOWN")
        layout.separator()
        layout.operator(manual.KERNELWALK_OT_manual.bl_idname, icon="HELP")


def _draw_view_entry(menu: Any, _context: Context) -> None:
    menu.layout.separator()
    menu.layout.menu(KERNELWALK_MT_main.__name__)


def _draw_add_entry(menu: Any, _context: Context) -> None:
    menu.layout.operator(add_entry.KERNELWALK_OT_add_at_cursor.bl_idname, text="Kernelwalk", icon="MESH_GRID")


def _draw_import_entry(menu: Any, _context: Context) -> None:
    menu.layout.operator(spec_files.KERNELWALK_OT_import_spec.bl_idname, text="Kernelwalk Spec (.toml)")


def _draw_export_entry(menu: Any, _context: Context) -> None:
    menu.layout.operator(spec_files.KERNELWALK_OT_export_spec.bl_idname, text="Kernelwalk Spec (.toml)")
    menu.layout.operator(gltf_export.KERNELWALK_OT_export_glb.bl_idname, text="Kernelwalk Walk (.glb)")


MENU_ENTRIES = (
    (bpy.types.VIEW3D_MT_view, _draw_view_entry),
    (bpy.types.VIEW3D_MT_add, _draw_add_entry),
    (bpy.types.TOPBAR_MT_file_import, _draw_import_entry),
    (bpy.types.TOPBAR_MT_file_export, _draw_export_entry),
)
"""Functions that add to Blender's own menus, each with its menu."""


def register() -> None:
    for menu, draw in MENU_ENTRIES:
        menu.append(draw)


def unregister() -> None:
    for menu, draw in reversed(MENU_ENTRIES):
        menu.remove(draw)


CLASSES = (KERNELWALK_MT_main,)
