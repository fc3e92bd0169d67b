# SPDX-License-Identifier: GPL-3.0-or-later
"""Pixel shuffle, unshuffle and unfold against their definitions, and their errors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core import Conv, PixelShuffle, PixelUnshuffle, SpecError, Unfold, make_plan, spec_from_table
from kernelwalk.core.describe.sentences import describe_step, describe_tile
from kernelwalk.core.values.compute import compute_values
from kernelwalk.core.values.forward import compute_layer

from ..helpers import connected_pairs

MODES = st.sampled_from(["CRD", "DCR"])


@st.composite
def shuffles(draw: st.DrawFn) -> PixelShuffle:
    dims = draw(st.integers(1, 3))
    size, factor = (draw(st.tuples(*[st.integers(1, 3)] * dims)) for _ in range(2))
    return PixelShuffle(size, factor, draw(MODES), math.prod(factor) * draw(st.integers(1, 3)))


def places(count: int, size: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return every channel and position."""
    cells = np.array(list(np.ndindex(count, *size)))
    return cells[:, 0], cells[:, 1:]


@given(shuffles())
def test_a_pixel_shuffle_is_a_reshaping_and_a_transposition(layer: PixelShuffle) -> None:
    dims, count = layer.dims, layer.channels.outputs
    numbers = np.arange(layer.channels.inputs * math.prod(layer.input)).reshape(-1, *layer.input)
    # by parts: (channel, parts..., cells...) or (parts..., channel, cells...), and the cells between their parts
    head = (count, *layer.factor) if layer.channel_order == "CRD" else (*layer.factor, count)
    parts = numbers.reshape(*head, *layer.input)
    first = 1 if layer.channel_order == "CRD" else 0
    order = [0 if layer.channel_order == "CRD" else dims]
    for axis in range(dims):
        order += [dims + 1 + axis, first + axis]
    expected = parts.transpose(order).reshape(count, *layer.output)
    channels, cells = layer.source_of(*places(count, layer.output))
    assert np.array_equal(numbers[channels, *cells.T].reshape(expected.shape), expected)


@given(shuffles())
def test_an_unshuffle_undoes_a_shuffle_and_targets_are_sources_backwards(layer: PixelShuffle) -> None:
    back = PixelUnshuffle(layer.output, layer.factor, layer.channel_order, layer.channels.outputs)
    assert back.output == layer.input
    assert (back.channels.inputs, back.channels.outputs) == (layer.channels.outputs, layer.channels.inputs)
    channels, cells = places(layer.channels.outputs, layer.output)
    above, below = layer.source_of(channels, cells)
    for again in (back.source_of(above, below), layer.target_of(above, below)):
        assert np.array_equal(again[0], channels) and np.array_equal(again[1], cells)
    for actual, expected in zip(back.target_of(channels, cells), (above, below), strict=True):
        assert np.array_equal(actual, expected)


@given(shuffles(), st.booleans())
def test_the_source_is_among_the_taps_and_among_the_channels_that_are_read(shuffle: PixelShuffle, back: bool) -> None:
    layer: Any = shuffle
    if back:
        layer = PixelUnshuffle(layer.output, layer.factor, layer.channel_order, layer.channels.outputs)
    pairs = set(connected_pairs(layer.channels))
    seen = set()
    for channel, position in zip(*places(layer.channels.outputs, layer.output), strict=True):
        source, cell = layer.source_of(channel, position)
        assert tuple(cell.tolist()) in [cell for _, cell in layer.taps(position)]
        seen.add((int(channel), int(source)))
    assert seen == pairs


@given(st.integers(1, 3), st.data())
def test_an_unfold_has_a_channel_for_each_tap(dims: int, data: Any) -> None:
    def sizes(minimum: int, maximum: int) -> Any:
        return data.draw(st.tuples(*[st.integers(minimum, maximum)] * dims))

    parameters = {"input": sizes(1, 5), "kernel": sizes(1, 3), "stride": sizes(1, 2), "padding": sizes(0, 2)}
    count = data.draw(st.integers(1, 2))
    try:
        layer = Unfold(**parameters, dilation=2, channels=count)
    except SpecError:
        return
    conv = Conv(**parameters, dilation=2)
    assert (layer.output, layer.axes) == (conv.output, conv.axes)
    assert layer.channels.outputs == count * math.prod(layer.kernel)
    for position in np.ndindex(*layer.output):
        taps = conv.taps(position)
        for channel in range(layer.channels.outputs):
            source, cell = layer.source_of(channel, position)
            expected = taps[channel % len(taps)][1]
            assert source == channel // len(taps) == layer.channels.inputs_of(channel)[0]
            assert (cell < 0).any() if expected is None else tuple(cell.tolist()) == expected


def test_a_shuffle_of_one_channel_is_the_same_in_every_order() -> None:
    one, other = PixelShuffle(3, 2), PixelShuffle(3, 2, "DCR")
    assert one.channels == other.channels
    assert one.to_table() == {"input": [3, 3], "factor": [2, 2], "channel_order": "CRD"}


