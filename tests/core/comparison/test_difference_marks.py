# SPDX-License-Identifier: GPL-3.0-or-later
"""Marks of what another layer does otherwise, held against the taps of both."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from kernelwalk.core import Conv, ConvTranspose, MaxPool, SpecError, make_plan, spec_from_table
from kernelwalk.core.comparison.difference_marks import MAX_MARKS, find_difference_marks
from kernelwalk.core.layers.registry import Layer

from ..brute_force import SHORT_WALK

PAIRS = [
    (Conv((6, 6), 3, 2, padding=1), Conv((6, 6), 3, 2, padding="same_upper")),
    (Conv((5, 4), (2, 3), padding="same_upper"), Conv((5, 4), (2, 3), padding="same_lower")),
    (ConvTranspose((4, 3), 3, 2), ConvTranspose((4, 3), 3, 2, padding="same_upper")),
    (ConvTranspose((9,), 2, 3), ConvTranspose((9,), 3, 2)),
    (Conv((6, 5), 3), Conv((6, 5), 3, dilation=2)),
    (MaxPool((6, 6), 2), MaxPool((6, 6), 3, ceil_mode=True)),
    (Conv((5,), 3, padding=1, padding_mode="reflect"), Conv((5,), 3, padding=1)),
]


def read_cells(layer: Layer, position: tuple[int, ...]) -> set[tuple[int, ...]]:
    if any(place >= size for place, size in zip(position, layer.output, strict=True)):
        return set()
    return {cell for _, cell in layer.taps(position) if cell is not None}


@pytest.mark.parametrize(("layer", "other"), [*PAIRS, *(pair[::-1] for pair in PAIRS)])
def test_cells_that_only_one_layer_reads_are_marked(layer: Any, other: Any) -> None:
    outputs = np.array(list(itertools.product(*map(range, layer.output))))
    marks = find_difference_marks(layer, other, outputs)
    for step, position in enumerate(map(tuple, outputs.tolist())):
        own, others = read_cells(layer, position), read_cells(other, position)
        if marks is None:
            assert own == others
            continue
        shown = marks.has_input[step]
        marked = set(map(tuple, marks.inputs[step, shown].tolist()))
        assert marked == own ^ others
        assert set(map(tuple, marks.inputs[step, shown & marks.is_own[step]].tolist())) == own - others
        if own != others:
            assert marks.has_output[step]


def test_a_reversed_kernel_marks_outputs_alone() -> None:
    outputs = np.arange(5)[:, None]
    marks = find_difference_marks(Conv((5,), 3, padding=1), ConvTranspose((5,), 3, padding=1), outputs)
    assert marks is not None and not marks.has_input.any() and marks.has_output.all()


def test_equal_layers_and_layers_without_much_in_common_have_no_marks() -> None:
    assert find_difference_marks(Conv((5,), 3), Conv((5,), 3), np.arange(3)[:, None]) is None
    wide = Conv((40, 40), 9), Conv((40, 40), 9, dilation=4)
    assert MAX_MARKS < 2 * 81
    assert find_difference_marks(*wide, np.array([[0, 0], [8, 8]])) is None


def test_frames_stand_on_the_tiles_that_differ() -> None:
    layer = {"op": "conv_transpose", "input": [4, 4], "kernel": 3, "stride": 2}
    table = {"layer": layer, "compare": {**layer, "padding": "same_upper", "convention": "keras"}, "walk": SHORT_WALK}
    plan = make_plan(spec_from_table(table))
    (frames,) = (lines for lines in plan.lines if lines.name == "differences")
    assert frames.hidden is not None
    below, above = plan.grids
    for step, (lines, hidden) in enumerate(zip(frames.points, frames.hidden, strict=True)):
        middles = lines.mean(axis=1).reshape(-1, 4, 3).mean(axis=1)[~hidden.reshape(-1, 4).all(axis=1)]
        position = plan.spec.walk_order.position_at(step)[1:]
        grids = [above.base_centers, below.base_centers]
        nearest = [min(np.linalg.norm(each[:, :2] - middle[:2], axis=1).min() for each in grids) for middle in middles]
        assert max(nearest, default=0.0) < 1e-9
        is_beyond = any(place >= 8 for place in position)
        assert bool(len(middles)) == is_beyond  # the other layer lacks the last row and column alone
    assert "framed: differs in the other layer" in " ".join(label.text for label in plan.labels)
    turned = make_plan(plan.spec.turn_comparison())  # all outputs of which are among those of the layer
    assert not [lines for lines in turned.lines if lines.name == "differences"]
    assert "framed" not in " ".join(label.text for label in turned.labels)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"compare": "nn.Conv2d(1, 1, 2, input=3)"}, r"compare\.code"),
        (
            {"compare": {"op": "conv", "input": 6, "kernel": 2}},
            r"\[6, 6\] is not the \[5, 5\] of the layer",
        ),
        ({"compare": {"op": "pixel_shuffle", "factor": 2, "channels": 4}}, "compare: a layer that only moves numbers"),
        ({"compare": 3}, "compare: 3 is not a table"),
    ],
)
def test_what_cannot_be_compared_is_an_error(table: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        spec_from_table({"layer": {"op": "conv", "input": [5, 5], "kernel": 3}, **table})


def test_a_spec_with_a_compared_layer_is_written_and_read_again() -> None:
    spec = spec_from_table(
        {"layer": "nn.Conv2d(1, 1, 3)", "input": 5, "compare": 'layers.Conv2D(1, 3, padding="same")'}
    )
    assert spec.compared is not None and spec.compared.output == (5, 5)
    assert spec_from_table(spec.to_table()) == spec
    with pytest.raises(SpecError, match="a chain is not compared"):
        spec_from_table({"layers": [{"op": "conv", "kernel": 2}] * 2, "input": 5, "compare": "nn.Conv2d(1, 1, 3)"})
