# SPDX-License-Identifier: GPL-3.0-or-later
"""The solver: it finds the layout, the camera and the labels that make the tiles of a picture as large as can be.

Labels move the camera, the camera's place decides how high grids must stand, and heights move the labels. Seven nested
loops search for a solution in which all agree; each is a function with a bound. Loops 1 and 2 both run loop 3:

    find_solution
    ├─ 1 choose_layout_option    ≤ 2 layout options                 keep the option with the largest tiles
    ├─ 2 stretch_layout          ≤ 3 STRETCH_FACTORS                keep the first factor that has room
    └─── 3 settle_margins        ≤ 4 MAX_MARGIN_ROUNDS              perspective: tiles ↔ margins that labels reserve
         ├─ 4 make_layouts       ≤ 6 rounds, geometry/layout.py     perspective: heights of grids ↔ camera
         └─ solve_view           without lines in each round, with lines at the end, unless they take no room
            ├─ 5 choose_labels   ≤ 7 sizes × 2 legends × 6 sides    keep the labels that leave the tiles largest
            │    └─ 6 settle_scale  ≤ 3 MAX_SCALE_ROUNDS            labels at a scale ↔ scale beside the labels
            └─ 7 settle_camera   ≤ 8 MAX_CAMERA_ROUNDS              perspective: camera ↔ outline that it sees
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ..assembly.scene_geometry import SceneGeometry, make_scene_geometry
from ..camera.framing import ReservedMargins, View, reframe_view
from ..geometry.grids import Grid
from ..geometry.layout import LayoutOption, can_stretch, list_layout_options, make_layouts
from ..labels.corner_labels import CornerLabels, lay_out_corners
from ..labels.grid_names import NAME_SIDES, STACKED_NAME_SIDES
from ..labels.label_boxes import LabelBoxes
from ..labels.projected_grids import ProjectedGrids
from ..labels.scene_fit import FitProblem, Placement
from ..layers.padding import CAUSAL
from ..lines.line_set import LineSet
from ..spec.spec import Spec
from .composition import (
    Composition,
    LabelLayout,
    LabelOption,
    center_scene,
    compose,
    estimate_reserved_margins,
    place_grid_labels,
)
from .visible_scene import VisibleScene

STRETCH_FACTORS = (2.0, 1.6, 1.3)
"""Heights of grids over each other, as multiples of the least, where the picture has room above them: lines are longer
then, and hide less of what is active."""

MAX_FILL_BEFORE_STRETCH, MAX_WIDENING = 0.8, 1.12
"""Share of the free height that the tiles may take before a stretch; and the widening of the view that it may cost."""

MAX_MARGIN_ROUNDS, MARGIN_TOLERANCE = 4, 0.005
"""Rounds of settle_margins; and the change of the reserved margins, as a share of the picture, that counts as none."""

LABEL_SHRINKAGE, MIN_LABEL_SCALE = 0.88, 0.5
"""Factor between two sizes of labels that are tried, and the least size; 1 is the size that the spec asks for."""

MIN_SCENE_SCALE = 0.5
"""Scale of the tiles, as a share of that without labels, below which smaller labels are tried."""

MIN_GAIN, MAX_LOSS = 1.08, 0.85
"""An alternative must make the tiles 8 % larger to be chosen, so that templates with similar tiles get the same labels;
one with more names at their grids may make the tiles 15 % smaller."""

MAX_SCALE_ROUNDS, SCALE_TOLERANCE = 3, 0.999
"""Rounds of settle_scale; and the share of a scale that counts as the same."""

MAX_CAMERA_ROUNDS, SHRINKAGE_PER_ROUND, PIXEL_TOLERANCE = 8, 0.004, 0.5
"""Rounds of settle_camera; the shrinkage of the scene in each; and the overlap in pixels that counts as none."""


class Solution(NamedTuple):
    """The geometry, lines and composition of a scene with one layout option.

    lines_view: the view for which the lines were made
    """

    geometry: SceneGeometry
    lines: tuple[LineSet, ...]
    composition: Composition
    lines_view: View

    @property
    def view_width(self) -> float:
        """Width of the view: the smaller, the larger the tiles."""
        return self.composition.view.width


def find_solution(spec: Spec, grids: Sequence[Grid]) -> Solution:
    """Return the layout, lines, camera and labels for the grids of a spec."""
    return stretch_layout(spec, grids, choose_layout_option(spec, grids))


def choose_layout_option(spec: Spec, grids: Sequence[Grid]) -> Solution:
    """Loop 1: return the solution with the largest tiles, among the layout options that the spec leaves open."""
    options = list_layout_options(spec.show, spec.look, spec.camera)
    if all(len(axis.cells) == 1 for grid in grids for axis in grid.axes[:2]):
        options = [
            option for option in options if option.is_stacked == options[0].is_stacked
        ]  # there is nothing to spread
    best: Solution | None = None
    for option in options:
        solution = settle_margins(spec, grids, option, np.inf if best is None else best.view_width)
        if best is None or (solution is not None and solution.view_width < best.view_width):
            best = solution
    assert best is not None, "no width limits the first option"
    return best


def stretch_layout(spec: Spec, grids: Sequence[Grid], solution: Solution) -> Solution:
    """Loop 2: return the solution with the grids as high as the picture has room for, if the tiles stay as large."""
    geometry, composition = solution.geometry, solution.composition
    free_height = 1 - 2 * spec.camera.margin
    if not can_stretch(spec.look, geometry.option) or (
        _filled_height(geometry, composition.view) > MAX_FILL_BEFORE_STRETCH * free_height
    ):
        return solution
    max_width = MAX_WIDENING * solution.view_width
    for stretch in STRETCH_FACTORS:
        higher = settle_margins(spec, grids, replace(geometry.option, stretch=stretch), max_width)
        if (
            higher is not None
            and higher.view_width <= max_width
            and higher.composition.displaced_names <= composition.displaced_names
        ):
            return higher
    return solution


def _filled_height(geometry: SceneGeometry, view: View) -> float:
    """Return the share of the picture's height that the tiles take."""
    y = view.project(geometry.corners)[:, 1]
    return float(y.max() - y.min())


