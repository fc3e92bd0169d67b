# SPDX-License-Identifier: GPL-3.0-or-later
"""The default look of the preferences: what scenes begin with whose settings nobody has touched."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.handlers import persistent

from ..core.spec import templates
from .preferences import get_preferences


def apply_default_template() -> None:
    """Give the default look to every scene that may have it."""
    template = get_preferences().template
    for scene in bpy.data.scenes:
        if template != templates.DEFAULT_TEMPLATE and not scene.kernelwalk.touched and scene.library is None:
            scene.kernelwalk.look.template = template


@persistent
def _after_load(*_: Any) -> None:
    apply_default_template()


def register() -> None:
    bpy.app.handlers.load_post.append(_after_load)
    bpy.app.timers.register(
        apply_default_template, first_interval=0
    )  # while add-ons are enabled the file is out of reach


def unregister() -> None:
    bpy.app.handlers.load_post.remove(_after_load)
    if bpy.app.timers.is_registered(apply_default_template):
        bpy.app.timers.unregister(apply_default_template)
