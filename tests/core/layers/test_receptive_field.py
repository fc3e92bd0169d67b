# SPDX-License-Identifier: GPL-3.0-or-later
"""Receptive fields through chains of layers, against the taps of each layer in turn, and PyTorch's autograd."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from kernelwalk.core import (
    AvgPool,
    Conv,
    ConvTranspose,
    Layer,
    MaxPool,
    PixelShuffle,
    PixelUnshuffle,
    SpecError,
    Upsample,
    spec_from_table,
)
from kernelwalk.core.frameworks.code_emitter import emit_code
from kernelwalk.core.layers.receptive_field import ReceptiveField, receptive_fields, trace_inputs
from kernelwalk.core.layers.registry import LAYERS

from ..helpers import example_count, per_axis, settings_of_any_dimension

MANY = settings(
    max_examples=example_count(150),
    database=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
)

SLIDING = ("conv", "max_pool", "avg_pool", "unfold", "pixel_unshuffle")


@st.composite
def chains(draw: st.DrawFn, ops: tuple[str, ...] = tuple(LAYERS), usual: bool = False) -> list[Layer]:
    """Draw layers that each take the output of the one before; impossible ones are left out.

    usual: True to pad both sides equally, and no more than PyTorch allows
    """
    dims = draw(st.integers(1, 3))
    size = draw(per_axis(2, {1: 30, 2: 9, 3: 5}[dims], dims))
    channels = 1
    actual: list[Layer] = []
    for _ in range(draw(st.integers(2, 5))):
        op, setting = draw(settings_of_any_dimension(ops, dims))
        setting["input"] = size
        setting["in_channels" if op.startswith("conv") else "channels"] = channels
        if op.startswith("conv"):
            setting |= {"out_channels": draw(st.integers(1, 4)), "groups": 1}
        if usual and "kernel" in setting:
            setting.pop("convention", None)
            most = [k // 2 if op.endswith("pool") else 2 for k in setting["kernel"]]
            setting["padding"] = tuple(draw(st.integers(0, cells)) for cells in most)
        if usual and op in ("pixel_shuffle", "pixel_unshuffle", "unfold", "fold") and dims != 2:
            continue
        try:
            layer = LAYERS[op](**setting)
        except SpecError:
            continue
        if math.prod(layer.output) * layer.channels.outputs > 4000:
            continue
        actual.append(layer)
        size, channels = layer.output, layer.channels.outputs
    return actual or [Conv(size, 1)]


def composed(layers: list[Layer], position: tuple[int, ...]) -> set[tuple[int, ...]]:
    """Return the cells of the first input that an output depends on, by the taps of each layer in turn."""
    wanted = {position}
    for layer in reversed(layers):
        wanted = {cell for place in wanted for _, cell in layer.taps(place) if cell is not None}
    return wanted


def positions(layers: list[Layer], data: Any) -> list[tuple[int, ...]]:
    size = layers[-1].output
    return [data.draw(st.tuples(*[st.integers(0, n - 1) for n in size])) for _ in range(2)]


@seed(1)
@MANY
@given(chains(), st.data())
def test_traced_inputs_are_those_of_the_taps_layer_by_layer(layers: list[Layer], data: Any) -> None:
    for position in positions(layers, data):
        inputs = trace_inputs(layers, position)
        assert [len(axes) for axes in inputs] == [layer.dims for layer in layers]
        for number in range(len(layers)):
            cells = {tuple(cell) for cell in np.stack(np.meshgrid(*inputs[number], indexing="ij"), -1)
                     .reshape(-1, layers[0].dims).tolist()}  # fmt: skip
            assert cells == composed(layers[number:], position)


@seed(2)
@MANY
@given(chains(), st.data())
def test_the_inputs_of_an_output_lie_within_its_receptive_field(layers: list[Layer], data: Any) -> None:
    if any(getattr(layer, "padding_mode", "zeros") != "zeros" for layer in layers):
        return  # a copy is elsewhere
    for number, fields in enumerate(receptive_fields(layers)):
        for position in positions(layers[: number + 1], data):
            for place, field, cells in zip(
                position, fields, trace_inputs(layers[: number + 1], position)[0], strict=True
            ):
                middle = field.start + place * field.jump
                assert all(abs(int(cell) - middle) <= field.half_width for cell in cells)
                assert len(cells) == 0 or cells[-1] - cells[0] < field.size


@seed(3)
@MANY
@given(chains(SLIDING))
def test_with_a_whole_jump_an_output_far_from_the_ends_reads_its_whole_receptive_field(layers: list[Layer]) -> None:
    fields = receptive_fields(layers)[-1]
    for axis, field in enumerate(fields):
        assert field.jump.denominator == 1 and field.half_width == Fraction(field.size - 1, 2)
        for place in range(layers[-1].output[axis]):
            first = field.start + place * field.jump - (field.size - 1) / 2
            if first < 0 or first + field.size > layers[0].input[axis]:
                continue
            if any(not _inside(layers, axis, place, number) for number in range(len(layers))):
                continue
            position = tuple(place if at == axis else 0 for at in range(layers[0].dims))
            cells = trace_inputs(layers, position)[0][axis]
            assert (cells[0], cells[-1]) == (first, first + field.size - 1)


def _inside(layers: list[Layer], axis: int, place: int, number: int) -> bool:
    """Return True if an output's receptive field in the input of one of the layers has no padding and no overhang."""
    field = receptive_fields(layers[number:])[-1][axis]
    first = field.start + place * field.jump - (field.size - 1) / 2
    return bool(first >= 0 and first + field.size <= layers[number].input[axis])


