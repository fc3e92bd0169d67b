# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines and the sides of the frustum, in pieces that have a place in the order of the tiles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from kernelwalk.core import Plan
from kernelwalk.core.arrays import Floats
from kernelwalk.core.camera.framing import View
from kernelwalk.core.geometry.tile_mesh import find_corner_surface_point
from kernelwalk.core.lines.frustum import SIDE_CORNERS
from kernelwalk.core.lines.see_through import SEE_THROUGH_OPACITY
from kernelwalk.core.tiles.body_opacity import find_body_opacity

from .blending import format_color, match_blending
from .drawing_order import Boxes, Silhouettes, merge_places
from .shapes import Area, Shape, Stroke, make_polygons
from .tile_shapes import project

PIECE_LENGTH, MAX_PIECES = 0.08, 96
"""Length of the pieces of a line whose order is found, in units of the tile pitch, and the most of one line."""

ARCH_PIECES = 24
"""Pieces of an arch."""

JOINT = 0.5
"""Pixels by which pieces of an opaque line reach into each other."""

FRAMES, REAR_SIDES, LINES, NEAR_SIDES, NEAR_LINES = range(5)
"""Order of what has the same place among the tiles."""


class Placed(NamedTuple):
    """A shape before the tile of this place in the order of tiles."""

    place: int
    rank: int
    shape: Shape


def lower_tops(plan: Plan, boxes: Boxes) -> Boxes:
    """Return the boxes of tiles up to where lines meet their rounded corners."""
    look = plan.spec.look
    if look.thickness == 0:
        return boxes
    thickness = max(max(grid.thicknesses) for grid in plan.grids)
    _, share = find_corner_surface_point(look.tile_size, thickness, look.rounding, look.bevel)
    high = boxes.high.copy()
    high[:, 2] = boxes.low[:, 2] + share * (boxes.high[:, 2] - boxes.low[:, 2])
    return Boxes(boxes.low, high)


def place_lines(plan: Plan, view: View, frame: float, tiles: Silhouettes) -> Iterator[Placed]:
    """Yield the lines and the sides of the frustum on a frame."""
    look = plan.spec.look
    rear = find_rear_lines(plan, view, frame)
    for line_set, lines in zip(plan.lines, plan.lines_at(frame), strict=True):
        width, color = line_set.width * plan.pixels_per_unit, format_color(look, line_set.color)
        is_frame = line_set.name in ("winners", "differences")
        for number, line in enumerate(lines):
            points = _sample_arch(line) if line_set.is_arched else _sample(line)
            is_near = line_set.name == "connectors" and rear is not None and number not in rear
            rank = FRAMES if is_frame else NEAR_LINES if is_near else LINES
            yield from _place_line(plan, view, points, width, color, tiles, rank)
    yield from _place_frustum(plan, view, frame, tiles)


def show_through(plan: Plan, view: View, frame: float, backgrounds: Floats) -> list[Stroke]:
    """Return the pale copies of the connectors that show through tiles."""
    if plan.see_through is None:
        return []
    lines = plan.lines[0]
    opacity = find_body_opacity(SEE_THROUGH_OPACITY)
    color, opacity = match_blending(plan.spec.look, lines.color, opacity, backgrounds)
    width = lines.width * plan.pixels_per_unit
    return [Stroke(project(plan, view, line), width, color, opacity) for line in plan.lines_at(frame)[0]]


def _sample(line: Floats) -> Floats:
    """Return points (n, 3) along a straight line (2, 3)."""
    length = float(np.linalg.norm(line[1] - line[0]))
    count = int(np.clip(np.ceil(length / PIECE_LENGTH), 1, MAX_PIECES))
    return line[0] + np.linspace(0, 1, count + 1)[:, None] * (line[1] - line[0])


def _sample_arch(line: Floats) -> Floats:
    """Return points (n, 3) along an arch over three points: a quadratic Bezier curve."""
    share = np.linspace(0, 1, ARCH_PIECES + 1)[:, None]
    points: Floats = (1 - share) ** 2 * line[0] + 2 * share * (1 - share) * line[1] + share**2 * line[2]
    return points