@pytest.mark.parametrize(
    ("layer", "size", "channels"),
    [
        (PixelShuffle([5, 4], 2, channels=8), ["5·2 = 10", "4·2 = 8"], "8 / (2·2) = 2"),
        (PixelUnshuffle([6], 3), ["6 / 3 = 2"], "1·3 = 3"),
        (Unfold(4, 3, channels=2), ["⌊(4 + 0 + 0 - 1·(3 - 1) - 1) / 1⌋ + 1 = 2"] * 2, "2·3·3 = 18"),
    ],
)
def test_the_equations_are_filled_in(layer: Any, size: list[str], channels: str) -> None:
    assert [layer.size_equation(axis) for axis in range(layer.dims)] == size
    assert layer.channel_equation() == channels


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (describe_step(PixelShuffle(3, 2, channels=8), (3, 4), 1),
         "output channel 1 (3, 4) ← input channel 6, row 1, column 2"),
        (describe_step(PixelUnshuffle(4, 2), (1, 0), 3), "output channel 3 (1, 0) ← input channel 0, row 3, column 1"),
        (describe_step(Unfold([4], 3, padding=1), (0,), 0), "output channel 0 (0) ← padding"),
        (describe_step(Unfold([4], 3, channels=2), (1,), 4), "output channel 4 (1) ← input channel 1, position 2"),
        (describe_step(PixelShuffle(3, 2), (3, 4)), "output (3, 4) ← input row 1, column 2"),
        (describe_tile(PixelShuffle(3, 2), (1, 2), 3), "input channel 3 (1, 2) → output channel 0, row 3, column 5"),
        (describe_step(Conv(5, 3, in_channels=8, out_channels=4, groups=2), (0, 1), 2),
         "output channel 2 (0, 1) ← input channels 4–7, rows 0–2, columns 1–3"),
        (describe_tile(Conv([5, 5, 5], 3, in_channels=2, out_channels=4), (0, 1, 2), 0),
         "input channel 0 (0, 1, 2) → output channels 0–3, slice 0, rows 0–1, columns 0–2"),
    ],
)  # fmt: skip
def test_steps_and_tiles_are_described_for_one_channel(text: str, expected: str) -> None:
    assert text == expected


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (lambda: PixelShuffle(3), ["layer.factor"]),
        (lambda: PixelShuffle(3, 2, channels=6), ["layer.channels"]),
        (lambda: PixelShuffle(3, 0, "crd", 0), ["layer.factor", "layer.channel_order", "layer.channels"]),
        (lambda: PixelUnshuffle([4, 5], 2), ["layer.input[1]"]),
        (lambda: PixelUnshuffle([4, 5, 6], [2, 2]), ["layer.factor"]),
        (lambda: Unfold(4, 5), ["layer.kernel"]),
        (lambda: Unfold(4, 3, padding="same"), ["layer.padding"]),
        (lambda: Conv(5, 3, padding="causal"), ["layer.padding"]),
        (lambda: Conv([5, 5, 5], 3, padding="causal"), ["layer.padding"]),
        (lambda: PixelShuffle(3, 2).source_of(1, (0, 0)), ["position"]),
        (lambda: PixelShuffle(3, 2).source_of(0, (6, 0)), ["position"]),
        (lambda: PixelShuffle(3, 2).source_of(0, (0, 0, 0)), ["position"]),
        (lambda: PixelShuffle(3, 2).source_of(0.5, (0, 0)), ["position"]),
        (lambda: PixelShuffle(3, 2).target_of(4, (0, 0)), ["position"]),
    ],
)
def test_an_impossible_value_is_an_error_at_its_place(make: Any, where: list[str]) -> None:
    with pytest.raises(SpecError) as caught:
        make()
    assert [problem.where for problem in caught.value.problems] == where
    assert all(problem.what and problem.remedy for problem in caught.value.problems)


def test_with_causal_padding_no_output_reads_a_later_input() -> None:
    layer = Conv([6], 3, padding="causal", dilation=2)
    assert layer.padding == ((4, 0),) and layer.output == (6,)
    for at in range(6):
        assert max(cell[0] for _, cell in layer.taps((at,)) if cell is not None) == at
    assert spec_from_table({"layer": {"op": "conv", **layer.to_table()}}).layer == layer
    assert layer.to_table()["padding"] == "causal"


def test_a_chain_with_a_shuffle_within_activates_the_cells_of_which_any_channel_is_read() -> None:
    code = "nn.Sequential(nn.Conv2d(1, 8, 2), nn.PixelShuffle(2), nn.Conv2d(2, 4, 3), nn.PixelShuffle(2))"
    values = {"input": "impulse", "layers": [{"kernel": "box"}, {}, {"kernel": "box"}, {}]}
    spec = spec_from_table({"layers": code, "input": [4, 5], "values": values})
    weights = compute_values(spec)
    assert weights is not None and spec.layer.output == (8, 12)
    (tiles,) = make_plan(spec).grids[:1]
    for number, cell in enumerate(np.ndindex(4, 5)):
        signal = np.zeros((1, 4, 5))
        signal[0][cell] = 1
        for layer, kernel in zip(spec.layers, weights.kernels, strict=True):
            signal = compute_layer(layer, signal, kernel)
        for y, x in np.ndindex(8, 12):
            is_active = tiles.active_share_at(np.array([x, y, 0, 0]))[number] == 1
            assert is_active == signal[:, y, x].any(), (cell, y, x)
