# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels in the picture's corners: title, caption and equations at the top, legend, sum and position at the bottom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..arrays import Floats
from ..font_metrics import Font, wrap_text
from ..layers.axis import CROPPED, INPUT, OUTPUT_PADDING
from ..spec import label_texts
from ..spec.spec import Spec
from ..tiles.kernel_block import KERNEL_NAME, shows_kernel
from ..tiles.tile_grid import TileGrid
from ..tiles.visit_counts import VisitCounts
from ..values.color_maps import ColorScale
from ..values.digits import find_decimals, write_number
from ..values.grid_stages import find_kernel_scale, list_color_scales, shows_own_colors
from .label import LegendSquare, TextRun, bounding_box
from .scene_fit import ReservedCorner
from .step_counter import StepCounter, make_step_counter
from .sum_line import SumLine, make_sum_line
from .typography import (
    CAPTION_STYLE,
    EQUATION_STYLE,
    LEGEND_STYLE,
    POSITION_STYLE,
    TITLE_STYLE,
    TextStyle,
    em_pixels,
)

MIN_MARGIN, MAX_MARGIN = 0.035, 0.07
"""Bounds of the distance from labels to the picture's edges, which is the camera's margin, as shares of the picture's
shorter side."""

LEADING = 1.32
"""Distance of two baselines, in ems of the text."""

GAP_BELOW_TITLE, GAP_BELOW_CAPTION = 0.42, 0.5
"""Free space below a title and below a caption, in ems of names."""

GAP_ABOVE_SUM = 0.8
"""Free space above the sum, and above the position where the legend stands there, in ems of names."""

CORNER_CLEARANCE = 1.0
"""Free space around the labels in a corner, in ems of names."""

NAME_GAP_BESIDE_CORNERS = 1.0
"""Further free space to the labels of grids beside them, in ems of names: a name close to a title would read as its
continuation."""

MAX_TITLE_LINES = 2
TITLE_SCALES = (1.0, 0.85, 0.7, 0.6)
"""Scales of a title, tried until it has no more than MAX_TITLE_LINES lines."""

SQUARE_SIDE, SQUARE_GAP, ENTRY_GAP, ROW_PITCH = 0.74, 0.45, 1.5, 1.5
"""Measures of the legend in its ems: a swatch's side, the space from swatch to name, the space between entries, and the
distance of two rows."""

BAR_STEPS = 11
"""Colors of a color bar, an odd number: the middle one is that of the middle value."""

VISITED, NOT_COMPUTED = "Visited", "Not yet computed"
"""Names in the legend of the colors of visited tiles, and of tiles that are not computed yet."""


@dataclass
class CornerLabels:
    """Labels in the corners, as they are collected.

    reserved: the parts of the picture that they take
    min_gap:  least distance of the grids' labels beside them, in pixels
    """

    runs: list[TextRun] = field(default_factory=list)
    squares: list[LegendSquare] = field(default_factory=list)
    counter: StepCounter | None = None
    sum_line: SumLine | None = None
    reserved: list[ReservedCorner] = field(default_factory=list)
    min_gap: float = 0.0


@dataclass(frozen=True)
class LegendEntry:
    """An entry of the legend: one color, or several that belong together, such as idle and active."""

    name: str
    colors: tuple[Floats, ...]


def lay_out_corners(spec: Spec, grids: Sequence[TileGrid], label_size: float, legend_in_column: bool) -> CornerLabels:
    """Return the labels in the corners.

    grids:      whose colors the legend names
    label_size: scales all labels
    legend_in_column: put the legend's entries below each other, rather than in rows
    """
    em = em_pixels(spec.room, label_size)
    margin = float(np.clip(spec.camera.margin, MIN_MARGIN, MAX_MARGIN)) * min(spec.room)
    labels = CornerLabels(min_gap=NAME_GAP_BESIDE_CORNERS * em)
    _add_top_labels(spec, em, margin, labels)
    _add_bottom_labels(spec, grids, em, margin, legend_in_column, labels)
    return labels


