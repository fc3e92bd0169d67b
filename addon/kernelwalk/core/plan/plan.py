# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: everything of the scene as plain data. Blender is one view of it; nothing is decided any later.

World axes: x to the right along a row, y away from the viewer, z up. All lengths are in units of a tile's pitch, all
times in frames, all colours in linear RGB.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..animation.curve import Curve, curves_by_target
from ..animation.keyframes import AXIS_NAMES, ORBIT_TARGET, line_target, make_orbit_curves, make_walk_curves
from ..assembly.scene_geometry import SceneGeometry, make_scene_geometry
from ..camera.framing import View
from ..geometry.clearance import sample_orbit_angles
from ..geometry.grids import Grid, make_grids
from ..geometry.layout import LayoutOption, can_stretch, list_layout_options, make_layouts, may_occlude
from ..labels.label import Label, Swatch
from ..labels.step_counter import make_counter_curves
from ..layers.axis import INPUT
from ..layers.padding import CAUSAL
from ..lines.frustum import Frustum, corner_target, make_frustum
from ..lines.line_set import LineSet
from ..lines.see_through import SeeThroughTransform, make_see_through_transform
from ..spec.spec import Spec
from ..tiles.tile_grid import TileGrid, WalkState
from ..walk.activation import Floats
from .composition import Composition, estimate_reserved_margins, find_tile_view_width, solve_composition

MAX_MARGIN_ROUNDS, MARGIN_TOLERANCE = 4, 0.005
"""In perspective, how often what stands where is looked for anew, until the camera is where it was thought to be: what
it keeps free changes by no more than so much of the picture."""

SHADOW_LENGTH = 0.75
"""How far shadows may fall beyond the tiles, per height above the floor."""

STRETCH_FACTORS = (2.0, 1.6, 1.3)
"""How many times as high as they must be grids may stand over each other, where the picture has room above them: lines
are longer then, and less lies before what is lit."""

MAX_FILL_BEFORE_STRETCH, MAX_WIDENING = 0.8, 1.12
"""Of the height that a scene could have, how much at most it takes where grids are stretched; and how much wider the
view may become by that."""


