# SPDX-License-Identifier: GPL-3.0-or-later
"""The view of a stage and the words in its picture: of all ways to set them, the one in which the tiles are largest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..animation.keyframes import orbit_angles
from ..assembly.scene_geometry import SceneGeometry
from ..camera.framing import ReservedMargins, View, fit_view, reframe_view
from ..geometry.clearance import sample_orbit_angles
from ..labels.corner_labels import CornerLabels, lay_out_corners
from ..labels.grid_labels import (
    FLOOR_CLEARANCE,
    NAME_SIDES,
    STACKED_NAME_SIDES,
    AnchoredText,
    IndexRow,
    OrbitAnchor,
    ProjectedGrids,
    list_anchored_texts,
    place_indices,
    place_names,
)
from ..labels.label import CAPTION_STYLE, Label, Swatch, TextRun, em_pixels, is_faint, text_color
from ..labels.scene_fit import FitProblem, LabelBoxes, Placement, convex_hull
from ..labels.step_counter import StepCounter
from ..lines.line_set import LineSet
from ..spec.spec import Spec
from ..walk.activation import Floats

NO_MARGINS: ReservedMargins = (0.0, 0.0, 0.0, 0.0)

BEST, NEARER = 1.08, 0.85
"""How much larger the tiles have to become for another arrangement than the usual one, so that looks, whose tiles
differ a little, have the same; and how much smaller they may become for one in which more names are at their grids."""

SMALLER, LEAST = 0.88, 0.5
"""Where words take too much room, by how much they shrink at a time, and how far at most."""

ROOMY = 0.5
"""Of the scale that the tiles would have without words, the least that words leave them, as far as they can shrink."""

ROUNDS = 3
"""How often words are set anew at the scale that their setting leads to."""

AHEAD, AHEAD_OF_SCENE = 0.15, 0.8
"""How far before the camera words stand that are held in the picture, beyond the distance at which it begins to see; in
perspective, as a share of the way to what is nearest."""

SETTLING, TIGHTER, SLACK = 8, 0.004, 0.5
"""In perspective, how often a camera is looked for that has everything where there is room, by which share a scene
becomes smaller each time, and the pixels of it that do not matter."""

SPACING = np.radians(2)
"""Of an orbit, how far apart it is looked at beside words: between two, a pixel in 6,000 is missed."""

Area = tuple[float, float, float, float]
"""Left, bottom, right and top of what of the picture may be used, in pixels."""


@dataclass(frozen=True)
class Composition:
    """A view of a stage, and the words in it, in the world.

    scale:   pixels of a length where words stand that are held in the picture
    counter: the glyphs of the walk's position; `figures` are the same in the world
    behind:  how far back a figure is out of sight
    bands:   in perspective, what of the picture is kept free beside the scene
    aside:   how many names are not at their grids
    """

    view: View
    scale: float
    labels: tuple[Label, ...] = ()
    swatches: tuple[Swatch, ...] = ()
    counter: StepCounter | None = None
    counter_labels: tuple[Label, ...] = ()
    hidden_distance: float = 1.0
    reserved_margins: ReservedMargins = NO_MARGINS
    displaced_names: int = 0


@dataclass(frozen=True)
class _Way:
    """How words are set: scaled so much, the legend in a column or in rows, names at which side."""

    size: float
    column: bool
    side: str


@dataclass(frozen=True)
class _Setting:
    """Words set in one way, and the scene's place beside them."""

    placed: Placement
    held: CornerLabels
    hung: Sequence[AnchoredText]
    way: _Way

    @property
    def aside(self) -> int:
        """How many names are not at their grids."""
        return sum(each.is_displaced for each in self.hung)


