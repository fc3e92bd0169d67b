# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel of presets: those of the user first, then those that ship, in groups and with pictures."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import bpy

from ...core import Spec
from ...core.spec import presets
from ..toolkit.operator_utils import Context
from ..toolkit.pictures import find_picture
from . import spec_files

PICTURE_SCALE = 3.0
"""Side of a picture, in heights of a button."""

COLUMNS = 2
"""Presets beside each other."""


@cache
def _group_presets() -> dict[str, dict[str, Spec]]:
    """Return the presets that ship; Blender draws them at each move of the mouse."""
    return presets.group_presets()


class KERNELWALK_PT_presets(bpy.types.Panel):
    """Load the panel's settings from a preset"""

    bl_label = "Presets"
    bl_space_type = "VIEW_3D"
    bl_region_type = "HEADER"
    bl_ui_units_x = 46
    path_menu = bpy.types.Menu.path_menu  # Blender's own list of presets

    def draw(self, context: Context) -> None:
        layout = self.layout
        layout.operator_context = "EXEC_DEFAULT"
        layout.label(text="Your Presets")
        self._draw_own_presets()
        layout.separator()
        chosen = context.window_manager.kernelwalk_preset_group
        split = layout.split(factor=0.18)
        groups = split.column(align=True)
        for group in _group_presets():
            groups.prop_enum(context.window_manager, "kernelwalk_preset_group", group)
        grid = split.grid_flow(row_major=True, columns=COLUMNS, even_columns=True, even_rows=True)
        for name, spec in _group_presets()[chosen].items():
            _draw_preset(grid, name, spec.title)

    def _draw_own_presets(self) -> None:
        self.path_menu(
            [str(spec_files.user_presets_folder())],
            spec_files.KERNELWALK_OT_import_spec.bl_idname,
            filter_ext=lambda suffix: suffix.lower() == spec_files.SUFFIX,
            display_name=lambda path: spec_files.display_name(Path(path)),
            add_operator=spec_files.KERNELWALK_OT_preset_add.bl_idname,
        )


def _draw_preset(layout: Any, name: str, title: str) -> None:
    """Draw a preset's picture, with a button beside it that is as high."""
    row = layout.split(factor=0.18)
    row.template_icon(find_picture(presets.picture_path(name)), scale=PICTURE_SCALE)
    titles = row.row()
    titles.alignment = "LEFT"
    titles.scale_y = PICTURE_SCALE
    titles.emboss = "PULLDOWN_MENU"
    button = titles.operator(spec_files.KERNELWALK_OT_import_spec.bl_idname, text=title)
    button.filepath = str(presets.preset_path(name))


def register() -> None:
    items = [(group, group, "Show these presets") for group in presets.GROUPS]
    bpy.types.WindowManager.kernelwalk_preset_group = bpy.props.EnumProperty(name="Presets", items=items)


def unregister() -> None:
    del bpy.types.WindowManager.kernelwalk_preset_group


CLASSES = (KERNELWALK_PT_presets,)