def settle_margins(spec: Spec, grids: Sequence[Grid], option: LayoutOption, max_width: float) -> Solution | None:
    """Loop 3: return the solution for one layout option; None if the tiles alone need a view wider than `max_width`.

    In perspective, the heights of grids depend on the camera's place, that on the margins that labels reserve, and
    those on the heights. The width is not checked there: labels may bring a wide scene nearer.

    The width of lines depends on the whole picture, so lines are added once the geometry is settled.
    """
    is_perspective = spec.camera.projection == "perspective"
    margins = estimate_reserved_margins(spec)
    for _ in range(MAX_MARGIN_ROUNDS if is_perspective else 1):
        geometry = lay_out_option(spec, grids, option, margins)
        tiles = VisibleScene(spec, geometry, ())
        if not is_perspective and tiles.closest_view.width > max_width:
            return None
        lines_view, layout, reserved = solve_view(tiles, margins)
        is_settled = np.abs(np.subtract(reserved, margins)).max() < MARGIN_TOLERANCE
        margins = reserved
        if is_settled:
            break
    lines = geometry.make_lines(lines_view)
    scene = VisibleScene(spec, geometry, lines)
    known_layout = layout if not is_perspective and scene.looks_like(tiles) else None
    view, layout, margins = solve_view(scene, margins, known_layout)
    return Solution(geometry, lines, compose(spec, view, layout, margins), lines_view)


