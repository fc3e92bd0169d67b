# SPDX-License-Identifier: GPL-3.0-or-later
"""Channel shuffle: the channel that each output holds, alone and between layers with groups, and its errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernelwalk.core import ChannelShuffle, SpecError, spec_from_table
from kernelwalk.core.describe.sentences import describe_step, describe_tile
from kernelwalk.core.frameworks.code_emitter import emit_code
from kernelwalk.core.geometry.grids import make_grids
from kernelwalk.core.values.compute import compute_values


def shuffle(values: np.ndarray, groups: int) -> np.ndarray:
    """Return channels shuffled as the paper says: reshape, transpose, reshape (arXiv:1707.01083, section 3.1)."""
    return values.reshape(groups, -1, *values.shape[1:]).swapaxes(0, 1).reshape(values.shape)


def test_channels_of_every_group_are_dealt_to_all_groups() -> None:
    for groups, channels in ((2, 6), (3, 6), (1, 5), (5, 5)):
        layer = ChannelShuffle(2, groups, channels)
        sources = layer.source_of(np.arange(channels), [1, 0])[0]
        assert sources.tolist() == shuffle(np.arange(channels), groups).tolist()
        targets = layer.target_of(sources, [1, 0])[0]
        assert targets.tolist() == list(range(channels))


def test_a_shuffle_between_groups_has_the_values_of_the_paper_and_active_tiles_of_all_channels() -> None:
    chain = [{"op": "conv", "kernel": 2, "in_channels": 4, "out_channels": 8, "groups": 4},
             {"op": "channel_shuffle", "groups": 4},
             {"op": "conv", "kernel": 1, "out_channels": 2, "groups": 2}]  # fmt: skip
    kernels = [{"kernel": "random"}, {}, {"kernel": "random"}]
    spec = spec_from_table({"layers": chain, "input": 3, "values": {"input": "random", "layers": kernels}})
    values = compute_values(spec)
    assert values is not None and not spec.shows_channels
    assert np.array_equal(values.grids[2], shuffle(values.grids[1], 4))
    assert [grid.sizes for grid in make_grids(spec)] == [(1, 1, 3, 3), *[(1, 1, 2, 2)] * 3]
    last = spec_from_table({"layers": chain[:2], "input": 3})
    assert not last.shows_channels, "at the end of a chain, after groups"


def test_alone_each_tile_of_the_input_is_active_with_its_output() -> None:
    spec = spec_from_table({"layer": {"op": "channel_shuffle", "input": [2, 3], "groups": 2, "channels": 6},
                            "walk": {"filters": "each"}})  # fmt: skip
    below, above = make_grids(spec)
    for step in range(spec.step_count):
        position = np.array(spec.walk_order.positions[step], float)
        (source,), (target,) = (np.flatnonzero(grid.active_ranges.active_share_at(position)) for grid in (below, above))
        (*cell, channel), (*place, moved) = below.cells[source].astype(int), above.cells[target].astype(int)
        assert cell == place and channel == (moved % 2) * 3 + moved // 2


@pytest.mark.parametrize(
    ("parameters", "place"),
    [({"groups": 3, "channels": 4}, "layer.channels"), ({"groups": 0}, "layer.groups"), ({"input": 0}, "layer.input")],
)
def test_an_impossible_shuffle_is_an_error(parameters: dict[str, Any], place: str) -> None:
    with pytest.raises(SpecError) as caught:
        ChannelShuffle(**{"input": 3, **parameters})
    assert [problem.where for problem in caught.value.problems] == [place]


def test_a_shuffle_is_described_and_written() -> None:
    layer = ChannelShuffle(3, 2, 8)
    assert describe_step(layer, (1, 2), 3) == "output channel 3 (1, 2) ← input channel 5, row 1, column 2"
    assert describe_tile(layer, (1, 2), 5) == "input channel 5 (1, 2) → output channel 3, row 1, column 2"
    assert [line.text.partition(":")[0] for line in emit_code(layer)[:3]] == [
        "nn.ChannelShuffle(2)", *["nothing shuffles channels"] * 2
    ]  # fmt: skip
    assert layer.to_table() == {"input": [3, 3], "groups": 2, "channels": 8}
    assert ChannelShuffle(3, 2).to_table() == {"input": [3, 3], "groups": 2}
    assert layer.detail_rows()[1] == ("order", "output channel c holds input channel (c mod 2)·4 + ⌊c / 2⌋")
