# SPDX-License-Identifier: GPL-3.0-or-later
"""Outlines that are read without fontTools are those that it reads, to the last bit; what they lack is left to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from kernelwalk.core.font_metrics import FONTS, STRONG, Font, load_font
from kernelwalk_pipeline.figures import glyphs
from kernelwalk_pipeline.figures.glyphs import UNREADABLE, outline_character
from kernelwalk_pipeline.figures.truetype import TrueTypeOutlines

NAMES = (".notdef", "A", "B", "C")


@pytest.mark.parametrize("weight", ["regular", STRONG])
def test_every_letter_has_the_outline_that_font_tools_reads(weight: str) -> None:
    font = load_font(weight)
    read = TrueTypeOutlines(FONTS / font.file)
    for character in font.widths:
        ours, theirs = read.outline(character), glyphs._outline_by_font_tools(font, character)
        assert ours.commands == theirs.commands
        assert np.array_equal(ours.points, theirs.points)


def _write_font(path: Path) -> Font:
    """Write a font in which A is a square that does not begin at its bearing, B a turned A, and C bends all around."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(list(NAMES))
    builder.setupCharacterMap({ord(name): name for name in NAMES[1:]})
    pens = {name: TTGlyphPen(dict.fromkeys(NAMES)) for name in NAMES}
    pens["A"].moveTo((0, 0))
    for point in ((0, 500), (500, 500), (500, 0)):
        pens["A"].lineTo(point)
    pens["A"].closePath()
    pens["B"].addComponent("A", (0, 0.5, -0.75, 0, 600, 20))
    pens["C"].qCurveTo((0, 0), (0, 400), (400, 400), (400, 0), None)
    pens["C"].closePath()
    builder.setupGlyf({name: pen.glyph() for name, pen in pens.items()})
    builder.setupHorizontalMetrics({name: (600, 40 if name == "A" else 0) for name in NAMES})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return replace(load_font(STRONG), file=str(path))


def test_parts_are_turned_and_outlines_begin_at_their_bearing(tmp_path: Path) -> None:
    font = _write_font(tmp_path / "small.ttf")
    read = TrueTypeOutlines(tmp_path / "small.ttf")
    assert read.outline("A").points[:, 0].min() == 0.04
    for character in "AB?":  # the font has no question mark
        ours, theirs = read.outline(character), glyphs._outline_by_font_tools(font, character)
        assert ours.commands == theirs.commands
        assert np.allclose(ours.points, theirs.points, atol=1e-9)


def test_a_contour_without_a_point_on_it_is_left_to_font_tools(tmp_path: Path) -> None:
    font = _write_font(tmp_path / "small.ttf")
    with pytest.raises(UNREADABLE):
        TrueTypeOutlines(tmp_path / "small.ttf").outline("C")
    assert outline_character(font, "C").commands == "MCCCCZ"


def test_damage_is_told_by_the_errors_that_are_left_to_font_tools(tmp_path: Path) -> None:
    data = (FONTS / load_font(STRONG).file).read_bytes()
    path = tmp_path / "damaged.ttf"
    generator = np.random.default_rng(0)
    for _ in range(30):
        changed = bytearray(data)
        for place in generator.integers(0, len(data), 2000):
            changed[place] = int(generator.integers(256))
        path.write_bytes(bytes(changed[: generator.integers(100, len(data))]))
        try:
            read = TrueTypeOutlines(path)
        except UNREADABLE:
            continue
        for character in "AÄb8":
            try:
                read.outline(character)
            except UNREADABLE:
                continue