def _add_top_labels(spec: Spec, em: float, margin: float, labels: CornerLabels) -> None:
    width, height = spec.room
    left = spec.span[0] * spec.render.resolution[0] + margin
    y = height - margin
    for texts, style, role, gap_below in (
        ([label_texts.format_title(spec)], TITLE_STYLE, "title", GAP_BELOW_TITLE),
        ([label_texts.format_caption(spec)], CAPTION_STYLE, "caption", GAP_BELOW_CAPTION),
        (label_texts.format_equations(spec), EQUATION_STYLE, "equation", 0.0),
    ):
        font = spec.typeface.get_font(style.weight)
        others = [label_texts.format_title(spec.turn_comparison())] if role == "title" and spec.beside else []
        max_width = (width - 2 * margin) / em
        wrapped = [_wrap_scaled(text, style, font, max_width, others) for text in texts if text.strip()]
        if not wrapped:
            continue
        style = wrapped[0][1]
        size = style.size * em
        last_descent = None
        for line in (line for lines, _ in wrapped for line in lines):
            descent, ascent = font.vertical_extent(line)
            y -= size * (ascent if last_descent is None else max(LEADING, last_descent + ascent))
            run = TextRun(line, style, font, em, left, y, role)
            last_descent = descent
            labels.runs.append(run)
            _, bottom, right, _ = run.box
            x_taken, y_taken = right + CORNER_CLEARANCE * em, bottom - CORNER_CLEARANCE * em
            labels.reserved.append(ReservedCorner(x_taken, y_taken, is_left=True, is_top=True))
        y -= font.descent * size + gap_below * em


def _wrap_scaled(
    text: str, style: TextStyle, font: Font, max_width: float, others: Sequence[str]
) -> tuple[list[str], TextStyle]:
    """Return a text in lines of at most `max_width` ems of names, and its style, which is smaller for a long title.

    others: titles beside it, which are to be as large
    """
    breaks = (" → ", " · ", " ") if style is CAPTION_STYLE else (" ",)
    for scale in TITLE_SCALES if style is TITLE_STYLE else (1.0,):
        scaled = TextStyle(style.weight, style.size * scale, style.is_muted)
        lines, *rest = (wrap_text(each, font, max_width / scaled.size, breaks) for each in (text, *others))
        if max(map(len, (lines, *rest))) <= MAX_TITLE_LINES:
            break
    return lines, scaled


def _add_bottom_labels(
    spec: Spec, grids: Sequence[TileGrid], em: float, margin: float, legend_in_column: bool, labels: CornerLabels
) -> None:
    start, end = (edge * spec.render.resolution[0] for edge in spec.span)
    start, end = start + margin, end - margin
    counter = make_step_counter(spec, em, end, margin)
    bottom = margin
    legend_width = end - start
    if counter is not None:
        labels.counter = counter
        left, _, _, top = counter.box
        x_taken, y_taken = left - CORNER_CLEARANCE * em, top + CORNER_CLEARANCE * em
        labels.reserved.append(ReservedCorner(x_taken, y_taken, is_left=False, is_top=False))
        legend_width = left - start - 2 * CORNER_CLEARANCE * em
    sum_line = make_sum_line(spec, em, start, bottom, legend_width)
    if sum_line is not None:
        labels.sum_line = sum_line
        _, _, right, top = sum_line.box
        x_taken, y_taken = right + CORNER_CLEARANCE * em, top + CORNER_CLEARANCE * em
        labels.reserved.append(ReservedCorner(x_taken, y_taken, is_left=True, is_top=False))
        bottom = max(top, counter.box[3] if counter else 0.0) + GAP_ABOVE_SUM * em
        legend_width = end - start
    entries = list_legend_entries(spec, grids) if spec.labels.legend else []
    if not entries:
        return
    font, size = spec.typeface.get_font(LEGEND_STYLE.weight), LEGEND_STYLE.size * em
    if (
        counter is not None
        and sum_line is None
        and max(_entry_width(entry, font) for entry in entries) * size > legend_width
    ):
        bottom, legend_width = counter.box[3] + GAP_ABOVE_SUM * em, end - start  # above the position
    rows = [[entry] for entry in entries] if legend_in_column else _break_rows(entries, font, legend_width / size)
    # on the baseline of the position, if there is one
    baseline = bottom + spec.typeface.get_font(POSITION_STYLE.weight).descent * POSITION_STYLE.size * em
    for number, row in enumerate(reversed(rows)):
        x, y = start, baseline + number * ROW_PITCH * size
        first = len(labels.runs)
        for entry in row:
            x = _add_entry(entry, font, x, y, em, labels) + ENTRY_GAP * size
        _, _, right, top = bounding_box([run.box for run in labels.runs[first:]])
        x_taken, y_taken = right + CORNER_CLEARANCE * em, top + CORNER_CLEARANCE * em
        labels.reserved.append(ReservedCorner(x_taken, y_taken, is_left=True, is_top=False))


