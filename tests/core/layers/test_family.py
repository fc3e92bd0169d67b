# SPDX-License-Identifier: GPL-3.0-or-later
"""Every operation and every kind of padding: properties of all layers, and the errors of each."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from kernelwalk.core import (
    AdaptiveAvgPool,
    AdaptiveMaxPool,
    AvgPool,
    Conv,
    ConvTranspose,
    Layer,
    MaxPool,
    SpecError,
    Upsample,
    make_plan,
    parse_spec,
    spec_from_table,
)
from kernelwalk.core.describe.sentences import describe_step, describe_tile, find_fed_outputs
from kernelwalk.core.layers.axis import INPUT, OVERHANG, PADDING
from kernelwalk.core.layers.conventions import CONVENTIONS
from kernelwalk.core.plan.plan import Plan
from kernelwalk.core.spec.toml import dump_toml
from kernelwalk.core.tiles.tile_grid import COPY_ACTIVE_SHARE

from ..helpers import LAYERS_OF_ANY_DIMENSION, LAYERS_OF_THE_FAMILY, all_positions

MANY = settings(max_examples=150, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
FEW = settings(max_examples=40, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])

SHORT_WALK = {"frames_per_step": 1, "lead_in": 0, "lead_out": 0}


def plan_layer(layer: Layer, **sections: Any) -> Plan:
    return make_plan(spec_from_table({"layer": {"op": layer.op, **layer.to_table()}, "walk": SHORT_WALK, **sections}))


@MANY
@given(st.one_of(LAYERS_OF_THE_FAMILY, LAYERS_OF_ANY_DIMENSION))
def test_a_layer_written_out_is_the_layer_again(layer: Layer) -> None:
    spec = spec_from_table({"layer": {"op": layer.op, **layer.to_table()}})
    again = parse_spec(dump_toml(spec.to_table()))
    assert again == spec and again.layer == layer and again.layer.axes == layer.axes
    assert again.to_table() == spec.to_table()


ROUNDED_TO_ZERO = MaxPool(input=(1, 1), kernel=(1, 2), padding="valid", convention="onnxruntime")
"""A window larger than the input, which ONNX Runtime takes."""


@MANY
@example(ROUNDED_TO_ZERO)
@given(st.one_of(LAYERS_OF_THE_FAMILY, LAYERS_OF_ANY_DIMENSION))
def test_the_equation_is_right_as_arithmetic(layer: Layer) -> None:
    for axis, output in enumerate(layer.output):
        if isinstance(layer, (AdaptiveAvgPool, AdaptiveMaxPool)):
            assert layer.size_equation(axis).startswith(f"{output}, ")  # it is given
            continue
        if layer.op == "channel_shuffle":
            assert layer.size_equation(axis) == str(output)  # it is the input's
            continue
        left, right = layer.size_equation(axis).split(" = ")
        for sign, word in (("⌊", "floor("), ("⌋", ")"), ("⌈", "ceil("), ("⌉", ")"), ("·", "*")):
            left = left.replace(sign, word)
        assert eval(left, {"floor": math.floor, "ceil": math.ceil}) == int(right) == output


@FEW
@given(LAYERS_OF_THE_FAMILY)
def test_on_each_step_the_window_is_active_and_inputs_read_only_through_copies_are_half_active(layer: Layer) -> None:
    made = plan_layer(layer)
    grid = made.grids[0]
    kinds = grid.kinds
    spacing = np.array([axis.input_dilation for axis in reversed(layer.axes)])
    for frame, place in zip(made.frames, all_positions(layer.output), strict=True):
        weight = grid.active_share_at(made.state_at(frame).position).round(9)
        assert set(np.unique(weight)) <= {0.0, COPY_ACTIVE_SHARE, 1.0}
        # the whole window is on the grid
        assert (weight == 1).sum() == np.prod(layer.kernel)
        read = {cell for _, cell in layer.taps(place) if cell is not None}
        lit = grid.cells[(weight > 0) & (kinds == INPUT)][:, :2] // spacing
        assert {(int(y), int(x)) for x, y in lit.tolist()} == read
        assert (kinds[weight == COPY_ACTIVE_SHARE] == INPUT).all()
        if isinstance(layer, Conv) and layer.padding_mode != "zeros":
            assert (weight == COPY_ACTIVE_SHARE).any() == (len(read) > ((weight == 1) & (kinds == INPUT)).sum())
        else:
            assert COPY_ACTIVE_SHARE not in weight
        cells = [cell for _, cell in layer.taps(place)]
        counted = (weight == 1) & np.isin(kinds, [INPUT, PADDING] if layer.includes_padding_taps else [INPUT])
        if not (isinstance(layer, ConvTranspose)):
            assert len(cells) == counted.sum()


@FEW
@given(LAYERS_OF_THE_FAMILY, st.floats(0, 1))
def test_active_shares_never_jump_while_the_window_glides(layer: Layer, share: float) -> None:
    made = plan_layer(layer)
    grid = made.grids[0]
    last = np.array([*(size - 1 for size in reversed(layer.output)), 0.0, 0.0])
    # between two positions along an axis a tile becomes active or inactive at most once
    here, there = (grid.active_share_at(last * at) for at in (share, min(share + 0.01, 1)))
    assert np.abs(here - there).max() <= 0.01 * last.sum() + 1e-6
    assert ((here >= 0) & (here <= 1)).all()


@FEW
@given(LAYERS_OF_THE_FAMILY)
def test_a_tile_feeds_the_outputs_that_have_it_among_their_taps(layer: Layer) -> None:
    fed: dict[Any, set[Any]] = {}
    for place in all_positions(layer.output):
        for _, cell in layer.taps(place):
            if cell is not None:
                fed.setdefault(cell, set()).add(place)
    for cell in itertools.product(*(axis.cells for axis in layer.axes)):
        kind = max(axis.cell_kinds()[at - axis.cells.start] for axis, at in zip(layer.axes, cell, strict=True))
        text = describe_tile(layer, cell)
        assert ("beyond" in text) == (kind == OVERHANG) and ("padding" in text) == (kind in (PADDING, OVERHANG))
        if kind == INPUT:
            source = tuple(at // axis.input_dilation for axis, at in zip(layer.axes, cell, strict=True))
            assert set(itertools.product(*find_fed_outputs(layer, cell))) == fed.get(source, set())


@FEW
@given(LAYERS_OF_THE_FAMILY)
def test_each_tile_has_one_kind_and_only_an_overhang_has_tiles_past_the_padding(layer: Layer) -> None:
    made = plan_layer(layer)
    counts = np.bincount(made.grids[0].kinds, minlength=4)
    assert counts[INPUT] == np.prod(layer.input)
    assert (counts[OVERHANG] > 0) == any(axis.overhang for axis in layer.axes)
    assert len(made.grids[0].thicknesses) == len(made.grids[0].palette) == 4
    has_late_windows = CONVENTIONS[getattr(layer, "convention", "pytorch")].keeps_late_window
    for axis in layer.axes:
        assert axis.overhang < axis.extent + (axis.stride if has_late_windows else 0)
        if axis.overhang and not has_late_windows:
            assert axis.first_cell(axis.output - 1) < axis.input, "each window begins before the input's end"


@pytest.mark.parametrize("first_row", ["far", "near"])
def test_the_connectors_of_an_upsampling_end_on_the_corners_of_the_copied_tile(first_row: str) -> None:
    layer = Upsample((2, 3), (2, 4))
    made = plan_layer(layer, look={"first_row": first_row})
    for frame, (y, x) in zip(made.frames, all_positions(layer.output), strict=True):
        ends = made.lines_at(frame)[0][:, 1, :2]
        tile = made.grids[0].base_centers[(y // 2) * 3 + x // 4, :2]
        assert (np.abs(ends - tile) <= made.grids[0].size / 2).all(), "on the tile that it reads"
        assert ends.mean(axis=0) == pytest.approx(tile)
        assert (np.abs(ends - tile) > made.grids[0].size / 4).all()


def test_an_output_larger_than_the_input_hides_none_of_it() -> None:
    made = plan_layer(Upsample(3, 3))
    grids = [made.view.project(grid.base_centers)[:, 1] for grid in made.grids]
    assert grids[0].max() < grids[1].min()


@pytest.mark.parametrize(
    ("layer", "position", "text"),
    [
        (MaxPool(5, 3, padding=1), (0, 0), "output (0, 0) ← input rows 0–1, columns 0–1"),
        (AvgPool(5, 2, padding=1), (0, 1), "output (0, 1) ← input row 0, columns 1–2 and padding, divided by 4"),
        (
            AvgPool(5, 2, ceil_mode=True),
            (2, 0),
            "output (2, 0) ← input row 4, columns 0–1, divided by 2",
        ),
        (Upsample(3, 2), (1, 5), "output (1, 5) ← input row 0, column 2"),
        (
            Conv(5, 3, padding=1, padding_mode="reflect"),
            (0, 2),
            "output (0, 2) ← input rows 0–1, columns 1–3, copies in the padding too",
        ),
        (Conv(5, 3, padding=1, padding_mode="reflect"), (2, 2), "output (2, 2) ← input rows 1–3, columns 1–3"),
    ],
)
def test_a_step_is_described(layer: Layer, position: tuple[int, int], text: str) -> None:
    assert describe_step(layer, position) == text


@pytest.mark.parametrize(
    ("layer", "cell", "text"),
    [
        (MaxPool(5, 2, ceil_mode=True), (5, 0), "beyond the padding, where nothing is → outputs row 2, column 0"),
        (Conv(5, 3, padding=1, padding_mode="circular"), (-1, 0), "padding, a copy of input (4, 0) → "
         "outputs row 0, columns 0–1"),
        (Conv(5, 3, padding=1, padding_mode="circular"), (4, 2), "input (4, 2) → outputs rows 0, 3, 4, columns 1–3"),
        (Upsample(3, 2), (0, 2), "input (0, 2) → outputs rows 0–1, columns 4–5"),
    ],
)  # fmt: skip
def test_a_tile_is_described(layer: Layer, cell: tuple[int, int], text: str) -> None:
    assert describe_tile(layer, cell) == text


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (AvgPool(4, 2), "4"),
        (AvgPool(5, 3, padding=1), "9"),
        (AvgPool(5, 2, padding=1), "4"),
        (AvgPool(5, 2, ceil_mode=True), "1 to 4, the number of cells that count: input and padding"),
        (AvgPool(5, 3, padding=1, count_include_pad=False), "4 to 9, the number of cells that count: input"),
    ],
)
def test_the_divisor_is_described(layer: AvgPool, text: str) -> None:
    assert layer.detail_rows() == [("divisor", text)]


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (lambda: MaxPool(5, 3, padding=2), ["layer.padding[0]", "layer.padding[1]"]),
        (lambda: MaxPool(5, 3, padding=3, convention="onnx"), ["layer.padding[0]", "layer.padding[1]"]),
        (lambda: MaxPool(5, 3, padding="same"), ["layer.padding"]),
        (lambda: MaxPool(5, 3, padding="full"), ["layer.padding"]),
        (lambda: MaxPool(5, (3, 6)), ["layer.kernel[1]"]),
        (lambda: MaxPool(5, 3, ceil_mode=1), ["layer.ceil_mode"]),  # type: ignore[arg-type]
        (lambda: AvgPool(5, 3, count_include_pad="yes"), ["layer.count_include_pad"]),  # type: ignore[arg-type]
        (lambda: Upsample(3, 0), ["layer.scale"]),
        (lambda: Upsample(0, -2.5), ["layer.input", "layer.scale"]),
        (lambda: Upsample([4, 3], 0.3), ["layer.scale[1]"]),
        (lambda: Conv(5, 3, padding_mode="constant"), ["layer.padding_mode"]),
        (lambda: Conv(5, 3, padding=(1, 5), padding_mode="reflect"), ["layer.padding[1]"]),
        (lambda: Conv(5, 3, padding=(5, 6), padding_mode="circular"), ["layer.padding[1]"]),
        (lambda: Conv(5, 3, convention="caffe"), ["layer.convention"]),
        (lambda: Conv(5, 3, 2, "same"), ["layer.padding"]),
        (lambda: ConvTranspose(3, 3, 2, 1, output_shape=(6, 7)), ["layer.output_shape[1]"]),
        (lambda: ConvTranspose(3, 3, 2, 1, output_shape=6, convention="onnx"), ["layer.padding"]),
        (lambda: ConvTranspose(3, 3, 2, "same", output_shape=6), ["layer.padding"]),
        (lambda: ConvTranspose(3, 3, 2, output_shape=(6, 9)), ["layer.output_shape[1]"]),
        (lambda: ConvTranspose(3, 3, 2, output_shape=0), ["layer.output_shape"]),
    ],
)
def test_an_impossible_value_is_an_error_at_its_place(make: Any, where: list[str]) -> None:
    with pytest.raises(SpecError) as caught:
        make()
    assert [problem.where for problem in caught.value.problems] == where
    assert all(problem.what and problem.remedy for problem in caught.value.problems)


def test_keys_of_other_operations_are_errors() -> None:
    for op, key in [("max_pool", "count_include_pad"), ("avg_pool", "output_padding"), ("conv", "ceil_mode"),
                    ("conv_transpose", "padding_mode")]:  # fmt: skip
        with pytest.raises(SpecError, match=rf"layer\.{key}: there is no such key"):
            spec_from_table({"layer": {"op": op, "input": 5, "kernel": 2, key: 1}})
    with pytest.raises(SpecError, match=r"layer\.kernel: there is no such key"):
        spec_from_table({"layer": {"op": "upsample", "input": 5, "scale": 2, "kernel": 1}})
    with pytest.raises(SpecError, match=r"layer\.scale: it is missing"):
        spec_from_table({"layer": {"op": "upsample", "input": 5}})


def test_the_same_of_keras_is_a_tile_beside_pytorchs_output_padding() -> None:
    keras = ConvTranspose(3, 3, 2, "same", convention="keras")
    torch = ConvTranspose(3, 3, 2, 1, output_padding=1)
    assert keras.output == torch.output == (6, 6)
    assert keras.padding == ((0, 1), (0, 1))
    for y, x in all_positions((5, 5)):
        assert keras.taps((y + 1, x + 1)) == torch.taps((y, x))


def test_the_default_stride_of_pooling_is_the_kernel() -> None:
    assert MaxPool(6, (2, 3)).stride == (2, 3)
    assert spec_from_table({"layer": {"op": "avg_pool", "input": 6, "kernel": 2}}).layer.stride == (2, 2)
    assert MaxPool(6, 3, 1).stride == (1, 1)


@pytest.mark.parametrize("aligns", [False, True])
def test_a_tile_is_as_active_as_the_root_of_its_weight(aligns: bool) -> None:
    plan = plan_layer(Upsample((3, 4), (2, 3), interpolation="linear", align_corners=aligns))
    rows, columns = plan.spec.layer.tap_weights
    for y, x in all_positions(plan.spec.layer.output):
        expected = np.zeros((3, 4))
        for (b, a), cell in plan.spec.layer.taps((y, x)):
            expected[cell] = np.sqrt(rows[y, b] * columns[x, a])
        shares = plan.grids[0].active_share_at(np.array([x, y, 0, 0]))
        assert np.allclose(shares.reshape(3, 4), expected, atol=1e-6)
    between = [plan.grids[0].active_share_at(np.array([1, y, 0, 0])) for y in (2, 2.25, 3)]
    assert np.allclose(between[1], 0.75 * between[0] + 0.25 * between[2])


def test_counting_padding_follows_the_convention() -> None:
    assert AvgPool(5, 3, padding=1).count_include_pad
    assert not AvgPool(5, 3, padding=1, convention="onnx").count_include_pad
    assert not AvgPool(5, 3, padding="same", convention="keras").count_include_pad
