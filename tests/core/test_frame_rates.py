# SPDX-License-Identifier: GPL-3.0-or-later
"""Frame rates that are no whole numbers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core import parse_spec, spec_from_table
from kernelwalk.core.frame_rates import NTSC_RATES, find_frame_rate, format_frame_rate, split_frame_rate
from kernelwalk.core.spec.toml import dump_toml

RATES = {
    "29.97": (Fraction(30000, 1001), "29.97", (30, 1.001)),
    "23.976": (Fraction(24000, 1001), "23.976", (24, 1.001)),
    "23.98": (Fraction(24000, 1001), "23.976", (24, 1.001)),
    "59.94": (Fraction(60000, 1001), "59.94", (60, 1.001)),
    '"30000/1001"': (Fraction(30000, 1001), "29.97", (30, 1.001)),
    "12.5": (Fraction(25, 2), "12.5", (13, 1.04)),
    '"50/2"': (25, "25", (25, 1.0)),
    "25.0": (25, "25", (25, 1.0)),
    "24": (24, "24", (24, 1.0)),
}


@pytest.mark.parametrize("text", RATES)
def test_a_rate_is_exact_and_is_written_out_and_read_again(text):
    rate, shown, stored = RATES[text]
    spec = parse_spec(f'layer = "nn.Conv2d(1, 1, 3)"\ninput = 5\n[walk]\nfps = {text}\n')
    assert (spec.walk.fps, type(spec.walk.fps)) == (rate, type(rate))
    assert (format_frame_rate(rate), split_frame_rate(rate)) == (shown, stored)
    assert parse_spec(dump_toml(spec.to_table())) == spec == spec_from_table(spec.to_table())


@given(
    st.fractions(1, 240, max_denominator=12)
    | st.sampled_from(NTSC_RATES).map(lambda whole: Fraction(1000 * whole, 1001))
)
def test_rates_are_found_again_where_blender_has_stored_them(rate):
    whole, base = split_frame_rate(rate)
    assert find_frame_rate(whole / float(np.float32(base))) == rate
