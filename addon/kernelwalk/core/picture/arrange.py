# SPDX-License-Identifier: GPL-3.0-or-later
"""The view of a stage and the words in its picture: of all ways to set them, the one in which the tiles are largest."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..spec.spec import Spec
from ..stage.framing import Bands, View, axes_of, facing, fit, view_of
from ..stage.keys import turns
from ..stage.lines import Lines
from ..stage.stage import Stage
from ..walk.reach import Floats
from ..words.corners import Corners, corners
from ..words.counter import Counter
from ..words.hanging import NARROW, SIDES, Hung, Seen, boxes_of, names, ticks
from ..words.room import Boxes, Outline, Placed, Room
from ..words.words import Run, Swatch, Word, colored, em

BEST, NEARER = 1.04, 0.85
"""How much larger the tiles have to become for another arrangement than the usual one; and how much smaller they may
become for one in which more names are at their grids."""

SMALLER, LEAST = 0.88, 0.5
"""Where words take too much room, by how much they shrink at a time, and how far at most."""

ROOMY = 0.5
"""Of the scale that the tiles would have without words, the least that words leave them, as far as they can shrink."""

ROUNDS = 3
"""How often words are set anew at the scale that their setting leads to."""

AHEAD, AHEAD_OF_SCENE = 0.15, 0.8
"""How far before the camera words stand that are held in the picture, beyond the distance at which it begins to see; in
perspective, as a share of the way to what is nearest."""

OVER_FLOOR = 0.03
"""How far words that hang at a grid stay above the floor."""


@dataclass(frozen=True)
class Arranged:
    """A view of a stage, and the words in it, in the world.

    scale:   pixels of a length where words stand that are held in the picture
    counter: the glyphs of the walk's position; `figures` are the same in the world
    behind:  how far back a figure is out of sight
    aside:   how many names are not at their grids
    """

    view: View
    scale: float
    words: tuple[Word, ...] = ()
    swatches: tuple[Swatch, ...] = ()
    counter: Counter | None = None
    figures: tuple[Word, ...] = ()
    behind: float = 1.0
    aside: int = 0


@dataclass(frozen=True)
class _Setting:
    """Words set in one way, and the scene's place beside them."""

    placed: Placed
    held: Corners
    hung: Sequence[Hung]

    @property
    def aside(self) -> int:
        """How many names are not at their grids."""
        return sum(each.aside for each in self.hung)


def arrange(spec: Spec, stage: Stage) -> tuple[tuple[Lines, ...], Arranged]:
    """The lines of a stage, and the view of both with the words that its spec asks for.

    Lines are as wide as the whole picture asks for, and are part of it, so it is settled without them first.
    """
    picture = _Picture(spec, stage)
    lines = stage.lines(picture.settled(())[0])
    return lines, _in_world(spec, *picture.settled(lines))


def least_width(spec: Spec, stage: Stage) -> float:
    """How wide the view of a stage is at least, before it is known how wide: that of its tiles alone; in perspective,
    where words may bring what is wide nearer, 0."""
    if spec.camera.kind == "perspective":
        return 0.0
    return fit(_Picture(spec, stage).tiles, spec.camera, spec.render.resolution).width


