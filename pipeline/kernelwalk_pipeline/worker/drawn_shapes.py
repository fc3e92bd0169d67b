# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what Cycles is about to render, as shapes in the picture.

They are those of the render's own dependency graph, so that nothing that is drawn can be forgotten: tiles, lines,
words, and what a template or a user has put into the scene.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import bpy
import numpy as np
from kernelwalk.core import Plan
from kernelwalk.core.arrays import Booleans, Floats, Integers
from kernelwalk.core.incremental.edge_squares import DrawnShape
from kernelwalk.scene.shading.tile_attributes import OFFSET_ATTRIBUTE

from .surface_judge import SurfaceJudge

MAX_EDGES = 300_000
"""Most edges of all surfaces: where there are more, nearly all of a picture is near one."""

UNSEEN_TYPES = ("EMPTY", "CAMERA", "ARMATURE", "LATTICE", "SPEAKER", "LIGHT_PROBE")
"""Types of objects that Cycles does not draw."""


class ShapesUnknown(Exception):
    """Something in the scene has edges that cannot be told."""


class _Surface(NamedTuple):
    """A mesh in its own coordinates, shapes as of DrawnShape; `width` is its reach, in units."""

    points: Floats
    edges: Integers
    faces: list[Integers]
    is_flat: list[Booleans]
    width: float


def read_shapes(depsgraph: bpy.types.Depsgraph, plan: Plan) -> list[DrawnShape]:
    """Return everything that the scene's camera may see on the current frame.

    plan: that is built in the scene; its tiles may have outlines and values, which are no edges of a mesh

    Raises ShapesUnknown where something is drawn that has no faces, the world is not of one color, or the camera blurs.
    """
    scene = depsgraph.scene_eval
    judge = SurfaceJudge()
    if scene.world is not None and not judge.judge(scene.world).is_even:
        raise ShapesUnknown("the world is not of one color")
    project = _Projection(depsgraph, plan.spec.render.resolution)
    has_values = any(grid.values is not None for each in plan.with_beside for grid in each.grids)
    width_of_offset = float("inf") if has_values else plan.spec.look.outline
    known: dict[tuple[int, ...], _Surface] = {}
    shapes, edge_count = [], 0
    for instance in depsgraph.object_instances:
        drawn = instance.object
        surface = _read_surface(drawn, judge, width_of_offset, known) if drawn and instance.show_self else None
        if surface is None:
            continue
        edge_count += len(surface.edges)
        if edge_count > MAX_EDGES:
            raise ShapesUnknown("there are too many edges")
        matrix = np.array(instance.matrix_world, np.float64)
        points, depths, scale = project(surface.points @ matrix[:3, :3].T + matrix[:3, 3])
        reach = surface.width * scale * float(np.linalg.norm(matrix[:3, :3], axis=0).max())
        shapes.append(DrawnShape(points, depths, surface.edges, surface.faces, surface.is_flat, reach))
    return shapes


class _Projection:
    """Projects points of the world into the picture of the scene's camera."""

    def __init__(self, depsgraph: bpy.types.Depsgraph, resolution: tuple[int, int]) -> None:
        camera: Any = depsgraph.scene_eval.camera
        if camera is None or camera.type != "CAMERA" or camera.data.type == "PANO" or camera.data.dof.use_dof:
            raise ShapesUnknown("the camera is not a plain one")
        width, height = resolution
        lens = np.array(camera.calc_matrix_camera(depsgraph, x=width, y=height), np.float64)
        view = np.array(camera.matrix_world.normalized().inverted(), np.float64)
        self.matrix, self.axis = lens @ view, view[2]
        self.resolution, self.scale = np.array(resolution, np.float64), float(lens[0, 0]) * width / 2

    def __call__(self, points: Floats) -> tuple[Floats, Floats, float]:
        """Return the places of points (n, 3) in the picture (n, 2), their depths, and the most pixels of a unit."""
        if not len(points):
            return np.zeros((0, 2)), np.zeros(0), 0.0
        clip = np.column_stack([points, np.ones(len(points))]) @ self.matrix.T
        depth = clip[:, 3]
        if not np.isfinite(clip).all() or (depth <= 0).any() or (np.abs(clip[:, 2]) >= depth).any():
            raise ShapesUnknown("the camera stands within something")
        places = (clip[:, :2] / depth[:, None] + 1) / 2 * self.resolution
        return places, -(points @ self.axis[:3] + self.axis[3]), self.scale / float(depth.min())


