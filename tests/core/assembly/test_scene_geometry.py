# SPDX-License-Identifier: GPL-3.0-or-later
"""What is on the stage beside the grids: the kernel over the field that it is applied to, and the tiles' looks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from kernelwalk.core import Plan, Spec, make_plan, spec_from_table
from kernelwalk.core.layers.axis import CROPPED, INPUT, OUTPUT_PADDING, PADDING
from kernelwalk.core.spec.look_section import srgb_to_linear

from ..receptive import SHORT_WALK, Cell, active_in_gather, active_in_scatter, specs

SOME = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def with_kernel(spec: Spec) -> Plan:
    table = spec.to_table()
    table["show"] |= {"kernel": "on", "cropped": "on"}
    return make_plan(spec_from_table(table))


def under_kernel(made: Plan, frame: float) -> set[Cell]:
    """The cells of the grid below the kernel over which its tiles stand on a frame."""
    assert made.kernel is not None
    below = made.grids[-2]
    found = set()
    for place in made.kernel.base_centers + made.kernel_offset_at(frame):
        apart = place - below.base_centers
        over = (np.abs(apart[:, :2]) < 1e-6).all(axis=1) & (apart[:, 2] > 0)
        nearest = np.flatnonzero(over)[np.argmin(apart[over, 2])]
        found.add(tuple(map(int, below.cells[nearest])))
    assert len(found) == len(made.kernel.cells), "each tile over a cell of its own"
    return found


@SOME
@given(specs(most_layers=3, channels=True))
def test_the_kernel_stands_over_the_last_layers_field_tap_by_tap(spec: Spec) -> None:
    made = with_kernel(spec)
    if spec.layer.op not in ("conv", "conv_transpose"):
        assert made.kernel is None, "nothing else has weights"
        return
    for frame, lit in zip(made.frames, active_in_gather(spec), strict=True):
        assert under_kernel(made, frame) == lit[-2].window


@SOME
@given(specs(channels=True, ops=("conv_transpose",)))
def test_in_scatter_it_stands_over_the_stamp(spec: Spec) -> None:
    made = with_kernel(spec)
    for frame, lit in zip(made.frames, active_in_scatter(made.spec), strict=True):
        assert under_kernel(made, frame) == lit[0].window


def test_the_kernel_hovers_between_the_grids_and_is_smaller_than_their_tiles() -> None:
    layer = {"op": "conv", "input": 5, "kernel": 3, "dilation": 2}
    made = make_plan(spec_from_table({"layer": layer, "show": {"kernel": "on"}}))
    assert made.kernel is not None and made.kernel.size < made.grids[0].size
    (low, high), (below, above) = made.kernel.bounds, (made.grids[0].bounds, made.grids[1].bounds)
    assert below[1, 2] < low[2] and high[2] < above[0, 2]


@pytest.mark.parametrize("kind", ["orthographic", "perspective"])
@pytest.mark.parametrize("elevation", [45.0, 60.0, 61.0, 80.0, 89.9, 90.0])
def test_from_however_far_above_the_kernel_stays_near_the_grid(elevation: float, kind: str) -> None:
    layer = {"op": "conv", "input": 6, "kernel": 3, "in_channels": 2}
    camera = {"elevation": elevation, "kind": kind}
    made = make_plan(spec_from_table({"layer": layer, "camera": camera, "show": {"kernel": "on"}}))
    assert made.kernel is not None
    over = made.kernel.base_centers[:, 2].min() - made.grids[0].bounds[1, 2]
    assert 0 < over < 2
    assert np.abs(made.view.location).max() < 1000


@pytest.mark.parametrize(
    ("layer", "kernel", "shown"),
    [
        ({}, "auto", False),
        ({}, "on", True),
        ({"in_channels": 2}, "auto", True),
        ({"in_channels": 2}, "off", False),
        ({"in_channels": 30}, "auto", False),
    ],
)
def test_the_kernel_is_shown_where_channels_are_or_it_is_asked_for(
    layer: dict[str, Any], kernel: str, shown: bool
) -> None:
    table = {"layer": {"op": "conv", "input": 5, "kernel": 3, **layer}, "show": {"kernel": kernel}}
    assert (make_plan(spec_from_table(table)).kernel is not None) == shown


def test_the_kernel_has_a_slice_for_each_channel_of_a_group() -> None:
    layer = {"op": "conv", "input": 5, "kernel": [3, 2], "in_channels": 6, "out_channels": 4, "groups": 2}
    made = make_plan(spec_from_table({"layer": layer, "walk": {"filters": "each"}}))
    assert made.kernel is not None and len(made.kernel.cells) == 3 * 2 * 3
    together = make_plan(spec_from_table({"layer": layer}))
    assert together.kernel is not None and len(together.kernel.cells) == 3 * 2 * 6


def test_feature_maps_output_padding_and_what_is_cropped_have_colours_of_their_own() -> None:
    chain = [
        {"op": "conv", "input": 5, "kernel": 3},
        {"op": "conv_transpose", "kernel": 3, "stride": 2, "padding": [[1, 0], [0, 2]], "output_padding": 1},
    ]
    made = make_plan(spec_from_table({"layers": chain, "walk": SHORT_WALK, "show": {"cropped": "on"}}))
    colors = made.spec.look.colors
    names = [
        ("input", INPUT, 0),
        ("feature", INPUT, 1),
        ("output", INPUT, 2),
        ("extra", OUTPUT_PADDING, 2),
        ("cropped", CROPPED, 2),
    ]
    for key, kind, number in names:
        idle, lit = made.grids[number].palette[kind]
        assert idle == pytest.approx(srgb_to_linear(getattr(colors, key)))
        assert lit == pytest.approx(srgb_to_linear(getattr(colors, f"{key}_active")))
        assert (made.grids[number].kinds == kind).any()


def test_a_grid_knows_the_kinds_of_tiles_that_it_has() -> None:
    """And its material no others: each takes time wherever a ray meets a tile."""
    for layer, kinds in (
        ({"op": "conv", "input": 4, "kernel": 3}, {"Input"}),
        ({"op": "conv", "input": 4, "kernel": 3, "padding": 1}, {"Input", "Padding"}),
        ({"op": "conv_transpose", "input": 3, "kernel": 2, "stride": 2}, {"Input", "Inserted zero", "Padding"}),
    ):
        grid = make_plan(spec_from_table({"layer": layer})).grids[0]
        assert set(grid.kind_names.values()) == kinds
        assert set(grid.kind_names) >= set(grid.used_kinds)


def test_tiles_that_hold_no_value_are_lower() -> None:
    layer = {"op": "conv_transpose", "input": 3, "kernel": 3, "stride": 2, "padding": 1}
    made = make_plan(spec_from_table({"layer": layer, "walk": SHORT_WALK, "show": {"cropped": "on"}}))
    below, above = made.grids
    assert (
        below.thicknesses[PADDING] < below.thicknesses[INPUT] and above.thicknesses[CROPPED] < above.thicknesses[INPUT]
    )


def test_padding_that_holds_copies_wears_the_inputs_colours_paler() -> None:
    layer = {"op": "conv", "input": 4, "kernel": 3, "padding": 1}
    zeros, copies = (
        make_plan(spec_from_table({"layer": {**layer, "padding_mode": mode}, "walk": SHORT_WALK})).grids[0].palette
        for mode in ("zeros", "circular")
    )
    assert copies[PADDING] == pytest.approx((zeros[INPUT] + zeros[PADDING]) / 2)
    assert np.array_equal(copies[INPUT], zeros[INPUT])
