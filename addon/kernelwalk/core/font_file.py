# SPDX-License-Identifier: GPL-3.0-or-later
"""Reader of a font's file, TrueType or OpenType: the widths of its characters and the heights of its lines.

Source of the tables: Microsoft's OpenType specification 1.9, chapters "otff", "cmap", "head", "hhea", "hmtx", "glyf",
"loca" and "OS/2". Every length and offset in a file is checked, since a file may be damaged.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .font_metrics import ASCII_DIGITS, LINE_HEIGHT_CHARACTERS, Extent, Font
from .joined_letters import stands_alone
from .validation import InvalidValue

MAX_BYTES = 100_000_000
"""Largest file: the largest collections of Chinese, Japanese and Korean fonts have less."""

MAX_MAPPINGS = 0x110000
"""Entries of a table of characters: there are no more characters."""

REMEDY = "Name a .ttf or .otf file"

CAPITAL_SHARE = 0.7
"""Height of capitals in ems where a font does not tell it."""

UNICODE_TABLES = ((3, 10), (0, 6), (0, 4), (3, 1), (0, 3), (0, 2), (0, 1), (0, 0))
"""Platform and encoding of tables of Unicode characters, the larger ones first."""


@dataclass(frozen=True)
class Heights:
    """Outlines of all glyphs, in units of the font: shape (glyphs,) each; 0 for a glyph without an outline."""

    low: NDArray[np.int64]
    high: NDArray[np.int64]


def read_font(path: Path, data: bytes) -> Font:
    """Return the metrics of a font in the bytes of its file. Raises InvalidValue.

    Of a collection, it is the first font, as in Blender.
    """
    try:
        return _measure(path, read_tables(data))
    except (ValueError, IndexError, struct.error, OverflowError):  # numpy's and struct's, for bytes that are missing
        raise InvalidValue("it is damaged", REMEDY) from None


def read_tables(data: bytes) -> dict[str, bytes]:
    """Return the tables of a file by their tags. Raises InvalidValue for what is no font, or not one that is read."""
    if data[:4] in (b"wOFF", b"wOF2"):
        raise InvalidValue("it is packed for web pages (WOFF)", "Name the same font as a .ttf or .otf file")
    start = struct.unpack_from(">I", data, 12)[0] if data[:4] == b"ttcf" else 0
    if data[start : start + 4] not in (b"\0\1\0\0", b"true", b"OTTO"):
        raise InvalidValue("it is no TrueType or OpenType font", REMEDY)
    (count,) = struct.unpack_from(">H", data, start + 4)
    tables = {}
    for number in range(count):
        tag, _, offset, length = struct.unpack_from(">4sIII", data, start + 12 + 16 * number)
        if offset + length > len(data):
            raise InvalidValue("it is cut off", "Copy or download it again")
        tables[tag.decode("latin-1")] = data[offset : offset + length]
    if "fvar" in tables:
        what = "it is a variable font, whose letters overlap, which Blender draws as holes"
        raise InvalidValue(what, "Name the font of one weight that comes with it, such as one in its folder static")
    if not ({"glyf", "loca"} <= tables.keys() or "CFF " in tables) or tables.keys() & {"sbix", "CBDT"}:
        raise InvalidValue("its letters are pictures, not outlines", "Name a font with outlines")
    missing = [tag for tag in ("cmap", "head", "hhea", "hmtx", "maxp") if tag not in tables]
    if missing:
        raise InvalidValue(f"it lacks the table {missing[0]}", REMEDY)
    return tables


def _measure(path: Path, tables: dict[str, bytes]) -> Font:
    """Return the metrics of a font's tables. Raises InvalidValue, and ValueError for missing bytes."""
    (em,) = struct.unpack_from(">H", tables["head"], 18)
    bottom, top = struct.unpack_from(">h2xh", tables["head"], 38)
    if not 16 <= em <= 16384 or bottom >= top:
        raise InvalidValue("it is damaged: its em or its bounds are empty", REMEDY)
    (glyph_count,) = struct.unpack_from(">H", tables["maxp"], 4)
    advances = _read_advances(tables, glyph_count)
    codes, glyphs = read_characters(tables["cmap"])
    known = (glyphs > 0) & (glyphs < glyph_count) & (codes <= 0x10FFFF) & ((codes < 0xD800) | (codes > 0xDFFF))
    codes, glyphs = codes[known], glyphs[known]
    glyph_of = {
        chr(code): glyph
        for code, glyph, advance in zip(codes.tolist(), glyphs.tolist(), advances[glyphs].tolist(), strict=True)
        if advance and stands_alone(chr(code))
    }
    if not glyph_of:
        raise InvalidValue("it has no letters that stand by themselves", REMEDY)
    ascender, descender = struct.unpack_from(">hh", tables["hhea"], 4)
    line = (-descender, ascender) if ascender > descender else (-bottom, top)
    heights = _read_heights(tables, glyph_count)
    extents = tuple(
        Extent(characters, descent / em, ascent / em)
        for characters, descent, ascent in _find_extents(glyph_of, heights, line)
    )
    capital = int(heights.high[glyph_of["H"]]) if heights and "H" in glyph_of else _read_cap_height(tables)
    return Font(
        cap_height=capital / em if capital > 0 else CAPITAL_SHARE,
        descent=extents[-2].descent if len(extents) > 2 else extents[-1].descent,
        extents=extents,
        max_ascent=top / em,
        max_descent=-bottom / em,
        widths=dict(zip(glyph_of, (advances[list(glyph_of.values())] / em).tolist(), strict=True)),
        file=str(path),
    )


