# SPDX-License-Identifier: GPL-3.0-or-later
"""Words that hang at grids: their names beside them, indices along them. None lies over tiles or lines.

Where the camera orbits, names stand still in the picture, beside all that their grids ever take of it; indices stay at
their grids, and turn with the camera.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..assembly.scene_geometry import SceneGeometry
from ..camera.framing import View
from ..layers.axis import INPUT, OUTPUT_PADDING
from ..layers.registry import Unfold
from ..spec import label_texts
from ..spec.spec import Spec
from ..walk.activation import Floats
from .font_metrics import load_font
from .label import INDEX_STYLE, NAME_STYLE, SIZE_STYLE, TextRun, bounding_box
from .scene_fit import LabelBoxes, Obstacles, convex_hull, find_separated

NAME_GAP, TILE_CLEARANCE, LABEL_CLEARANCE = 0.55, 0.18, 0.35
"""In ems of names: from a grid to its name; the least space from a name to tiles and lines, and to other words."""

INDEX_EDGE_GAP, INDEX_SPACING = 0.45, 0.7
"""In ems of ticks: from the edge of a grid to its indices, and the least space between two of them."""

MIN_ELEVATION_SINE = 0.2
"""Sine of the least elevation of an orbiting camera that sees enough of a grid's edges for indices along them."""

NAME_SIDES = ("right", "left", "ends")
"""Where names may hang: at the grids' right or left corners; or the lowest one's below and the highest one's above."""

STACKED_NAME_SIDES = tuple(f"{side}, stacked" for side in NAME_SIDES)
"""The same, and of names beside their grids the size is on a line of its own."""

STACKED_LEADING = 1.25
"""From a name to its size below it, in ems."""

INDEX_INTERVALS = (1, 2, 5)
"""Of indices all are shown, every second or every fifth, and so on by tens."""

FLOOR_CLEARANCE = 0.03
"""How far words that hang at a grid stay above the floor."""


@dataclass(frozen=True)
class OrbitAnchor:
    """A place in the world at which a word stays while the camera orbits.

    place, offset: shape (3,), a place at a grid, and from there as many lengths as pixels are to have
    at, away: shape (n, 2), on each of n turns where the place is seen, and the pixels from there to the word
    larger: shape (n,), how much larger than at the view's distance it is seen
    """

    location: Floats
    offset: Floats
    anchors: Floats
    offsets: Floats
    magnifications: Floats


@dataclass(frozen=True)
class AnchoredText:
    """Runs of text that hang at a point as one: where View.flat has it; the runs' places are pixels from it."""

    anchor: Floats
    runs: tuple[TextRun, ...]
    is_displaced: bool = False
    """Whether it found no room at its grid, and stands beside the whole."""

    orbit: OrbitAnchor | None = None
    """How it stands where it stays at its grid while the camera orbits; then `at` is of no matter."""

    @cached_property
    def boxes(self) -> LabelBoxes:
        left, bottom, right, top = bounding_box([run.box for run in self.runs])
        if self.orbit is not None:
            low, high = (self.orbit.magnifications[:, None] * corner for corner in ([left, bottom], [right, top]))
            return LabelBoxes(self.orbit.anchors, self.orbit.offsets + low, self.orbit.offsets + high)
        return LabelBoxes(self.anchor[None, :2], np.array([[left, bottom]]), np.array([[right, top]]))


@dataclass(frozen=True)
class NameCandidates:
    """A grid's name, on one line, and where it may hang, as that is to be tried; `points` as of Seen."""

    points: Floats
    runs: list[TextRun]
    candidates: list[AnchoredText]
    boxes: LabelBoxes


