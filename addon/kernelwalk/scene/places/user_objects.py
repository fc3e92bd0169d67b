# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of a user and other walks in a walk's way: among its tiles, in its picture, or as a light on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.arrays import Floats
from ...core.camera.box_visibility import find_visible_boxes
from ..builds.built_extent import BuiltExtent, load_extent
from ..builds.object_store import ROLE_KEY
from ..builds.ownership import find_other_roots, find_root_collections, get_built_objects
from ..setup.light_links import get_link
from . import placement, walk_scale

SOLID_TYPES = ("MESH", "CURVE", "SURFACE", "META", "FONT", "CURVES", "POINTCLOUD", "VOLUME", "GREASEPENCIL", "GPENCIL")
"""Types of objects that show in a picture."""


@dataclass(frozen=True)
class Obstacles:
    """Names of the user's objects, and of other walks, in a walk's way, each once."""

    among_tiles: tuple[str, ...] = ()
    in_picture: tuple[str, ...] = ()
    lights: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.among_tiles or self.in_picture or self.lights)


@dataclass(frozen=True)
class UserBoxes:
    """The boxes around the user's objects and around the parts of other walks, in the world.

    names: of the objects, sorted, and of the walks; an object has as many boxes as it shows instances of others
    corners: shape (n, 8, 3)
    is_rendered: shape (n,), whether it shows in renders
    """

    names: tuple[str, ...]
    corners: Floats
    is_rendered: NDArray[np.bool_]


