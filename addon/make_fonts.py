# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the fonts of the add-on and their metrics: python make_fonts.py

It also measures the fonts that Blender brings for other scripts, which are not copied: other_metrics.json.

Needs bpy, whose package contains the fonts, and fontTools, brotli and skia-pathops, which nothing else needs. The
add-on's fonts are two weights of Inter, reduced to the characters that labels can need, with the floor and ceiling
brackets that Inter lacks. The metrics tell the core the size of a text without Blender. The fonts are under the SIL
Open Font License, as Inter is.
"""

from __future__ import annotations

import importlib.util
import json
import unicodedata
from pathlib import Path
from typing import Any

from fontTools import subset
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import OverlapMode, instantiateVariableFont

HERE = Path(__file__).resolve().parent
FONTS = HERE / "kernelwalk" / "fonts"

STYLES = {"regular": {"wght": 430, "opsz": 18}, "strong": {"wght": 640, "opsz": 26}}
"""Weight and optical size of each font."""

CHARACTER_RANGES = [
    (0x20, 0x7E), (0xA0, 0x17F), (0x18F, 0x18F), (0x192, 0x192), (0x1A0, 0x1A1), (0x1AF, 0x1B0), (0x1CD, 0x1DC),
    (0x218, 0x21B), (0x237, 0x237), (0x259, 0x259), (0x2C6, 0x2C7), (0x2D8, 0x2DD), (0x370, 0x3FF), (0x400, 0x45F),
    (0x490, 0x491), (0x1E00, 0x1EFF), (0x2010, 0x2027), (0x2030, 0x203A), (0x2044, 0x2044), (0x2070, 0x209C),
    (0x20A0, 0x20BF), (0x2116, 0x2116), (0x2122, 0x2122), (0x2190, 0x21FF), (0x2200, 0x22FF), (0x2308, 0x230B),
    (0x25A0, 0x25FF),
]  # fmt: skip
"""Ranges of characters to keep: Latin, Greek, Cyrillic, punctuation, arrows, mathematics."""

OTHER_FONTS = {
    "cjk": ("Noto Sans CJK Regular", [
        *CHARACTER_RANGES, (0x2100, 0x214F), (0x2460, 0x24FF), (0x2500, 0x26FF), (0x2E80, 0x2FDF), (0x3000, 0x303F),
        (0x3041, 0x3096), (0x309B, 0x30FF), (0x3105, 0x312F), (0x3131, 0x318E), (0x31A0, 0x31FF), (0x3200, 0x4DBF),
        (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFF01, 0xFF9D),
    ]),
    "hebrew": ("NotoSansHebrew-Regular", [*CHARACTER_RANGES, (0x5BE, 0x5BE), (0x5D0, 0x5EA), (0x5F3, 0x5F4)]),
    "math": ("NotoSansMath-Regular", [
        *CHARACTER_RANGES, (0x2100, 0x214F), (0x2300, 0x23FF), (0x27C0, 0x27FF), (0x2900, 0x2BFF), (0x1D400, 0x1D7FF),
    ]),
    "symbols": ("NotoSansSymbols2-Regular", [(0x20, 0x7E), (0x2300, 0x2BFF), (0x1F000, 0x1FAFF)]),
}  # fmt: skip
"""Name → font of Blender's, and the ranges of characters that it draws as they stand, without joining or marks.

