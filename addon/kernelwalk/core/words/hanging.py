# SPDX-License-Identifier: GPL-3.0-or-later
"""Words that hang at grids: their names beside them, indices along them. None lies over tiles or lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..layers.axis import EXTRA, INPUT
from ..layers.layers import Unfold
from ..spec import wording
from ..spec.spec import Spec
from ..stage.stage import Stage
from ..walk.reach import Floats
from .lettering import font
from .room import Boxes, Obstacles, clear, hull
from .words import NAME, SIZE, TICK, Run, around

BESIDE, CLEAR, WORDS_CLEAR = 0.55, 0.18, 0.35
"""In ems of names: from a grid to its name; the least space from a name to tiles and lines, and to other words."""

FROM_EDGE, BETWEEN = 0.45, 0.7
"""In ems of ticks: from the edge of a grid to its indices, and the least space between two of them."""

SIDES = ("right", "left", "ends")
"""Where names may hang: at the grids' right or left corners; or the lowest one's below and the highest one's above."""

NARROW = tuple(f"{side}, stacked" for side in SIDES)
"""The same, and of names beside their grids the size is on a line of its own."""

STACKED = 1.25
"""From a name to its size below it, in ems."""

EVERY = (1, 2, 5)
"""Of indices all are shown, every second or every fifth, and so on by tens."""


@dataclass(frozen=True)
class Hung:
    """Runs of text that hang at a point as one: (x, y, depth) as the camera sees it, in lengths of the scene.

    runs: their places are pixels from (x, y), which is itself in pixels from that point
    box:  (left, bottom, right, top), the room that they take, from (x, y)
    aside: whether they found no room at their grid, and stand beside the whole
    """

    at: Floats
    runs: tuple[Run, ...]
    box: tuple[float, float, float, float]
    x: float
    y: float
    aside: bool = False


def boxes_of(hung: Sequence[Hung]) -> Boxes:
    """The room that each takes."""
    if not hung:
        return Boxes.of()
    boxes, from_point = np.array([each.box for each in hung]), np.array([(each.x, each.y) for each in hung])
    return Boxes(np.array([each.at[:2] for each in hung]), boxes[:, :2] + from_point, boxes[:, 2:] + from_point)


@dataclass(frozen=True)
class Called:
    """A grid's name, on one line, and where it may hang, as that is to be tried.

    points: the corners of the grid, as of Seen
    """

    points: Floats
    runs: list[Run]
    tried: list[Hung]


class Seen:
    """A stage as a camera sees it, with what may hang there at any scale.

    axes: rows are the camera's right, up and backward directions in the world
    """

    def __init__(self, spec: Spec, stage: Stage, axes: Floats):
        self.spec, self.stage, self.axes = spec, stage, axes
        self.points = [_corners(grid.bounds) @ axes.T for grid in stage.grids]
        kernel = [_corners(bounds) @ axes.T for bounds in stage.bounds[len(stage.grids) :]]
        # lines run between neighbours, and the kernel above the one that it reads
        pairs = [[*self.points[number : number + 2], *kernel] for number in range(len(self.points) - 1)]
        shapes = [*self.points, *map(np.concatenate, pairs)]
        self.obstacles = Obstacles([hull(points[:, :2]) for points in shapes])
        self.whole = np.concatenate([*self.points, *kernel])
        every = np.ndindex(len(self.points), 2) if spec.words.ticks else ()
        self.indices = [each for each in (_indices(stage, axes, *which) for which in every) if len(each.cells) > 1]
        self._called: dict[tuple[float, str], list[Called]] = {}

    def called(self, own: float, side: str) -> list[Called]:
        """The names of the grids that have one, and where they may hang."""
        if (own, side) not in self._called:
            self._called[own, side] = _called(self, own, side)
        return self._called[own, side]


def _corners(bounds: Floats) -> Floats:
    return np.array(np.meshgrid(*bounds.T, indexing="ij")).reshape(3, -1).T


def names(seen: Seen, own: float, side: str, scale: float, others: Boxes) -> list[Hung]:
    """The names of the grids, where at a scale they are clear of everything, and of `others`; those that find no such
    place stand beside the whole."""
    found: list[Hung] = []
    for each in seen.called(own, side):
        taken, boxes = Boxes.of(others, boxes_of(found)), boxes_of(each.tried)
        free = seen.obstacles.leave(boxes, scale, CLEAR * own)
        free &= clear(boxes, taken, scale, WORDS_CLEAR * own).all(axis=1)
        found.append(each.tried[int(np.argmax(free))] if free.any() else _aside(seen, each, own, scale, taken))
    return found


