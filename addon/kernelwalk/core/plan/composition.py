# SPDX-License-Identifier: GPL-3.0-or-later
"""The composition of a picture: the view of a scene, and the labels in it, first in pixels and then in the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from ..arrays import Floats
from ..camera.framing import ReservedMargins, View
from ..labels.corner_labels import CornerLabels, lay_out_corners
from ..labels.grid_indices import FLOOR_CLEARANCE, IndexRow, OrbitIndexRow, place_indices
from ..labels.grid_names import place_names
from ..labels.label import Label, LegendSquare, Swatch, TextRun
from ..labels.label_boxes import LabelBoxes
from ..labels.projected_grids import AnchoredText, OrbitAnchor, ProjectedGrids
from ..labels.scene_fit import FitProblem, Placement
from ..labels.step_counter import StepCounter
from ..labels.typography import CAPTION_STYLE, em_pixels, is_faint, text_color
from ..spec.spec import Spec
from .visible_scene import NO_MARGINS, list_span_margins

LABEL_DISTANCE, LABEL_DISTANCE_SHARE = 0.15, 0.8
"""Distance of fixed labels from the camera, beyond the near clipping plane; in perspective, as a share of the distance
of the nearest tile or line."""

Area = tuple[float, float, float, float]
"""Left, bottom, right and top of the part of the picture that may be used, in pixels."""


@dataclass(frozen=True)
class Composition:
    """A view of a scene, and its labels in the world.

    pixels_per_unit: at the distance of fixed labels
    counter:         the position's glyphs in pixels; `counter_labels` has them in the world
    sum_lines: what each step computes; empty if it is not shown
    sum_label: the longest of these lines, where it stands
    hidden_distance: how far a glyph is moved back to be behind the camera
    reserved_margins: in perspective, shares of the picture that are kept free beside the scene
    displaced_names: number of names for which there is no room at their grids
    layout: the labels in pixels; None if there are none
    """

    view: View
    pixels_per_unit: float
    labels: tuple[Label, ...] = ()
    swatches: tuple[Swatch, ...] = ()
    counter: StepCounter | None = None
    counter_labels: tuple[Label, ...] = ()
    sum_lines: tuple[str, ...] = ()
    sum_label: Label | None = None
    hidden_distance: float = 1.0
    reserved_margins: ReservedMargins = NO_MARGINS
    displaced_names: int = 0
    layout: LabelLayout | None = None


class LabelOption(NamedTuple):
    """A way to set the labels.

    size:      scale of all labels
    legend_in_column: put the legend's entries below each other
    name_side: one of grid_names.NAME_SIDES or STACKED_NAME_SIDES
    """

    size: float
    legend_in_column: bool
    name_side: str


@dataclass(frozen=True)
class LabelLayout:
    """The labels of one option, in pixels, and the placement of the scene beside them."""

    placement: Placement
    corner_labels: CornerLabels
    grid_labels: Sequence[AnchoredText]
    option: LabelOption

    @property
    def displaced_names(self) -> int:
        """Number of names for which there is no room at their grids."""
        return sum(text.is_displaced for text in self.grid_labels)


class GridLabels(NamedTuple):
    """Indices and names at grids, and the boxes of all."""

    indices: Sequence[IndexRow | OrbitIndexRow]
    names: list[AnchoredText]
    boxes: LabelBoxes

    def anchored_texts(self) -> list[AnchoredText]:
        """Return all labels as texts, indices one by one."""
        return [*(text for row in self.indices for text in row.anchored_texts()), *self.names]


def place_grid_labels(projected: ProjectedGrids, option: LabelOption, scale: float) -> GridLabels:
    """Return the labels at grids at a scale, in pixels per length."""
    em = em_pixels(projected.spec.room, option.size)
    indices = place_indices(projected, em, scale)
    index_boxes = LabelBoxes.concatenate(*(item.boxes for item in indices))
    names = place_names(projected, em, option.name_side, scale, index_boxes)
    return GridLabels(indices, names, LabelBoxes.concatenate(index_boxes, *(name.boxes for name in names)))


def estimate_reserved_margins(spec: Spec) -> ReservedMargins:
    """Return the margins that corner labels reserve in perspective, without the legend, which depends on the tiles."""
    labels = lay_out_corners(spec, (), spec.labels.size, legend_in_column=False)
    height, margin = spec.render.resolution[1], spec.camera.margin
    above = [1 - corner.y / height - margin for corner in labels.reserved if corner.is_top]
    below = [corner.y / height - margin for corner in labels.reserved if not corner.is_top]
    left, _, right, _ = list_span_margins(spec)
    return left, max([0.0, *below]), right, max([0.0, *above])


def center_scene(outline: Floats, area: Area, limit: float) -> Placement:
    """Return the largest placement of an outline (m, 2) without labels, in the middle of an area.

    limit: largest scale that is wanted
    """
    scale = FitProblem(outline, LabelBoxes.concatenate(), area, [], limit=limit).max_scale()
    middle = (np.array(area[:2]) + np.array(area[2:])) / 2
    return Placement(scale, middle - scale * (outline.min(axis=0) + outline.max(axis=0)) / 2)


def compose(
    spec: Spec, view: View, layout: LabelLayout | None, reserved_margins: ReservedMargins = NO_MARGINS
) -> Composition:
    """Place the labels, if there are any, in the world, where a view shows them as they are laid out."""
    if layout is None:
        return Composition(view, spec.render.resolution[0] / view.width, reserved_margins=reserved_margins)
    placer = _LabelPlacer(spec, view, layout.placement)
    labels = [placer.make_label(run, placer.front, is_fixed=True) for run in layout.corner_labels.runs]
    for text in layout.grid_labels:
        labels += placer.make_grid_labels(text)
    counter = layout.corner_labels.counter
    glyphs = counter.glyphs if counter else ()
    sum_line = layout.corner_labels.sum_line
    return Composition(
        view,
        placer.pixels_at(placer.front),
        tuple(labels),
        tuple(placer.make_swatch(square) for square in layout.corner_labels.squares),
        counter,
        tuple(placer.make_label(glyph.run, placer.front, is_fixed=True) for glyph in glyphs),
        sum_line.lines if sum_line else (),
        placer.make_label(sum_line.run, placer.front, is_fixed=True) if sum_line else None,
        1 + placer.front,
        reserved_margins,
        layout.displaced_names,
        layout,
    )


class _LabelPlacer:
    """Places labels in the world.

    front: distance of fixed labels from the camera
    axis_place: shape (2,), the axis of view in the picture, in pixels
    """

    def __init__(self, spec: Spec, view: View, placement: Placement):
        self.spec, self.view, self.placement = spec, view, placement
        self.axis_place = view.axis_place * np.array(spec.render.resolution)
        self.front = LABEL_DISTANCE if view.distance is None else LABEL_DISTANCE_SHARE * view.near

    def pixels_at(self, distance: float) -> float:
        """Return the pixels of a unit's length at a distance from the camera."""
        return self.placement.scale * (1.0 if self.view.distance is None else self.view.distance / distance)

    def to_world(self, x: float, y: float, distance: float) -> tuple[float, float, float]:
        """Return the point of the world that is seen at a pixel, at a distance from the camera."""
        right, up = (np.array([x, y]) - self.axis_place) / self.pixels_at(distance)
        point = np.array(self.view.location) + np.array([right, up, -distance]) @ self.view.axes
        return float(point[0]), float(point[1]), float(point[2])

    def make_label(self, run: TextRun, distance: float, is_fixed: bool) -> Label:
        """Build the label of a run at a distance from the camera."""
        return Label(
            run.text,
            self.to_world(run.x, run.y, distance),
            run.font_size / self.pixels_at(distance),
            run.anchor,
            run.font.choose(run.text),
            text_color(run.style, self.spec.look),
            self.view.rotation,
            run.box,
            run.role,
            is_fixed,
            run.grid_index,
        )

    def make_swatch(self, square: LegendSquare) -> Swatch:
        """Build the swatch of a square of the legend."""
        look = self.spec.look
        return Swatch(
            self.to_world(square.x, square.y, self.front),
            square.side / self.pixels_at(self.front),
            (float(square.color[0]), float(square.color[1]), float(square.color[2])),
            self.view.rotation,
            (square.x, square.y, square.x + square.side, square.y + square.side),
            text_color(CAPTION_STYLE, look) if is_faint(square.color, look) else None,
        )

    def make_grid_labels(self, text: AnchoredText) -> list[Label]:
        """Build the labels of a text at a grid: fixed in the picture if the camera orbits, unless they turn with it."""
        if text.orbit is not None:
            return [self._make_orbit_label(run, text.orbit) for run in text.runs]
        x, y = self.placement.origin + self.placement.scale * text.anchor[:2]
        runs = [run.shifted(float(x), float(y)) for run in text.runs]
        if self.spec.camera.orbit:
            return [self.make_label(run, self.front, is_fixed=True) for run in runs]
        distance = self._distance_above_floor(float(text.anchor[2]), min(run.box[1] for run in runs))
        return [self.make_label(run, distance, is_fixed=False) for run in runs]

    def _make_orbit_label(self, run: TextRun, orbit: OrbitAnchor) -> Label:
        location = orbit.location + orbit.offset / self.placement.scale
        x, y = (self.view.project(location) * np.array(self.spec.render.resolution)).tolist()
        seen = replace(run, em=run.em * float(self.view.compute_magnification(location))).shifted(x, y)
        label = self.make_label(seen, float(self.view.measure_depths(location)), is_fixed=False)
        return replace(label, is_facing_camera=True)

    def _distance_above_floor(self, depth: float, bottom: float) -> float:
        """Return the distance from the camera at which labels are at a depth, or nearer and wholly above the floor.

        The plane of a label rises towards the camera. `bottom` is the lower edge of the labels, in pixels.
        """
        distance = float(self.view.axes[2] @ np.array(self.view.location)) - depth
        first, second = (
            self.to_world(self.axis_place[0], bottom, far)[2] - FLOOR_CLEARANCE for far in (distance, 2 * distance)
        )
        if first < 0:  # the height is linear in the distance
            distance *= 1 - first / (second - first) if first > second else 1.0
        return max(distance, self.front)
