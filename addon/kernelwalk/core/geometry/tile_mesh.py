# SPDX-License-Identifier: GPL-3.0-or-later
"""The mesh of one tile: a rounded, beveled square with as few faces as its size in the picture allows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..arrays import Booleans, Floats, Integers

MAX_VERTICES = 600_000
"""Vertices that all tiles of a layer may have together before their mesh becomes coarser."""

DETAIL_LEVELS = ((6, 3), (3, 3), (2, 2), (1, 1), (0, 0))
"""(segments of each corner, rings of the bevel), the finest first; the last is a plain box."""

MAX_ARC_ERROR = 0.12
"""Pixels by which a corner may deviate from its arc: finer meshes cost time on every frame and look the same."""

COARSE_CORNERS = 8
"""Corners of the outline of a tile that views may show as a box: each rounding is then a single segment, and the
box deviates from it by less than a pixel of the picture (MAX_ARC_ERROR allows a radius of 2.2 pixels)."""


@dataclass(frozen=True)
class TileMesh:
    """One tile, standing on z = 0 around x = y = 0.

    vertices: shape (v, 3); z as a share of the thickness, 0 to 1
    corners:  shape (l,), vertex indices face after face, counterclockwise seen from outside
    face_starts: shape (f,), index in `corners` where each face begins
    edges:    shape (e, 2), the two vertices of each edge
    corner_edges: shape (l,), the edge from each corner to the next one of its face
    is_smooth: shape (f,), True for faces that approximate a rounded surface
    is_sharp: shape (e,), True for edges of any other face
    """

    vertices: Floats
    corners: Integers
    face_starts: Integers
    edges: Integers
    corner_edges: Integers
    is_smooth: Booleans
    is_sharp: Booleans


def make_tile_mesh(size: float, thickness: float, rounding: float, bevel: float, count: int, pixels: float) -> TileMesh:
    """Return the mesh of one tile, for a layer of `count` tiles.

    size:   of an edge, in world units, as are thickness and rounding
    thickness: 0 gives a single flat face
    rounding: radius of the corners
    bevel:  width of the bevel along the top edge, as a share of the thickness
    pixels: pixels per world unit in the picture
    """
    radius = min(rounding, size / 2) * pixels
    fine_enough = [level for level in DETAIL_LEVELS if _measure_arc_error(radius, level[0]) <= MAX_ARC_ERROR]
    coarsest = (fine_enough or list(DETAIL_LEVELS[:1]))[-1]
    for segments, rings in DETAIL_LEVELS[DETAIL_LEVELS.index(coarsest) :]:
        mesh = _build_tile_mesh(size, thickness, rounding, bevel, segments, rings)
        if len(mesh.vertices) * count <= MAX_VERTICES:
            break
    return mesh


def make_top_mesh(size: float) -> TileMesh:
    """Return the top of a tile as a square, for tiles that are drawn flat (flat_tiles.py)."""
    vertices = np.column_stack([make_rounded_square(size / 2, 0.0, 0), np.ones(4)])
    return _add_edges(vertices, np.arange(4), np.array([0]), np.zeros(1, bool))


def find_box(mesh: TileMesh, size: float) -> tuple[Floats, Booleans] | None:
    """Return how a tile with a coarse outline becomes a box: a move of each vertex (v, 3), and the faces (f,) that go.

    A top and four sides remain, all of them quads where there is a bevel: a face of the bevel becomes the top, since
    Blender takes longer to divide a face of eight corners into triangles. None if the outline is a finer one, if the
    tile is a box already or if it is flat.

    size: as of make_tile_mesh
    """
    outline = len(mesh.corners) - int(mesh.face_starts[-1])
    if outline != COARSE_CORNERS or len(mesh.face_starts) == 1:
        return None
    box = np.sign(mesh.vertices) * [size / 2, size / 2, 1.0]
    starts, ends = box[:outline, :2], np.roll(box[:outline, :2], -1, axis=0)
    sides = np.flatnonzero((starts != ends).any(axis=1))
    top = len(mesh.face_starts) - 2
    if len(mesh.vertices) > 2 * outline:
        side = int(sides[0])
        top = outline + side
        across = int(np.flatnonzero(starts[side] == ends[side])[0])
        inner_edge = 2 * outline + np.array([side, (side + 1) % outline])
        box[inner_edge, across] *= -1
    is_removed = np.ones(len(mesh.face_starts), bool)
    is_removed[[*sides, top]] = False
    return box - mesh.vertices, is_removed


def find_corner_surface_point(
    size: float, thickness: float, rounding: float, bevel: float, inside: float = 0.0
) -> tuple[float, float]:
    """Return where the top of a tile is near its rounded corner: (distance along x and y from the middle, height).

    The height is a share of the thickness.

    inside: distance from the corner towards the middle, at most half of the way
    """
    half = size / 2
    radius = min(rounding, half)
    edge = half - radius * (1 - np.sqrt(0.5))
    distance = max(edge - inside, edge / 2)
    width = _find_bevel_width(half, thickness, radius, bevel)
    from_edge = (edge - distance) * np.sqrt(2)
    if from_edge >= width:  # on the flat top
        return float(distance), 1.0
    remaining = 1 - from_edge / width  # share of the bevel's width that lies further in
    return float(distance), float(1 - width / thickness * (1 - np.sqrt(1 - remaining**2)))


def _find_bevel_width(half: float, thickness: float, radius: float, bevel: float) -> float:
    """Return the width of a tile's bevel; `bevel` is a share of the thickness."""
    return min(bevel * thickness, radius, half)


