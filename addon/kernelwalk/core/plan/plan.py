# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: everything in the scene as plain data. Blender is one view of it; nothing is decided later.

World axes: x to the right along a row, y away from the viewer, z up. Lengths are in units of a tile's pitch, times in
frames, colors in scene RGB: the values that Blender gets, which Look.to_scene_rgb decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..animation.curve import Curve
from ..animation.orbit import ORBIT_TARGET
from ..animation.walk_curves import AXIS_NAMES
from ..arrays import Floats
from ..camera.framing import View
from ..geometry.flat_tiles import MIN_TILE_PIXELS
from ..labels.label import Box, Label, Swatch
from ..labels.sum_line import find_columns, place_glyphs
from ..lines.frustum import Frustum, format_corner_target
from ..lines.line_set import LineSet, format_line_target
from ..lines.see_through import SeeThroughTransform, make_see_through_transform
from ..spec.spec import Spec
from ..tiles.tile_grid import TileGrid
from ..tiles.walk_state import WalkState

SHADOW_LENGTH = 0.75
"""How far shadows may fall beyond the tiles, as a share of the height above the floor."""


@dataclass(frozen=True)
class Plan:
    """Everything in a scene.

    grids:    from the lowest up: from the input to the output, in scatter the other way round
    kernel:   the block of tiles that moves with the receptive field, at the first step; None if it is not shown
    lines:    sets of lines, the connectors first
    frustum:  the body between the output tile and the receptive field; None if it is not shown
    curves:   by target; see below
    view:     of the camera before it turns
    labels, swatches: text, and the legend's squares
    counter_labels: the glyphs of the walk's position by name, where they are when they are seen
    counter_box: the room in the picture that these take; None if there are none
    sum_lines: what each step computes, in numbers; empty if it is not shown
    sum_label: the longest of these lines, where it stands
    beside: the plan of another layer in the same picture, in a world of its own, as the camera sees it there; or None

    The targets of curves:
    "walk.x", "walk.y", "walk.z", "walk.c": the position
    "walk.active": 1 while a step is shown
    "last.AXIS", "reversed.AXIS": the last position and the direction, for the trail
    "walk.trail": 1 while the trail is shown, 0 when it has faded
    "shown.GRID": opacity of a grid that appears
    "connectors.hidden": 1 while no step is shown, for all lines and the kernel
    "kernel.AXIS": offset of the kernel
    "slide.GRID.AXIS": how far a grid of which an excerpt is drawn has slid
    "SET.LINE.POINT.AXIS": a point of a line that moves
    "SET.LINE.width": 0 while a step has no such line, else 1
    "SET.LINE.POINT.width": factor of the set's width that makes the line look equally wide
    "frustum.CORNER.AXIS": a corner of the frustum, as a share of its extent
    "sum.step": the step whose sum is shown, -1 for none
    "position.NAME.behind": distance by which a hidden glyph is moved back, else 0
    "position.NAME.across": shift of a glyph to the right
    "camera.turn": radians that the camera has turned around the view's pivot
    "place.x", "place.y": of the layer beside another, its place in the other's world
    """

    spec: Spec
    grids: tuple[TileGrid, ...]
    kernel: TileGrid | None
    lines: tuple[LineSet, ...]
    frustum: Frustum | None
    curves: Mapping[str, Curve]
    frames: range
    view: View
    labels: tuple[Label, ...] = ()
    swatches: tuple[Swatch, ...] = ()
    counter_labels: Mapping[str, Label] = field(default_factory=dict)
    counter_box: Box | None = None
    sum_lines: tuple[str, ...] = ()
    sum_label: Label | None = None
    beside: Plan | None = None

    def without_fixed_labels(self) -> Plan:
        """Return the plan without the text and the squares that are fixed in the picture of its own camera."""
        return replace(
            self,
            curves={key: curve for key, curve in self.curves.items() if not key.startswith(("position.", "sum."))},
            labels=tuple(label for label in self.labels if not label.is_fixed),
            swatches=(),
            counter_labels={},
            counter_box=None,
            sum_lines=(),
            sum_label=None,
            beside=None if self.beside is None else self.beside.without_fixed_labels(),
        )

    @property
    def with_beside(self) -> list[Plan]:
        """This plan, and that of the layer beside it if one is drawn."""
        return [self] if self.beside is None else [self, self.beside]

    @property
    def all_grids(self) -> tuple[TileGrid, ...]:
        """The grids, and the kernel if it is shown."""
        return self.grids if self.kernel is None else (*self.grids, self.kernel)

    @property
    def pixels_per_unit(self) -> float:
        """Pixels of a unit's length across the picture; in perspective, at the view's distance."""
        return self.spec.render.resolution[0] / self.view.width

    @property
    def max_pixels_per_unit(self) -> float:
        """Pixels of a unit's length where it looks longest."""
        view = self.view
        return self.pixels_per_unit if view.distance is None else self.pixels_per_unit * view.distance / view.near

    @property
    def see_through(self) -> SeeThroughTransform | None:
        """The transform of the lines' copies that show through tiles; None if the look has none."""
        return make_see_through_transform(self.view) if self.spec.look.see_through else None

    @property
    def has_sliding_grids(self) -> bool:
        """True if only an excerpt of some grid is drawn, under which the grid slides, also in the layer beside."""
        own = any(grid.excerpt is not None for grid in self.grids)
        return own or (self.beside is not None and self.beside.has_sliding_grids)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about what can hardly be seen in the picture."""
        pixels = self.pixels_per_unit * self.spec.look.tile_size
        if pixels >= MIN_TILE_PIXELS:
            return ()
        remedy = "use a larger picture, or show.excerpt, which draws the tiles near the receptive field"
        return (f"a tile is {pixels:.2g} pixels wide, and can hardly be seen: {remedy}",)

    @property
    def has_moving_camera(self) -> bool:
        """True if the camera orbits."""
        return ORBIT_TARGET in self.curves

    def view_at(self, frame: float) -> View:
        """Return the view on a frame."""
        return self.view.orbit_by(self.value_at(ORBIT_TARGET, frame))

    @property
    def floor_bounds(self) -> Floats:
        """Lowest and highest x and y of the floor, which holds the shadows of a high enough sun, shape (2, 2)."""
        low = np.min([grid.bounds[0] for grid in self.all_grids], axis=0)
        high = np.max([grid.bounds[1] for grid in self.all_grids], axis=0)
        shadow = SHADOW_LENGTH * high[2]
        own = np.array([low[:2] - shadow, high[:2] + shadow])
        return own if self.beside is None else _unite(own, self.beside.floor_bounds + self.beside.place_bounds[:, :2])

    @property
    def tile_bounds(self) -> Floats:
        """Lowest and highest corner of all tiles, those of the layer beside included, shape (2, 3)."""
        own = _unite(*(grid.bounds for grid in self.all_grids))
        return own if self.beside is None else _unite(own, self.beside.tile_bounds + self.beside.place_bounds)

    @property
    def place_bounds(self) -> Floats:
        """Lowest and highest place in the other's world, of a layer beside another, shape (2, 3)."""
        places = [self.curves[f"place.{axis}"].values for axis in "xy"]
        return np.array([[*(each.min() for each in places), 0.0], [*(each.max() for each in places), 0.0]])

    def state_at(self, frame: float) -> WalkState:
        """Return the state of the walk that determines the colors of tiles on a frame."""
        position, last_position, reversed_axes = (
            np.array([self.value_at(f"{name}.{axis}", frame) for axis in AXIS_NAMES])
            for name in ("walk", "last", "reversed")
        )
        trail_opacity = self.value_at("walk.trail", frame, 1.0)
        return WalkState(position, self.activity_at(frame), last_position, reversed_axes, trail_opacity)

    def grid_opacities_at(self, frame: float) -> Floats:
        """Return how far each grid has appeared on a frame, from 0 to 1, shape (grids,)."""
        return np.array([self.grid_opacity_at(number, frame) for number in range(len(self.grids))])

    def grid_opacity_at(self, number: int, frame: float) -> float:
        """Return how far a grid has appeared on a frame, from 0 to 1."""
        return self.value_at(f"shown.{number}", frame, 1.0)

    def slide_at(self, number: int, frame: float) -> Floats:
        """Return how far a grid has slid on a frame, shape (3,)."""
        return np.array([self.value_at(f"slide.{number}.{axis}", frame) for axis in AXIS_NAMES[:3]])

    def activity_at(self, frame: float) -> float:
        """Return 1 for a frame that shows a step, and 0 in the lead-in and lead-out."""
        return self.value_at("walk.active", frame)

    def colors_at(self, frame: float) -> dict[str, Floats]:
        """Return the scene RGB of every tile on a frame, shape (n, 3), by the name of the grid."""
        state = self.state_at(frame)
        return {grid.name: grid.colors_at(state) for grid in self.grids}

    def lines_at(self, frame: float) -> list[Floats]:
        """Return, for each set, the points of the lines that are visible on a frame, shape (lines, points, 3)."""
        if self.activity_at(frame) == 0:
            return [np.zeros((0, *line_set.points.shape[2:])) for line_set in self.lines]
        visible = []
        for line_set in self.lines:
            points = line_set.points[0].copy()
            for line, point, axis in np.ndindex(points.shape):
                target = format_line_target(line_set.name, line, point, axis)
                points[line, point, axis] = self.value_at(target, frame, points[line, point, axis])
            has_width = [self.value_at(f"{line_set.name}.{line}.width", frame, 1.0) > 0 for line in range(len(points))]
            visible.append(points[has_width])
        return visible

    def frustum_at(self, frame: float) -> Floats:
        """Return the corners of the bodies that are visible on a frame, shape (bodies, 8, 3)."""
        if self.frustum is None or self.activity_at(frame) == 0:
            return np.zeros((0, 8, 3))
        points = self.frustum.points[0].copy()
        for corner, axis in self.frustum.moving_coordinates:
            points[corner, axis] = self.frustum.extent * self.value_at(format_corner_target(corner, axis), frame)
        return points.reshape(-1, 8, 3)

    def kernel_offset_at(self, frame: float) -> Floats:
        """Return how far the kernel has moved on a frame, shape (3,)."""
        return np.array([self.value_at(f"kernel.{axis}", frame) for axis in AXIS_NAMES[:3]])

    def sum_step_at(self, frame: float) -> int:
        """Return the step whose sum is shown on a frame; -1 for none."""
        return round(self.value_at("sum.step", frame, -1.0))

    def find_sum_glyphs(self, step: int) -> dict[tuple[str, float], Box]:
        """Return the room in the picture of each glyph of a step's sum, by its character and where it begins, in ems.

        There is none for a negative step.
        """
        if step < 0:
            return {}
        assert self.sum_label is not None
        font = self.sum_label.font
        left, bottom, right, _ = self.sum_label.box
        em = (right - left) / font.width(self.sum_label.text)
        baseline = bottom + font.vertical_extent(self.sum_label.text)[0] * em
        boxes = {}
        for character, x in place_glyphs(self.sum_lines[step], self.sum_columns, font):
            descent, ascent = font.vertical_extent(character)
            start = left + x * em
            boxes[character, x] = (
                start,
                baseline - descent * em,
                start + font.width(character) * em,
                baseline + ascent * em,
            )
        return boxes

    @cached_property
    def sum_columns(self) -> tuple[float, ...]:
        """Places of the words of all sums, as of `find_columns`."""
        assert self.sum_label is not None
        return find_columns(self.sum_lines, self.sum_label.font)

    def value_at(self, target: str, frame: float, default: float = 0.0) -> float:
        """Return the value of a curve on a frame, or the default if there is no such curve."""
        curve = self.curves.get(target)
        return default if curve is None else curve.value_on(frame)

    @cached_property
    def unique_frames(self) -> NDArray[np.int64]:
        """For each frame the first frame that looks the same, which may be the frame itself, shape (frames,)."""
        looks = [self._list_looks(), *([self.beside._list_looks()] if self.beside else [])]
        _, first, which = np.unique(np.concatenate(looks, axis=1), axis=0, return_index=True, return_inverse=True)
        return np.array(self.frames)[first[which.reshape(-1)]]

    def _list_looks(self) -> Floats:
        """Return numbers that are equal on frames that look the same, shape (frames, n)."""
        frames = np.array(self.frames, np.float64)
        activity = self.curves["walk.active"].value_at(frames)
        # the position does not show while nothing is active, but the trail does; glyphs follow from the position
        curves = {target: curve for target, curve in self.curves.items() if not target.startswith("position.")}
        values = [
            curve.value_at(frames) * (1.0 if _shows_between_steps(target) else activity)
            for target, curve in curves.items()
        ]
        return np.column_stack([activity, *values])


def _unite(*bounds: Floats) -> Floats:
    """Return the lowest and the highest corner of all of `bounds`, shape (2, axes) each."""
    return np.array([np.min([low for low, _ in bounds], axis=0), np.max([high for _, high in bounds], axis=0)])


def _shows_between_steps(target: str) -> bool:
    """Return True if a curve changes the picture also while no step is shown."""
    return target.startswith(("last.", "reversed.", "shown.", "walk.active", "walk.trail", "camera.", "slide."))
