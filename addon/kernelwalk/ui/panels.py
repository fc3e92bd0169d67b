# SPDX-License-Identifier: GPL-3.0-or-later
"""The sidebar's tab "Kernelwalk", in the order in which a user decides: layer, walk, look, camera, render."""

from __future__ import annotations

from typing import Any

import bpy

from ..core import SpecError
from ..core.layers.channels import Channels
from ..core.layers.equations import channel_equation, size_equation, weight_equation
from ..core.layers.parameters import axis_names
from ..core.layers.registry import LAYERS
from ..core.spec.label_texts import WORDS as SAID
from ..core.spec.parse_layers import INHERITED_KEYS
from ..core.spec.show_section import SHOW
from ..core.spec.spec import CAMERA, COLORS, LOOK, RENDER, WALK
from ..scene import standing
from . import chain, code, drawing, files, generate, layers, live, render, settings, steps
from .layer import COUNTS, follows
from .operator import Context
from .words import CHOICES, sentence

CATEGORY = "Kernelwalk"

PACE = ("every", "first", "fast_frames", "slow_steps", "ramp_steps")
EFFECTS = ("appear", "trail", "lift", "intro", "outro")
"""Keys of the walk that have a panel of their own."""


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
        drawing.field(drawing.fields(layout, context), context, given, "title")
        _outcome(layout.box(), context)
        switches = (layout.column if drawing.is_narrow(context) else layout.row)(align=True)
        switches.prop(given, "live", toggle=True, icon="FILE_REFRESH")
        switches.prop(given, "setup", toggle=True, icon="SCENE_DATA")
        row = layout.row(align=True)
        row.scale_y = 1.4
        row.operator(generate.KERNELWALK_OT_generate.bl_idname, icon="PLAY")
        row.operator(generate.KERNELWALK_OT_clear.bl_idname, text="", icon="TRASH")
        if standing.standing(scene) is not None:
            _steps(layout, context)


def _outcome(box: Any, context: Context) -> None:
    """What the settings come to: output size and steps, or where it is told why they cannot be."""
    scene = context.scene
    try:
        spec = settings.read(scene.kernelwalk)
    except SpecError as error:
        where = sorted({problem.where.partition(".")[0].capitalize() for problem in error.problems})
        drawing.paragraph(box, context, f"This cannot be: see {' and '.join(where)}", "ERROR", deeper=1)
        return
    size = "\u00a0×\u00a0".join(map(str, spec.layer.output))  # one word
    count = "1 step" if spec.step_count == 1 else f"{spec.step_count:,} steps"
    drawing.paragraph(box, context, f"Output {size}, {count}", "CHECKMARK", deeper=1)
    if standing.standing(scene) is not None and not standing.is_current(scene, spec):
        if not scene.kernelwalk.live:
            drawing.paragraph(box, context, "The scene shows earlier settings", "INFO", deeper=1)
        elif live.too_large(spec):
            drawing.paragraph(box, context, "Too large to follow by itself: press Generate", "INFO", deeper=1)


def _steps(layout: Any, context: Context) -> None:
    """Scrubbing: the step that is shown, and the tile that was asked for."""
    given = context.scene.kernelwalk.steps
    stands, shown = standing.standing(context.scene), standing.shown_step(context.scene)
    assert stands is not None
    column = layout.column(align=True)
    row = column.row(align=True)
    ways = [(way, icon) for way, _name, _description, icon, _number in steps.WAYS]
    for way, icon in ways[:2]:
        row.operator(steps.KERNELWALK_OT_step.bl_idname, text="", icon=icon).to = way
    (column if drawing.is_narrow(context) else row).prop(given, "step")
    for way, icon in ways[2:]:
        row.operator(steps.KERNELWALK_OT_step.bl_idname, text="", icon=icon).to = way
    column.prop(given, "share", text=f"of {stands.steps:,}", slider=True)
    told = stands.told(shown) if shown is not None else "before the first or after the last step"
    drawing.paragraph(layout, context, sentence(told))
    layout.operator(steps.KERNELWALK_OT_show_tile.bl_idname, icon="EYEDROPPER")
    if given.told:
        drawing.paragraph(layout, context, sentence(given.told), "INFO")


