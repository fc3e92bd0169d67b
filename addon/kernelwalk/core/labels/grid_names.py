# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of grids, placed beside them, clear of tiles and lines.

Where the camera orbits, names are fixed in the picture, beside all that their grids take of it on any turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..arrays import Floats
from ..assembly.scene_geometry import SceneGeometry
from ..font_metrics import Font
from ..layers.formatting import format_compact_size
from ..spec import label_texts
from ..spec.spec import Spec
from ..text_direction import find_direction, turn_signs
from ..typeface import Typeface
from ..values.compute import compute_values
from ..values.shown_channels import choose_shown_channels, stands_for_all
from .label import TextRun, bounding_box
from .label_boxes import LabelBoxes, find_separated
from .projected_grids import AnchoredText, NameCandidates, ProjectedGrids
from .typography import NAME_STYLE, SIZE_STYLE

NAME_GAP, TILE_CLEARANCE, LABEL_CLEARANCE = 0.55, 0.18, 0.35
"""Distances in ems of names: from a grid to its name; least, from a name to tiles and lines, and to other labels."""

NAME_SIDES = ("right", "left", "ends")
"""Sides at which names stand: right or left of the grids; or below the lowest grid and above the highest."""

STACKED_NAME_SIDES = tuple(f"{side}, stacked" for side in NAME_SIDES)
"""The same sides, with the size on a line of its own below a name that stands beside its grid."""

STACKED_LEADING = 1.25
"""Distance of the baselines of a name and of its size below it, in ems."""

FALLBACK_LINES = 40
"""Lines above and below the middle of a grid that are tried for a displaced name."""


def place_names(
    projected: ProjectedGrids, em: float, side: str, scale: float, others: LabelBoxes
) -> list[AnchoredText]:
    """Return the names of the grids, each at the first candidate place that is clear at this scale, or else displaced.

    em:     pixels of an em of names
    side:   one of NAME_SIDES or STACKED_NAME_SIDES
    scale:  pixels of a length
    others: labels that names must keep clear of, too
    """
    placed: list[AnchoredText] = []
    for name in _find_candidates(projected, em, side):
        taken = LabelBoxes.concatenate(others, *(text.boxes for text in placed))
        clear = projected.obstacles.find_clear(name.boxes, scale, TILE_CLEARANCE * em)
        clear &= find_separated(name.boxes, taken, scale, LABEL_CLEARANCE * em).all(axis=1)
        if clear.any():
            placed.append(name.candidates[int(np.argmax(clear))])
        else:
            placed.append(_displace(projected, name, em, scale, taken))
    return placed


def _find_candidates(projected: ProjectedGrids, em: float, side: str) -> list[NameCandidates]:
    """Return the candidates of all grids that have a name, from the cache if they are there."""
    if (em, side) not in projected.name_cache:
        projected.name_cache[em, side] = _list_candidates(projected, em, side)
    return projected.name_cache[em, side]


def _list_candidates(projected: ProjectedGrids, em: float, side: str) -> list[NameCandidates]:
    names = []
    font = projected.spec.typeface.get_font(NAME_STYLE.weight)
    last = len(projected.points) - 1
    side, _, stacked = side.partition(", ")
    for number, (grid, points) in enumerate(zip(projected.geometry.tile_grids, projected.points, strict=True)):
        order = last - number if projected.spec.is_scatter else number
        shape = _format_grid_shape(projected.spec, projected.geometry, number)
        runs = _style_name(
            label_texts.split_grid_name(projected.spec, order, grid.name, shape), projected.spec.typeface, em, number
        )
        if not runs:
            continue
        sides = {"right": ["right"], "left": ["left"], "ends": ["right", "left"]}[side]
        if side == "ends" and number == 0:
            sides = ["below", *sides]
        elif side == "ends" and number == last:
            sides = ["above", *sides]
        candidates = [
            _place_at_side(points, _stack(runs, side, em) if stacked else runs, font, side, em, shift)
            for side in sides
            for shift in (0, 1, -1)
        ]
        boxes = LabelBoxes.concatenate(*(text.boxes for text in candidates))
        names.append(NameCandidates(points, runs, candidates, boxes))
    return names


def _style_name(parts: Sequence[tuple[str, bool]], typeface: Typeface, em: float, grid_index: int) -> list[TextRun]:
    """Return the parts of a name, each with True for a size, as runs on one line that begins at 0.

    The first part of a name that reads from right to left is at its right end.
    """
    if find_direction("".join(text for text, _ in parts)) == "R":
        parts = [(turn_signs(text), is_size) for text, is_size in reversed(parts)]
    runs, x = [], 0.0
    for number, (text, is_size) in enumerate(parts):
        # the space before a size is part of the size's run, so that none remains at the end of a line
        style = SIZE_STYLE if is_size else NAME_STYLE
        font = typeface.get_font(style.weight)
        runs.append(TextRun(text, style, font, em, x, 0.0, "name", grid_index=grid_index))
        x += runs[-1].width if number + 1 < len(parts) or text.strip() else 0.0
    return [run for run in runs if run.text.strip()]