def find_obstacles(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> Obstacles:
    """Return what stands in the way of the scene's active walk. Without a walk there is nothing."""
    roots = find_root_collections(scene)
    extent = get_extent(roots[0]) if roots else None
    if extent is None:
        return Obstacles()
    boxes = list_user_boxes(scene, depsgraph)
    among, in_picture = find_boxes_in_way(boxes.corners, extent)
    if scene.camera not in get_built_objects(roots[0]):
        in_picture[:] = False  # the picture is the user's own
    in_picture &= boxes.is_rendered
    among_names = _list_names(boxes.names, among)
    seen_names = [name for name in _list_names(boxes.names, in_picture) if name not in among_names]
    return Obstacles(tuple(among_names), tuple(seen_names), tuple(_list_lights(scene) if extent.is_lit else ()))


def get_extent(root: bpy.types.Collection) -> BuiltExtent | None:
    """Return the room that a walk takes where it stands; None if Kernelwalk before 0.2 has built it."""
    extent = load_extent(root)
    return None if extent is None else extent.move_by(placement.get_location(root), walk_scale.get_scale(root) or 1.0)


def find_boxes_in_way(corners: Floats, extent: BuiltExtent) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which boxes (n, 8, 3) reach into the tiles' bounds, and which into the camera's picture; (n,) each."""
    low, high = extent.bounds
    among = ((corners.min(axis=1) < high) & (corners.max(axis=1) > low)).all(axis=-1)
    return among, find_visible_boxes(corners, extent.views)


def list_user_boxes(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> UserBoxes:
    """Return the boxes around what shows in a view or in renders, of the user's objects and of other walks."""
    users = [(candidate.name, candidate) for candidate in _list_user_objects(scene)]
    parts = [_list_shown_boxes(scene, users, depsgraph)]
    parts += [list_walk_boxes(scene, root, depsgraph) for root in find_other_roots(scene)]
    return UserBoxes(
        tuple(name for part in parts for name in part.names),
        np.concatenate([part.corners for part in parts]),
        np.concatenate([part.is_rendered for part in parts]),
    )


def list_bounds(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> Floats:
    """Return the lowest and highest coordinates of what shows in a scene: of the user's objects, of each walk's tiles.

    Returns shape (n, 2, 3), in the world.
    """
    users = [(candidate.name, candidate) for candidate in _list_user_objects(scene)]
    corners = _list_shown_boxes(scene, users, depsgraph).corners
    roots = (*find_root_collections(scene), *find_other_roots(scene))
    walks = [extent.bounds for root in roots if (extent := get_extent(root)) is not None]
    return np.concatenate([np.stack([corners.min(axis=1), corners.max(axis=1)], axis=1), np.reshape(walks, (-1, 2, 3))])


def list_walk_boxes(scene: bpy.types.Scene, root: bpy.types.Collection, depsgraph: bpy.types.Depsgraph) -> UserBoxes:
    """Return the boxes around the parts of a walk, under its name. Tiles that are objects have one box for all."""
    built = get_built_objects(root)
    parts = [(root.name, each) for each in built if not _is_single_tile(each) and each.name in scene.objects]
    boxes = _list_shown_boxes(scene, parts, depsgraph)
    tiles, extent = next((each for each in built if _is_single_tile(each)), None), get_extent(root)
    if tiles is None or extent is None:
        return boxes
    return UserBoxes(
        (*boxes.names, root.name),
        np.concatenate([boxes.corners, extent.corners[None]]),
        np.append(boxes.is_rendered, tiles in _find_rendered(scene)),
    )


def _list_shown_boxes(
    scene: bpy.types.Scene, named: Iterable[tuple[str, Any]], depsgraph: bpy.types.Depsgraph
) -> UserBoxes:
    rendered = _find_rendered(scene)
    names: list[str] = []
    corners: list[Any] = []
    is_rendered: list[bool] = []
    for name, shown in named:
        in_render = shown in rendered
        if in_render or any(shown.visible_get(view_layer=layer) for layer in scene.view_layers):
            for box in _list_boxes(shown, depsgraph):
                names.append(name)
                corners.append(box)
                is_rendered.append(in_render and shown.visible_camera)
    return UserBoxes(tuple(names), np.array(corners).reshape(-1, 8, 3), np.array(is_rendered, bool))


def _list_names(names: Iterable[str], wanted: NDArray[np.bool_]) -> list[str]:
    return list(dict.fromkeys(name for name, is_wanted in zip(names, wanted.tolist(), strict=True) if is_wanted))


def _list_user_objects(scene: bpy.types.Scene) -> Iterator[Any]:
    """Return the objects of a scene that no walk in it has built."""
    roots = (*find_root_collections(scene), *find_other_roots(scene))
    built = {member for root in roots for member in get_built_objects(root)}
    return (candidate for candidate in sorted(scene.objects, key=lambda item: item.name) if candidate not in built)


def _is_single_tile(built: bpy.types.Object) -> bool:
    return bool(built.get(ROLE_KEY, "").startswith("tile "))


def _list_lights(scene: bpy.types.Scene) -> list[str]:
    """Return the names of the user's lights that shine on everything: a walk's lights shine on that walk alone."""
    rendered = _find_rendered(scene)
    lights = [shown for shown in _list_user_objects(scene) if shown.type == "LIGHT" and shown in rendered]
    return [light.name for light in lights if light.data.energy > 0 and get_link(light) is None]


def _find_rendered(scene: bpy.types.Scene) -> set[Any]:
    """Return the objects that renders of a scene show."""
    found: set[Any] = set()
    for layer in scene.view_layers:
        pending = [layer.layer_collection] if layer.use else []
        while pending:
            current = pending.pop()
            if current.collection.hide_render:
                continue
            pending += current.children
            if not current.exclude:
                found.update(member for member in current.collection.objects if not member.hide_render)
    return found


def _list_boxes(shown: Any, depsgraph: bpy.types.Depsgraph) -> Iterator[Any]:
    """Yield the corners (8, 3) of the box around an object, or of those around the objects that an empty instances."""
    evaluated = shown.evaluated_get(depsgraph)
    world = np.array(evaluated.matrix_world)
    if shown.type in SOLID_TYPES:
        yield _transform_box(evaluated, world)
    elif shown.type == "EMPTY" and shown.instance_type == "COLLECTION" and shown.instance_collection:
        offset = np.eye(4)
        offset[:3, 3] = -np.array(shown.instance_collection.instance_offset)
        for member in shown.instance_collection.all_objects:
            if member.type in SOLID_TYPES and not member.hide_render:
                original = member.evaluated_get(depsgraph)
                yield _transform_box(original, world @ offset @ np.array(original.matrix_world))


def _transform_box(boxed: Any, matrix: Floats) -> Floats:
    corners: Floats = np.array([corner[:] for corner in boxed.bound_box]) @ matrix[:3, :3].T + matrix[:3, 3]
    return corners
