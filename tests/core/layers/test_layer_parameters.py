# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters have the meaning of the frameworks, and impossible ones are errors with all reasons at once."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from kernelwalk.core import (
    AdaptiveAvgPool,
    AdaptiveMaxPool,
    AvgPool,
    ChannelShuffle,
    Conv,
    ConvTranspose,
    Fold,
    MaxPool,
    PixelShuffle,
    PixelUnshuffle,
    SpecError,
    Unfold,
    Upsample,
)
from kernelwalk.core.layers.parameters import MAX_SIZE
from kernelwalk.core.layers.registry import LAYERS

from ..helpers import CONVOLUTIONS, CONVS, Setting, by_definition, make_layer


def errors_of(kind: type, **params: Any) -> dict[str, str]:
    """Return the problems of impossible parameters, by place."""
    with pytest.raises(SpecError) as caught:
        kind(**params)
    problems = caught.value.problems
    assert all(problem.what and problem.remedy for problem in problems)
    assert all(str(problem) in str(caught.value) for problem in problems)
    assert len({problem.where for problem in problems}) == len(problems)
    return {problem.where: str(problem) for problem in problems}


def test_the_layers_are_known_by_the_names_of_a_spec() -> None:
    assert dict(LAYERS) == {
        "conv": Conv,
        "conv_transpose": ConvTranspose,
        "max_pool": MaxPool,
        "avg_pool": AvgPool,
        "adaptive_max_pool": AdaptiveMaxPool,
        "adaptive_avg_pool": AdaptiveAvgPool,
        "upsample": Upsample,
        "pixel_shuffle": PixelShuffle,
        "pixel_unshuffle": PixelUnshuffle,
        "channel_shuffle": ChannelShuffle,
        "unfold": Unfold,
        "fold": Fold,
    }


def test_the_example_of_the_documentation_holds() -> None:
    layer = ConvTranspose(input=(3, 3), kernel=3, stride=2, padding=1, output_padding=1)
    assert layer.output == (6, 6)
    assert layer.taps((0, 0)) == [((1, 1), (0, 0))]


@given(CONVOLUTIONS)
def test_output_and_steps_are_those_of_the_definition(drawn: tuple[str, Setting]) -> None:
    op, setting = drawn
    layer = make_layer(op, setting)
    outputs = by_definition(op, setting)
    assert layer.output == tuple(1 + max(place[axis] for place in outputs) for axis in (0, 1))
    assert layer.position_count == len(outputs)


def test_one_number_means_both_axes() -> None:
    short = ConvTranspose(input=3, kernel=3, stride=2, padding=1, dilation=2, output_padding=1)
    long = ConvTranspose(
        input=(3, 3), kernel=(3, 3), stride=(2, 2), padding=((1, 1), (1, 1)), dilation=(2, 2), output_padding=(1, 1)
    )
    assert short == long
    assert hash(short) == hash(long)


def test_numbers_per_axis_are_y_then_x() -> None:
    layer = Conv(input=[9, 20], kernel=[2, 5], stride=[1, 3], padding=[0, 1], dilation=[4, 1])
    assert layer.output == (5, 6)
    assert layer.padding == ((0, 0), (1, 1))


def test_a_number_may_stand_beside_a_pair() -> None:
    assert Conv(input=5, kernel=3, padding=[1, [0, 2]]).padding == ((1, 1), (0, 2))


def test_parameters_may_be_numpy_arrays_and_integers() -> None:
    layer = Conv(
        input=np.array([5, 6]), kernel=np.int64(3), stride=np.array([1, 2]), padding=np.array([[1, 0], [0, 2]])
    )
    assert layer == Conv(input=(5, 6), kernel=3, stride=(1, 2), padding=((1, 0), (0, 2)))
    assert all(type(size) is int for size in (*layer.input, *layer.kernel, *layer.padding[0], *layer.output))


def test_a_layer_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Conv(input=5, kernel=3).kernel = (1, 1)  # type: ignore[misc]


