# SPDX-License-Identifier: GPL-3.0-or-later
"""The sidebar's tab "Kernelwalk", in the order of decisions, from the layer to the render."""

from __future__ import annotations

import bpy

from ..core.spec.sections import SECTIONS
from ..scene.builds import built_spec
from . import manual
from .builds import changes_by_hand, generation, live_update, setup_panel
from .fields.walk_settings import active_settings
from .files import preset_panel, spec_files, template_panel
from .layers import layer_code, layer_panel, values_panel
from .output import render_buttons
from .settings import setup_properties, spec_properties
from .settings.layer_properties import affects_layer
from .steps import step_operators
from .toolkit import widgets
from .toolkit.operator_utils import Context
from .toolkit.section_panel import SectionPanel, TabPanel
from .walks import place_panel, surroundings, walk_operators

PACE_KEYS = ("every", "first", "fast_frames", "slow_steps", "ramp_steps")
"""Keys of the walk that stand in the panel Long Walks."""

EFFECT_KEYS = ("appear", "trail", "lift", "intro", "outro")
"""Keys of the walk that stand in the panel Effects."""


class KERNELWALK_PT_main(TabPanel, bpy.types.Panel):
    bl_label = "Kernelwalk"

    def draw_header_preset(self, context: Context) -> None:
        if not widgets.is_narrow(context):
            walk_operators.draw_add_walk(self.layout, context, emboss=False)
            self.layout.operator(manual.KERNELWALK_OT_manual.bl_idname, text="", icon="HELP", emboss=False)

    def draw(self, context: Context) -> None:
        layout = self.layout
        scene = context.scene
        props = active_settings(scene)
        layout.enabled = scene.library is None
        walk_operators.draw_walks(layout, context)
        row = layout.row(align=True)
        row.popover(preset_panel.KERNELWALK_PT_presets.__name__, text="Presets", icon="PRESET")
        if widgets.is_narrow(context):
            row = layout.row(align=True)
        row.operator(layer_code.KERNELWALK_OT_paste_layer.bl_idname, text="", icon="PASTEDOWN")
        row.operator(spec_files.KERNELWALK_OT_import_spec.bl_idname, text="", icon="IMPORT")
        row.operator(spec_files.KERNELWALK_OT_export_spec.bl_idname, text="", icon="EXPORT")
        if widgets.is_narrow(context):
            walk_operators.draw_add_walk(row, context)
            row.operator(manual.KERNELWALK_OT_manual.bl_idname, text="", icon="HELP")
        errors = widgets.errors_for(spec_properties.find_problems(props), "title")
        widgets.draw_property(widgets.property_column(layout, context), context, props, "title", errors)
        live_update.draw_status(layout.box(), context)
        switches = (layout.column if widgets.is_narrow(context) else layout.row)(align=True)
        switches.prop(props, "live", toggle=True, icon="FILE_REFRESH")
        switches.prop(props, "setup", toggle=True, icon=widgets.choose_button_icon(context, "SCENE_DATA"))
        setup_panel.draw_setup(layout, context)
        row = layout.row(align=True)
        row.scale_y = 1.4
        row.operator(generation.KERNELWALK_OT_generate.bl_idname, icon=widgets.choose_button_icon(context, "PLAY"))
        row.operator(generation.KERNELWALK_OT_clear.bl_idname, text="", icon="TRASH")
        changes_by_hand.draw_changes(layout, context)
        place_panel.draw_stretch(layout, context)
        surroundings.draw_surroundings(layout, context)
        if built_spec.get_built_walk(scene) is not None:
            step_operators.draw_steps(layout, context)


class KERNELWALK_PT_values(SectionPanel, bpy.types.Panel):
    bl_label = "Values"
    bl_options = {"DEFAULT_CLOSED"}
    section = "values"

    def draw_header(self, context: Context) -> None:
        self.layout.prop(active_settings(context.scene).values, "on", text="")
        super().draw_header(context)

    def draw(self, context: Context) -> None:
        values_panel.draw_values(self.layout, context)


class KERNELWALK_PT_walk(SectionPanel, bpy.types.Panel):
    bl_label = "Walk"
    section, spec_keys = "walk", tuple(key for key in SECTIONS["walk"] if key not in (*PACE_KEYS, *EFFECT_KEYS))


class KERNELWALK_PT_pace(SectionPanel, bpy.types.Panel):
    bl_label = "Long Walks"
    bl_parent_id = "KERNELWALK_PT_walk"
    bl_options = {"DEFAULT_CLOSED"}
    section, spec_keys = "walk", PACE_KEYS


class KERNELWALK_PT_effects(SectionPanel, bpy.types.Panel):
    bl_label = "Effects"
    bl_parent_id = "KERNELWALK_PT_walk"
    bl_options = {"DEFAULT_CLOSED"}
    section, spec_keys = "walk", EFFECT_KEYS


