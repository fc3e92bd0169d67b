# SPDX-License-Identifier: GPL-3.0-or-later
"""Solids as triangles with normals: tiles, bars and flat shapes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ..arrays import Booleans, Floats, Integers
from ..geometry.tile_mesh import make_rounded_square, make_tile_mesh
from ..lines.frustum import SIDE_CORNERS
from ..spec.look_section import Look

PIXELS = 60.0
"""Pixels of a tile's pitch for which corners are round enough."""

BAR_SIDES = 8
"""Sides of a bar."""

UP = np.array([0.0, 0.0, 1.0])


class Solid(NamedTuple):
    """Triangles that are seen from outside.

    points: shape (n, 3)
    normals: shape (n, 3), unit vectors
    triangles: shape (m, 3), counterclockwise seen from outside
    is_edge: shape (m,), True for those that have the color of a tile's outline
    """

    points: Floats
    normals: Floats
    triangles: Integers
    is_edge: Booleans


@lru_cache(maxsize=32)
def make_tile_solid(look: Look, size: float, thickness: float) -> Solid:
    """Return a tile that stands on z = 0 around x = y = 0; without a thickness, a square that is seen from above."""
    mesh = make_tile_mesh(size, thickness, look.rounding, look.bevel, 1, PIXELS)
    per_loop = len(mesh.corners) - int(mesh.face_starts[-1])
    loops = (mesh.vertices * [1.0, 1.0, thickness]).reshape(-1, per_loop, 3)
    parts = [_make_side(loops, look, size, bool(mesh.is_smooth[0]))] if thickness > 0 else []
    top, outline = loops[-1], look.outline
    if _measure_insets(top, size) < outline < size / 2:
        radius = max(min(look.rounding, size / 2) - outline, 0.0)
        inner = make_rounded_square(size / 2 - outline, radius, per_loop // 4 - 1)
        inner = np.column_stack([inner, top[:, 2]])
        parts.append(_join_loops(np.stack([top, inner]), is_edge=True))
        top = inner
    parts.append(make_flat(top[:, :2], _fan(per_loop), float(top[0, 2])))
    if thickness > 0:
        bottom = make_flat(loops[0, :, :2], _fan(per_loop)[:, ::-1], 0.0)
        parts.append(bottom._replace(normals=-bottom.normals, is_edge=bottom.is_edge | (outline > 0)))
    return join_solids(parts)


def make_bar(sides: int = BAR_SIDES) -> Solid:
    """Return a round bar of width 1, from z = 0 down to z = -1."""
    angles = np.arange(sides) * 2 * np.pi / sides
    ring = np.column_stack([np.cos(angles), np.sin(angles)]) / 2
    loops = np.stack([np.column_stack([ring, np.full(sides, height)]) for height in (-1.0, 0.0)])
    wall = _join_loops(loops)
    wall = wall._replace(normals=np.tile(np.column_stack([2 * ring, np.zeros(sides)]), (2, 1)))
    bottom = make_flat(ring, _fan(sides)[:, ::-1], -1.0)
    return join_solids([wall, make_flat(ring, _fan(sides), 0.0), bottom._replace(normals=-bottom.normals)])


def make_frustum_solid(corners: Floats) -> Solid:
    """Return the sides of a frustum (8, 3)."""
    sides = []
    for side in corners[SIDE_CORNERS]:
        normal = np.cross(side[2] - side[0], side[3] - side[1])
        is_outward = normal @ (side.mean(axis=0) - corners.mean(axis=0)) > 0
        outline = side if is_outward else side[::-1]
        sides.append(_split_faces(Solid(outline, outline, _fan(4), np.zeros(2, bool))))
    return join_solids(sides)


def make_flat(points: Floats, triangles: Integers, height: float = 0.0) -> Solid:
    """Return a flat shape at a height that is seen from above. points: shape (n, 2)"""
    raised = np.column_stack([points, np.full(len(points), height)])
    return Solid(raised, np.tile(UP, (len(points), 1)), triangles, np.zeros(len(triangles), bool))


def make_square(edge: float, radius: float = 0.0, segments: int = 6) -> Solid:
    """Return a flat square around x = y = 0, with rounded corners."""
    outline = make_rounded_square(edge / 2, radius, segments if radius > 0 else 0)
    return make_flat(outline, _fan(len(outline)))


def join_solids(solids: Sequence[Solid]) -> Solid:
    """Return several solids as one, without triangles that have no area."""
    counts = np.cumsum([0, *(len(solid.points) for solid in solids)])
    points, normals, _, is_edge = (np.concatenate(each) for each in zip(*solids, strict=True))
    triangles = np.concatenate([solid.triangles + first for solid, first in zip(solids, counts, strict=False)])
    a, b, c = points[triangles].transpose(1, 0, 2)
    has_area = np.linalg.norm(np.cross(b - a, c - a), axis=1) > 1e-12
    return Solid(points, normals, triangles[has_area], is_edge[has_area])


def _make_side(loops: Floats, look: Look, size: float, is_smooth: bool) -> Solid:
    """Return what lies between loops (k, n, 3) around a tile, the lowest first."""
    insets = _measure_insets(loops, size)
    levels = [
        _join_loops(loops[level : level + 2], is_edge=bool(insets[level : level + 2].mean() < look.outline))
        for level in range(len(loops) - 1)
    ]
    if is_smooth:
        normals = np.zeros_like(loops)
        for level, part in enumerate(levels):
            normals[level : level + 2] += part.normals.reshape(2, -1, 3)
        lengths = np.linalg.norm(normals, axis=-1, keepdims=True)
        normals /= np.maximum(lengths, 1e-12)
        return join_solids(
            [part._replace(normals=normals[level : level + 2].reshape(-1, 3)) for level, part in enumerate(levels)]
        )
    return join_solids([_split_faces(part) for part in levels])


def _measure_insets(loops: Floats, size: float) -> Floats:
    """Return how far within the edge of a tile loops (..., n, 3) run; no error of floats makes it less than 0."""
    insets: Floats = np.maximum(size / 2 - loops[..., 0].max(axis=-1), 0.0)
    return insets


def _join_loops(loops: Floats, is_edge: bool = False) -> Solid:
    """Return what lies between two loops (2, n, 3), whose points share normals."""
    count = loops.shape[1]
    points = loops.reshape(-1, 3)
    lower, following = np.arange(count), np.roll(np.arange(count), -1)
    quads = np.column_stack([lower, following, following + count, lower + count])
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    a, b, c = points[triangles].transpose(1, 0, 2)
    across, normals = np.cross(b - a, c - a), np.zeros_like(points)
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], across)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    return Solid(points, normals, triangles, np.full(len(triangles), is_edge))


def _split_faces(solid: Solid) -> Solid:
    """Return a solid whose triangles have points and normals of their own."""
    points = solid.points[solid.triangles]
    across = np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])
    normals = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
    triangles = np.arange(3 * len(points)).reshape(-1, 3)
    return Solid(points.reshape(-1, 3), np.repeat(normals, 3, axis=0), triangles, solid.is_edge)


def _fan(count: int) -> Integers:
    """Return the triangles of a convex outline of so many points."""
    following = np.arange(1, count - 1)
    return np.column_stack([np.zeros(count - 2, np.int64), following, following + 1])


def make_polygon(outline: Floats) -> Solid:
    """Return a convex polygon (n, 2), counterclockwise, that is seen from above."""
    return make_flat(outline, _fan(len(outline)))
