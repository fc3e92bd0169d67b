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

from ..layers.axis import INPUT, OUTPUT_PADDING
from ..layers.registry import Unfold
from ..spec import label_texts
from ..spec.spec import Spec
from ..stage.framing import View
from ..stage.stage import Stage
from ..walk.activation import Floats
from .lettering import font
from .room import Boxes, Obstacles, clear, hull
from .words import NAME, SIZE, TICK, Run, around

BESIDE, CLEAR, WORDS_CLEAR = 0.55, 0.18, 0.35
"""In ems of names: from a grid to its name; the least space from a name to tiles and lines, and to other words."""

FROM_EDGE, BETWEEN = 0.45, 0.7
"""In ems of ticks: from the edge of a grid to its indices, and the least space between two of them."""

LEAST_STEEP = 0.2
"""Sine of the least elevation of an orbiting camera that sees enough of a grid's edges for indices along them."""

SIDES = ("right", "left", "ends")
"""Where names may hang: at the grids' right or left corners; or the lowest one's below and the highest one's above."""

NARROW = tuple(f"{side}, stacked" for side in SIDES)
"""The same, and of names beside their grids the size is on a line of its own."""

STACKED = 1.25
"""From a name to its size below it, in ems."""

EVERY = (1, 2, 5)
"""Of indices all are shown, every second or every fifth, and so on by tens."""

OVER_FLOOR = 0.03
"""How far words that hang at a grid stay above the floor."""


@dataclass(frozen=True)
class Turning:
    """A place in the world at which a word stays while the camera orbits.

    place, offset: shape (3,), a place at a grid, and from there as many lengths as pixels are to have
    at, away: shape (n, 2), on each of n turns where the place is seen, and the pixels from there to the word
    larger: shape (n,), how much larger than at the view's distance it is seen
    """

    place: Floats
    offset: Floats
    at: Floats
    away: Floats
    larger: Floats


@dataclass(frozen=True)
class Hung:
    """Runs of text that hang at a point as one: where View.flat has it; the runs' places are pixels from it."""

    at: Floats
    runs: tuple[Run, ...]
    aside: bool = False
    """Whether it found no room at its grid, and stands beside the whole."""

    turning: Turning | None = None
    """How it stands where it stays at its grid while the camera orbits; then `at` is of no matter."""

    @cached_property
    def boxes(self) -> Boxes:
        left, bottom, right, top = around([run.box for run in self.runs])
        if self.turning is not None:
            low, high = (self.turning.larger[:, None] * corner for corner in ([left, bottom], [right, top]))
            return Boxes(self.turning.at, self.turning.away + low, self.turning.away + high)
        return Boxes(self.at[None, :2], np.array([[left, bottom]]), np.array([[right, top]]))


@dataclass(frozen=True)
class Called:
    """A grid's name, on one line, and where it may hang, as that is to be tried; `points` as of Seen."""

    points: Floats
    runs: list[Run]
    tried: list[Hung]
    boxes: Boxes


class Seen:
    """A stage as a camera sees it, from one place or from several all along its orbit; points are as View.flat has
    them."""

    def __init__(self, spec: Spec, stage: Stage, views: Sequence[View]):
        self.spec, self.stage, self.views = spec, stage, views
        self.points = [self._flat(grid.bounds) for grid in stage.grids]
        kernel = [self._flat(bounds) for bounds in stage.bounds[len(stage.grids) :]]
        # lines run between neighbours, and the kernel above the one that it reads
        pairs = [[*self.points[number : number + 2], *kernel] for number in range(len(self.points) - 1)]
        shapes = [*self.points, *map(np.concatenate, pairs)]
        self.obstacles = Obstacles([hull(points[:, :2]) for points in shapes])
        self.whole = np.concatenate([*self.points, *kernel])
        self.edges: dict[tuple[int, int], list[_Edge]] = {}
        self._called: dict[tuple[float, str], list[Called]] = {}

    def called(self, own: float, side: str) -> list[Called]:
        """The names of the grids that have one, and where they may hang."""
        if (own, side) not in self._called:
            self._called[own, side] = _called(self, own, side)
        return self._called[own, side]

    def _flat(self, bounds: Floats) -> Floats:
        return np.concatenate([view.flat(_corners(bounds)) for view in self.views])

    @cached_property
    def turns(self) -> list[Obstacles]:
        """What nothing may lie over, on each turn."""
        return [Seen(self.spec, self.stage, [view]).obstacles for view in self.views]


def _corners(bounds: Floats) -> Floats:
    return np.array(np.meshgrid(*bounds.T, indexing="ij")).reshape(3, -1).T


