# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel holds beside a spec: the step that is shown, and where its own renders go."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import BoolProperty, FloatProperty, IntProperty, StringProperty

from ..scene import built_spec, compat


def _get_step(group: Any) -> int:
    return max(0, min(built_spec.get_nearest_step(group.id_data), built_spec.get_last_step(group.id_data)))


def _set_step(group: Any, step: int) -> None:
    built_spec.go_to_step(group.id_data, step)


def _get_progress(group: Any) -> float:
    return 100 * _get_step(group) / max(1, built_spec.get_last_step(group.id_data))


def _set_progress(group: Any, share: float) -> None:
    built_spec.go_to_step(group.id_data, round(share / 100 * built_spec.get_last_step(group.id_data)))


class KERNELWALK_PG_steps(bpy.types.PropertyGroup):
    """The step that the scene's frame shows, as properties: nothing of it is stored."""

    step: IntProperty(
        name="Step",
        description="The step that is shown, counted from 0; type or drag to show another",
        min=0,
        get=_get_step,
        set=_set_step,
        options={"SKIP_SAVE"},
    )
    share: FloatProperty(
        name="Way",
        description="How much of the walk is behind; drag to walk through it",
        subtype="PERCENTAGE",
        precision=0,
        min=0.0,
        max=100.0,
        get=_get_progress,
        set=_set_progress,
        options={"SKIP_SAVE"},
    )
    told: StringProperty(
        name="Tile", description="What the tile that was shown last is", options={"SKIP_SAVE", "HIDDEN"}
    )


class KERNELWALK_PG_output(bpy.types.PropertyGroup):
    """Where the panel's own renders go."""

    folder: StringProperty(
        name="Folder",
        description="Where pictures and films are written, under the title's name; // is beside this file",
        default="//",
        subtype="DIR_PATH",
        options=compat.RELATIVE_PATH_OPTIONS,
    )
    film: BoolProperty(
        name="Film (MP4)",
        description="Write the animation as a film; if off, as a folder of PNG pictures",
        default=True,
    )
