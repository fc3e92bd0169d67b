# SPDX-License-Identifier: GPL-3.0-or-later
"""The input channels of each output channel: groups, depthwise, and layers with separate channels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core import AvgPool, Channels, Conv, ConvTranspose, MaxPool, SpecError, Upsample, spec_from_table

from ..helpers import connected_pairs

small = st.integers(1, 4)


@given(small, small, small, st.booleans())
def test_inputs_and_outputs_of_channels_agree_also_in_arrays(groups: int, ins: int, outs: int, apart: bool) -> None:
    channels = Channels(groups * ins, groups * outs, groups, apart)
    read = connected_pairs(channels)
    of_groups = channels.group_inputs(channels.group_of(np.arange(channels.outputs)))
    assert [(output, source) for output, row in enumerate(of_groups.tolist()) for source in row] == read
    fed = [(output, source) for source in range(channels.inputs) for output in channels.outputs_of(source)]
    assert sorted(fed) == read and len(read) == groups * ins * outs


def test_a_group_reads_its_own_inputs() -> None:
    layer = Conv(5, 3, in_channels=6, out_channels=4, groups=2)
    assert [list(layer.channels.inputs_of(output)) for output in range(4)] == [
        [0, 1, 2],
        [0, 1, 2],
        [3, 4, 5],
        [3, 4, 5],
    ]
    assert list(ConvTranspose(5, 3, in_channels=4, out_channels=2, groups=2).channels.inputs_of(1)) == [2, 3]


def test_a_depthwise_convolution_reads_one_channel_for_each_output() -> None:
    layer = Conv(5, 3, in_channels=3, depth_multiplier=2)
    assert layer == Conv(5, 3, in_channels=3, out_channels=6, groups=3)
    assert connected_pairs(layer.channels) == [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2), (5, 2)]


@pytest.mark.parametrize("layer", [MaxPool(4, 2, channels=3), AvgPool(4, 2, channels=3), Upsample(4, 2, channels=3)])
def test_pooling_and_upsampling_treat_each_channel_separately(layer: Any) -> None:
    assert connected_pairs(layer.channels) == [(0, 0), (1, 1), (2, 2)]


def test_numbers_of_channels_that_are_not_given_equal_the_groups() -> None:
    assert Conv(5, 3).channels == Channels(1, 1, 1)
    assert Conv(5, 3, groups=4).channels == Channels(4, 4, 4)
    assert Conv(5, 3, out_channels=4, groups=2).channels == Channels(2, 4, 2)


def test_channels_do_not_change_positions_and_taps() -> None:
    plain, rich = Conv(5, 3, padding=1), Conv(5, 3, padding=1, in_channels=8, out_channels=4, groups=2)
    assert (plain.output, plain.position_count, plain.taps((0, 0))) == (
        rich.output,
        rich.position_count,
        rich.taps((0, 0)),
    )
    assert plain != rich


def test_a_table_has_only_the_numbers_of_channels_that_are_not_one() -> None:
    assert not {"in_channels", "out_channels", "groups", "depth_multiplier"} & Conv(5, 3).to_table().keys()
    table = Conv(5, 3, in_channels=2, depth_multiplier=2).to_table()
    assert {key: table[key] for key in table if "channels" in key or key == "groups"} == {
        "in_channels": 2,
        "out_channels": 4,
        "groups": 2,
    }
    assert "channels" not in MaxPool(5, 3).to_table() and MaxPool(5, 3, channels=3).to_table()["channels"] == 3
    for layer in (Conv(5, 3, out_channels=4), Upsample(2, 2, channels=3), ConvTranspose(5, 3, groups=3)):
        assert spec_from_table({"layer": {"op": layer.op, **layer.to_table()}}).layer == layer


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (lambda: Conv(5, 3, in_channels=3, out_channels=4, groups=2), ["layer.in_channels"]),
        (lambda: ConvTranspose(5, 3, in_channels=3, out_channels=4, groups=2), ["layer.in_channels"]),
        (lambda: Conv(5, 3, in_channels=1, out_channels=3, groups=2), ["layer.in_channels", "layer.out_channels"]),
        (lambda: Conv(5, 3, in_channels=0, out_channels=True, groups=-1),
         ["layer.groups", "layer.in_channels", "layer.out_channels"]),
        (lambda: Conv(5, 3, groups=2, depth_multiplier=2), ["layer.groups"]),
        (lambda: Conv(5, 3, depth_multiplier=0), ["layer.depth_multiplier"]),
        (lambda: MaxPool(5, 3, channels=0), ["layer.channels"]),
        (lambda: Upsample(5, 3, channels="3"), ["layer.channels"]),  # type: ignore[arg-type]
        (lambda: Conv(5, 3, in_channels=4).channels.inputs_of(1), ["channel"]),
        (lambda: Conv(5, 3, in_channels=4).channels.outputs_of(-1), ["channel"]),
        (lambda: Conv(5, 3, in_channels=4).channels.outputs_of(0.5), ["channel"]),  # type: ignore[arg-type]
    ],
)  # fmt: skip
def test_an_impossible_value_is_an_error_at_its_place(make: Any, where: list[str]) -> None:
    with pytest.raises(SpecError) as caught:
        make()
    assert [problem.where for problem in caught.value.problems] == where
    assert all(problem.what and problem.remedy for problem in caught.value.problems)


def test_many_channels_cost_nothing_until_their_pairs_are_needed() -> None:
    channels = Conv(5, 3, in_channels=10**6, out_channels=10**6).channels
    assert len(channels.inputs_of(999_999)) == 10**6
    outputs = np.arange(10**5)
    channels = Conv(5, 3, groups=10**5).channels
    assert np.array_equal(channels.group_inputs(channels.group_of(outputs)), outputs[:, None])
