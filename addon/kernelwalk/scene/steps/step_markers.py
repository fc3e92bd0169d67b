# SPDX-License-Identifier: GPL-3.0-or-later
"""Markers on the timeline at the steps of a walk, by which an editor can cut.

A scene stores the names and frames of the markers that were made. A marker that the user has moved, renamed or bound to
a camera is the user's from then on.
"""

from __future__ import annotations

import json

import bpy

from ..builds.active_walk import FIRST, get_active_number, make_key
from ..builds.built_spec import get_built_walk
from ..builds.ownership import TAG

MARKERS_KEY = f"{TAG}_markers"
"""Key of a scene: [name, frame] of each marker of a walk, as JSON. Markers themselves can hold no key since 5.0."""

MAX_MARKERS = 1000
"""Most markers of a walk. In a longer one, every second step has a marker, or every third, and so on."""

Place = tuple[str, int]
"""Name and frame of a marker."""


def show_markers(scene: bpy.types.Scene) -> None:
    """Make a marker at each step of the scene's active walk, in place of those of an earlier build. What fits stays."""
    built, number = get_built_walk(scene), get_active_number(scene)
    prefix = "" if number == FIRST else f"Walk {number} "
    wanted: dict[Place, None] = {}
    if built is not None:
        stride = -(-built.step_count // MAX_MARKERS)
        steps = range(0, built.step_count, stride)
        wanted = {(f"{prefix}Step {step}", built.spec.start_frame(step)): None for step in steps}
    made = _list_made(scene)
    for place, marker in made.items():
        if place not in wanted:
            scene.timeline_markers.remove(marker)
    present = {(marker.name, marker.frame) for marker in scene.timeline_markers}
    missing = [place for place in wanted if place not in present]
    for name, frame in missing:
        scene.timeline_markers.new(name, frame=frame)
    kept = [place for place in wanted if place in made]
    if kept or missing:
        scene[_get_key(scene)] = json.dumps(kept + missing, separators=(",", ":"))
    else:
        _forget_made(scene)


def remove_markers(scene: bpy.types.Scene) -> None:
    """Remove the markers that were made of a scene's active walk. Those that the user has made or changed stay."""
    for marker in _list_made(scene).values():
        scene.timeline_markers.remove(marker)
    _forget_made(scene)


def has_markers(scene: bpy.types.Scene) -> bool:
    """Return whether markers were made of a scene's active walk."""
    return scene.get(_get_key(scene)) is not None


def _get_key(scene: bpy.types.Scene) -> str:
    return make_key(MARKERS_KEY, get_active_number(scene))


def _forget_made(scene: bpy.types.Scene) -> None:
    scene.pop(_get_key(scene), None)  # type: ignore[attr-defined]  # the stubs miss it on every datablock


def _list_made(scene: bpy.types.Scene) -> dict[Place, bpy.types.TimelineMarker]:
    """Return the markers that were made and that nobody has changed since."""
    stored = {(name, frame) for name, frame in json.loads(scene.get(_get_key(scene), "[]"))}
    markers = {(marker.name, marker.frame): marker for marker in scene.timeline_markers if marker.camera is None}
    return {place: marker for place, marker in markers.items() if place in stored}