def _called(seen: Seen, own: float, side: str) -> list[Called]:
    found = []
    last = len(seen.points) - 1
    side, _, stacked = side.partition(", ")
    for number, (grid, points) in enumerate(zip(seen.stage.grids, seen.points, strict=True)):
        order = last - number if seen.spec.scatters else number
        size = _size(seen.spec, seen.stage, number)
        runs = _styled(wording.name(seen.spec, order, grid.name, size), own, number)
        if not runs:
            continue
        ways = {"right": ["right"], "left": ["left"], "ends": ["right", "left"]}[side]
        if side == "ends" and number == 0:
            ways = ["below", *ways]
        elif side == "ends" and number == last:
            ways = ["above", *ways]
        tried: list[Hung] = []
        for way in ways:
            tried += _hung(points, _stacked(runs, way, own) if stacked else runs, way, own)
        found.append(Called(points, runs, tried))
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
    above = len(stage.grids) - 1 - number if spec.scatters else number
    if above == 0:
        return wording.with_channels(spec.layers[0].channels, spec.layers[0].input, "inputs")
    layer = spec.layers[above - 1]
    if isinstance(layer, Unfold):
        return wording.sized(stage.flat[number].sizes[2:])
    return wording.with_channels(layer.channels, layer.output, "outputs")


def _hung(points: Floats, runs: Sequence[Run], way: str, own: float) -> Iterator[Hung]:
    """A name at a grid's corner, at its height, above it and below it; or of one above or below the grid, in the
    middle, to the right and to the left."""
    box = around([run.box for run in runs])
    left, low, right, high = box
    width = right - left
    capital = font(NAME.font).capital * own
    middle = (min(run.y for run in runs) + capital) / 2  # as it looks, without what hangs below the line
    axis, sign = {"right": (0, 1), "left": (0, -1), "above": (1, 1), "below": (1, -1)}[way]
    end = (sign * points[:, axis]).max()
    corner = points[sign * points[:, axis] >= end - 1e-6]
    across = corner[:, 1 - axis]
    for shift in (0, 1, -1):
        at = corner[np.argmax(corner[:, 2])].copy()  # of several, at the nearest
        at[1 - axis] = across.mean()
        if axis == 0 and shift:
            at[1] = across.max() if shift > 0 else across.min()
        if axis == 0:
            x = BESIDE * own if sign > 0 else -BESIDE * own - width
            y = {0: -middle, 1: -low, -1: -high}[shift]
        else:
            x = {0: -width / 2, 1: 0.0, -1: -width}[shift]
            y = BESIDE * own - low if sign > 0 else -BESIDE * own - capital
        yield Hung(at, tuple(runs), box, x, y)


def _aside(seen: Seen, name: Called, own: float, scale: float, taken: Boxes) -> Hung:
    """A name to the right of everything, as near to its grid's height as there is room."""
    whole, points = seen.whole, name.points
    at = np.array([whole[:, 0].max(), (points[:, 1].min() + points[:, 1].max()) / 2, whole[:, 2].max()])
    runs, capital = tuple(name.runs), font(NAME.font).capital
    box = around([run.box for run in runs])
    lines = sorted(range(-40, 41), key=lambda line: (abs(line), line < 0))  # above, what is above
    tried = [Hung(at, runs, box, BESIDE * own, (-capital / 2 + 1.5 * line) * own, aside=True) for line in lines]
    free = clear(boxes_of(tried), taken, scale, WORDS_CLEAR * own).all(axis=1)
    return tried[int(np.argmax(free))] if free.any() else tried[-1]


@dataclass(frozen=True)
class Edge:
    """An edge of a grid along which indices may stand: where those of its first cell and the step to the next are, as
    the camera sees them, and which way is out of the grid."""

    first: Floats
    step: Floats
    out: Floats


@dataclass(frozen=True)
class Indices:
    """The indices along x or y of a grid: the cells that hold values, what each is called and how wide that is, in ems
    of ticks; and the edges where they may stand, as they are to be tried."""

    grid: int
    cells: NDArray[np.int64]
    texts: list[str]
    widths: Floats
    edges: list[Edge]