class _Scene:
    """What is to be seen, and kept free, in a spec's picture."""

    def __init__(self, spec: Spec, stage: SceneGeometry, lines: Sequence[LineSet]):
        self.spec, self.stage = spec, stage
        self.points, self.radii = _whole(stage, lines)
        self.turns = orbit_angles(spec)
        width, height = spec.render.resolution
        across, up = spec.camera.margin * width, spec.camera.margin * height
        self.area = (across, up, width - across, height - up)

    def fit(self, bands: ReservedMargins) -> View:
        return fit_view(self.points, self.spec.camera, self.spec.render.resolution, self.turns, bands, self.radii)

    def seen(self, view: View) -> ProjectedGrids:
        return ProjectedGrids(
            self.spec, self.stage, [view.orbit_by(turn) for turn in sample_orbit_angles(self.spec.camera).tolist()]
        )

    def outline(self, view: View) -> Floats:
        """Shape (m, 2): the hull of all that the view shows, as View.flat has it, on all turns."""
        span = float(np.ptp(self.turns))
        count = min(len(self.turns), int(np.ceil(span / SPACING)) + 1)
        looked = self.turns[np.linspace(0, len(self.turns) - 1, count).round().astype(np.int64)]
        points = view.undo_orbit(np.broadcast_to(self.points, (len(looked), *self.points.shape)), looked)
        across, thick = view.to_view_plane(points)[..., :2], (self.radii * view.magnification(points))[..., None]
        return convex_hull(
            np.concatenate([across + sign * thick * way for way in np.eye(2) for sign in (-1, 1)]).reshape(-1, 2)
        )


def find_tile_view_width(spec: Spec, stage: SceneGeometry) -> float:
    """How wide the view of a stage's tiles alone is."""
    return _Scene(spec, stage, ()).fit(NO_MARGINS).width


def solve_composition(
    spec: Spec, stage: SceneGeometry, lines: Sequence[LineSet], near: ReservedMargins = NO_MARGINS
) -> Composition:
    """The view of a stage and its lines, with the words that its spec asks for.

    near: in perspective, about what of the picture they keep free
    """
    scene = _Scene(spec, stage, lines)
    said, (width, height) = spec.labels, spec.render.resolution
    if not any((said.title, said.names, said.caption, said.equation, said.position, said.indices, said.legend)):
        view = scene.fit(NO_MARGINS)
        return Composition(view, width / view.width)
    view = scene.fit(near if spec.camera.projection == "perspective" else NO_MARGINS)
    best = _best(spec, scene.seen(view), scene.outline(view), scene.area)
    if view.distance is not None:
        view, best, kept = _settled(scene, view, best)
        return replace(_in_world(spec, view, best), bands=kept)
    scale = best.placed.scale
    off = (np.array([width, height]) / 2 - best.placed.origin) / scale
    return _in_world(spec, reframe_view(view, scene.points, scene.turns, width / scale, off), best)


def _settled(scene: _Scene, view: View, best: _Setting) -> tuple[View, _Setting, ReservedMargins]:
    """The view in perspective that has the scene about where a setting has it, the words in it, and what is kept free.

    A camera elsewhere sees a scene of a slightly different shape, so that this takes some rounds.
    """
    spec = scene.spec
    resolution = np.array(spec.render.resolution)
    outline = scene.outline(view)
    for number in range(SETTLING):
        middle, half = (outline.max(axis=0) + outline.min(axis=0)) / 2, np.ptp(outline, axis=0) / 2
        ends = np.array([middle - half * (1 - number * TIGHTER), middle + half * (1 - number * TIGHTER)])
        low, high = (best.placed.origin + best.placed.scale * ends) / resolution
        free = np.maximum(np.concatenate([low, 1 - high]) - spec.camera.margin, 0.0)
        left, bottom, right, top = free.tolist()
        kept = left, bottom, right, top
        view = scene.fit(kept)
        seen, scale = scene.seen(view), float(resolution[0] / view.width)
        held = lay_out_corners(spec, scene.stage.all_tile_grids, best.way.size, best.way.column)
        marks, called, boxes = _hung(seen, best.way, scale)
        hung = [*list_anchored_texts(marks), *called]
        outline = scene.outline(view)
        room = FitProblem(outline, boxes, scene.area, held.reserved, held.min_gap)
        placed = Placement(scale, resolution / 2)
        best = _Setting(placed, held, hung, best.way)
        if room.is_solved_by(placed, SLACK):
            break
        best = replace(best, placed=room.find_largest() or placed)
    return view, replace(best, placed=placed), kept


