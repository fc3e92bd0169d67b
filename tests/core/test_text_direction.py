# SPDX-License-Identifier: GPL-3.0-or-later
"""Letters from right to left stand where a reader of Hebrew expects them."""

from __future__ import annotations

import pytest
from kernelwalk.core.text_direction import order_letters


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("Conv 3×3 (a)", "Conv 3×3 (a)"),
        ("אבג", "גבא"),
        ("(אבג)", "(גבא)"),
        ("אבג 12.5%", "12.5% גבא"),
        ("אבג Conv 2 דה", "הד Conv 2 גבא"),
        ("Conv אבג 3×3 end", "Conv 3×3 גבא end"),
        ("אב: 12, גד!", "!דג ,12 :בא"),
        ("אב (Conv2D) 3×3", "3×3 (Conv2D) בא"),
    ],
)
def test_letters_stand_in_the_order_of_the_unicode_algorithm(written: str, seen: str) -> None:
    assert order_letters(written) == seen
