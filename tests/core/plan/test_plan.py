# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan has each tile at its place, active on the right frames, with lines that end at its corners."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernelwalk.core import Plan, make_plan, spec_from_table
from kernelwalk.core.layers.axis import INPUT, PADDING, ZERO

from ..helpers import positions_in_order

LAYERS: list[dict[str, Any]] = [
    {"op": "conv", "input": 5, "kernel": 3},
    {
        "op": "conv",
        "input": [4, 6],
        "kernel": [3, 2],
        "stride": [1, 2],
        "padding": [[1, 0], [0, 2]],
        "dilation": [1, 2],
    },
    {"op": "conv", "input": [7, 6], "kernel": 3, "stride": 2, "dilation": [2, 1], "padding": [1, 0]},
    {"op": "conv_transpose", "input": [2, 3], "kernel": [3, 2], "stride": [2, 3], "output_padding": [1, 0]},
    {"op": "conv_transpose", "input": 4, "kernel": 2, "stride": 2, "padding": [[2, 1], [0, 3]]},
]


def plan_layer(layer: dict[str, Any], **sections: Any) -> Plan:
    return make_plan(spec_from_table({"layer": layer, **sections}))


def walk_steps(plan: Plan) -> list[tuple[float, tuple[int, ...]]]:
    """Return the frame and the position of each step."""
    walk, layer = plan.spec.walk, plan.spec.layer
    positions = positions_in_order(layer.output, walk.order)
    return [(float(walk.start_frame(np.array(step))), tuple(place)) for step, place in enumerate(positions.tolist())]


