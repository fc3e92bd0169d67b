# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps and tiles have the right descriptions, and a tile feeds the outputs that read it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core import Conv, ConvTranspose, Layer, SpecError
from kernelwalk.core.describe.sentences import describe_step, describe_tile, find_fed_outputs
from kernelwalk.core.layers.axis import INPUT


@pytest.mark.parametrize(
    ("layer", "position", "text"),
    [
        (Conv(9, 5), (2, 3), "output (2, 3) ← input rows 2–6, columns 3–7"),
        (Conv(5, 3, padding=1), (0, 2), "output (0, 2) ← input rows 0–1, columns 1–3 and padding"),
        (Conv(5, 1), (4, 0), "output (4, 0) ← input row 4, column 0"),
        (Conv(7, 3, dilation=2), (0, 1), "output (0, 1) ← input rows 0, 2, 4, columns 1, 3, 5"),
        (Conv(20, 7, dilation=2), (0, 0), "output (0, 0) ← input rows 0, 2, … 12, columns 0, 2, … 12"),
        (Conv(2, 2, padding=3), (0, 0), "output (0, 0) ← padding alone"),
        (ConvTranspose(3, 3, 2, 1, 1, 1), (1, 2), "output (1, 2) ← input rows 0–1, column 1"),
        (ConvTranspose(2, 1, 2), (0, 1), "output (0, 1) ← no input"),
    ],
)
def test_a_step_is_described(layer: Layer, position: tuple[int, int], text: str) -> None:
    assert describe_step(layer, position) == text


@pytest.mark.parametrize(
    ("layer", "cell", "text"),
    [
        (Conv(5, 3), (2, 2), "input (2, 2) → outputs rows 0–2, columns 0–2"),
        (Conv(5, 3), (0, 4), "input (0, 4) → outputs row 0, column 2"),
        (Conv(5, 3, padding=1), (-1, 0), "padding → outputs row 0, columns 0–1"),
        (Conv(6, 3, stride=2), (5, 0), "input (5, 0) → no output"),
        (ConvTranspose(3, 3, 2), (2, 4), "input (1, 2) → outputs rows 2–4, columns 4–6"),
        (ConvTranspose(3, 3, 2), (1, 4), "inserted zero → outputs rows 1–3, columns 4–6"),
    ],
)
def test_a_tile_is_described(layer: Layer, cell: tuple[int, int], text: str) -> None:
    assert describe_tile(layer, cell) == text


settings = st.fixed_dictionaries(
    {
        "input": st.tuples(*[st.integers(1, 5)] * 2),
        "kernel": st.tuples(*[st.integers(1, 3)] * 2),
        "stride": st.tuples(*[st.integers(1, 3)] * 2),
        "padding": st.tuples(*[st.integers(0, 2)] * 2),
        "dilation": st.tuples(*[st.integers(1, 2)] * 2),
    }
)


@given(settings, st.sampled_from([Conv, ConvTranspose]))
def test_a_tile_feeds_the_outputs_that_have_it_among_their_taps(parameters: dict, kind: type[Conv]) -> None:
    try:
        layer = kind(**parameters)
    except SpecError:
        return
    fed: dict[tuple[int, ...], set[tuple[int, ...]]] = {}
    for place in np.ndindex(*layer.output):
        for _, cell in layer.taps(place):
            if cell is not None:
                fed.setdefault(cell, set()).add(place)
    for cell in itertools.product(*(axis.cells for axis in layer.axes)):
        kinds = [axis.cell_kinds()[at - axis.cells.start] for axis, at in zip(layer.axes, cell, strict=True)]
        if max(kinds) == INPUT:
            source = tuple(at // axis.input_dilation for axis, at in zip(layer.axes, cell, strict=True))
            assert set(itertools.product(*find_fed_outputs(layer, cell))) == fed.get(source, set())
