# SPDX-License-Identifier: GPL-3.0-or-later
"""Connectors join the corners of what a step computes to those of what it reads, in every grid of a chain, for each
pair of channels or around all of them, and through slices that stand above each other."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from kernelwalk.core import Plan, make_plan, spec_from_table
from kernelwalk.core.geometry.tile_mesh import make_tile_mesh
from kernelwalk.core.lines.line_set import MAX_CHANNEL_PAIRS
from kernelwalk.core.tiles.tile_grid import TileGrid

from ..receptive import SHORT_WALK, Cell, active_in_gather, active_in_scatter, specs, steps

SOME = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))

SIDES = list(itertools.product((-1, 1), (-1, 1)))


def places(grid: TileGrid, cells: Iterable[Cell]) -> np.ndarray:
    at = {tuple(map(int, cell)): place for cell, place in zip(grid.cells, grid.base_centers, strict=True)}
    return np.array([at[cell] for cell in cells if cell in at]).reshape(-1, 3)


def is_at(end: np.ndarray, field: np.ndarray, side: tuple[int, int], grid: TileGrid) -> bool:
    """Whether a line's end is on the tile at a corner of a field, in the quarter that is the field's corner."""
    corner = np.where(np.array(side) < 0, field.min(axis=0)[:2], field.max(axis=0)[:2])
    outward = (end[:2] - corner) * side
    return bool((outward > -1e-9).all() and (outward < grid.size / 2 + 1e-9).all())


def facing(field: np.ndarray, highest: bool) -> np.ndarray:
    """Of a field in slices that stand above each other the one that faces the other grid."""
    height = field[:, 2].max() if highest else field[:, 2].min()
    return field[np.abs(field[:, 2] - height) < 1e-9]


def channels_of(made: Plan) -> list[list[set[int]]]:
    """For each filter of the walk, of each grid from the lowest up, the channels that it is about."""
    spec = made.spec
    last = spec.drawn_channels[-1].inputs if spec.is_scatter else spec.drawn_channels[-1].outputs
    found = []
    for start in [{number} for number in range(last)] if spec.walk.filters == "each" else [set(range(last))]:
        about = [start]
        for of in reversed(spec.drawn_channels):
            about.append(
                {other for c in about[-1] for other in (of.outputs_of(c) if spec.is_scatter else of.inputs_of(c))}
            )
        found.append(about[::-1])
    return found


def fans(made: Plan, number: int, about: list[list[set[int]]]) -> list[list[tuple[int, int]]] | None:
    """For each filter the pairs of channels of two neighbouring grids; None where the lines run around all."""
    of, scatters = made.spec.drawn_channels[number], made.spec.is_scatter
    flat = all(np.ptp(grid.base_centers[:, 2]) < 1e-9 for grid in made.grids)
    if of.groups == 1 and len(made.spec.layer.axes) == 1 and flat:
        return None  # channels are rows of a plane
    found = [
        [(c, other) for c in sorted(each[number + 1]) for other in (of.outputs_of(c) if scatters else of.inputs_of(c))]
        for each in about
    ]
    alike = len({len(each) for each in found}) == 1
    return found if alike and len(found[0]) <= MAX_CHANNEL_PAIRS and of.inputs * of.outputs > 1 else None


def check(made: Plan) -> None:
    by_hand = list((active_in_scatter if made.spec.is_scatter else active_in_gather)(made.spec))
    about = channels_of(made)
    filters = [number for number, _ in steps(made.spec)]
    # lines go through a grid's slices where at any step there are several, of what is computed or of what is read
    computed_spread, read_spread = (
        [
            max(np.ptp(found[:, 2]) if len(found := places(grid, pick(lit[number]))) else 0 for lit in by_hand) > 1e-6
            for number, grid in enumerate(made.grids)
        ]
        for pick in (lambda each: each.read, lambda each: each.window)
    )
    for frame, number_of_filter, lit in zip(made.frames, filters, by_hand, strict=True):
        lines = list(made.lines_at(frame)[0])
        for number, (lower, upper) in enumerate(itertools.pairwise(made.grids)):
            computed, field = lit[number + 1].read, lit[number].window
            own = fans(made, number, about)
            for top, bottom in own[number_of_filter] if own else [(None, None)]:
                ends = places(upper, of_channel(computed, top)), places(lower, of_channel(field, bottom))
                lines = joined(lines, *ends, upper, lower)
            for grid, cells, tall in (
                (upper, computed, computed_spread[number + 1]),
                (lower, field, read_spread[number]),
            ):
                lines = upright(lines, places(grid, cells), grid) if tall else lines
        assert not [line for line in lines if np.ptp(line, axis=0).max() > 0], "there are no others"


def of_channel(cells: Iterable[Cell], channel: int | None) -> list[Cell]:
    return [cell for cell in cells if channel is None or cell[3] == channel]


def joined(
    lines: list[np.ndarray], computed: np.ndarray, field: np.ndarray, upper: TileGrid, lower: TileGrid
) -> list[np.ndarray]:
    """The lines without the four that join two fields at their corners."""
    if not len(computed) or not len(field):
        return nothing(lines, 4)
    for side in SIDES:
        found = [
            number
            for number, (end, other) in enumerate(lines)
            if is_at(end, facing(computed, False), side, upper)
            and is_at(other, facing(field, True), side, lower)
            and abs(end[2] - computed[:, 2].min()) < 1e-6
            and -1e-6 < other[2] - field[:, 2].max() < max(lower.thicknesses) + 1e-6
        ]
        assert found, f"a line between the corners {side}"
        del lines[found[0]]
    return lines


def upright(lines: list[np.ndarray], field: np.ndarray, grid: TileGrid) -> list[np.ndarray]:
    """The lines without those through slices of a grid."""
    if not len(field):
        return nothing(lines, 4)
    for side in SIDES:
        found = [
            number
            for number, (end, other) in enumerate(lines)
            if is_at(end, field, side, grid)
            and np.allclose(end[:2], other[:2])
            and abs(abs(end[2] - other[2]) - np.ptp(field[:, 2])) < max(grid.thicknesses) + 1e-6
        ]
        assert found, f"a line through the slices at {side}"
        del lines[found[0]]
    return lines


def nothing(lines: list[np.ndarray], count: int) -> list[np.ndarray]:
    """The lines without some that lead nowhere: what reads padding alone has no field."""
    still = [number for number, (end, other) in enumerate(lines) if np.array_equal(end, other)]
    assert len(still) >= count
    return [line for number, line in enumerate(lines) if number not in still[:count]]


@SOME
@given(specs())
def test_of_any_layer_four_lines_join_the_corners_of_the_output_and_its_field(spec: Any) -> None:
    check(make_plan(spec))


@SOME
@given(specs(most_layers=4))
def test_of_a_chain_they_join_every_grid_with_the_one_below(spec: Any) -> None:
    check(make_plan(spec))


def stacked(spec: Any, stack: str) -> Plan:
    table = spec.table()
    table["show"]["stack"] = stack
    return make_plan(spec_from_table(table))


@pytest.mark.parametrize("stack", ["beside", "above"])
@SOME
@given(spec=specs(most_layers=2, channels=True))
def test_few_pairs_of_channels_have_lines_of_their_own_and_many_have_lines_around_all(spec: Any, stack: str) -> None:
    check(stacked(spec, stack))


@pytest.mark.parametrize("stack", ["beside", "above"])
@SOME
@given(spec=specs(channels=True, ops=("conv_transpose",)))
def test_an_input_is_joined_with_as_much_of_its_stamp_as_is_drawn(spec: Any, stack: str) -> None:
    check(stacked(spec, stack))


@pytest.mark.parametrize("stack", ["beside", "above"])
def test_of_a_stamp_that_falls_beside_the_only_slice_nothing_is_drawn(stack: str) -> None:
    layer = {"op": "conv_transpose", "input": [2, 1, 1], "kernel": 1, "padding": [[0, 1], [0, 0], [0, 0]]}
    for channels in (1, 2):
        show = {"transposed": "scatter", "cropped": "off", "stack": stack}
        made = make_plan(
            spec_from_table({"layer": {**layer, "in_channels": channels}, "walk": SHORT_WALK, "show": show})
        )
        lengths = np.ptp(made.lines[0].points[:, : 4 * channels], axis=2).max(axis=-1)
        assert (lengths[0] > 0).all()
        assert (lengths[1] == 0).all()
        check(made)


def test_slices_of_which_one_at_a_time_is_computed_have_no_lines_through_them() -> None:
    chain = [{"op": "max_pool", "input": [1, 1, 1], "kernel": 1}, {"op": "max_pool", "kernel": [2, 1, 1]}]
    chain[1] |= {"stride": 1, "padding": [1, 0, 0]}
    check(
        make_plan(spec_from_table({"layers": chain, "walk": SHORT_WALK, "show": {"channels": "all", "stack": "above"}}))
    )


@pytest.mark.parametrize("filters", ["together", "each"])
@pytest.mark.parametrize("stack", ["beside", "above"])
def test_beyond_so_many_pairs_they_run_around_all_channels(stack: str, filters: str) -> None:
    for inputs in (MAX_CHANNEL_PAIRS, MAX_CHANNEL_PAIRS + 1):
        layer = {"op": "conv", "input": 4, "kernel": 3, "in_channels": inputs, "out_channels": 2}
        walk = {**SHORT_WALK, "filters": filters}
        made = make_plan(spec_from_table({"layer": layer, "walk": walk, "show": {"stack": stack}}))
        few = inputs <= MAX_CHANNEL_PAIRS and filters == "each"
        # through the channels of the input, and of the output where both are computed at once
        through = 0 if stack == "beside" else 8 if filters == "together" else 4
        assert made.lines[0].points.shape[1] == 4 * (inputs if few else 1) + through
        check(made)


@pytest.mark.parametrize(
    "look", [{}, {"thickness": 0.0}, {"rounding": 0.5}, {"line_width": 0.3}, {"first_row": "near"}]
)
def test_in_any_look_lines_end_on_the_tiles(look: dict[str, Any]) -> None:
    chain: Sequence[dict[str, Any]] = [
        {"op": "conv", "input": [6, 5], "kernel": 2, "in_channels": 2, "out_channels": 2, "padding": 1},
        {"op": "max_pool", "kernel": 2},
    ]
    check(make_plan(spec_from_table({"layers": chain, "walk": SHORT_WALK, "look": look})))


@pytest.mark.parametrize("look", [{}, {"rounding": 0.16, "bevel": 0.4, "thickness": 0.3}, {"bevel": 0.0}])
@pytest.mark.parametrize("size", [3, 9])
def test_a_line_ends_on_the_rounded_tile_as_it_is_built(look: dict[str, Any], size: int) -> None:
    """On its bevel, where there is one, not in the air over it; with half the line's width to the rounded corner."""
    layer = {"op": "conv", "input": size, "kernel": 3, "padding": 1}  # the tiles of padding are lower
    made = make_plan(spec_from_table({"layer": layer, "walk": SHORT_WALK, "look": look}))
    own, (lower, upper) = made.spec.look, made.grids
    shape = make_tile_mesh(lower.size, max(lower.thicknesses), own.rounding, own.bevel, 1, 1e4)
    across, _, up = np.array([at for at in shape.vertices if at[0] > 0 and abs(at[0] - at[1]) < 1e-9 and at[2] > 0]).T
    edge = lower.size / 2 - own.rounding * (1 - np.sqrt(0.5))
    assert across.max() == pytest.approx(edge)
    ends = made.lines[0].points
    assert len(ends) == size**2
    for grid, at, is_lower in ((lower, ends[:, :, 1], True), (upper, ends[:, :, 0], False)):
        nearest = np.linalg.norm(grid.base_centers[:, :2] - at[..., None, :2], axis=-1).argmin(axis=-1)
        away = at - grid.base_centers[nearest]
        assert np.allclose(np.abs(away[..., :2]), edge - made.lines[0].width / 2)
        thickness = np.array(grid.thicknesses)[grid.kinds[nearest]]
        surface = np.interp(-np.abs(away[..., 0]), -across, up) * thickness if is_lower else 0.0
        assert np.allclose(away[..., 2], surface, rtol=0, atol=0.02 * own.thickness), "but for the mesh being angular"


def test_lines_keep_their_width_in_the_picture_and_stand_still_where_nothing_moves() -> None:
    made = make_plan(spec_from_table({"layer": {"op": "conv", "input": 3, "kernel": 3}, "walk": SHORT_WALK}))
    assert len(made.frames) == 1 and not any(target.startswith("connectors.0") for target in made.curves)
    wide, narrow = (
        make_plan(spec_from_table({"layer": {"op": "conv", "input": size, "kernel": 3}, "walk": SHORT_WALK}))
        for size in (60, 6)
    )
    assert wide.lines[0].width / wide.view.width <= narrow.lines[0].width / narrow.view.width
