# SPDX-License-Identifier: GPL-3.0-or-later
"""The fonts have all characters of the default labels, and lines break where they must."""

from __future__ import annotations

from kernelwalk.core.labels.font_metrics import load_font, wrap_text


def test_both_fonts_have_all_characters_of_default_labels() -> None:
    for name in ("regular", "strong"):
        for character in "0123456789×·−→⌊⌋⌈⌉()/+=|,:abcXYZéüñßЖяλΩ":
            assert character in load_font(name).widths, character


def test_lines_are_no_longer_than_allowed() -> None:
    for text in ("one two three four", "a → b → c", "Donaudampfschifffahrtsgesellschaft", "x" * 300):
        for max_width in (3.0, 6.5, 40.0):
            lines = wrap_text(text, "regular", max_width, (" → ", " "))
            assert all(load_font("regular").width(line) <= max_width for line in lines)
            letters = "".join(lines).replace(" ", "").replace("→", "")
            assert letters == text.replace(" ", "").replace("→", "")
