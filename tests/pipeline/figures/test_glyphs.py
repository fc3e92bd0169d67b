# SPDX-License-Identifier: GPL-3.0-or-later
"""Outlines of letters are those that fontTools reads, of the add-on's fonts and of Blender's, which are packed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.basePen import BasePen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from kernelwalk.core.font_metrics import STRONG, Font, load_font, load_other_fonts
from kernelwalk_pipeline.figures.glyphs import find_font_file, outline_character

FEW = 60
"""Letters that are tried of each of Blender's fonts."""

BEARINGS = {".notdef": 0, "A": 40, "B": 225, "C": 0}
"""Names of the letters of a small font, and where their outlines begin on the left."""


class _Pen(BasePen):  # type: ignore[misc]  # fontTools has no types
    """A pen that notes contours; the base turns quadratic curves into cubic ones."""

    def __init__(self, glyphs: Any) -> None:
        super().__init__(glyphs)
        self.commands: list[str] = []
        self.points: list[tuple[float, float]] = []

    def _moveTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
        self.commands.append("M")
        self.points.append(pt)

    def _lineTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
        self.commands.append("L")
        self.points.append(pt)

    def _curveToOne(self, *pts: tuple[float, float]) -> None:  # noqa: N802
        self.commands.append("C")
        self.points.extend(pts)

    def _closePath(self) -> None:  # noqa: N802
        self.commands.append("Z")


@cache
def _open(path: Path) -> tuple[Any, Any, dict[int, str]]:
    font = TTFont(path)
    return font, font.getGlyphSet(), font.getBestCmap()


def check_outline(font: Font, character: str) -> None:
    opened, glyphs, names = _open(find_font_file(font))
    pen = _Pen(glyphs)
    if (name := names.get(ord(character))) is not None:
        glyphs[name].draw(pen)
    outline = outline_character(font, character)
    assert outline.commands == "".join(pen.commands)
    assert np.allclose(outline.points * opened["head"].unitsPerEm, np.array(pen.points).reshape(-1, 2), atol=1e-3)


@pytest.mark.parametrize("weight", ["regular", STRONG])
def test_every_letter_has_the_outline_that_font_tools_reads(weight: str) -> None:
    font = load_font(weight)
    for character in font.widths:
        check_outline(font, character)


@pytest.mark.parametrize("font", load_other_fonts(), ids=lambda font: font.file)
def test_letters_of_the_packed_fonts_of_blender_have_the_outlines_that_font_tools_reads(font: Font) -> None:
    for character in list(font.widths)[:: max(1, len(font.widths) // FEW)]:
        check_outline(font, character)


def test_parts_are_turned_outlines_begin_at_their_bearing_and_a_contour_may_have_no_point_on_it(tmp_path: Path) -> None:
    font = _write_font(tmp_path / "small.ttf")
    assert outline_character(font, "A").points[:, 0].min() == 0.04
    assert outline_character(font, "C").commands == "MCCCCZ"
    for character in "AB?":  # the font has no question mark
        check_outline(font, character)


def _write_font(path: Path) -> Font:
    """Write a font in which A is a square that does not begin at its bearing, B a turned A, and C bends all around."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(list(BEARINGS))
    builder.setupCharacterMap({ord(name): name for name in BEARINGS if len(name) == 1})
    pens = {name: TTGlyphPen(dict.fromkeys(BEARINGS)) for name in BEARINGS}
    pens["A"].moveTo((0, 0))
    for point in ((0, 500), (500, 500), (500, 0)):
        pens["A"].lineTo(point)
    pens["A"].closePath()
    pens["B"].addComponent("A", (0, 0.5, -0.75, 0, 600, 20))
    pens["C"].qCurveTo((0, 0), (0, 400), (400, 400), (400, 0), None)
    pens["C"].closePath()
    builder.setupGlyf({name: pen.glyph() for name, pen in pens.items()})
    builder.setupHorizontalMetrics({name: (600, bearing) for name, bearing in BEARINGS.items()})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return replace(load_font(STRONG), file=str(path))