def active_shares_of(plan: Plan, name: str, frame: float) -> np.ndarray[Any, Any]:
    grid = next(grid for grid in plan.grids if grid.name == name)
    return grid.active_share_at(plan.state_at(frame).position) * plan.activity_at(frame)


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("order", ["rows", "columns", "serpentine"])
def test_on_each_step_exactly_the_taps_and_the_output_are_active(layer: dict[str, Any], order: str) -> None:
    plan = plan_layer(layer, walk={"order": order, "frames_per_step": 4})
    dilation = [axis.input_dilation for axis in plan.spec.layer.axes]
    for frame, place in walk_steps(plan):
        shares = active_shares_of(plan, "Input", frame)
        assert set(np.unique(shares)) <= {0.0, 1.0}
        inputs = plan.grids[0].cells[(shares == 1) & (plan.grids[0].kinds == INPUT)]
        active = {(int(y) // dilation[0], int(x) // dilation[1]) for x, y, *_ in inputs.tolist()}
        assert active == {cell for _, cell in plan.spec.layer.taps(place) if cell is not None}
        # the window is on the grid as a whole, padding and zeros included
        assert shares.sum() == np.prod(plan.spec.layer.kernel)
        output = plan.grids[-1].cells[active_shares_of(plan, "Output", frame) == 1]
        assert output.tolist() == [[place[1], place[0], 0, 0]]


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("first_row", ["far", "near"])
def test_lines_join_the_corners_of_the_output_tile_and_of_its_receptive_field(
    layer: dict[str, Any], first_row: str
) -> None:
    look = {"first_row": first_row, "thickness": 0.0, "rounding": 0.0, "tile_size": 1.0}
    plan = plan_layer(layer, look=look)
    for frame, _ in walk_steps(plan):
        ends = plan.lines_at(frame)[0]
        for end, name in ((0, "Output"), (1, "Input")):
            grid = plan.grids[1 - end]
            field = grid.base_centers[active_shares_of(plan, name, frame) == 1]
            half = np.array([0.5, 0.5, 0])
            low, high = field.min(axis=0) - half, field.max(axis=0) + half
            corners = sorted((x, y) for x in (low[0], high[0]) for y in (low[1], high[1]))
            assert np.array(sorted(ends[:, end, :2].tolist())) == pytest.approx(np.array(corners))
            assert ends[:, end, 2] == pytest.approx(low[2])
        # no line crosses to another corner
        outward = [np.sign(ends[:, end, :2] - ends[:, end, :2].mean(axis=0)).tolist() for end in (0, 1)]
        assert outward[0] == outward[1]


@pytest.mark.parametrize("layer", [layer for layer in LAYERS if layer.get("stride", 1) == 1 or "trans" in layer["op"]])
def test_with_stride_one_an_output_tile_is_above_the_middle_of_its_receptive_field(layer: dict[str, Any]) -> None:
    plan = plan_layer(layer)
    for frame, _ in walk_steps(plan):
        field = plan.grids[0].base_centers[active_shares_of(plan, "Input", frame) == 1]
        tile = plan.grids[-1].base_centers[active_shares_of(plan, "Output", frame) == 1][0]
        assert (field.min(axis=0) + field.max(axis=0))[:2] / 2 == pytest.approx(tile[:2])


def test_a_strided_output_is_centered_over_all_its_receptive_fields() -> None:
    plan = plan_layer(LAYERS[2])
    fields = [plan.grids[0].base_centers[active_shares_of(plan, "Input", frame) == 1] for frame, _ in walk_steps(plan)]
    cells = np.concatenate(fields)
    upper = plan.grids[-1].base_centers
    assert (cells.min(axis=0) + cells.max(axis=0))[:2] == pytest.approx((upper.min(axis=0) + upper.max(axis=0))[:2])


def test_the_transposed_grid_has_zeros_between_inputs_and_a_border_around() -> None:
    plan = plan_layer({"op": "conv_transpose", "input": [2, 3], "kernel": 3, "stride": [2, 3], "padding": [1, 0]})
    kinds = plan.grids[0].kinds.reshape(3 + 1 + 1, 7 + 2 + 2)
    assert kinds[1].tolist() == [PADDING, PADDING, INPUT, ZERO, ZERO, INPUT, ZERO, ZERO, INPUT, PADDING, PADDING]
    assert (kinds[2, 2:-2] == ZERO).all()
    assert (kinds[[0, -1]] == PADDING).all()
    assert (plan.grids[0].kinds == INPUT).sum() == 6


def test_first_row_near_is_the_mirror_of_far() -> None:
    far, near = (plan_layer(LAYERS[1], look={"first_row": where}) for where in ("far", "near"))
    assert near.grids[0].base_centers == pytest.approx(far.grids[0].base_centers * [1, -1, 1])
    assert far.grids[0].base_centers[0, 1] > far.grids[0].base_centers[-1, 1]


def test_mathematica_has_the_geometry_and_walk_of_the_original() -> None:
    from kernelwalk.core import load_preset

    plan = make_plan(load_preset("mathematica"))
    assert set(plan.grids[0].base_centers[:, 2]) == {0.1}
    assert plan.grids[-1].base_centers[:, 2] == pytest.approx(1.9)
    first, second = (
        plan.grids[-1].base_centers[active_shares_of(plan, "Output", frame) == 1][0]
        for frame, _ in walk_steps(plan)[:2]
    )
    assert first[:2].tolist() == [-2, -2]  # the front left
    assert (second - first).tolist() == [0, 1, 0]  # away from the viewer
    corners = np.concatenate([grid.bounds for grid in plan.grids])
    low, high = corners.min(axis=0), corners.max(axis=0)
    view_point = (np.array(plan.view.location) - (low + high) / 2) / (high - low).max()
    assert view_point == pytest.approx([1.3, -2.4, 2.0], abs=1e-5)  # Mathematica's default
    assert all((grid.opacities_at(plan.state_at(70)) == 1).all() for grid in plan.grids), "nothing fades"


def test_nothing_is_active_in_the_lead_in_and_the_lead_out() -> None:
    plan = plan_layer(LAYERS[0], walk={"lead_in": 3, "lead_out": 2, "frames_per_step": 2})
    idle = [frame for frame in plan.frames if not plan.activity_at(frame)]
    assert idle == [1, 2, 3, plan.frames.stop - 2, plan.frames.stop - 1]
    hidden = plan.curves["connectors.hidden"].value_at(np.array(plan.frames, float))
    assert [frame for frame, value in zip(plan.frames, hidden, strict=True) if value] == idle


@pytest.mark.parametrize("easing", ["step", "smooth"])
def test_frames_share_a_unique_frame_exactly_if_they_look_the_same(easing: str) -> None:
    plan = plan_layer(LAYERS[3], walk={"easing": easing, "frames_per_step": 5, "lead_in": 2, "lead_out": 2})
    seen: dict[bytes, int] = {}
    for frame, unique in zip(plan.frames, plan.unique_frames.tolist(), strict=True):
        colors = [values.tobytes() for values in plan.colors_at(frame).values()]
        lines = b"".join((each + 0.0).tobytes() for each in plan.lines_at(frame))  # no negative zeros
        assert unique == seen.setdefault(b"".join(colors) + lines, frame)


def test_a_stepped_walk_has_one_unique_frame_per_step() -> None:
    plan = plan_layer(LAYERS[0], walk={"easing": "step", "lead_in": 0, "lead_out": 0})
    assert len(set(plan.unique_frames.tolist())) == plan.spec.layer.position_count


def test_keys_grow_with_steps_and_not_with_tiles() -> None:
    small, large = (plan_layer({"op": "conv", "input": size, "kernel": size - 3}).curves for size in (8, 64))
    assert [len(each.frames) for each in small.values()] == [len(each.frames) for each in large.values()]


def test_between_two_positions_a_tile_is_active_by_the_share_that_the_window_covers() -> None:
    plan = plan_layer({"op": "conv", "input": [1, 4], "kernel": [1, 2]})
    shares = plan.grids[0].active_share_at(np.array([0.25, 0, 0, 0]))
    assert shares.tolist() == [0.75, 1, 0.25, 0]
