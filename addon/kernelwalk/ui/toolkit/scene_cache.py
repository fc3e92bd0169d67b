# SPDX-License-Identifier: GPL-3.0-or-later
"""Knowledge of a scene that is kept until something changes: the panel is drawn very often."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import bpy

from ...scene.builds.active_walk import get_active_number
from .handlers import Handlers, add_handlers, remove_handlers

Known = TypeVar("Known")


class SceneCache(Generic[Known]):
    """Values by their scene and its active walk, which calls of Blender's handlers forget.

    handlers: names of Blender's lists of functions that are called after a change. Files hold none of them
    keeps:    gets what a handler gets, and returns whether the values hold after that change
    """

    def __init__(self, *handlers: str, keeps: Callable[..., bool] = lambda *_: False):
        self._known: dict[tuple[int, int], Known] = {}  # by session_uid and number

        def forget(*changed: Any) -> None:
            if self._known and not keeps(*changed):
                self._known.clear()

        self._handlers: Handlers = dict.fromkeys(handlers, forget)

    def get(self, scene: bpy.types.Scene, find: Callable[[], Known]) -> Known:
        """Return the value of a scene's active walk; `find` is called where none is known."""
        key = scene.session_uid, get_active_number(scene)
        if key not in self._known:
            self._known[key] = find()
        return self._known[key]

    def put(self, scene: bpy.types.Scene, value: Known) -> None:
        """Set the value of a scene's active walk."""
        self._known[scene.session_uid, get_active_number(scene)] = value

    def forget(self) -> None:
        """Forget all values."""
        self._known.clear()

    def register(self) -> None:
        add_handlers(self._handlers)

    def unregister(self) -> None:
        remove_handlers(self._handlers)
        self.forget()
