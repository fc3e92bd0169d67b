# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers against a brute force written from the definitions, one tap at a time."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core import Conv, ConvTranspose, SpecError

pairs = st.tuples(st.integers(0, 4), st.integers(0, 4))


def two(least: int, most: int) -> Any:
    return st.tuples(st.integers(least, most), st.integers(least, most))


@st.composite
def convs(draw: st.DrawFn) -> Conv:
    kernel, dilation, padding = draw(two(1, 4)), draw(two(1, 3)), draw(st.tuples(pairs, pairs))
    least = [max(1, d * (k - 1) + 1 - sum(p)) for k, d, p in zip(kernel, dilation, padding, strict=True)]
    cells = tuple(draw(st.integers(low, low + 6)) for low in least)
    return Conv(cells, kernel, draw(two(1, 4)), padding, dilation)


@st.composite
def transposed(draw: st.DrawFn) -> ConvTranspose:
    cells, kernel, stride, dilation = draw(two(1, 5)), draw(two(1, 4)), draw(two(1, 3)), draw(two(1, 3))
    extra = tuple(draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True))
    padding = []
    for i, k, s, d, e in zip(cells, kernel, stride, dilation, extra, strict=True):
        whole = (i - 1) * s + d * (k - 1) + e + 1
        before = draw(st.integers(0, min(4, whole - 1)))
        padding.append((before, draw(st.integers(0, min(4, whole - 1 - before)))))
    return ConvTranspose(cells, kernel, stride, padding, dilation, extra)


def positions(layer: Conv | ConvTranspose) -> Any:
    return itertools.product(*(range(size) for size in layer.output))


@given(convs())
def test_a_convolution_reads_the_cell_below_each_tap(layer: Conv) -> None:
    """Lay the kernel on the padded input, cell by cell."""
    for output in positions(layer):
        expected = []
        for kernel in itertools.product(*(range(size) for size in layer.kernel)):
            cell = tuple(
                o * s - before + t * d
                for o, s, (before, _), t, d in zip(
                    output, layer.stride, layer.padding, kernel, layer.dilation, strict=True
                )
            )
            inside = all(0 <= c < size for c, size in zip(cell, layer.input, strict=True))
            expected.append((kernel, cell if inside else None))
        assert layer.taps(output) == expected


@given(convs())
def test_the_last_receptive_field_fits_and_the_next_would_not(layer: Conv) -> None:
    for axis in layer.axes:
        end = axis.input + axis.after
        assert axis.first_cell(axis.output - 1) + axis.extent <= end
        assert axis.first_cell(axis.output) + axis.extent > end


@given(transposed())
def test_a_transposed_convolution_gathers_the_pairs_that_the_definition_scatters(layer: ConvTranspose) -> None:
    """Add input a and tap t to output a*stride - padding + t*dilation."""
    expected: dict[Any, set[Any]] = {output: set() for output in positions(layer)}
    for cell in itertools.product(*(range(size) for size in layer.input)):
        for kernel in itertools.product(*(range(size) for size in layer.kernel)):
            output = tuple(
                a * s - before + t * d
                for a, s, (before, _), t, d in zip(
                    cell, layer.stride, layer.padding, kernel, layer.dilation, strict=True
                )
            )
            if output in expected:
                expected[output].add((kernel, cell))
    assert {output: set(layer.taps(output)) for output in expected} == expected


@given(convs(), st.booleans())
def test_swapping_the_axes_of_everything_swaps_the_axes_of_the_taps(layer: Conv, _: bool) -> None:
    turned = Conv(layer.input[::-1], layer.kernel[::-1], layer.stride[::-1], layer.padding[::-1], layer.dilation[::-1])
    for output in positions(layer):
        expected = {(kernel[::-1], None if cell is None else cell[::-1]) for kernel, cell in layer.taps(output)}
        assert set(turned.taps(output[::-1])) == expected


@given(transposed())
def test_read_counts_count_the_taps_that_read_each_cell(layer: ConvTranspose) -> None:
    counts = np.zeros(layer.input, int)
    for output in positions(layer):
        for _, cell in layer.taps(output):
            counts[cell] += 1
    assert np.array_equal(layer.mapping.read_counts(), counts)


def test_a_stride_that_does_not_divide_leaves_the_last_cells_unused() -> None:
    layer = Conv((6, 5), 3, stride=2)
    assert layer.output == (2, 2)
    assert layer.mapping.read_counts()[5].tolist() == [0] * 5


def test_padding_before_moves_the_taps_and_padding_after_does_not() -> None:
    plain, after, before = Conv(5, 3), Conv(5, 3, padding=[[0, 1], [0, 2]]), Conv(5, 3, padding=[[1, 0], [2, 0]])
    assert after.output == before.output == (4, 5)
    assert after.taps((0, 0)) == plain.taps((0, 0))
    assert before.taps((1, 2)) == plain.taps((0, 0))


def test_one_number_is_a_square_and_one_per_axis_is_y_then_x() -> None:
    assert Conv(5, 3, 2, 1).padding == ((1, 1), (1, 1))
    layer = Conv((4, 7), (1, 3), (1, 2), (0, 1), (1, 2))
    assert layer.output == (4, 3)
    assert Conv(np.array([4, 7]), np.int64(3)).input == (4, 7)


def test_named_paddings_resolve_per_axis() -> None:
    assert Conv((6, 6), (3, 4), padding="same").padding == ((1, 1), (1, 2))
    assert Conv((6, 6), (3, 4), padding="same").output == (6, 6)
    assert Conv(5, 3, padding="full", dilation=2).padding == ((4, 4), (4, 4))
    assert ConvTranspose(5, (3, 4), padding="same").output == (5, 5)
    assert ConvTranspose(5, 3, padding="valid").output == (7, 7)


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (lambda: Conv(0, 3), "layer.input"),
        (lambda: Conv(5, (3, -1)), "layer.kernel[1]"),
        (lambda: Conv(5, 2.0), "layer.kernel"),  # type: ignore[arg-type]
        (lambda: Conv(5, True), "layer.kernel"),
        (lambda: Conv(5, 3, dilation=(1, 3)), "layer.kernel[1]"),
        (lambda: Conv(5, 3, stride=2, padding="same"), "layer.padding"),
        (lambda: Conv(5, 3, padding="half"), "layer.padding"),
        (lambda: Conv(5, 3, padding=[[1, 2, 3], 0]), "layer.padding[0]"),
        (lambda: ConvTranspose(3, 3, 2, output_padding=(0, 2)), "layer.output_padding[1]"),
        (lambda: ConvTranspose(1, 3, padding=(0, 2)), "layer.padding[1]"),
    ],
)
def test_an_impossible_value_is_an_error_at_its_place(make: Any, where: str) -> None:
    with pytest.raises(SpecError) as caught:
        make()
    assert [problem.where for problem in caught.value.problems] == [where]


def test_all_problems_are_reported_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        Conv("x", 0, -1, [1, 2, 3, 4], 1.5)  # type: ignore[arg-type]
    assert len(caught.value.problems) == 5


@pytest.mark.parametrize("position", [(3, 0), (0, -1), (0,), (0, 0, 0), (0.5, 0), ("0", 0)])
def test_a_position_outside_the_output_is_an_error(position: Any) -> None:
    with pytest.raises(SpecError, match="not in the output"):
        Conv(5, 3).taps(position)


def test_a_large_layer_is_two_small_tables() -> None:
    tables = Conv(1000, 3).mapping.source_tables
    assert [table.shape for table in tables] == [(998, 3), (998, 3)]
    assert np.array_equal(tables[0], np.arange(998)[:, None] + np.arange(3))
