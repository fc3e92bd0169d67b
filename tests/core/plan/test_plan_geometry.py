# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiles, lines and activity of all kinds of settings agree with the definition of the window."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernelwalk.core import Plan
from kernelwalk.core.layers.axis import CROPPED, INPUT, PADDING, ZERO
from kernelwalk.core.tiles.tile_grid import TileGrid

from ..helpers import CONVOLUTIONS, LAYERS, Index, Setting, cells_under_window, plan_layer

WALKS: dict[str, dict[str, Any]] = {
    "rows, smooth": {"frames_per_step": 5, "hold": 2},
    "columns, stepped": {"order": "columns", "easing": "step", "frames_per_step": 3},
    "serpentine, always moving, smooth": {"order": "serpentine", "frames_per_step": 4, "hold": 1},
    "one frame per step, no lead": {"frames_per_step": 1, "lead_in": 0, "lead_out": 0},
    "holding half of each step, smooth": {"frames_per_step": 6},
    "holding all but one frame": {"frames_per_step": 3, "hold": 2, "lead_in": 1, "lead_out": 0},
}

CASES = [
    pytest.param(layer, walk, id=f"{layer}-{walk}")
    for number, layer in enumerate(LAYERS)
    for turn, walk in enumerate(WALKS)
    if (number + turn) % 2 == 0
]
"""Each layer with some of the walks, and each walk with layers of both operations."""

VIEWS: list[dict[str, dict[str, Any]]] = [
    {"render": {"resolution": [640, 360]}},
    {"render": {"resolution": [360, 640]}, "camera": {"elevation": 90.0}},
    {"render": {"resolution": [500, 500]}, "camera": {"elevation": 5.0, "azimuth": -120.0, "margin": 0.2}},
]

FEW_EXAMPLES = settings(max_examples=20)


def walk_positions(output: Index, order: str) -> list[Index]:
    """Return the output positions in walking order, by an independent definition."""
    rows, columns = map(range, output)
    if order == "columns":
        return [(y, x) for x in columns for y in rows]
    is_serpentine = order == "serpentine"
    return [(y, x) for y in rows for x in (reversed(columns) if is_serpentine and y % 2 else columns)]


