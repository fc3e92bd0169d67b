# SPDX-License-Identifier: GPL-3.0-or-later
"""The sidebar's tab "Kernelwalk", in the order in which a user decides: layer, walk, look, camera, render."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import bpy

from ..core.errors import Problem
from ..core.spec import CAMERA, COLORS, LOOK, RENDER, WALK
from ..scene import standing
from . import files, generate, live, render, settings, steps
from .operator import Context

CATEGORY = "Kernelwalk"


class _Panel:
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = CATEGORY


class KERNELWALK_PT_main(_Panel, bpy.types.Panel):
    bl_label = "Kernelwalk"

    def draw(self, context: Context) -> None:
        layout = self.layout
        scene = context.scene
        given = scene.kernelwalk
        layout.enabled = scene.library is None
        row = layout.row(align=True)
        row.popover(files.KERNELWALK_PT_presets.__name__, text="Presets", icon="PRESET")
        row.operator(files.KERNELWALK_OT_import_spec.bl_idname, text="", icon="IMPORT")
        row.operator(files.KERNELWALK_OT_export_spec.bl_idname, text="", icon="EXPORT")
        _split(layout).prop(given, "title")
        _outcome(layout.box(), context)
        row = layout.row(align=True)
        row.prop(given, "live", toggle=True, icon="FILE_REFRESH")
        row.prop(given, "setup", toggle=True, icon="SCENE_DATA")
        row = layout.row(align=True)
        row.scale_y = 1.4
        row.operator(generate.KERNELWALK_OT_generate.bl_idname, icon="PLAY")
        row.operator(generate.KERNELWALK_OT_clear.bl_idname, text="", icon="TRASH")
        _steps(layout, context)


def _outcome(box: Any, context: Context) -> None:
    """What the settings come to: output size and steps, or where it is told why they cannot be."""
    scene = context.scene
    problems = settings.problems(scene.kernelwalk)
    if problems:
        where = sorted({problem.where.partition(".")[0].capitalize() for problem in problems})
        _paragraph(box, context, f"This cannot be: see {' and '.join(where)}", "ERROR")
        return
    spec = settings.read(scene.kernelwalk)
    size = " × ".join(map(str, spec.layer.output))
    steps_ = "1 step" if spec.layer.steps == 1 else f"{spec.layer.steps:,} steps"
    _paragraph(box, context, f"Output {size}, {steps_}", "CHECKMARK")
    if standing.standing(scene) is not None and not standing.is_current(scene, spec):
        if not scene.kernelwalk.live:
            _paragraph(box, context, "The scene shows earlier settings", "INFO")
        elif live.too_large(spec.layer):
            _paragraph(box, context, "Too large to follow by itself: press Generate", "INFO")


def _steps(layout: Any, context: Context) -> None:
    """Scrubbing, once something stands."""
    scene = context.scene
    stands = standing.standing(scene)
    if stands is None:
        return
    shown = standing.shown_step(scene)
    column = layout.column(align=True)
    row = column.row(align=True)
    for way, _name, _description, icon, _number in steps.WAYS[:2]:
        row.operator(steps.KERNELWALK_OT_step.bl_idname, text="", icon=icon).to = way
    row.prop(scene.kernelwalk.steps, "step", text="Step")
    for way, _name, _description, icon, _number in steps.WAYS[2:]:
        row.operator(steps.KERNELWALK_OT_step.bl_idname, text="", icon=icon).to = way
    column.prop(scene.kernelwalk.steps, "share", text=f"of {stands.layer.steps:,}", slider=True)
    told = stands.told(shown) if shown is not None else "before the first or after the last step"
    _paragraph(layout, context, told[0].upper() + told[1:])
    layout.operator(steps.KERNELWALK_OT_show_tile.bl_idname, icon="EYEDROPPER")
    if scene.kernelwalk.steps.told:
        _paragraph(layout, context, scene.kernelwalk.steps.told.capitalize(), "INFO")


def _split(layout: Any) -> Any:
    """The layout, with names to the left of values."""
    layout.use_property_split = True
    layout.use_property_decorate = False
    return layout


def _paragraph(layout: Any, context: Context, text: str, icon: str = "") -> None:
    """Text in as many lines as the sidebar's width asks for: a label is one line."""
    scale = context.preferences.system.ui_scale
    room = (context.region.width if context.region else 260) / scale - (64 if icon else 44)
    column = layout.column(align=True)
    column.scale_y = 0.8
    for number, line in enumerate(textwrap.wrap(text, max(10, int(room / 6.2)))):
        column.label(text=line, icon=(icon if number == 0 else "BLANK1") if icon else "NONE")


