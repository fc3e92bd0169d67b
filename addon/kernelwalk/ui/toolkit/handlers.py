# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions that Blender calls at its events, such as an undo, while the add-on is enabled. Files hold none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import bpy
from bpy.app.handlers import persistent

Handlers = Mapping[str, Callable[..., None]]
"""Functions by the names of Blender's lists in bpy.app.handlers."""


def add_handlers(handlers: Handlers) -> None:
    """Have Blender call functions at its events, also in files that are opened later, with which it drops others."""
    for name, handler in handlers.items():
        getattr(bpy.app.handlers, name).append(persistent(handler))


def remove_handlers(handlers: Handlers) -> None:
    """Take functions out of Blender's lists."""
    for name, handler in handlers.items():
        getattr(bpy.app.handlers, name).remove(handler)
