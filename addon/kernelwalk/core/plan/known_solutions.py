# SPDX-License-Identifier: GPL-3.0-or-later
"""The last solutions: a scene that is edited is planned at each change, and another color needs no new search, nor does
a setting that is undone.

A color or a title cannot be taken from where it is not: the search for grids gets neither.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from ..assembly.scene_geometry import make_scene_geometry
from ..geometry.grids import Grid, make_grids
from ..spec.colors_section import Colors
from ..spec.spec import Spec
from .composition import compose
from .solver import Solution, find_solution

MAX_TILES = 10_000
"""Most tiles of a scene whose solution is kept: it takes memory."""

MAX_SOLUTIONS = 8
"""Solutions that are kept, at most."""

NO_COLORS = Colors(**dict.fromkeys(Colors._fields, "#000000"))

_last: dict[Spec, Solution] = {}
"""Solutions by their specs without colors, the one that was asked for last at the end."""


def recall_solution(spec: Spec) -> Solution:
    """Return the layout, lines, camera and labels of a spec, as of solver.find_solution."""
    if spec.tile_count > MAX_TILES:
        return find_solution(spec, make_grids(spec))
    plain = replace(spec, look=spec.look._replace(colors=NO_COLORS))
    known = _last.pop(plain, None)
    if known is None or spec.labels.legend:  # equal colors share an entry of the legend
        solution = known = find_solution(spec, _make_known_grids(replace(plain, title="")))
    else:
        solution = _recolor(known, spec)
    _last[plain] = known
    if len(_last) > MAX_SOLUTIONS:
        del _last[next(iter(_last))]
    return solution


def forget_solutions() -> None:
    """Forget all solutions and their grids."""
    _last.clear()
    _make_known_grids.cache_clear()


@lru_cache(maxsize=MAX_SOLUTIONS)
def _make_known_grids(spec: Spec) -> tuple[Grid, ...]:
    return tuple(make_grids(spec))


def _recolor(solution: Solution, spec: Spec) -> Solution:
    """Return a solution of the same spec in other colors."""
    known, composition = solution.geometry, solution.composition
    geometry = make_scene_geometry(spec, known.grids, known.layouts, known.option)
    composition = compose(spec, composition.view, composition.layout, composition.reserved_margins)
    return Solution(geometry, geometry.make_lines(solution.lines_view), composition, solution.lines_view)
