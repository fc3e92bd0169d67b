# SPDX-License-Identifier: GPL-3.0-or-later
"""A font's file is read as fontTools reads it; what is no font for Blender's text is refused with the reason."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core import SpecError, spec_from_table
from kernelwalk.core import typeface as typefaces
from kernelwalk.core.font_file import read_font
from kernelwalk.core.font_metrics import FONTS, Font
from kernelwalk.core.joined_letters import stands_alone
from kernelwalk.core.typeface import load_typeface
from kernelwalk.core.validation import InvalidValue

REGULAR = (FONTS / "regular.ttf").read_bytes()
LAYER = {"op": "conv", "input": [4, 4], "kernel": 3}
WIDTHS = {
    "A": 500,
    "H": 600,
    "g": 620,
    "0": 410,
    "Ⴀ": 777,
    "🙂": 900,
    "ب": 300,
    "\N{COMBINING ACUTE ACCENT}": 100,
    "\N{MODIFIER LETTER PRIME}": 0,
}


def draw_box(pen: Any, width: int, bottom: int, top: int) -> None:
    pen.moveTo((0, bottom))
    for corner in ((0, top), (width, top), (width, bottom)):
        pen.lineTo(corner)
    pen.closePath()


def build_font(is_postscript: bool = False, widths: dict[str, int] | None = None) -> TTFont:
    """Build a font of boxes as wide as `widths`, of 1000 units an em: "g" reaches 200 below the baseline."""
    widths = WIDTHS if widths is None else widths
    names = {character: f"u{ord(character):05X}" for character in widths}
    builder = FontBuilder(1000, isTTF=not is_postscript)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap({ord(character): name for character, name in names.items()})
    glyphs = {}
    for name, character in ((".notdef", "A"), *((name, character) for character, name in names.items())):
        pen: Any = T2CharStringPen(widths.get(character, 500), None) if is_postscript else TTGlyphPen(None)
        draw_box(pen, 400, -200 if character == "g" else 0, 700)
        glyphs[name] = pen.getCharString() if is_postscript else pen.glyph()
    if is_postscript:
        builder.setupCFF("Boxes", {}, glyphs, {})
    else:
        builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics({".notdef": (500, 0)} | {names[key]: (width, 0) for key, width in widths.items()})
    builder.setupHorizontalHeader(ascent=850, descent=-250)
    builder.setupNameTable({"familyName": "Boxes", "styleName": "Regular"})
    builder.setupOS2(sCapHeight=690, version=4)
    builder.setupPost()
    builder.font["head"].yMin, builder.font["head"].yMax = -200, 700
    return builder.font


def save(font: TTFont | TTCollection) -> bytes:
    file = io.BytesIO()
    font.save(file)
    return file.getvalue()


@pytest.mark.parametrize("name", ["regular", "strong"])
def test_widths_and_bounds_are_those_that_fonttools_reads(name: str) -> None:
    path = FONTS / f"{name}.ttf"
    font, expected = read_font(path, path.read_bytes()), TTFont(path)
    em, glyphs = expected["head"].unitsPerEm, expected.getGlyphSet()
    drawn = {chr(code): glyph for code, glyph in expected.getBestCmap().items() if stands_alone(chr(code))}
    assert font.widths == {character: glyphs[glyph].width / em for character, glyph in drawn.items()}
    assert (font.max_ascent, font.max_descent) == (expected["head"].yMax / em, -expected["head"].yMin / em)
    for character, glyph in drawn.items():
        pen = BoundsPen(glyphs)
        glyphs[glyph].draw(pen)
        descent, ascent = font.vertical_extent(character)
        _, bottom, _, top = pen.bounds or (0, 0, 0, 0)
        assert -descent * em - 1 <= bottom <= top <= ascent * em + 1, character
    assert font.vertical_extent("Ag") < font.vertical_extent("Ắ")


@pytest.mark.parametrize("is_postscript", [False, True])
def test_letters_that_stand_alone_have_their_widths_with_either_kind_of_outlines(is_postscript: bool) -> None:
    font = read_font(Path("boxes"), save(build_font(is_postscript)))
    assert font.widths == {character: WIDTHS[character] / 1000 for character in "AHg0Ⴀ🙂"}
    assert font.cap_height == (0.69 if is_postscript else 0.7)
    assert font.vertical_extent("Ag") == ((0.25, 0.85) if is_postscript else (0.2, 0.7))


def test_the_first_font_of_a_collection_is_read_as_blender_does() -> None:
    collection = TTCollection()
    collection.fonts = [build_font(widths={"A": 500}), build_font(widths={"A": 600})]
    assert read_font(Path("boxes"), save(collection)).widths == {"A": 0.5}


def test_characters_in_a_row_are_read() -> None:
    font = build_font(widths={"A": 500, "B": 510})
    (table,) = [table for table in font["cmap"].tables if (table.platformID, table.platEncID) == (3, 1)]
    words = struct.pack(">HHHHHHH", 6, 14, 0, ord("A"), 2, 1, 2)
    data = struct.pack(">HHHHI", 0, 1, 3, 1, 12) + words
    assert table.format == 4
    font["cmap"].compile = lambda _: data
    assert read_font(Path("boxes"), save(font)).widths == {"A": 0.5, "B": 0.51}


def test_more_characters_than_there_are_are_damage() -> None:
    font = build_font()
    (table,) = [table for table in font["cmap"].tables if table.format == 12]
    groups = [(0, 0x10FFFF, 1)] * 3000
    data = struct.pack(">HHHHI", 0, 1, 3, 10, 12) + struct.pack(">HHIII", 12, 0, 16 + 12 * len(groups), 0, len(groups))
    font["cmap"].compile = lambda _: data + b"".join(struct.pack(">III", *group) for group in groups)
    assert table.cmap
    with pytest.raises(InvalidValue, match="damaged"):
        read_font(Path("boxes"), save(font))


def with_table(tag: str) -> Callable[[], bytes]:
    def make() -> bytes:
        data = bytearray(save(build_font()))
        place = data.index(b"post", 12)
        data[place : place + 4] = tag.encode()
        return bytes(data)

    return make


def packed() -> bytes:
    font = build_font()
    font.flavor = "woff"
    return save(font)


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "text": (lambda: b"title = 1\n" * 9, "no TrueType or OpenType font"),
    "nothing": (lambda: b"", "no TrueType or OpenType font"),
    "for the web": (packed, "WOFF"),
    "variable": (with_table("fvar"), "variable font"),
    "pictures": (with_table("CBDT"), "pictures"),
    "cut off": (lambda: REGULAR[: len(REGULAR) // 2], "cut off"),
    "cut off in its head": (lambda: REGULAR[:20], "damaged"),
    "no letters": (lambda: save(build_font(widths={"ب": 300})), "no letters"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_font_for_text_is_refused_with_the_reason(kind: str, tmp_path: Path) -> None:
    make, reason = REFUSED[kind]
    (tmp_path / "own.ttf").write_bytes(make())
    with pytest.raises(SpecError) as caught:
        spec_from_table({"layer": LAYER, "labels": {"font": str(tmp_path / "own.ttf")}})
    (problem,) = caught.value.problems
    assert problem.where == "labels.font"
    assert "own.ttf" in problem.what
    assert reason in problem.what


@given(data=st.data())
def test_a_damaged_font_is_read_or_refused(data: st.DataObject) -> None:
    whole = bytearray(REGULAR)
    head = 12 + 16 * struct.unpack_from(">H", whole, 4)[0]
    places = st.one_of(st.integers(0, head), st.integers(0, len(whole) - 1))
    for place in data.draw(st.lists(places, max_size=8)):
        whole[place] = data.draw(st.integers(0, 255))
    end = data.draw(st.one_of(st.just(len(whole)), st.integers(0, len(whole))))
    try:
        assert isinstance(read_font(Path("own.ttf"), bytes(whole[:end])), Font)
    except InvalidValue as error:
        assert error.problem and error.remedy


def test_a_file_that_cannot_be_read_is_one_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "large.ttf").write_bytes(REGULAR)
    monkeypatch.setattr("kernelwalk.core.font_file.MAX_BYTES", 1000)
    for name, reason in {
        "none.ttf": "no such file",
        ".": "no such file",
        "large.ttf": "more than 1,000",
        "\0": "null",
        "x" * 900: "too long",
    }.items():
        with pytest.raises(SpecError, match=f"labels.font: .*{reason}"):
            load_typeface(f"{tmp_path}/{name}")


def test_a_font_draws_what_it_has_and_the_own_one_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "boxes.ttf"
    path.write_bytes(save(build_font()))
    with pytest.raises(SpecError, match=r"title: .*U\+10A0.*labels\.font"):
        spec_from_table({"layer": LAYER, "title": "Ⴀg"})
    table = {"layer": LAYER, "title": "Ⴀg", "labels": {"font": str(path)}}
    font = spec_from_table(table).typeface.get_font("strong")
    assert [font.choose(text).file for text in ("Ⴀ", "Words", "A0")] == [str(path), "strong.ttf", str(path)]
    assert font.choose("卷积").file == "Noto Sans CJK Regular.woff2"
    assert font.width("AgA") == pytest.approx(1.62)
    with pytest.raises(SpecError, match=r"title: .*together.*labels\.font"):
        spec_from_table({**table, "title": "Ⴀ卷"})
    with pytest.raises(SpecError, match=r"title: .*join or stack.*U\+0628"):
        spec_from_table({**table, "title": "ب"})


def test_a_changed_font_is_another_typeface(tmp_path: Path) -> None:
    path, specs = tmp_path / "boxes.ttf", []
    for widths in ({"A": 500}, {"A": 510}):
        path.write_bytes(save(build_font(widths=widths)))
        typefaces._load_cached.cache_clear()  # the file's time may be the same
        specs.append(spec_from_table({"layer": LAYER, "labels": {"font": str(path)}}))
    assert specs[0] != specs[1]
    assert specs[0].to_table() == specs[1].to_table()