def _measure_arc_error(radius: float, segments: int) -> float:
    """Return the largest distance between a quarter circle and its segments; 0 segments are the square's corner."""
    if segments == 0:
        return radius * (np.sqrt(2) - 1)
    return radius * (1 / np.cos(_find_first_angle(segments)) - 1)


def _find_first_angle(segments: int) -> float:
    """Return the angle from the end of a quarter circle to the first of the vertices that approximate it best.

    The vertices lie outside of the arc as far as the middles of their segments lie inside. The first one is on the
    straight side, where the radius times 1 / cos(angle) ends; each segment spans 2 √2 times that angle, since
    cos x ≈ 1 - x² / 2. Segments between points of the arc deviate about four times as far.
    """
    return np.pi / 4 / (1 + np.sqrt(2) * segments)


@lru_cache(maxsize=8)  # the tiles of a scene that is edited mostly stay as they are
def _build_tile_mesh(
    size: float, thickness: float, rounding: float, bevel: float, segments: int, rings: int
) -> TileMesh:
    if segments == 0:
        rounding, rings = 0.0, 0
    half = size / 2
    radius = min(rounding, half)
    if thickness == 0:
        outline = make_rounded_square(half, radius, segments)
        vertices = np.column_stack([outline, np.zeros(len(outline))])
        return _add_edges(vertices, np.arange(len(vertices)), np.array([0]), np.zeros(1, bool))
    bevel = _find_bevel_width(half, thickness, radius, bevel)
    angles = np.linspace(0, np.pi / 2, rings + 1) if bevel > 0 and rings else np.zeros(1)
    # each loop around the tile: how far inside the edge it runs, and its height
    insets = [0.0, *(bevel * (1 - np.cos(angles)))]
    heights = [0.0, *(1 - bevel / thickness * (1 - np.sin(angles)))] if len(angles) > 1 else [0.0, 1.0]
    loops = []
    for inset, height in zip(insets, heights, strict=True):
        outline = make_rounded_square(half - inset, max(radius - inset, 0.0), segments if radius > 0 else 0)
        loops.append(np.column_stack([outline, np.full(len(outline), height)]))
    per_loop = len(loops[0])
    lower = np.arange(per_loop)
    following = np.roll(lower, -1)
    sides = [
        np.column_stack([lower, following, following + per_loop, lower + per_loop]) + level * per_loop
        for level in range(len(loops) - 1)
    ]
    quads = np.concatenate(sides).ravel()
    top, bottom = lower + (len(loops) - 1) * per_loop, lower[::-1]
    starts = np.concatenate([np.arange(0, len(quads), 4), [len(quads), len(quads) + per_loop]])
    is_smooth = np.arange(len(starts)) < (len(starts) - 2 if radius > 0 else 0)  # the sides, but not top and bottom
    return _add_edges(np.concatenate(loops), np.concatenate([quads, top, bottom]), starts, is_smooth)


def _add_edges(vertices: Floats, corners: Integers, starts: Integers, is_smooth: Booleans) -> TileMesh:
    """Return the mesh with the edges of its faces, each edge once."""
    following = np.roll(corners, -1)
    following[np.append(starts[1:], len(corners)) - 1] = corners[starts]
    ends = np.sort(np.column_stack([corners, following]), axis=1)
    edges, corner_edges = np.unique(ends, axis=0, return_inverse=True)
    is_sharp = np.zeros(len(edges), bool)
    is_sharp[corner_edges.ravel()[np.repeat(~is_smooth, np.diff(starts, append=len(corners)))]] = True
    return TileMesh(vertices, corners, starts, edges, corner_edges.ravel(), is_smooth, is_sharp)


def make_rounded_square(half: float, radius: float, segments: int) -> Floats:
    """Return the outline (n, 2) of a rounded square, counterclockwise."""
    if segments == 0:
        return half * np.array([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]])
    first = _find_first_angle(segments)
    quarter, reach = np.linspace(first, np.pi / 2 - first, segments + 1), radius / np.cos(first)
    points = []
    for corner, (x, y) in enumerate([(1, 1), (-1, 1), (-1, -1), (1, -1)]):
        angles = quarter + corner * np.pi / 2
        center = (half - radius) * np.array([x, y])
        points.append(center + reach * np.column_stack([np.cos(angles), np.sin(angles)]))
    return np.concatenate(points)
