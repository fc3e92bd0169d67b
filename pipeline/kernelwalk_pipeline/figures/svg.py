# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures as SVG: one picture, or several in rows and columns."""

from __future__ import annotations

import base64
import functools
import html
import io
import math
import re
from collections.abc import Iterator, Sequence

import numpy as np
from kernelwalk.core.font_metrics import Font
from kernelwalk.core.text_direction import is_right_to_left

from ..pages.columns import choose_columns
from .figure import Figure
from .glyphs import find_font_file, outline_words, place_characters
from .shapes import POINTS_OF_COMMAND, Area, Matrix, Path, Shape, Stroke, Words

UNITS = 100
"""Units of a pixel, so that whole numbers are exact enough."""

RUNS = re.compile("M|L+|C+|Z")
"""Parts of a path that share a letter in SVG."""

FONT_SIZE = 100
"""Size of text before its matrix."""


def write_svg(figures: Sequence[Figure], title: str, columns: int | None, as_text: bool) -> str:
    """Return figures as an SVG, from left to right and from top to bottom.

    columns: None chooses those of a sheet
    as_text: write words as text, with their fonts, instead of outlines
    """
    width, height = figures[0].width, figures[0].height
    columns = min(columns or choose_columns(len(figures), (width, height)), len(figures))
    rows = math.ceil(len(figures) / columns)
    size = columns * width, rows * height
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}" '
        f'viewBox="0 0 {size[0] * UNITS} {size[1] * UNITS}">',
        f"<title>{html.escape(title)}</title>",
    ]
    writer = _Writer(height, as_text)
    body: list[str] = []
    for number, figure in enumerate(figures):
        x, y = number % columns * width * UNITS, number // columns * height * UNITS
        shapes = writer.write(figure.shapes)
        body += shapes if len(figures) == 1 else [f'<g transform="translate({x} {y})">', *shapes, "</g>"]
    return "\n".join([*lines, *writer.write_fonts(), *body, "</svg>", ""])


def _format_opacity(shape: Shape) -> str:
    return "" if shape.opacity >= 1 else f' opacity="{shape.opacity:.3g}"'


@functools.lru_cache(maxsize=512)
def _find_places(commands: str) -> tuple[list[int], list[int]]:
    """Return the places of the points at which contours begin, and of the first controls of curves."""
    contours: list[int] = []
    curves: list[int] = []
    place = 0
    for command in commands:
        if command == "M":
            contours.append(place)
        elif command == "C":
            curves.append(place)
        place += POINTS_OF_COMMAND[command]
    return contours, curves


class _Writer:
    """Writes shapes, and notes the characters of each font. SVG counts y downwards."""

    def __init__(self, height: int, as_text: bool):
        self.height, self.as_text = height, as_text
        self.characters: dict[Font, set[str]] = {}

    def write(self, shapes: Sequence[Shape]) -> list[str]:
        """Return the element of each shape."""
        paths = [self._outline(shape) for shape in shapes]
        written = self._format_paths([path for path in paths if path is not None])
        return [
            self._write_text(shape) if path is None else self._write_path(shape, next(written))
            for shape, path in zip(shapes, paths, strict=True)
        ]

    def _outline(self, shape: Shape) -> Path | None:
        """Return the path of a shape; None for words that are written as text."""
        if isinstance(shape, Area):
            return shape.path
        if isinstance(shape, Stroke):
            return Path("M" + "L" * (len(shape.points) - 1), shape.points)
        return None if self.as_text and not is_right_to_left(shape.text) else outline_words(shape)

    def _format_paths(self, paths: Sequence[Path]) -> Iterator[str]:
        """Yield paths whose points count from the one before, and the controls of a curve from its start."""
        points = np.concatenate([np.zeros((0, 2)), *(path.points for path in paths)])
        units = np.rint(points * [UNITS, -UNITS] + [0, self.height * UNITS]).astype(np.int64)
        steps = units - np.roll(units, 1, axis=0)
        begins, curves, begin = [], [], 0
        for path in paths:
            contours_of_path, curves_of_path = _find_places(path.commands)
            begins += [begin + place for place in contours_of_path]
            curves += [begin + place for place in curves_of_path]
            begin += len(path.points)
        steps[begins] = units[begins]
        for place in (1, 2):  # the second control and the end of a curve
            steps[[each + place for each in curves]] += steps[[each + place - 1 for each in curves]]
        numbers, place = [f"{x} {y}" for x, y in zip(*steps.T.tolist(), strict=True)], 0
        for path in paths:
            parts = []
            for run in RUNS.findall(path.commands):
                count = POINTS_OF_COMMAND[run[0]] * len(run)
                parts.append((run if run == "M" else run[0].lower()) + " ".join(numbers[place : place + count]))
                place += count
            yield "".join(parts).replace(" -", "-")

    def _write_path(self, shape: Shape, path: str) -> str:
        opacity = _format_opacity(shape)
        if isinstance(shape, Stroke):
            return (
                f'<path d="{path}" fill="none" stroke="{shape.color}" stroke-width="{shape.width * UNITS:.0f}" '
                f'stroke-linejoin="round"{opacity}/>'
            )
        label = f' aria-label="{html.escape(shape.text)}"' if isinstance(shape, Words) else ""
        return f'<path d="{path}" fill="{shape.color}" fill-rule="evenodd"{opacity}{label}/>'

    def _write_text(self, words: Shape) -> str:
        assert isinstance(words, Words)
        self.characters.setdefault(words.font, set()).update(words.text)
        places = ""
        if words.places is not None:
            places = f' x="{" ".join(f"{FONT_SIZE * x:.2f}" for _, x in place_characters(words))}"'
        return (
            f'<text transform="matrix({self._format_matrix(words.matrix)})" font-family="{_name(words.font)}" '
            f'font-size="{FONT_SIZE}" font-kerning="none" style="font-variant-ligatures:none;white-space:pre" '
            f'fill="{words.color}"{places}{_format_opacity(words)}>{html.escape(words.text)}</text>'
        )

    def _format_matrix(self, matrix: Matrix) -> str:
        """Return the matrix of text of FONT_SIZE, whose y counts downwards."""
        a, b, c, d, e, f = (value * UNITS for value in matrix)
        own = a / FONT_SIZE, -b / FONT_SIZE, -c / FONT_SIZE, d / FONT_SIZE, e, self.height * UNITS - f
        return " ".join(f"{value:.6g}" for value in own)

    def write_fonts(self) -> Iterator[str]:
        """Yield a style sheet with the fonts of all text so far, which hold only its characters."""
        if not self.characters:
            return
        yield "<style>"
        for font, characters in self.characters.items():
            data = base64.b64encode(subset_font(font, "".join(sorted(characters)))).decode()
            yield f'@font-face{{font-family:"{_name(font)}";src:url("data:font/otf;base64,{data}")}}'
        yield "</style>"


def subset_font(font: Font, characters: str) -> bytes:
    """Return the file of a font with some of its characters. Raises UsageError."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    buffer = io.BytesIO()
    options = subset.Options(layout_features=[], hinting=False, notdef_outline=True)
    # with the time of the font itself, so that the same characters give the same bytes
    opened = TTFont(find_font_file(font), fontNumber=0, recalcTimestamp=False)
    opened.flavor = None
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=characters)
    subsetter.subset(opened)
    opened.save(buffer)
    return buffer.getvalue()


def _name(font: Font) -> str:
    return "kernelwalk-" + "".join(each if each.isalnum() else "-" for each in font.file.rpartition("/")[2])