def resting_frames(plan: Plan) -> list[tuple[int, Index]]:
    """Return the frames on which the walk holds a position, with the position."""
    walk = plan.spec.walk
    hold = max(1, walk.frames_per_step // 2) if walk.hold is None else walk.hold
    if walk.easing == "step":
        hold = walk.frames_per_step
    return [
        (1 + walk.lead_in + step * walk.frames_per_step + held, position)
        for step, position in enumerate(walk_positions(plan.spec.layer.output, walk.order))
        for held in range(hold)
    ]


def active_shares_of(plan: Plan, grid: TileGrid, frame: float) -> np.ndarray:
    return grid.active_share_at(plan.state_at(frame).position) * plan.activity_at(frame)


def cells_of(grid: TileGrid, chosen: np.ndarray) -> set[Index]:
    return {(int(x), int(y)) for x, y, *_ in grid.cells[chosen].tolist()}


def colors_of(grid: TileGrid, state: int) -> np.ndarray:
    return grid.palette[grid.kinds, state]


def middle_of(points: np.ndarray) -> np.ndarray:
    return (points.min(axis=0) + points.max(axis=0))[:2] / 2


@pytest.mark.parametrize(("layer", "walk"), CASES)
def test_while_the_walk_holds_exactly_the_window_its_inputs_and_the_output_are_active(layer: str, walk: str) -> None:
    plan = plan_layer(LAYERS[layer], walk=WALKS[walk])
    spec_layer = plan.spec.layer
    dilation = spec_layer.stride if spec_layer.op == "conv_transpose" else (1, 1)
    for frame, position in resting_frames(plan):
        colors = plan.colors_at(frame)
        below, above = (active_shares_of(plan, grid, frame) for grid in plan.grids)
        assert set(np.unique(below)) | set(np.unique(above)) <= {0.0, 1.0}
        assert cells_of(plan.grids[0], below == 1) == cells_under_window(spec_layer, position)
        inputs = {(cell[1] * dilation[1], cell[0] * dilation[0]) for _, cell in spec_layer.taps(position) if cell}
        assert cells_of(plan.grids[0], (below == 1) & (plan.grids[0].kinds == INPUT)) == inputs
        assert cells_of(plan.grids[-1], above == 1) == {position[::-1]}
        for grid, shares in zip(plan.grids, (below, above), strict=True):
            expected = np.where(shares[:, None] == 1, colors_of(grid, 1), colors_of(grid, 0))
            assert np.allclose(colors[grid.name], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("walk", WALKS)
def test_on_all_other_frames_the_walk_is_between_two_positions(walk: str) -> None:
    plan = plan_layer(LAYERS["even kernel, padded unevenly"], walk=WALKS[walk])
    held = dict(resting_frames(plan))
    path = walk_positions(plan.spec.layer.output, plan.spec.walk.order)
    for frame in range(min(held), max(held)):
        if frame not in held:
            step = (frame - min(held)) // plan.spec.walk.frames_per_step
            ends = np.array(path[step : step + 2])[:, ::-1]
            position = plan.state_at(frame).position[:2]
            moving = ends[0] != ends[1]
            assert ((position > ends.min(axis=0)) & (position < ends.max(axis=0)))[moving].all()
            assert (position == ends[0])[~moving].all()


@FEW_EXAMPLES
@given(CONVOLUTIONS)
def test_the_window_is_on_the_grid_and_activates_its_taps_for_any_setting(drawn: tuple[str, Setting]) -> None:
    op, setting = drawn
    plan = plan_layer({"op": op, **setting}, walk={"frames_per_step": 1, "lead_in": 0, "lead_out": 0})
    for frame, position in resting_frames(plan):
        is_active = active_shares_of(plan, plan.grids[0], frame) == 1
        assert cells_of(plan.grids[0], is_active) == cells_under_window(plan.spec.layer, position)
        read = [cell for _, cell in plan.spec.layer.taps(position) if cell]
        assert (is_active & (plan.grids[0].kinds == INPUT)).sum() == len(read)


@FEW_EXAMPLES
@given(CONVOLUTIONS, st.sampled_from([name for name in WALKS if "smooth" in name]))
def test_as_much_is_active_while_the_window_moves_as_while_it_holds(drawn: tuple[str, Setting], walk: str) -> None:
    op, setting = drawn
    plan = plan_layer({"op": op, **setting}, walk=WALKS[walk])
    taps = np.prod(plan.spec.layer.kernel)
    for frame in list(plan.frames)[:40]:
        below, above = (active_shares_of(plan, grid, frame) for grid in plan.grids)
        assert ((below >= 0) & (below <= 1)).all()
        assert below.sum() == pytest.approx(taps * plan.activity_at(frame))
        assert above.sum() == pytest.approx(plan.activity_at(frame))


@FEW_EXAMPLES
@given(CONVOLUTIONS)
def test_tiles_are_a_unit_apart_in_rows_and_columns(drawn: tuple[str, Setting]) -> None:
    op, setting = drawn
    plan = plan_layer({"op": op, **setting})
    for grid in plan.grids:
        offsets, indices = grid.base_centers - grid.base_centers[0], grid.cells - grid.cells[0]
        assert offsets == pytest.approx(indices @ [[1, 0, 0], [0, -1, 0], [0, 0, 0], [0, 0, 0]])
        assert len(np.unique(grid.cells, axis=0)) == len(grid.cells)
    assert middle_of(plan.grids[0].base_centers[plan.grids[0].kinds == INPUT]) == pytest.approx([0, 0])


@FEW_EXAMPLES
@given(CONVOLUTIONS)
def test_the_output_is_over_the_middle_of_all_windows_and_at_stride_1_each_tile_over_its_own(
    drawn: tuple[str, Setting],
) -> None:
    op, setting = drawn
    plan = plan_layer({"op": op, **setting})
    layer, place = plan.spec.layer, {}
    for (x, y, *_), where in zip(plan.grids[0].cells.tolist(), plan.grids[0].base_centers, strict=True):
        place[int(x), int(y)] = where
    last = tuple(size - 1 for size in layer.output)
    fields = {
        position: np.array([place[cell] for cell in cells_under_window(layer, position)]) for position in [(0, 0), last]
    }  # fmt: skip
    places = {}
    for (x, y, *_), where, kind in zip(
        plan.grids[-1].cells, plan.grids[-1].base_centers, plan.grids[-1].kinds, strict=True
    ):
        if kind != CROPPED:
            places[int(y), int(x)] = where
    assert len(places) == np.prod(layer.output)
    assert middle_of(np.array(list(places.values()))) == pytest.approx(middle_of(np.concatenate(list(fields.values()))))
    moves_by_one = [op == "conv_transpose" or stride == 1 or size == 1 for stride, size in
                    zip(layer.stride, layer.output, strict=True)]  # fmt: skip
    for position, field in fields.items():
        tile = places[position]
        for axis, by_one in enumerate(reversed(moves_by_one)):
            assert not by_one or tile[axis] == pytest.approx(middle_of(field)[axis])


@FEW_EXAMPLES
@given(CONVOLUTIONS)
def test_the_input_grid_has_each_input_once_with_zeros_between_and_padding_around(drawn: tuple[str, Setting]) -> None:
    op, setting = drawn
    plan = plan_layer({"op": op, **setting})
    sizes = setting["input"]
    dilation = setting["stride"] if op == "conv_transpose" else (1, 1)
    inner = [(size - 1) * step + 1 for size, step in zip(sizes, dilation, strict=True)]
    for (x, y, *_), kind in zip(plan.grids[0].cells.tolist(), plan.grids[0].kinds.tolist(), strict=True):
        inside = 0 <= y < inner[0] and 0 <= x < inner[1]
        on_input = y % dilation[0] == 0 and x % dilation[1] == 0
        assert kind == (INPUT if inside and on_input else ZERO if inside else PADDING)
    counted = np.bincount(plan.grids[0].kinds, minlength=3)
    assert counted[INPUT] == np.prod(sizes)
    assert counted[ZERO] == np.prod(inner) - np.prod(sizes)
    if op == "conv":
        padded = [size + sum(sides) for size, sides in zip(sizes, setting["padding"], strict=True)]
        assert counted[PADDING] == np.prod(padded) - np.prod(sizes)


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("look", [{}, {"thickness": 0.0, "rounding": 0.0}, {"rounding": 0.5}, {"first_row": "near"}])
def test_the_lines_run_from_the_corners_of_the_tile_to_those_of_the_receptive_field(
    layer: str, look: dict[str, Any]
) -> None:
    plan = plan_layer(LAYERS[layer], look=look, walk={"frames_per_step": 1})
    look_of_plan, half = plan.spec.look, plan.spec.look.tile_size / 2
    thickness = np.array(plan.grids[0].thicknesses)[plan.grids[0].kinds]
    rounding = min(look_of_plan.rounding, half)
    bevel = min(look_of_plan.bevel * look_of_plan.thickness, rounding)
    for frame, _ in resting_frames(plan):
        ends = plan.lines_at(frame)[0]
        for end, grid in enumerate(reversed(plan.grids)):
            field = grid.base_centers[active_shares_of(plan, grid, frame) == 1][:, :2]
            outward = ends[:, end, :2] - middle_of(field)
            assert len({tuple(sign) for sign in np.sign(outward).tolist()}) == 4
            # equally far from the tiles' edges on both axes and at both ends, that is, on the tiles' diagonals
            inside = (field.max(axis=0) - field.min(axis=0)) / 2 + half - np.abs(outward)
            assert np.allclose(inside, inside[0, 0])
            assert -1e-9 <= inside[0, 0] < half
            if look_of_plan.thickness == 0:
                assert inside[0, 0] == pytest.approx(0)
        assert np.allclose(ends[:, 0, 2], plan.grids[-1].base_centers[0, 2])
        below = plan.grids[0].base_centers
        under = np.linalg.norm(ends[:, 1, None, :2] - below[None, :, :2], axis=2).argmin(axis=1)
        # on the tile's surface, which is a quarter circle along its edge, below the height of the flat top
        further_in = bevel - np.sqrt(2) * (inside[0, 0] - rounding * (1 - np.sqrt(0.5)))
        drop = bevel - np.sqrt(bevel**2 - max(further_in, 0) ** 2)
        surface = thickness * (1 - (drop / look_of_plan.thickness if drop > 0 else 0))
        assert np.allclose(ends[:, 1, 2], (below[:, 2] + surface)[under])


@pytest.mark.parametrize("size", [0.1, 0.3, 1.0])
@pytest.mark.parametrize("width", ["auto", 0.05, 1.0])
def test_lines_of_any_width_begin_in_their_own_quarter_of_the_tile(size: float, width: object) -> None:
    plan = plan_layer({"op": "conv", "input": 40, "kernel": 3}, look={"tile_size": size, "connector_width": width})
    outward = plan.lines[0].points[0, :, 0, :2] - plan.grids[-1].base_centers[0, :2]
    corners = np.array([[-1, 1], [1, 1], [1, -1], [-1, -1]])
    assert (outward * corners >= 0).all() and (np.abs(outward) <= size / 2).all()


@pytest.mark.parametrize(("layer", "walk"), CASES)
def test_the_curves_move_the_ends_of_the_lines_on_every_frame(layer: str, walk: str) -> None:
    plan = plan_layer(LAYERS[layer], walk=WALKS[walk])
    frames = np.array(plan.frames, float)
    path, points = plan.spec.walk_order.positions, plan.lines[0].points
    first, per_step = plan.spec.walk.start_frame(0), plan.spec.walk.frames_per_step
    steps = np.clip((frames - first) // per_step, 0, len(path) - 1).astype(int)
    following = np.minimum(steps + 1, len(path) - 1)
    # the share of the way from each position to the next, along all axes that change
    total = path[following] - path[steps]
    covered = np.array([plan.state_at(frame).position for frame in frames.tolist()]) - path[steps]
    share = (covered * total).sum(axis=1) / np.maximum((total * total).sum(axis=1), 1)
    expected = points[steps] + share[:, None, None, None] * (points[following] - points[steps])
    assert expected.shape[1:] == (4, 2, 3)
    for line, end, axis in np.ndindex(4, 2, 3):
        target = f"connectors.{line}.{end}.{'xyz'[axis]}"
        moves = np.ptp(points[:, line, end, axis]) > 0
        assert (target in plan.curves) == moves, "a constant has no keys"
        if moves:
            assert plan.curves[target].value_at(frames) == pytest.approx(expected[:, line, end, axis], abs=1e-9)
    for frame, ends in zip(frames.tolist(), expected, strict=True):
        seen = plan.lines_at(frame)[0]
        assert np.allclose(seen, ends, rtol=0, atol=1e-9) if plan.activity_at(frame) else len(seen) == 0


@pytest.mark.parametrize("layer", LAYERS)
def test_nothing_is_active_and_no_line_is_visible_in_the_lead_in_and_lead_out(layer: str) -> None:
    plan = plan_layer(LAYERS[layer], walk={"lead_in": 2, "lead_out": 3, "frames_per_step": 2})
    frames = list(plan.frames)
    assert len(frames) == 2 + 2 * plan.spec.layer.position_count + 3
    hidden = plan.curves["connectors.hidden"].value_at(np.array(frames, float)).tolist()
    assert hidden == [1, 1] + [0] * (len(frames) - 5) + [1, 1, 1]
    for frame in frames[:2] + frames[-3:]:
        for grid in plan.grids:
            assert np.array_equal(plan.colors_at(frame)[grid.name], colors_of(grid, 0))


@FEW_EXAMPLES
@given(CONVOLUTIONS, st.sampled_from(sorted(WALKS)))
def test_frames_that_look_the_same_share_a_unique_frame(drawn: tuple[str, Setting], walk: str) -> None:
    op, setting = drawn
    plan = plan_layer({"op": op, **setting}, walk=WALKS[walk])
    frames = list(plan.frames)[:40]
    looks = []
    for frame in frames:
        lines = plan.lines_at(frame)[0].ravel() if plan.activity_at(frame) else np.zeros(plan.lines[0].points[0].size)
        looks.append(np.concatenate([*(colors.ravel() for colors in plan.colors_at(frame).values()), lines]))
    for index, unique in enumerate(plan.unique_frames[: len(frames)].tolist()):
        same = [np.allclose(looks[index], look, rtol=0, atol=1e-9) for look in looks[: index + 1]]
        assert unique == frames[same.index(True)]


def test_the_first_row_is_far_or_near_and_nothing_else_changes() -> None:
    for layer in LAYERS.values():
        # an automatic gap depends on the view, which is not mirrored
        looks = ({"first_row": where, "connector_width": 0.05, "gap": 4.0} for where in ("far", "near"))
        far, near = (plan_layer(layer, look=look) for look in looks)
        for one, other in zip(far.grids, near.grids, strict=True):
            assert other.base_centers == pytest.approx(one.base_centers * [1, -1, 1])
            assert np.array_equal(other.kinds, one.kinds) and np.array_equal(
                other.active_ranges.first, one.active_ranges.first
            )
            assert other.active_ranges.gap == one.active_ranges.gap and np.array_equal(
                other.active_ranges.last, one.active_ranges.last
            )
            assert (one.base_centers[0, 1] - one.base_centers[-1, 1]) == one.cells[-1, 1] - one.cells[0, 1]
        assert near.lines[0].points == pytest.approx(far.lines[0].points * [1, -1, 1])


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("view", VIEWS)
def test_tiles_and_lines_are_in_the_picture_on_every_frame(layer: str, view: dict[str, dict[str, Any]]) -> None:
    plan = plan_layer(LAYERS[layer], **view)
    half = plan.spec.look.tile_size / 2
    points = [plan.lines_at(frame)[0].reshape(-1, 3) for frame in plan.frames]
    for grid in plan.grids:
        for x, y, z in np.ndindex(2, 2, 2):
            height = np.array(grid.thicknesses)[grid.kinds] * z
            outward = np.full((len(height), 2), half) * [2 * x - 1, 2 * y - 1]
            points.append(grid.base_centers + np.column_stack([outward, height]))
    seen = plan.view.project(np.concatenate(points))
    margin = plan.spec.camera.margin
    assert (seen >= margin - 1e-6).all() and (seen <= 1 - margin + 1e-6).all()
    assert np.isclose(np.ptp(seen, axis=0), 1 - 2 * margin).any()


@pytest.mark.parametrize("layer", LAYERS)
def test_the_floor_extends_beyond_the_tiles(layer: str) -> None:
    plan = plan_layer(LAYERS[layer])
    for grid in plan.grids:
        assert (plan.floor_bounds[0] < grid.bounds[0, :2]).all() and (plan.floor_bounds[1] > grid.bounds[1, :2]).all()
        assert grid.bounds[0, 2] > 0


def test_the_gap_is_that_of_the_look_or_leaves_room() -> None:
    with_gap = plan_layer(LAYERS["plain"], look={"gap": 3.5})
    assert with_gap.grids[-1].base_centers[0, 2] - with_gap.grids[0].base_centers[0, 2] == pytest.approx(3.5)
    for layer in LAYERS.values():
        plan = plan_layer(layer)
        assert plan.grids[-1].bounds[0, 2] > plan.grids[0].bounds[1, 2]
