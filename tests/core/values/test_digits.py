# SPDX-License-Identifier: GPL-3.0-or-later
"""Written numbers and their codes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core.values.digits import (
    CELLS_PER_CODE,
    MAX_CELLS,
    MINUS,
    NO_VALUE,
    SYMBOLS,
    encode_digits,
    find_decimals,
    write_number,
)


def read_symbols(code: list[float]) -> str:
    """Return the symbols of a code's cells, in which a material finds them: the first cell is the lowest digit."""
    *parts, count = map(int, code)
    return "".join(
        SYMBOLS[part // len(SYMBOLS) ** at % len(SYMBOLS)] for part in parts for at in range(CELLS_PER_CODE)
    )[:count]


@given(st.floats(allow_nan=True, allow_infinity=True), st.integers(0, 6))
def test_a_code_holds_the_number_as_it_is_written(value: float, decimals: int) -> None:
    text = write_number(value, decimals)
    assert len(text.replace(".", "")) <= MAX_CELLS
    codes = encode_digits([text, None]).astype(np.float32)  # as a mesh holds them
    assert read_symbols(codes[0].tolist()) == text.replace(".", "")
    assert codes[1].tolist() == [0, 0, NO_VALUE]


@given(st.floats(-9e3, 9e3), st.integers(0, 3))
def test_a_number_is_written_as_python_rounds_it(value: float, decimals: int) -> None:
    plain = write_number(value, decimals).replace(MINUS, "-")
    assert float(plain) == round(value, decimals)
    assert len(plain.partition(".")[2]) == decimals


def test_float32_holds_every_code() -> None:
    assert len(SYMBOLS) ** CELLS_PER_CODE <= 2**24


@pytest.mark.parametrize(
    ("values", "decimals"),
    [
        ([0, 0], 0),
        ([1, 2, -30], 0),
        ([0.5, 2], 1),
        ([0.25, 2], 2),
        ([1 / 3, 5], 2),
        ([0.01234, 0.02], 3),
        ([1e-9], 5),
        ([-1234.5], 1),
        ([-12345.678], 0),
        ([123456.789], 0),
        ([1e9, 0.5], 0),
        ([np.inf, 0.5], 1),
    ],
)
def test_a_grid_has_as_many_decimals_as_it_needs_and_can_show(values: list[float], decimals: int) -> None:
    assert find_decimals(np.array(values, np.float64)) == decimals
