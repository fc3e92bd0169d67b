# SPDX-License-Identifier: GPL-3.0-or-later
"""Contact sheets: pictures side by side, each with a label, under a title."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from kernelwalk.core.describe.summary import summarize_layers
from kernelwalk.core.errors import format_value
from kernelwalk.core.font_metrics import FONTS, REGULAR, STRONG, load_font, name_characters
from kernelwalk.core.typeface import BUILT_IN, Typeface
from PIL import Image, ImageColor, ImageDraw, ImageFont

from ..atomic import publish_file
from ..blenders.blender_pool import Executor
from ..failures import UsageError
from ..jobs.job import render_steps
from ..jobs.rendering import RenderOptions
from ..outputs import Output
from ..progress import log
from ..source import Source
from ..step_selection import label_step
from .columns import choose_columns

DEFAULT_SIDE = 480
"""The longer side of a picture on a sheet without --size, in pixels."""

MAX_PIXELS = 200_000_000
"""The largest sheet; larger pictures do not open everywhere."""

MAX_OUTPUT_COLUMNS = 8
"""The widest output whose columns a sheet follows, so that each step stands where its output tile does."""

MUTED_SHARE = 0.45
"""Share of the background in the color of captions."""


@dataclass(frozen=True)
class SheetCell:
    """A picture's file, with the bold title and the caption below it."""

    picture: Path
    title: str
    caption: str = ""


@dataclass(frozen=True)
class SheetLayout:
    """The layout of a sheet.

    title, subtitle: above the pictures
    columns:         pictures per row
    size:            (width, height) in pixels that each picture has, or is scaled to fit into
    background:      "#RRGGBB"
    transparent:     leave out the background; the text keeps the color that suits it
    typeface:        the fonts of all text; what they lack is drawn in the add-on's own
    """

    title: str
    subtitle: str
    columns: int
    size: tuple[int, int]
    background: str
    transparent: bool = False
    typeface: Typeface = BUILT_IN


def with_sheet_size(source: Source) -> Source:
    """Return a source whose pictures have the default size on a sheet."""
    width, height = source.spec.render.resolution
    scale = DEFAULT_SIDE / max(width, height)
    size = max(16, round(width * scale)), max(16, round(height * scale))
    return source._replace(spec=replace(source.spec, render=source.spec.render._replace(resolution=size)))


def without_labels(source: Source) -> Source:
    """Return a source whose pictures have none of the labels that the sheet shows."""
    labels = source.spec.labels._replace(
        title=False, names=False, caption=False, equation=False, position=False, legend=False
    )
    return source._replace(spec=replace(source.spec, labels=labels))


def render_sheet(
    source: Source, chosen: Sequence[int], columns: int | None, path: Path, options: RenderOptions, executor: Executor
) -> None:
    """Render steps of a walk as a contact sheet. Raises Failure; pictures rendered before it are kept beside `path`."""
    spec = source.spec
    size = spec.render.resolution
    if columns is None:
        columns = _output_columns(source, chosen)
    layout = SheetLayout(
        choose_title(source),
        " | ".join(map(summarize_layers, spec.with_beside)),
        min(columns, len(chosen)),
        size,
        spec.look.colors.background,
        spec.render.transparent,
        spec.typeface,
    )
    check_size(layout, len(chosen))
    with render_steps(source, chosen, path, options, executor) as pictures:
        labels = [label_step(spec, number) for number in chosen]
        cells = [SheetCell(picture, *label) for picture, label in zip(pictures, labels, strict=True)]
        part = Output(path, is_film=True).frames_folder / "sheet.png"
        write_sheet(cells, layout, part)
        publish_file(part, path)


def choose_title(source: Source) -> str:
    """Return the spec's title, or else its name: the first that the sheet's font draws; empty if it draws neither.

    A layer beside another has its title beside that one's. What is left out is told on stderr.
    """
    fonts = source.spec.typeface.get_font(STRONG), load_font(STRONG)
    spec = source.spec
    title = f"{spec.name} | {spec.beside}" if spec.beside else spec.title
    for text in filter(None, (title, source.name)):
        if any(font.covers(text) for font in fonts):
            return text
        missing = sorted({character for character in text if character not in fonts[0].widths})
        what = f"the sheet leaves out {format_value(text)} above the pictures, since its font lacks"
        log(source.name, f"{what} {name_characters(missing)}. --labels keeps the title in the pictures")
    return ""


def _output_columns(source: Source, chosen: Sequence[int]) -> int:
    """Return the output's number of columns if the steps fill its rows, else one that suits their number."""
    spec = source.spec
    across = spec.walk_order.sizes[-1]
    by_rows = spec.walk.order == "rows" and len(spec.walk_order.sizes) > 1
    if by_rows and 1 < across <= MAX_OUTPUT_COLUMNS and list(chosen) == list(range(spec.walk_order.position_count)):
        return across
    return choose_columns(len(chosen), spec.render.resolution)


