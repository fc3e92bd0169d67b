# SPDX-License-Identifier: GPL-3.0-or-later
"""Every difference between the supported versions of Blender (4.2 to 5.2), with the version that made it."""

from __future__ import annotations

from typing import Any

import bpy

ENGINE_IDS = {
    "cycles": "CYCLES",
    "eevee": "BLENDER_EEVEE_NEXT" if bpy.app.version < (5, 0, 0) else "BLENDER_EEVEE",
}
"""Identifiers of the render engines; versions 4.2 to 4.5 named the new EEVEE in another way."""


ENDS_WITH_MODULE = not bpy.app.binary_path and bpy.app.version < (5, 0, 0)
"""True if Blender is a Python package that ends when its module `bpy` is freed. Each function that Blender holds keeps
the module: a panel's, a handler. Python then exits without Blender's end, and 4.5 hangs, 4.2 crashes. Since 5.0,
Blender always ends with Python."""


def translate_value(value: Any) -> Any:
    """Return a setting's value as this Blender names it: another version may have saved it in the file."""
    return ENGINE_IDS["eevee"] if value in ("BLENDER_EEVEE", "BLENDER_EEVEE_NEXT") else value


TUBES_NEED_RADIUS = bpy.app.version >= (4, 5, 0)
"""Whether the node Curve to Mesh has to be given the radius of points, which it reads itself before 4.5."""


def escape_path(path: str) -> str:
    """Escape the braces in an output path, which since 4.5 enclose names of variables."""
    return path if bpy.app.version < (4, 5, 0) else path.replace("{", "{{").replace("}", "}}")


RELATIVE_PATH_OPTIONS = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set()
"""Options of a property for a path that may begin with //. Before 4.5 every path could."""


def ensure_node_tree(datablock: Any) -> bpy.types.NodeTree:
    """Return the node tree of a new material or world. Before 5.0, Blender makes it on demand."""
    if not datablock.node_tree:
        datablock.use_nodes = True
    return datablock.node_tree


def uses_nodes(world: bpy.types.World) -> bool:
    """Return whether a world's nodes are what it shows. Since 5.0 they always are."""
    return bpy.app.version >= (5, 0, 0) or bool(world.use_nodes)


def ensure_fcurve(datablock: Any, path: str, index: int, name: str) -> Any:
    """Add an F-curve to a datablock: to its action's slot since 4.4, to the action itself before."""
    animation = datablock.animation_data or datablock.animation_data_create()
    if animation.action is None:
        animation.action = bpy.data.actions.new(name)
    action = animation.action
    if hasattr(action, "fcurve_ensure_for_datablock"):
        return action.fcurve_ensure_for_datablock(datablock, path, index=index)
    return action.fcurves.new(path, index=index)


def list_fcurves(datablock: Any) -> list[bpy.types.FCurve]:
    """Return the F-curves of a datablock: since 5.0 from the channel bag of its slot, before from its action."""
    animation = datablock.animation_data
    if animation is None or animation.action is None:
        return []
    action = animation.action
    if hasattr(action, "fcurves"):
        return list(action.fcurves)
    slot = animation.action_slot
    bags = [strip.channelbag(slot) for layer in action.layers for strip in layer.strips]
    return [fcurve for bag in bags if bag for fcurve in bag.fcurves]


def read_stored(datablock: Any, name: str) -> Any:
    """Return what a datablock stores of an add-on's property: None where all of it is default.

    Since 5.0 that is kept apart from custom properties.
    """
    stored = datablock.bl_system_properties_get() if hasattr(datablock, "bl_system_properties_get") else datablock
    return None if stored is None else stored.get(name)


def make_format_values(file_format: str) -> dict[str, str]:
    """Return scene settings, by path, for writing images ("PNG") or a video ("FFMPEG").

    Since 5.0 the media type has to be set before the format.
    """
    settings = {"render.image_settings.file_format": file_format}
    if bpy.app.version >= (5, 0, 0):
        return {"render.image_settings.media_type": "VIDEO" if file_format == "FFMPEG" else "IMAGE", **settings}
    return settings


def get_strips(editor: Any) -> Any:
    """Return the strips of a sequence editor, which were called `sequences` before 5.0."""
    return editor.strips if hasattr(editor, "strips") else editor.sequences