class _Section(_Panel):
    """A sub-panel whose fields are the keys of one section of a spec; its head tells of a problem inside."""

    bl_parent_id = "KERNELWALK_PT_main"
    section: str
    fields: tuple[str, ...]
    layout: Any

    def draw_header(self, context: Context) -> None:
        problems = settings.problems(context.scene.kernelwalk)
        if any(problem.where.startswith((f"{self.section}.", f"{self.section}s[")) for problem in problems):
            self.layout.label(icon="ERROR")

    def draw(self, context: Context) -> None:
        column = drawing.fields(self.layout, context)
        given = context.scene.kernelwalk
        problems = settings.problems(given)  # once, not for each field
        for key in self.fields:
            wrong = drawing.about(problems, f"{self.section}.{key}")
            drawing.field(column, context, getattr(given, self.section), key, wrong)


class KERNELWALK_PT_layer(_Section, bpy.types.Panel):
    bl_label = "Layer"
    section = "layer"

    def draw(self, context: Context) -> None:
        given = context.scene.kernelwalk
        chain.draw(self.layout, given)
        column = drawing.fields(self.layout, context)
        layer, problems, where = layers.chosen(given), settings.problems(given), layers.where(given)
        keys = set(LAYERS[layer.op].PARAMETERS) - set(INHERITED_KEYS if layers.number(given) else ())

        def sizes(*wanted: str) -> None:
            for key in wanted:
                if key in keys:
                    drawing.sizes(column, context, layer, key, drawing.about(problems, f"{where}.{key}"))

        def field(key: str) -> None:
            if key in keys:
                drawing.field(column, context, layer, key, drawing.about(problems, f"{where}.{key}"))

        drawing.field(column, context, layer, "op", drawing.about(problems, f"{where}.op"))
        if not layers.number(given):  # in a chain all have the first one's
            heading = "" if drawing.is_narrow(context) else settings.name(layer, "dims")
            column.row(align=True, heading=heading).prop(layer, "dims", expand=True)
        sizes("input", "scale", "factor", "kernel", "stride")
        if "padding" in keys:
            drawing.field(column, context, layer, "padding")
            wrong = drawing.about(problems, f"{where}.padding")
            if layer.padding == "numbers" and ("output_shape" not in keys or follows(layer, "output_shape")):
                drawing.size(column, context, layer, "before", "Before" if layer.sides else "Cells", wrong)
                if layer.sides:
                    drawing.size(column, context, layer, "after", "After", wrong)
                column.prop(layer, "sides")
            drawing.complain(column, context, wrong)
        field("padding_mode")
        sizes("dilation", "output_padding", "output_shape")
        for key in ("ceil_mode", "count_include_pad", "convention"):
            field(key)
        for key in COUNTS:
            if key in keys:
                drawing.count(column, context, layer, key, drawing.about(problems, f"{where}.{key}"))
        field("mode")
        if not problems:
            _equations(self.layout, context)


def _equations(layout: Any, context: Context) -> None:
    """How the output's size follows, with this layer's numbers."""
    given = context.scene.kernelwalk
    layer = settings.read(given).layers[layers.number(given)]
    box = layout.box()
    told = [size_equation(layer, axis) for axis in range(layer.dims)]
    named = zip(axis_names(layer.dims), told, strict=True)
    lines = told[:1] if len(set(told)) == 1 else [f"{name}: {text}" for name, text in named]
    for name, text in (("Channels", channel_equation(layer)), ("Weights", weight_equation(layer))):
        lines += [f"{name}: {text}"] if text and layer.channels != Channels() else []
    for line in lines:
        drawing.paragraph(box, context, line, deeper=1)


class KERNELWALK_PT_code(_Panel, bpy.types.Panel):
    bl_label = "As Code"
    bl_parent_id = "KERNELWALK_PT_layer"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        code.draw(self.layout, context)


class KERNELWALK_PT_walk(_Section, bpy.types.Panel):
    bl_label = "Walk"
    section, fields = "walk", tuple(key for key in WALK if key not in (*PACE, *EFFECTS))


class KERNELWALK_PT_pace(_Section, bpy.types.Panel):
    bl_label = "Long Walks"
    bl_parent_id = "KERNELWALK_PT_walk"
    bl_options = {"DEFAULT_CLOSED"}
    section, fields = "walk", PACE


