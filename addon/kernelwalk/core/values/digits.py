# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers as they are written on tiles, and their codes: a tile carries its digits as a vector of three numbers.

A number is written in cells of equal width, each with one symbol. The decimal point stands in a gap between two cells,
which is at the same place in all numbers of a grid. A material finds the symbol of a cell in a code, and draws it from
the picture of all symbols (fonts/digits.png).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..arrays import Floats
from ..spec.values_section import Values

MINUS = "−"

SYMBOLS = (*"0123456789", MINUS, "e", "+", "∞", "?", ".")
"""What a cell can hold, but for the last, which stands in the gap; a code has each symbol's number."""

CELL = (56, 80)
"""Width and height of a symbol's cell in the picture, in pixels."""

EM, BASELINE, CELL_MARGIN = 84, 68, 4
"""Size of the font, height of the baseline below the cell's top, and least width beside a symbol, in pixels of it."""

CELLS_PER_CODE, MAX_CELLS = 5, 10
"""Cells that a component of a code holds, so that float32 holds it exactly, and cells of a number."""

NO_VALUE = -1.0
"""Third component of the code of a tile without a value; of others it is the number of cells."""

MAX_DECIMALS = 6

USUAL_DECIMALS, USUAL_CELLS = 2, 6
"""Decimals of numbers that need more, and cells above which decimals are left out."""


def find_decimals(values: Floats) -> int:
    """Return the decimals with which all values of a grid are written.

    None if all are whole; otherwise as many as they need, at most two; more where all values are small, fewer where
    they are large.

    >>> find_decimals(np.array([1.0, -20.0])), find_decimals(np.array([0.5, 2])), find_decimals(np.array([1 / 3]))
    (0, 1, 2)
    """
    finite = values[np.isfinite(values)]
    largest = float(np.abs(finite).max(initial=0.0))
    if largest == 0 or largest >= 10.0**USUAL_CELLS:
        return 0
    most = USUAL_DECIMALS if largest >= 0.1 else min(1 - math.floor(math.log10(largest)), MAX_DECIMALS)
    whole = math.floor(math.log10(largest)) + 1 if largest >= 1 else 1
    most = max(min(most, USUAL_CELLS - whole - int((finite < 0).any())), 0)
    return next(
        (count for count in range(most) if np.allclose(np.round(finite, count), finite, rtol=0, atol=1e-9 * largest)),
        most,
    )


def choose_decimals(settings: Values, values: Floats) -> int:
    """Return the decimals of a grid's values: those of the spec, or as many as they need."""
    return find_decimals(values) if settings.decimals is None else settings.decimals


def write_number(value: float, decimals: int) -> str:
    """Return a number with a fixed number of decimals, or with an exponent if it is too large or too small for them.

    >>> write_number(-0.5, 2), write_number(-0.001, 2), write_number(123456789.0, 0)
    ('−0.50', '0.00', '123456789')
    """
    if math.isnan(value):
        return "?"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    text = f"{value:.{decimals}f}"
    is_lost = value != 0 and decimals >= USUAL_CELLS - 1 and not text.strip("-0.")
    if len(text.replace(".", "")) > MAX_CELLS or is_lost:
        mantissa, exponent = f"{value:.0e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    elif not text.strip("-0."):
        text = text.lstrip("-")  # no minus before a zero
    return text.replace("-", MINUS)


def encode_digits(texts: Sequence[str | None]) -> Floats:
    """Return the codes (n, 3) of written numbers; None stands for a tile without a value.

    The first two components hold the symbols of five cells each, the first cell lowest; the third counts the cells.
    """
    codes = np.zeros((len(texts), 3))
    known: dict[str | None, tuple[float, ...]] = {None: (0.0, 0.0, NO_VALUE)}
    for number, text in enumerate(texts):
        if text not in known:
            assert text is not None
            cells = [SYMBOLS.index(character) for character in text if character != "."]
            known[text] = (_pack(cells[:CELLS_PER_CODE]), _pack(cells[CELLS_PER_CODE:]), float(len(cells)))
        codes[number] = known[text]
    return codes


def _pack(cells: Sequence[int]) -> float:
    """Return symbols as the digits of one number, the first one the lowest."""
    return float(sum(symbol * len(SYMBOLS) ** at for at, symbol in enumerate(cells)))
