# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparisons of two layers, held against the numbers that both compute."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core import (
    AdaptiveAvgPool,
    AvgPool,
    Conv,
    ConvTranspose,
    MaxPool,
    PixelShuffle,
    SpecError,
    Unfold,
    Upsample,
)
from kernelwalk.core.comparison.layer_comparison import compare_layers
from kernelwalk.core.describe.difference_rows import list_differences
from kernelwalk.core.values.forward import compute_layer

PAIRS = 400

CHANNELS = 40
"""Channels of a max pooling: of two windows that share cells, the same cell may win in some."""


def draw_layer(rng: np.random.Generator, kind: type, sizes: tuple[int, ...], kernel: int):
    """Return a random layer of a kind; None if these settings are none."""
    settings = {"input": sizes, "kernel": kernel, "stride": int(rng.integers(1, 4))}
    if kind in (Conv, ConvTranspose, MaxPool):
        settings["dilation"] = int(rng.integers(1, 3))
    settings["padding"] = rng.choice(["valid", "same_upper", "same_lower"]) if rng.random() < 0.3 else rng.integers(3)
    settings["padding"] = settings["padding"] if isinstance(settings["padding"], str) else int(settings["padding"])
    if kind is ConvTranspose:
        settings["output_padding"] = int(rng.integers(2))
    elif kind is Conv:
        settings["padding_mode"] = str(rng.choice(["zeros", "zeros", "reflect", "circular"]))
    else:
        settings["ceil_mode"] = bool(rng.random() < 0.3)
    if kind is MaxPool:
        settings["channels"] = CHANNELS
    if kind is AvgPool:
        settings["count_include_pad"] = bool(rng.random() < 0.5)
    try:
        return kind(**settings)
    except SpecError:
        return None


@pytest.fixture(scope="module")
def pairs():
    """Pairs of random layers on one input, with the numbers that each computes from it with the same weights."""
    rng = np.random.default_rng(5)
    found = []
    while len(found) < PAIRS:
        kinds = [(Conv, ConvTranspose, MaxPool, AvgPool)[rng.integers(4)]] * 2
        if rng.random() < 0.2:
            kinds = [Conv, ConvTranspose]
        dims, kernel = int(rng.integers(1, 3)), int(rng.integers(1, 5))
        sizes = tuple(int(rng.integers(4, 8)) for _ in range(dims))
        layers = [draw_layer(rng, kind, sizes, kernel) for kind in kinds]
        if None in layers:
            continue
        numbers = rng.normal(size=(layers[0].channels.inputs, *sizes))
        own = [rng.normal(size=(1, 1, *[kernel] * dims))] if layers[0].has_weights else []
        found.append((compare_layers(*layers), [compute_layer(layer, numbers, *own) for layer in layers]))
    return found


def test_outputs_are_alike_where_both_layers_compute_the_same_numbers(pairs):
    for comparison, (first, second) in pairs:
        common = (..., *map(slice, comparison.is_same.shape))
        equal = np.isclose(first[common], second[common], rtol=1e-12, atol=1e-12).all(axis=0)
        assert np.array_equal(comparison.is_same, equal), (comparison.first, comparison.second)
        assert comparison.computes_same == (first.shape == second.shape and bool(equal.all()))
    assert 0.02 < np.mean([comparison.computes_same for comparison, _ in pairs]) < 0.5


def test_shifted_and_reversed_windows_give_the_numbers_of_the_other_layer():
    """On an input that is zero near its borders, with weights that are reversed where the kernel is."""
    rng = np.random.default_rng(6)
    flips = shifts = 0
    for _ in range(200):
        kind, kernel = (Conv, ConvTranspose)[rng.integers(2)], int(rng.integers(1, 4))
        other = (Conv, ConvTranspose)[rng.integers(2)]
        layers = [
            each(input=(30,), kernel=kernel, stride=stride, padding=int(rng.integers(4)))
            for each, stride in ((kind, 1), (other, 1))
            if kernel > 1
        ]
        if kind is other and layers and rng.random() < 0.5:
            layers = [kind(input=(30,), kernel=kernel, stride=2, padding=2 * int(rng.integers(2))) for _ in range(2)]
        if not layers:
            continue
        comparison = compare_layers(*layers)
        (axis,) = comparison.axes
        assert axis.shift is not None and axis.shift.outputs is not None
        numbers = np.zeros((1, 30))
        numbers[0, 10:20] = rng.normal(size=10)
        weights = rng.normal(size=(1, 1, kernel))
        first = compute_layer(layers[0], numbers, weights)[0]
        second = compute_layer(layers[1], numbers, weights[..., ::-1] if axis.shift.is_flipped else weights)[0]
        for output, number in enumerate(first):
            if 0 <= output + axis.shift.outputs < len(second):
                assert second[output + axis.shift.outputs] == pytest.approx(number, abs=1e-12)
        turns = axis.shift.is_flipped and axis.shift.cells == 0 and len(first) == len(second)
        assert comparison.differs_in_direction == turns
        flips, shifts = flips + axis.shift.is_flipped, shifts + (axis.shift.outputs != 0)
    assert flips > 20 and shifts > 50


