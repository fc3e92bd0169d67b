# SPDX-License-Identifier: GPL-3.0-or-later
"""Where one slice stands for all channels, every part of the picture shows the channel that the grid's name tells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernelwalk.core import Plan, make_plan, spec_from_table
from kernelwalk.core.values.compute import SpecValues, compute_values
from kernelwalk.core.values.shown_channels import choose_shown_channels

CONV = {"op": "conv", "input": [4, 4], "kernel": 2, "in_channels": 20, "out_channels": 18}
POOL = {"op": "max_pool", "kernel": 2, "stride": 1}
STAMP = {"op": "conv_transpose", "input": [2, 2], "kernel": 2, "stride": 2, "in_channels": 18, "out_channels": 20}


def show(*layers: dict[str, Any], **sections: Any) -> tuple[Plan, SpecValues]:
    named = {"layer": layers[0]} if len(layers) == 1 else {"layers": list(layers)}
    given: dict[str, Any] = {"input": "random", "seed": 5, "channel": 7}
    kernels = [{"kernel": "random"} if "in_channels" in layer else {} for layer in layers]
    given |= kernels[0] if len(layers) == 1 else {"layers": kernels}
    spec = spec_from_table({**named, "values": given, **sections})
    values = compute_values(spec)
    assert values is not None
    return make_plan(spec), values


def names_of(plan: Plan) -> list[str]:
    return [label.text.strip() for label in plan.labels if label.role == "name" and "×" in label.text]


@pytest.mark.parametrize("layers", [(CONV,), (CONV, POOL)], ids=["one layer", "a chain"])
def test_tiles_names_and_sums_show_one_channel_of_each_grid(layers: Any) -> None:
    plan, values = show(*layers)
    kernel = values.weights[0].kernel
    assert kernel is not None
    shares = [np.linalg.norm(kernel[7, i]) * np.linalg.norm(values.grids[0][i]) for i in range(20)]
    shown = [int(np.argmax(shares)), *[7] * len(layers)]
    assert shown[0] != 0 and list(choose_shown_channels(plan.spec, values)) == shown
    for tiles, grid, channel in zip(plan.grids, values.grids, shown, strict=True):
        assert tiles.values is not None
        np.testing.assert_array_equal(tiles.values.numbers[0], grid[channel].ravel())
    sizes = ["20×4×4", "18×3×3", "18×2×2"]
    expected = [f"channel {channel} of {size}" for channel, size in zip(shown, sizes, strict=False)]
    assert sorted(names_of(plan)) == sorted(expected)
    assert all(line.startswith("channel 7: ") for line in plan.sum_lines)
    result = float(values.grids[-1][7, 0, 0])
    assert plan.sum_lines[0].endswith(f"= {result:.0f}".replace("-", "\N{MINUS SIGN}"))


def test_a_kernel_shows_the_weights_between_the_channels_that_are_shown() -> None:
    for layer, shown_axes in ((CONV, {}), (STAMP, {"transposed": "scatter"})):
        plan, values = show(layer, show={"kernel": "on", **shown_axes})
        kernel = values.weights[0].kernel
        assert plan.kernel is not None and plan.kernel.values is not None and kernel is not None
        source, target = choose_shown_channels(plan.spec, values)
        assert target == 7
        assert sorted(plan.kernel.values.numbers[0]) == sorted(kernel[target, source].ravel())


def test_a_frame_marks_the_winner_of_the_channel_that_is_shown() -> None:
    plan, values = show(CONV, POOL)
    (frames,) = (lines for lines in plan.lines if lines.name == "winners")
    tiles = plan.grids[1]
    assert tiles.values is not None
    for step, expected in enumerate(values.grids[-1][7].ravel()):
        middle = frames.points[step].reshape(-1, 3).mean(axis=0)
        nearest = np.linalg.norm(tiles.base_centers[:, :2] - middle[:2], axis=1).argmin()
        assert tiles.values.numbers[0, nearest] == expected


def test_where_every_channel_has_a_slice_the_setting_changes_nothing() -> None:
    plan, values = show(CONV, show={"all_channels": "on"})
    assert choose_shown_channels(plan.spec, values) == (0, 0)
    assert set(names_of(plan)) == {"20×4×4", "18×3×3"}
