# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever differs from the still frame is marked, and what is the same again is known by its number."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from kernelwalk.core import Plan, make_plan, spec_from_table
from kernelwalk.core.incremental.changed_regions import (
    FILTER_MARGIN,
    RECTANGLE_COST,
    find_base_frame,
    find_changed_regions,
    hash_cells,
    make_base_frame,
)
from kernelwalk.core.incremental.rectangle_cover import CELL_SIZE

from ..picture.test_cover import SIZE, marked

LAYERS = {
    "plain": {"op": "conv", "input": 9, "kernel": 5},
    "dilated": {"op": "conv", "input": [12, 9], "kernel": 3, "dilation": [3, 2], "padding": 1},
    "transposed": {"op": "conv_transpose", "input": 4, "kernel": 3, "stride": 3},
}


def planned(layer: str, **walk: object) -> Plan:
    table = {"frames_per_step": 3, "hold": 1, "lead_in": 2, "lead_out": 1, **walk}
    render = {"resolution": list(SIZE)}
    return make_plan(
        spec_from_table({"layer": LAYERS[layer], "walk": table, "look": {"thickness": 1.0}, "render": render})
    )


@pytest.mark.parametrize("layer", LAYERS)
def test_a_frame_differs_from_the_still_one_only_within_its_rectangles(layer: str) -> None:
    """By the middles of the tiles' tops and sides, and points along the lines."""
    made = planned(layer)
    scale = np.array(SIZE)
    for frame in list(made.frames)[:: max(1, len(made.frames) // 12)]:
        held = marked(find_changed_regions(made, frame, find_base_frame(made)))
        state = made.state_at(frame)
        points = []
        for grid in made.grids:
            changed = (grid.colors_at(state) != grid.colors_at(made.state_at(find_base_frame(made)))).any(axis=1)
            tops = np.array(grid.thicknesses)[grid.kinds[changed]][:, None] * [0, 0, 1]
            points += [grid.base_centers[changed], grid.base_centers[changed] + tops]
        share = np.linspace(0, 1, 50)[:, None]
        points += [(1 - share) * line[0] + share * line[1] for line in made.lines_at(frame)[0]]
        found = made.view.project(np.concatenate(points)) * scale
        for x, y in found.astype(int):
            around = held[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2]
            assert (around == 1).all(), f"frame {frame}: ({x}, {y})"
        assert bool(len(found)) == held.any()


@pytest.mark.parametrize("layer", LAYERS)
def test_cells_of_the_same_number_hold_the_same(layer: str) -> None:
    """From frame to frame: where no line is near and every tile is as it was, a cell keeps its number, nowhere else;
    0 is as on the still frame."""
    made = planned(layer, frames_per_step=6, hold=2)
    still = make_base_frame(made, find_base_frame(made))
    frames = list(made.frames)[8:40]
    kept = 0
    marks = [hash_cells(made, frame, still) for frame in frames]
    for (one, other), (before, after) in zip(itertools.pairwise(frames), itertools.pairwise(marks), strict=True):
        same = before == after
        kept += int((same & (before != 0)).sum())
        held = np.repeat(np.repeat(~same, CELL_SIZE, axis=0), CELL_SIZE, axis=1)
        for grid in made.grids:
            changed = (grid.colors_at(made.state_at(one)) != grid.colors_at(made.state_at(other))).any(axis=1)
            for x, y in (made.view.project(grid.base_centers[changed]) * SIZE).astype(int):
                assert held[y, x], f"frames {one} and {other}: a tile at ({x}, {y}) changed"
    assert kept, "tiles that stay lit are known again"


def test_little_of_a_large_picture_differs() -> None:
    table = {"layer": {"op": "conv", "input": 30, "kernel": 3}, "walk": {"frames_per_step": 1}}
    made = make_plan(spec_from_table(table))
    found = find_changed_regions(made, made.spec.walk.start_frame(400), find_base_frame(made))
    assert sum(w * h for _, _, w, h in found) < 0.02 * 1280 * 720


def test_a_film_that_is_dark_at_first_or_at_last_is_held_against_that() -> None:
    assert find_base_frame(planned("plain")) == 1
    late = planned("plain", lead_in=0)
    assert find_base_frame(late) == late.frames.stop - 1
    assert find_changed_regions(late, late.frames.stop - 1, find_base_frame(late)) == []


def test_one_that_never_is_against_its_first_frame_which_then_counts_as_changed_too() -> None:
    made = planned("plain", lead_in=0, lead_out=0)
    assert find_base_frame(made) == 1
    corner = made.view.project(made.grids[-1].base_centers[0]) * SIZE
    held = marked(find_changed_regions(made, made.spec.walk.start_frame(24), 1))
    assert held[int(corner[1]), int(corner[0])] == 1, "where the first frame's output tile is lit"


def test_beginning_a_rectangle_costs_less_the_more_samples_there_are() -> None:
    assert RECTANGLE_COST / 64 < CELL_SIZE**2 < RECTANGLE_COST / 4, "so that few samples ask for few rectangles"
    assert FILTER_MARGIN >= 4 * 0.25, "far more than Cycles' filter reaches from a pixel's edge"
