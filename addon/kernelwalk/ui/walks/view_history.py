# SPDX-License-Identifier: GPL-3.0-or-later
"""3D views go back with undo, and forth with redo: those that have been turned to a walk, or moved with it.

Blender's undo leaves views as they are. So the places of all walks are noted with the views, before and after each such
turn. Where undo or redo brings the walks back to noted places, the views go back too, and where a walk is removed, to
how they were without it. A view that the user has turned since stays as it is, unless it would look at an empty place.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import bpy
import numpy as np

from ...scene.builds import ownership
from ...scene.places import placement, user_objects
from ...scene.setup import viewport
from ..toolkit.handlers import Handlers, add_handlers, remove_handlers

MAX_STATES = 64
"""Most states that are kept: two for each of the steps that Blender can undo, which are 32 at first."""

TOLERANCE = 1e-4
"""Difference of a number of a view that does not count: Blender rounds what it is set to."""

PATHS = ("view_location", "view_rotation", "view_distance", "view_camera_zoom", "view_camera_offset")
"""Numbers of a view, beside its perspective."""

MIDDLE = 0.25
"""Distance from its middle in which a view needs something to look at, as a share of the view's own distance."""


class _State(NamedTuple):
    """The places of all walks, and the views by their addresses."""

    places: tuple[Any, ...]
    views: dict[int, tuple[str, list[Any]]]


_states: list[_State] = []
_current: list[int] = []
"""Index of the state that the file is in; empty if there is none."""

_places: list[tuple[Any, ...]] = []
"""The places of all walks before an undo that is under way."""


@contextmanager
def noting_views() -> Iterator[None]:
    """Note what a `with` block does to walks and views, so that the views can follow undo and redo.

    If the block removes walks, the views go back to how they were noted last without these.
    """
    before, camera = _read_state(), bpy.context.scene.camera
    yield
    after = _read_state()
    had, has = _list_walks(before), _list_walks(after)
    if has < had and _current:
        current, gone = _current[0], had - has
        earlier = (at for at in range(current, -1, -1) if not gone & _list_walks(_states[at]))
        keeps_camera = bpy.context.scene.camera == camera
        _bring_views(_states[current], _states[next(earlier, current)], keeps_camera)
        after = _read_state()
    if before != after:
        del _states[_current[0] + 1 if _current else 0 :]
        _states.extend((before, after))
        del _states[:-MAX_STATES]
        _current[:] = [len(_states) - 1]


def _read_state() -> _State:
    return _State(_read_places(), {view.as_pointer(): _read_view(view) for view in _list_views()})


def _read_places() -> tuple[Any, ...]:
    """Return the location of each walk of the file, with its scene and its root collection."""
    return tuple(
        (scene.name, root.name, *placement.get_location(root).tolist())
        for scene in bpy.data.scenes
        if scene.library is None
        for root in (*ownership.find_root_collections(scene), *ownership.find_other_roots(scene))
    )


def _list_walks(state: _State) -> set[Any]:
    """Return the walks of a state, as the names of their scenes and root collections."""
    return {(scene, root) for scene, root, *_ in state.places}


def _list_views() -> Iterator[Any]:
    """Yield all 3D views of the file, of a quad view each."""
    for screen in bpy.data.screens:
        yield from viewport.find_regions(screen)


def _read_view(view: Any) -> tuple[str, list[Any]]:
    return view.view_perspective, [np.array(getattr(view, path)).tolist() for path in PATHS]


def _is_as(view: Any, noted: tuple[str, list[Any]]) -> bool:
    """Return whether a view is as it was noted. One through the camera shows the same, however it is zoomed."""
    perspective, values = _read_view(view)
    pairs = zip(values, noted[1], strict=True)
    is_same = perspective == "CAMERA" or all(np.allclose(*pair, TOLERANCE, TOLERANCE) for pair in pairs)
    return perspective == noted[0] and is_same


def _bring_views(now: _State, then: _State, keeps_camera: bool = False) -> None:
    """Bring the views from one state to another, but for those that the user has turned to something else since.

    keeps_camera: whether views through the camera stay
    """
    for view in _list_views():
        key = view.as_pointer()
        before, after = (state.views.get(key) for state in (now, then))
        is_kept = keeps_camera and view.view_perspective == "CAMERA"
        if before is None or after is None or before == after or is_kept:
            continue
        if _is_as(view, before) or _is_at_empty_place(view):
            view.view_perspective = after[0]
            for path, value in zip(PATHS, after[1], strict=True):
                setattr(view, path, value)


def _is_at_empty_place(view: Any) -> bool:
    """Return whether neither an object of the user nor a walk's tiles are around the middle of what a view shows."""
    if view.view_perspective == "CAMERA":
        return False
    scene: Any = bpy.context.scene
    middle = np.array(view.view_location)
    bounds = user_objects.list_bounds(scene, bpy.context.evaluated_depsgraph_get())
    gaps = np.maximum(np.maximum(bounds[:, 0] - middle, middle - bounds[:, 1]), 0)
    return not (np.linalg.norm(gaps, axis=-1) < MIDDLE * view.view_distance).any()


def _follow(step: int) -> None:
    """Bring the views to the nearest state with the walks' places as they are.

    step: -1 to look at earlier states, 1 to look at later ones
    """
    if not _current or _places != [_states[_current[0]].places]:  # something else has moved the walks since
        return
    now, places = _current[0], _read_places()
    found = next((at for at in range(now, len(_states) if step > 0 else -1, step) if _states[at].places == places), now)
    _bring_views(_states[now], _states[found])
    _current[:] = [found]


def _before_undo(*_: Any) -> None:
    _places[:] = [_read_places()] if _current else []


def _after_undo(*_: Any) -> None:
    _follow(-1)


def _after_redo(*_: Any) -> None:
    _follow(1)


def _after_load(*_: Any) -> None:
    _states.clear()
    _current.clear()


HANDLERS: Handlers = {
    "undo_pre": _before_undo,
    "redo_pre": _before_undo,
    "undo_post": _after_undo,
    "redo_post": _after_redo,
    "load_post": _after_load,
}


def register() -> None:
    add_handlers(HANDLERS)


def unregister() -> None:
    remove_handlers(HANDLERS)
    _after_load()
