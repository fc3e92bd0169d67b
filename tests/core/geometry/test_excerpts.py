# SPDX-License-Identifier: GPL-3.0-or-later
"""Excerpts of long rows and large pictures: what a step uses is always within, and lines lead to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernelwalk.core import Plan, make_plan, spec_from_table
from kernelwalk.core.geometry.excerpts import FADING_CELLS, PATCH_CELLS

from ..helpers import NO_LABELS

LAYERS: dict[str, Any] = {
    "row": {"layer": {"op": "conv", "input": [400], "kernel": 5, "stride": 2, "padding": 2}},
    "picture, dilated on y": {"layer": {"op": "conv", "input": [40, 210], "kernel": 3, "dilation": [3, 1]}},
    "scatter": {
        "layer": {"op": "conv_transpose", "input": [150], "kernel": 3, "stride": 2, "padding": 1},
        "show": {"transposed": "scatter"},
    },
    "copies": {"layer": {"op": "conv", "input": [300], "kernel": 3, "padding": 1, "padding_mode": "circular"}},
    "chain": {"input": [500], "layers": [{"op": "max_pool", "kernel": 2}, {"op": "upsample", "scale": 2}]},
}


def make(name: str, **sections: Any) -> Plan:
    walk = {"every": 211, "first": 3}
    return make_plan(spec_from_table({"walk": walk, "labels": NO_LABELS, **LAYERS[name], **sections}))


@pytest.mark.parametrize("name", LAYERS)
def test_active_tiles_stand_in_the_excerpt_and_can_be_seen_at_every_step(name: str) -> None:
    plan = make(name)
    assert plan.has_sliding_grids and plan.pixels_per_unit > 10
    spec = plan.spec
    for step in range(spec.step_count):
        frame = float(spec.walk.start_frame(np.array([step]))[0])
        for number, grid in enumerate(plan.grids):
            is_active = grid.active_share_at(plan.state_at(frame).position) > 0
            places = grid.base_centers[is_active] + plan.slide_at(number, frame)
            if grid.excerpt_bounds is not None and name != "copies":  # a copy is read at the row's other end
                low, high = grid.excerpt_bounds
                assert (places >= low - 1e-9).all() and (places <= high + 1e-9).all()
                assert (grid.opacities_at(plan.state_at(frame), plan.slide_at(number, frame))[is_active] == 1).all()
        connectors = plan.lines_at(frame)[0]
        above, below = (plan.grids[number] for number in (-1, -2))
        ends = [above.base_centers + plan.slide_at(len(plan.grids) - 1, frame), below.base_centers]
        ends[1] = ends[1] + plan.slide_at(len(plan.grids) - 2, frame)
        for points, centers, grid in zip(np.moveaxis(connectors[-4:], 1, 0), ends, (above, below), strict=True):
            used = centers[grid.active_share_at(plan.state_at(frame).position) > 0]
            distance = np.abs(points[:, None, :2] - used[None, :, :2]).max(axis=2).min(axis=1)
            assert (distance < 0.5).all()


def test_tiles_fade_beyond_the_ends_where_more_of_a_row_follows() -> None:
    plan = make("row")
    grid = plan.grids[0]
    assert grid.excerpt is not None and grid.excerpt.sizes[0] is not None
    state, size = plan.state_at(plan.frames[-1]), grid.excerpt.sizes[0]
    for start in (-2, 100):
        opacities = grid.opacities_at(state, np.array([-float(start), 0, 0]))
        seen = grid.cells[opacities == 1, 0]
        assert (seen.min(), seen.max()) == (start, start + size - 1)
        paler = opacities[(opacities > 0) & (opacities < 1)]
        assert len(paler) == FADING_CELLS * (1 if start == -2 else 2)


@pytest.mark.parametrize("name", LAYERS)
def test_a_patch_is_a_block_of_the_grid_with_all_tiles_that_can_be_seen(name: str) -> None:
    for grid in make(name).grids:
        excerpt = grid.excerpt
        if excerpt is None:
            continue
        lowest, highest = (excerpt.starts[excerpt.starts[:, 0].argsort()[end]] for end in (0, -1))
        for share in np.linspace(0, 1, 40):
            start = lowest + share * (highest - lowest)
            tiles = excerpt.list_patch_tiles(start)
            assert set(np.flatnonzero(excerpt.measure_opacities(grid.cells, start))) <= set(tiles.tolist())
            first = excerpt.find_patch_start(start)
            assert (grid.cells[tiles[0]] == first).all()
            block = [grid.cells[tiles, axis] - first[axis] for axis in range(4)]
            sizes = [int(along.max()) + 1 for along in block]
            assert len(tiles) == np.prod(sizes) and (np.diff(tiles) > 0).all()
            assert sizes[0] == (excerpt.sizes[0] or len(excerpt.cells[0]) - PATCH_CELLS) + PATCH_CELLS


def test_only_what_is_too_long_is_an_excerpt_unless_the_spec_says_otherwise() -> None:
    def sizes(**show: Any) -> list[Any]:
        plan = make("picture, dilated on y", show=show)
        return [grid.excerpt and grid.excerpt.sizes[:2] for grid in plan.grids]

    assert sizes() == [(20, None), (20, None)]
    assert sizes(excerpt=25) == [(25, 25), (25, 25)]
    assert sizes(excerpt=1) == [(11, 15), (11, 15)], "a receptive field and its surroundings always fit"
    assert sizes(excerpt=1000) == [None, None]


def test_a_row_is_drawn_whole_if_it_fits_with_the_tiles_that_fade() -> None:
    def find_size(cells: int, **show: Any) -> int | None:
        excerpt = make("row", layer={"op": "conv", "input": [cells], "kernel": 1}, show=show).grids[0].excerpt
        return None if excerpt is None else excerpt.sizes[0]

    assert [find_size(cells) for cells in (200, 201)] == [None, 32]
    assert [find_size(cells, excerpt=32) for cells in (32 + 2 * FADING_CELLS, 33 + 2 * FADING_CELLS)] == [None, 32]


def test_what_is_active_stands_in_the_middle_of_an_excerpt() -> None:
    grid = make("row").grids[0]
    assert grid.excerpt is not None and grid.excerpt.sizes[0] is not None
    starts, size, cells = grid.excerpt.starts[:, 0], grid.excerpt.sizes[0], grid.excerpt.cells[0]
    middles = 2.0 * np.array([0, 1, 2, *range(211, 200, 211), 199])  # of the steps' windows, at a stride of 2
    is_free = (starts > cells.start) & (starts < cells.stop - size)
    assert len(starts) == len(middles)
    assert (np.abs(starts + (size - 1) / 2 - middles)[is_free] <= 0.5).all()


def test_tiles_that_can_hardly_be_seen_are_noted() -> None:
    (note,) = make("row", show={"excerpt": 1000}, render={"resolution": [640, 360]}).notes
    assert "1.4 pixels" in note and "show.excerpt" in note
    assert not make("row").notes