def check_size(layout: SheetLayout, count: int) -> None:
    """Raise UsageError if a sheet of so many pictures would be too large."""
    width, height = _Measures(layout).size(count)
    if width * height > MAX_PIXELS:
        raise UsageError(
            f"{count} pictures of {layout.size[0]}x{layout.size[1]} make a sheet of {width}x{height} pixels, which is "
            "too large. Choose fewer steps (--steps, --every), or smaller pictures (--size)"
        )


class _Measures:
    """The lengths of a sheet in pixels, proportional to the width of its pictures."""

    def __init__(self, layout: SheetLayout):
        self.layout = layout
        width, height = layout.size
        unit = max(10.0, width / 26)
        self.label, self.title = round(unit), round(1.7 * unit)
        self.gap, self.margin = round(1.1 * unit), round(1.8 * unit)
        self.head = round(4.4 * unit)
        self.across, self.down = width + self.gap, height + round(2.6 * unit)

    def size(self, count: int) -> tuple[int, int]:
        """Return the (width, height) of a sheet of so many pictures."""
        columns = self.layout.columns
        width = 2 * self.margin + columns * self.across - self.gap
        return width, 2 * self.margin + self.head + -(-count // columns) * self.down

    def place(self, number: int) -> tuple[int, int]:
        """Return the top left corner of a picture."""
        row, column = divmod(number, self.layout.columns)
        return self.margin + column * self.across, self.margin + self.head + row * self.down


def write_sheet(cells: Sequence[SheetCell], layout: SheetLayout, path: Path) -> None:
    """Write a sheet as a PNG."""
    measures = _Measures(layout)
    width, height = measures.size(len(cells))
    ink = text_color_on(layout.background)
    muted = _mix(ink, layout.background, MUTED_SHARE)
    page = Image.new("RGBA", (width, height), (0, 0, 0, 0) if layout.transparent else layout.background)
    draw = ImageDraw.Draw(page)
    max_width = width - 2 * measures.margin
    title_font = _load_font(layout.typeface, STRONG, layout.title, measures.title)
    top = measures.margin
    draw.text((measures.margin, top), _truncate(layout.title, title_font, max_width), ink, title_font)
    plain = _load_font(layout.typeface, REGULAR, layout.subtitle, measures.label)
    subtitle = _truncate(layout.subtitle, plain, max_width)
    draw.text((measures.margin, top + round(1.5 * measures.title)), subtitle, muted, plain)
    bold = _load_font(layout.typeface, STRONG, "".join(cell.title for cell in cells), measures.label)
    plain = _load_font(layout.typeface, REGULAR, "".join(cell.caption for cell in cells), measures.label)
    for number, cell in enumerate(cells):
        x, y = measures.place(number)
        with Image.open(cell.picture) as file:
            picture = _fit_picture(file.convert("RGBA"), layout.size)
        page.alpha_composite(picture, (x + (layout.size[0] - picture.width) // 2, y))
        y += layout.size[1] + round(0.4 * measures.label)
        title = _truncate(cell.title, bold, layout.size[0])
        indent = bold.getlength(title + "  ")
        caption = _truncate(cell.caption, plain, layout.size[0] - indent)
        left = x + (layout.size[0] - (indent + plain.getlength(caption) if caption else bold.getlength(title))) / 2
        draw.text((left, y), title, ink, bold)
        draw.text((left + indent, y), caption, muted, plain)
    (page if layout.transparent else page.convert("RGB")).save(path, "PNG", optimize=True)


def text_color_on(background: str) -> str:
    """Return a near-black or near-white, whichever is readable on a background "#RRGGBB"."""
    red, green, blue = ImageColor.getrgb(background)[:3]
    return "#16191D" if 0.299 * red + 0.587 * green + 0.114 * blue > 127 else "#F4F5F7"


def _mix(one: str, other: str, share: float) -> tuple[int, ...]:
    """Return the color at `share` of the way from one "#RRGGBB" to the other."""
    pairs = zip(ImageColor.getrgb(one)[:3], ImageColor.getrgb(other)[:3], strict=True)
    return tuple(round(first + share * (second - first)) for first, second in pairs)


def _fit_picture(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return a picture scaled to fit into a size."""
    scale = min(size[0] / picture.width, size[1] / picture.height)
    if scale == 1:
        return picture
    new_size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return picture.resize(new_size, Image.Resampling.LANCZOS)


def _load_font(typeface: Typeface, weight: str, text: str, size: int) -> ImageFont.FreeTypeFont:
    """Return the font of a typeface, or the add-on's where it lacks letters of a text. Raises UsageError."""
    font = typeface.get_font(weight)
    return _open_font((font if font.covers(text) else load_font(weight)).file, size)


@cache
def _open_font(file: str, size: int) -> ImageFont.FreeTypeFont:
    path = FONTS / file  # the path of a user's own font is absolute
    try:
        return ImageFont.truetype(path, size)
    except OSError as error:
        raise UsageError(f"labels.font: {path}: cannot be read: {error}. Name another .ttf or .otf file") from None


def _truncate(text: str, font: ImageFont.FreeTypeFont, max_width: float) -> str:
    """Return a text, shortened to a width in pixels."""
    if font.getlength(text) <= max_width:
        return text
    while text and font.getlength(text + "…") > max_width:
        text = text[:-1]
    return text.rstrip(" ,") + "…" if text else ""
