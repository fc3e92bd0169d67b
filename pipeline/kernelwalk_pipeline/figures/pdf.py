# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures as PDF, a page for each, by ReportLab. A pixel is 1/96 inch."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from kernelwalk.core.font_metrics import Font
from kernelwalk.core.text_direction import is_right_to_left

from .figure import Figure
from .glyphs import find_font_file, outline_words, place_characters
from .shapes import POINTS_OF_COMMAND, Area, Path, Shape, Stroke, Words

POINTS_PER_PIXEL = 72 / 96

TRUETYPE = b"\0\1\0\0"
"""First bytes of the fonts that ReportLab embeds; of others, text is drawn as outlines."""

EVEN_ODD = 0
"""ReportLab's number of the even-odd rule."""


def write_pdf(figures: Sequence[Figure], title: str, as_text: bool) -> bytes:
    """Return figures as a PDF. as_text: write words as text, with their fonts, instead of outlines."""
    from reportlab.pdfgen.canvas import Canvas

    buffer = io.BytesIO()

    class Pages(Canvas):  # type: ignore[misc]  # ReportLab has no types
        """Pages that begin without a font: ReportLab's would not be embedded."""

        def _make_preamble(self) -> None:
            self._preamble = ""

    canvas = Pages(buffer, pageCompression=1, invariant=1)  # invariant: no time of day
    canvas.setTitle(title)
    canvas.setCreator("Kernelwalk")
    writer = _Writer(canvas, as_text)
    for figure in figures:
        canvas.setPageSize((figure.width * POINTS_PER_PIXEL, figure.height * POINTS_PER_PIXEL))
        canvas.scale(POINTS_PER_PIXEL, POINTS_PER_PIXEL)
        canvas.setLineJoin(1)
        for shape in figure.shapes:
            writer.write(shape)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


class _Writer:
    """Writes shapes to a page."""

    def __init__(self, canvas: Any, as_text: bool):
        self.canvas, self.as_text = canvas, as_text
        self.fonts: dict[Font, str | None] = {}

    def write(self, shape: Shape) -> None:
        canvas = self.canvas
        if isinstance(shape, Stroke):
            canvas.setStrokeColor(shape.color, alpha=shape.opacity)
            canvas.setLineWidth(shape.width)
            self._draw("M" + "L" * (len(shape.points) - 1), shape.points.tolist(), fill=0, stroke=1)
            return
        canvas.setFillColor(shape.color, alpha=shape.opacity)
        if isinstance(shape, Area):
            self._fill(shape.path)
        elif self.as_text and not is_right_to_left(shape.text) and self._load(shape.font) is not None:
            self._write_text(shape)
        else:
            self._fill(outline_words(shape))

    def _fill(self, path: Path) -> None:
        if path.commands:
            self._draw(path.commands, path.points.tolist(), fill=1, stroke=0)

    def _draw(self, commands: str, points: list[list[float]], fill: int, stroke: int) -> None:
        drawn, place = self.canvas.beginPath(), 0
        for command in commands:
            if command == "M":
                drawn.moveTo(*points[place])
            elif command == "L":
                drawn.lineTo(*points[place])
            elif command == "C":
                drawn.curveTo(*points[place], *points[place + 1], *points[place + 2])
            else:
                drawn.close()
            place += POINTS_OF_COMMAND[command]
        self.canvas.drawPath(drawn, fill=fill, stroke=stroke, fillMode=EVEN_ODD)

    def _load(self, font: Font) -> str | None:
        """Return ReportLab's name of a font; None for one that it cannot embed."""
        if font not in self.fonts:
            from reportlab.pdfbase import pdfmetrics
            from reportlab.pdfbase.ttfonts import TTFont

            path = find_font_file(font)
            name = f"kernelwalk-{len(self.fonts)}"
            with path.open("rb") as file:
                is_truetype = file.read(4) == TRUETYPE
            if is_truetype:
                pdfmetrics.registerFont(TTFont(name, str(path)))
            self.fonts[font] = name if is_truetype else None
        return self.fonts[font]

    def _write_text(self, words: Words) -> None:
        canvas = self.canvas
        canvas.saveState()
        canvas.transform(*words.matrix)
        canvas.setFont(self._load(words.font), 1)
        if words.places is None:
            canvas.drawString(0, 0, words.text)
        else:
            for character, x in place_characters(words):
                canvas.drawString(x, 0, character)
        canvas.restoreState()