def _whole(stage: SceneGeometry, lines: Sequence[LineSet]) -> tuple[Floats, Floats]:
    """Shapes (n, 3) and (n,): the corners of all tiles, wherever they move, and of lines on all steps, with the radii
    of the balls around them that are seen too."""
    corners = stage.corners
    points, radii = [corners], [np.zeros(len(corners))]
    for each in lines:
        points.append(each.outermost_points)
        radii.append(np.full(len(points[-1]), each.width / 2))
    return np.concatenate(points), np.concatenate(radii)


def estimate_reserved_margins(spec: Spec) -> ReservedMargins:
    """What words in the picture's corners keep free, in perspective; of a legend that is not known before the tiles."""
    return _bands(spec, lay_out_corners(spec, (), spec.labels.size, legend_in_column=False))


def _bands(spec: Spec, said: CornerLabels) -> ReservedMargins:
    height, margin = spec.render.resolution[1], spec.camera.margin
    above = [1 - each.y / height - margin for each in said.reserved if each.is_top]
    below = [each.y / height - margin for each in said.reserved if not each.is_top]
    return 0.0, max([0.0, *below]), 0.0, max([0.0, *above])


def _ahead(view: View) -> float:
    return AHEAD if view.distance is None else AHEAD_OF_SCENE * view.near


def _best(spec: Spec, seen: ProjectedGrids, outline: Floats, area: Area) -> _Setting:
    """The largest setting, with words as large as they are meant to be, or smaller where they leave too little room.

    outline: shape (m, 2), the hull of all that is seen
    """
    width, height = spec.render.resolution
    size = spec.labels.size
    plain = FitProblem(outline, LabelBoxes.concatenate(), area, []).max_scale()
    while True:
        best: _Setting | None = None
        sides = (*NAME_SIDES, *(STACKED_NAME_SIDES if width < height else ())) if spec.labels.names else NAME_SIDES[:1]
        for column in (True, False) if spec.labels.legend else (True,):
            held = lay_out_corners(spec, seen.stage.all_tile_grids, size, column)
            room = FitProblem(outline, LabelBoxes.concatenate(), area, held.reserved, held.min_gap)
            beside = room.find_largest()
            for side in sides:
                least = 0.0 if best is None else best.placed.scale * (NEARER if best.aside else BEST)
                if beside is None or least >= beside.scale:
                    break  # no other could be larger
                found = _set(seen, held, room, beside, _Way(size, column, side), least)
                if best is None or (found is not None and _is_better(found, best)):
                    best = found
        smallest = spec.labels.size * LEAST
        if best is not None and (best.placed.scale >= ROOMY * plain or size <= smallest):
            return best
        if size <= smallest:  # not even then: nothing is said that cannot be
            return _Setting(_centered(outline, area), CornerLabels(), [], _Way(size, column, sides[0]))
        size = max(size * SMALLER, smallest)


def _is_better(found: _Setting, than: _Setting) -> bool:
    if found.aside != than.aside:
        return found.aside < than.aside
    return found.placed.scale >= than.placed.scale * BEST


def _centered(outline: Floats, area: Area) -> Placement:
    scale = FitProblem(outline, LabelBoxes.concatenate(), area, []).max_scale()
    middle = (np.array(area[:2]) + np.array(area[2:])) / 2
    return Placement(scale, middle - scale * (outline.min(axis=0) + outline.max(axis=0)) / 2)


def _set(
    seen: ProjectedGrids, held: CornerLabels, room: FitProblem, beside: Placement, way: _Way, least: float
) -> _Setting | None:
    """Words set in one way; None where the scene would not become larger than `least`.

    beside: how large the scene is beside the words in the corners alone, for which there is this `room`
    """
    placed, before = beside, None
    for _ in range(ROUNDS):
        scale = placed.scale
        marks, called, boxes = _hung(seen, way, scale)
        if before is not None and before.equals(boxes):
            break
        larger = room.with_boxes(boxes).find_largest(least)
        if larger is None:
            return None
        placed, before = larger, boxes
        if placed.scale >= scale * 0.999:
            break
    return _Setting(placed, held, [*list_anchored_texts(marks), *called], way)


