# SPDX-License-Identifier: GPL-3.0-or-later
"""The shapes of a figure, which all writers share: areas, strokes and words, each in front of those before it.

Coordinates are in pixels, from the picture's lower left corner to the right and up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from kernelwalk.core.arrays import Floats
from kernelwalk.core.font_metrics import Font

Matrix = tuple[float, float, float, float, float, float]
"""a, b, c, d, e, f: the point (x, y) moves to (a x + c y + e, b x + d y + f)."""


POINTS_OF_COMMAND = {"M": 1, "L": 1, "C": 3, "Z": 0}
"""Points that each part of a path takes: to move, a line, a cubic curve, and the end of a contour."""


class Path(NamedTuple):
    """Contours.

    commands: letters of POINTS_OF_COMMAND, as in SVG
    points:   shape (n, 2), those of all commands
    """

    commands: str
    points: Floats


@dataclass(frozen=True)
class Area:
    """A path that is filled by the even-odd rule with a color #RRGGBB."""

    path: Path
    color: str
    opacity: float = 1.0


@dataclass(frozen=True)
class Stroke:
    """A line of a width through points (n, 2), with straight ends and round joins."""

    points: Floats
    width: float
    color: str
    opacity: float = 1.0


@dataclass(frozen=True)
class Words:
    """Text in one font.

    matrix: from ems, with the text's start as origin, to pixels
    places: where each character begins, in ems; None if they follow each other
    """

    text: str
    font: Font
    matrix: Matrix
    color: str
    opacity: float = 1.0
    places: tuple[float, ...] | None = None


Shape = Area | Stroke | Words


def make_polygons(contours: Iterable[Floats]) -> Path:
    """Return the path of polygons (n, 2)."""
    kept = list(contours)
    commands = "".join("M" + "L" * (len(contour) - 1) + "Z" for contour in kept)
    return Path(commands, kept[0] if len(kept) == 1 else np.concatenate(kept))


def transform(points: Floats, matrix: Matrix) -> Floats:
    """Return points (n, 2) moved by a matrix."""
    a, b, c, d, e, f = matrix
    return points @ np.array([[a, b], [c, d]]) + [e, f]
