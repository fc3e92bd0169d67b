# SPDX-License-Identifier: GPL-3.0-or-later
"""The sign before a result: whether the numbers before it give it, as they are written."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Context, Decimal, InvalidOperation, localcontext
from functools import lru_cache

from .digits import MINUS

EQUAL, APPROXIMATE = "=", "≈"

EXACT = Context(prec=1000)
"""Digits of products of float64 and of their sums, none of which is rounded."""


def choose_sign(
    terms: Sequence[str], result: str, divisor: int = 1, combine: Callable[[list[Decimal]], Decimal | int] = sum
) -> str:
    """Return EQUAL if written terms give a written result exactly, or if one of them is no finite number.

    A term is a number or a product, "2·(−0.5)". Terms are added and divided, or combined by another function: the
    maximum of none is −∞.

    >>> choose_sign(["7·0.11", "2·0.11"], "1"), choose_sign(["7·0.5", "2·0.5"], "4.50"), choose_sign(["2"], "0.67", 3)
    ('≈', '=', '≈')
    """
    try:
        with localcontext(EXACT):
            expected = _read(result) * divisor
            given = combine([math.prod(map(_read, term.split("·")), start=Decimal(1)) for term in terms])
    except InvalidOperation:
        return EQUAL
    return EQUAL if given == expected else APPROXIMATE


def choose_sign_of_rounding(value: float, result: str, size: float) -> str:
    """Return EQUAL if a written result is not rounded from a value that was computed from numbers of this size."""
    try:
        is_exact = abs(float(_read(result)) - value) <= 1e-9 * size
    except InvalidOperation:
        return EQUAL
    return EQUAL if is_exact else APPROXIMATE


@lru_cache(maxsize=1 << 12)  # of few digits, most numbers of a walk are written again and again
def _read(text: str) -> Decimal:
    """Return a written number. Raises InvalidOperation if it is not finite."""
    return Decimal(text.strip("()").replace(MINUS, "-"))
