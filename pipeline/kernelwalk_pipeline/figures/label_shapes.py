# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels as words, and the legend's squares as areas."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from kernelwalk.core import Plan
from kernelwalk.core.arrays import Floats
from kernelwalk.core.camera.framing import View
from kernelwalk.core.labels.label import EDGE_SHARE, Label, Swatch
from kernelwalk.core.labels.sum_line import place_glyphs

from .blending import format_color
from .shapes import Area, Words, make_polygons
from .tile_shapes import project


def draw_labels(plan: Plan, view: View, frame: float) -> Iterator[Area | Words]:
    """Yield all labels on a frame.

    view: of the camera on this frame, which may have orbited; what is fixed in the picture is placed for the one at
        rest
    """
    for label in plan.labels:
        yield _make_words(plan, plan.view if label.is_fixed else view, label)
    for swatch in plan.swatches:
        yield from _draw_swatch(plan, swatch)
    for name, label in plan.counter_labels.items():
        if plan.value_at(f"position.{name}.behind", frame) == 0:
            across = plan.value_at(f"position.{name}.across", frame)
            yield _make_words(plan, plan.view, label, across)
    step = plan.sum_step_at(frame)
    if plan.sum_label is not None and step >= 0:
        yield from _write_sum(plan, plan.sum_label, step)


def _make_words(plan: Plan, view: View, label: Label, across: float = 0.0) -> Words:
    """Return a label as words. across: shift to the right, in units of the world."""
    location = np.array(label.location) + across * view.axes[0]
    x, y = project(plan, view, location).tolist()
    size = label.font_size * _measure_pixels(plan, view, location)
    if label.anchor == "center":
        x -= label.font.width(label.text) * size / 2
    color = format_color(plan.spec.look, np.array(label.color))
    return Words(label.text, label.font, (size, 0.0, 0.0, size, x, y), color)


def _measure_pixels(plan: Plan, view: View, location: Floats) -> float:
    """Return the pixels of a unit's length at a place."""
    return plan.pixels_per_unit * float(view.compute_magnification(location))


def _draw_swatch(plan: Plan, swatch: Swatch) -> Iterator[Area]:
    location, look = np.array(swatch.location), plan.spec.look
    x, y = project(plan, plan.view, location).tolist()
    side = swatch.side * _measure_pixels(plan, plan.view, location)
    outer = np.array([(x, y), (x + side, y), (x + side, y + side), (x, y + side)])
    inset = side * EDGE_SHARE if swatch.edge_color is not None else 0.0
    if swatch.edge_color is not None:
        yield Area(make_polygons([outer]), format_color(look, np.array(swatch.edge_color)))
    inner = outer + inset * np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)])
    yield Area(make_polygons([inner]), format_color(look, np.array(swatch.color)))


def _write_sum(plan: Plan, label: Label, step: int) -> Iterator[Words]:
    """Yield the words of a step's sum, each where the picture has it."""
    base = _make_words(plan, plan.view, label)
    size, _, _, _, x, y = base.matrix
    begun: list[tuple[str, float]] = []
    for character, place in [*place_glyphs(plan.sum_lines[step], plan.sum_columns, label.font), (" ", np.inf)]:
        if begun and abs(place - begun[-1][1] - label.font.width(begun[-1][0])) > 1e-3:
            text = "".join(each for each, _ in begun)
            matrix = (size, 0.0, 0.0, size, x + begun[0][1] * size, y)
            if text.strip():
                yield Words(text, label.font, matrix, base.color)
            begun = []
        begun.append((character, place))
