# SPDX-License-Identifier: GPL-3.0-or-later
"""Outlines of the letters of a TrueType font, in less time than it takes to load fontTools, which reads other fonts.

Source: Microsoft's OpenType specification 1.9, chapters "glyf", "loca", "hmtx" and "head".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path as FilePath

import numpy as np
from kernelwalk.core.font_file import read_characters, read_tables

from .shapes import Path

ON_CURVE, SHORT_X, SHORT_Y, REPEATS, SAME_X, SAME_Y = 1, 2, 4, 8, 16, 32
"""Bits of a point's flags. Of a short step, SAME_X and SAME_Y are its sign; of others, that there is none."""

WORDS, OFFSETS, SCALE, MORE, TWO_SCALES, MATRIX = 1, 2, 8, 32, 64, 128
"""Bits of the flags of a letter's part, which is another letter: of its place, its scales, and further parts."""

MOST_DEPTH = 6
"""Of letters within letters."""

CONTROL_SHARE = 2 / 3
"""Place of a cubic curve's control points on the way to that of the same quadratic curve."""

Point = tuple[float, float]

Contour = list[tuple[Point, bool]]
"""Points, and True for those that it runs through; for others, a curve bends towards them."""


class TrueTypeOutlines:
    """Reads the outlines of a font file. Raises InvalidValue, ValueError, IndexError or struct.error if it cannot."""

    def __init__(self, path: FilePath):
        tables = read_tables(path.read_bytes())
        if not {"glyf", "loca"} <= tables.keys():
            raise ValueError("no TrueType outlines")
        codes, glyphs = read_characters(tables["cmap"])
        self._glyphs = dict(zip(codes.tolist(), glyphs.tolist(), strict=True))
        (self._em,) = struct.unpack_from(">H", tables["head"], 18)
        (is_long,) = struct.unpack_from(">h", tables["head"], 50)
        self._offsets = np.frombuffer(tables["loca"], ">u4" if is_long else ">u2").astype(np.int64) * (2 - is_long)
        (self._advances,) = struct.unpack_from(">H", tables["hhea"], 34)
        self._outlines, self._metrics = tables["glyf"], tables["hmtx"]

    def outline(self, character: str) -> Path:
        """Return the outline of a character, in ems from its origin. Raises as the class does."""
        commands: list[str] = []
        points: list[Point] = []
        glyph = self._glyphs.get(ord(character), 0)
        for contour in self._read_contours(glyph, self._read_bearing(glyph)):
            _draw(contour, commands, points)
        return Path("".join(commands), np.array(points).reshape(-1, 2) / self._em)

    def _read_contours(self, glyph: int, bearing: int | None, depth: int = 0) -> Iterator[Contour]:
        """Yield the contours of a glyph. bearing: where it begins on the left, if not at its own place"""
        begin, end = self._offsets[glyph : glyph + 2].tolist()
        if glyph == 0 or begin == end:
            return
        data = self._outlines[begin:end]
        count, least = struct.unpack_from(">hh", data)
        if count < 0:
            yield from self._read_parts(data, depth + 1)
            return
        ends = struct.unpack_from(f">{count}H", data, 10)
        (instructions,) = struct.unpack_from(">H", data, 10 + 2 * count)
        at = 12 + 2 * count + instructions
        flags: list[int] = []
        while len(flags) <= ends[-1]:
            flag, at = data[at], at + 1
            flags.append(flag)
            if flag & REPEATS:
                flags += [flag] * data[at]
                at += 1
        across, at = _read_places(data, at, flags, SHORT_X, SAME_X)
        upward, _ = _read_places(data, at, flags, SHORT_Y, SAME_Y)
        shift = 0 if bearing is None else bearing - least
        points: Contour = [
            ((x + shift, y), bool(flag & ON_CURVE)) for x, y, flag in zip(across, upward, flags, strict=True)
        ]
        for first, last in zip((-1, *ends), ends, strict=False):
            yield points[first + 1 : last + 1]

    def _read_parts(self, data: bytes, depth: int) -> Iterator[Contour]:
        """Yield the contours of a glyph that is made of others."""
        flags, at = MORE, 10
        while flags & MORE:
            flags, glyph = struct.unpack_from(">HH", data, at)
            if not flags & OFFSETS or depth > MOST_DEPTH:
                raise ValueError("a part's place is told by points, or parts have parts without end")
            form = "hh" if flags & WORDS else "bb"
            right, up = struct.unpack_from(f">{form}", data, at + 4)
            at += 8 if flags & WORDS else 6
            count = 4 if flags & MATRIX else 2 if flags & TWO_SCALES else 1 if flags & SCALE else 0
            scales = [number / 16384 for number in struct.unpack_from(f">{count}h", data, at)]
            at += 2 * count
            xx, xy, yx, yy = scales if count == 4 else (scales[0], 0.0, 0.0, scales[-1]) if count else (1, 0, 0, 1)
            for contour in self._read_contours(glyph, None, depth):
                yield [((xx * x + yx * y + right, xy * x + yy * y + up), is_on) for (x, y), is_on in contour]

    def _read_bearing(self, glyph: int) -> int:
        """Return where the outline of a glyph begins on the left."""
        longer = min(glyph, self._advances)
        place = 4 * longer + 2 * (glyph - longer) + (2 if glyph < self._advances else 0)
        bearing: int
        (bearing,) = struct.unpack_from(">h", self._metrics, place)
        return bearing


def _read_places(data: bytes, at: int, flags: list[int], short: int, same: int) -> tuple[list[int], int]:
    """Return the places of points along an axis, and where the data goes on."""
    places, place = [], 0
    for flag in flags:
        if flag & short:
            place += data[at] if flag & same else -data[at]
            at += 1
        elif not flag & same:
            place += struct.unpack_from(">h", data, at)[0]
            at += 2
        places.append(place)
    return places, at


def _draw(contour: Contour, commands: list[str], points: list[Point]) -> None:
    """Draw a contour from its first point on the curve on. Raises ValueError if it has none."""
    start = [is_on for _, is_on in contour].index(True)
    here = contour[start][0]
    commands.append("M")
    points.append(here)
    controls: list[Point] = []
    for end, is_on in [*contour[start + 1 :], *contour[: start + 1]]:
        if not is_on:
            controls.append(end)
            continue
        for number, control in enumerate(controls):
            after = controls[number + 1] if number + 1 < len(controls) else None
            to = end if after is None else ((control[0] + after[0]) * 0.5, (control[1] + after[1]) * 0.5)
            commands.append("C")
            points += [_go(here, control), _go(to, control), to]
            here = to
        if not controls and end is not contour[start][0]:  # the last line closes the contour by itself
            commands.append("L")
            points.append(end)
        here, controls = end, []
    commands.append("Z")


def _go(begin: Point, control: Point) -> Point:
    return begin[0] + CONTROL_SHARE * (control[0] - begin[0]), begin[1] + CONTROL_SHARE * (control[1] - begin[1])
