# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of the user and other walks around a walk: what the panel says of them, and the operators that part them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import bpy

from ...scene.builds import built_extent, ownership
from ...scene.places import free_place, own_scene, placement, user_objects
from ...scene.setup import startup_objects, viewport
from ..fields.walk_settings import list_settings
from ..settings import setup_properties
from ..toolkit import widgets
from ..toolkit.operator_utils import Context, Result, WalkOperator, is_editable
from ..toolkit.scene_cache import SceneCache
from . import view_history
from .walk_operators import keep_active_settings, remove_settings

MAX_NAMES = 3
"""Most objects that the panel names in one line."""


WIDE = 300
"""Width of a sidebar, in unscaled pixels, from which on two buttons beside each other show their whole names."""


@dataclass(frozen=True)
class Surroundings:
    """Names of the objects that Kernelwalk has hidden, and of those in the walk's way."""

    hidden: tuple[str, ...]
    obstacles: user_objects.Obstacles


_cache: SceneCache[Surroundings] = SceneCache(
    "depsgraph_update_post", "frame_change_post", "load_post", "undo_post", "redo_post"
)


class KERNELWALK_OT_show_hidden(bpy.types.Operator):
    """Show the objects of the start-up file again, which Generate has hidden"""

    bl_idname = "kernelwalk.show_hidden"
    bl_label = "Show Again"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        if not is_editable(cls, context.scene):
            return False
        if not get_surroundings(context).hidden:
            cls.poll_message_set("Generate has hidden nothing in this scene")
            return False
        return True

    def execute(self, context: Context) -> Result:
        startup_objects.show_hidden_objects(context.scene)
        _cache.forget()
        return {"FINISHED"}


class KERNELWALK_OT_move_to_own_scene(WalkOperator, bpy.types.Operator):
    """Move the walk to a new scene that holds nothing else, and show that scene. This scene gets its settings back"""

    bl_idname = "kernelwalk.move_to_own_scene"
    bl_label = "Move to Own Scene"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Context) -> Result:
        first = context.scene
        own = own_scene.move_to_own_scene(first)
        if len(list_settings(first)) > 1:
            keep_active_settings(own)
            remove_settings(first)
            own.kernelwalk.setup = True
        setup_properties.set_up_camera(own.kernelwalk)
        if context.window:
            context.window.scene = own
        self.report({"INFO"}, f"The walk is in the scene {own.name!r} now")
        _cache.forget()
        return {"FINISHED"}


class KERNELWALK_OT_place_beside(WalkOperator, bpy.types.Operator):
    """Move the walk, with its camera and its lights, to a place where no other object is among its tiles or in its
    picture. The empty "Kernelwalk Origin" carries it and can be moved by hand"""

    bl_idname = "kernelwalk.place_beside"
    bl_label = "Place Beside"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Context) -> Result:
        root = ownership.find_root_collections(context.scene)[0]
        if built_extent.load_extent(root) is None:
            self.report({"ERROR"}, "An earlier version has built this walk. Press Generate first")
            return {"CANCELLED"}
        location = free_place.find_free_location(context.scene, context.evaluated_depsgraph_get())
        move_walk_in_views(context, root, location)
        _cache.forget()
        return {"FINISHED"}


def move_walk_in_views(context: Context, root: bpy.types.Collection, location: Any) -> None:
    """Move a walk to a location (3,), and the context's views with it."""
    with view_history.noting_views():
        before = placement.get_location(root)
        placement.move_walk(root, location)
        if context.screen:
            viewport.move_views(context.screen, location - before)


def get_surroundings(context: Context) -> Surroundings:
    """Return what stands around the walk of the context's scene."""
    return _cache.get(context.scene, lambda: _find_surroundings(context))


def _find_surroundings(context: Context) -> Surroundings:
    hidden = tuple(item.name for item in startup_objects.list_hidden_objects(context.scene))
    return Surroundings(hidden, user_objects.find_obstacles(context.scene, context.evaluated_depsgraph_get()))


def describe_hidden(names: Sequence[str]) -> str:
    """Return a sentence about objects of the start-up file.

    >>> describe_hidden(["Cube", "Light"])
    'Cube and Light of the start-up file are hidden'
    """
    return f"{format_names(names)} of the start-up file {'is' if len(names) == 1 else 'are'} hidden"


def describe_obstacles(obstacles: user_objects.Obstacles) -> list[str]:
    """Return a sentence for each way in which objects stand in a walk's way."""
    verbs = (
        (obstacles.among_tiles, "stands among the tiles", "stand among the tiles"),
        (obstacles.in_picture, "is in the picture", "are in the picture"),
        (obstacles.lights, "shines on the walk", "shine on the walk"),
    )
    return [f"{format_names(names)} {one if len(names) == 1 else many}" for names, one, many in verbs if names]


def format_names(names: Sequence[str]) -> str:
    """Return names as a list in words.

    >>> format_names(["Ape", "Wall", "Tree", "Bird", "Dog"])
    'Ape, Wall and 3 more'
    """
    shown = list(names) if len(names) <= MAX_NAMES else [*names[: MAX_NAMES - 1], f"{len(names) - MAX_NAMES + 1} more"]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def draw_surroundings(layout: Any, context: Context) -> None:
    """Draw what Generate has hidden and what stands in the walk's way, with the buttons that change it."""
    surroundings = get_surroundings(context)
    if surroundings.hidden:
        box = layout.box()
        widgets.draw_paragraph(box, context, describe_hidden(surroundings.hidden), "INFO", indent=1)
        box.operator(KERNELWALK_OT_show_hidden.bl_idname, icon=widgets.choose_button_icon(context, "HIDE_OFF"))
    obstacles = surroundings.obstacles
    if obstacles:
        box = layout.box()
        for text in describe_obstacles(obstacles):
            widgets.draw_paragraph(box, context, text, "INFO", indent=1)
        has_both = bool(obstacles.among_tiles or obstacles.in_picture)  # a light shines everywhere
        buttons = (box.column if widgets.is_narrow(context) else box.row)(align=True)
        has_room = widgets.region_width(context) >= WIDE or not (has_both or widgets.is_narrow(context))
        text = KERNELWALK_OT_move_to_own_scene.bl_label if has_room else "To Own Scene"
        buttons.operator(KERNELWALK_OT_move_to_own_scene.bl_idname, text=text)
        if has_both:
            buttons.operator(KERNELWALK_OT_place_beside.bl_idname)


register, unregister = _cache.register, _cache.unregister

CLASSES = (KERNELWALK_OT_show_hidden, KERNELWALK_OT_move_to_own_scene, KERNELWALK_OT_place_beside)
