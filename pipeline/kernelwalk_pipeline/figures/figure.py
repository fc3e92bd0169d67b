# SPDX-License-Identifier: GPL-3.0-or-later
"""A step of a plan as shapes, the farthest first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from kernelwalk.core import Plan
from kernelwalk.core.arrays import Floats, Integers
from kernelwalk.core.camera.framing import View, list_box_corners
from kernelwalk.core.plan.tile_moments import SMALLEST_OPACITY, GridMoment, list_moments
from kernelwalk.core.tiles.walk_state import WalkState

from .blending import format_color, list_backgrounds
from .drawing_order import Boxes, Silhouettes, find_eye, order_tiles
from .label_shapes import draw_labels
from .line_shapes import lower_tops, place_lines, show_through
from .shapes import Area, Shape, make_polygons
from .tile_shapes import Fill, GridBodies, find_fills, paint_body, project
from .value_shapes import ValuePainter


@dataclass(frozen=True)
class Figure:
    """The shapes of a step, in a picture of so many pixels."""

    width: int
    height: int
    shapes: list[Shape]


def draw_step(plan: Plan, step: int) -> Figure:
    """Draw a step, at rest."""
    frame, look = float(plan.spec.start_frame(step)), plan.spec.look
    width, height = plan.spec.render.resolution
    shapes: list[Shape] = []
    if not plan.spec.render.transparent:
        corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
        shapes.append(Area(make_polygons([corners]), format_color(look, look.to_scene_rgb(look.colors.background))))
    shapes += _draw_frame(plan, frame)
    if plan.beside is not None:
        shapes += _draw_frame(plan.beside, frame)
    return Figure(width, height, shapes)


def _draw_frame(plan: Plan, frame: float) -> list[Shape]:
    """Return the shapes of a plan on a frame."""
    view, state = plan.view_at(frame), plan.state_at(frame)
    shapes: list[Shape] = []
    backgrounds = list_backgrounds(plan)
    moments = list_moments(plan, state, frame)
    numbers = [np.flatnonzero(moment.opacities > SMALLEST_OPACITY) for moment in moments]
    boxes, tiers = _make_boxes(moments, numbers)
    tiles = np.array([(grid, tile) for grid, own in enumerate(numbers) for tile in own.tolist()]).reshape(-1, 2)
    eye = find_eye(view)
    order = order_tiles(boxes, tiers, eye)
    tiles, ordered = tiles[order], boxes.take(order)
    seen = project(plan, view, list_box_corners(np.stack([ordered.low, ordered.high], axis=1))).reshape(-1, 8, 2)
    placed = sorted(
        place_lines(plan, view, frame, Silhouettes(lower_tops(plan, ordered), seen, eye)), key=lambda each: each[:2]
    )
    painters = [_TilePainter(plan, view, moment, state, backgrounds) for moment in moments]
    for place, (grid, tile) in enumerate(tiles.tolist()):
        while placed and placed[0].place <= place:
            shapes.append(placed.pop(0).shape)
        shapes += painters[grid].paint(tile)
    shapes += [each.shape for each in placed]
    shapes += show_through(plan, view, frame, backgrounds)
    shapes += draw_labels(plan, view, frame)
    return shapes


def count_tiles(plan: Plan, step: int) -> int:
    """Return the number of tiles that a step shows."""
    frame = float(plan.spec.start_frame(step))
    moments = [moment for each in plan.with_beside for moment in list_moments(each, each.state_at(frame), frame)]
    return sum(int((moment.opacities > SMALLEST_OPACITY).sum()) for moment in moments)


def _make_boxes(moments: list[GridMoment], numbers: list[Integers]) -> tuple[Boxes, Integers]:
    """Return the boxes of the tiles that are drawn, and the tier of each: a grid's tiles of one height at rest."""
    lows, highs, tiers, count = [], [], [], 0
    for moment, own in zip(moments, numbers, strict=True):
        grid = moment.grid
        half = np.array([grid.size / 2, grid.size / 2, 0.0])
        thickness = np.array(grid.thicknesses)[grid.kinds[own]]
        centers = moment.centers[own]
        lows.append(centers - half)
        highs.append(centers + half + thickness[:, None] * np.array([0.0, 0.0, 1.0]))
        heights, tier = np.unique(np.round(grid.base_centers[own, 2], 6), return_inverse=True)
        tiers.append(tier.reshape(-1) + count)
        count += len(heights)
    return Boxes(np.concatenate(lows), np.concatenate(highs)), np.concatenate(tiers)


class _TilePainter:
    """Paints tiles of a grid on a frame, with their values."""

    def __init__(self, plan: Plan, view: View, moment: GridMoment, state: WalkState, backgrounds: Floats):
        self.look, self.moment, self.backgrounds = plan.spec.look, moment, backgrounds
        self.bodies = GridBodies(plan, view, moment.grid)
        values = moment.grid.values
        self.fills: dict[tuple[float, ...], list[Fill]] = {}
        self.values = None if values is None else ValuePainter(moment.grid, values, self.bodies, self.look, state)

    def paint(self, tile: int) -> list[Shape]:
        """Return the shapes of a tile."""
        moment = self.moment
        center, color, opacity = moment.centers[tile], moment.colors[tile], float(moment.opacities[tile])
        thickness = moment.grid.thicknesses[int(moment.grid.kinds[tile])]
        faces = self.bodies.cut(center, thickness)
        key = (thickness, opacity, *color.tolist())
        if key not in self.fills or self.bodies.view.distance is not None:  # in perspective, tiles show other faces
            self.fills[key] = find_fills(self.look, faces, self.bodies.is_flat, color, opacity, self.backgrounds)
        shapes: list[Shape] = [*paint_body(faces, self.fills[key])]
        if self.values is not None:
            shapes += self.values.paint(tile, center, color, opacity, self.backgrounds)
        return shapes