def names(seen: Seen, own: float, side: str, scale: float, others: Boxes) -> list[Hung]:
    """The names of the grids, where at a scale they are clear of everything, and of `others`; those that find no such
    place stand beside the whole."""
    found: list[Hung] = []
    for each in seen.called(own, side):
        taken = Boxes.of(others, *(hung.boxes for hung in found))
        free = seen.obstacles.leave(each.boxes, scale, CLEAR * own)
        free &= clear(each.boxes, taken, scale, WORDS_CLEAR * own).all(axis=1)
        found.append(each.tried[int(np.argmax(free))] if free.any() else _aside(seen, each, own, scale, taken))
    return found


def _called(seen: Seen, own: float, side: str) -> list[Called]:
    found = []
    last = len(seen.points) - 1
    side, _, stacked = side.partition(", ")
    for number, (grid, points) in enumerate(zip(seen.stage.grids, seen.points, strict=True)):
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
        found.append(Called(points, runs, tried, Boxes.of(*(each.boxes for each in tried))))
    return found


def _styled(said: Sequence[tuple[str, bool]], own: float, grid: int) -> list[Run]:
    """Pieces of a grid's name as runs on one line, from 0 on."""
    found, x = [], 0.0
    for number, (text, is_size) in enumerate(said):
        # the space before a size stands with it, so that none hangs over at the end
        found.append(Run(text, SIZE if is_size else NAME, own, x, 0.0, "name", grid=grid))
        x += found[-1].width if number + 1 < len(said) or text.strip() else 0.0
    return [run for run in found if run.text.strip()]


def _stacked(runs: Sequence[Run], way: str, own: float) -> list[Run]:
    """Runs of a name with the size below the rest, towards the grid where it hangs beside it."""
    sizes = [run for run in runs if run.style is SIZE]
    others = [run for run in runs if run.style is not SIZE]
    if way not in ("right", "left") or not sizes or not others:
        return list(runs)
    others[-1] = replace(others[-1], text=others[-1].text.rstrip())
    lines = [_from_start(others), [run.moved(0.0, -STACKED * own) for run in _from_start(sizes)]]
    ends = [line[-1].x + line[-1].width for line in lines]
    if way == "left":
        lines = [[run.moved(max(ends) - end, 0.0) for run in line] for line, end in zip(lines, ends, strict=True)]
    return [run for line in lines for run in line]


def _from_start(runs: Sequence[Run]) -> list[Run]:
    """Runs one after the other, from 0 on."""
    found, x = [], 0.0
    for run in runs:
        found.append(replace(run, x=x))
        x += run.width
    return found


def _size(spec: Spec, stage: Stage, number: int) -> str:
    """The size of a grid's values: the layer's, also where one channel stands for all."""
    above = len(stage.grids) - 1 - number if spec.is_scatter else number
    if above == 0:
        return label_texts.format_shape(spec.layers[0].channels, spec.layers[0].input, "inputs")
    layer = spec.layers[above - 1]
    if isinstance(layer, Unfold):
        return label_texts.format_sizes(stage.flat[number].sizes[2:])
    return label_texts.format_shape(layer.channels, layer.output, "outputs")


def _hung(points: Floats, runs: Sequence[Run], way: str, own: float, shift: int) -> Hung:
    """A name at a grid's corner: `shift` is 0 at its height, 1 above it, -1 below it; of one above or below the grid,
    in the middle, or to the right or the left."""
    left, low, right, high = around([run.box for run in runs])
    width = right - left
    capital = font(NAME.font).capital * own
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
        x = BESIDE * own if sign > 0 else -BESIDE * own - width
        y = {0: -middle, 1: -low, -1: -high}[shift]
    else:
        x = {0: -width / 2, 1: 0.0, -1: -width}[shift]
        y = BESIDE * own - low if sign > 0 else -BESIDE * own - capital
    return Hung(at, tuple(run.moved(x, y) for run in runs))


def _aside(seen: Seen, name: Called, own: float, scale: float, taken: Boxes) -> Hung:
    """A name to the right of everything, as near to its grid's height as there is room."""
    whole, points = seen.whole, name.points
    at = np.array([whole[:, 0].max(), (points[:, 1].min() + points[:, 1].max()) / 2, whole[:, 2].max()])
    capital = font(NAME.font).capital
    lines = np.array(sorted(range(-40, 41), key=lambda line: (abs(line), line < 0)))  # above, what is above
    heights = (-capital / 2 + 1.5 * lines) * own
    left, bottom, right, top = around([run.box for run in name.runs])
    low, high = (
        np.column_stack([np.full(len(lines), x + BESIDE * own), y + heights]) for x, y in ((left, bottom), (right, top))
    )
    free = clear(Boxes(np.tile(at[:2], (len(lines), 1)), low, high), taken, scale, WORDS_CLEAR * own).all(axis=1)
    height = float(heights[int(np.argmax(free)) if free.any() else -1])
    return Hung(at, tuple(run.moved(BESIDE * own, height) for run in name.runs), aside=True)


