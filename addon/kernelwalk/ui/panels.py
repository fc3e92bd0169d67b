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
from ..scene import built_spec
from . import (
    generation,
    layer_code,
    layer_list,
    layer_operators,
    live_update,
    render_operator,
    spec_files,
    spec_properties,
    step_operators,
    widgets,
)
from .layer_properties import CHANNEL_KEYS, is_automatic
from .operator_utils import Context
from .words import CHOICES, sentence

CATEGORY = "Kernelwalk"

PACE_KEYS = ("every", "first", "fast_frames", "slow_steps", "ramp_steps")
EFFECT_KEYS = ("appear", "trail", "lift", "intro", "outro")
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
        row.popover(spec_files.KERNELWALK_PT_presets.__name__, text="Presets", icon="PRESET")
        row.operator(spec_files.KERNELWALK_OT_import_spec.bl_idname, text="", icon="IMPORT")
        row.operator(spec_files.KERNELWALK_OT_export_spec.bl_idname, text="", icon="EXPORT")
        widgets.draw_property(widgets.property_column(layout, context), context, given, "title")
        draw_status(layout.box(), context)
        switches = (layout.column if widgets.is_narrow(context) else layout.row)(align=True)
        switches.prop(given, "live", toggle=True, icon="FILE_REFRESH")
        switches.prop(given, "setup", toggle=True, icon="SCENE_DATA")
        row = layout.row(align=True)
        row.scale_y = 1.4
        row.operator(generation.KERNELWALK_OT_generate.bl_idname, icon="PLAY")
        row.operator(generation.KERNELWALK_OT_clear.bl_idname, text="", icon="TRASH")
        if built_spec.get_built_walk(scene) is not None:
            draw_steps(layout, context)


def draw_status(box: Any, context: Context) -> None:
    """What the settings come to: output size and steps, or where it is told why they cannot be."""
    scene = context.scene
    try:
        spec = spec_properties.read_spec(scene.kernelwalk)
    except SpecError as error:
        where = sorted({problem.where.partition(".")[0].capitalize() for problem in error.problems})
        widgets.draw_paragraph(box, context, f"This cannot be: see {' and '.join(where)}", "ERROR", indent=1)
        return
    size = "\u00a0×\u00a0".join(map(str, spec.layer.output))  # one word
    count = "1 step" if spec.step_count == 1 else f"{spec.step_count:,} steps"
    widgets.draw_paragraph(box, context, f"Output {size}, {count}", "CHECKMARK", indent=1)
    if built_spec.get_built_walk(scene) is not None and not built_spec.is_built_from(scene, spec):
        if not scene.kernelwalk.live:
            widgets.draw_paragraph(box, context, "The scene shows earlier settings", "INFO", indent=1)
        elif live_update.exceeds_live_limit(spec):
            widgets.draw_paragraph(box, context, "Too large to follow by itself: press Generate", "INFO", indent=1)


def draw_steps(layout: Any, context: Context) -> None:
    """Scrubbing: the step that is shown, and the tile that was asked for."""
    given = context.scene.kernelwalk.steps
    stands, shown = built_spec.get_built_walk(context.scene), built_spec.get_current_step(context.scene)
    assert stands is not None
    column = layout.column(align=True)
    row = column.row(align=True)
    ways = [(way, icon) for way, _name, _description, icon, _number in step_operators.STEP_ITEMS]
    for way, icon in ways[:2]:
        row.operator(step_operators.KERNELWALK_OT_step.bl_idname, text="", icon=icon).to = way
    (column if widgets.is_narrow(context) else row).prop(given, "step")
    for way, icon in ways[2:]:
        row.operator(step_operators.KERNELWALK_OT_step.bl_idname, text="", icon=icon).to = way
    column.prop(given, "share", text=f"of {stands.step_count:,}", slider=True)
    told = stands.describe_step(shown) if shown is not None else "before the first or after the last step"
    widgets.draw_paragraph(layout, context, sentence(told))
    layout.operator(step_operators.KERNELWALK_OT_show_tile.bl_idname, icon="EYEDROPPER")
    if given.told:
        widgets.draw_paragraph(layout, context, sentence(given.told), "INFO")


