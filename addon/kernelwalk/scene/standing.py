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
from .owned import MARK, built, roots
from .tiles import CELL, CHANNEL, GRID, SINGLE

SPEC = f"{MARK}_spec"

MOST_HITS = 1000
"""Surfaces through which a tile is looked for."""


@dataclass(frozen=True)
class Standing:
    """The layers that stand in a scene, and how they are walked: a spec, of whose look nothing is known."""

    spec: Spec

    @property
    def steps(self) -> int:
        return self.spec.step_count

    @property
    def walk(self) -> Walk:
        return self.spec.walk

    def told(self, step: int) -> str:
        """A step in words."""
        return describe_walk_step(self.spec, step)


def note(root: bpy.types.Collection, spec: Spec) -> None:
    """Note in the collection of what was built what it was built from."""
    root[SPEC] = _text(spec)


def is_current(scene: bpy.types.Scene, spec: Spec) -> bool:
    """Whether what stands in the scene was built from just this spec."""
    return _notes(scene) == [_text(spec)]


def noted(scene: bpy.types.Scene) -> dict[str, Any]:
    """The table of the spec that what stands in the scene was built from; empty where nothing stands."""
    notes = _notes(scene)
    return json.loads(notes[0]) if notes else {}


def standing(scene: bpy.types.Scene) -> Standing | None:
    """What stands in the scene, or nothing."""
    notes = _notes(scene)
    return _read(notes[0]) if notes else None


def _text(spec: Spec) -> str:
    return json.dumps(spec.to_table(), sort_keys=True)


def _notes(scene: bpy.types.Scene) -> list[str]:
    """What is noted in the scene's collections of ours, in their order."""
    return [root[SPEC] for root in roots(scene) if root.get(SPEC)]


@lru_cache(maxsize=16)
def _read(text: str) -> Standing:
    """Of the spec only what a walk is: a template that has gone missing since is of no matter."""
    table = json.loads(text)
    return Standing(spec_from_table({key: table[key] for key in ("layer", "layers", "walk", "show") if key in table}))


def shown_step(scene: bpy.types.Scene) -> int | None:
    """The step that the scene's frame shows, counted from 0; None before the first, after the last, or without any."""
    stands = standing(scene)
    return None if stands is None else stands.walk.step_at(scene.frame_current, stands.steps)


def nearest_step(scene: bpy.types.Scene) -> int:
    """The step that is shown; in the lead-in -1, in the lead-out one more than the last."""
    step, stands = shown_step(scene), standing(scene)
    if step is not None or stands is None:
        return step or 0
    return -1 if scene.frame_current < stands.walk.start_frame(0) else stands.steps


def last_step(scene: bpy.types.Scene) -> int:
    """The last step of the walk; 0 where there is none."""
    stands = standing(scene)
    return 0 if stands is None else stands.steps - 1


def go(scene: bpy.types.Scene, step: int) -> None:
    """Show a step, or the nearest that there is."""
    stands = standing(scene)
    if stands is not None:
        scene.frame_set(stands.walk.start_frame(max(0, min(step, stands.steps - 1))))


def tile(of: bpy.types.Object, scene: bpy.types.Scene) -> Tile | None:
    """The tile that is chosen with an object: a single one, or the one of the face that is active in Edit Mode."""
    mesh: Any = of.data
    if not _is_standing(of, scene):
        return None
    if of.mode == "EDIT":
        return _named(mesh, _edited_cell(mesh))
    return _named(mesh, _cell(mesh, 0)) if mesh[SINGLE] else None


def pointed_at(
    scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph, origin: Vector, direction: Vector
) -> Tile | None:
    """The first tile that a ray meets, through lines and whatever else stands before it."""
    for _ in range(MOST_HITS):
        hit, place, _normal, face, found_on, _matrix = scene.ray_cast(depsgraph, origin, direction)
        if not hit:
            return None
        met: Any = found_on.original
        if met.mode != "EDIT" and _is_standing(met, scene):
            mesh: Any = met.evaluated_get(depsgraph).data  # its faces are those that were met, modifiers included
            found = _named(met.data, _cell(mesh, face))
            if found is not None:
                return found
        origin = place + direction * 1e-4
    return None


def _is_standing(of: Any, scene: bpy.types.Scene) -> bool:
    """Whether an object is a layer or a tile of what stands in the scene, not a copy that a user has kept."""
    if of.type != "MESH" or GRID not in of.data:
        return False
    return any(of == each for root in roots(scene)[:1] for each in built(root))


def _cell(mesh: Any, face: int) -> Sequence[float] | None:
    """The cell of a face: x, y, z, and the channel."""
    cells = mesh.attributes[CELL].data if CELL in mesh.attributes else ()
    if not 0 <= face < len(cells):
        return None
    channels = mesh.attributes[CHANNEL].data if CHANNEL in mesh.attributes else None
    return *cells[face].vector, channels[face].value if channels else 0


def _edited_cell(mesh: bpy.types.Mesh) -> Sequence[float] | None:
    """The cell of the active face of a mesh in Edit Mode, whose data is elsewhere meanwhile."""
    edited = bmesh.from_edit_mesh(mesh)
    cell: Any = edited.faces.layers.float_vector.get(CELL)
    channel: Any = edited.faces.layers.float.get(CHANNEL)
    active: Any = edited.faces.active
    if cell is None or active is None:
        return None
    return *active[cell], active[channel] if channel else 0


def _named(mesh: Any, cell: Sequence[float] | None) -> Tile | None:
    """The tile with a cell; the kernel's tiles are none of a grid."""
    if cell is None or mesh[GRID] == KERNEL_NAME:
        return None
    x, y, z, channel = map(round, cell)
    return Tile(mesh[GRID], (x, y, z, channel))