Only fonts of fixed weight: letters of a variable font have overlaps, which are holes in Blender."""

CUT_BRACKETS = {
    "uni230A": ("bracketleft", "top"),
    "uni2308": ("bracketleft", "bottom"),
    "uni230B": ("bracketright", "top"),
    "uni2309": ("bracketright", "bottom"),
}
"""Glyph of a floor or ceiling → bracket that it is made from, and the arm to cut off."""

MAX_RISE, MAX_DEPTH = 1.0, 0.3
"""Bounds of how far a character of another font reaches above and below its baseline, in ems, so that lines fit."""

LINE_HEIGHT_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789()⌊⌋⌈⌉"
"""Characters that set the ascent and descent of a line."""


def load_blender_font(name: str) -> TTFont:
    """Load a font from the package bpy."""
    package = importlib.util.find_spec("bpy")
    assert package is not None and package.origin is not None, "bpy is missing: pip install bpy"
    (path,) = Path(package.origin).parent.glob(f"*/datafiles/fonts/{name}.woff2")
    return TTFont(path)


def make_font(style: str) -> TTFont:
    """Make the font of a style: one weight, fewer characters, and floor and ceiling brackets."""
    # overlaps would be holes in Blender
    font = instantiateVariableFont(load_blender_font("Inter"), STYLES[style], overlap=OverlapMode.REMOVE)
    font.flavor = None  # a plain TrueType file
    for name, (bracket, arm) in CUT_BRACKETS.items():
        _add_cut_bracket(font, name, bracket, arm)
    options = subset.Options(layout_features=[], name_IDs=[0, 1, 2, 4, 6, 13, 14], hinting=False, notdef_outline=True)
    options.drop_tables += ["GPOS", "GSUB", "GDEF", "STAT", "avar", "MVAR", "HVAR", "meta"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[code for first, last in CHARACTER_RANGES for code in range(first, last + 1)])
    subsetter.subset(font)
    font["head"].modified = font["head"].created  # so that every run writes the same bytes
    font.recalcTimestamp = False
    for record in font["name"].names:
        names = {1: "Kernelwalk Inter", 2: style.capitalize(), 4: f"Kernelwalk Inter {style.capitalize()}"}
        names[6] = names[4].replace(" ", "")
        if record.nameID in names:
            record.string = names[record.nameID]
    return font


def _add_cut_bracket(font: TTFont, name: str, bracket: str, arm: str) -> None:
    """Add a glyph: the bracket with one arm cut off along its stem."""
    glyph = font["glyf"][bracket]
    points = sorted({(x, y) for x, y in glyph.coordinates})
    assert len(points) == 8, bracket
    columns = sorted({x for x, _ in points})
    rows = sorted({y for _, y in points})
    left, right = columns[0], columns[-1]
    low, low_arm, high_arm, high = rows
    # the stem is at the outer edge: on the left of a left bracket
    inner = columns[1]
    corners = [(left, low), (right, low), (right, low_arm), (inner, low_arm), (inner, high), (left, high)]
    if bracket == "bracketright":
        corners = [(right, low), (left, low), (left, low_arm), (inner, low_arm), (inner, high), (right, high)]
    if arm == "bottom":
        corners = [(x, low + high - y) for x, y in corners]
        assert high - high_arm == low_arm - low
    pen = TTGlyphPen(None)
    pen.moveTo(corners[0])
    for corner in corners[1:]:
        pen.lineTo(corner)
    pen.closePath()
    font.setGlyphOrder([*font.getGlyphOrder(), name])
    font["glyf"][name] = pen.glyph()
    font["hmtx"][name] = (font["hmtx"][bracket][0], left)
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap[int(name[3:], 16)] = name


def measure_font(font: TTFont) -> dict[str, Any]:
    """Return a font's metrics in ems, with the fields of Font in core/font_metrics.py."""
    em, glyphs = font["head"].unitsPerEm, font.getGlyphSet()
    glyph_names = {chr(code): name for code, name in sorted(font.getBestCmap().items())}
    bounds = {}
    for character, name in glyph_names.items():
        pen = BoundsPen(glyphs)
        glyphs[name].draw(pen)
        bounds[character] = pen.bounds or (0, 0, 0, 0)
    ascent, descent = (
        max(sign * bounds[character][side] for character in LINE_HEIGHT_CHARACTERS) for sign, side in ((1, 3), (-1, 1))
    )
    common = "".join(character for character, box in bounds.items() if box[3] <= ascent and -box[1] <= descent)
    head = font["head"]
    widths: dict[str, str] = {}
    for character, name in glyph_names.items():  # width → characters, since many characters share a width
        width = f"{glyphs[name].width / em:.4f}"
        widths[width] = widths.get(width, "") + character
    return {
        "cap_height": round(bounds["H"][3] / em, 4),
        "ascent": round(ascent / em, 4),
        "descent": round(descent / em, 4),
        "max_ascent": round(head.yMax / em, 4),
        "max_descent": round(-head.yMin / em, 4),
        "common": common,
        "widths": widths,
    }


def measure_other_font(file_name: str, ranges: list[tuple[int, int]]) -> dict[str, Any]:
    """Return the metrics of a font of Blender's. Its widths are runs of characters: first, last, width."""
    font = load_blender_font(file_name)
    em, head, glyphs = font["head"].unitsPerEm, font["head"], font.getGlyphSet()
    kept = {code for first, last in ranges for code in range(first, last + 1)}
    names = {code: name for code, name in sorted(font.getBestCmap().items()) if code in kept}
    runs: list[list[float]] = []
    lowest, highest, capital = 0.0, 0.0, 0.0
    for code, name in names.items():
        pen = BoundsPen(glyphs)
        glyphs[name].draw(pen)
        _, bottom, _, top = pen.bounds or (0, 0, 0, 0)
        width = round(glyphs[name].width / em, 4)
        if width == 0 or unicodedata.combining(chr(code)) or bottom < -MAX_DEPTH * em or top > MAX_RISE * em:
            continue
        lowest, highest = min(lowest, bottom), max(highest, top)
        capital = top if code == ord("H") else capital
        if runs and runs[-1][1] == code - 1 and runs[-1][2] == width:
            runs[-1][1] = code
        else:
            runs.append([code, code, width])
    return {
        "file": f"{file_name}.woff2",
        "cap_height": round((capital or highest) / em, 4),
        "ascent": round(highest / em, 4),
        "descent": round(-lowest / em, 4),
        "max_ascent": round(head.yMax / em, 4),
        "max_descent": round(-head.yMin / em, 4),
        "runs": runs,
    }


def main() -> None:
    """Write the fonts, metrics.json and other_metrics.json."""
    FONTS.mkdir(exist_ok=True)
    metrics = {}
    for style in STYLES:
        font = make_font(style)
        path = FONTS / f"{style}.ttf"
        font.save(path)
        metrics[style] = measure_font(TTFont(path))
        print(f"{path.name}: {path.stat().st_size:,} bytes, {len(font.getGlyphOrder())} glyphs")
    (FONTS / "metrics.json").write_text(json.dumps(metrics, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    others = {name: measure_other_font(*font) for name, font in OTHER_FONTS.items()}
    text = json.dumps(others, separators=(",", ":")).replace('},"', '},\n"')
    (FONTS / "other_metrics.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
