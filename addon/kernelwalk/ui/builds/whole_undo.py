# SPDX-License-Identifier: GPL-3.0-or-later
"""Undo after live updates: Blender then reads the whole step anew.

A live update changes a file after the undo step that holds the changed setting. Blender's undo takes over what two
steps have in common from the file as it is now, and crashes where a live update has removed that meanwhile. Its earlier
way of undo takes over nothing. A preference chooses that way; it is set for the moment of an undo alone.
"""

from __future__ import annotations

from typing import Any

import bpy

from ..toolkit.handlers import Handlers, add_handlers, remove_handlers

_changed: list[bool] = []
"""Not empty after a live update that no undo has followed."""

_preferences: list[tuple[bool, bool, bool]] = []
"""Values of the preferences before an undo that is under way: of the switch for experiments, of the way of undo, and
whether any are to be saved."""


def note_change() -> None:
    """Note that a file has been changed outside of an undo step."""
    _changed[:] = [True]


def _before_undo(*_: Any) -> None:
    if not _changed:
        return
    preferences: Any = bpy.context.preferences
    view, experiments = preferences.view, preferences.experimental
    _preferences[:] = [(view.show_developer_ui, experiments.use_undo_legacy, preferences.is_dirty)]
    view.show_developer_ui = experiments.use_undo_legacy = True


def _after_undo(*_: Any) -> None:
    _changed.clear()
    preferences: Any = bpy.context.preferences
    for developer_ui, legacy, is_dirty in _preferences:
        preferences.view.show_developer_ui, preferences.experimental.use_undo_legacy = developer_ui, legacy
        preferences.is_dirty = is_dirty
    _preferences.clear()


HANDLERS: Handlers = {
    "undo_pre": _before_undo,
    "redo_pre": _before_undo,
    "undo_post": _after_undo,
    "redo_post": _after_undo,
}


def register() -> None:
    add_handlers(HANDLERS)


def unregister() -> None:
    remove_handlers(HANDLERS)
    _changed.clear()
