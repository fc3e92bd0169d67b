# SPDX-License-Identifier: GPL-3.0-or-later
"""The tool that shows the steps that use a tile. It stays active until Esc, a right click, or its button ends it."""

from __future__ import annotations

from typing import Any

import bpy
from bpy_extras import view3d_utils

from ...scene.builds import active_walk, built_spec
from ...scene.steps import tile_picking
from ..fields.walk_settings import active_settings
from ..toolkit import widgets
from ..toolkit.operator_utils import Context, GeneratedSceneOperator, Result
from .tile_mark import TileMark

HINT = "Click tiles to see the steps that use them"
AGAIN = "Click it again for the next. "
END = "Esc or right click: end"
LONGEST_COUNT = ". 999 of 999 steps: step 99,999"
"""Longest end of a tile's description, after that of a step."""

_marks: list[TileMark] = []
"""The mark of the active tool; empty while the tool is not active."""


class KERNELWALK_OT_show_tile(GeneratedSceneOperator, bpy.types.Operator):
    """Show the step that computes an output tile, or in turn the steps that read an input tile.
    Click tiles in the 3D views, or select a tile first (its object, or its face in Edit Mode).
    Esc, a right click or this button ends it"""

    bl_idname = "kernelwalk.show_tile"
    bl_label = "Show This Tile"

    @classmethod
    def unregister(cls) -> None:
        remove_mark()

    def invoke(self, context: Context, _event: bpy.types.Event) -> Result:
        if _marks:
            remove_mark()  # the running tool ends with the next event
            return {"FINISHED"}
        self.mark = TileMark(context.scene.session_uid)
        self.is_over_view = False
        _marks.append(self.mark)
        active_settings(context.scene).steps.tile_description = ""
        context.workspace.status_text_set(f"{HINT}. {END}")
        context.window_manager.modal_handler_add(self)
        picked = _selected_tile(context)
        if picked is not None:
            self._show_tile(context, picked)
        return {"RUNNING_MODAL"}

    def modal(self, context: Context, event: bpy.types.Event) -> Result:
        region = _find_region(context, event)
        if self.mark not in _marks or event.type == "ESC" or (event.type == "RIGHTMOUSE" and region is not None):
            self.cancel(context)
            return {"FINISHED"}
        self._set_cursor(context, region is not None)
        if region is None or event.type != "LEFTMOUSE" or event.alt:  # Alt turns the view where a mouse has two buttons
            return {"PASS_THROUGH"}
        if event.value == "PRESS":
            self._show_tile(context, _tile_under_mouse(context, event, region))
        return {"RUNNING_MODAL"}

    def cancel(self, context: Context) -> None:
        if self.mark in _marks:
            remove_mark()
        self._set_cursor(context, False)
        if context.workspace is not None:
            context.workspace.status_text_set(None)
        _redraw(context)

    def execute(self, context: Context) -> Result:
        return self._show_tile(context, _selected_tile(context))

    def _set_cursor(self, context: Context, is_over_view: bool) -> None:
        if is_over_view == self.is_over_view or context.window is None:
            return
        self.is_over_view = is_over_view
        if is_over_view:
            context.window.cursor_modal_set("EYEDROPPER")
        else:
            context.window.cursor_modal_restore()

    def _show_tile(self, context: Context, picked: tile_picking.Picked | None) -> Result:
        """Show a step that uses a tile. The tile's walk becomes the active one."""
        scene = context.scene
        if picked is not None and picked[0] != active_walk.get_active_number(scene):
            active_walk.set_active_number(scene, picked[0])
        built = built_spec.get_built_walk(scene)
        if picked is None or built is None:
            self.report({"WARNING"}, "There is no tile. Select or click a tile that Kernelwalk has built")
            return {"CANCELLED"}
        tile = picked[1]
        spec = tile.find_spec(built.spec)
        steps, description = tile.find_steps(spec), tile.describe(spec)
        if steps:
            step = next((step for step in steps if spec.start_frame(step) > scene.frame_current), steps[0])
            scene.frame_set(spec.start_frame(step))
            place = f"{steps.index(step) + 1:,} of {len(steps):,} steps: " if len(steps) > 1 else ""
            description += f". {widgets.capitalize_first(f'{place}step {step:,}')}"
        active_settings(scene).steps.tile_description = description
        self.report({"INFO"}, widgets.capitalize_first(description))
        for mark in _marks:
            mark.show(picked)
            text = f"{widgets.capitalize_first(description)}. {AGAIN if len(steps) > 1 else ''}{END}"
            context.workspace.status_text_set(text)
        _redraw(context)
        return {"FINISHED"}


def remove_mark() -> None:
    """Remove the mark, whose tool ends with its next event."""
    while _marks:
        _marks.pop().remove()


def _redraw(context: Context) -> None:
    for area in context.screen.areas if context.screen is not None else ():
        if area.type == "VIEW_3D":
            area.tag_redraw()


def _selected_tile(context: Context) -> tile_picking.Picked | None:
    """Return the selected tile, or None if the selection is no tile."""
    active = context.active_object
    return tile_picking.get_selected_tile(active, context.scene) if active is not None and active.select_get() else None


def _find_region(context: Context, event: Any) -> Any:
    """Return the region of a 3D view that is at the mouse, or None if there is none, or a sidebar over it."""
    for area in context.screen.areas:
        if area.type == "VIEW_3D":
            hit = [region for region in area.regions if _region_contains(region, event)]
            if len(hit) == 1 and hit[0].type == "WINDOW":
                return hit[0]
    return None


def _region_contains(region: Any, event: Any) -> bool:
    x, y = event.mouse_x - region.x, event.mouse_y - region.y
    return bool(0 <= x < region.width and 0 <= y < region.height)


def _tile_under_mouse(context: Context, event: Any, region: Any) -> tile_picking.Picked | None:
    """Return the tile at the mouse in a region of a 3D view, or None."""
    place = event.mouse_x - region.x, event.mouse_y - region.y
    view = region.data  # in a quad view, each region has its own
    origin = view3d_utils.region_2d_to_origin_3d(region, view, place)
    direction = view3d_utils.region_2d_to_vector_3d(region, view, place)
    if view.view_perspective == "CAMERA" and not view.is_perspective:  # there the origin is amid the clipping range
        origin -= view.perspective_matrix.inverted().col[2].xyz
    return tile_picking.pick_tile(context.scene, context.evaluated_depsgraph_get(), origin, direction)


def draw_tile_tool(layout: Any, context: Context) -> None:
    """Draw the tool's button."""
    icon = widgets.choose_button_icon(context, "EYEDROPPER")
    layout.operator(KERNELWALK_OT_show_tile.bl_idname, icon=icon, depress=bool(_marks))


def describe_tile(scene: bpy.types.Scene) -> str:
    """Return the description of the last tile, or a hint, while the tool is active; else an empty text."""
    return (active_settings(scene).steps.tile_description or HINT) if _marks else ""


CLASSES = (KERNELWALK_OT_show_tile,)
