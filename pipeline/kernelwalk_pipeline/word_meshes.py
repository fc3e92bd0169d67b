# SPDX-License-Identifier: GPL-3.0-or-later
"""Words as triangles, from the outlines of their letters."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import mapbox_earcut
import numpy as np
from kernelwalk.core.arrays import Floats, Integers
from kernelwalk.core.font_metrics import Font

from .figures.glyphs import outline_character, place_characters
from .figures.shapes import POINTS_OF_COMMAND, Path, Words, transform

CURVE_PIECES = 4
"""Straight pieces of each curve of an outline."""


def triangulate_words(words: Words) -> tuple[Floats, Integers]:
    """Return the points (n, 2) of words, where their matrix places them, and triangles (m, 3), counterclockwise.

    Raises UsageError for a font that is not there.
    """
    points, triangles, count = [np.zeros((0, 2))], [np.zeros((0, 3), np.int64)], 0
    for character, x in place_characters(words):
        own, corners = _triangulate_character(words.font, character)
        points.append(transform(own + [x, 0.0], words.matrix))
        triangles.append(corners + count)
        count += len(own)
    return np.concatenate(points), np.concatenate(triangles)


def triangulate_text(font: Font, text: str) -> tuple[Floats, Integers]:
    """Return the points (n, 2) of a text, in ems from its start on the baseline, and triangles (m, 3).

    Raises UsageError for a font that is not there.
    """
    return triangulate_words(Words(text, font, (1.0, 0.0, 0.0, 1.0, 0.0, 0.0), ""))


@cache
def _triangulate_character(font: Font, character: str) -> tuple[Floats, Integers]:
    """Return the points (n, 2) of a character in ems, and its triangles (m, 3)."""
    points, triangles, count = [np.zeros((0, 2))], [np.zeros((0, 3), np.int64)], 0
    for rings in _group_contours(list(_flatten(outline_character(font, character)))):
        own = np.concatenate(rings)
        ends = np.cumsum([len(ring) for ring in rings]).astype(np.uint32)
        corners = mapbox_earcut.triangulate_float64(own, ends).reshape(-1, 3).astype(np.int64)
        a, b, c = own[corners].transpose(1, 0, 2)
        is_clockwise = _cross(b - a, c - a) < 0
        corners[is_clockwise] = corners[is_clockwise][:, ::-1]
        points.append(own)
        triangles.append(corners + count)
        count += len(own)
    return np.concatenate(points), np.concatenate(triangles)


def _flatten(path: Path) -> Iterator[Floats]:
    """Yield the contours (n, 2) of a path, with curves in straight pieces."""
    share = np.linspace(0, 1, CURVE_PIECES + 1)[1:, None]
    rest = 1 - share
    counts = np.array([POINTS_OF_COMMAND[command] for command in path.commands], np.int64)
    firsts = counts.cumsum() - counts
    curves = firsts[[command == "C" for command in path.commands]]
    begin, one, other, end = (path.points[curves + place][:, None] for place in (-1, 0, 1, 2))
    bends = rest**3 * begin + 3 * rest**2 * share * one + 3 * rest * share**2 * other + share**3 * end
    bent = iter(bends)
    contour: list[Floats] = []
    for command, first, count in zip(path.commands, firsts.tolist(), counts.tolist(), strict=True):
        if command == "Z":
            if sum(map(len, contour)) > 2:
                yield np.concatenate(contour)
            contour = []
        else:
            contour.append(next(bent) if command == "C" else path.points[first : first + count])


def _group_contours(contours: list[Floats]) -> Iterator[list[Floats]]:
    """Yield each outer contour with the holes in it, which run the other way round."""
    areas = [float(_cross(contour, np.roll(contour, -1, axis=0)).sum()) for contour in contours]
    if not areas:
        return
    sign = np.sign(max(areas, key=abs))
    outer = [number for number, area in enumerate(areas) if area * sign > 0]
    holes: dict[int, list[Floats]] = {number: [] for number in outer}
    for number, area in enumerate(areas):
        if area * sign < 0:
            around = [each for each in outer if _is_inside(contours[number][0], contours[each])]
            if around:
                holes[min(around, key=lambda each: abs(areas[each]))].append(contours[number])
    for number in outer:
        yield [contours[number], *holes[number]]


def _is_inside(point: Floats, contour: Floats) -> bool:
    """Return True if a contour runs around a point (2,)."""
    begin, end = contour - point, np.roll(contour, -1, axis=0) - point
    crosses = (begin[:, 1] > 0) != (end[:, 1] > 0)
    is_right = (_cross(begin, end) > 0) == (end[:, 1] > begin[:, 1])
    return bool((crosses & is_right).sum() % 2)


def _cross(first: Floats, second: Floats) -> Floats:
    crossed: Floats = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    return crossed
