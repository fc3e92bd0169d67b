# SPDX-License-Identifier: GPL-3.0-or-later
"""Specs with all their values as numbers: the same values, and no name left."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core import SpecError, parse_spec
from kernelwalk.core.spec.toml import dump_toml
from kernelwalk.core.values.compute import compute_values
from kernelwalk.core.values.written_numbers import write_out_numbers

ONE = """
layer = {op = "conv", input = [5, 6], kernel = 3, in_channels = 2, out_channels = 3}
values = {input = "random", kernel = "random", seed = 7, flip_kernel = true, bias = [1, 2, 3], activation = "tanh"}
"""

CHAIN = """
input = 9
layers = "nn.Sequential(nn.Conv2d(1, 2, 3), nn.MaxPool2d(2), nn.Conv2d(2, 1, 2))"
values = {input = "checkerboard", seed = 2, layers = [{kernel = "random", norm = {mean = 1}}, {}, {kernel = "random"}]}
"""


@pytest.mark.parametrize("text", [ONE, CHAIN], ids=["a layer", "a chain"])
def test_a_spec_with_its_numbers_has_the_same_values_and_no_name(text):
    spec = parse_spec(text)
    written = parse_spec(dump_toml(write_out_numbers(spec).to_table()))
    before, after = compute_values(spec), compute_values(written)
    assert before is not None and after is not None and written.values is not None
    assert all(np.array_equal(*pair) for pair in zip(before.grids, after.grids, strict=True))
    assert not isinstance(written.values.input, str)
    assert not any(isinstance(written.values.of_layer(number).kernel, str) for number in range(len(spec.layers)))


def test_more_numbers_than_a_spec_holds_are_an_error():
    spec = parse_spec(
        """
        layer = {op = "conv", input = [3, 3], kernel = 3, in_channels = 335, out_channels = 335}
        values = {input = "ramp", kernel = "box"}
        """
    )
    with pytest.raises(SpecError, match=r"values\.kernel: .* are too many"):
        write_out_numbers(spec)
