# SPDX-License-Identifier: GPL-3.0-or-later
"""The body of a tile as areas: its sides, its bevel and its top.

Of an opaque tile, each area reaches below the next one, so that no background shines through between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from kernelwalk.core import Plan
from kernelwalk.core.arrays import Floats
from kernelwalk.core.camera.framing import View
from kernelwalk.core.geometry.tile_mesh import make_rounded_square, make_tile_mesh
from kernelwalk.core.labels.label_boxes import convex_hull
from kernelwalk.core.spec.look_section import Look
from kernelwalk.core.tiles.body_opacity import find_body_opacity
from kernelwalk.core.tiles.side_shades import measure_shade
from kernelwalk.core.tiles.tile_grid import TileGrid

from .blending import match_blending
from .shapes import Area, make_polygons

SHADE_STEP = 0.05
"""Difference of the brightness of two surfaces below which they are one area."""

SMALLEST_FACE = 1e-3
"""Square pixels below which a face is seen from its edge."""

OUTLINE_SEGMENTS = 6
"""Segments of the corners of squares on a tile's top."""

Fill = tuple[str, float]
"""A color #RRGGBB and its opacity."""

LEVEL = np.array([0.0, 0.0, 1.0])


class Face(NamedTuple):
    """A part of a tile's surface.

    outline: shape (n, 2), in pixels
    normal:  shape (3,), of the surface
    is_edge: True if it has the color of the tile's outline
    bounds:  True for the first face of a height; what is higher lies within it
    """

    outline: Floats
    normal: Floats
    is_edge: bool = False
    bounds: bool = True


def project(plan: Plan, view: View, points: Floats) -> Floats:
    """Return the pixels (..., 2) at which a view shows points (..., 3)."""
    return view.project(points) * np.array(plan.spec.render.resolution)