@given(CONVS)
def test_valid_adds_no_padding_and_full_reads_each_cell_with_every_tap(setting: Setting) -> None:
    params = {**setting, "stride": 1}
    full = Conv(**{**params, "padding": "full"})
    # every tap meets every input, and one more cell of padding would only add outputs that read none
    assert (full.mapping.read_counts() == np.prod(full.kernel)).all()
    for corner in [(0, 0), tuple(size - 1 for size in full.output)]:
        assert len([cell for _, cell in full.taps(corner) if cell is not None]) == 1
    spans = [d * (k - 1) + 1 for d, k in zip(full.dilation, full.kernel, strict=True)]
    if all(span <= size for span, size in zip(spans, full.input, strict=True)):
        assert Conv(**{**params, "padding": "valid"}) == Conv(**{**params, "padding": 0})


@given(CONVS)
def test_same_keeps_the_size_and_puts_the_odd_cell_at_the_end(setting: Setting) -> None:
    layer = Conv(**{**setting, "stride": 1, "padding": "same"})
    assert layer.output == layer.input
    assert all(after - before in (0, 1) for before, after in layer.padding)


@pytest.mark.parametrize("kind", [Conv, ConvTranspose])
def test_same_needs_stride_1(kind: type) -> None:
    actual = errors_of(kind, input=5, kernel=3, stride=[1, 2], padding="same")
    assert actual.keys() == {"layer.padding"} and "[1, 2]" in actual["layer.padding"]


@pytest.mark.parametrize(
    ("params", "where", "value"),
    [
        ({"input": 0}, "layer.input", "0"),
        ({"input": [5, -1]}, "layer.input[1]", "-1"),
        ({"input": [5, 5, 5, 5]}, "layer.input", "4 entries, a layer has 1 to 3 axes"),
        ({"input": [5, 5, 5], "kernel": [3, 3]}, "layer.kernel", "[3, 3] has 2 entries, layer.input has 3"),
        ({"padding": [[1, 2], [1, 2], 0], "stride": [1]}, "layer.padding", "3 entries, layer.stride has 1"),
        ({"input": []}, "layer.input", "[]"),
        ({"input": None}, "layer.input", "missing"),
        ({"input": MAX_SIZE + 1}, "layer.input", str(MAX_SIZE + 1)),
        ({"kernel": 0}, "layer.kernel", "0"),
        ({"kernel": 2.5}, "layer.kernel", "2.5"),
        ({"kernel": 3.0}, "layer.kernel", "3.0"),
        ({"kernel": True}, "layer.kernel", "true"),
        ({"kernel": "3"}, "layer.kernel", '"3"'),
        ({"kernel": [3, "x"]}, "layer.kernel[1]", '"x"'),
        ({"kernel": {"y": 3}}, "layer.kernel", "a table"),
        ({"stride": 0}, "layer.stride", "0"),
        ({"stride": [[1, 1], [1, 1]]}, "layer.stride[0]", "[1, 1]"),
        ({"dilation": 0}, "layer.dilation", "0"),
        ({"padding": -1}, "layer.padding", "-1"),
        ({"padding": "SAME"}, "layer.padding", '"SAME"'),
        ({"padding": [[1, 2], [3, -4]]}, "layer.padding[1][1]", "-4"),
        ({"padding": [[1, 2, 3], [1, 2]]}, "layer.padding[0]", "[1, 2, 3]"),
        ({"padding": [[1, 2]], "kernel": [3, 3]}, "layer.padding", "[[1, 2]] has 1 entry, layer.kernel has 2"),
        ({"padding": [1, 2, 3, 4]}, "layer.padding", "[1, 2, 3, 4]"),
        ({"padding": ["same", "same"]}, "layer.padding[0]", '"same"'),
        ({"kernel": 10**5000}, "layer.kernel", "a very large number"),
    ],
)
@pytest.mark.parametrize("kind", [Conv, ConvTranspose])
def test_an_impossible_value_is_named_with_its_place(
    kind: type, params: dict[str, Any], where: str, value: str
) -> None:
    actual = errors_of(kind, **{"input": 5, "kernel": 3, **params})
    assert value in actual[where]