def lay_out_option(spec: Spec, grids: Sequence[Grid], option: LayoutOption, margins: ReservedMargins) -> SceneGeometry:
    """Return the geometry for one layout option, where labels reserve these margins."""
    axes, causal = [grid.drawn_axes for grid in grids], [layer.padding_name == CAUSAL for layer in spec.layers]
    settings = axes, causal, spec.show, spec.look, spec.camera, spec.render.resolution, spec.walk.lift
    return make_scene_geometry(spec, grids, make_layouts(*settings, margins, option), option)


def solve_view(
    scene: VisibleScene, margins: ReservedMargins, layout: LabelLayout | None = None
) -> tuple[View, LabelLayout | None, ReservedMargins]:
    """Return the view of a scene, the labels that the spec asks for, if any, and in perspective the margins that these
    reserve.

    margins: in perspective, the margins that labels reserve, as far as they are known
    layout:  the labels of a scene that looks alike, where they are known
    """
    spec, labels = scene.spec, scene.spec.labels
    parts = labels.title, labels.names, labels.caption, labels.equation, labels.position, labels.indices, labels.legend
    if not any(parts) and (spec.values is None or not labels.sum):
        return scene.closest_view, None, scene.span_margins
    return solve_labels(scene, margins, layout=layout)


def solve_labels(
    scene: VisibleScene, margins: ReservedMargins, limit: float = np.inf, layout: LabelLayout | None = None
) -> tuple[View, LabelLayout, ReservedMargins]:
    """Return the view of a scene, its labels, and in perspective the margins that these reserve.

    margins: these margins, as far as they are known
    limit:   without perspective, the largest scale that is wanted
    layout:  as of solve_view
    """
    is_perspective = scene.spec.camera.projection == "perspective"
    view = scene.fit_view(margins) if is_perspective else scene.closest_view
    if layout is None:
        layout = choose_labels(scene, view, np.inf if is_perspective else limit)
    if is_perspective:
        return settle_camera(scene, view, layout)
    placement, resolution = layout.placement, np.array(scene.spec.render.resolution)
    offset = (resolution / 2 - placement.origin) / placement.scale
    width = float(resolution[0]) / placement.scale
    return reframe_view(view, scene.points, scene.angles, width, offset), layout, margins


def choose_labels(scene: VisibleScene, view: View, limit: float) -> LabelLayout:
    """Loop 5: return the labels that leave the tiles largest, of the size that the spec asks for if they leave enough.

    limit: largest scale that is wanted
    """
    spec, area = scene.spec, scene.area
    projected, outline = scene.project_grids(view), scene.find_outline(view)
    width, height = spec.room
    scale_without_labels = FitProblem(outline, LabelBoxes.concatenate(), area, [], limit=limit).max_scale()
    sides = (*NAME_SIDES, *(STACKED_NAME_SIDES if width < height else ())) if spec.labels.names else NAME_SIDES[:1]
    columns = (True, False) if spec.labels.legend else (True,)
    best: LabelLayout | None = None
    for size in _label_sizes(spec):
        best = None
        for in_column in columns:
            corner_labels = lay_out_corners(spec, projected.geometry.all_tile_grids, size, in_column)
            reserved, min_gap = corner_labels.reserved, corner_labels.min_gap
            problem = FitProblem(outline, LabelBoxes.concatenate(), area, reserved, min_gap, limit)
            largest = problem.find_largest()
            for side in sides:
                min_scale = 0.0
                if best is not None:
                    min_scale = best.placement.scale * (MAX_LOSS if best.displaced_names else MIN_GAIN)
                if largest is None or min_scale >= largest.scale:
                    break  # no side makes the tiles larger
                option = LabelOption(size, in_column, side)
                layout = settle_scale(projected, corner_labels, problem, largest, option, min_scale)
                if best is None or (layout is not None and _is_better(layout, best)):
                    best = layout
        if best is not None and best.placement.scale >= MIN_SCENE_SCALE * scale_without_labels:
            return best
    if best is not None:
        return best
    # the smallest labels leave no room either
    return LabelLayout(center_scene(outline, area, limit), CornerLabels(), [], LabelOption(size, columns[-1], sides[0]))