class ProjectedGrids:
    """A stage as a camera sees it, from one place or from several all along its orbit; points are as View.flat has
    them."""

    def __init__(self, spec: Spec, stage: SceneGeometry, views: Sequence[View]):
        self.spec, self.stage, self.views = spec, stage, views
        self.points = [self._flat(grid.bounds) for grid in stage.tile_grids]
        kernel = [self._flat(bounds) for bounds in stage.boxes[len(stage.tile_grids) :]]
        # lines run between neighbours, and the kernel above the one that it reads
        pairs = [[*self.points[number : number + 2], *kernel] for number in range(len(self.points) - 1)]
        shapes = [*self.points, *map(np.concatenate, pairs)]
        self.obstacles = Obstacles([convex_hull(points[:, :2]) for points in shapes])
        self.all_points = np.concatenate([*self.points, *kernel])
        self.edge_cache: dict[tuple[int, int], list[_Edge]] = {}
        self._called: dict[tuple[float, str], list[NameCandidates]] = {}

    def name_candidates(self, own: float, side: str) -> list[NameCandidates]:
        """The names of the grids that have one, and where they may hang."""
        if (own, side) not in self._called:
            self._called[own, side] = _called(self, own, side)
        return self._called[own, side]

    def _flat(self, bounds: Floats) -> Floats:
        return np.concatenate([view.to_view_plane(_corners(bounds)) for view in self.views])

    @cached_property
    def obstacles_by_turn(self) -> list[Obstacles]:
        """What nothing may lie over, on each turn."""
        return [ProjectedGrids(self.spec, self.stage, [view]).obstacles for view in self.views]


def _corners(bounds: Floats) -> Floats:
    return np.array(np.meshgrid(*bounds.T, indexing="ij")).reshape(3, -1).T


def place_names(seen: ProjectedGrids, own: float, side: str, scale: float, others: LabelBoxes) -> list[AnchoredText]:
    """The names of the grids, where at a scale they are clear of everything, and of `others`; those that find no such
    place stand beside the whole."""
    found: list[AnchoredText] = []
    for each in seen.name_candidates(own, side):
        taken = LabelBoxes.concatenate(others, *(hung.boxes for hung in found))
        free = seen.obstacles.find_clear(each.boxes, scale, TILE_CLEARANCE * own)
        free &= find_separated(each.boxes, taken, scale, LABEL_CLEARANCE * own).all(axis=1)
        found.append(each.candidates[int(np.argmax(free))] if free.any() else _aside(seen, each, own, scale, taken))
    return found


def _called(seen: ProjectedGrids, own: float, side: str) -> list[NameCandidates]:
    found = []
    last = len(seen.points) - 1
    side, _, stacked = side.partition(", ")
    for number, (grid, points) in enumerate(zip(seen.stage.tile_grids, seen.points, strict=True)):
        order = last - number if seen.spec.is_scatter else number
        size = _size(seen.spec, seen.stage, number)
        runs = _styled(label_texts.grid_name_parts(seen.spec, order, grid.name, size), own, number)
        if not runs:
            continue
        ways = {"right": ["right"], "left": ["left"], "ends": ["right", "left"]}[side]
        if side == "ends" and number == 0:
            ways = ["below", *ways]
        elif side == "ends" and number == last:
            ways = ["above", *ways]
        tried = [
            _hung(points, _stacked(runs, way, own) if stacked else runs, way, own, shift)
            for way in ways
            for shift in (0, 1, -1)
        ]
        found.append(NameCandidates(points, runs, tried, LabelBoxes.concatenate(*(each.boxes for each in tried))))
    return found


def _styled(said: Sequence[tuple[str, bool]], own: float, grid: int) -> list[TextRun]:
    """Pieces of a grid's name as runs on one line, from 0 on."""
    found, x = [], 0.0
    for number, (text, is_size) in enumerate(said):
        # the space before a size stands with it, so that none hangs over at the end
        found.append(TextRun(text, SIZE_STYLE if is_size else NAME_STYLE, own, x, 0.0, "name", grid_index=grid))
        x += found[-1].width if number + 1 < len(said) or text.strip() else 0.0
    return [run for run in found if run.text.strip()]


def _stacked(runs: Sequence[TextRun], way: str, own: float) -> list[TextRun]:
    """Runs of a name with the size below the rest, towards the grid where it hangs beside it."""
    sizes = [run for run in runs if run.style is SIZE_STYLE]
    others = [run for run in runs if run.style is not SIZE_STYLE]
    if way not in ("right", "left") or not sizes or not others:
        return list(runs)
    others[-1] = replace(others[-1], text=others[-1].text.rstrip())
    lines = [_from_start(others), [run.shifted(0.0, -STACKED_LEADING * own) for run in _from_start(sizes)]]
    ends = [line[-1].x + line[-1].width for line in lines]
    if way == "left":
        lines = [[run.shifted(max(ends) - end, 0.0) for run in line] for line, end in zip(lines, ends, strict=True)]
    return [run for line in lines for run in line]


def _from_start(runs: Sequence[TextRun]) -> list[TextRun]:
    """Runs one after the other, from 0 on."""
    found, x = [], 0.0
    for run in runs:
        found.append(replace(run, x=x))
        x += run.width
    return found


