# SPDX-License-Identifier: GPL-3.0-or-later
"""Contact sheets: pictures side by side, each with what it is, under a title."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from kernelwalk.core.labels.font_metrics import FONTS, REGULAR, STRONG
from PIL import Image, ImageColor, ImageDraw, ImageFont

from .. import step_selection
from ..blenders.blender_pool import Executor
from ..failures import UsageError
from ..jobs.job import rendered_steps
from ..jobs.rendering import RenderOptions
from ..outputs import publish_file
from ..report import summarize_spec
from ..source import Source

DEFAULT_SIDE = 480
"""The longer side of a picture of a sheet, where nobody says how large it is to be."""

MAX_PIXELS = 200_000_000
"""Of a sheet: what still opens everywhere."""

MAX_OUTPUT_COLUMNS = 8
"""Columns of an output that a sheet follows, so that it shows its steps where their outputs stand."""

TARGET_ASPECT = 1.5
"""Width to height that a sheet is near to otherwise."""

MUTED_SHARE = 0.45
"""How far the colour of lesser words is from the ink towards the background."""


@dataclass(frozen=True)
class SheetCell:
    """A picture's file, and the words below it: strong ones, then lesser ones."""

    picture: Path
    title: str
    caption: str = ""


@dataclass(frozen=True)
class SheetLayout:
    """How a sheet looks.

    title, about: the words above the pictures
    columns: how many pictures stand side by side
    size:  that each picture has, or is made to fit into
    background: "#RRGGBB"
    transparent: whether it is left out; the words are as they would be on it
    """

    title: str
    subtitle: str
    columns: int
    size: tuple[int, int]
    background: str
    transparent: bool = False


def with_sheet_size(source: Source) -> Source:
    """A source with pictures of a size that suits a sheet."""
    width, height = source.spec.render.resolution
    scale = DEFAULT_SIDE / max(width, height)
    size = max(16, round(width * scale)), max(16, round(height * scale))
    return replace(source, spec=replace(source.spec, render=replace(source.spec.render, resolution=size)))


def without_labels(source: Source) -> Source:
    """A source with pictures that do not say what a sheet says around them."""
    words = replace(
        source.spec.labels, title=False, names=False, caption=False, equation=False, position=False, legend=False
    )
    return replace(source, spec=replace(source.spec, words=words))


def render_sheet(
    source: Source, chosen: Sequence[int], columns: int | None, path: Path, way: RenderOptions, crew: Executor
) -> None:
    """Render steps of a walk as a contact sheet. Raises Failure; what is rendered by then is kept beside `path`."""
    spec = source.spec
    size = spec.render.resolution
    if columns is None:
        columns = _output_columns(source, chosen)
    look = SheetLayout(
        spec.title or source.name,
        summarize_spec(spec).removeprefix(f"{spec.name}: "),
        min(columns, len(chosen)),
        size,
        spec.look.colors.background,
        spec.render.transparent,
    )
    check_size(look, len(chosen))
    with rendered_steps(source, chosen, path, way, crew) as pictures:
        words = [step_selection.label_step(spec, number) for number in chosen]
        cells = [SheetCell(picture, *told) for picture, told in zip(pictures, words, strict=True)]
        part = path.with_name(path.name + ".frames") / "sheet.png"
        write_sheet(cells, look, part)
        publish_file(part, path)


def _output_columns(source: Source, chosen: Sequence[int]) -> int:
    """As many columns as the output has, where the steps fill its rows; else as suit their number."""
    spec = source.spec
    across = spec.walk_order.sizes[-1]
    by_rows = spec.walk.order == "rows" and len(spec.walk_order.sizes) > 1
    if by_rows and 1 < across <= MAX_OUTPUT_COLUMNS and list(chosen) == list(range(spec.walk_order.position_count)):
        return across
    return choose_columns(len(chosen), spec.render.resolution)


def choose_columns(count: int, size: tuple[int, int]) -> int:
    """Columns of a sheet of so many pictures, whose last row is as full as can be without a sheet that is too long."""
    near = max(1, round(math.sqrt(count * TARGET_ASPECT * size[1] / size[0])))
    # a single column is full in any case
    possible = [columns for columns in (near, near + 1, near - 1) if min(near, 2) <= columns <= count] or [count]
    return min(possible, key=lambda columns: -count % columns)


