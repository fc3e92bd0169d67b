# SPDX-License-Identifier: GPL-3.0-or-later
"""Connectors lead from the corners of what a step computes to those of what it reads: in every grid of a chain, for
each pair of channels or around all of them, and through slices that stand above each other."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from kernelwalk.core import Plan, make_plan, spec_from_table
from kernelwalk.core.geometry.tile_mesh import make_tile_mesh
from kernelwalk.core.lines.channel_pairs import MAX_CHANNEL_PAIRS
from kernelwalk.core.tiles.tile_grid import TileGrid

from ..brute_force import SHORT_WALK, Cell, active_in_gather, active_in_scatter, specs, steps

SOME = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


SIDES = list(itertools.product((-1, 1), (-1, 1)))


def centers_of(grid: TileGrid, cells: Iterable[Cell]) -> np.ndarray:
    rows = rows_by_cell(grid.cells.astype(int).tobytes())
    return grid.base_centers[[rows[cell] for cell in cells if cell in rows]].reshape(-1, 3)


@functools.lru_cache(8)
def rows_by_cell(cells: bytes) -> dict[tuple[int, ...], int]:
    """Return the row of each cell of a grid, which stands for all frames of a plan."""
    return {tuple(cell): row for row, cell in enumerate(np.frombuffer(cells, int).reshape(-1, 4).tolist())}


def is_at_corner(end: np.ndarray, field: np.ndarray, side: tuple[int, int], grid: TileGrid) -> bool:
    """Return True if a line ends on the corner tile of a field, in the outer quarter of that tile."""
    corner = np.where(np.array(side) < 0, field.min(axis=0)[:2], field.max(axis=0)[:2])
    outward = (end[:2] - corner) * side
    return bool((outward > -1e-9).all() and (outward < grid.size / 2 + 1e-9).all())


def facing_slice(field: np.ndarray, highest: bool) -> np.ndarray:
    """Return the slice of a field that faces the other grid: the highest or the lowest."""
    height = field[:, 2].max() if highest else field[:, 2].min()
    return field[np.abs(field[:, 2] - height) < 1e-9]


def channels_by_filter(plan: Plan) -> list[list[set[int]]]:
    """Return the channels that each filter of the walk uses, per filter and grid, from the lowest grid up."""
    spec = plan.spec
    last = spec.drawn_channels[-1].inputs if spec.is_scatter else spec.drawn_channels[-1].outputs
    by_filter = []
    for start in [{number} for number in range(last)] if spec.walk.filters == "each" else [set(range(last))]:
        by_grid = [start]
        for channels in reversed(spec.drawn_channels):
            by_grid.append(
                {
                    channel
                    for c in by_grid[-1]
                    for channel in (channels.outputs_of(c) if spec.is_scatter else channels.inputs_of(c))
                }
            )
        by_filter.append(by_grid[::-1])
    return by_filter


def expected_pairs(plan: Plan, number: int, used: list[list[set[int]]]) -> list[list[tuple[int, int]]] | None:
    """Return the channel pairs of two neighboring grids, per filter; None where the lines run around all channels."""
    channels, is_scatter = plan.spec.drawn_channels[number], plan.spec.is_scatter
    is_flat = all(np.ptp(grid.base_centers[:, 2]) < 1e-9 for grid in plan.grids)
    if channels.groups == 1 and len(plan.spec.layer.axes) == 1 and is_flat:
        return None  # channels are rows of a plane
    pairs = [
        [
            (c, channel)
            for c in sorted(by_grid[number + 1])
            for channel in (channels.outputs_of(c) if is_scatter else channels.inputs_of(c))
        ]
        for by_grid in used
    ]
    are_equally_many = len({len(by_grid) for by_grid in pairs}) == 1
    has_several = channels.inputs * channels.outputs > 1
    return pairs if are_equally_many and len(pairs[0]) <= MAX_CHANNEL_PAIRS and has_several else None


def height_of(points: np.ndarray) -> float:
    return float(np.ptp(points[:, 2])) if len(points) else 0.0


def check_lines(plan: Plan) -> None:
    by_hand = list((active_in_scatter if plan.spec.is_scatter else active_in_gather)(plan.spec))
    used = channels_by_filter(plan)
    filters = [number for number, _ in steps(plan.spec)]
    # lines run through a grid's slices if any step computes, or reads, cells in several
    computed_spread, read_spread = (
        [
            max(height_of(centers_of(grid, pick(active[number]))) for active in by_hand) > 1e-6
            for number, grid in enumerate(plan.grids)
        ]
        for pick in (lambda entry: entry.read, lambda entry: entry.window)
    )
    for frame, filter_number, active in zip(plan.frames, filters, by_hand, strict=True):
        lines = list(plan.lines_at(frame)[0])
        for number, (lower, upper) in enumerate(itertools.pairwise(plan.grids)):
            computed, field = active[number + 1].read, active[number].window
            pairs = expected_pairs(plan, number, used)
            for top, bottom in pairs[filter_number] if pairs else [(None, None)]:
                ends = centers_of(upper, of_channel(computed, top)), centers_of(lower, of_channel(field, bottom))
                lines = without_connectors(lines, *ends, upper, lower)
            for grid, cells, is_tall in (
                (upper, computed, computed_spread[number + 1]),
                (lower, field, read_spread[number]),
            ):
                lines = without_lines_through_slices(lines, centers_of(grid, cells), grid) if is_tall else lines
        assert not [line for line in lines if np.ptp(line, axis=0).max() > 0], "there are more lines than expected"


def of_channel(cells: Iterable[Cell], channel: int | None) -> list[Cell]:
    return [cell for cell in cells if channel is None or cell[3] == channel]


def without_connectors(
    lines: list[np.ndarray], computed: np.ndarray, field: np.ndarray, upper: TileGrid, lower: TileGrid
) -> list[np.ndarray]:
    """Remove the four lines that connect two fields at their corners."""
    if not len(computed) or not len(field):
        return without_collapsed_lines(lines, 4)
    for side in SIDES:
        matches = [
            number
            for number, (end, lower_end) in enumerate(lines)
            if is_at_corner(end, facing_slice(computed, False), side, upper)
            and is_at_corner(lower_end, facing_slice(field, True), side, lower)
            and abs(end[2] - computed[:, 2].min()) < 1e-6
            and -1e-6 < lower_end[2] - field[:, 2].max() < max(lower.thicknesses) + 1e-6
        ]
        assert matches, f"no line between the corners {side}"
        del lines[matches[0]]
    return lines


def without_lines_through_slices(lines: list[np.ndarray], field: np.ndarray, grid: TileGrid) -> list[np.ndarray]:
    """Remove the lines through slices of a grid."""
    if not len(field):
        return without_collapsed_lines(lines, 4)
    for side in SIDES:
        matches = [
            number
            for number, (end, other_end) in enumerate(lines)
            if is_at_corner(end, field, side, grid)
            and np.allclose(end[:2], other_end[:2])
            and abs(abs(end[2] - other_end[2]) - np.ptp(field[:, 2])) < max(grid.thicknesses) + 1e-6
        ]
        assert matches, f"no line through the slices at {side}"
        del lines[matches[0]]
    return lines


def without_collapsed_lines(lines: list[np.ndarray], count: int) -> list[np.ndarray]:
    """Remove lines that are collapsed to a point: a step that reads padding alone has no receptive field."""
    collapsed = [number for number, (end, other_end) in enumerate(lines) if np.array_equal(end, other_end)]
    assert len(collapsed) >= count
    return [line for number, line in enumerate(lines) if number not in collapsed[:count]]


@SOME
@given(specs())
def test_four_lines_connect_an_output_with_its_receptive_field(spec: Any) -> None:
    check_lines(make_plan(spec))


@SOME
@given(specs(max_layers=4))
def test_in_a_chain_lines_connect_every_grid_with_the_one_below(spec: Any) -> None:
    check_lines(make_plan(spec))


STACKS = [pytest.param("beside", marks=pytest.mark.thorough), "above"]


def plan_with_stack(spec: Any, stack: str) -> Plan:
    table = spec.to_table()
    table["show"]["stack"] = stack
    return make_plan(spec_from_table(table))


@pytest.mark.parametrize("stack", STACKS)
@SOME
@given(spec=specs(max_layers=2, channels=True))
def test_few_channel_pairs_have_lines_each_and_many_share_lines_around_all(spec: Any, stack: str) -> None:
    check_lines(plan_with_stack(spec, stack))


@pytest.mark.parametrize("stack", STACKS)
@SOME
@given(spec=specs(channels=True, ops=("conv_transpose",)))
def test_an_input_is_connected_with_the_drawn_part_of_its_stamp(spec: Any, stack: str) -> None:
    check_lines(plan_with_stack(spec, stack))


@pytest.mark.parametrize("stack", ["beside", "above"])
def test_a_stamp_outside_the_only_slice_has_no_lines(stack: str) -> None:
    layer = {"op": "conv_transpose", "input": [2, 1, 1], "kernel": 1, "padding": [[0, 1], [0, 0], [0, 0]]}
    for channels in (1, 2):
        show = {"transposed": "scatter", "cropped": "off", "stack": stack}
        plan = make_plan(
            spec_from_table({"layer": {**layer, "in_channels": channels}, "walk": SHORT_WALK, "show": show})
        )
        lengths = np.ptp(plan.lines[0].points[:, : 4 * channels], axis=2).max(axis=-1)
        assert (lengths[0] > 0).all()
        assert (lengths[1] == 0).all()
        check_lines(plan)


def test_slices_computed_one_at_a_time_have_no_lines_through_them() -> None:
    chain = [{"op": "max_pool", "input": [1, 1, 1], "kernel": 1}, {"op": "max_pool", "kernel": [2, 1, 1]}]
    chain[1] |= {"stride": 1, "padding": [1, 0, 0]}
    check_lines(
        make_plan(
            spec_from_table({"layers": chain, "walk": SHORT_WALK, "show": {"all_channels": "on", "stack": "above"}})
        )
    )


@pytest.mark.parametrize("filters", ["together", "each"])
@pytest.mark.parametrize("stack", ["beside", "above"])
def test_beyond_the_maximum_of_pairs_lines_run_around_all_channels(stack: str, filters: str) -> None:
    for inputs in (MAX_CHANNEL_PAIRS, MAX_CHANNEL_PAIRS + 1):
        layer = {"op": "conv", "input": 4, "kernel": 3, "in_channels": inputs, "out_channels": 2}
        walk = {**SHORT_WALK, "filters": filters}
        plan = make_plan(spec_from_table({"layer": layer, "walk": walk, "show": {"stack": stack}}))
        are_few = inputs <= MAX_CHANNEL_PAIRS and filters == "each"
        # lines through the channels of the input, and of the output if all of these are computed at once
        through = 0 if stack == "beside" else 8 if filters == "together" else 4
        assert plan.lines[0].points.shape[1] == 4 * (inputs if are_few else 1) + through
        check_lines(plan)


@pytest.mark.parametrize(
    "look", [{}, {"thickness": 0.0}, {"rounding": 0.5}, {"connector_width": 0.3}, {"first_row": "near"}]
)
def test_lines_end_on_the_tiles_in_any_look(look: dict[str, Any]) -> None:
    chain: Sequence[dict[str, Any]] = [
        {"op": "conv", "input": [6, 5], "kernel": 2, "in_channels": 2, "out_channels": 2, "padding": 1},
        {"op": "max_pool", "kernel": 2},
    ]
    check_lines(make_plan(spec_from_table({"layers": chain, "walk": SHORT_WALK, "look": look})))


@pytest.mark.parametrize("look", [{}, {"rounding": 0.16, "bevel": 0.4, "thickness": 0.3}, {"bevel": 0.0}])
@pytest.mark.parametrize("size", [3, 9])
def test_a_line_ends_on_the_rounded_tile_as_it_is_built(look: dict[str, Any], size: int) -> None:
    """The end lies on the bevel, if there is one, half a line width from the rounded corner."""
    layer = {"op": "conv", "input": size, "kernel": 3, "padding": 1}  # padding tiles are lower
    plan = make_plan(spec_from_table({"layer": layer, "walk": SHORT_WALK, "look": look}))
    section, (lower, upper) = plan.spec.look, plan.grids
    mesh = make_tile_mesh(lower.size, max(lower.thicknesses), section.rounding, section.bevel, 1, 1e4)
    distance, _, height = np.array(
        [at for at in mesh.vertices if at[0] > 0 and abs(at[0] - at[1]) < 1e-9 and at[2] > 0]
    ).T
    edge = lower.size / 2 - section.rounding * (1 - np.sqrt(0.5))
    assert distance.max() == pytest.approx(edge, abs=0.004 * section.rounding)  # the mesh is angular
    ends = plan.lines[0].points
    assert len(ends) == size**2
    for grid, at, is_lower in ((lower, ends[:, :, 1], True), (upper, ends[:, :, 0], False)):
        nearest = np.linalg.norm(grid.base_centers[:, :2] - at[..., None, :2], axis=-1).argmin(axis=-1)
        offsets = at - grid.base_centers[nearest]
        assert np.allclose(np.abs(offsets[..., :2]), edge - plan.lines[0].width / 2)
        thickness = np.array(grid.thicknesses)[grid.kinds[nearest]]
        surface = np.interp(-np.abs(offsets[..., 0]), -distance, height) * thickness if is_lower else 0.0
        tolerance = 0.02 * section.thickness  # the mesh is angular
        assert np.allclose(offsets[..., 2], surface, rtol=0, atol=tolerance)