def test_all_problems_are_reported_at_once() -> None:
    actual = errors_of(
        ConvTranspose,
        input=[0, 5.5],
        kernel=-3,
        stride="2",
        padding=[[1, "a"], [1]],
        dilation=[0, 0],
        output_padding=-1,
    )
    assert actual.keys() == {
        "layer.input[0]",
        "layer.input[1]",
        "layer.kernel",
        "layer.stride",
        "layer.padding[0][1]",
        "layer.padding[1]",
        "layer.dilation[0]",
        "layer.dilation[1]",
        "layer.output_padding",
    }


def test_a_kernel_larger_than_the_padded_input_is_an_error_on_each_axis() -> None:
    actual = errors_of(Conv, input=[4, 3], kernel=3, padding=[[0, 1], [0, 0]], dilation=[3, 2])
    assert actual.keys() == {"layer.kernel[0]", "layer.kernel[1]"}
    assert "7" in actual["layer.kernel[0]"] and "5" in actual["layer.kernel[0]"]
    assert Conv(input=[4, 3], kernel=3, padding=[[2, 1], [0, 2]], dilation=[3, 2]).output == (1, 1)


def test_an_output_padding_that_another_stride_would_reach_is_an_error() -> None:
    actual = errors_of(ConvTranspose, input=3, kernel=3, stride=[2, 1], output_padding=[2, 1])
    assert actual.keys() == {"layer.output_padding[0]", "layer.output_padding[1]"}
    assert ConvTranspose(input=3, kernel=1, stride=1, dilation=[3, 2], output_padding=[2, 1]).output == (5, 4)


def test_a_padding_that_crops_the_whole_output_is_an_error() -> None:
    actual = errors_of(ConvTranspose, input=3, kernel=3, padding=[[2, 3], [2, 2]])
    assert actual.keys() == {"layer.padding[0]"}
    assert ConvTranspose(input=3, kernel=3, padding=2).output == (1, 1)


def test_positions_may_be_lists_and_numpy_integers() -> None:
    layer = Conv(input=5, kernel=3)
    assert layer.taps([1, 2]) == layer.taps(np.array([1, 2])) == layer.taps((1, 2))


@pytest.mark.parametrize(
    ("params", "dims"),
    [
        ({"input": 5, "kernel": 3}, 2),
        ({"input": [5], "kernel": 3}, 1),
        ({"input": 5, "kernel": [3, 1, 2]}, 3),
        ({"input": 5, "kernel": 3, "padding": [[1, 0]]}, 1),
        ({"input": 5, "kernel": 3, "dilation": (1, 2, 1)}, 3),
    ],
)
@pytest.mark.parametrize("kind", [Conv, ConvTranspose])
def test_lists_give_the_number_of_axes_and_single_numbers_hold_for_each(
    kind: Any, params: dict[str, Any], dims: int
) -> None:
    layer = kind(**params)
    assert layer.dims == dims == len(layer.output) == len(layer.padding)
    whole = {key: value if isinstance(value, (list, tuple)) else [value] * dims for key, value in params.items()}
    assert kind(**whole) == layer


def test_every_list_must_have_the_same_length() -> None:
    actual = errors_of(ConvTranspose, input=[5, 5, 5], kernel=[3], stride=2, output_padding=[1, 1], padding=[0] * 4)
    assert actual.keys() == {"layer.kernel", "layer.output_padding", "layer.padding"}
    assert "1 entry, layer.input has 3" in actual["layer.kernel"] and "[z, y, x]" in actual["layer.kernel"]
    assert "1 to 3 axes" in actual["layer.padding"]
    assert "[x]" in errors_of(Upsample, input=[3], scale=None)["layer.scale"]