@dataclass(frozen=True)
class Plan:
    """All of a scene.

    grids:  of tiles, from the lowest up: from the input to the output, in scatter the other way round
    kernel: the block of tiles that moves with the receptive field, at the first step; None where it is not shown
    lines:  sets of lines, the connectors first
    frustum: the body between what is computed and what is read; None where it is not shown
    words:  what is written, and the legend's `swatches`; all of it stands still
    figures: the pieces of the walk's position by their names, where they are when they are seen
    position: (left, bottom, right, top), the room in the picture that they take, in pixels; None where there are none
    channels: "walk.x", "walk.y", "walk.z", "walk.c" (the position), "walk.lit" (1 while a step is shown), "done.AXIS"
        and "turned.AXIS" (for what the walk leaves behind), "walk.kept" (0 when it is let go of), "shown.GRID" (how far
        a grid has appeared), "connectors.hidden" (1 while no step is shown: for all lines and the kernel),
        "kernel.AXIS" (how far it has moved), "SET.LINE.POINT.AXIS" for what moves of lines, "SET.LINE.width" (0 while a
        step has no such line, else 1) and "SET.LINE.POINT.width" (what the set's width is multiplied by so that it
        looks the same), "frustum.CORNER.AXIS" (as a share of its reach), "position.NAME.behind" (how far a figure has
        moved back, so as not to be seen, else 0), "position.NAME.across" (how far to the right), and
        "camera.turn" (radians that it has turned around the view's pivot)
    view: of the camera before it turns
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
    counter_box: tuple[float, float, float, float] | None = None

    @property
    def all_grids(self) -> tuple[TileGrid, ...]:
        """All that consists of tiles."""
        return self.grids if self.kernel is None else (*self.grids, self.kernel)

    @property
    def pixels_per_unit(self) -> float:
        """The pixels of a unit's length across the picture, in perspective of one that is in the middle."""
        return self.spec.render.resolution[0] / self.view.width

    @property
    def max_pixels_per_unit(self) -> float:
        """The pixels of a unit's length where it looks longest."""
        view = self.view
        return self.pixels_per_unit if view.distance is None else self.pixels_per_unit * view.distance / view.near

    @property
    def see_through(self) -> SeeThroughTransform | None:
        """Where the connectors show through what is before them, if they do."""
        return make_see_through_transform(self.view) if self.spec.look.see_through else None

    @property
    def has_moving_camera(self) -> bool:
        """Whether the camera moves."""
        return ORBIT_TARGET in self.curves

    def view_at(self, frame: float) -> View:
        """What the camera sees on a frame."""
        return self.view.orbit_by(self._value(ORBIT_TARGET, frame))

    @property
    def floor_bounds(self) -> Floats:
        """Shape (2, 2): the lowest and highest x and y of the floor, which holds the shadows of a high enough sun."""
        low = np.min([grid.bounds[0] for grid in self.all_grids], axis=0)
        high = np.max([grid.bounds[1] for grid in self.all_grids], axis=0)
        reach = SHADOW_LENGTH * high[2]
        return np.array([low[:2] - reach, high[:2] + reach])

    def state_at(self, frame: float) -> WalkState:
        """The moment of the walk that a frame shows, as far as it colours tiles."""
        position, done, turned = (
            np.array([self._value(f"{name}.{axis}", frame) for axis in AXIS_NAMES])
            for name in ("walk", "done", "turned")
        )
        return WalkState(position, self.activity_at(frame), done, turned, self._value("walk.kept", frame, 1.0))

    def grid_opacities_at(self, frame: float) -> Floats:
        """Shape (grids,): how far each grid has appeared, 0 to 1."""
        return np.array([self._value(f"shown.{number}", frame, 1.0) for number in range(len(self.grids))])

    def activity_at(self, frame: float) -> float:
        """1 while a step is shown, 0 in the lead-in and lead-out."""
        return self._value("walk.lit", frame)

    def colors_at(self, frame: float) -> dict[str, Floats]:
        """The linear RGB of every tile on a frame, shape (n, 3) for each grid's name."""
        state = self.state_at(frame)
        return {grid.name: grid.colors_at(state) for grid in self.grids}

    def lines_at(self, frame: float) -> list[Floats]:
        """Of each set of lines the points of those that are seen on a frame, shape (lines, points, 3)."""
        if self.activity_at(frame) == 0:
            return [np.zeros((0, *each.points.shape[2:])) for each in self.lines]
        found = []
        for each in self.lines:
            points = each.points[0].copy()
            for line, point, axis in np.ndindex(points.shape):
                target = line_target(each.name, line, point, axis)
                points[line, point, axis] = self._value(target, frame, points[line, point, axis])
            seen = [self._value(f"{each.name}.{line}.width", frame, 1.0) > 0 for line in range(len(points))]
            found.append(points[seen])
        return found

    def frustum_at(self, frame: float) -> Floats:
        """Shape (bodies, 8, 3): the corners of the bodies that are seen on a frame."""
        if self.frustum is None or self.activity_at(frame) == 0:
            return np.zeros((0, 8, 3))
        points = self.frustum.points[0].copy()
        for corner, axis in self.frustum.moving_coordinates:
            points[corner, axis] = self.frustum.extent * self._value(corner_target(corner, axis), frame)
        return points.reshape(-1, 8, 3)

    def kernel_offset_at(self, frame: float) -> Floats:
        """Shape (3,): how far the kernel has moved on a frame."""
        return np.array([self._value(f"kernel.{axis}", frame) for axis in AXIS_NAMES[:3]])

    def _value(self, target: str, frame: float, otherwise: float = 0.0) -> float:
        found = self.curves.get(target)
        return otherwise if found is None else float(found.value_at(np.array([frame], np.float64))[0])

    @cached_property
    def unique_frames(self) -> NDArray[np.int64]:
        """Shape (frames,): for each frame the first frame that looks the same, which is itself if none came before."""
        frames = np.array(self.frames, np.float64)
        lit = self.curves["walk.lit"].value_at(frames)
        # where nothing is lit, it does not show where the walk stands, but what has been stamped does
        # and the figures tell no more than where the walk stands
        told = {target: found for target, found in self.curves.items() if not target.startswith("position.")}
        state = [found.value_at(frames) * (1.0 if _stays(target) else lit) for target, found in told.items()]
        _, first, which = np.unique(np.column_stack([lit, *state]), axis=0, return_index=True, return_inverse=True)
        return np.array(self.frames)[first[which.reshape(-1)]]


