# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures as SVG: one picture, or several in rows and columns."""

from __future__ import annotations

import base64
import html
import io
import math
import re
from collections.abc import Iterator, Sequence

import numpy as np
from kernelwalk.core.font_metrics import Font
from kernelwalk.core.text_direction import is_right_to_left

from .figure import Figure
from .glyphs import open_font, outline_words, place_characters
from .shapes import Area, Matrix, Path, Shape, Stroke, Words

UNITS = 100
"""Units of a pixel, so that whole numbers are exact enough."""

FONT_SIZE = 100
"""Size of text before its matrix."""


def write_svg(figures: Sequence[Figure], title: str, columns: int | None, as_text: bool) -> str:
    """Return figures as an SVG, from left to right and from top to bottom.

    columns: None chooses as many columns as rows, or one more
    as_text: write words as text, with their fonts, instead of outlines
    """
    columns = min(columns or math.ceil(math.sqrt(len(figures))), len(figures))
    width, height = figures[0].width, figures[0].height
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


class _Writer:
    """Writes shapes, and notes the characters of each font. SVG counts y downwards."""

    def __init__(self, height: int, as_text: bool):
        self.height, self.as_text = height, as_text
        self.characters: dict[Font, set[str]] = {}

    def write(self, shapes: Sequence[Shape]) -> list[str]:
        return [self._write_shape(shape) for shape in shapes]

    def _write_shape(self, shape: Shape) -> str:
        opacity = "" if shape.opacity >= 1 else f' opacity="{shape.opacity:.3g}"'
        if isinstance(shape, Area):
            return f'<path d="{self._format_path(shape.path)}" fill="{shape.color}" fill-rule="evenodd"{opacity}/>'
        if isinstance(shape, Stroke):
            line = Path("M" + "L" * (len(shape.points) - 1), shape.points)
            return (
                f'<path d="{self._format_path(line)}" fill="none" stroke="{shape.color}" '
                f'stroke-width="{shape.width * UNITS:.0f}" stroke-linejoin="round"{opacity}/>'
            )
        if self.as_text and not is_right_to_left(shape.text):
            return self._write_text(shape, opacity)
        path = self._format_path(outline_words(shape))
        label = f' aria-label="{html.escape(shape.text)}"'
        return f'<path d="{path}" fill="{shape.color}" fill-rule="evenodd"{opacity}{label}/>' if path else ""

    def _format_path(self, path: Path) -> str:
        """Return a path whose points count from the one before, and the controls of a curve from its start."""
        units = np.rint((path.points * [1, -1] + [0, self.height]) * UNITS).astype(np.int64)
        parts, place = [], 0
        for run in re.findall("M|L+|C|Z", path.commands):
            if run == "Z":
                parts.append("z")
                continue
            count = 3 if run == "C" else len(run)
            numbers = units[place : place + count]
            if run == "C":
                numbers = numbers - units[place - 1]
            elif run != "M":
                numbers = numbers - units[place - 1 : place - 1 + count]
            parts.append((run[0] if run == "M" else run[0].lower()) + " ".join(map(str, numbers.ravel().tolist())))
            place += count
        return "".join(parts).replace(" -", "-")

    def _write_text(self, words: Words, opacity: str) -> str:
        self.characters.setdefault(words.font, set()).update(words.text)
        places = ""
        if words.places is not None:
            places = f' x="{" ".join(f"{FONT_SIZE * x:.2f}" for _, x in place_characters(words))}"'
        return (
            f'<text transform="matrix({self._format_matrix(words.matrix)})" font-family="{_name(words.font)}" '
            f'font-size="{FONT_SIZE}" font-kerning="none" style="font-variant-ligatures:none;white-space:pre" '
            f'fill="{words.color}"{places}{opacity}>{html.escape(words.text)}</text>'
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
    opened = TTFont(open_font(font).reader.file.name, fontNumber=0)
    opened.flavor = None
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=characters)
    subsetter.subset(opened)
    opened.save(buffer)
    return buffer.getvalue()


def _name(font: Font) -> str:
    return "kernelwalk-" + "".join(each if each.isalnum() else "-" for each in font.file.rpartition("/")[2])