class _Picture:
    """A stage's picture while it is settled: what of it does not depend on the lines is found once."""

    def __init__(self, spec: Spec, stage: Stage):
        self.spec, self.stage = spec, stage
        self.tiles = np.array([corner for bounds in stage.bounds for corner in itertools.product(*bounds.T)])
        self.turns = turns(spec)
        self._corners: dict[tuple[float, bool], Corners] = {}

    @cached_property
    def seen(self) -> Seen:
        return Seen(self.spec, self.stage, axes_of(facing(self.spec.camera)))

    def corners(self, size: float, column: bool) -> Corners:
        """The words in the corners; see corners.corners."""
        if (size, column) not in self._corners:
            self._corners[size, column] = corners(self.spec, self.stage.tiles, size, column)
        return self._corners[size, column]

    def settled(self, lines: Sequence[Lines]) -> tuple[View, _Setting]:
        """The view of the stage and lines, and the words.

        Words hang at grids where the camera is orthographic and stands still; elsewhere there are those in the
        picture's corners alone, for which bands are kept free.
        """
        spec, (points, radii) = self.spec, self._whole(lines)
        said, resolution = spec.words, spec.render.resolution
        if not any((said.title, said.names, said.caption, said.equation, said.position, said.ticks, said.legend)):
            view = fit(points, spec.camera, resolution, self.turns, radii=radii)
            return view, _Setting(Placed(resolution[0] / view.width, np.zeros(2)), Corners(), [])
        if spec.camera.kind == "perspective" or spec.camera.orbit:
            return self._held(points, radii)
        axes = self.seen.axes
        around = [points + sign * radii[:, None] * axes[axis] for axis in (0, 1) for sign in (-1, 1)]
        best = _best(self, Outline((np.concatenate(around) @ axes.T)[:, :2]))
        middle = (np.array(resolution) / 2 - best.placed.origin) / best.placed.scale
        return view_of(points, spec.camera, resolution, resolution[0] / best.placed.scale, middle), best

    def _whole(self, lines: Sequence[Lines]) -> tuple[Floats, Floats]:
        """Shapes (n, 3) and (n,): the corners of all tiles, wherever they move, and of lines on all steps, with the
        radii of the balls around them that are seen too."""
        points, radii = [self.tiles], [np.zeros(len(self.tiles))]
        for each in lines:
            points.append(each.outermost)
            radii.append(np.full(len(points[-1]), each.width / 2))
        return np.concatenate(points), np.concatenate(radii)

    def _held(self, points: Floats, radii: Floats) -> tuple[View, _Setting]:
        """The view with the words in the picture's corners."""
        spec, resolution = self.spec, self.spec.render.resolution
        said = self.corners(spec.words.size, column=False)
        view = fit(points, spec.camera, resolution, self.turns, _bands(spec, said), radii)
        # of a picture in perspective the words' plane shows as much less as it is nearer than its middle
        scale = resolution[0] / view.width * (1.0 if view.distance is None else view.distance / _ahead(view))
        return view, _Setting(Placed(scale, np.zeros(2)), said, [])


def bands(spec: Spec) -> Bands:
    """What words in the picture's corners keep free, in perspective; of a legend that is not known before the tiles."""
    if spec.camera.kind != "perspective":
        return 0.0, 0.0, 0.0, 0.0
    return _bands(spec, corners(spec, (), spec.words.size, column=False))


def _bands(spec: Spec, said: Corners) -> Bands:
    height, margin = spec.render.resolution[1], spec.camera.margin
    above = [1 - each.y / height - margin for each in said.taken if each.top]
    below = [each.y / height - margin for each in said.taken if not each.top]
    return 0.0, max([0.0, *below]), 0.0, max([0.0, *above])


def _ahead(view: View) -> float:
    return AHEAD if view.distance is None else AHEAD_OF_SCENE * view.near


def _best(picture: _Picture, outline: Outline) -> _Setting:
    """The largest setting, with words as large as they are meant to be, or smaller where they leave too little room."""
    spec = picture.spec
    width, height = spec.render.resolution
    across, up = spec.camera.margin * width, spec.camera.margin * height
    area = (across, up, width - across, height - up)
    size = spec.words.size
    plain = Room(outline, Boxes.of(), area, []).most()
    while True:
        best: _Setting | None = None
        sides = (*SIDES, *(NARROW if width < height else ())) if spec.words.names else SIDES[:1]
        for column in (True, False) if spec.words.legend else (True,):
            held = picture.corners(size, column)
            room = Room(outline, Boxes.of(), area, held.taken)
            beside = room.largest()
            for side in sides:
                least = 0.0 if best is None else best.placed.scale * (NEARER if best.aside else BEST)
                if beside is None or least >= beside.scale:
                    break  # no other could be larger
                found = _set(picture.seen, em(spec.render.resolution, size), side, held, beside, room, least)
                if best is None or (found is not None and _is_better(found, best)):
                    best = found
        smallest = spec.words.size * LEAST
        if best is not None and (best.placed.scale >= ROOMY * plain or size <= smallest):
            return best
        if size <= smallest:  # not even then: nothing is said that cannot be
            return _Setting(_centered(outline, area), Corners(), [])
        size = max(size * SMALLER, smallest)


