# SPDX-License-Identifier: GPL-3.0-or-later
"""Paddings by name in tinygrad's code; test_oracle_tinygrad.py compares with the package, where it is installed."""

from __future__ import annotations

import pytest
from kernelwalk.core import SpecError, spec_from_table


def test_same_padding_needs_a_stride_of_one() -> None:
    code = 'tinygrad.nn.Conv2d(1, 1, 3, padding="same", dilation=2)'
    assert spec_from_table({"layer": {"code": code, "input": 9}}).layers[0].output == (9, 9)
    strided = 'tinygrad.nn.Conv2d(1, 1, 3, padding="same", stride=2)'
    with pytest.raises(SpecError, match=r'padding="same" needs stride=1 as one number'):
        spec_from_table({"layer": {"code": strided, "input": 9}})
