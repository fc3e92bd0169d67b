# SPDX-License-Identifier: GPL-3.0-or-later
"""The frames that `--frames` selects."""

from __future__ import annotations

from kernelwalk.core import Plan
from kernelwalk.core.errors import format_value
from kernelwalk.core.incremental.changed_regions import find_base_frame

from ..failures import UsageError
from .manifest import parse_ranges

BASE = "base"
"""Selects the base frame, which the others are made from."""

FORMER_BASE = "still"
"""The name of BASE in version 0.1."""


def parse_frames(text: str, plan: Plan) -> list[int]:
    """Return the frames that a text names, ascending: "1-12,15", or BASE. Raises UsageError."""
    first, last = plan.frames[0], plan.frames[-1]
    if text.strip() == BASE:
        return [find_base_frame(plan)]
    if text.strip() == FORMER_BASE:
        raise UsageError(f"--frames {FORMER_BASE}: this value was renamed. Use --frames {BASE}")
    remedy = f"Write for example {first}-{last}, or {first},{last}"
    try:
        frames = sorted(set(parse_ranges(text.replace(",", " "))))
    except ValueError:
        frames = []
    if not frames:
        raise UsageError(f"--frames {format_value(text)}: no frame is named. {remedy}")
    if frames[0] < first or frames[-1] > last:
        wrong = frames[0] if frames[0] < first else frames[-1]
        raise UsageError(
            f"--frames {format_value(text)}: {wrong} is not one of this walk's frames, {first} to {last}. {remedy}"
        )
    return frames
