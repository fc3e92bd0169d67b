# SPDX-License-Identifier: GPL-3.0-or-later
"""State of the panel that is not in a spec: the step that the scene shows, and the folder of renders."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from ...scene import compat
from ...scene.builds import ownership
from ...scene.builds.active_walk import acting_on
from ...scene.places import placement, walk_scale
from ...scene.steps import step_markers, step_navigation
from ..fields.properties import on_edit
from ..fields.walk_settings import find_settings


def _acting_on_own(group: Any) -> Any:
    """Return a block in which the walk of a group of settings is the active one."""
    return acting_on(group.id_data, find_settings(group).number)


def _get_last_step(group: Any) -> int:
    with _acting_on_own(group):
        return step_navigation.get_last_step(group.id_data)


def _get_step(group: Any) -> int:
    with _acting_on_own(group):
        return max(0, min(step_navigation.get_nearest_step(group.id_data), _get_last_step(group)))


def _set_step(group: Any, step: int) -> None:
    with _acting_on_own(group):
        step_navigation.go_to_step(group.id_data, step)


def _get_progress(group: Any) -> float:
    return 100 * _get_step(group) / max(1, _get_last_step(group))


def _set_progress(group: Any, percent: float) -> None:
    _set_step(group, round(percent / 100 * _get_last_step(group)))


@on_edit
def _update_markers(group: Any, _context: Any) -> None:
    with _acting_on_own(group):
        if group.markers:
            step_markers.show_markers(group.id_data)
        else:
            step_markers.remove_markers(group.id_data)


class KERNELWALK_PG_steps(bpy.types.PropertyGroup):
    """The step of the scene's current frame, as properties that are computed, not stored; and markers at all steps."""

    step: IntProperty(
        name="Step",
        description="The step that is shown. Steps count from 0, as rows and columns do. Type or drag to show another",
        min=0,
        get=_get_step,
        set=_set_step,
        options={"SKIP_SAVE"},
    )
    progress: FloatProperty(
        name="Progress",
        description="Share of the walk up to the step that is shown. Drag to move through the walk",
        subtype="PERCENTAGE",
        precision=0,
        min=0.0,
        max=100.0,
        get=_get_progress,
        set=_set_progress,
        options={"SKIP_SAVE"},
    )
    markers: BoolProperty(
        name="Markers at Steps",
        description="Mark the frame at which each step begins on the timeline, as Step 0, Step 1 and so on. A walk of "
        f"more than {step_markers.MAX_MARKERS:,} steps has a marker at every second step, every third, and so on",
        update=_update_markers,
    )
    tile_description: StringProperty(
        name="Tile", description="Description of the tile that was shown last", options={"SKIP_SAVE", "HIDDEN"}
    )


def _get_scale(group: Any) -> float:
    with _acting_on_own(group):
        roots = ownership.find_root_collections(group.id_data)
    origin = placement.get_origin(roots[0]) if roots else None
    if origin is None:
        return 1.0
    return walk_scale.get_scale(roots[0]) or sum(origin.scale) / 3


def _set_scale(group: Any, scale: float) -> None:
    with _acting_on_own(group):
        roots = ownership.find_root_collections(group.id_data)
    if roots:
        walk_scale.scale_walk(roots[0], scale)


class KERNELWALK_PG_place(bpy.types.PropertyGroup):
    """The scale of the walk, as a property that is computed, not stored."""

    scale: FloatProperty(
        name="Scale",
        description="Size of the walk in the scene. Its own camera and lights are scaled with it, and show the same",
        min=0.001,
        max=1000.0,
        soft_min=0.01,
        soft_max=100.0,
        step=10,
        precision=3,
        get=_get_scale,
        set=_set_scale,
        options={"SKIP_SAVE"},
    )


class KERNELWALK_PG_output(bpy.types.PropertyGroup):
    """Folder and format of the panel's renders."""

    folder: StringProperty(
        name="Folder",
        description="Folder of pictures and films, whose names are the title; // is the folder of this file",
        default="//",
        subtype="DIR_PATH",
        options=compat.RELATIVE_PATH_OPTIONS,
    )
    film: BoolProperty(
        name="Film (MP4)",
        description="Write the walk as an MP4 film; if off, as a folder of PNG pictures",
        default=True,
    )
    device: EnumProperty(
        name="Device",
        description="Device on which Cycles renders. A GPU is faster, and may change a few pixels by a little",
        items=[
            ("PREFERENCES", "As in Preferences", "The devices that Blender's preferences name under System, if any"),
            ("CPU", "CPU", "The same pixels on every machine"),
        ],
        default="PREFERENCES",
    )
