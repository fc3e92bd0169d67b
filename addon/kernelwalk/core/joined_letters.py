# SPDX-License-Identifier: GPL-3.0-or-later
"""Letters that change, move or stack beside others, which Blender's text does not do: it puts glyphs side by side."""

from __future__ import annotations

import unicodedata

JOINED_SCRIPTS = (
    (0x0600, 0x08FF),  # Arabic, Syriac, Thaana, N'Ko, Samaritan, Mandaic
    (0x0900, 0x109F),  # the scripts of India, Thai, Lao, Tibetan, Myanmar
    (0x1100, 0x11FF),  # parts of Korean syllables
    (0x1700, 0x18AF),  # the scripts of the Philippines, Khmer, Mongolian
    (0x1900, 0x1C7F),  # Limbu to Ol Chiki
    (0xA800, 0xAAFF),  # Syloti Nagri to Meetei Mayek
    (0xABC0, 0xABFF),  # Meetei Mayek
    (0xD7B0, 0xD7FF),  # parts of Korean syllables
    (0xFB50, 0xFDFF),  # Arabic, as it is joined
    (0xFE70, 0xFEFE),
    (0x10800, 0x10FFF),  # ancient scripts from right to left
    (0x11000, 0x11FFF),  # the scripts of India
    (0x1E800, 0x1EFFF),  # Mende, Adlam, Arabic signs
)
"""First and last code point of scripts whose letters are shaped. Source: Unicode 16, chapters 9, 10 and 12 to 17."""


def stands_alone(character: str) -> bool:
    """Return whether a character looks the same beside any other, and is no mark on the one before it."""
    code = ord(character)
    if code < 0x300:
        return True
    if any(first <= code <= last for first, last in JOINED_SCRIPTS):
        return False
    return unicodedata.category(character)[0] != "M"