@pytest.mark.parametrize(
    ("first", "second", "computes_same"),
    [
        (PixelShuffle((2, 2), 2, channels=8), PixelShuffle((2, 2), 2, channels=8, channel_order="DCR"), False),
        (PixelShuffle((2, 2), 2, channels=4), PixelShuffle((2, 2), 2, channels=4, channel_order="DCR"), True),
        (Unfold((4, 4), 2, padding=1), Unfold((4, 4), 2), False),
        (
            Upsample((4,), 2, interpolation="linear"),
            Upsample((4,), 2, interpolation="linear", align_corners=True),
            False,
        ),
        (Upsample((4,), 2), Upsample((4,), output_shape=(8,)), True),
        (AdaptiveAvgPool((6,), (3,)), AvgPool((6,), 2), True),
        (AdaptiveAvgPool((7,), (3,)), AvgPool((7,), 2), False),
        (Conv((5,), 1), Conv((5,), 1, dilation=2), True),
        (Conv((5,), 3, padding=1), ConvTranspose((5,), 3, padding=1), False),
        (Conv((5,), 3, in_channels=4, out_channels=4), Conv((5,), 3, in_channels=4, out_channels=4, groups=2), False),
        (MaxPool((6,), 2), AvgPool((6,), 2), False),
    ],
)
def test_layers_of_all_kinds_are_compared(first, second, computes_same):
    comparison = compare_layers(first, second)
    assert comparison.computes_same == computes_same
    assert bool(list_differences(comparison)) != computes_same


@pytest.mark.parametrize(
    ("first", "second", "rows"),
    [
        (
            Conv((6, 6), 3, 2, padding=1),
            Conv((6, 6), 3, 2, padding="same", convention="keras"),
            {
                "outputs": "9 of 9 that both have are computed otherwise, 9 of them from other cells",
                "first": "A: output (0, 0) ← input rows 0–1, columns 0–1 and padding; "
                "B: output (0, 0) ← input rows 0–2, columns 0–2",
                "window y, x": "B's begins 1 cell later: padding 0 and 1, in A 1 and 1",
            },
        ),
        (
            ConvTranspose((5,), 3, 2, padding="same_upper"),
            ConvTranspose((5,), 3, 2, padding="same_lower"),
            {
                "outputs": "10 of 10 that both have are computed otherwise, 8 of them from other cells",
                "window x": "B's begins 1 cell of the spread-out input later, so its results come 1 output earlier: "
                "padding 1 and 0, in A 0 and 1; the odd cell is at the other end",
            },
        ),
        (
            Conv((5,), 3, padding=1),
            ConvTranspose((5,), 3, padding=1),
            {
                "outputs": "5 of 5 that both have are computed otherwise, from the same cells",
                "window x": "B reads its kernel in reverse",
            },
        ),
        (
            AvgPool((6,), 3, 2, padding=1, ceil_mode=True),
            AvgPool((6,), 3, 2, padding=1),
            {
                "size": "4 in A, 3 in B",
                "outputs": "the 3 that both have are computed alike",
                "ceil mode": "yes in A, no in B",
            },
        ),
    ],
    ids=["a cell", "an output", "a flip", "rounding"],
)
def test_differences_are_told_in_words(first, second, rows):
    told = dict(list_differences(compare_layers(first, second)))
    assert {name: told.get(name) for name in rows} == rows


def test_layers_on_other_inputs_are_not_compared():
    with pytest.raises(SpecError, match="the layers read 5 and 6 cells"):
        compare_layers(Conv((5,), 3), Conv((6,), 3))
    with pytest.raises(SpecError, match="the layers read 5 × 5 and 5 cells"):
        compare_layers(Conv((5, 5), 3), Conv((5,), 3))
