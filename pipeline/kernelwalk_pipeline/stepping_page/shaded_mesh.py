# SPDX-License-Identifier: GPL-3.0-or-later
"""The body of a tile as triangles, with the brightness of its sides."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from kernelwalk.core.geometry.tile_mesh import make_tile_mesh
from kernelwalk.core.spec.look_section import Look
from kernelwalk.core.tiles.side_shades import measure_shade

PIXELS = 60.0
"""Pixels of a tile for which its corners are round enough."""

UPRIGHT = np.array([0.0, -1.0, 0.0])
"""A normal whose shade depends on the tile's color wherever any does."""

BLACK, WHITE = np.zeros(3), np.ones(3)


def make_shaded_mesh(look: Look, size: float, thickness: float) -> dict[str, Any]:
    """Return a tile's body: coordinates of vertices, z as a share of the thickness; triangles without the underside;
    and the brightness of each vertex for black and for white tiles, as shares of its top's.

    thickness: 0 gives a flat square
    """
    mesh = make_tile_mesh(size, thickness, look.rounding, look.bevel, 1, PIXELS / size)
    faces = np.split(mesh.corners, mesh.face_starts[1:])
    sides, top = (faces[:-2], faces[-2]) if thickness else ([], faces[0])
    normals = np.zeros_like(mesh.vertices)
    scaled = mesh.vertices * [1.0, 1.0, thickness]
    for face in sides:
        first, second, _, last = scaled[face]
        normals[face] += np.cross(second - first, last - first)
    lengths = np.linalg.norm(normals, axis=1)
    shades = [
        [measure_shade(look, normal / max(length, 1e-12), color) for color in (BLACK, WHITE)]
        for normal, length in zip(normals, lengths.tolist(), strict=True)
    ]
    count = len(mesh.vertices)
    triangles = [corner for a, b, c, d in sides for corner in (a, b, c, a, c, d)]
    fan = count + np.arange(len(top))  # the top has corners of its own, as bright as its color
    triangles += [corner for one, other in itertools.pairwise(fan[1:]) for corner in (fan[0], one, other)]
    return {
        "vertices": np.concatenate([mesh.vertices, mesh.vertices[top]]).round(4).ravel().tolist(),
        "shades": np.round([*shades, *[[1.0, 1.0]] * len(top)], 3).ravel().tolist(),
        "triangles": [int(corner) for corner in triangles],
    }


def find_shade_share(look: Look, color: str) -> float:
    """Return where between a black (0) and a white tile (1) the sides of a tile of a color #RRGGBB are shaded."""
    low, own, high = (measure_shade(look, UPRIGHT, each) for each in (BLACK, look.to_scene_rgb(color), WHITE))
    return round((own - low) / (high - low), 3) if high != low else 0.0
