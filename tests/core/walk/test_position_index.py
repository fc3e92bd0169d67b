# SPDX-License-Identifier: GPL-3.0-or-later
"""The index finds every tile that a position activates, and so few others that a step's cost is not a grid's."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core import make_plan, spec_from_table
from kernelwalk.core.incremental import changed_regions
from kernelwalk.core.incremental.changed_regions import find_base_frame, hash_squares, make_base_frame
from kernelwalk.core.tiles.tile_grid import TileGrid
from kernelwalk.core.walk.position_index import index_positions

from ..helpers import LAYERS

MANY = {"op": "conv", "input": 80, "kernel": 3}


@pytest.mark.parametrize("layer", list(LAYERS)[::3])
def test_the_index_finds_every_active_tile(layer: str) -> None:
    plan = make_plan(spec_from_table({"layer": LAYERS[layer], "labels": {"title": False}}))
    positions = plan.spec.walk_order.positions
    for ranges in [each for grid in plan.grids for each in (grid.active_ranges, grid.read_ranges) if each is not None]:
        index = index_positions(ranges)
        for first, second in zip(positions[::7], positions[1::7], strict=False):
            for share in (0.0, 0.4, 1.0):
                position = first + share * (second - first)
                active = np.flatnonzero(ranges.active_share_at(position))
                assert np.isin(active, index.find_tiles(position)).all()


@pytest.mark.parametrize("layer", list(LAYERS)[::3])
def test_pairs_hold_every_tile_that_each_position_activates(layer: str) -> None:
    plan = make_plan(spec_from_table({"layer": LAYERS[layer], "labels": {"title": False}}))
    positions = np.array(plan.spec.walk_order.positions)[::5] + 0.3
    for ranges in [each for grid in plan.grids for each in (grid.active_ranges, grid.read_ranges) if each is not None]:
        numbers, tiles = index_positions(ranges).find_pairs(positions)
        found = set(zip(numbers.tolist(), tiles.tolist(), strict=True))
        for number, position in enumerate(positions):
            active = np.flatnonzero(ranges.active_share_at(position))
            assert {(number, tile) for tile in active.tolist()} <= found


def test_pairs_are_few_where_a_step_reads_few_of_many_tiles() -> None:
    plan = make_plan(spec_from_table({"layer": MANY, "labels": {"title": False}}))
    positions = np.array(plan.spec.walk_order.positions)
    numbers, _ = index_positions(plan.grids[0].active_ranges).find_pairs(positions)
    assert len(numbers) <= 5 * 5 * len(positions)


def test_a_step_looks_at_few_of_many_tiles_and_finds_the_same_squares(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = make_plan(
        spec_from_table(
            {
                "layer": MANY,
                "labels": {"title": False, "names": False, "caption": False},
                "render": {"resolution": [320, 180]},
            }
        )
    )
    frame = plan.frames[len(plan.frames) // 3]
    base = make_base_frame(plan, find_base_frame(plan))
    looked_at: list[int] = []
    get_states = changed_regions._tile_states
    monkeypatch.setattr(
        changed_regions,
        "_tile_states",
        lambda grid, state: looked_at.append(len(grid.cells)) or get_states(grid, state),
    )
    found = hash_squares(plan, frame, base)
    assert found.any()
    assert sum(looked_at) < 0.1 * sum(len(grid.cells) for grid in plan.grids)
    # as if every tile were affected
    monkeypatch.setattr(TileGrid, "find_affected_tiles", lambda grid, _: np.arange(len(grid.cells)))
    assert np.array_equal(hash_squares(plan, frame, base), found)