def _label_sizes(spec: Spec) -> Iterator[float]:
    """Yield sizes of labels, from the spec's own to the least."""
    size = spec.labels.size
    min_size = size * MIN_LABEL_SCALE
    yield size
    while size > min_size:
        size = max(size * LABEL_SHRINKAGE, min_size)
        yield size


def _is_better(layout: LabelLayout, than: LabelLayout) -> bool:
    if layout.displaced_names != than.displaced_names:
        return layout.displaced_names < than.displaced_names
    return layout.placement.scale >= than.placement.scale * MIN_GAIN


def settle_scale(
    projected: ProjectedGrids,
    corner_labels: CornerLabels,
    problem: FitProblem,
    largest: Placement,
    option: LabelOption,
    min_scale: float,
) -> LabelLayout | None:
    """Loop 6: return the labels of one option; None if they leave no room for the scene at `min_scale`.

    The places of labels at grids depend on the scale, and the scale on the room that these labels take.

    problem: the scene beside the corner labels alone
    largest: its solution
    """
    placement, last_boxes = largest, None
    for _ in range(MAX_SCALE_ROUNDS):
        scale = placement.scale
        grid_labels = place_grid_labels(projected, option, scale)
        if last_boxes is not None and last_boxes.equals(grid_labels.boxes):
            break
        solution = problem.with_boxes(grid_labels.boxes).find_largest(min_scale)
        if solution is None:
            return None
        placement, last_boxes = solution, grid_labels.boxes
        if placement.scale >= scale * SCALE_TOLERANCE:
            break
    return LabelLayout(placement, corner_labels, grid_labels.anchored_texts(), option)


def settle_camera(scene: VisibleScene, view: View, layout: LabelLayout) -> tuple[View, LabelLayout, ReservedMargins]:
    """Loop 7: return the perspective view that has the scene about where the layout has it, its labels, and the margins
    that these reserve.

    From another place the camera sees another outline; while that overlaps the labels, the scene is made smaller.
    """
    spec = scene.spec
    resolution = np.array(spec.render.resolution)
    outline = scene.find_outline(view)
    for number in range(MAX_CAMERA_ROUNDS):
        middle, half = (outline.max(axis=0) + outline.min(axis=0)) / 2, np.ptp(outline, axis=0) / 2
        shrinkage = 1 - number * SHRINKAGE_PER_ROUND
        ends = np.array([middle - half * shrinkage, middle + half * shrinkage])
        low, high = (layout.placement.origin + layout.placement.scale * ends) / resolution
        left, bottom, right, top = np.maximum(np.concatenate([low, 1 - high]) - spec.camera.margin, 0.0).tolist()
        margins = left, bottom, right, top
        view = scene.fit_view(margins)
        problem, layout = lay_out_labels(scene, view, layout.option)
        outline, placement = problem.outline, layout.placement
        if problem.is_solved_by(placement, PIXEL_TOLERANCE):
            break
        layout = replace(layout, placement=problem.find_largest() or placement)
    return view, replace(layout, placement=placement), margins


def lay_out_labels(scene: VisibleScene, view: View, option: LabelOption) -> tuple[FitProblem, LabelLayout]:
    """Return the labels of an option where a view shows the scene, and the problem that this is to solve."""
    resolution = np.array(scene.spec.render.resolution)
    scale = float(resolution[0] / view.width)
    corner_labels = lay_out_corners(scene.spec, scene.geometry.all_tile_grids, option.size, option.legend_in_column)
    grid_labels = place_grid_labels(scene.project_grids(view), option, scale)
    reserved, min_gap = corner_labels.reserved, corner_labels.min_gap
    problem = FitProblem(scene.find_outline(view), grid_labels.boxes, scene.area, reserved, min_gap)
    placement = Placement(scale, resolution / 2)
    return problem, LabelLayout(placement, corner_labels, grid_labels.anchored_texts(), option)