class KERNELWALK_PT_show(SectionPanel, bpy.types.Panel):
    bl_label = "Show"
    bl_options = {"DEFAULT_CLOSED"}
    section, spec_keys = "show", tuple(SECTIONS["show"])

    def draw(self, context: Context) -> None:
        """Draw the keys that have an effect with this layer: a setting without effect would puzzle its user."""
        column = widgets.property_column(self.layout, context)
        props = active_settings(context.scene)
        problems = spec_properties.find_problems(props)
        for key in self.spec_keys:
            if affects_layer(key, props.layer):
                widgets.draw_property(column, context, props.show, key, widgets.errors_for(problems, f"show.{key}"))
                if key == "transposed":
                    meaning = SECTIONS["show"][key].options[props.show.transposed]
                    widgets.draw_paragraph(self.layout, context, meaning, "INFO")


class KERNELWALK_PT_labels(SectionPanel, bpy.types.Panel):
    bl_label = "Labels"
    bl_options = {"DEFAULT_CLOSED"}
    section, spec_keys = "labels", tuple(SECTIONS["labels"])

    def draw(self, context: Context) -> None:
        if "camera" not in setup_properties.read_setup(active_settings(context.scene)).parts:
            text = "Only the labels at the grids are shown: the others stand in the picture of the walk's own camera"
            widgets.draw_paragraph(self.layout, context, text, "INFO")
        super().draw(context)


class KERNELWALK_PT_look(SectionPanel, bpy.types.Panel):
    bl_label = "Look"
    bl_options = {"DEFAULT_CLOSED"}
    section, spec_keys = "look", tuple(key for key in SECTIONS["look"] if key != "template")

    def draw(self, context: Context) -> None:
        column = widgets.property_column(self.layout, context)
        problems = spec_properties.find_problems(active_settings(context.scene))
        if widgets.is_narrow(context):
            column.label(text="Template")
        row = column.row(align=True, heading="" if widgets.is_narrow(context) else "Template")
        template_panel.draw_template(row, context)
        widgets.draw_errors(column, context, widgets.errors_for(problems, "look.template"))
        super().draw(context)


class KERNELWALK_PT_colors(TabPanel, bpy.types.Panel):
    bl_label = "Colors"
    bl_parent_id = "KERNELWALK_PT_look"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        column = widgets.property_column(self.layout, context)
        widgets.draw_colors(column, context, active_settings(context.scene).look.colors, SECTIONS["look.colors"])


class KERNELWALK_PT_camera(SectionPanel, bpy.types.Panel):
    bl_label = "Camera"
    bl_options = {"DEFAULT_CLOSED"}
    section, spec_keys = "camera", tuple(SECTIONS["camera"])

    def draw(self, context: Context) -> None:
        """Draw the keys that have an effect with this projection and orbit."""
        if changes_by_hand.get_changes(context.scene).camera:
            text = "The camera stays where you have placed it by hand, until you change a setting here"
            widgets.draw_paragraph(self.layout, context, text, "INFO")
        column = widgets.property_column(self.layout, context)
        props = active_settings(context.scene)
        problems = spec_properties.find_problems(props)
        is_perspective = props.camera.projection == "perspective"
        has_effect = {
            "field_of_view": is_perspective and props.camera.distance_auto,
            "distance": is_perspective,
            "orbit_easing": bool(props.camera.orbit),
        }
        for key in self.spec_keys:
            if not has_effect.get(key, True):
                continue
            errors = widgets.errors_for(problems, f"camera.{key}")
            widgets.draw_property(column, context, props.camera, key, errors)


class KERNELWALK_PT_place(TabPanel, bpy.types.Panel):
    bl_label = "Place"
    bl_parent_id = "KERNELWALK_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        place_panel.draw_place(self.layout, context)


class KERNELWALK_PT_render(SectionPanel, bpy.types.Panel):
    bl_label = "Render"
    bl_options = {"DEFAULT_CLOSED"}
    section, spec_keys = "render", tuple(key for key in SECTIONS["render"] if key != "device")  # of the command

    def draw(self, context: Context) -> None:
        column = widgets.property_column(self.layout, context)
        props = active_settings(context.scene)
        problems, is_cycles = spec_properties.find_problems(props), props.render.engine == "cycles"
        for key in self.spec_keys:
            field = column.column()
            field.active = is_cycles or key != "noise"
            widgets.draw_property(field, context, props.render, key, widgets.errors_for(problems, f"render.{key}"))
            if not field.active:
                widgets.draw_paragraph(column, context, "EEVEE gives every pixel all samples", "INFO")
        column = widgets.property_column(self.layout, context)
        widgets.draw_property(column, context, props.output, "folder")
        column.prop(props.output, "film")
        if is_cycles:
            widgets.draw_property(column, context, props.output, "device")
        render_buttons.draw_render_buttons(self.layout, context)


CLASSES = (
    KERNELWALK_PT_main,
    *layer_panel.CLASSES,
    KERNELWALK_PT_values,
    KERNELWALK_PT_walk,
    KERNELWALK_PT_pace,
    KERNELWALK_PT_effects,
    KERNELWALK_PT_show,
    KERNELWALK_PT_labels,
    KERNELWALK_PT_look,
    KERNELWALK_PT_colors,
    KERNELWALK_PT_camera,
    KERNELWALK_PT_place,
    KERNELWALK_PT_render,
)
