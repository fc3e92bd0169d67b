# SPDX-License-Identifier: GPL-3.0-or-later
"""A grid's kinds of tiles: which occur, and their thickness; and the opacity of tiles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from kernelwalk.core import make_plan, spec_from_table
from kernelwalk.core.layers.axis import CROPPED, INPUT, PADDING
from kernelwalk.core.tiles.tile_grid import OCCLUDING_OPACITY

from ..brute_force import SHORT_WALK


def test_a_grid_names_only_the_kinds_that_occur() -> None:
    """Each further kind would make the material slower wherever a ray meets a tile."""
    for layer, kinds in (
        ({"op": "conv", "input": 4, "kernel": 3}, {"Input"}),
        ({"op": "conv", "input": 4, "kernel": 3, "padding": 1}, {"Input", "Padding"}),
        ({"op": "conv_transpose", "input": 3, "kernel": 2, "stride": 2}, {"Input", "Inserted zero", "Padding"}),
    ):
        grid = make_plan(spec_from_table({"layer": layer})).grids[0]
        assert set(grid.kind_names.values()) == kinds
        assert set(grid.kind_names) >= set(grid.used_kinds)


def test_tiles_without_a_value_are_lower() -> None:
    layer = {"op": "conv_transpose", "input": 3, "kernel": 3, "stride": 2, "padding": 1}
    plan = make_plan(spec_from_table({"layer": layer, "walk": SHORT_WALK, "show": {"cropped": "on"}}))
    below, above = plan.grids
    assert below.thicknesses[PADDING] < below.thicknesses[INPUT]
    assert above.thicknesses[CROPPED] < above.thicknesses[INPUT]


LAYERS: dict[str, Any] = {
    "nothing hides the field": {"layer": {"op": "conv", "input": 5, "kernel": 3}, "camera": {"view": "top"}},
    "tiles above hide the field": {"layer": {"op": "conv", "input": 9, "kernel": 3}, "look": {"gap": 1.0}},
    "an excerpt": {"layer": {"op": "conv", "input": [400], "kernel": 5}},
}


@pytest.mark.parametrize("name", LAYERS)
def test_the_opacity_of_a_grid_makes_all_its_tiles_paler_whatever_else_does(name: str) -> None:
    plan = make_plan(spec_from_table({**LAYERS[name], "walk": SHORT_WALK}))
    number, frame = len(plan.grids) - 1, float(plan.frames[len(plan.frames) // 2])
    grid, state, slide = plan.grids[number], plan.state_at(frame), plan.slide_at(number, frame)
    own = grid.opacities_at(state, slide)
    assert own.shape == (len(grid.cells),) and own.max() == 1
    assert (own.min() < 1) == (name != "nothing hides the field")
    assert np.array_equal(replace(grid, opacity=0.5).opacities_at(state, slide), 0.5 * own)


def test_an_active_tile_does_not_fade_even_before_another_active_one() -> None:
    """So in grids above one another that touch, where the output tile hides the tiles that it is computed from."""
    plan = make_plan(spec_from_table({**LAYERS["tiles above hide the field"], "walk": SHORT_WALK}))
    grid, state = plan.grids[1], plan.state_at(plan.spec.walk.start_frame(0))
    active = grid.active_share_at(state.position)
    assert state.activity == 1 and active.max() == 1
    everywhere = replace(grid.active_ranges, first=0 * grid.active_ranges.first, last=0 * grid.active_ranges.last + 99)
    opacities = replace(grid, occlusion_ranges=everywhere).opacities_at(state)
    assert (opacities[active == 1] == 1).all()
    assert opacities[active == 0] == pytest.approx(OCCLUDING_OPACITY)