def _size(spec: Spec, stage: SceneGeometry, number: int) -> str:
    """The size of a grid's values: the layer's, also where one channel stands for all."""
    above = len(stage.tile_grids) - 1 - number if spec.is_scatter else number
    if above == 0:
        return label_texts.format_shape(spec.layers[0].channels, spec.layers[0].input, "inputs")
    layer = spec.layers[above - 1]
    if isinstance(layer, Unfold):
        return label_texts.format_sizes(stage.grids[number].sizes[2:])
    return label_texts.format_shape(layer.channels, layer.output, "outputs")


def _hung(points: Floats, runs: Sequence[TextRun], way: str, own: float, shift: int) -> AnchoredText:
    """A name at a grid's corner: `shift` is 0 at its height, 1 above it, -1 below it; of one above or below the grid,
    in the middle, or to the right or the left."""
    left, low, right, high = bounding_box([run.box for run in runs])
    width = right - left
    capital = load_font(NAME_STYLE.font).capital * own
    middle = (min(run.y for run in runs) + capital) / 2  # as it looks, without what hangs below the line
    axis, sign = {"right": (0, 1), "left": (0, -1), "above": (1, 1), "below": (1, -1)}[way]
    end = (sign * points[:, axis]).max()
    corner = points[sign * points[:, axis] >= end - 1e-6]
    at = corner[np.argmax(corner[:, 2])].copy()  # of several, at the nearest
    across = corner[:, 1 - axis]
    at[1 - axis] = across.mean()
    if axis == 0 and shift:
        at[1] = across.max() if shift > 0 else across.min()
    if axis == 0:
        x = NAME_GAP * own if sign > 0 else -NAME_GAP * own - width
        y = {0: -middle, 1: -low, -1: -high}[shift]
    else:
        x = {0: -width / 2, 1: 0.0, -1: -width}[shift]
        y = NAME_GAP * own - low if sign > 0 else -NAME_GAP * own - capital
    return AnchoredText(at, tuple(run.shifted(x, y) for run in runs))


def _aside(seen: ProjectedGrids, name: NameCandidates, own: float, scale: float, taken: LabelBoxes) -> AnchoredText:
    """A name to the right of everything, as near to its grid's height as there is room."""
    whole, points = seen.all_points, name.points
    at = np.array([whole[:, 0].max(), (points[:, 1].min() + points[:, 1].max()) / 2, whole[:, 2].max()])
    capital = load_font(NAME_STYLE.font).capital
    lines = np.array(sorted(range(-40, 41), key=lambda line: (abs(line), line < 0)))  # above, what is above
    heights = (-capital / 2 + 1.5 * lines) * own
    left, bottom, right, top = bounding_box([run.box for run in name.runs])
    low, high = (
        np.column_stack([np.full(len(lines), x + NAME_GAP * own), y + heights])
        for x, y in ((left, bottom), (right, top))
    )
    free = find_separated(
        LabelBoxes(np.tile(at[:2], (len(lines), 1)), low, high), taken, scale, LABEL_CLEARANCE * own
    ).all(axis=1)
    height = float(heights[int(np.argmax(free)) if free.any() else -1])
    return AnchoredText(at, tuple(run.shifted(NAME_GAP * own, height) for run in name.runs), is_displaced=True)


@dataclass(frozen=True)
class IndexRow:
    """Indices along an edge of a grid: at `at` (n, 3), as of Hung, and from there `places` (n, 2) in pixels."""

    texts: list[str]
    anchors: Floats
    offsets: Floats
    boxes: LabelBoxes
    em: float
    grid_index: int

    def anchored_texts(self) -> list[AnchoredText]:
        runs = [
            TextRun(text, INDEX_STYLE, self.em, x, y, "tick", "center", self.grid_index)
            for text, (x, y) in zip(self.texts, self.offsets.tolist(), strict=True)
        ]
        return [AnchoredText(at, (run,)) for at, run in zip(self.anchors, runs, strict=True)]


@dataclass(frozen=True)
class _Edge:
    """An edge of a grid along which indices may stand: of each cell that holds a value, the place at the edge, shape
    (n, 3), and which way is out of the grid there, (n, 2)."""

    places: Floats
    out: Floats


def list_anchored_texts(marks: Sequence[IndexRow | AnchoredText]) -> list[AnchoredText]:
    """All indices of some."""
    return [hung for each in marks for hung in (each.anchored_texts() if isinstance(each, IndexRow) else [each])]


