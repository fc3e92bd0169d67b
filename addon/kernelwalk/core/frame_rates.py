# SPDX-License-Identifier: GPL-3.0-or-later
"""Frame rates that are no whole numbers: as fractions, as people write them, and as Blender stores them."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

MAX_DENOMINATOR = 1001
"""Largest denominator of a frame rate: that of 30000/1001, the NTSC rate."""

NTSC_RATES = (15, 24, 30, 48, 60, 120, 240)
"""Whole rates that NTSC divides by 1.001: 29.97 is 30000/1001."""

NTSC_DIGITS = (2, 3)
"""Digits after the point with which NTSC rates are written: 23.98 and 23.976 are both 24000/1001."""

TOLERANCE = 1e-4
"""How far a number may be from the fraction that it stands for."""


def find_frame_rate(value: float | str) -> int | Fraction:
    """Return the exact frame rate of a number such as 29.97, or of a text such as "30000/1001".

    Raises ValueError for other texts, and for numbers that are not near a fraction.

    >>> find_frame_rate(29.97), find_frame_rate("30000/1001"), find_frame_rate(24.0)
    (Fraction(30000, 1001), Fraction(30000, 1001), 24)
    """
    from fractions import Fraction  # only now: it takes a while to load

    if isinstance(value, str) and not re.fullmatch(r"[0-9]{1,6}/0*[1-9][0-9]{0,5}", value):
        raise ValueError(value)
    exact = Fraction(value)
    if isinstance(value, float):
        for ntsc in (Fraction(1000 * whole, 1001) for whole in NTSC_RATES):
            written = [float(ntsc), *(round(float(ntsc), digits) for digits in NTSC_DIGITS)]
            if any(math.isclose(value, each, rel_tol=1e-6) for each in written):
                return ntsc
    rate = exact.limit_denominator(MAX_DENOMINATOR)
    if abs(rate - exact) > (TOLERANCE if isinstance(value, float) else 0):
        raise ValueError(value)
    return int(rate) if rate.denominator == 1 else rate


def format_frame_rate(rate: int | Fraction) -> str:
    """Return a frame rate as people write it.

    >>> format_frame_rate(24), format_frame_rate(find_frame_rate("24000/1001"))
    ('24', '23.976')
    """
    return f"{float(rate):.5g}"


def split_frame_rate(rate: int | Fraction) -> tuple[int, float]:
    """Return a frame rate as Blender stores it: a whole number, and the base that divides it.

    >>> split_frame_rate(24), split_frame_rate(find_frame_rate(29.97))
    ((24, 1.0), (30, 1.001))
    """
    whole = -(-rate.numerator // rate.denominator)
    return whole, float(whole / rate)
