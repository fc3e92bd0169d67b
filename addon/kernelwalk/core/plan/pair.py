# SPDX-License-Identifier: GPL-3.0-or-later
"""Two layers side by side in one picture, each in a half of its own: one camera sees both on one floor.

Each layer is laid out and solved in its half, in a world of its own. Its view is that of the whole picture, so both
views become one camera where they are equally large and stand equally high above the floor: how far one layer then is
from the other follows from the places of their cameras.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..animation.curve import Curve, make_curve
from ..animation.orbit import make_orbit_curves
from ..camera.framing import View, move_back, move_right
from ..geometry.grids import make_grids
from ..geometry.layout import list_layout_options
from ..spec.spec import Spec
from .composition import LabelLayout, compose, estimate_reserved_margins
from .solver import PIXEL_TOLERANCE, Solution, find_solution, lay_out_labels, lay_out_option, solve_labels
from .visible_scene import VisibleScene

MAX_LEVEL_ROUNDS, SCALE_TOLERANCE = 8, 1e-6
"""Rounds in which the larger tiles are made as large as the others; and the difference, as a share, that counts as
none: labels at a smaller scale may leave less room."""

MAX_RISES, RISE = 12, 1.05
"""Perspective only: rounds in which the camera rises, by this factor, while labels overlap what they are beside."""

MAX_MOVES = 8
"""Perspective only: rounds in which the camera moves across to where a layer is in its half."""

Fitted = tuple[View, LabelLayout]


def solve_pair(specs: Sequence[Spec]) -> list[Solution]:
    """Return the solutions of two specs side by side, whose views differ in the camera's place on the floor alone."""
    specs = _fix_lens(specs)
    solutions = [find_solution(spec, make_grids(spec)) for spec in specs]
    geometries = [solution.geometry for solution in solutions]
    view = max((solution.composition.view for solution in solutions), key=lambda view: view.width)
    half = replace(view, width=view.width / 2)  # lines are as wide as in a picture of a half's size
    scenes = [VisibleScene(each.spec, each, each.make_lines(half)) for each in geometries]
    margins = [solution.composition.reserved_margins for solution in solutions]
    if specs[0].camera.projection == "perspective":
        first = [solve_labels(scene, each)[:2] for scene, each in zip(scenes, margins, strict=True)]
        fitted = _stand_equally_high(scenes, first)
    else:
        fitted = _level_scales(scenes)
    return [
        Solution(scene.geometry, tuple(scene.lines), compose(scene.spec, *each), half)
        for scene, each in zip(scenes, fitted, strict=True)
    ]


def _fix_lens(specs: Sequence[Spec]) -> list[Spec]:
    """Return specs whose cameras have one field of view: where the first one's distance is set, that which holds the
    first layer from there, as far as its labels are known."""
    camera = specs[0].camera
    if camera.projection != "perspective" or camera.distance is None:
        return list(specs)
    spec, margins = specs[0], estimate_reserved_margins(specs[0])
    option = list_layout_options(spec.show, spec.look, camera)[0]
    view = VisibleScene(spec, lay_out_option(spec, make_grids(spec), option, margins), ()).fit_view(margins)
    assert view.distance is not None
    angle = float(np.degrees(2 * np.arctan(max(view.width, view.height) / 2 / view.distance)))
    return [replace(spec, camera=camera._replace(distance=None, field_of_view=angle)) for spec in specs]


def _level_scales(scenes: Sequence[VisibleScene]) -> list[Fitted]:
    """Return views without perspective that are equally wide and equally high, with their labels."""
    fitted = [solve_labels(scene, scene.span_margins)[:2] for scene in scenes]
    for _ in range(MAX_LEVEL_ROUNDS):
        scales = [layout.placement.scale for _, layout in fitted]
        larger, limit = int(np.argmax(scales)), min(scales)
        if scales[larger] <= limit * (1 + SCALE_TOLERANCE):
            break
        fitted[larger] = solve_labels(scenes[larger], scenes[larger].span_margins, limit)[:2]
    height = max(view.location[2] for view, _ in fitted)
    return [(move_back(view, height), layout) for view, layout in fitted]


def _stand_equally_high(scenes: Sequence[VisibleScene], fitted: Sequence[Fitted]) -> list[Fitted]:
    """Return perspective views that are equally high, with their labels."""
    height = max(view.location[2] for view, _ in fitted)
    for _ in range(MAX_RISES):
        settled = [_settle_at_height(*each, height) for each in zip(scenes, fitted, strict=True)]
        height *= RISE
        if all(is_clear for _, _, is_clear in settled):
            break
    return [(view, layout) for view, layout, _ in settled]


def _settle_at_height(scene: VisibleScene, fitted: Fitted, height: float) -> tuple[View, LabelLayout, bool]:
    """Return a view from a height, its labels, and whether these leave the scene clear within its half."""
    view, option = move_back(fitted[0], height), fitted[1].option
    for _ in range(MAX_MOVES):
        problem, layout = lay_out_labels(scene, view, option)
        wanted = problem.find_place(layout.placement.scale)
        is_clear = problem.is_solved_by(layout.placement, PIXEL_TOLERANCE)
        if wanted is None:
            break
        move = float(layout.placement.origin[0] - wanted.origin[0]) / layout.placement.scale
        if abs(move) * layout.placement.scale < PIXEL_TOLERANCE:
            break
        view = move_right(view, move)
    return view, layout, is_clear


def make_place_curves(first: Spec, views: Sequence[View]) -> list[Curve]:
    """Return the curves of the second layer's place, at which the camera of the first sees it as its own camera would.

    views: of both at rest. As the camera turns about the first layer, the second moves on a circle around that, and so
    is seen to turn in its place, too.
    """
    pivots = [np.array(view.pivot) for view in views]
    cameras = [np.array(view.location[:2]) - pivot for view, pivot in zip(views, pivots, strict=True)]
    apart, lead = pivots[0] - pivots[1], cameras[0] - cameras[1]
    orbit = make_orbit_curves(first)
    frames = np.array(first.frames if orbit else first.frames[:1], np.float64)
    angles = orbit[0].value_at(frames) if orbit else np.zeros(1)
    x = apart[0] + np.cos(angles) * lead[0] - np.sin(angles) * lead[1]
    y = apart[1] + np.sin(angles) * lead[0] + np.cos(angles) * lead[1]
    return [make_curve(f"place.{axis}", frames, values, "linear") for axis, values in (("x", x), ("y", y))]