class KERNELWALK_PT_effects(_Section, bpy.types.Panel):
    bl_label = "Effects"
    bl_parent_id = "KERNELWALK_PT_walk"
    bl_options = {"DEFAULT_CLOSED"}
    section, fields = "walk", EFFECTS


class KERNELWALK_PT_show(_Section, bpy.types.Panel):
    bl_label = "Show"
    bl_options = {"DEFAULT_CLOSED"}
    section, fields = "show", tuple(SHOW)

    def draw(self, context: Context) -> None:
        """What bears on the layer: of the rest it is not to be wondered why nothing changes."""
        column = drawing.fields(self.layout, context)
        given = context.scene.kernelwalk
        problems = settings.problems(given)
        for key in self.fields:
            if bears(key, given):
                drawing.field(column, context, given.show, key, drawing.about(problems, f"show.{key}"))
                if key == "transposed":
                    drawing.paragraph(self.layout, context, CHOICES[given.show.transposed][1], "INFO")


def bears(key: str, given: Any) -> bool:
    """Whether a choice of what is shown makes a difference to the layer."""
    match key:
        case "transposed" | "cropped":
            return given.layer.op == "conv_transpose"
        case "copies":
            return given.layer.op == "conv" and given.layer.padding_mode != "zeros"
        case "kernel":
            return given.layer.op in ("conv", "conv_transpose")
    return True


class KERNELWALK_PT_words(_Section, bpy.types.Panel):
    bl_label = "Words"
    bl_options = {"DEFAULT_CLOSED"}
    section, fields = "words", tuple(SAID)


class KERNELWALK_PT_look(_Section, bpy.types.Panel):
    bl_label = "Look"
    bl_options = {"DEFAULT_CLOSED"}
    section, fields = "look", tuple(LOOK)


class KERNELWALK_PT_colors(_Panel, bpy.types.Panel):
    bl_label = "Colors"
    bl_parent_id = "KERNELWALK_PT_look"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        column = drawing.fields(self.layout, context)
        for key in COLORS:
            column.prop(context.scene.kernelwalk.look.colors, key)


class KERNELWALK_PT_camera(_Section, bpy.types.Panel):
    bl_label = "Camera"
    bl_options = {"DEFAULT_CLOSED"}
    section, fields = "camera", tuple(CAMERA)

    def draw(self, context: Context) -> None:
        """What bears on the kind of camera."""
        column = drawing.fields(self.layout, context)
        given = context.scene.kernelwalk
        problems = settings.problems(given)
        for key in self.fields:
            if (key == "angle" and given.camera.kind != "perspective") or (
                key == "orbit_easing" and not given.camera.orbit
            ):
                continue
            drawing.field(column, context, given.camera, key, drawing.about(problems, f"camera.{key}"))


class KERNELWALK_PT_render(_Section, bpy.types.Panel):
    bl_label = "Render"
    bl_options = {"DEFAULT_CLOSED"}
    section, fields = "render", tuple(RENDER)

    def draw(self, context: Context) -> None:
        super().draw(context)
        column = drawing.fields(self.layout, context)
        drawing.field(column, context, context.scene.kernelwalk.output, "folder")
        column.prop(context.scene.kernelwalk.output, "film")
        hindrance = render.film_hindrance(context.scene)
        drawing.complain(column, context, [hindrance] if hindrance else [])
        buttons = self.layout.column(align=True)
        name = render.KERNELWALK_OT_render.bl_idname
        buttons.operator(name, text="Render Step", icon="RENDER_STILL").animation = False
        buttons.operator(name, text="Render Walk", icon="RENDER_ANIMATION").animation = True


CLASSES = (
    KERNELWALK_PT_main,
    KERNELWALK_PT_layer,
    KERNELWALK_PT_code,
    KERNELWALK_PT_walk,
    KERNELWALK_PT_pace,
    KERNELWALK_PT_effects,
    KERNELWALK_PT_show,
    KERNELWALK_PT_words,
    KERNELWALK_PT_look,
    KERNELWALK_PT_colors,
    KERNELWALK_PT_camera,
    KERNELWALK_PT_render,
)