def _place_line(
    plan: Plan, view: View, points: Floats, width: float, color: str, tiles: Silhouettes, rank: int
) -> Iterator[Placed]:
    seen = project(plan, view, points)
    if np.abs(np.diff(seen, axis=0)).max() < 1e-9:
        return  # a step that reads nothing has lines without a length
    pieces = Boxes(np.minimum(points[:-1], points[1:]), np.maximum(points[:-1], points[1:]))
    low, high = np.minimum(seen[:-1], seen[1:]) - width / 2, np.maximum(seen[:-1], seen[1:]) + width / 2
    wanted = _find_wanted(tiles, float(points[:, 2].max()), rank)
    for begin, end, first, last in merge_places(tiles.find_places(pieces, low, high)):
        part = seen[begin : end + 1].copy()
        if len(points) != ARCH_PIECES + 1:
            part = part[[0, -1]]
        for tip, before, is_joint in ((0, 1, begin > 0), (-1, -2, end < len(points) - 1)):
            outward = part[tip] - part[before]
            length = float(np.hypot(*outward))
            if is_joint and length > 0:
                part[tip] += outward / length * JOINT
        yield Placed(int(np.clip(wanted, first, last)), rank, Stroke(part, width, color))


def _find_wanted(tiles: Silhouettes, top: float, rank: int) -> int:
    """Return the place before the tiles that stand above what lies below `top`; frames lie on their tiles."""
    if rank == FRAMES:
        return 0
    above = np.flatnonzero(tiles.boxes.low[:, 2] >= top - 1e-6)
    return int(above[0]) if len(above) else len(tiles.boxes.low)


def find_rear_lines(plan: Plan, view: View, frame: float) -> set[int] | None:
    """Return the numbers of the connectors behind the near sides of a frustum; None without one."""
    if plan.frustum is None:
        return None
    near: set[int] = set()
    for body, first in zip(plan.frustum_at(frame), plan.lines[0].edge_groups, strict=True):
        for number, corners in enumerate(SIDE_CORNERS):
            if _is_near(body, corners, view):
                near |= {first + number, first + (number + 1) % 4}
    return set(range(plan.lines[0].points.shape[1])) - near


def _is_near(body: Floats, corners: Floats, view: View) -> bool:
    """Return True if a side of a frustum (8, 3) faces the camera."""
    middle = body[corners].mean(axis=0)
    first, second = body[corners[2]] - body[corners[0]], body[corners[3]] - body[corners[1]]
    normal = np.cross(first, second)
    outward = normal * np.sign(normal @ (middle - body.mean(axis=0)))
    return bool(outward @ view.find_directions_to_camera(middle[None])[0] > 0)


def _place_frustum(plan: Plan, view: View, frame: float, tiles: Silhouettes) -> Iterator[Placed]:
    if plan.frustum is None:
        return
    from .blending import list_backgrounds

    color, opacity = match_blending(plan.spec.look, plan.frustum.color, plan.frustum.opacity, list_backgrounds(plan))
    for body in plan.frustum_at(frame):
        for corners in SIDE_CORNERS:
            upper, lower = body[corners[[0, 3]]], body[corners[[1, 2]]]
            count = len(_sample(np.array([upper.mean(axis=0), lower.mean(axis=0)])))
            shares = np.linspace(0, 1, count)[:, None, None]
            rungs = upper + shares * (lower - upper)  # (count, 2, 3)
            seen = project(plan, view, rungs)
            strips = np.concatenate([rungs[:-1], rungs[1:]], axis=1)
            seen_strips = np.concatenate([seen[:-1], seen[1:]], axis=1)
            pieces = Boxes(strips.min(axis=1), strips.max(axis=1))
            places = tiles.find_places(pieces, seen_strips.min(axis=1), seen_strips.max(axis=1))
            wanted = _find_wanted(tiles, float(rungs[..., 2].max()), LINES)
            rank = NEAR_SIDES if _is_near(body, corners, view) else REAR_SIDES
            for begin, end, first, last in merge_places(places):
                outline = np.array([seen[begin, 0], seen[begin, 1], seen[end, 1], seen[end, 0]])
                area = Area(make_polygons([outline]), color, opacity)
                yield Placed(int(np.clip(wanted, first, last)), rank, area)