def _break_rows(entries: Sequence[LegendEntry], font: Font, max_width: float) -> list[list[LegendEntry]]:
    """Return the entries in rows of at most `max_width`, in ems of the legend."""
    rows: list[list[LegendEntry]] = [[]]
    used = 0.0
    for entry in entries:
        width = _entry_width(entry, font)
        if rows[-1] and used + width > max_width:
            rows.append([])
            used = 0.0
        rows[-1].append(entry)
        used += width + ENTRY_GAP
    return rows


def _entry_width(entry: LegendEntry, font: Font) -> float:
    return len(entry.colors) * SQUARE_SIDE + SQUARE_GAP + font.width(entry.name)


def _add_entry(entry: LegendEntry, font: Font, x: float, y: float, em: float, labels: CornerLabels) -> float:
    """Add an entry of the legend at a place, and return the x at which it ends."""
    size = LEGEND_STYLE.size * em
    side = SQUARE_SIDE * size
    middle = y + font.cap_height * size / 2
    for color in entry.colors:
        labels.squares.append(LegendSquare(x, middle - side / 2, side, color))
        x += side
    run = TextRun(entry.name, LEGEND_STYLE, font, em, x + SQUARE_GAP * size, y, "legend")
    labels.runs.append(run)
    return run.x + run.width


def list_legend_entries(spec: Spec, grids: Sequence[TileGrid]) -> list[LegendEntry]:
    """Return the entries for the colors that occur, from the input's to the output's."""
    entries: dict[tuple[str, bytes], LegendEntry] = {}
    scales = list_color_scales(spec)
    for grid, scale in zip(grids, scales, strict=False):  # an estimate comes without grids
        visits = grid.visit_counts
        for kind in grid.used_kinds:
            name, colors = _kind_name(grid, kind), grid.palette[kind]
            if kind == OUTPUT_PADDING and scale is not None:
                continue  # in the bar of the output
            if kind == INPUT and scale is not None:
                if not (grid.name == label_texts.INPUT_NAME and shows_own_colors(spec)):
                    entries.setdefault((name, b""), _make_color_bar(spec, name, scale))
                continue
            # tiles with a color of their own before they are computed and after it never look idle
            never_idle = (
                visits is not None
                and kind != CROPPED
                and visits.visited_colors is not None
                and visits.unvisited_color is not None
            )
            entry = LegendEntry(name, tuple(colors[1:] if never_idle else colors))
            entries.setdefault((name, colors.tobytes()), entry)
        if visits is not None:
            for entry in _visit_entries(visits):
                entries.setdefault((entry.name, b""), entry)
    scale = find_kernel_scale(spec) if shows_kernel(spec) else None
    if scale is not None:
        entries[KERNEL_NAME, b""] = _make_color_bar(spec, KERNEL_NAME, scale)
    renames = label_texts.parse_legend_renames(spec)
    return [
        LegendEntry(renames.get(entry.name, entry.name), entry.colors)
        for entry in entries.values()
        if renames.get(entry.name) != ""
    ]


def _make_color_bar(spec: Spec, name: str, scale: ColorScale) -> LegendEntry:
    """Return the entry of a grid's color scale: its colors, from the lowest value to the highest."""
    ends = np.array([scale.low, scale.high])
    low, high = (write_number(end, find_decimals(ends)) for end in ends.tolist())
    srgb = scale.to_srgb(np.linspace(scale.low, scale.high, BAR_STEPS))
    return LegendEntry(f"{name}, {low} to {high}", tuple(spec.look.srgb_to_scene(srgb)))


def _visit_entries(visits: VisitCounts) -> Iterator[LegendEntry]:
    """Yield the entries for tiles that have been computed, and for tiles that have not."""
    if visits.visited_colors is not None:
        low, high = visits.visited_colors
        if (low == high).all():
            yield LegendEntry(VISITED, (low,))
        else:
            stamps = "1 stamp" if visits.max_count <= 1 else f"1 to {visits.max_count:g} stamps"
            yield LegendEntry(stamps, (low, high) if visits.max_count > 1 else (low,))
    if visits.unvisited_color is not None:
        yield LegendEntry(NOT_COMPUTED, (visits.unvisited_color,))


def _kind_name(grid: TileGrid, kind: int) -> str:
    """Return the name of a kind of tile; the values of a feature map inside a chain are no "Input"."""
    name = grid.kind_names[kind]
    is_inside = grid.name not in (label_texts.INPUT_NAME, label_texts.OUTPUT_NAME)
    return "Feature map" if name == "Input" and is_inside else name