class _Section(_Panel):
    """A sub-panel whose fields are the keys of one section of a spec; its head tells of a problem inside."""

    bl_parent_id = "KERNELWALK_PT_main"
    section: str
    fields: tuple[str, ...]
    layout: Any

    def draw_header(self, context: Context) -> None:
        problems = spec_properties.find_problems(context.scene.kernelwalk)
        if any(problem.where.startswith((f"{self.section}.", f"{self.section}s[")) for problem in problems):
            self.layout.label(icon="ERROR")

    def draw(self, context: Context) -> None:
        column = widgets.property_column(self.layout, context)
        given = context.scene.kernelwalk
        problems = spec_properties.find_problems(given)  # once, not for each field
        for key in self.fields:
            wrong = widgets.errors_for(problems, f"{self.section}.{key}")
            widgets.draw_property(column, context, getattr(given, self.section), key, wrong)


class KERNELWALK_PT_layer(_Section, bpy.types.Panel):
    bl_label = "Layer"
    section = "layer"

    def draw(self, context: Context) -> None:
        given = context.scene.kernelwalk
        layer_operators.draw_layer_list(self.layout, given)
        column = widgets.property_column(self.layout, context)
        layer, problems, where = (
            layer_list.active_layer(given),
            spec_properties.find_problems(given),
            layer_list.active_layer_path(given),
        )
        keys = set(LAYERS[layer.op].PARAMETERS) - set(INHERITED_KEYS if layer_list.active_index(given) else ())

        def sizes(*wanted: str) -> None:
            for key in wanted:
                if key in keys:
                    widgets.draw_axis_sizes(column, context, layer, key, widgets.errors_for(problems, f"{where}.{key}"))

        def field(key: str) -> None:
            if key in keys:
                widgets.draw_property(column, context, layer, key, widgets.errors_for(problems, f"{where}.{key}"))

        widgets.draw_property(column, context, layer, "op", widgets.errors_for(problems, f"{where}.op"))
        if not layer_list.active_index(given):  # in a chain all have the first one's
            heading = "" if widgets.is_narrow(context) else spec_properties.label_of(layer, "dims")
            column.row(align=True, heading=heading).prop(layer, "dims", expand=True)
        sizes("input", "scale", "factor", "kernel", "stride")
        if "padding" in keys:
            widgets.draw_property(column, context, layer, "padding")
            wrong = widgets.errors_for(problems, f"{where}.padding")
            if layer.padding == "numbers" and ("output_shape" not in keys or is_automatic(layer, "output_shape")):
                widgets.draw_size_row(column, context, layer, "before", "Before" if layer.sides else "Cells", wrong)
                if layer.sides:
                    widgets.draw_size_row(column, context, layer, "after", "After", wrong)
                column.prop(layer, "sides")
            widgets.draw_errors(column, context, wrong)
        field("padding_mode")
        sizes("dilation", "output_padding", "output_shape")
        for key in ("ceil_mode", "count_include_pad", "convention"):
            field(key)
        for key in CHANNEL_KEYS:
            if key in keys:
                widgets.draw_channel_count(column, context, layer, key, widgets.errors_for(problems, f"{where}.{key}"))
        field("mode")
        if not problems:
            draw_equations(self.layout, context)


def draw_equations(layout: Any, context: Context) -> None:
    """How the output's size follows, with this layer's numbers."""
    given = context.scene.kernelwalk
    layer = spec_properties.read_spec(given).layers[layer_list.active_index(given)]
    box = layout.box()
    told = [size_equation(layer, axis) for axis in range(layer.dims)]
    named = zip(axis_names(layer.dims), told, strict=True)
    lines = told[:1] if len(set(told)) == 1 else [f"{name}: {text}" for name, text in named]
    for name, text in (("Channels", channel_equation(layer)), ("Weights", weight_equation(layer))):
        lines += [f"{name}: {text}"] if text and layer.channels != Channels() else []
    for line in lines:
        widgets.draw_paragraph(box, context, line, indent=1)


