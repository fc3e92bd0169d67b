# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: where tiles stand, what lights up on each frame, and where the lines end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernelwalk.core import Plan, make_plan, spec_from_table
from kernelwalk.core.layers.axis import INPUT, PADDING, ZERO
from kernelwalk.core.walk.order import positions_in_order

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


def planned(layer: dict[str, Any], **sections: Any) -> Plan:
    return make_plan(spec_from_table({"layer": layer, **sections}))


def resting(made: Plan) -> list[tuple[float, tuple[int, ...]]]:
    """Each step's frame and position."""
    walk, layer = made.spec.walk, made.spec.layer
    visited = positions_in_order(layer.output, walk.order)
    return [(float(walk.start_frame(np.array(step))), tuple(place)) for step, place in enumerate(visited.tolist())]


def lit(made: Plan, name: str, frame: float) -> np.ndarray[Any, Any]:
    grid = next(grid for grid in made.grids if grid.name == name)
    return grid.activation_at(made.state_at(frame).position) * made.activity_at(frame)


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("order", ["rows", "columns", "serpentine"])
def test_on_each_step_exactly_the_taps_and_the_output_are_lit(layer: dict[str, Any], order: str) -> None:
    made = planned(layer, walk={"order": order, "frames_per_step": 4})
    spacing = [axis.input_dilation for axis in made.spec.layer.axes]
    for frame, place in resting(made):
        weight = lit(made, "Input", frame)
        assert set(np.unique(weight)) <= {0.0, 1.0}
        inputs = made.grids[0].cells[(weight == 1) & (made.grids[0].kinds == INPUT)]
        told = {(int(y) // spacing[0], int(x) // spacing[1]) for x, y, *_ in inputs.tolist()}
        assert told == {cell for _, cell in made.spec.layer.taps(place) if cell is not None}
        # the window is on the grid as a whole, padding and zeros included
        assert weight.sum() == np.prod(made.spec.layer.kernel)
        output = made.grids[-1].cells[lit(made, "Output", frame) == 1]
        assert output.tolist() == [[place[1], place[0], 0, 0]]


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("first_row", ["far", "near"])
def test_lines_join_the_corners_of_the_output_tile_and_of_its_field(layer: dict[str, Any], first_row: str) -> None:
    look = {"first_row": first_row, "thickness": 0.0, "rounding": 0.0, "tile_size": 1.0}
    made = planned(layer, look=look)
    for frame, _ in resting(made):
        ends = made.lines_at(frame)[0]
        for end, name in ((0, "Output"), (1, "Input")):
            grid = made.grids[1 - end]
            field = grid.base_centers[lit(made, name, frame) == 1]
            half = np.array([0.5, 0.5, 0])
            low, high = field.min(axis=0) - half, field.max(axis=0) + half
            corners = sorted((x, y) for x in (low[0], high[0]) for y in (low[1], high[1]))
            assert np.array(sorted(ends[:, end, :2].tolist())) == pytest.approx(np.array(corners))
            assert ends[:, end, 2] == pytest.approx(low[2])
        # no line crosses to another corner
        outward = [np.sign(ends[:, end, :2] - ends[:, end, :2].mean(axis=0)).tolist() for end in (0, 1)]
        assert outward[0] == outward[1]


@pytest.mark.parametrize("layer", [layer for layer in LAYERS if layer.get("stride", 1) == 1 or "trans" in layer["op"]])
def test_with_stride_one_an_output_tile_stands_above_the_middle_of_its_field(layer: dict[str, Any]) -> None:
    made = planned(layer)
    for frame, _ in resting(made):
        field = made.grids[0].base_centers[lit(made, "Input", frame) == 1]
        tile = made.grids[-1].base_centers[lit(made, "Output", frame) == 1][0]
        assert (field.min(axis=0) + field.max(axis=0))[:2] / 2 == pytest.approx(tile[:2])


def test_a_strided_output_is_centred_over_all_its_fields() -> None:
    made = planned(LAYERS[2])
    fields = [made.grids[0].base_centers[lit(made, "Input", frame) == 1] for frame, _ in resting(made)]
    cells = np.concatenate(fields)
    upper = made.grids[-1].base_centers
    assert (cells.min(axis=0) + cells.max(axis=0))[:2] == pytest.approx((upper.min(axis=0) + upper.max(axis=0))[:2])


def test_the_transposed_grid_has_zeros_between_inputs_and_a_border_around() -> None:
    made = planned({"op": "conv_transpose", "input": [2, 3], "kernel": 3, "stride": [2, 3], "padding": [1, 0]})
    kinds = made.grids[0].kinds.reshape(3 + 1 + 1, 7 + 2 + 2)
    assert kinds[1].tolist() == [PADDING, PADDING, INPUT, ZERO, ZERO, INPUT, ZERO, ZERO, INPUT, PADDING, PADDING]
    assert (kinds[2, 2:-2] == ZERO).all()
    assert (kinds[[0, -1]] == PADDING).all()
    assert (made.grids[0].kinds == INPUT).sum() == 6


def test_first_row_near_is_the_mirror_of_far() -> None:
    far, near = (planned(LAYERS[1], look={"first_row": where}) for where in ("far", "near"))
    assert near.grids[0].base_centers == pytest.approx(far.grids[0].base_centers * [1, -1, 1])
    assert far.grids[0].base_centers[0, 1] > far.grids[0].base_centers[-1, 1]


def test_mathematica_stands_and_walks_as_it_did() -> None:
    from kernelwalk.core import load_preset

    made = make_plan(load_preset("mathematica"))
    assert set(made.grids[0].base_centers[:, 2]) == {0.1}
    assert made.grids[-1].base_centers[:, 2] == pytest.approx(1.9)
    first, second = (made.grids[-1].base_centers[lit(made, "Output", frame) == 1][0] for frame, _ in resting(made)[:2])
    assert first[:2].tolist() == [-2, -2]  # the front left
    assert (second - first).tolist() == [0, 1, 0]  # away from the viewer


def test_nothing_is_lit_in_the_lead_in_and_the_lead_out() -> None:
    made = planned(LAYERS[0], walk={"lead_in": 3, "lead_out": 2, "frames_per_step": 2})
    still = [frame for frame in made.frames if not made.activity_at(frame)]
    assert still == [1, 2, 3, made.frames.stop - 2, made.frames.stop - 1]
    hidden = made.curves["connectors.hidden"].value_at(np.array(made.frames, float))
    assert [frame for frame, value in zip(made.frames, hidden, strict=True) if value] == still


@pytest.mark.parametrize("easing", ["step", "smooth"])
def test_frames_share_a_picture_exactly_if_they_look_the_same(easing: str) -> None:
    made = planned(LAYERS[3], walk={"easing": easing, "frames_per_step": 5, "lead_in": 2, "lead_out": 2})
    seen: dict[bytes, int] = {}
    for frame, picture in zip(made.frames, made.unique_frames.tolist(), strict=True):
        colors = [values.tobytes() for values in made.colors_at(frame).values()]
        lines = b"".join((each + 0.0).tobytes() for each in made.lines_at(frame))  # no negative zeros
        assert picture == seen.setdefault(b"".join(colors) + lines, frame)


def test_a_walk_that_jumps_has_one_picture_per_step() -> None:
    made = planned(LAYERS[0], walk={"easing": "step", "lead_in": 0, "lead_out": 0})
    assert len(set(made.unique_frames.tolist())) == made.spec.layer.position_count


def test_keys_grow_with_steps_and_not_with_tiles() -> None:
    small, large = (planned({"op": "conv", "input": size, "kernel": size - 3}).curves for size in (8, 64))
    assert [len(each.frames) for each in small.values()] == [len(each.frames) for each in large.values()]


def test_between_two_positions_a_tile_is_lit_by_the_share_that_the_field_covers() -> None:
    made = planned({"op": "conv", "input": [1, 4], "kernel": [1, 2]})
    weights = made.grids[0].activation_at(np.array([0.25, 0, 0, 0]))
    assert weights.tolist() == [0.75, 1, 0.25, 0]
