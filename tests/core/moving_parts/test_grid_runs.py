# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs found from the tiles that a step affects are those of a look at every tile at every rest."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from kernelwalk.core import make_plan, spec_from_table
from kernelwalk.core.moving_parts import grid_runs
from kernelwalk.core.moving_parts.grid_runs import find_grid_runs, find_offsets
from kernelwalk.core.plan.rests import find_runs, list_rests
from kernelwalk.core.plan.tile_moments import make_moment

from ..helpers import LAYERS

LOOKS = ({}, {"walk": {"lift": 0.4}}, {"look": {"opacity": 0.5}, "walk": {"order": "columns", "easing": "step"}})
CASES = list(product(list(LAYERS)[::3], range(len(LOOKS))))


@pytest.mark.parametrize("layer, number", CASES)
@pytest.mark.parametrize("chunk", [512, 3])
def test_local_looks_are_those_of_all_tiles(
    layer: str, number: int, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid_runs, "CHUNK", chunk)
    plan = make_plan(spec_from_table({"layer": LAYERS[layer], "labels": {"title": False}, **LOOKS[number]}))
    rests = list_rests(plan.spec)
    found = find_grid_runs(plan, rests)
    for index, grid in enumerate(plan.grids):
        frames = [float(frame) for frame in rests.frames.tolist()]
        moments = [make_moment(plan, index, grid, plan.state_at(frame), frame) for frame in frames]
        expected = find_runs(grid_runs._list_looks(each) for each in moments)
        for ours, theirs in zip(found[index].looks, expected, strict=True):
            assert np.array_equal(ours, theirs)
        slides = [plan.slide_at(index, frame) for frame in frames]
        assert np.array_equal(find_offsets(plan, index, rests), slides)


def test_a_chain_whose_grids_appear_one_by_one_is_looked_at_whole_when_they_do() -> None:
    layers = [{"op": "conv", "kernel": 3, "input": 7}, {"op": "max_pool", "kernel": 2}]
    plan = make_plan(spec_from_table({"layers": layers, "labels": {"title": False}}))
    rests = list_rests(plan.spec)
    for index, (grid, found) in enumerate(zip(plan.grids, find_grid_runs(plan, rests), strict=False)):
        frames = [float(frame) for frame in rests.frames.tolist()]
        moments = [make_moment(plan, index, grid, plan.state_at(frame), frame) for frame in frames]
        expected = find_runs(grid_runs._list_looks(each) for each in moments)
        assert all(np.array_equal(ours, theirs) for ours, theirs in zip(found.looks, expected, strict=True))