class GridBodies:
    """The faces of a grid's tiles. Those of equal tiles are cut once where the camera is orthographic."""

    def __init__(self, plan: Plan, view: View, grid: TileGrid):
        self.plan, self.view, self.look, self.size = plan, view, plan.spec.look, grid.size
        look = self.look
        thickness = max(grid.thicknesses)
        mesh = make_tile_mesh(grid.size, thickness, look.rounding, look.bevel, 1, plan.max_pixels_per_unit)
        self.is_flat = thickness == 0
        per_loop = len(mesh.vertices) if self.is_flat else len(mesh.corners) - int(mesh.face_starts[-1])
        self.loops = mesh.vertices.reshape(-1, per_loop, 3)
        self.known: dict[float, list[Face]] = {}
        origin, *units = project(plan, view, np.concatenate([np.zeros((1, 3)), np.eye(3)]))
        self.across = np.column_stack(units) - origin[:, None]  # pixels of a unit's length along each axis

    def cut(self, center: Floats, thickness: float) -> list[Face]:
        """Return the visible faces of a tile, the lowest first."""
        if self.view.distance is not None:
            return self._cut(center, thickness)
        if thickness not in self.known:
            self.known[thickness] = self._cut(np.zeros(3), thickness)
        shift = self.across @ center
        return [face._replace(outline=face.outline + shift) for face in self.known[thickness]]

    def _cut(self, center: Floats, thickness: float) -> list[Face]:
        loops = center + self.loops * [1.0, 1.0, thickness]
        seen = project(self.plan, self.view, loops)
        faces: list[Face] = []
        for level in range(len(loops) - 1):
            faces += self._cut_level(loops, seen, level)
        outline = self.look.outline
        faces.append(Face(seen[-1], LEVEL, is_edge=outline > self._inset(len(loops) - 1)))
        if faces[-1].is_edge and outline < self.size / 2:
            top = self.make_square(center, thickness, self.size - 2 * outline, max(self.look.rounding - outline, 0.0))
            faces.append(Face(top, LEVEL))
        return faces

    def make_square(self, center: Floats, height: float, edge: float, radius: float) -> Floats:
        """Return a rounded square (n, 2) on a tile's top, in pixels."""
        square = make_rounded_square(edge / 2, radius, OUTLINE_SEGMENTS if radius > 0 else 0)
        return project(self.plan, self.view, center + np.column_stack([square, np.full(len(square), height)]))

    def _inset(self, loop: int) -> float:
        return max(float(self.size / 2 - self.loops[loop, :, 0].max()), 0.0)  # floats would make it less

    def _cut_level(self, loops: Floats, seen: Floats, level: int) -> list[Face]:
        """Return the faces between two loops around a tile: the first with all above it, the others strips."""
        lower, upper = loops[level], loops[level + 1]
        along, across = np.roll(lower, -1, axis=0) - lower, upper - lower
        normals = np.cross(along, across)
        lengths = np.linalg.norm(normals, axis=1)
        normals = normals / np.maximum(lengths, 1e-12)[:, None]
        begin, end, top = seen[level], np.roll(seen[level], -1, axis=0), seen[level + 1]
        areas = _cross(end - begin, top - begin)
        is_seen = (areas > SMALLEST_FACE) & (lengths > 1e-9)
        is_edge = (self._inset(level) + self._inset(level + 1)) / 2 < self.look.outline
        hull = convex_hull(seen[level:].reshape(-1, 2))
        if not is_seen.any():
            return [Face(hull, LEVEL, is_edge)]
        groups = self._group(normals, is_seen)
        faces = [Face(hull, normals[_middle(groups[0])], is_edge)]
        count = len(lower)
        for number in range(1, len(groups)):
            edges = [edge for group in groups[number:] for edge in group]
            ends = [*edges, (edges[-1] + 1) % count]
            outline = np.concatenate([seen[level][ends], seen[level + 1][ends[::-1]]])
            faces.append(Face(outline, normals[_middle(groups[number])], is_edge, bounds=False))
        return faces

    def _group(self, normals: Floats, is_seen: Sequence[bool] | Floats) -> list[list[int]]:
        """Return the visible edges of a loop, from one end to the other, in groups of about the same brightness."""
        count, shown = len(normals), np.asarray(is_seen, bool)
        starts = np.flatnonzero(shown & ~np.roll(shown, 1))
        first = int(starts[0]) if len(starts) else 0
        groups: list[list[int]] = []
        reference = 0.0
        for edge in [(first + number) % count for number in range(count) if shown[(first + number) % count]]:
            shade = measure_shade(self.look, normals[edge], LEVEL)
            if not groups or abs(shade - reference) > SHADE_STEP:
                groups.append([])
                reference = shade
            groups[-1].append(edge)
        return groups


def paint_body(faces: Sequence[Face], fills: Sequence[Fill]) -> list[Area]:
    """Return the areas of a tile's faces with their fills, as of `find_fills`."""
    if all(opacity >= 1 for _, opacity in fills):
        return [Area(make_polygons([face.outline]), *fill) for face, fill in zip(faces, fills, strict=True)]
    outlines = [face.outline for face in faces if face.bounds]
    return [  # without what lies within the next one
        Area(make_polygons(outlines[number : number + 2]), *fill) for number, fill in enumerate(fills)
    ]


def find_fills(
    look: Look, faces: Sequence[Face], is_flat: bool, color: Floats, opacity: float, backgrounds: Floats
) -> list[Fill]:
    """Return the fills of a tile's faces; of a transparent tile, of those that bound others.

    is_flat: True for tiles without thickness
    color: scene RGB of the tile
    opacity: of each surface: a body is seen through two of them
    """
    edge = look.to_scene_rgb(look.colors.outline)
    total = opacity if is_flat else find_body_opacity(opacity)
    fills = []
    for face in faces:
        if opacity < 1 and not face.bounds:
            continue
        own = edge if face.is_edge else color
        shade = 1.0 if face.normal is LEVEL else measure_shade(look, face.normal, own)
        # the rear of a body, which is seen through its front, is about as bright as its top
        seen = own * ((opacity * shade + total - opacity) / total)
        fills.append(match_blending(look, seen, total, backgrounds))
    return fills


def _cross(first: Floats, second: Floats) -> Floats:
    return first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]


def _middle(group: Sequence[int]) -> int:
    return group[len(group) // 2]
