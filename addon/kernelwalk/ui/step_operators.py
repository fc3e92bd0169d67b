# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators that go to a step of the walk, or to the steps that use a tile, and their part of the panel."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import EnumProperty
from bpy_extras import view3d_utils

from ..core.describe.tile_query import Tile
from ..scene import built_spec, step_navigation, tile_picking
from . import widgets
from .operator_utils import NOTHING_GENERATED, Context, Result

STEP_ITEMS: list[tuple[str, str, str, Any, int]] = [
    ("FIRST", "First Step", "Show the first step", "REW", 0),
    ("PREVIOUS", "Previous Step", "Show the previous step", "PREV_KEYFRAME", 1),
    ("NEXT", "Next Step", "Show the next step", "NEXT_KEYFRAME", 2),
    ("LAST", "Last Step", "Show the last step", "FF", 3),
]


class _GeneratedSceneOperator:
    """Base of the operators that need a generated scene."""

    @classmethod
    def poll(cls: Any, context: Context) -> bool:
        if built_spec.get_built_walk(context.scene) is None:
            cls.poll_message_set(NOTHING_GENERATED)
            return False
        return True


class KERNELWALK_OT_step(_GeneratedSceneOperator, bpy.types.Operator):
    """Show another step of the walk"""

    bl_idname = "kernelwalk.step"
    bl_label = "Go to Step"
    to: EnumProperty(name="To", description="Step to show", items=STEP_ITEMS, default="NEXT")

    @classmethod
    def description(cls, _context: Context, properties: Any) -> str:
        return next(item[2] for item in STEP_ITEMS if item[0] == properties.to)

    def execute(self, context: Context) -> Result:
        scene = context.scene
        current, last = step_navigation.get_nearest_step(scene), step_navigation.get_last_step(scene)
        targets = {"FIRST": 0, "PREVIOUS": current - 1, "NEXT": current + 1, "LAST": last}
        step_navigation.go_to_step(scene, targets[self.to])
        return {"FINISHED"}


class KERNELWALK_OT_show_tile(_GeneratedSceneOperator, bpy.types.Operator):
    """Show the step that computes an output tile, or in turn the steps that read an input tile.
    Uses the selected tile (its object, or its face in Edit Mode), or else the tile that you click"""

    bl_idname = "kernelwalk.show_tile"
    bl_label = "Show This Tile"

    def invoke(self, context: Context, _event: bpy.types.Event) -> Result:
        if _selected_tile(context) is not None:
            return self.execute(context)
        context.window.cursor_modal_set("EYEDROPPER")
        context.workspace.status_text_set("Click a tile to show the steps that use it. Esc or right click: cancel")
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Context, event: bpy.types.Event) -> Result:
        if event.type in {"ESC", "RIGHTMOUSE"}:
            self.cancel(context)
            return {"CANCELLED"}
        if event.type == "LEFTMOUSE" and event.value == "PRESS":
            self.cancel(context)
            return self._show_tile(context, _tile_under_mouse(context, event))
        return (
            {"PASS_THROUGH"} if event.type in {"MIDDLEMOUSE", "WHEELUPMOUSE", "WHEELDOWNMOUSE"} else {"RUNNING_MODAL"}
        )

    def cancel(self, context: Context) -> None:
        context.window.cursor_modal_restore()
        context.workspace.status_text_set(None)

    def execute(self, context: Context) -> Result:
        return self._show_tile(context, _selected_tile(context))

    def _show_tile(self, context: Context, tile: Tile | None) -> Result:
        scene = context.scene
        built = built_spec.get_built_walk(scene)
        if tile is None or built is None:
            self.report({"WARNING"}, "No tile found. Select or click a tile that Kernelwalk has built")
            return {"CANCELLED"}
        description = tile.describe(built.spec)
        scene.kernelwalk.steps.tile_description = description
        self.report({"INFO"}, description)
        steps, current = tile.find_steps(built.spec), step_navigation.get_nearest_step(scene)
        if steps:
            step_navigation.go_to_step(scene, next((step for step in steps if step > current), steps[0]))
        return {"FINISHED"}


def _selected_tile(context: Context) -> Tile | None:
    """Return the selected tile, or None if the selection is no tile."""
    active = context.active_object
    return tile_picking.get_selected_tile(active, context.scene) if active is not None and active.select_get() else None


def _tile_under_mouse(context: Context, event: Any) -> Tile | None:
    """Return the tile at the mouse in a 3D view, or None."""
    for area in context.screen.areas:
        if area.type != "VIEW_3D":
            continue
        hit_regions = [region for region in area.regions if _region_contains(region, event)]
        region = next((region for region in hit_regions if region.type == "WINDOW"), None)
        if region is None or len(hit_regions) > 1:  # the sidebar overlaps the view
            continue
        place = event.mouse_x - region.x, event.mouse_y - region.y
        view = region.data  # in a quad view, each region has its own
        origin = view3d_utils.region_2d_to_origin_3d(region, view, place)
        direction = view3d_utils.region_2d_to_vector_3d(region, view, place)
        if view.view_perspective == "CAMERA" and not view.is_perspective:  # there the origin is amid the clipping range
            origin -= view.perspective_matrix.inverted().col[2].xyz
        return tile_picking.pick_tile(context.scene, context.evaluated_depsgraph_get(), origin, direction)
    return None


def _region_contains(region: Any, event: Any) -> bool:
    x, y = event.mouse_x - region.x, event.mouse_y - region.y
    return bool(0 <= x < region.width and 0 <= y < region.height)


def draw_steps(layout: Any, context: Context) -> None:
    """Draw the controls of the current step, with its description and that of the tile that was shown last."""
    props = context.scene.kernelwalk.steps
    built, step = built_spec.get_built_walk(context.scene), step_navigation.get_current_step(context.scene)
    assert built is not None
    column = layout.column(align=True)
    row = column.row(align=True)
    buttons = [(target, icon) for target, _name, _description, icon, _number in STEP_ITEMS]
    for target, icon in buttons[:2]:
        row.operator(KERNELWALK_OT_step.bl_idname, text="", icon=icon).to = target
    (column if widgets.is_narrow(context) else row).prop(props, "step")
    for target, icon in buttons[2:]:
        row.operator(KERNELWALK_OT_step.bl_idname, text="", icon=icon).to = target
    column.prop(props, "progress", text=f"of {built.step_count:,}", slider=True)
    description = built.describe_step(step) if step is not None else "before the first or after the last step"
    widgets.draw_paragraph(layout, context, widgets.capitalize_first(description))
    if step is not None:
        widgets.draw_paragraph(layout, context, built.write_sum(step))
    layout.operator(KERNELWALK_OT_show_tile.bl_idname, icon="EYEDROPPER")
    if props.tile_description:
        widgets.draw_paragraph(layout, context, widgets.capitalize_first(props.tile_description), "INFO")


CLASSES = (KERNELWALK_OT_step, KERNELWALK_OT_show_tile)
