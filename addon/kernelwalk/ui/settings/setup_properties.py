# SPDX-License-Identifier: GPL-3.0-or-later
"""The switches of what Generate sets up in a scene, beside the walk itself."""

from __future__ import annotations

from typing import Any

from bpy.props import BoolProperty

from ...scene.setup.scene_setup import SETUP_PARTS, SceneSetup
from ..fields.properties import NOTIFY_CHANGED

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


def read_setup(props: Any) -> SceneSetup:
    """Return what the settings of a walk set up."""
    parts = [part for part in SETUP_PARTS if props.setup and getattr(props, f"{PREFIX}{part}")]
    return SceneSetup(frozenset(parts), props.lights)


def write_setup(setup: SceneSetup, props: Any) -> None:
    """Set the switches of a walk to what is set up. Where nothing is, they show what *Set Up Scene* would."""
    props.setup, props.lights = bool(setup.parts), setup.lights
    for part in SETUP_PARTS:
        setattr(props, f"{PREFIX}{part}", part in setup.parts or not setup.parts)


def set_up_camera(props: Any) -> None:
    """Switch on that a walk sets up its scene's camera. Other parts are set up only if they were."""
    if "camera" in read_setup(props).parts:
        return
    if not props.setup:
        for part in SETUP_PARTS:
            setattr(props, f"{PREFIX}{part}", False)
    setattr(props, f"{PREFIX}camera", True)
    props.setup = True