def _stays(target: str) -> bool:
    """Whether a channel shows when no step is shown."""
    return target.startswith(("done.", "turned.", "shown.", "walk.lit", "walk.kept", "camera."))


def make_plan(spec: Spec) -> Plan:
    """The plan of a spec."""
    flat = make_grids(spec)
    found, lines, made = _stretched(spec, flat, _largest(spec, flat))
    view, counter = made.view, made.counter
    lines = found.with_constant_width(lines, view)
    if may_occlude(spec.look, spec.camera, found.option):
        found = found.with_occlusion([view.orbit_by(turn) for turn in sample_orbit_angles(spec.camera).tolist()])
    body = make_frustum(lines[0], spec.look.frustum, found.tile_grids[0].palette[INPUT, 1])
    channels = [*make_walk_curves(spec, found.kernel_offsets, lines, body), *make_orbit_curves(spec)]
    if counter is not None:
        channels += make_counter_curves(spec, counter, made.scale, made.hidden_distance)
    return Plan(
        spec,
        found.tile_grids,
        found.kernel,
        lines,
        body,
        curves=curves_by_target(channels),
        frames=spec.walk.frames(spec.step_count),
        view=view,
        labels=made.labels,
        swatches=made.swatches,
        counter_labels={glyph.name: word for glyph, word in zip(counter.glyphs, made.counter_labels, strict=True)}
        if counter
        else {},
        counter_box=counter.box if counter else None,
    )


_Arrangement = tuple[SceneGeometry, tuple[LineSet, ...], Composition]


def _largest(spec: Spec, flat: Sequence[Grid]) -> _Arrangement:
    """Of the ways to lay grids out that are open, the one in which the tiles are largest."""
    choices = list_layout_options(spec.show, spec.look, spec.camera)
    if all(len(strip.cells) == 1 for grid in flat for strip in grid.axes[:2]):
        choices = [way for way in choices if way.is_stacked == choices[0].is_stacked]  # nothing is there to be spread
    found: _Arrangement | None = None
    for way in choices:
        other = _arranged(spec, flat, way, np.inf if found is None else found[2].view.width)
        if found is None or (other is not None and other[2].view.width < found[2].view.width):
            found = other
    assert found is not None, "the first way is arranged however wide"
    return found


def _stretched(spec: Spec, flat: Sequence[Grid], found: _Arrangement) -> _Arrangement:
    """The same with grids as high over each other as the picture has room for, its tiles being no smaller."""
    stage, _, made = found
    if not can_stretch(spec.look, stage.option) or _filled(stage, made.view) > MAX_FILL_BEFORE_STRETCH * (
        1 - 2 * spec.camera.margin
    ):
        return found
    most = MAX_WIDENING * made.view.width
    for stretch in STRETCH_FACTORS:
        higher = _arranged(spec, flat, replace(stage.option, stretch=stretch), most)
        if higher is not None and higher[2].view.width <= most and higher[2].displaced_names <= made.displaced_names:
            return higher
    return found


def _filled(of: SceneGeometry, view: View) -> float:
    """How much of the picture's height the tiles take."""
    up = view.project(of.corners)[:, 1]
    return float(up.max() - up.min())


def _arranged(spec: Spec, flat: Sequence[Grid], way: LayoutOption, most: float) -> _Arrangement | None:
    """What stands where in one way, with its lines and words; None where its view would be wider than `most` without
    any. (In perspective, words may bring what is wide nearer.)

    Lines are as wide as the whole picture asks for, and are part of it. In perspective, heights are those that the
    camera's place asks for, which is found by the room that words leave.
    """
    strips, causal = [grid.axes for grid in flat], [layer.padding_name == CAUSAL for layer in spec.layers]
    given = strips, causal, spec.show, spec.look, spec.camera, spec.render.resolution, spec.walk.lift
    free = estimate_reserved_margins(spec)
    for _ in range(MAX_MARGIN_ROUNDS if spec.camera.projection == "perspective" else 1):
        of = make_scene_geometry(spec, flat, make_layouts(*given, free, way), way)
        if spec.camera.projection != "perspective" and find_tile_view_width(spec, of) > most:
            return None
        first = solve_composition(spec, of, (), free)
        close = np.abs(np.subtract(first.reserved_margins, free)).max() < MARGIN_TOLERANCE
        free = first.reserved_margins
        if close:
            break
    lines = of.make_lines(first.view)
    return of, lines, solve_composition(spec, of, lines, free)
