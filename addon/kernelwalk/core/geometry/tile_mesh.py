# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of one tile: a rounded, bevelled square, in as few faces as its size in the picture deserves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_VERTICES = 600_000
"""Vertices that all tiles of a layer may have together before their shape becomes simpler."""

# (segments of each corner, rings of the bevel), the finest first; the last is a plain box
DETAIL_LEVELS = ((6, 3), (3, 2), (2, 1), (1, 1), (0, 0))

MAX_ARC_ERROR = 0.12
"""Pixels by which a corner may be off its arc: finer shapes cost time on every frame, and look the same."""


@dataclass(frozen=True)
class TileMesh:
    """One tile, standing on z = 0 around x = y = 0.

    vertices: shape (v, 3); z as a share of the thickness, 0 to 1
    corners:  shape (l,), vertex indices face after face, counterclockwise seen from outside
    starts:   shape (f,), where in `corners` each face begins
    edges:    shape (e, 2), the two vertices of each edge
    corner_edges: shape (l,), the edge from each corner to the face's next one
    smooth:   shape (f,), which faces are pieces of a rounded one
    sharp:    shape (e,), which edges end a face that is not
    """

    vertices: NDArray[np.float64]
    corners: NDArray[np.int64]
    face_starts: NDArray[np.int64]
    edges: NDArray[np.int64]
    corner_edges: NDArray[np.int64]
    is_smooth: NDArray[np.bool_]
    is_sharp: NDArray[np.bool_]


def make_tile_mesh(size: float, thickness: float, rounding: float, bevel: float, count: int, pixels: float) -> TileMesh:
    """The shape for a layer of `count` tiles, of which a unit is so many `pixels` long in the picture; a thickness of 0
    gives a flat face. `bevel` is the width of the bevel along the top edge, as a share of the thickness."""
    radius = min(rounding, size / 2) * pixels
    coarse_enough = [detail for detail in DETAIL_LEVELS if _arc_error(radius, detail[0]) <= MAX_ARC_ERROR] or list(
        DETAIL_LEVELS[:1]
    )
    for segments, rings in DETAIL_LEVELS[DETAIL_LEVELS.index(coarse_enough[-1]) :]:
        shape = _build_tile_mesh(size, thickness, rounding, bevel, segments, rings)
        if len(shape.vertices) * count <= MAX_VERTICES:
            break
    return shape


def corner_surface_point(
    size: float, thickness: float, rounding: float, bevel: float, inside: float = 0.0
) -> tuple[float, float]:
    """Of a tile so rounded, how far from its middle along x and y its rounded corner is, or a place `inside` it, though
    at least half as far; and how high the surface is there, as a share of the thickness."""
    half = size / 2
    radius = min(rounding, half)
    edge = half - radius * (1 - np.sqrt(0.5))
    away = max(edge - inside, edge / 2)
    width = _bevel_width(half, thickness, radius, bevel)
    passed = (edge - away) * np.sqrt(2)
    if passed >= width:  # within the flat top
        return float(away), 1.0
    over = 1 - passed / width  # of the bevel, what is further in
    return float(away), float(1 - width / thickness * (1 - np.sqrt(1 - over**2)))


def _bevel_width(half: float, thickness: float, radius: float, bevel: float) -> float:
    """The width of the bevel of a tile, given it as a share of the thickness."""
    return min(bevel * thickness, radius, half)


def _arc_error(radius: float, segments: int) -> float:
    """How far a quarter of a circle in so many segments is off the arc, at most; none is the square's own corner."""
    return radius * (1 - np.cos(np.pi / 4 / segments)) if segments else radius * (np.sqrt(2) - 1)


def _build_tile_mesh(
    size: float, thickness: float, rounding: float, bevel: float, segments: int, rings: int
) -> TileMesh:
    if segments == 0:
        rounding, rings = 0.0, 0
    half = size / 2
    radius = min(rounding, half)
    if thickness == 0:
        outline = _rounded_square(half, radius, segments)
        flat = np.column_stack([outline, np.zeros(len(outline))])
        return _with_edges(flat, np.arange(len(flat)), np.array([0]), np.zeros(1, bool))
    bevel = _bevel_width(half, thickness, radius, bevel)
    angles = np.linspace(0, np.pi / 2, rings + 1) if bevel > 0 and rings else np.zeros(1)
    # each loop around the tile: how far inside the edge it runs, and its height
    insets = [0.0, *(bevel * (1 - np.cos(angles)))]
    heights = [0.0, *(1 - bevel / thickness * (1 - np.sin(angles)))] if len(angles) > 1 else [0.0, 1.0]
    loops = []
    for inset, height in zip(insets, heights, strict=True):
        outline = _rounded_square(half - inset, max(radius - inset, 0.0), segments if radius > 0 else 0)
        loops.append(np.column_stack([outline, np.full(len(outline), height)]))
    around = len(loops[0])
    lower = np.arange(around)
    following = np.roll(lower, -1)
    sides = [
        np.column_stack([lower, following, following + around, lower + around]) + level * around
        for level in range(len(loops) - 1)
    ]
    quads = np.concatenate(sides).ravel()
    top, bottom = lower + (len(loops) - 1) * around, lower[::-1]
    starts = np.concatenate([np.arange(0, len(quads), 4), [len(quads), len(quads) + around]])
    smooth = np.arange(len(starts)) < (len(starts) - 2 if radius > 0 else 0)  # all around, but neither top nor bottom
    return _with_edges(np.concatenate(loops), np.concatenate([quads, top, bottom]), starts, smooth)


def _with_edges(
    vertices: NDArray[np.float64], corners: NDArray[np.int64], starts: NDArray[np.int64], smooth: NDArray[np.bool_]
) -> TileMesh:
    """The shape with the edges of its faces, each once."""
    following = np.roll(corners, -1)
    following[np.append(starts[1:], len(corners)) - 1] = corners[starts]
    ends = np.sort(np.column_stack([corners, following]), axis=1)
    edges, corner_edges = np.unique(ends, axis=0, return_inverse=True)
    sharp = np.zeros(len(edges), bool)
    sharp[corner_edges.ravel()[np.repeat(~smooth, np.diff(starts, append=len(corners)))]] = True
    return TileMesh(vertices, corners, starts, edges, corner_edges.ravel(), smooth, sharp)


def _rounded_square(half: float, radius: float, segments: int) -> NDArray[np.float64]:
    """Shape (n, 2): the edge of a rounded square, counterclockwise."""
    if segments == 0:
        return half * np.array([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]])
    turns = np.linspace(0, np.pi / 2, segments + 1)
    points = []
    for corner, (x, y) in enumerate([(1, 1), (-1, 1), (-1, -1), (1, -1)]):
        angles = turns + corner * np.pi / 2
        middle = (half - radius) * np.array([x, y])
        points.append(middle + radius * np.column_stack([np.cos(angles), np.sin(angles)]))
    return np.concatenate(points)
