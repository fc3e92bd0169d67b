# SPDX-License-Identifier: GPL-3.0-or-later
"""The active walk follows the active object: a click on anything of a walk shows that walk in the panel.

Blender tells each choice of an active object to its message bus, which forgets its subscribers with each file.
"""

from __future__ import annotations

from typing import Any

import bpy

from ...scene.builds import ownership
from ...scene.builds.active_walk import get_active_number, set_active_number
from ..steps import step_redraw
from ..toolkit.handlers import Handlers, add_handlers, remove_handlers

_owner = object()
"""Owner of the subscription."""


def follow_active_object(*_: Any) -> None:
    """Make the walk of the active object the active one, in the context's scene."""
    context: Any = bpy.context
    scene, chosen = context.scene, context.view_layer.objects.active
    number = None if chosen is None or scene.library is not None else ownership.find_number(chosen, scene)
    if number is not None and number != get_active_number(scene):
        set_active_number(scene, number)
        step_redraw.redraw_panels(scene)


def _subscribe(*_: Any) -> None:
    bpy.msgbus.clear_by_owner(_owner)
    key: Any = (bpy.types.LayerObjects, "active")  # the stubs want an instance
    bpy.msgbus.subscribe_rna(key=key, owner=_owner, args=(), notify=follow_active_object)


HANDLERS: Handlers = {"load_post": _subscribe}


def register() -> None:
    _subscribe()
    add_handlers(HANDLERS)


def unregister() -> None:
    remove_handlers(HANDLERS)
    bpy.msgbus.clear_by_owner(_owner)
