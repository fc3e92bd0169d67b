# SPDX-License-Identifier: GPL-3.0-or-later
"""All that differs between the Blender versions that Kernelwalk works with (4.2 to 5.2), each with its version."""

from __future__ import annotations

from typing import Any

import bpy

ENGINE_IDS = {
    "cycles": "CYCLES",
    "eevee": "BLENDER_EEVEE_NEXT" if bpy.app.version < (5, 0, 0) else "BLENDER_EEVEE",
}
"""The ids of the render engines: 4.2 to 4.5 had two EEVEEs."""


def translate_value(value: Any) -> Any:
    """A setting's value as this Blender calls it: another version may have written it into the file."""
    return ENGINE_IDS["eevee"] if value in ("BLENDER_EEVEE", "BLENDER_EEVEE_NEXT") else value


def escape_path(path: str) -> str:
    """A path for a render, in which braces are braces: since 4.5 they hold the names of variables."""
    return path if bpy.app.version < (4, 5, 0) else path.replace("{", "{{").replace("}", "}}")


RELATIVE_PATH_OPTIONS = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set()
"""The options of a property for a path that may begin with //; all could before 4.5."""


def ensure_node_tree(datablock: Any) -> bpy.types.NodeTree:
    """The node tree of a new material or world: made on demand before 5.0, there from the start since."""
    if not datablock.node_tree:
        datablock.use_nodes = True
    return datablock.node_tree


def ensure_fcurve(datablock: Any, path: str, index: int, name: str) -> Any:
    """A new F-curve on an ID: of the action's slot since 4.4, of the action itself before."""
    animation = datablock.animation_data or datablock.animation_data_create()
    if animation.action is None:
        animation.action = bpy.data.actions.new(name)
    action = animation.action
    if hasattr(action, "fcurve_ensure_for_datablock"):
        return action.fcurve_ensure_for_datablock(datablock, path, index=index)
    return action.fcurves.new(path, index=index)


def list_fcurves(datablock: Any) -> list[bpy.types.FCurve]:
    """The F-curves of an ID: in the channel bag of its slot since 5.0, in the action before."""
    animation = datablock.animation_data
    if animation is None or animation.action is None:
        return []
    action = animation.action
    if hasattr(action, "fcurves"):
        return list(action.fcurves)
    slot = animation.action_slot
    bags = [strip.channelbag(slot) for layer in action.layers for strip in layer.strips]
    return [curve for bag in bags if bag for curve in bag.fcurves]


def make_format_values(file_format: str) -> dict[str, str]:
    """The settings of a scene, by their paths, with which pictures ("PNG") or a film ("FFMPEG") are written: since 5.0
    the kind of medium comes first."""
    settings = {"render.image_settings.file_format": file_format}
    if bpy.app.version >= (5, 0, 0):
        return {"render.image_settings.media_type": "VIDEO" if file_format == "FFMPEG" else "IMAGE", **settings}
    return settings


def get_strips(editor: Any) -> Any:
    """The strips of a sequence editor: `sequences` before 5.0."""
    return editor.strips if hasattr(editor, "strips") else editor.sequences
