# SPDX-License-Identifier: GPL-3.0-or-later
"""The default template of the preferences, applied to scenes whose settings nobody has changed."""

from __future__ import annotations

from typing import Any

import bpy

from ...core.spec import templates
from ..fields.preferences import get_preferences
from ..toolkit.handlers import Handlers, add_handlers, remove_handlers


def apply_default_template() -> None:
    """Set the default template in every local scene whose settings are unchanged."""
    template = get_preferences().template
    for scene in bpy.data.scenes:
        if template != templates.DEFAULT_TEMPLATE and not scene.kernelwalk.is_edited and scene.library is None:
            scene.kernelwalk.look.template = template


def _after_load(*_: Any) -> None:
    apply_default_template()


HANDLERS: Handlers = {"load_post": _after_load}


def register() -> None:
    add_handlers(HANDLERS)
    # while Blender enables add-ons, the file's data cannot be accessed yet
    bpy.app.timers.register(apply_default_template, first_interval=0, persistent=True)


def unregister() -> None:
    remove_handlers(HANDLERS)
    if bpy.app.timers.is_registered(apply_default_template):
        bpy.app.timers.unregister(apply_default_template)