@dataclass(frozen=True)
class Ticks:
    """Indices along an edge of a grid: at `at` (n, 3), as of Hung, and from there `places` (n, 2) in pixels."""

    texts: list[str]
    at: Floats
    places: Floats
    boxes: Boxes
    own: float
    grid: int

    def hung(self) -> list[Hung]:
        runs = [
            Run(text, TICK, self.own, x, y, "tick", "center", self.grid)
            for text, (x, y) in zip(self.texts, self.places.tolist(), strict=True)
        ]
        return [Hung(at, (run,)) for at, run in zip(self.at, runs, strict=True)]


@dataclass(frozen=True)
class _Edge:
    """An edge of a grid along which indices may stand: of each cell that holds a value, the place at the edge, shape
    (n, 3), and which way is out of the grid there, (n, 2)."""

    places: Floats
    out: Floats


def each_hung(marks: Sequence[Ticks | Hung]) -> list[Hung]:
    """All indices of some."""
    return [hung for each in marks for hung in (each.hung() if isinstance(each, Ticks) else [each])]


def ticks(seen: Seen, own: float, scale: float) -> Sequence[Ticks | Hung]:
    """Indices along the rows and columns of the grids, at the edges where at a scale they are clear of everything: as
    a matrix has them if there, else along the other edge."""
    if not seen.spec.labels.indices:
        return []
    if len(seen.views) > 1:
        return _turning(seen, own, scale)
    found: list[Ticks] = []
    for number in range(len(seen.points)):
        for axis in (0, 1):
            if (number, axis) not in seen.edges:
                seen.edges[number, axis] = _edges(seen, number, axis)
            taken = Boxes.of(*(each.boxes for each in found))
            for edge in seen.edges[number, axis]:
                made = _along(edge, own, scale, number)
                if len(made.texts) < 2 or not seen.obstacles.leave(made.boxes, scale, 0.1 * own).all():
                    continue
                if clear(made.boxes, taken, scale, 0.1 * own).all():
                    found.append(made)
                    break
    return found


def _indices(stage: Stage, number: int, axis: int) -> list[int]:
    """The cells along x (0) or y (1) of a grid that hold values, which their indices count."""
    strip = stage.flat[number].strips[3 - axis]
    holds = np.isin(strip.kinds, (INPUT, OUTPUT_PADDING))
    return [cell for cell, value in zip(strip.cells, holds.tolist(), strict=True) if value]


def _sides(seen: Seen, number: int, axis: int) -> list[tuple[Floats, Floats]]:
    """The edges of a grid along x (0) or y (1), as they are to be tried, the one before the first row or column first;
    of slices and channels those at either end: of each cell that holds a value the place at the edge, shape (n, 3), and
    the way (3,) out of the grid. None where there are no two values along them."""
    along = _indices(seen.stage, number, axis)
    if len(along) < 2:
        return []
    layout, tiles, flat = seen.stage.places[number], seen.stage.grids[number], seen.stage.flat[number]
    ends = [[strip.cells.start, strip.cells.stop - 1] for strip in reversed(flat.strips)]
    found = []
    for end, z, channel in itertools.product((0, 1), dict.fromkeys(ends[2]), dict.fromkeys(ends[3])):
        cells = np.tile(np.array([0.0, 0.0, z, channel]), (len(along), 1))
        cells[:, axis], cells[:, 1 - axis] = along, ends[1 - axis][end]
        outward = layout.steps[1 - axis] / np.linalg.norm(layout.steps[1 - axis]) * (1 if end else -1)
        found.append((layout.place(cells) + outward * tiles.size / 2, outward))
    return found


def _edges(seen: Seen, number: int, axis: int) -> list[_Edge]:
    """The edges of a grid along x (0) or y (1) as the camera sees them, as they are to be tried."""
    tiles, step_to = seen.stage.grids[number], seen.stage.places[number].steps[axis]
    thick = max(tiles.thickness[kind] for kind in tiles.used)
    view, found = seen.views[0], []
    for places, outward in _sides(seen, number, axis):
        at = view.flat(places)[:, :2]
        step, out = view.flat(places + step_to)[:, :2] - at, view.flat(places + outward)[:, :2] - at
        # straight away from the edge, as the camera sees it
        across = np.column_stack([-step[:, 1], step[:, 0]])
        length = np.linalg.norm(across, axis=1, keepdims=True)
        if (length < 1e-6).any():
            continue
        across = across / length * np.where((across * out).sum(axis=1) >= 0, 1.0, -1.0)[:, None]
        # from the tiles' upper or lower edge, whichever is further out
        low, high = (view.flat(places + np.array([0.0, 0.0, height])) for height in (0.0, thick))
        rises = ((high - low)[:, :2] * across).sum(axis=1) > 0
        found.append(_Edge(np.where(rises[:, None], high, low), across))
    return found