@seed(4)
@MANY
@given(chains(usual=True), st.data())
def test_the_receptive_field_agrees_with_autograd_in_pytorch(layers: list[Layer], data: Any) -> None:
    torch = pytest.importorskip("torch", reason="the oracle is PyTorch: install the extra kernelwalk[torch]")
    torch.set_num_threads(1)
    if any(layer.has_tap_channels for layer in layers) and any(layer.is_rearrangement for layer in layers):
        return  # each channel reads cells of its own: fold after unfold reads one
    modules = []
    for layer in layers:
        line = emit_code(layer)[0]
        if not line.is_supported:
            return
        # the gradient of a maximum is that of one cell; a mean reads the same cells
        text = line.text.replace("MaxPool", "AvgPool")
        if text != line.text and any(gap > 1 for gap in layer.dilation):
            return
        module: Any = eval(text, {"nn": torch.nn}).double()  # our own code
        for values in module.parameters():
            values.data = torch.ones_like(values)  # no gradient vanishes, by a 0 or in a sum
        modules.append(module)
        if line.text.startswith("nn.Fold"):
            modules.insert(-1, torch.nn.Flatten(2))
        if line.text.startswith("nn.Unfold"):
            modules.append(torch.nn.Unflatten(2, layer.output))
    first = layers[0]
    values = torch.zeros(1, first.channels.inputs, *first.input, dtype=torch.float64, requires_grad=True)
    actual = torch.nn.Sequential(*modules)(values)
    assert tuple(actual.shape[2:]) == layers[-1].output
    for position in positions(layers, data):
        values.grad = None
        actual[(0, slice(None), *position)].sum().backward(retain_graph=True)
        support = {tuple(cell) for cell in values.grad[0].sum(dim=0).nonzero().tolist()}
        assert support == composed(layers, position)
        if all(layer.channels.groups == 1 for layer in layers):
            per_axis = trace_inputs(layers, position)[0]
            assert len(support) == math.prod(map(len, per_axis))


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        # VGG's first block: two convolutions, a pooling, a convolution
        ([Conv(32, 3, padding=1), Conv(32, 3, padding=1), MaxPool(32, 2), Conv(16, 3, padding=1)],
         [(3, 1, 0), (5, 1, 0), (6, 2, "1/2"), (10, 2, "1/2")]),
        # ResNet's stem
        ([Conv(224, 7, 2, 3), MaxPool(112, 3, 2, 1)], [(7, 2, 0), (11, 4, 0)]),
        ([Conv(9, 3, dilation=2), Conv(5, 3, 2)], [(5, 1, 2), (7, 2, 3)]),
        ([ConvTranspose(4, 3, 2, 1), Conv(7, 3, padding=1)], [(2, "1/2", 0), (3, "1/2", 0)]),
        ([Upsample(4, 2)], [(1, "1/2", "-1/4")]),
        ([AvgPool(8, 2), Upsample(4, 2)], [(2, 2, "1/2"), (2, 1, 0)]),
        ([Upsample(4, 2), Conv(8, 3)], [(1, "1/2", "-1/4"), (2, "1/2", "1/4")]),
        ([Upsample(4, 2), Conv(8, 3, 2)], [(1, "1/2", "-1/4"), (2, 1, "1/4")]),
        ([ConvTranspose(4, 1, 3)], [(1, "1/3", 0)]),
    ],
)  # fmt: skip
def test_the_receptive_fields_of_known_networks(layers: list[Layer], expected: list[Any]) -> None:
    for fields, (size, jump, start) in zip(receptive_fields(layers), expected, strict=True):
        (field,) = set(fields)
        assert (field.size, field.jump, field.start) == (size, Fraction(jump), Fraction(start))