def _read_surface(
    drawn: bpy.types.Object, judge: SurfaceJudge, width_of_offset: float, known: dict[tuple[int, ...], _Surface]
) -> _Surface | None:
    """Return an object's surface; None if it has none."""
    data: Any = drawn.data
    if not drawn.visible_camera or drawn.type in UNSEEN_TYPES or (drawn.type == "LIGHT" and data.type == "SUN"):
        return None
    if drawn.type not in ("MESH", "CURVE", "FONT", "SURFACE", "META") or drawn.particle_systems:
        raise ShapesUnknown(f"{drawn.name!r} has no faces")
    is_plain = not (drawn.is_shadow_catcher or drawn.is_holdout)
    if drawn.type != "MESH":
        mesh = drawn.to_mesh()
        surface = _read_mesh(mesh, list(_judge_slots(drawn, mesh, judge, width_of_offset, is_plain)))
        drawn.to_mesh_clear()
        return surface
    materials = [slot.material for slot in drawn.material_slots]
    # an instance's object is gone when the next one comes, its mesh stays
    key = (data.as_pointer(), is_plain, *(material.as_pointer() if material else 0 for material in materials))
    if key not in known:
        known[key] = _read_mesh(data, list(_judge_slots(drawn, data, judge, width_of_offset, is_plain)))
    return known[key]


def _judge_slots(
    drawn: bpy.types.Object, mesh: Any, judge: SurfaceJudge, width_of_offset: float, is_plain: bool
) -> Iterator[float]:
    """Yield, for each material of an object, the width of the rim beside an edge in which it may change its color.

    It is infinite where the material may change its color anywhere.
    """
    of_faces = {each.name for each in mesh.attributes if each.domain == "FACE"}
    for slot in drawn.material_slots:
        surface = judge.judge(slot.material)
        rest = surface.attributes - of_faces
        if not (is_plain and surface.is_even and rest <= {OFFSET_ATTRIBUTE}):
            yield float("inf")
        else:
            yield width_of_offset if rest else 0.0


def _read_mesh(mesh: Any, widths: list[float]) -> _Surface:
    """Return a mesh as a surface.

    widths: of the rims of its materials, as of _judge_slots
    """
    points = _read(mesh.vertices, "co", np.float32, 3).astype(np.float64)
    edges = _read(mesh.edges, "vertices", np.int32, 2)
    corners = _read(mesh.loops, "vertex_index", np.int32)
    starts, counts = (_read(mesh.polygons, f"loop_{name}", np.int32) for name in ("start", "total"))
    slots = _read(mesh.polygons, "material_index", np.int32).clip(0, max(0, len(widths) - 1))
    is_even = np.isfinite(widths or [np.inf])[slots]
    is_flat = is_even & ~_read(mesh.polygons, "use_smooth", np.bool_)
    chosen = [counts == count for count in np.unique(counts)]
    faces = [corners[starts[some][:, None] + np.arange(counts[some][0])] for some in chosen]
    width = max((width for width in widths if np.isfinite(width)), default=0.0)
    return _Surface(points, edges, faces, [is_flat[some] for some in chosen], width)


def _read(items: Any, field: str, dtype: type, size: int = 1) -> Any:
    """Return a field of all items, shape (items,) or (items, size)."""
    values: Any = np.empty(len(items) * size, dtype)
    items.foreach_get(field, values)
    return values.reshape(-1, size) if size > 1 else values
