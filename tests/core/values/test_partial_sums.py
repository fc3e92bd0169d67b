# SPDX-License-Identifier: GPL-3.0-or-later
"""Partial sums of stamps, against a walk that adds one stamp after another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernelwalk.core import spec_from_table
from kernelwalk.core.values.compute import compute_values
from kernelwalk.core.values.partial_sums import compute_partial_sums

LAYERS: dict[str, dict[str, Any]] = {
    "overlapping": {"input": [2, 3], "kernel": 3},
    "cropped, strided, dilated": {"input": 3, "kernel": 2, "stride": [2, 1], "dilation": [1, 2], "padding": 1},
    "channels": {"input": 2, "kernel": 2, "in_channels": 4, "out_channels": 2, "groups": 2},
    "gaps that no stamp reaches": {"input": 2, "kernel": 1, "stride": 3},
}


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("order", ["rows", "columns", "serpentine"])
@pytest.mark.parametrize("filters", ["together", "each"])
def test_partial_sums_grow_stamp_by_stamp(layer: dict[str, Any], order: str, filters: str) -> None:
    spec = spec_from_table(
        {
            "layer": {"op": "conv_transpose", **layer},
            "walk": {"order": order, "filters": filters},
            "show": {"transposed": "scatter", "all_channels": "on"},
            "values": {"input": "random", "kernel": "random", "seed": 4, "bias": 0.5, "activation": "relu"},
        }
    )
    values = compute_values(spec)
    assert values is not None
    stages = compute_partial_sums(spec, values)
    channels, kernel = spec.layer.channels, values.kernels[0]
    seen: dict[tuple[int, ...], list[float]] = {}
    for step in range(spec.step_count):
        channel, *position = spec.walk_order.position_at(step)
        sources = [channel] if spec.walk_order.filter_count > 1 else range(channels.inputs)
        for output in np.ndindex(channels.outputs, *spec.layer.output):
            read = [tap for tap, cell in spec.layer.taps(output[1:]) if cell == tuple(position)]
            joined = [source for source in sources if source in channels.inputs_of(output[0])]
            if not (read and joined):
                continue
            first = channels.inputs_of(output[0])[0]
            added = sum(
                values.grids[0][(source, *position)] * kernel[(output[0], source - first, *read[0])]
                for source in joined
            )
            history = seen.setdefault(output, [])
            history.append((history[-1] if history else 0.5) + added)
    assert len(stages) == max(map(len, seen.values()))
    for output in np.ndindex(stages.shape[1:]):
        history = seen.get(output, [0.5])
        expected = [*history[:-1], *[max(history[-1], 0)] * (len(stages) - len(history) + 1)]
        assert np.allclose(stages[(slice(None), *output)], expected), output
    assert np.allclose(stages[-1], values.grids[-1])