def _is_better(found: _Setting, than: _Setting) -> bool:
    if found.aside != than.aside:
        return found.aside < than.aside
    return found.placed.scale >= than.placed.scale * BEST


def _centered(outline: Outline, area: tuple[float, float, float, float]) -> Placed:
    scale = Room(outline, Boxes.of(), area, []).most()
    middle = (np.array(area[:2]) + np.array(area[2:])) / 2
    return Placed(scale, middle - scale * (outline.low + outline.high) / 2)


def _set(seen: Seen, own: float, side: str, held: Corners, beside: Placed, room: Room, least: float) -> _Setting | None:
    """Words set in one way; None where the scene would not become larger than `least`.

    own:    the pixels of an em of names
    beside: how large the scene is beside the words in the corners alone, for which there is this `room`
    """
    placed, boxes = beside, None
    for _ in range(ROUNDS):
        scale, before = placed.scale, boxes
        marks = ticks(seen, own, scale)
        called = names(seen, own, side, scale, Boxes.of(*(each.boxes for each in marks)))
        boxes = Boxes.of(*(each.boxes for each in marks), boxes_of(called))
        if before is not None and before.same(boxes):
            break
        larger = room.holding(boxes).largest(least)
        if larger is None:
            return None
        placed = larger
        if placed.scale >= scale * 0.999:
            break
    return _Setting(placed, held, [*(hung for each in marks for hung in each.hung()), *called])


def _in_world(spec: Spec, view: View, setting: _Setting) -> Arranged:
    """The words where they stand in the world."""
    axes, scale = axes_of(view.rotation), setting.placed.scale
    camera = np.array(view.location) @ axes.T
    middle = np.array(spec.render.resolution) / 2

    def at(x: float, y: float, depth: float) -> tuple[float, float, float]:
        across, up = camera[:2] + (np.array([x, y]) - middle) / scale
        found = np.array([across, up, depth]) @ axes
        return float(found[0]), float(found[1]), float(found[2])

    def word(run: Run, depth: float, held: bool) -> Word:
        return Word(
            run.text,
            at(run.x, run.y, depth),
            run.size / scale,
            run.anchor,
            run.style.font,
            colored(run.style, spec.look),
            view.rotation,
            run.box,
            run.role,
            held,
            run.grid,
        )

    front = float(camera[2]) - _ahead(view)
    words = [word(run, front, True) for run in setting.held.runs]
    for each in setting.hung:
        x, y = (setting.placed.origin + scale * each.at[:2]).tolist()
        runs = [run.moved(x + each.x, y + each.y) for run in each.runs]
        # above the floor with all of its height: towards the camera, the plane it lies in rises
        low = camera[1] + (min(run.box[1] for run in runs) - middle[1]) / scale
        over = (OVER_FLOOR - axes[1, 2] * low) / max(axes[2, 2], 1e-6)
        depth = min(max(float(each.at[2]), over), front)
        words += [word(run, depth, False) for run in runs]
    swatches = [
        Swatch(
            at(square.x, square.y, front),
            square.size / scale,
            (float(square.color[0]), float(square.color[1]), float(square.color[2])),
            view.rotation,
            (square.x, square.y, square.x + square.size, square.y + square.size),
        )
        for square in setting.held.squares
    ]
    counter = setting.held.counter
    figures = tuple(word(glyph.run, front, True) for glyph in counter.glyphs) if counter else ()
    return Arranged(view, scale, tuple(words), tuple(swatches), counter, figures, 1 + _ahead(view), setting.aside)
