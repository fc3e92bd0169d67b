# SPDX-License-Identifier: GPL-3.0-or-later
"""The position of the walk as digits that change with it: each glyph is a label of its own, shown or hidden by a curve.

The digits of a number stand where its length at a step requires, so that the text around it has no gaps. Curves alone
decide which digits are seen, so a saved scene shows them without Kernelwalk, in any engine; the number of keys grows
with steps alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..animation.curve import Curve
from ..animation.keyframes import KeyframeBuilder
from ..arrays import Floats
from ..spec import label_texts
from ..spec.spec import Spec
from ..validation import parse_template
from .label import Box, TextRun, bounding_box
from .typography import POSITION_STYLE

DIGITS = "0123456789"


@dataclass(frozen=True)
class CounterGlyph:
    """A piece of text, or a digit at a place of a number.

    run:     where it stands if `shift` is 0
    name:    of its curves, "position.NAME.behind" and "position.NAME.across"
    visible: shape (steps,); None if it is seen at every step
    shift:   shape (steps,), to the right, in pixels
    """

    run: TextRun
    name: str
    visible: NDArray[np.bool_] | None
    shift: Floats


@dataclass(frozen=True)
class StepCounter:
    """The glyphs of the position, and the box around all that they take at any step."""

    glyphs: tuple[CounterGlyph, ...]
    box: Box


def make_step_counter(spec: Spec, em: float, right: float, bottom: float) -> StepCounter | None:
    """Build the counter that ends at `right` and stands on `bottom`, in pixels; None if the spec shows no position.

    em: pixels of an em of names
    """
    text = label_texts.make_position_template(spec)
    if not text:
        return None
    font, size = spec.typeface.get_font(POSITION_STYLE.weight), POSITION_STYLE.size * em
    digit_width = max(font.width(digit) for digit in DIGITS) * size
    steps = np.arange(spec.step_count)
    x = np.zeros(spec.step_count)  # start of the next piece, at each step
    glyphs: list[CounterGlyph] = []

    def add_glyph(piece: str, at: Floats, visible: NDArray[np.bool_] | None, name: str) -> None:
        first = float(at[0])
        run = TextRun(piece, POSITION_STYLE, font, em, first, 0.0, "position")
        glyphs.append(CounterGlyph(run, name, visible, at - first))

    for number, (literal, field) in enumerate(parse_template(text)):
        if literal:
            add_glyph(literal, x, None, f"text{number}")
            x = x + font.width(literal) * size
        if field is None:
            continue
        values = _field_values(spec, field, steps)
        length = np.char.str_len(values.astype(str))
        for place in range(int(length.max())):
            digit_at_step = values // 10**place % 10
            has_place = length > place
            at = x + (length - 1 - place) * digit_width
            for digit in np.unique(digit_at_step[has_place]).tolist():
                visible = has_place & (digit_at_step == digit)
                centering = (digit_width - font.width(DIGITS[digit]) * size) / 2
                # a hidden digit stays where it was seen last, so that it needs no keys
                last_seen = np.maximum.accumulate(np.where(visible, steps, np.argmax(visible)))
                add_glyph(DIGITS[digit], at[last_seen] + centering, visible, f"number{number}-{place}-{digit}")
        x = x + length * digit_width
    max_width = float(x.max())
    descent, _ = font.vertical_extent(label_texts.make_position_template(spec))
    left, baseline = right - max_width, bottom + descent * size
    placed = tuple(replace(glyph, run=glyph.run.shifted(left, baseline)) for glyph in glyphs)
    _, _, _, top = bounding_box([glyph.run.box for glyph in placed])
    return StepCounter(placed, (left, bottom, right, top))


def _field_values(spec: Spec, field: str, steps: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a field's number at each step, shape (steps,). All count from 0."""
    if field == "step":
        return steps
    return spec.walk_order.positions[:, "xyz".index(field) if field in "xyz" else 3].astype(np.int64)


def make_counter_curves(
    spec: Spec, counter: StepCounter, pixels_per_unit: float, hidden_distance: float
) -> Iterator[Curve]:
    """Yield the curves of the counter's glyphs.

    A hidden glyph is moved back by `hidden_distance`, behind the camera: a change of its visibility would make Blender
    take it out of the scene and bring it back.
    """
    keyframes = KeyframeBuilder(spec)
    for glyph in counter.glyphs:
        visible: Floats = np.ones(spec.step_count) if glyph.visible is None else glyph.visible.astype(np.float64)
        yield keyframes.make_stepped_inside_walk(
            f"position.{glyph.name}.behind", hidden_distance * (1.0 - visible), hidden_distance
        )
        if (glyph.shift != 0).any():
            yield keyframes.make_stepped(f"position.{glyph.name}.across", glyph.shift / pixels_per_unit, 0.0)
