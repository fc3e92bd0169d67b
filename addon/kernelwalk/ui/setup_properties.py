# SPDX-License-Identifier: GPL-3.0-or-later
"""The switches of what Generate sets up in a scene, beside the walk itself."""

from __future__ import annotations

from typing import Any

from bpy.props import BoolProperty

from ..scene.scene_setup import SETUP_PARTS, SceneSetup
from .properties import NOTIFY_CHANGED

PREFIX = "setup_"

MEANINGS = {
    "camera": "Make the walk's camera that of the scene, with the title and all else that is fixed in its picture",
    "world": "Use the template's world",
    "frames": "Set the scene's frame range and frame rate to the walk's",
    "render": "Set the render engine, its samples and noise, the resolution and the color management",
}
"""Part of a scene → tooltip of its switch."""

PROPERTIES: dict[str, Any] = {
    **{
        f"{PREFIX}{part}": BoolProperty(
            name=part.capitalize(),
            description=f"{meaning}. If off, the scene has its own",
            default=True,
            **NOTIFY_CHANGED,
        )
        for part, meaning in MEANINGS.items()
    },
    "lights": BoolProperty(
        name="Lights",
        description="Show the template's lights and floor, also with Set Up Scene off. If off, your own light the walk",
        default=True,
        **NOTIFY_CHANGED,
    ),
}


COLUMN_WIDTHS = {5: 290, 3: 220, 2: 156}
"""Number of switches in a row → width of a sidebar, in unscaled pixels, from which on their words fit."""


def read_setup(props: Any) -> SceneSetup:
    """Return what the settings of a walk set up."""
    parts = [part for part in SETUP_PARTS if props.setup and getattr(props, f"{PREFIX}{part}")]
    return SceneSetup(frozenset(parts), props.lights)


def set_up_camera(props: Any) -> None:
    """Switch on that a walk sets up its scene's camera. Other parts are set up only if they were."""
    if "camera" in read_setup(props).parts:
        return
    if not props.setup:
        for part in SETUP_PARTS:
            setattr(props, f"{PREFIX}{part}", False)
    setattr(props, f"{PREFIX}camera", True)
    props.setup = True


def count_columns(width: float) -> int:
    """Return the number of switches for which a row of a sidebar has room.

    >>> [count_columns(width) for width in (142, 160, 230, 292)]
    [1, 2, 3, 5]
    """
    return next((columns for columns, least in COLUMN_WIDTHS.items() if width >= least), 1)


def draw_setup(layout: Any, props: Any, width: float) -> None:
    """Draw the switches in as many rows as a sidebar of this width, in unscaled pixels, needs."""
    switches = layout.row(align=True)
    columns = count_columns(width)
    if columns <= len(SETUP_PARTS):
        switches = layout.grid_flow(row_major=True, columns=columns, even_columns=True, align=True)
    for part in SETUP_PARTS:
        switch = switches.row(align=True)
        switch.enabled = props.setup
        switch.prop(props, f"{PREFIX}{part}", toggle=True)
    switches.prop(props, "lights", toggle=True)
