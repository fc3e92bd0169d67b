# SPDX-License-Identifier: GPL-3.0-or-later
"""The walk's position in figures that follow it: each glyph is a piece of its own, and is there or not.

A number's figures stand where its length at a step asks for, so that the words around it never gape. Nothing but keys
says which are seen, so a saved scene shows them without Kernelwalk, in any engine, and they grow with steps alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..animation.curve import Curve
from ..animation.keyframes import KeyframeBuilder
from ..spec import label_texts
from ..spec.spec import Spec
from ..validation import parse_template
from ..walk.activation import Floats
from .font_metrics import load_font
from .label import POSITION_STYLE, TextRun, bounding_box

DIGITS = "0123456789"


@dataclass(frozen=True)
class CounterGlyph:
    """A piece of the position.

    run:   its text where it stands when `across` is 0
    name:  of its channels, "position.NAME.behind" and "position.NAME.across"
    shown: shape (steps,), or None where it is seen at every step
    across: shape (steps,), how far to the right it has moved
    """

    run: TextRun
    name: str
    visible: NDArray[np.bool_] | None
    shift: Floats


@dataclass(frozen=True)
class StepCounter:
    """The position's glyphs, and the box around all that they ever take, in pixels."""

    glyphs: tuple[CounterGlyph, ...]
    box: tuple[float, float, float, float]


def make_step_counter(spec: Spec, em: float, right: float, bottom: float) -> StepCounter | None:
    """The position, which ends before `right` and stands on `bottom`, both in pixels; None where it is not said.

    own: the pixels of an em of names
    """
    text = label_texts.position_template(spec)
    if not text:
        return None
    measure, size = load_font(POSITION_STYLE.font), POSITION_STYLE.size * em
    wide = max(measure.width(figure) for figure in DIGITS) * size
    steps = np.arange(spec.step_count)
    x = np.zeros(spec.step_count)  # where the next piece begins, at each step
    glyphs: list[CounterGlyph] = []

    def put(words: str, at: Floats, shown: NDArray[np.bool_] | None, name: str) -> None:
        first = float(at[0])
        glyphs.append(CounterGlyph(TextRun(words, POSITION_STYLE, em, first, 0.0, "position"), name, shown, at - first))

    for number, (words, field) in enumerate(parse_template(text)):
        if words:
            put(words, x, None, f"words{number}")
            x = x + measure.width(words) * size
        if field is None:
            continue
        values = _values(spec, field, steps)
        length = np.char.str_len(values.astype(str))
        for place in range(int(length.max())):
            digit = values // 10**place % 10
            there = length > place
            at = x + (length - 1 - place) * wide
            for figure in np.unique(digit[there]).tolist():
                shown = there & (digit == figure)
                middle = (wide - measure.width(DIGITS[figure]) * size) / 2
                # where it is not seen it need not move: there it stays where it was seen last
                last = np.maximum.accumulate(np.where(shown, steps, np.argmax(shown)))
                held = at[last]
                put(DIGITS[figure], held + middle, shown, f"number{number}-{place}-{figure}")
        x = x + length * wide
    widest = float(x.max())
    drop, _ = measure.vertical_extent(label_texts.position_template(spec))
    left, base = right - widest, bottom + drop * size
    placed = tuple(replace(glyph, run=glyph.run.shifted(left, base)) for glyph in glyphs)
    rise = bounding_box([glyph.run.box for glyph in placed])
    return StepCounter(placed, (left, bottom, right, rise[3]))


def _values(spec: Spec, field: str, steps: NDArray[np.int64]) -> NDArray[np.int64]:
    """Shape (steps,): a field's number at each step; of steps counted from 1, of places from 0."""
    if field == "step":
        return steps + 1
    return spec.walk_order.positions[:, "xyz".index(field) if field in "xyz" else 3].astype(np.int64)


def make_counter_curves(
    spec: Spec, counter: StepCounter, pixels_per_unit: float, hidden_distance: float
) -> Iterator[Curve]:
    """The keys of the position's glyphs; `pixels` are those of a length.

    What is not to be seen is moved so far back that it is `behind` the camera: to hide it, Blender would have to take
    it out of the scene and bring it back.
    """
    keys = KeyframeBuilder(spec)
    for glyph in counter.glyphs:
        shown: Floats = np.ones(spec.step_count) if glyph.visible is None else glyph.visible.astype(np.float64)
        yield keys.stepped_inside_walk(
            f"position.{glyph.name}.behind", hidden_distance * (1.0 - shown), hidden_distance
        )
        if (glyph.shift != 0).any():
            yield keys.stepped(f"position.{glyph.name}.across", glyph.shift / pixels_per_unit, 0.0)
