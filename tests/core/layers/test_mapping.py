# SPDX-License-Identifier: GPL-3.0-or-later
"""The inputs of each output agree with the definitions, for settings of every kind."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from kernelwalk.core import Conv, ConvTranspose

from ..helpers import CONVOLUTIONS, CONVS, LAYERS, TRANSPOSES, Setting, all_positions, by_definition, make_layer


def swapped(pair: tuple) -> tuple:
    return pair[::-1]


@given(CONVOLUTIONS)
def test_the_outputs_and_their_taps_are_those_of_the_definition(drawn: tuple[str, Setting]) -> None:
    op, setting = drawn
    layer = make_layer(op, setting)
    assert {position: layer.taps(position) for position in all_positions(layer.output)} == by_definition(op, setting)


@given(CONVS)
def test_every_tap_lies_in_the_padded_input(setting: Setting) -> None:
    layer = Conv(**setting)
    for position in all_positions(layer.output):
        for tap, cell in layer.taps(position):
            for axis, (before, after) in enumerate(layer.padding):
                place = position[axis] * layer.stride[axis] - before + tap[axis] * layer.dilation[axis]
                assert -before <= place < layer.input[axis] + after
                assert cell is None or cell[axis] == place


@given(CONVS)
def test_every_output_of_a_convolution_has_every_tap_once_and_in_order(setting: Setting) -> None:
    layer = Conv(**setting)
    for position in all_positions(layer.output):
        assert [tap for tap, _ in layer.taps(position)] == all_positions(layer.kernel)


@given(TRANSPOSES)
def test_the_taps_of_a_transposed_convolution_all_contribute_and_come_in_order(setting: Setting) -> None:
    layer = ConvTranspose(**setting)
    for position in all_positions(layer.output):
        taps = layer.taps(position)
        assert all(cell is not None for _, cell in taps)
        assert [tap for tap, _ in taps] == sorted({tap for tap, _ in taps})


@given(CONVS.filter(lambda setting: all(size <= 6 for size in setting["input"])))
def test_a_transposed_convolution_has_the_pairs_of_the_convolution_reversed(setting: Setting) -> None:
    forth = Conv(**setting)
    pads = zip(forth.input, forth.padding, forth.kernel, forth.dilation, forth.stride, strict=True)
    unused = [(i + pb + pe - d * (k - 1) - 1) % s for i, (pb, pe), k, d, s in pads]
    back = ConvTranspose(**{**setting, "input": forth.output, "output_padding": unused})
    assert back.output == forth.input
    forward = {(out, tap, cell) for out in all_positions(forth.output) for tap, cell in forth.taps(out) if cell}
    assert {(cell, tap, out) for out in all_positions(back.output) for tap, cell in back.taps(out)} == forward


@given(CONVOLUTIONS)
def test_read_counts_count_the_taps_that_read_each_input(drawn: tuple[str, Setting]) -> None:
    layer = make_layer(*drawn)
    counted = Counter(cell for out in all_positions(layer.output) for _, cell in layer.taps(out) if cell is not None)
    expected = [[counted[y, x] for x in range(layer.input[1])] for y in range(layer.input[0])]
    assert layer.mapping.read_counts().tolist() == expected


@given(CONVOLUTIONS)
def test_swapping_the_axes_of_all_parameters_swaps_the_axes_of_the_mapping(drawn: tuple[str, Setting]) -> None:
    op, setting = drawn
    layer = make_layer(op, setting)
    other = make_layer(op, {name: swapped(value) for name, value in setting.items()})
    assert other.output == swapped(layer.output)
    for position in all_positions(layer.output):
        turned = [(swapped(tap), cell and swapped(cell)) for tap, cell in other.taps(swapped(position))]
        assert sorted(turned, key=lambda pair: pair[0]) == layer.taps(position)


@pytest.mark.parametrize(
    ("padding", "empty"),
    [
        ([[1, 0], [0, 0]], {(0, 0), (0, 1), (0, 2)}),
        ([[0, 1], [0, 0]], set()),
        ([[0, 0], [1, 0]], {(0, 0), (1, 0), (2, 0)}),
        ([[0, 0], [0, 1]], set()),
    ],
)
def test_padding_before_is_read_by_the_first_output_and_padding_after_is_not(
    padding: list[list[int]], empty: set[tuple[int, int]]
) -> None:
    layer = Conv(input=4, kernel=3, padding=padding)
    assert {tap for tap, cell in layer.taps((0, 0)) if cell is None} == empty


def test_padding_after_is_read_by_the_last_output() -> None:
    layer = Conv(input=4, kernel=3, padding=[[0, 1], [0, 2]])
    assert layer.output == (3, 4)
    assert {tap for tap, cell in layer.taps((2, 0)) if cell is None} == {(2, 0), (2, 1), (2, 2)}
    assert {tap for tap, cell in layer.taps((0, 2)) if cell is None} == {(0, 2), (1, 2), (2, 2)}
    assert {tap for tap, cell in layer.taps((0, 3)) if cell is None} == {(b, a) for b in range(3) for a in (1, 2)}


def test_the_padding_of_a_transposed_convolution_crops_the_side_it_names() -> None:
    whole = ConvTranspose(input=3, kernel=3, stride=2)
    cropped = ConvTranspose(input=3, kernel=3, stride=2, padding=[[2, 0], [0, 1]])
    assert (whole.output, cropped.output) == ((7, 7), (5, 6))
    for y, x in all_positions(cropped.output):
        assert cropped.taps((y, x)) == whole.taps((y + 2, x))


def test_the_kernel_of_a_convolution_is_not_flipped_and_that_of_a_transposed_one_scatters_in_order() -> None:
    assert Conv(input=3, kernel=3).taps((0, 0))[0] == ((0, 0), (0, 0))
    first, last = (ConvTranspose(input=1, kernel=3).taps(place) for place in [(0, 0), (2, 2)])
    assert (first, last) == ([((0, 0), (0, 0))], [((2, 2), (0, 0))])


@pytest.mark.parametrize("name", LAYERS)
def test_tables_are_whole_numbers_of_one_row_per_output_and_one_column_per_tap(name: str) -> None:
    params = dict(LAYERS[name])
    layer = make_layer(params.pop("op"), params)
    assert [table.shape for table in layer.mapping.source_tables] == list(zip(layer.output, layer.kernel, strict=True))
    assert all(table.dtype == np.int64 for table in layer.mapping.source_tables)
    assert layer.mapping.output == layer.output
