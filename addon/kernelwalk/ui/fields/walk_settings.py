# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of each walk of a scene: scene.kernelwalk of the first, scene.kernelwalk_more_walks of the others."""

from __future__ import annotations

import re
from typing import Any

import bpy

from ...scene import compat
from ...scene.builds.active_walk import get_active_number

MORE_WALKS = "kernelwalk_more_walks"
"""Name of the property of scenes."""


def list_settings(scene: bpy.types.Scene) -> list[Any]:
    """Return the settings of each walk of a scene."""
    return [scene.kernelwalk, *getattr(scene, MORE_WALKS)]


def active_settings(scene: bpy.types.Scene) -> Any:
    """Return the settings of the scene's active walk."""
    return settings_of(scene, get_active_number(scene))


def settings_of(scene: bpy.types.Scene, number: int) -> Any:
    """Return the settings of the walk with a number; those of the first walk if there is none."""
    return next((props for props in list_settings(scene) if props.number == number), scene.kernelwalk)


def find_settings(group: Any) -> Any:
    """Return the settings of the walk to which a group of settings belongs."""
    scene = group.id_data
    if not len(getattr(scene, MORE_WALKS)):
        return scene.kernelwalk
    place = re.match(rf"{MORE_WALKS}\[(\d+)\]", group.path_from_id())
    return scene.kernelwalk if place is None else getattr(scene, MORE_WALKS)[int(place[1])]


def read_stored(props: Any) -> dict[str, Any]:
    """Return all that a walk's settings store, without what is default: a fifth of the time of reading each."""
    name, _, place = props.path_from_id().rstrip("]").partition("[")
    stored = compat.read_stored(props.id_data, name)
    if stored is None:
        return {}
    values: dict[str, Any] = (stored[int(place)] if place else stored).to_dict()
    return values


def name_walk(props: Any) -> str:
    """Return the name of a walk, in the list of walks."""
    return props.name or f"Walk {props.number}"