def _hung(
    seen: ProjectedGrids, way: _Way, scale: float
) -> tuple[Sequence[IndexRow | AnchoredText], list[AnchoredText], LabelBoxes]:
    """The words that hang at grids, at a scale, and the room that they take."""
    own = em_pixels(seen.spec.render.resolution, way.size)
    marks = place_indices(seen, own, scale)
    taken = LabelBoxes.concatenate(*(each.boxes for each in marks))
    called = place_names(seen, own, way.side, scale, taken)
    return marks, called, LabelBoxes.concatenate(taken, *(each.boxes for each in called))


def _in_world(spec: Spec, view: View, setting: _Setting) -> Composition:
    """The words where they stand in the world."""
    axes, camera = view.axes, np.array(view.location)
    middle = np.array(spec.render.resolution) / 2

    def scale(away: float) -> float:
        """Pixels of a length so far away."""
        return setting.placed.scale * (1.0 if view.distance is None else view.distance / away)

    def at(x: float, y: float, away: float) -> tuple[float, float, float]:
        across, up = (np.array([x, y]) - middle) / scale(away)
        found = camera + np.array([across, up, -away]) @ axes
        return float(found[0]), float(found[1]), float(found[2])

    def word(run: TextRun, away: float, held: bool) -> Label:
        return Label(
            run.text,
            at(run.x, run.y, away),
            run.font_size / scale(away),
            run.anchor,
            run.style.font,
            text_color(run.style, spec.look),
            view.rotation,
            run.box,
            run.role,
            held,
            run.grid_index,
        )

    def staying(run: TextRun, turning: OrbitAnchor) -> Label:
        place = turning.location + turning.offset / setting.placed.scale
        x, y = (view.project(place) * np.array(spec.render.resolution)).tolist()
        seen = replace(run, em=run.em * float(view.magnification(place))).shifted(x, y)
        made = word(seen, float(view.depths(place)), False)
        return replace(made, turns=True)

    def away_of(depth: float, y: float) -> float:
        """How far away words stand that hang at a point: above the floor with all of their height, since towards the
        camera the plane that they lie in rises."""
        away = float(axes[2] @ camera) - depth
        first, second = (at(middle[0], y, far)[2] - FLOOR_CLEARANCE for far in (away, 2 * away))
        if first < 0:  # height is linear in how far away it is
            away *= 1 - first / (second - first) if first > second else 1.0
        return max(away, front)

    front = _ahead(view)
    words = [word(run, front, True) for run in setting.held.runs]
    for each in setting.hung:
        if each.orbit is not None:
            words += [staying(run, each.orbit) for run in each.runs]
            continue
        x, y = setting.placed.origin + setting.placed.scale * each.anchor[:2]
        runs = [run.shifted(float(x), float(y)) for run in each.runs]
        orbits = bool(spec.camera.orbit)
        away = front if orbits else away_of(float(each.anchor[2]), min(run.box[1] for run in runs))
        words += [word(run, away, orbits) for run in runs]
    swatches = [
        Swatch(
            at(square.x, square.y, front),
            square.side / scale(front),
            (float(square.color[0]), float(square.color[1]), float(square.color[2])),
            view.rotation,
            (square.x, square.y, square.x + square.side, square.y + square.side),
            text_color(CAPTION_STYLE, spec.look) if is_faint(square.color, spec.look) else None,
        )
        for square in setting.held.squares
    ]
    counter = setting.held.counter
    figures = tuple(word(glyph.run, front, True) for glyph in counter.glyphs) if counter else ()
    return Composition(
        view, scale(front), tuple(words), tuple(swatches), counter, figures, 1 + front, displaced_names=setting.aside
    )
