# SPDX-License-Identifier: GPL-3.0-or-later
"""The sidebar's tab "Kernelwalk", in the order in which a user decides: layer, walk, look, camera, render."""

from __future__ import annotations

import textwrap
from typing import Any

import bpy

from ..core import SpecError, presets
from ..core.spec import CAMERA, COLORS, LOOK, RENDER, WALK
from . import operators, settings

CATEGORY = "Kernelwalk"


class _Panel:
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = CATEGORY


class KERNELWALK_MT_presets(bpy.types.Menu):
    bl_label = "Presets"

    def draw(self, context: bpy.types.Context) -> None:
        for name in presets.names():
            text = name.replace("_", " ").capitalize()
            self.layout.operator(operators.KERNELWALK_OT_preset.bl_idname, text=text).name = name


class KERNELWALK_PT_main(_Panel, bpy.types.Panel):
    bl_label = "Kernelwalk"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        given = context.scene.kernelwalk
        row = layout.row(align=True)
        row.menu("KERNELWALK_MT_presets", text="Presets")
        row.operator(operators.KERNELWALK_OT_import_spec.bl_idname, text="", icon="IMPORT")
        row.operator(operators.KERNELWALK_OT_export_spec.bl_idname, text="", icon="EXPORT")
        layout.prop(given, "title")
        box = layout.box()
        try:
            layer = settings.read(given).layer
            box.label(text=f"Output {' × '.join(map(str, layer.output))}, {layer.steps} steps", icon="CHECKMARK")
        except SpecError as error:
            for problem in error.problems:
                _paragraph(box, context, str(problem))
        layout.prop(given, "setup")
        row = layout.row(align=True)
        row.scale_y = 1.4
        row.operator(operators.KERNELWALK_OT_generate.bl_idname, icon="PLAY")
        row.operator(operators.KERNELWALK_OT_clear.bl_idname, text="", icon="TRASH")


def _paragraph(layout: Any, context: bpy.types.Context, text: str) -> None:
    """Text in as many lines as the sidebar's width asks for: a label is one line."""
    scale = context.preferences.system.ui_scale
    characters = max(16, int((context.region.width - 60 * scale) / (6.2 * scale))) if context.region else 40
    for number, line in enumerate(textwrap.wrap(text, characters)):
        layout.label(text=line, icon="ERROR" if number == 0 else "BLANK1")


class _Section(_Panel):
    """A sub-panel whose fields are the keys of one section of a spec."""

    bl_parent_id = "KERNELWALK_PT_main"
    section: str
    fields: tuple[str, ...]

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        _fields(layout, getattr(context.scene.kernelwalk, self.section), self.fields)


def _fields(layout: Any, group: Any, keys: tuple[str, ...]) -> None:
    for key in keys:
        if not hasattr(group, key + settings.AUTO):
            layout.prop(group, key)
            continue
        row = layout.row(align=True)
        value = row.row(align=True)
        value.active = not getattr(group, key + settings.AUTO)
        value.prop(group, key)
        row.prop(group, key + settings.AUTO, text="", icon="AUTO")


class KERNELWALK_PT_layer(_Panel, bpy.types.Panel):
    bl_label = "Layer"
    bl_parent_id = "KERNELWALK_PT_main"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layer = context.scene.kernelwalk.layer
        layout.prop(layer, "op")
        for key in ("input", "kernel", "stride"):
            _size(layout, layer, key)
        layout.prop(layer, "padding")
        if layer.padding == "numbers":
            _size(layout, layer, "before", "Before" if layer.sides else "Cells")
            if layer.sides:
                _size(layout, layer, "after", "After")
            layout.prop(layer, "sides")
        _size(layout, layer, "dilation")
        if settings.has_output_padding(layer):
            _size(layout, layer, "output_padding")


def _size(layout: Any, layer: Any, key: str, text: str | None = None) -> None:
    """One number, or one per axis when the lock is open."""
    index = list(settings.SIZES).index(key)
    name = settings.SIZES[key][0] if text is None else text
    row = layout.row(align=True)
    if layer.linked[index]:
        row.prop(layer, key, index=0, text=name)
    else:
        column = row.column(align=True)
        column.prop(layer, key, index=0, text=f"{name} Y")
        column.prop(layer, key, index=1, text="X")
    icon = "LOCKED" if layer.linked[index] else "UNLOCKED"
    row.prop(layer, "linked", index=index, text="", icon=icon)


class KERNELWALK_PT_walk(_Section, bpy.types.Panel):
    bl_label = "Walk"
    section, fields = "walk", tuple(WALK)


class KERNELWALK_PT_look(_Section, bpy.types.Panel):
    bl_label = "Look"
    bl_options = {"DEFAULT_CLOSED"}
    section, fields = "look", tuple(LOOK)


class KERNELWALK_PT_colors(_Panel, bpy.types.Panel):
    bl_label = "Colors"
    bl_parent_id = "KERNELWALK_PT_look"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        self.layout.use_property_split = True
        self.layout.use_property_decorate = False
        _fields(self.layout, context.scene.kernelwalk.look.colors, tuple(COLORS))


class KERNELWALK_PT_camera(_Section, bpy.types.Panel):
    bl_label = "Camera"
    bl_options = {"DEFAULT_CLOSED"}
    section, fields = "camera", tuple(CAMERA)


class KERNELWALK_PT_render(_Section, bpy.types.Panel):
    bl_label = "Render"
    bl_options = {"DEFAULT_CLOSED"}
    section, fields = "render", tuple(RENDER)


CLASSES = (
    KERNELWALK_MT_presets,
    KERNELWALK_PT_main,
    KERNELWALK_PT_layer,
    KERNELWALK_PT_walk,
    KERNELWALK_PT_look,
    KERNELWALK_PT_colors,
    KERNELWALK_PT_camera,
    KERNELWALK_PT_render,
)