@dataclass(frozen=True)
class Ticks:
    """Indices along an edge of a grid: `at` (n, 3) as of Hung, and from there `places` (n, 2) in pixels."""

    texts: list[str]
    at: Floats
    places: Floats
    boxes: Boxes
    own: float
    grid: int

    def hung(self) -> list[Hung]:
        found = []
        for text, at, (x, y) in zip(self.texts, self.at, self.places.tolist(), strict=True):
            run = Run(text, TICK, self.own, 0.0, 0.0, "tick", "center", self.grid)
            found.append(Hung(at, (run,), run.box, x, y))
        return found


def ticks(seen: Seen, own: float, scale: float) -> list[Ticks]:
    """Indices along the rows and columns of the grids, at the edges where at a scale they are clear of everything: as
    a matrix has them if there, else along the other edge."""
    found: list[Ticks] = []
    for indices in seen.indices:
        taken = Boxes.of(*(each.boxes for each in found))
        for edge in indices.edges:
            made = _along(edge, indices, own, scale)
            if len(made.texts) < 2 or not seen.obstacles.leave(made.boxes, scale, 0.1 * own).all():
                continue
            if clear(made.boxes, taken, scale, 0.1 * own).all():
                found.append(made)
                break
    return found


def _indices(stage: Stage, axes: Floats, number: int, axis: int) -> Indices:
    """The indices along x (0) or y (1) of a grid."""
    strip = stage.flat[number].strips[3 - axis]
    cells = np.arange(strip.cells.start, strip.cells.stop)[np.isin(strip.kinds, (INPUT, EXTRA))]
    texts = [str(index) for index in range(len(cells))]
    widths = np.array([font(TICK.font).width(text) for text in texts])
    return Indices(number, cells, texts, widths, _edges(stage, axes, number, axis))


def _edges(stage: Stage, axes: Floats, number: int, axis: int) -> list[Edge]:
    """The edges of a grid along x (0) or y (1), as they are to be tried: the one before the first row or column first;
    of slices and channels those at either end."""
    layout, tiles, flat = stage.places[number], stage.grids[number], stage.flat[number]
    ends = [[strip.cells.start, strip.cells.stop - 1] for strip in reversed(flat.strips)]
    half, thick = tiles.size / 2, max(tiles.thickness[kind] for kind in tiles.used)
    found = []
    for end in (0, 1):
        for z in dict.fromkeys(ends[2]):
            for channel in dict.fromkeys(ends[3]):
                cell = np.array([0.0, 0.0, z, channel])
                cell[1 - axis] = ends[1 - axis][end]
                outward = layout.steps[1 - axis] / np.linalg.norm(layout.steps[1 - axis]) * (1 if end else -1)
                place = layout.place(cell) + outward * half
                out = (axes @ outward)[:2]
                step = axes @ layout.steps[axis]
                # straight away from the edge, as the camera sees it
                across = np.array([-step[1], step[0]])
                length = np.linalg.norm(across)
                if length < 1e-6:
                    continue
                across = across / length * (1.0 if across @ out >= 0 else -1.0)
                # from the tiles' upper or lower edge, whichever is further out
                points = [axes @ (place + np.array([0.0, 0.0, height])) for height in (0.0, thick)]
                found.append(Edge(max(points, key=lambda point: float(point[:2] @ across)), step, across))
    return found


def _along(edge: Edge, indices: Indices, own: float, scale: float) -> Ticks:
    """Indices along an edge of a grid, as many as find room at a scale."""
    measure, size = font(TICK.font), TICK.size * own
    wide, high = float(indices.widths[-1]) * size, measure.capital * size
    gap = BETWEEN * size
    apart_by = float(max(abs(edge.step[0]) * scale / (wide + gap), abs(edge.step[1]) * scale / (high + gap)))
    spacing = int(abs(indices.cells[1] - indices.cells[0]))
    every = next(
        each * 10**tens for tens in range(8) for each in EVERY if each * 10**tens * spacing * apart_by >= 1 or tens == 7
    )
    texts, widths = indices.texts[::every], indices.widths[::every] * size
    at = edge.first + indices.cells[::every, None] * edge.step
    half = np.column_stack([widths / 2, np.full(len(texts), high / 2)])
    # so far out that the box is off the edge
    places = (FROM_EDGE * size + half @ np.abs(edge.out))[:, None] * edge.out - [0, high / 2]
    drop, rise = (reach * size for reach in measure.upright(texts[-1]))
    low = np.column_stack([places[:, 0] - widths / 2, places[:, 1] - drop])
    high_ends = np.column_stack([places[:, 0] + widths / 2, places[:, 1] + rise])
    return Ticks(texts, at, places, Boxes(at[:, :2], low, high_ends), own, indices.grid)
