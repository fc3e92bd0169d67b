# SPDX-License-Identifier: GPL-3.0-or-later
"""Words that stand still in the picture's corners: title, caption and equation above, legend and position below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..layers.axis import CROPPED
from ..spec import label_texts
from ..spec.spec import Spec
from ..tiles.tile_grid import TileGrid
from ..tiles.visit_counts import VisitCounts
from ..walk.activation import Floats
from .font_metrics import load_font, wrap_text
from .label import (
    CAPTION_STYLE,
    EQUATION_STYLE,
    LEGEND_STYLE,
    POSITION_STYLE,
    TITLE_STYLE,
    LegendSquare,
    TextRun,
    TextStyle,
    bounding_box,
    em_pixels,
)
from .scene_fit import ReservedCorner
from .step_counter import StepCounter, make_step_counter

MIN_MARGIN, MAX_MARGIN = 0.035, 0.07
"""Of words to the picture's edges: the camera's own, in shares of the shorter side, within these bounds."""

LEADING = 1.32
"""From a line to the next, in ems."""

GAP_BELOW_TITLE, GAP_BELOW_CAPTION = 0.42, 0.5
"""Free space below a title and below a caption, in ems of names."""

CORNER_CLEARANCE = 1.0
"""Free space around what stands in a corner, in ems of names."""

NAME_GAP_BESIDE_CORNERS = 1.0
"""How much more of it is beside words that hang in the scene, which would read as if they went on from there."""

MAX_TITLE_LINES = 2
"""Lines beyond which a title becomes smaller, by SMALLER at most."""
TITLE_SCALES = (1.0, 0.85, 0.7, 0.6)

SQUARE_SIDE, SQUARE_GAP, ENTRY_GAP, ROW_PITCH = 0.74, 0.45, 1.5, 1.5
"""Of the legend, in its ems: the side of a swatch, the space between swatch and name, and between two entries; and from
a row to the next."""

VISITED, GHOST = "Visited", "Not yet computed"
"""What colours are called that the walk leaves behind, and that are there before it comes."""


@dataclass
class CornerLabels:
    """What stands in the corners, and what of the picture it takes, as it is gathered."""

    runs: list[TextRun] = field(default_factory=list)
    squares: list[LegendSquare] = field(default_factory=list)
    counter: StepCounter | None = None
    reserved: list[ReservedCorner] = field(default_factory=list)
    min_gap: float = 0.0
    """How far beside that words of the scene are at least, in pixels."""


@dataclass(frozen=True)
class LegendEntry:
    """An entry of the legend: a colour, or several that belong together, such as idle and lit."""

    name: str
    colors: tuple[Floats, ...]


def lay_out_corners(spec: Spec, tiles: Sequence[TileGrid], label_size: float, legend_in_column: bool) -> CornerLabels:
    """What a spec says in the corners.

    size:   scales the words
    column: whether the legend's entries stand below each other, rather than in a row
    """
    own = em_pixels(spec.render.resolution, label_size)
    width, height = spec.render.resolution
    margin = float(np.clip(spec.camera.margin, MIN_MARGIN, MAX_MARGIN)) * min(width, height)
    found = CornerLabels(min_gap=NAME_GAP_BESIDE_CORNERS * own)
    _above(spec, own, margin, found)
    _below(spec, tiles, own, margin, legend_in_column, found)
    return found


def _above(spec: Spec, own: float, margin: float, found: CornerLabels) -> None:
    width, height = spec.render.resolution
    up = height - margin
    for texts, style, role, after in (
        ([label_texts.title_text(spec)], TITLE_STYLE, "title", GAP_BELOW_TITLE),
        ([label_texts.caption_text(spec)], CAPTION_STYLE, "caption", GAP_BELOW_CAPTION),
        (label_texts.equation_lines(spec), EQUATION_STYLE, "equation", 0.0),
    ):
        said = [_fitted(text, style, (width - 2 * margin) / own) for text in texts if text.strip()]
        if not said:
            continue
        style = said[0][1]
        measure, each = load_font(style.font), style.size * own
        drop = None
        for line in (line for lines, _ in said for line in lines):
            low, high = measure.vertical_extent(line)
            up -= each * (high if drop is None else max(LEADING, drop + high))
            run = TextRun(line, style, own, margin, up, role)
            drop = low
            found.runs.append(run)
            _, bottom, right, _ = run.box
            found.reserved.append(
                ReservedCorner(
                    right + CORNER_CLEARANCE * own, bottom - CORNER_CLEARANCE * own, is_left=True, is_top=True
                )
            )
        up -= measure.drop * each + after * own


def _fitted(text: str, style: TextStyle, room: float) -> tuple[list[str], TextStyle]:
    """A text in lines, in the style or, where it is a long title, in a smaller one. `room` is in ems of names."""
    breaks = (" → ", " · ", " ") if style is CAPTION_STYLE else (" ",)
    for smaller in TITLE_SCALES if style is TITLE_STYLE else (1.0,):
        scaled = TextStyle(style.font, style.size * smaller, style.is_muted)
        lines = wrap_text(text, style.font, room / scaled.size, breaks)
        if len(lines) <= MAX_TITLE_LINES:
            break
    return lines, scaled


def _below(spec: Spec, tiles: Sequence[TileGrid], own: float, margin: float, column: bool, found: CornerLabels) -> None:
    width, _ = spec.render.resolution
    made = make_step_counter(spec, own, width - margin, margin)
    bottom = margin
    room = width - 2 * margin
    if made is not None:
        found.counter = made
        left, _, _, top = made.box
        found.reserved.append(
            ReservedCorner(left - CORNER_CLEARANCE * own, top + CORNER_CLEARANCE * own, is_left=False, is_top=False)
        )
        room = left - margin - 2 * CORNER_CLEARANCE * own
    entries = list_legend_entries(spec, tiles) if spec.labels.legend else []
    if not entries:
        return
    size = LEGEND_STYLE.size * own
    if made is not None and max(_entry_width(entry) for entry in entries) * size > room:
        bottom, room = made.box[3] + 0.6 * own, width - 2 * margin  # above the position
    rows = [[entry] for entry in entries] if column else _rows(entries, room / size)
    base = (
        bottom + load_font(POSITION_STYLE.font).drop * POSITION_STYLE.size * own
    )  # on the position's line, where there is one
    for number, row in enumerate(reversed(rows)):
        x, y = margin, base + number * ROW_PITCH * size
        first = len(found.runs)
        for entry in row:
            x = _entry(entry, x, y, own, found) + ENTRY_GAP * size
        boxes = [run.box for run in found.runs[first:]]
        _, _, right, top = bounding_box(boxes)
        found.reserved.append(
            ReservedCorner(right + CORNER_CLEARANCE * own, top + CORNER_CLEARANCE * own, is_left=True, is_top=False)
        )


def _rows(entries: Sequence[LegendEntry], room: float) -> list[list[LegendEntry]]:
    """The entries in rows no wider than `room`, in ems of the legend."""
    rows: list[list[LegendEntry]] = [[]]
    used = 0.0
    for entry in entries:
        width = _entry_width(entry)
        if rows[-1] and used + width > room:
            rows.append([])
            used = 0.0
        rows[-1].append(entry)
        used += width + ENTRY_GAP
    return rows


def _entry_width(entry: LegendEntry) -> float:
    return len(entry.colors) * SQUARE_SIDE + SQUARE_GAP + load_font(LEGEND_STYLE.font).width(entry.name)


def _entry(entry: LegendEntry, x: float, y: float, own: float, found: CornerLabels) -> float:
    """Put an entry of the legend at a place; where it ends."""
    size = LEGEND_STYLE.size * own
    side = SQUARE_SIDE * size
    middle = y + load_font(LEGEND_STYLE.font).capital * size / 2
    for color in entry.colors:
        found.squares.append(LegendSquare(x, middle - side / 2, side, color))
        x += side
    run = TextRun(entry.name, LEGEND_STYLE, own, x + SQUARE_GAP * size, y, "legend")
    found.runs.append(run)
    return run.x + run.width


def list_legend_entries(spec: Spec, tiles: Sequence[TileGrid]) -> list[LegendEntry]:
    """The colours that occur, from the input's to the output's."""
    found: dict[tuple[str, bytes], LegendEntry] = {}
    for grid in tiles:
        heat = grid.visit_counts
        for kind in grid.used_kinds:
            name, colors = _kind_name(grid, kind, spec), grid.palette[kind]
            # tiles that look otherwise before they are computed, and again after, never look idle
            never_idle = (
                heat is not None
                and kind != CROPPED
                and heat.visited_colors is not None
                and heat.unvisited_color is not None
            )
            entry = LegendEntry(name, tuple(colors[1:] if never_idle else colors))
            found.setdefault((name, colors.tobytes()), entry)
        if heat is not None:
            for entry in _left_behind(heat):
                found.setdefault((entry.name, b""), entry)
    others = label_texts.legend_renames(spec)
    return [
        LegendEntry(others.get(entry.name, entry.name), entry.colors)
        for entry in found.values()
        if others.get(entry.name) != ""
    ]


def _left_behind(heat: VisitCounts) -> Iterator[LegendEntry]:
    """What tiles look like that have been computed, and that have not been yet."""
    if heat.visited_colors is not None:
        low, high = heat.visited_colors
        if (low == high).all():
            yield LegendEntry(VISITED, (low,))
        else:
            stamps = "1 stamp" if heat.max_count <= 1 else f"1 to {heat.max_count:g} stamps"
            yield LegendEntry(stamps, (low, high) if heat.max_count > 1 else (low,))
    if heat.unvisited_color is not None:
        yield LegendEntry(GHOST, (heat.unvisited_color,))


def _kind_name(grid: TileGrid, kind: int, spec: Spec) -> str:
    """What a kind of tile is called: a feature map's own values by its layer's name."""
    name = grid.kind_names[kind]
    return (
        "Feature map"
        if name == "Input" and grid.name not in (label_texts.INPUT_NAME, label_texts.OUTPUT_NAME)
        else name
    )