def _stack(runs: Sequence[TextRun], side: str, em: float) -> list[TextRun]:
    """Return a name that stands beside its grid with the size below the rest, aligned towards the grid."""
    sizes = [run for run in runs if run.style is SIZE_STYLE]
    others = [run for run in runs if run.style is not SIZE_STYLE]
    if side not in ("right", "left") or not sizes or not others:
        return list(runs)
    others[-1] = replace(others[-1], text=others[-1].text.rstrip())
    lines = [_line_up(others), [run.shifted(0.0, -STACKED_LEADING * em) for run in _line_up(sizes)]]
    ends = [line[-1].x + line[-1].width for line in lines]
    if side == "left":
        lines = [[run.shifted(max(ends) - end, 0.0) for run in line] for line, end in zip(lines, ends, strict=True)]
    return [run for line in lines for run in line]


def _line_up(runs: Sequence[TextRun]) -> list[TextRun]:
    """Return the runs one after the other, from 0 on."""
    lined_up, x = [], 0.0
    for run in runs:
        lined_up.append(replace(run, x=x))
        x += run.width
    return lined_up


def _format_grid_shape(spec: Spec, geometry: SceneGeometry, number: int) -> str:
    """Return the shape of a grid's values: the layer's, also where one channel represents all, whose number then stands
    before it if it shows values."""
    above = len(geometry.tile_grids) - 1 - number if spec.is_scatter else number
    layer = spec.layers[max(above - 1, 0)]
    if above > 0 and layer.has_matrix_output:
        return format_compact_size(geometry.grids[number].sizes[2:])
    side, sizes = ("inputs", layer.input) if above == 0 else ("outputs", layer.output)
    shape = label_texts.format_shape(layer.channels, sizes, side)
    values = compute_values(spec)
    if values is None or getattr(layer.channels, side) == 1 or not stands_for_all(spec):
        return shape
    return f"channel {choose_shown_channels(spec, values)[above]} of {shape}"


def _place_at_side(
    points: Floats, runs: Sequence[TextRun], font: Font, side: str, em: float, shift: int
) -> AnchoredText:
    """Return a name at the outermost corner of a grid.

    points: shape (n, 3), corners of the grid
    font:   of names
    side:   "right", "left", "above" or "below"
    shift:  of a name beside the grid: 0 at the corner's height, 1 above it, -1 below it; of a name above or below the
            grid: 0 in the middle, 1 to the right, -1 to the left
    """
    left, low, right, high = bounding_box([run.box for run in runs])
    width = right - left
    cap_height = font.cap_height * em
    middle = (min(run.y for run in runs) + cap_height) / 2  # as it looks, without descenders
    axis, sign = {"right": (0, 1), "left": (0, -1), "above": (1, 1), "below": (1, -1)}[side]
    end = (sign * points[:, axis]).max()
    corners = points[sign * points[:, axis] >= end - 1e-6]
    anchor = corners[np.argmax(corners[:, 2])].copy()  # the nearest of several
    across = corners[:, 1 - axis]
    anchor[1 - axis] = across.mean()
    if axis == 0 and shift:
        anchor[1] = across.max() if shift > 0 else across.min()
    if axis == 0:
        x = NAME_GAP * em if sign > 0 else -NAME_GAP * em - width
        y = {0: -middle, 1: -low, -1: -high}[shift]
    else:
        x = {0: -width / 2, 1: 0.0, -1: -width}[shift]
        y = NAME_GAP * em - low if sign > 0 else -NAME_GAP * em - cap_height
    return AnchoredText(anchor, tuple(run.shifted(x, y) for run in runs))


def _displace(
    projected: ProjectedGrids, name: NameCandidates, em: float, scale: float, taken: LabelBoxes
) -> AnchoredText:
    """Return a name to the right of everything, as near to its grid's height as there is room."""
    all_points, points = projected.all_points, name.points
    anchor = np.array([all_points[:, 0].max(), (points[:, 1].min() + points[:, 1].max()) / 2, all_points[:, 2].max()])
    cap_height = projected.spec.typeface.get_font(NAME_STYLE.weight).cap_height
    # the nearest first, and of two that are as near, the upper one
    lines = np.array(sorted(range(-FALLBACK_LINES, FALLBACK_LINES + 1), key=lambda line: (abs(line), line < 0)))
    heights = (-cap_height / 2 + 1.5 * lines) * em
    left, bottom, right, top = bounding_box([run.box for run in name.runs])
    low, high = (
        np.column_stack([np.full(len(lines), x + NAME_GAP * em), y + heights])
        for x, y in ((left, bottom), (right, top))
    )
    boxes = LabelBoxes(np.tile(anchor[:2], (len(lines), 1)), low, high)
    clear = find_separated(boxes, taken, scale, LABEL_CLEARANCE * em).all(axis=1)
    height = float(heights[int(np.argmax(clear)) if clear.any() else -1])
    return AnchoredText(anchor, tuple(run.shifted(NAME_GAP * em, height) for run in name.runs), is_displaced=True)