def check_size(look: SheetLayout, count: int) -> None:
    """Raise UsageError where a sheet of so many pictures would be too large."""
    width, height = _Measures(look).size(count)
    if width * height > MAX_PIXELS:
        raise UsageError(
            f"{count} pictures of {look.size[0]}x{look.size[1]} make a sheet of {width}x{height} pixels, which is too "
            "large. Choose fewer steps (--steps, --every), or smaller pictures (--size)"
        )


class _Measures:
    """The lengths of a sheet in pixels: all go by its pictures' width."""

    def __init__(self, look: SheetLayout):
        self.look = look
        width, height = look.size
        unit = max(10.0, width / 26)
        self.label, self.title = round(unit), round(1.7 * unit)
        self.gap, self.margin = round(1.1 * unit), round(1.8 * unit)
        self.head = round(4.4 * unit)
        self.across, self.down = width + self.gap, height + round(2.6 * unit)

    def size(self, count: int) -> tuple[int, int]:
        columns = self.look.columns
        width = 2 * self.margin + columns * self.across - self.gap
        return width, 2 * self.margin + self.head + -(-count // columns) * self.down

    def place(self, number: int) -> tuple[int, int]:
        """The left upper corner of a picture."""
        row, column = divmod(number, self.look.columns)
        return self.margin + column * self.across, self.margin + self.head + row * self.down


def write_sheet(cells: Sequence[SheetCell], look: SheetLayout, path: Path) -> None:
    """Write a sheet as a PNG."""
    measures = _Measures(look)
    width, height = measures.size(len(cells))
    ink = text_color_on(look.background)
    muted = _mix(ink, look.background, MUTED_SHARE)
    page = Image.new("RGBA", (width, height), (0, 0, 0, 0) if look.transparent else look.background)
    draw = ImageDraw.Draw(page)
    most = width - 2 * measures.margin
    strong, plain = _font(STRONG, measures.title), _font(REGULAR, measures.label)
    top = measures.margin
    draw.text((measures.margin, top), _truncate(look.title, strong, most), ink, strong)
    draw.text((measures.margin, top + round(1.5 * measures.title)), _truncate(look.subtitle, plain, most), muted, plain)
    strong = _font(STRONG, measures.label)
    for number, cell in enumerate(cells):
        x, y = measures.place(number)
        with Image.open(cell.picture) as file:
            picture = _fit_picture(file.convert("RGBA"), look.size)
        page.alpha_composite(picture, (x + (look.size[0] - picture.width) // 2, y))
        y += look.size[1] + round(0.4 * measures.label)
        name = _truncate(cell.title, strong, look.size[0])
        begin = strong.getlength(name + "  ")
        about = _truncate(cell.caption, plain, look.size[0] - begin)
        left = x + (look.size[0] - (begin + plain.getlength(about) if about else strong.getlength(name))) / 2
        draw.text((left, y), name, ink, strong)
        draw.text((left + begin, y), about, muted, plain)
    (page if look.transparent else page.convert("RGB")).save(path, "PNG", optimize=True)


def text_color_on(background: str) -> str:
    """Black or white, nearly: what is read on a background."""
    red, green, blue = ImageColor.getrgb(background)[:3]
    return "#16191D" if 0.299 * red + 0.587 * green + 0.114 * blue > 127 else "#F4F5F7"


def _mix(one: str, other: str, share: float) -> tuple[int, ...]:
    pairs = zip(ImageColor.getrgb(one)[:3], ImageColor.getrgb(other)[:3], strict=True)
    return tuple(round(first + share * (second - first)) for first, second in pairs)


def _fit_picture(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A picture made to fit into a size."""
    scale = min(size[0] / picture.width, size[1] / picture.height)
    if scale == 1:
        return picture
    new = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return picture.resize(new, Image.Resampling.LANCZOS)


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / f"{name}.ttf", size)


def _truncate(text: str, font: ImageFont.FreeTypeFont, most: float) -> str:
    """As much of a text as fits."""
    if font.getlength(text) <= most:
        return text
    while text and font.getlength(text + "…") > most:
        text = text[:-1]
    return text.rstrip(" ,") + "…" if text else ""
