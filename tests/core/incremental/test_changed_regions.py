# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that differs from the base frame is inside the regions; what stays the same keeps its hash."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from kernelwalk.core import Plan, make_plan, spec_from_table
from kernelwalk.core.incremental.changed_regions import (
    find_base_frame,
    find_changed_regions,
    hash_squares,
    make_base_frame,
)
from kernelwalk.core.incremental.rectangle_cover import SQUARE_SIZE
from kernelwalk.core.incremental.square_rows import FILTER_MARGIN

from .test_rectangle_cover import SIZE, count_coverage

LAYERS = {
    "plain": {"op": "conv", "input": 9, "kernel": 5},
    "wide": {"op": "conv", "input": [4, 8], "kernel": 3},
    "dilated": {"op": "conv", "input": [12, 9], "kernel": 3, "dilation": [3, 2], "padding": 1},
    "transposed": {"op": "conv_transpose", "input": 4, "kernel": 3, "stride": 3},
}


def make_film_plan(layer: str, **walk: object) -> Plan:
    table = {"frames_per_step": 3, "hold": 1, "lead_in": 2, "lead_out": 1, **walk}
    render = {"resolution": list(SIZE)}
    return make_plan(
        spec_from_table({"layer": LAYERS[layer], "walk": table, "look": {"thickness": 1.0}, "render": render})
    )


@pytest.mark.parametrize("layer", LAYERS)
def test_a_frame_differs_from_the_base_frame_only_within_its_regions(layer: str) -> None:
    """This checks the middles of the tiles' tops and undersides, and points along the lines."""
    plan = make_film_plan(layer)
    scale = np.array(SIZE)
    for frame in list(plan.frames)[:: max(1, len(plan.frames) // 12)]:
        coverage = count_coverage(find_changed_regions(plan, frame, find_base_frame(plan)))
        state = plan.state_at(frame)
        points = []
        for grid in plan.grids:
            is_changed = (grid.colors_at(state) != grid.colors_at(plan.state_at(find_base_frame(plan)))).any(axis=1)
            tops = np.array(grid.thicknesses)[grid.kinds[is_changed]][:, None] * [0, 0, 1]
            points += [grid.base_centers[is_changed], grid.base_centers[is_changed] + tops]
        share = np.linspace(0, 1, 50)[:, None]
        points += [(1 - share) * line[0] + share * line[1] for line in plan.lines_at(frame)[0]]
        pixels = plan.view.project(np.concatenate(points)) * scale
        for x, y in pixels.astype(int):
            around = coverage[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2]
            assert (around == 1).all(), f"frame {frame}: ({x}, {y})"
        assert bool(len(pixels)) == coverage.any()


@pytest.mark.parametrize("layer", LAYERS)
def test_a_cell_keeps_its_hash_from_frame_to_frame_unless_it_changes(layer: str) -> None:
    """A hash of 0 means that the square is as on the base frame."""
    plan = make_film_plan(layer, frames_per_step=6, hold=2)
    base = make_base_frame(plan, find_base_frame(plan))
    frames = list(plan.frames)[8:40]
    kept = 0
    hashes = [hash_squares(plan, frame, base) for frame in frames]
    for (frame, next_frame), (before, after) in zip(
        itertools.pairwise(frames), itertools.pairwise(hashes), strict=True
    ):
        is_same = before == after
        kept += int((is_same & (before != 0)).sum())
        is_changed_pixel = np.repeat(np.repeat(~is_same, SQUARE_SIZE, axis=0), SQUARE_SIZE, axis=1)
        for grid in plan.grids:
            is_changed = (grid.colors_at(plan.state_at(frame)) != grid.colors_at(plan.state_at(next_frame))).any(axis=1)
            for x, y in (plan.view.project(grid.base_centers[is_changed]) * SIZE).astype(int):
                assert is_changed_pixel[y, x], f"frames {frame} and {next_frame}: a tile at ({x}, {y}) changed"
    assert kept, "tiles that stay active keep their hashes"


def test_a_tile_in_one_color_has_one_hash_only_at_the_same_place_within_the_step() -> None:
    """On its way from color to color, Cycles rounds it otherwise from another place."""
    plan = make_film_plan("wide", frames_per_step=4)
    grid, base = plan.grids[0], make_base_frame(plan, find_base_frame(plan))

    def look_at(cell: list[int], step: int, offset: int) -> tuple[list[float], int]:
        """Return the color of an input tile after a step's beginning, and the hash of the square at its middle."""
        frame = plan.spec.walk.start_frame(step) + offset
        tile = grid.cells[:, :2].tolist().index(cell)
        x, y = (plan.view.project(grid.base_centers[tile]) * SIZE).astype(int) // SQUARE_SIZE
        return grid.colors_at(plan.state_at(frame))[tile].tolist(), int(hash_squares(plan, frame, base)[y, x])

    (coming, coming_hash), (going, going_hash) = look_at([3, 2], 0, 1), look_at([3, 2], 3, 3)
    assert coming == going, "the window comes over the tile, and leaves it three steps later"
    assert coming_hash % 2 == going_hash % 2 == 0, "no line is in the way"
    assert coming_hash != going_hash
    again = look_at([3, 1], 0, 1)
    assert again[1] % 2 == 0 != again[1]
    assert again == look_at([3, 1], 6, 1), "the window comes over the tile again, a row later"


def test_little_of_a_large_picture_changes() -> None:
    table = {"layer": {"op": "conv", "input": 30, "kernel": 3}, "walk": {"frames_per_step": 1}}
    plan = make_plan(spec_from_table(table))
    regions = find_changed_regions(plan, plan.spec.walk.start_frame(400), find_base_frame(plan))
    assert sum(w * h for _, _, w, h in regions) < 0.02 * 1280 * 720


def test_the_base_frame_is_one_in_which_nothing_is_active() -> None:
    assert find_base_frame(make_film_plan("plain")) == 1
    late = make_film_plan("plain", lead_in=0)
    assert find_base_frame(late) == late.frames.stop - 1
    assert find_changed_regions(late, late.frames.stop - 1, find_base_frame(late)) == []


def test_without_an_idle_frame_the_base_frame_is_the_first_and_its_active_tiles_count_as_changed() -> None:
    plan = make_film_plan("plain", lead_in=0, lead_out=0)
    assert find_base_frame(plan) == 1
    corner = plan.view.project(plan.grids[-1].base_centers[0]) * SIZE
    coverage = count_coverage(find_changed_regions(plan, plan.spec.walk.start_frame(24), 1))
    assert coverage[int(corner[1]), int(corner[0])] == 1, "where the first frame's output tile is active"


def test_without_an_idle_frame_the_base_frame_is_the_first_that_shows_all_grids() -> None:
    walk = {"intro": 8, "lead_in": 0, "lead_out": 0}
    plan = make_plan(spec_from_table({"layer": {"op": "conv", "input": 4, "kernel": 3}, "walk": walk}))
    assert find_base_frame(plan) == plan.frames.start + 8


def test_regions_reach_further_than_cycles_filter() -> None:
    assert FILTER_MARGIN >= 4 * 0.25, "far more than it reaches beyond a pixel"