def _turning(seen: Seen, own: float, scale: float) -> list[Hung]:
    """Indices that stay at their grids all along an orbit, at the edges where they are always clear of everything."""
    found: list[Hung] = []
    for number, axis in itertools.product(range(len(seen.points)), (0, 1)):
        for places, outward in _sides(seen, number, axis):
            made = _staying(seen, places, outward, own, scale, number)
            if len(made) > 1 and _stay_clear(seen, made, found, scale, 0.1 * own):
                found += made
                break
    return found


def _staying(seen: Seen, places: Floats, outward: Floats, own: float, scale: float, grid: int) -> list[Hung]:
    """Indices along an edge of a grid, so far out that they are off it from wherever the camera sees it."""
    measure, size = font(TICK.font), TICK.size * own
    wide, high = measure.width(str(len(places) - 1)) * size, measure.capital * size
    flat = np.array([view.flat(places)[:, :2] for view in seen.views])
    every = _every(np.abs(np.diff(flat, axis=1)).reshape(-1, 2) * scale, wide, high, size)
    level, steep = np.sqrt(1 - seen.views[0].axes[2, 2] ** 2), seen.views[0].axes[2, 2]
    if every >= len(places) or steep < LEAST_STEEP:
        return []
    # as the camera sees it, the edge is nowhere nearer than this
    out = (FROM_EDGE * size + float(np.hypot(wide, high)) / 2) / steep
    down = high / 2 / level if level > LEAST_STEEP else 0.0
    # not into the floor; what they are higher by then, as the camera sees it, they go further out
    lowest = min(down, max(float(places[:, 2].min()) - OVER_FLOOR, 0.0) * scale)
    offset = outward * (out + (down - lowest) * level / steep) - np.array([0.0, 0.0, lowest])
    ahead = np.array([view.flat(places + offset / scale)[:, :2] for view in seen.views])
    larger = np.array([view.enlarged(places + offset / scale) for view in seen.views])
    made = []
    for index in range(0, len(places), every):
        run = Run(str(index), TICK, own, 0.0, 0.0, "tick", "center", grid)
        at = flat[:, index]
        turning = Turning(places[index], offset, at, (ahead[:, index] - at) * scale, larger[:, index])
        made.append(Hung(np.zeros(3), (run,), turning=turning))
    return made


def _stay_clear(seen: Seen, made: Sequence[Hung], others: Sequence[Hung], scale: float, margin: float) -> bool:
    """Whether indices are clear of tiles, lines and others on every turn."""
    own, taken = [each.boxes for each in made], [each.boxes for each in others]
    for turn, obstacles in enumerate(seen.turns):
        boxes, before = (Boxes.of(*(each.only(turn) for each in some)) for some in (own, taken))
        if not obstacles.leave(boxes, scale, margin).all() or not clear(boxes, before, scale, margin).all():
            return False
    return True


def _along(edge: _Edge, own: float, scale: float, grid: int) -> Ticks:
    """Indices along an edge of a grid, as many as find room at a scale."""
    measure, size = font(TICK.font), TICK.size * own
    count = len(edge.places)
    wide, high = measure.width(str(count - 1)) * size, measure.capital * size
    every = _every(np.abs(np.diff(edge.places[:, :2], axis=0)) * scale, wide, high, size)
    at, out = edge.places[::every], edge.out[::every]
    texts = [str(index) for index in range(0, count, every)]
    half = np.array([(measure.width(text) * size / 2, high / 2) for text in texts])
    # so far out that the box is off the edge
    places = out * (FROM_EDGE * size + (np.abs(out) * half).sum(axis=1))[:, None] - [0, high / 2]
    drop, rise = (reach * size for reach in measure.upright(texts[0]))
    low, top = places - half * [1, 0] - [0, drop], places + half * [1, 0] + [0, rise]
    return Ticks(texts, at, places, Boxes(at[:, :2], low, top), own, grid)


def _every(steps: Floats, wide: float, high: float, size: float) -> int:
    """Of indices so wide and high, how many there are from one that finds room to the next; steps (n, 2), in pixels,
    lead from each to the next."""
    apart_by = float(np.max(steps / (np.array([wide, high]) + BETWEEN * size), axis=1).min())
    return next(each * 10**tens for tens in range(8) for each in EVERY if each * 10**tens * apart_by >= 1 or tens == 7)
