# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in a scene: the layer and the walk it was built from, the step it shows, the cell of a tile.

The spec is noted in the collection of what was built, so that a scene is understood also when the panel has moved on
or the file has come from somewhere else.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import bmesh
import bpy
from mathutils import Vector

from ..core.assembly.scene_geometry import KERNEL_NAME
from ..core.describe.tile_query import Tile, describe_walk_step
from ..core.spec.spec import Spec, spec_from_table
from ..core.walk.order import Walk
from .ownership import TAG, find_root_collections, get_built_objects
from .tile_objects import CELL_ATTRIBUTE, CHANNEL_ATTRIBUTE, GRID_KEY, SINGLE_KEY

SPEC_KEY = f"{TAG}_spec"

MAX_HITS = 1000
"""Surfaces through which a tile is looked for."""


@dataclass(frozen=True)
class BuiltWalk:
    """The layers that stand in a scene, and how they are walked: a spec, of whose look nothing is known."""

    spec: Spec

    @property
    def step_count(self) -> int:
        return self.spec.step_count

    @property
    def walk(self) -> Walk:
        return self.spec.walk

    def describe_step(self, step: int) -> str:
        """A step in words."""
        return describe_walk_step(self.spec, step)


def store_spec(root: bpy.types.Collection, spec: Spec) -> None:
    """Note in the collection of what was built what it was built from."""
    root[SPEC_KEY] = _serialize(spec)


def is_built_from(scene: bpy.types.Scene, spec: Spec) -> bool:
    """Whether what stands in the scene was built from just this spec."""
    return _stored_texts(scene) == [_serialize(spec)]


def get_stored_table(scene: bpy.types.Scene) -> dict[str, Any]:
    """The table of the spec that what stands in the scene was built from; empty where nothing stands."""
    notes = _stored_texts(scene)
    return json.loads(notes[0]) if notes else {}


def get_built_walk(scene: bpy.types.Scene) -> BuiltWalk | None:
    """What stands in the scene, or nothing."""
    notes = _stored_texts(scene)
    return _parse_stored(notes[0]) if notes else None


def _serialize(spec: Spec) -> str:
    return json.dumps(spec.to_table(), sort_keys=True)


def _stored_texts(scene: bpy.types.Scene) -> list[str]:
    """What is noted in the scene's collections of ours, in their order."""
    return [root[SPEC_KEY] for root in find_root_collections(scene) if root.get(SPEC_KEY)]


@lru_cache(maxsize=16)
def _parse_stored(text: str) -> BuiltWalk:
    """Of the spec only what a walk is: a template that has gone missing since is of no matter."""
    table = json.loads(text)
    return BuiltWalk(spec_from_table({key: table[key] for key in ("layer", "layers", "walk", "show") if key in table}))


def get_current_step(scene: bpy.types.Scene) -> int | None:
    """The step that the scene's frame shows, counted from 0; None before the first, after the last, or without any."""
    stands = get_built_walk(scene)
    return None if stands is None else stands.walk.step_at(scene.frame_current, stands.step_count)


def get_nearest_step(scene: bpy.types.Scene) -> int:
    """The step that is shown; in the lead-in -1, in the lead-out one more than the last."""
    step, stands = get_current_step(scene), get_built_walk(scene)
    if step is not None or stands is None:
        return step or 0
    return -1 if scene.frame_current < stands.walk.start_frame(0) else stands.step_count


def get_last_step(scene: bpy.types.Scene) -> int:
    """The last step of the walk; 0 where there is none."""
    stands = get_built_walk(scene)
    return 0 if stands is None else stands.step_count - 1


def go_to_step(scene: bpy.types.Scene, step: int) -> None:
    """Show a step, or the nearest that there is."""
    stands = get_built_walk(scene)
    if stands is not None:
        scene.frame_set(stands.walk.start_frame(max(0, min(step, stands.step_count - 1))))


def get_selected_tile(selected: bpy.types.Object, scene: bpy.types.Scene) -> Tile | None:
    """The tile that is chosen with an object: a single one, or the one of the face that is active in Edit Mode."""
    mesh: Any = selected.data
    if not _is_built(selected, scene):
        return None
    if selected.mode == "EDIT":
        return _make_tile(mesh, _active_face_cell(mesh))
    return _make_tile(mesh, _face_cell(mesh, 0)) if mesh[SINGLE_KEY] else None


def pick_tile(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph, origin: Vector, direction: Vector) -> Tile | None:
    """The first tile that a ray meets, through lines and whatever else stands before it."""
    for _ in range(MAX_HITS):
        hit, place, _normal, face, found_on, _matrix = scene.ray_cast(depsgraph, origin, direction)
        if not hit:
            return None
        met: Any = found_on.original
        if met.mode != "EDIT" and _is_built(met, scene):
            mesh: Any = met.evaluated_get(depsgraph).data  # its faces are those that were met, modifiers included
            found = _make_tile(met.data, _face_cell(mesh, face))
            if found is not None:
                return found
        origin = place + direction * 1e-4
    return None


def _is_built(candidate: Any, scene: bpy.types.Scene) -> bool:
    """Whether an object is a layer or a tile of what stands in the scene, not a copy that a user has kept."""
    if candidate.type != "MESH" or GRID_KEY not in candidate.data:
        return False
    return any(candidate == each for root in find_root_collections(scene)[:1] for each in get_built_objects(root))


def _face_cell(mesh: Any, face: int) -> Sequence[float] | None:
    """The cell of a face: x, y, z, and the channel."""
    cells = mesh.attributes[CELL_ATTRIBUTE].data if CELL_ATTRIBUTE in mesh.attributes else ()
    if not 0 <= face < len(cells):
        return None
    channels = mesh.attributes[CHANNEL_ATTRIBUTE].data if CHANNEL_ATTRIBUTE in mesh.attributes else None
    return *cells[face].vector, channels[face].value if channels else 0


def _active_face_cell(mesh: bpy.types.Mesh) -> Sequence[float] | None:
    """The cell of the active face of a mesh in Edit Mode, whose data is elsewhere meanwhile."""
    edited = bmesh.from_edit_mesh(mesh)
    cell: Any = edited.faces.layers.float_vector.get(CELL_ATTRIBUTE)
    channel: Any = edited.faces.layers.float.get(CHANNEL_ATTRIBUTE)
    active: Any = edited.faces.active
    if cell is None or active is None:
        return None
    return *active[cell], active[channel] if channel else 0


def _make_tile(mesh: Any, cell: Sequence[float] | None) -> Tile | None:
    """The tile with a cell; the kernel's tiles are none of a grid."""
    if cell is None or mesh[GRID_KEY] == KERNEL_NAME:
        return None
    x, y, z, channel = map(round, cell)
    return Tile(mesh[GRID_KEY], (x, y, z, channel))