def _fields(layout: Any, context: Context, group: Any, keys: Iterable[str], where: str) -> None:
    """The fields of some keys, each with what is wrong about it below."""
    problems = settings.problems(context.scene.kernelwalk)
    for key in keys:
        row = layout.row(align=True)
        row.alert = bool(_about(problems, f"{where}.{key}"))
        if hasattr(group, key + settings.AUTO):
            value = row.row(align=True)
            value.active = not getattr(group, key + settings.AUTO)
            value.prop(group, key)
            row.prop(group, key + settings.AUTO, text="", icon="AUTO")
        else:
            row.prop(group, key)
        _complain(layout, context, problems, f"{where}.{key}")


def _about(problems: Sequence[Problem], where: str) -> list[Problem]:
    """The problems of a field; those of a vector's entries are `where[0]`."""
    return [problem for problem in problems if problem.where.partition("[")[0] == where]


def _complain(layout: Any, context: Context, problems: Sequence[Problem], where: str) -> None:
    for problem in _about(problems, where):
        _paragraph(layout, context, f"{problem.what[0].upper()}{problem.what[1:]}. {problem.remedy}", "ERROR")


class _Section(_Panel):
    """A sub-panel whose fields are the keys of one section of a spec; its head tells of a problem inside."""

    bl_parent_id = "KERNELWALK_PT_main"
    section: str
    fields: tuple[str, ...]

    def draw_header(self, context: Context) -> None:
        problems = settings.problems(context.scene.kernelwalk)
        if any(problem.where.startswith(f"{self.section}.") for problem in problems):
            self.layout.label(icon="ERROR")  # type: ignore[attr-defined]  # a Panel's

    def draw(self, context: Context) -> None:
        layout = _split(self.layout)  # type: ignore[attr-defined]  # as above
        layout.enabled = context.scene.library is None
        _fields(layout, context, getattr(context.scene.kernelwalk, self.section), self.fields, self.section)


class KERNELWALK_PT_layer(_Section, bpy.types.Panel):
    bl_label = "Layer"
    section = "layer"

    def draw(self, context: Context) -> None:
        layout = _split(self.layout)
        layout.enabled = context.scene.library is None
        layer = context.scene.kernelwalk.layer
        problems = settings.problems(context.scene.kernelwalk)
        layout.prop(layer, "op")
        for key in ("input", "kernel", "stride"):
            _size(layout, layer, key, bool(_about(problems, f"layer.{key}")))
            _complain(layout, context, problems, f"layer.{key}")
        wrong = bool(_about(problems, "layer.padding"))
        row = layout.row()
        row.alert = wrong
        row.prop(layer, "padding")
        if layer.padding == "numbers":
            _size(layout, layer, "before", wrong, "Before" if layer.sides else "Cells")
            if layer.sides:
                _size(layout, layer, "after", wrong, "After")
            layout.prop(layer, "sides")
        _complain(layout, context, problems, "layer.padding")
        for key in ("dilation", *(("output_padding",) if settings.has_output_padding(layer) else ())):
            _size(layout, layer, key, bool(_about(problems, f"layer.{key}")))
            _complain(layout, context, problems, f"layer.{key}")


def _size(layout: Any, layer: Any, key: str, wrong: bool, text: str | None = None) -> None:
    """One number, or one per axis when the lock is open."""
    index = list(settings.SIZES).index(key)
    name = settings.SIZES[key][0] if text is None else text
    row = layout.row(align=True)
    values = row.column(align=True)
    values.alert = wrong
    if layer.linked[index]:
        values.prop(layer, key, index=0, text=name)
    else:
        values.prop(layer, key, index=0, text=f"{name} Y")
        values.prop(layer, key, index=1, text="X")
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

    def draw(self, context: Context) -> None:
        layout = _split(self.layout)
        layout.enabled = context.scene.library is None
        _fields(layout, context, context.scene.kernelwalk.look.colors, COLORS, "look.colors")


class KERNELWALK_PT_camera(_Section, bpy.types.Panel):
    bl_label = "Camera"
    bl_options = {"DEFAULT_CLOSED"}
    section, fields = "camera", tuple(CAMERA)


class KERNELWALK_PT_render(_Section, bpy.types.Panel):
    bl_label = "Render"
    bl_options = {"DEFAULT_CLOSED"}
    section, fields = "render", tuple(RENDER)

    def draw(self, context: Context) -> None:
        super().draw(context)
        layout = self.layout
        layout.prop(context.scene.kernelwalk.output, "folder")
        layout.prop(context.scene.kernelwalk.output, "film")
        column = layout.column(align=True)
        name = render.KERNELWALK_OT_render.bl_idname
        column.operator(name, text="Render Step", icon="RENDER_STILL").animation = False
        column.operator(name, text="Render Walk", icon="RENDER_ANIMATION").animation = True


CLASSES = (
    KERNELWALK_PT_main,
    KERNELWALK_PT_layer,
    KERNELWALK_PT_walk,
    KERNELWALK_PT_look,
    KERNELWALK_PT_colors,
    KERNELWALK_PT_camera,
    KERNELWALK_PT_render,
)