def place_indices(seen: ProjectedGrids, own: float, scale: float) -> Sequence[IndexRow | AnchoredText]:
    """Indices along the rows and columns of the grids, at the edges where at a scale they are clear of everything: as
    a matrix has them if there, else along the other edge."""
    if not seen.spec.labels.indices:
        return []
    if len(seen.views) > 1:
        return _turning(seen, own, scale)
    found: list[IndexRow] = []
    for number in range(len(seen.points)):
        for axis in (0, 1):
            if (number, axis) not in seen.edge_cache:
                seen.edge_cache[number, axis] = _edges(seen, number, axis)
            taken = LabelBoxes.concatenate(*(each.boxes for each in found))
            for edge in seen.edge_cache[number, axis]:
                made = _along(edge, own, scale, number)
                if len(made.texts) < 2 or not seen.obstacles.find_clear(made.boxes, scale, 0.1 * own).all():
                    continue
                if find_separated(made.boxes, taken, scale, 0.1 * own).all():
                    found.append(made)
                    break
    return found


def _indices(stage: SceneGeometry, number: int, axis: int) -> list[int]:
    """The cells along x (0) or y (1) of a grid that hold values, which their indices count."""
    strip = stage.grids[number].axes[3 - axis]
    holds = np.isin(strip.kinds, (INPUT, OUTPUT_PADDING))
    return [cell for cell, value in zip(strip.cells, holds.tolist(), strict=True) if value]


def _sides(seen: ProjectedGrids, number: int, axis: int) -> list[tuple[Floats, Floats]]:
    """The edges of a grid along x (0) or y (1), as they are to be tried, the one before the first row or column first;
    of slices and channels those at either end: of each cell that holds a value the place at the edge, shape (n, 3), and
    the way (3,) out of the grid. None where there are no two values along them."""
    along = _indices(seen.stage, number, axis)
    if len(along) < 2:
        return []
    layout, tiles, flat = seen.stage.layouts[number], seen.stage.tile_grids[number], seen.stage.grids[number]
    ends = [[strip.cells.start, strip.cells.stop - 1] for strip in reversed(flat.axes)]
    found = []
    for end, z, channel in itertools.product((0, 1), dict.fromkeys(ends[2]), dict.fromkeys(ends[3])):
        cells = np.tile(np.array([0.0, 0.0, z, channel]), (len(along), 1))
        cells[:, axis], cells[:, 1 - axis] = along, ends[1 - axis][end]
        outward = layout.steps[1 - axis] / np.linalg.norm(layout.steps[1 - axis]) * (1 if end else -1)
        found.append((layout.to_world(cells) + outward * tiles.size / 2, outward))
    return found


def _edges(seen: ProjectedGrids, number: int, axis: int) -> list[_Edge]:
    """The edges of a grid along x (0) or y (1) as the camera sees them, as they are to be tried."""
    tiles, step_to = seen.stage.tile_grids[number], seen.stage.layouts[number].steps[axis]
    thick = max(tiles.thicknesses[kind] for kind in tiles.used_kinds)
    view, found = seen.views[0], []
    for places, outward in _sides(seen, number, axis):
        at = view.to_view_plane(places)[:, :2]
        step, out = view.to_view_plane(places + step_to)[:, :2] - at, view.to_view_plane(places + outward)[:, :2] - at
        # straight away from the edge, as the camera sees it
        across = np.column_stack([-step[:, 1], step[:, 0]])
        length = np.linalg.norm(across, axis=1, keepdims=True)
        if (length < 1e-6).any():
            continue
        across = across / length * np.where((across * out).sum(axis=1) >= 0, 1.0, -1.0)[:, None]
        # from the tiles' upper or lower edge, whichever is further out
        low, high = (view.to_view_plane(places + np.array([0.0, 0.0, height])) for height in (0.0, thick))
        rises = ((high - low)[:, :2] * across).sum(axis=1) > 0
        found.append(_Edge(np.where(rises[:, None], high, low), across))
    return found


def _turning(seen: ProjectedGrids, own: float, scale: float) -> list[AnchoredText]:
    """Indices that stay at their grids all along an orbit, at the edges where they are always clear of everything."""
    found: list[AnchoredText] = []
    for number, axis in itertools.product(range(len(seen.points)), (0, 1)):
        for places, outward in _sides(seen, number, axis):
            made = _staying(seen, places, outward, own, scale, number)
            if len(made) > 1 and _stay_clear(seen, made, found, scale, 0.1 * own):
                found += made
                break
    return found


