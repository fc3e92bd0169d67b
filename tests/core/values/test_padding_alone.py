# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of windows that read padding alone, which dilation makes possible."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core import spec_from_table
from kernelwalk.core.values.compute import compute_values


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("op", ["max_pool", "avg_pool"])
def test_windows_on_padding_alone_have_no_number_and_print_no_warning(op: str):
    layer = {"op": op, "input": [1], "kernel": 2, "padding": 1, "dilation": 2, "convention": "keras"}
    values = compute_values(spec_from_table({"layer": layer, "values": {"input": [1], "activation": "silu"}}))
    assert values is not None
    assert np.isnan(values.grids[-1]).all()