def _read_advances(tables: dict[str, bytes], glyph_count: int) -> NDArray[np.int64]:
    """Return the advance of each glyph, in units of the font, shape (glyphs,)."""
    (count,) = struct.unpack_from(">H", tables["hhea"], 34)
    if not count:
        raise ValueError("no advances")
    advances = np.frombuffer(tables["hmtx"], ">u2", 2 * count)[::2].astype(np.int64)[:glyph_count]
    return np.pad(advances, (0, glyph_count - len(advances)), mode="edge")  # the last one holds for the rest


def _find_extents(
    glyph_of: dict[str, int], heights: Heights | None, line: tuple[float, float]
) -> list[tuple[frozenset[str], float, float]]:
    """Return characters and how far they reach below and above the baseline at most, in units of the font.

    They are those that reach no further than ordinary letters, and those that stay in the font's line; before them the
    digits. Of a font that does not tell its heights, they are all.

    line: how far the font says that its lines reach
    """
    if heights is None:
        return [(frozenset(glyph_of), *line)]
    places = list(glyph_of.values())
    low, high = (dict(zip(glyph_of, side[places].tolist(), strict=True)) for side in (heights.low, heights.high))

    def bound(samples: set[str]) -> tuple[float, float]:
        return -min(map(low.__getitem__, samples)), max(map(high.__getitem__, samples))

    digits, letters = (glyph_of.keys() & set(samples) for samples in (ASCII_DIGITS, LINE_HEIGHT_CHARACTERS))
    extents = [(frozenset(digits), *bound(digits))] if digits else []
    for descent, ascent in ([bound(letters)] if letters else []) + [line]:
        inside = (character for character in glyph_of if -low[character] <= descent and high[character] <= ascent)
        extents.append((frozenset(inside), descent, ascent))
    return extents


def _read_heights(tables: dict[str, bytes], glyph_count: int) -> Heights | None:
    """Return the bounds of TrueType outlines; None for a font with PostScript outlines, which do not tell them."""
    if "glyf" not in tables:
        return None
    (is_long,) = struct.unpack_from(">h", tables["head"], 50)
    kind, scale = (">u4", 1) if is_long else (">u2", 2)
    offsets = np.frombuffer(tables["loca"], kind, glyph_count + 1).astype(np.int64) * scale
    outlines = np.frombuffer(tables["glyf"], np.uint8)
    drawn = (np.diff(offsets) > 0) & (offsets[:-1] + 10 <= len(outlines))
    low, high = np.zeros(glyph_count, np.int64), np.zeros(glyph_count, np.int64)
    for values, place in ((low, 4), (high, 8)):  # of numberOfContours, xMin, yMin, xMax and yMax
        starts = offsets[:-1][drawn] + place
        values[drawn] = np.stack([outlines[starts], outlines[starts + 1]], axis=-1).view(">i2")[:, 0]
    return Heights(low, high)


def _read_cap_height(tables: dict[str, bytes]) -> int:
    """Return the height of capitals, in units of the font; 0 if it is not told."""
    table = tables.get("OS/2", b"")
    if len(table) < 90 or struct.unpack_from(">H", table)[0] < 2:
        return 0
    return int(struct.unpack_from(">h", table, 88)[0])


def read_characters(table: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the code points of a font and the glyph of each. Raises InvalidValue, ValueError."""
    (count,) = struct.unpack_from(">H", table, 2)
    places = {}
    for number in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", table, 4 + 8 * number)
        places[platform, encoding] = offset
    readers: dict[int, Any] = {4: _read_segments, 6: _read_trimmed, 12: _read_groups}
    for key in UNICODE_TABLES:
        if key in places:
            part = table[places[key] :]
            (kind,) = struct.unpack_from(">H", part)
            if kind in readers:
                return readers[kind](part)
    raise InvalidValue("it has no table of Unicode characters", REMEDY)


def _spread(first: NDArray[np.int64], last: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the numbers of all ranges from `first` to `last`, one after the other, and the range of each."""
    lengths = np.maximum(last - first + 1, 0)
    if lengths.sum() > MAX_MAPPINGS:
        raise ValueError("too many characters")
    ranges = np.repeat(np.arange(len(first)), lengths)
    begins = np.cumsum(lengths) - lengths
    return np.arange(len(ranges)) - begins[ranges] + first[ranges], ranges


def _read_segments(part: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Read format 4: segments of code points below 0x10000."""
    count = struct.unpack_from(">H", part, 6)[0] // 2
    words = np.frombuffer(part, ">u2", len(part) // 2).astype(np.int64)
    starts = 7 + np.array([0, 1, 2, 3]) * count + np.array([0, 1, 1, 1])  # a word is reserved after the ends
    ends, firsts, deltas, offsets = (words[start : start + count] for start in starts)
    if len(offsets) < count:
        raise ValueError("cut off")
    codes, segments = _spread(firsts, ends)
    places = int(starts[3]) + segments + offsets[segments] // 2 + codes - firsts[segments]
    is_listed = (offsets[segments] > 0) & (places < len(words))
    listed = words[np.where(is_listed, places, 0)]
    shifted = (np.where(is_listed, listed, codes) + deltas[segments]) % 0x10000
    is_missing = (offsets[segments] > 0) & (~is_listed | (listed == 0))
    return codes, np.where(is_missing, 0, shifted)


def _read_trimmed(part: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Read format 6: the glyphs of code points in a row."""
    first, count = struct.unpack_from(">HH", part, 6)
    return first + np.arange(count), np.frombuffer(part, ">u2", count, 10).astype(np.int64)


def _read_groups(part: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Read format 12: groups of code points whose glyphs follow each other."""
    (count,) = struct.unpack_from(">I", part, 12)
    groups = np.frombuffer(part, ">u4", 3 * count, 16).astype(np.int64).reshape(-1, 3)
    codes, numbers = _spread(groups[:, 0], groups[:, 1])
    return codes, codes - groups[numbers, 0] + groups[numbers, 2]