def _staying(
    seen: ProjectedGrids, places: Floats, outward: Floats, own: float, scale: float, grid: int
) -> list[AnchoredText]:
    """Indices along an edge of a grid, so far out that they are off it from wherever the camera sees it."""
    measure, size = load_font(INDEX_STYLE.font), INDEX_STYLE.size * own
    wide, high = measure.width(str(len(places) - 1)) * size, measure.capital * size
    flat = np.array([view.to_view_plane(places)[:, :2] for view in seen.views])
    every = _every(np.abs(np.diff(flat, axis=1)).reshape(-1, 2) * scale, wide, high, size)
    level, steep = np.sqrt(1 - seen.views[0].axes[2, 2] ** 2), seen.views[0].axes[2, 2]
    if every >= len(places) or steep < MIN_ELEVATION_SINE:
        return []
    # as the camera sees it, the edge is nowhere nearer than this
    out = (INDEX_EDGE_GAP * size + float(np.hypot(wide, high)) / 2) / steep
    down = high / 2 / level if level > MIN_ELEVATION_SINE else 0.0
    # not into the floor; what they are higher by then, as the camera sees it, they go further out
    lowest = min(down, max(float(places[:, 2].min()) - FLOOR_CLEARANCE, 0.0) * scale)
    offset = outward * (out + (down - lowest) * level / steep) - np.array([0.0, 0.0, lowest])
    ahead = np.array([view.to_view_plane(places + offset / scale)[:, :2] for view in seen.views])
    larger = np.array([view.magnification(places + offset / scale) for view in seen.views])
    made = []
    for index in range(0, len(places), every):
        run = TextRun(str(index), INDEX_STYLE, own, 0.0, 0.0, "tick", "center", grid)
        at = flat[:, index]
        turning = OrbitAnchor(places[index], offset, at, (ahead[:, index] - at) * scale, larger[:, index])
        made.append(AnchoredText(np.zeros(3), (run,), orbit=turning))
    return made


def _stay_clear(
    seen: ProjectedGrids, made: Sequence[AnchoredText], others: Sequence[AnchoredText], scale: float, margin: float
) -> bool:
    """Whether indices are clear of tiles, lines and others on every turn."""
    own, taken = [each.boxes for each in made], [each.boxes for each in others]
    for turn, obstacles in enumerate(seen.obstacles_by_turn):
        boxes, before = (LabelBoxes.concatenate(*(each.at_index(turn) for each in some)) for some in (own, taken))
        if (
            not obstacles.find_clear(boxes, scale, margin).all()
            or not find_separated(boxes, before, scale, margin).all()
        ):
            return False
    return True


def _along(edge: _Edge, own: float, scale: float, grid: int) -> IndexRow:
    """Indices along an edge of a grid, as many as find room at a scale."""
    measure, size = load_font(INDEX_STYLE.font), INDEX_STYLE.size * own
    count = len(edge.places)
    wide, high = measure.width(str(count - 1)) * size, measure.capital * size
    every = _every(np.abs(np.diff(edge.places[:, :2], axis=0)) * scale, wide, high, size)
    at, out = edge.places[::every], edge.out[::every]
    texts = [str(index) for index in range(0, count, every)]
    half = np.array([(measure.width(text) * size / 2, high / 2) for text in texts])
    # so far out that the box is off the edge
    places = out * (INDEX_EDGE_GAP * size + (np.abs(out) * half).sum(axis=1))[:, None] - [0, high / 2]
    drop, rise = (reach * size for reach in measure.vertical_extent(texts[0]))
    low, top = places - half * [1, 0] - [0, drop], places + half * [1, 0] + [0, rise]
    return IndexRow(texts, at, places, LabelBoxes(at[:, :2], low, top), own, grid)


def _every(steps: Floats, wide: float, high: float, size: float) -> int:
    """Of indices so wide and high, how many there are from one that finds room to the next; steps (n, 2), in pixels,
    lead from each to the next."""
    apart_by = float(np.max(steps / (np.array([wide, high]) + INDEX_SPACING * size), axis=1).min())
    return next(
        each * 10**tens for tens in range(8) for each in INDEX_INTERVALS if each * 10**tens * apart_by >= 1 or tens == 7
    )