def test_each_axis_has_its_own_receptive_field() -> None:
    fields = receptive_fields([Conv([9, 20, 7], [1, 3, 5], [1, 2, 1], padding=[[0, 0], [0, 0], [4, 0]])])
    numbers = [(1, 1, 0, 0), (3, 2, 1, 1), (5, 1, -2, 2)]
    assert fields == [tuple(ReceptiveField(size, *map(Fraction, rest)) for size, *rest in numbers)]


@seed(5)
@MANY
@given(chains())
def test_some_output_of_a_large_input_reads_a_receptive_field_of_the_stated_size(layers: list[Layer]) -> None:
    """Compare the same layers along one axis, over an input larger than any receptive field, without copies."""
    larger: list[Layer] = []
    for layer in layers:
        table = {key: value[-1:] if isinstance(value, list) else value for key, value in layer.to_table().items()}
        table["input"] = larger[-1].output if larger else [240]
        table = {key: value for key, value in table.items() if key not in ("output_shape", "padding_mode")}
        for key in ("in_channels", "out_channels", "groups", "channels", "channel_order"):
            table.pop(key, None)
        if isinstance(layer, PixelShuffle | PixelUnshuffle) or table.pop("align_corners", False):
            return  # with aligned corners, the fields' sizes repeat only after very many outputs
        try:
            larger.append(LAYERS[layer.op](**table))
        except SpecError:
            return
    (field,) = receptive_fields(larger)[-1]
    count = larger[-1].output[0]
    cells = [trace_inputs(larger, (place,))[0][0] for place in range(count // 3, 2 * count // 3)]
    sizes = [int(read[-1] - read[0]) + 1 if len(read) else 0 for read in cells]
    if field.size < 60 and len(sizes) > 40:
        assert max(sizes) == field.size


SEQUENTIALS = {
    "nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Dropout2d())": 2,
    "model = keras.Sequential([keras.Input((9, 9, 1)), layers.Conv2D(8, 3, use_bias=False), layers.MaxPooling2D()])": 2,
    "torch.nn.Sequential(\n    nn.Conv2d(1, 4, 3),\n    nn.LeakyReLU(),\n    nn.Conv2d(4, 2, 1),\n    nn.Tanh(),\n)": 2,
    "nn.Sequential(nn.Conv2d(1, 8, 3))": 1,
    "nn.Conv2d(1, 8, 3)": 1,
}


@pytest.mark.parametrize("key", ["layer", "layers"])
@pytest.mark.parametrize("code", SEQUENTIALS)
def test_a_sequential_is_a_chain_of_its_layers_that_are_not_elementwise(code: str, key: str) -> None:
    layers = spec_from_table({key: code, "input": 9}).layers
    assert len(layers) == SEQUENTIALS[code]
    assert layers[0].op == "conv" and layers[0].input == (9, 9)
    assert [layer.channels.inputs for layer in layers[1:]] == [layer.channels.outputs for layer in layers[:-1]]


@pytest.mark.parametrize(
    ("code", "where", "what"),
    [
        ("nn.Sequential(nn.Conv2d(1, 8, 3), nn.Conv2d(4, 8, 3))", "layers[1].in_channels", "4 is not the 8"),
        ("nn.Sequential(nn.Conv2d(1, 8, 3), nn.Flatten(), nn.Conv2d(8, 8, 3))", "layer.code", "column 35"),
        ("nn.Sequential(nn.Conv2d(1, 8, 3, pad=1))", "layer.code", "column 34"),
        ("nn.Sequential(nn.ReLU())", "layer.code", "not supported"),
        ("nn.Sequential(3)", "layer.code", "column 15"),
        ("nn.Sequential()", "layer.code", "there is no layer"),
    ],
)
def test_an_error_in_a_sequential_has_its_place(code: str, where: str, what: str) -> None:
    with pytest.raises(SpecError) as caught:
        spec_from_table({"layer": code, "input": 9})
    (problem,) = caught.value.problems
    assert problem.where == where and what in problem.what
