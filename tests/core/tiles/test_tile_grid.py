# SPDX-License-Identifier: GPL-3.0-or-later
"""A grid's kinds of tiles: which occur, and their thickness."""

from __future__ import annotations

from kernelwalk.core import make_plan, spec_from_table
from kernelwalk.core.layers.axis import CROPPED, INPUT, PADDING

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