class KERNELWALK_PT_code(_Panel, bpy.types.Panel):
    bl_label = "As Code"
    bl_parent_id = "KERNELWALK_PT_layer"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        layer_code.draw_code(self.layout, context)


class KERNELWALK_PT_walk(_Section, bpy.types.Panel):
    bl_label = "Walk"
    section, fields = "walk", tuple(key for key in WALK if key not in (*PACE_KEYS, *EFFECT_KEYS))


class KERNELWALK_PT_pace(_Section, bpy.types.Panel):
    bl_label = "Long Walks"
    bl_parent_id = "KERNELWALK_PT_walk"
    bl_options = {"DEFAULT_CLOSED"}
    section, fields = "walk", PACE_KEYS


class KERNELWALK_PT_effects(_Section, bpy.types.Panel):
    bl_label = "Effects"
    bl_parent_id = "KERNELWALK_PT_walk"
    bl_options = {"DEFAULT_CLOSED"}
    section, fields = "walk", EFFECT_KEYS


class KERNELWALK_PT_show(_Section, bpy.types.Panel):
    bl_label = "Show"
    bl_options = {"DEFAULT_CLOSED"}
    section, fields = "show", tuple(SHOW)

    def draw(self, context: Context) -> None:
        """What bears on the layer: of the rest it is not to be wondered why nothing changes."""
        column = widgets.property_column(self.layout, context)
        given = context.scene.kernelwalk
        problems = spec_properties.find_problems(given)
        for key in self.fields:
            if is_relevant(key, given):
                widgets.draw_property(column, context, given.show, key, widgets.errors_for(problems, f"show.{key}"))
                if key == "transposed":
                    widgets.draw_paragraph(self.layout, context, CHOICES[given.show.transposed][1], "INFO")


def is_relevant(key: str, given: Any) -> bool:
    """Whether a choice of what is shown makes a difference to the layer."""
    match key:
        case "transposed" | "cropped":
            return given.layer.op == "conv_transpose"
        case "copies":
            return given.layer.op == "conv" and given.layer.padding_mode != "zeros"
        case "kernel":
            return given.layer.op in ("conv", "conv_transpose")
    return True


class KERNELWALK_PT_labels(_Section, bpy.types.Panel):
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
        column = widgets.property_column(self.layout, context)
        for key in COLORS:
            column.prop(context.scene.kernelwalk.look.colors, key)


class KERNELWALK_PT_camera(_Section, bpy.types.Panel):
    bl_label = "Camera"
    bl_options = {"DEFAULT_CLOSED"}
    section, fields = "camera", tuple(CAMERA)

    def draw(self, context: Context) -> None:
        """What bears on the kind of camera."""
        column = widgets.property_column(self.layout, context)
        given = context.scene.kernelwalk
        problems = spec_properties.find_problems(given)
        for key in self.fields:
            if (key == "angle" and given.camera.kind != "perspective") or (
                key == "orbit_easing" and not given.camera.orbit
            ):
                continue
            widgets.draw_property(column, context, given.camera, key, widgets.errors_for(problems, f"camera.{key}"))


class KERNELWALK_PT_render(_Section, bpy.types.Panel):
    bl_label = "Render"
    bl_options = {"DEFAULT_CLOSED"}
    section, fields = "render", tuple(RENDER)

    def draw(self, context: Context) -> None:
        super().draw(context)
        column = widgets.property_column(self.layout, context)
        widgets.draw_property(column, context, context.scene.kernelwalk.output, "folder")
        column.prop(context.scene.kernelwalk.output, "film")
        hindrance = render_operator.film_blocker(context.scene)
        widgets.draw_errors(column, context, [hindrance] if hindrance else [])
        buttons = self.layout.column(align=True)
        name = render_operator.KERNELWALK_OT_render.bl_idname
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
    KERNELWALK_PT_labels,
    KERNELWALK_PT_look,
    KERNELWALK_PT_colors,
    KERNELWALK_PT_camera,
    KERNELWALK_PT_render,
)
