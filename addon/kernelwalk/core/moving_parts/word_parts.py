# SPDX-License-Identifier: GPL-3.0-or-later
"""Words as parts: titles, names, captions, the legend with its squares, the walk's position and what a step computes.

What is fixed in the picture stands at the scene, and not right before a camera that a viewer does not have.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from ..arrays import Floats
from ..camera.framing import View, list_box_corners
from ..labels.grid_indices import FLOOR_CLEARANCE
from ..labels.label import EDGE_SHARE, Label, Swatch
from ..labels.sum_line import place_glyphs
from ..plan.plan import Plan
from ..plan.rests import Rests, find_runs
from .motions import group_runs, jump, show
from .part_writer import PartWriter, WordMaker
from .solids import make_flat, make_square

DESCENT = 0.3
"""Room below a baseline, in ems."""

SQUARE_LAYER = 0.05
"""Distance of a legend's square before its outline, as a share of its side."""

Spans = Sequence[tuple[int, int]]
"""The rests over which something is shown, from one up to another."""


class WordParts:
    """Adds words to a group."""

    def __init__(self, writer: PartWriter, parent: Any, plan: Plan, rests: Rests, make_words: WordMaker):
        self.writer, self.plan, self.rests, self.make_words = writer, plan, rests, make_words
        self.group = writer.add_group(parent, "Words", "Words")
        depths = plan.view.measure_depths(list_box_corners([grid.bounds for grid in plan.all_grids]))
        self.depth = float(depths.min() + depths.max()) / 2
        self.always = [(0, len(rests.frames))]

    def add(self) -> None:
        """Add all words."""
        plan = self.plan
        for label in plan.labels:
            self._add_text(label, label.text, self.always)
        for swatch in plan.swatches:
            self._add_swatch(swatch)
        for name, label in plan.counter_labels.items():
            self._add_counter(name, label)
        if plan.sum_label is not None:
            self._add_sums(plan.sum_label)

    def _add_text(
        self, label: Label, text: str, spans: Spans, across: Floats | None = None, start: float | None = None
    ) -> None:
        """Add text in the manner of a label. across: shifts to the right (rests,); start: where it begins, in ems."""
        if not text.strip() or not spans:
            return
        location, factor = np.array(label.location), 1.0
        if label.is_fixed:
            location, factor = bring_to_scene(self.plan.view, location, self.depth, DESCENT * label.font_size)
        if start is None:
            start = -label.font.width(label.text) / 2 if label.anchor == "center" else 0.0
        size = label.font_size * factor
        right = self.plan.view.axes[0]
        place: Any = location + start * size * right
        if across is not None:
            place = jump(self.rests, place + factor * across[:, None] * right)
        shape = self.writer.add_shape(
            ("words", label.font, text), "Words", lambda: make_flat(*self.make_words(label.font, text))
        )
        material = self.writer.add_material(self.plan.spec.look.to_linear_rgb(np.array(label.color)))
        scale: Any = show(self.rests, spans)
        scale = size * scale if isinstance(scale, np.ndarray) else scale._replace(values=size * scale.values)
        turn = find_turn(label.rotation)
        self.writer.add_part(self.group, label.role.capitalize(), shape, material, place, turn, scale)

    def _add_swatch(self, swatch: Swatch) -> None:
        look = self.plan.spec.look
        location, factor = bring_to_scene(self.plan.view, np.array(swatch.location), self.depth, 0.0)
        side, turn = swatch.side * factor, find_turn(swatch.rotation)
        right, up, front = self.plan.view.axes
        middle = location + side / 2 * (right + up)
        shape = self.writer.add_shape("swatch", "Swatch", partial(make_square, 1.0))
        if swatch.edge_color is not None:
            material = self.writer.add_material(look.to_linear_rgb(np.array(swatch.edge_color)))
            self.writer.add_part(self.group, "Outline", shape, material, middle, turn, np.full(3, side))
            middle, side = middle + SQUARE_LAYER * side * front, side * (1 - 2 * EDGE_SHARE)
        material = self.writer.add_material(look.to_linear_rgb(np.array(swatch.color)))
        self.writer.add_part(self.group, "Color", shape, material, middle, turn, np.full(3, side))

    def _add_counter(self, name: str, label: Label) -> None:
        """Add a glyph of the walk's position, which is shown at some steps, and moves to the right."""
        behind, across = (
            np.array([self.plan.value_at(f"position.{name}.{each}", frame) for frame in self.rests.frames.tolist()])
            for each in ("behind", "across")
        )
        runs = find_runs((behind == 0)[:, None, None].astype(np.float64))
        spans = [span for _, (is_shown,), own in group_runs(runs) for span in own if is_shown]
        self._add_text(label, label.text, spans, across)

    def _add_sums(self, label: Label) -> None:
        """Add what each step computes, glyph by glyph: many steps share most of them."""
        shown: defaultdict[tuple[str, float], list[tuple[int, int]]] = defaultdict(list)
        for rest, frame in enumerate(self.rests.frames.tolist()):
            step = self.plan.sum_step_at(frame)
            glyphs = place_glyphs(self.plan.sum_lines[step], self.plan.sum_columns, label.font) if step >= 0 else ()
            for glyph in dict.fromkeys(glyphs):
                spans = shown[glyph]
                if spans and spans[-1][1] == rest:
                    spans[-1] = spans[-1][0], rest + 1
                else:
                    spans.append((rest, rest + 1))
        for (character, start), spans in shown.items():
            self._add_text(label, character, spans, start=start)


def find_turn(rotation: tuple[float, float, float]) -> Floats:
    """Return the quaternion (4,) of the Euler angles of a label, of which the second is 0."""
    (x, _, z) = np.array(rotation) / 2
    return np.array([np.cos(z) * np.cos(x), np.cos(z) * np.sin(x), np.sin(z) * np.sin(x), np.sin(z) * np.cos(x)])


def bring_to_scene(view: View, location: Floats, depth: float, room: float) -> tuple[Floats, float]:
    """Return a place that a view shows where it shows a location (3,), and how much larger what is there has to be.

    The place is at a depth, or nearer and wholly above the floor.

    room: below the location, that is above the floor, too
    """
    own = float(view.measure_depths(location))
    low = location - room * view.axes[1]

    def move(point: Floats, distance: float) -> Floats:
        if view.distance is None:
            return point + (own - distance) * view.axes[2]
        return np.array(view.location) + (point - np.array(view.location)) * distance / own

    first, second = (float(move(low, distance)[2]) - FLOOR_CLEARANCE for distance in (depth, own))
    if first < 0 < second:  # the height is linear in the distance
        depth += (own - depth) * first / (first - second)
    return move(location, depth), 1.0 if view.distance is None else depth / own
