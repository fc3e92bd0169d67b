# SPDX-License-Identifier: GPL-3.0-or-later
"""Scrubbing by meaning: steps instead of frames, and from a tile to the steps that light it."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import EnumProperty
from bpy_extras import view3d_utils

from ..core.describe.tile_query import Tile
from ..scene import built_spec
from .operator_utils import NOTHING_GENERATED, Context, Result

STEP_ITEMS: list[tuple[str, str, str, Any, int]] = [
    ("FIRST", "First Step", "Show the first step", "REW", 0),
    ("PREVIOUS", "Previous Step", "Show the step before this one", "PREV_KEYFRAME", 1),
    ("NEXT", "Next Step", "Show the step after this one", "NEXT_KEYFRAME", 2),
    ("LAST", "Last Step", "Show the last step", "FF", 3),
]


class _GeneratedSceneOperator:
    """Operators for a scene in which something stands."""

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
    to: EnumProperty(name="To", description="Which step to show", items=STEP_ITEMS, default="NEXT")

    @classmethod
    def description(cls, _context: Context, properties: Any) -> str:
        return next(way[2] for way in STEP_ITEMS if way[0] == properties.to)

    def execute(self, context: Context) -> Result:
        scene = context.scene
        now, last = built_spec.get_nearest_step(scene), built_spec.get_last_step(scene)
        built_spec.go_to_step(scene, {"FIRST": 0, "PREVIOUS": now - 1, "NEXT": now + 1, "LAST": last}[self.to])
        return {"FINISHED"}


class KERNELWALK_OT_show_tile(_GeneratedSceneOperator, bpy.types.Operator):
    """Show when a tile is used: the step that computes an output, or one after the other those that read a tile below.
    Takes the tile that is selected (its object, or its face in Edit Mode), or else the one that you click"""

    bl_idname = "kernelwalk.show_tile"
    bl_label = "Show This Tile"

    def invoke(self, context: Context, _event: bpy.types.Event) -> Result:
        if _selected_tile(context) is not None:
            return self.execute(context)
        context.window.cursor_modal_set("EYEDROPPER")
        context.workspace.status_text_set("Click a tile to show when it is used. Esc or right click: cancel")
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
        stands = built_spec.get_built_walk(scene)
        if tile is None or stands is None:
            self.report({"WARNING"}, "There is no tile. Select one of Kernelwalk's, or click on one")
            return {"CANCELLED"}
        scene.kernelwalk.steps.told = tile.describe(stands.spec)
        self.report({"INFO"}, scene.kernelwalk.steps.told)
        lit, now = tile.find_steps(stands.spec), built_spec.get_nearest_step(scene)
        if lit:
            built_spec.go_to_step(scene, next((step for step in lit if step > now), lit[0]))
        return {"FINISHED"}


def _selected_tile(context: Context) -> Tile | None:
    """The tile that is selected, if it is one."""
    active = context.active_object
    return built_spec.get_selected_tile(active, context.scene) if active is not None and active.select_get() else None


def _tile_under_mouse(context: Context, event: Any) -> Tile | None:
    """The tile that is drawn under the mouse, if it is over a 3D view."""
    for area in context.screen.areas:
        if area.type != "VIEW_3D":
            continue
        over = [each for each in area.regions if _region_contains(each, event)]
        region = next((each for each in over if each.type == "WINDOW"), None)
        if region is None or len(over) > 1:  # the sidebar lies over the view
            continue
        place = event.mouse_x - region.x, event.mouse_y - region.y
        view = region.data  # of the quad view, if there are four
        origin = view3d_utils.region_2d_to_origin_3d(region, view, place)
        direction = view3d_utils.region_2d_to_vector_3d(region, view, place)
        return built_spec.pick_tile(context.scene, context.evaluated_depsgraph_get(), origin, direction)
    return None


def _region_contains(region: Any, event: Any) -> bool:
    x, y = event.mouse_x - region.x, event.mouse_y - region.y
    return bool(0 <= x < region.width and 0 <= y < region.height)


CLASSES = (KERNELWALK_OT_step, KERNELWALK_OT_show_tile)
