# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers of a spec in one line."""

from __future__ import annotations

from kernelwalk.core import load_preset, spec_from_table
from kernelwalk.core.describe.summary import summarize_layers


def test_a_summary_omits_default_values() -> None:
    plain = {"op": "conv", "input": [5, 6], "kernel": 3}
    assert summarize_layers(spec_from_table({"layer": plain})) == "5 × 6 → 3 × 4, kernel 3 × 3"
    rich = {"op": "conv", "input": 7, "kernel": 3, "stride": 2, "padding": [[1, 0], [0, 0]], "dilation": 2}
    assert summarize_layers(spec_from_table({"layer": rich})) == (
        "7 × 7 → 2 × 2, kernel 3 × 3, stride 2 × 2, padding y 1 and 0, x 0 and 0, dilation 2 × 2"
    )


def test_a_summary_of_a_chain_names_its_sizes_and_a_summary_of_channels_their_groups() -> None:
    assert summarize_layers(load_preset("conv_pool_conv")) == "14 × 14 → 12 × 12 → 6 × 6 → 4 × 4"
    assert "channels 4 → 4, in 2 groups" in summarize_layers(load_preset("grouped"))
