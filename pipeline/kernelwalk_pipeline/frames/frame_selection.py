# SPDX-License-Identifier: GPL-3.0-or-later
"""Which frames of a walk are meant: what `--frames` says."""

from __future__ import annotations

from kernelwalk.core import Plan
from kernelwalk.core.errors import format_value
from kernelwalk.core.incremental.changed_regions import find_base_frame

from ..failures import UsageError
from .manifest import parse_ranges

BASE = "still"
"""Stands for the frame that the others are held against."""


def parse_frames(text: str, plan: Plan) -> list[int]:
    """The frames that a text names, ascending: "1-12,15", or STILL. Raises UsageError."""
    first, last = plan.frames[0], plan.frames[-1]
    if text.strip() == BASE:
        return [find_base_frame(plan)]
    remedy = f"Write for example {first}-{last}, or {first},{last}"
    try:
        frames = sorted(set(parse_ranges(text.replace(",", " "))))
    except ValueError:
        frames = []
    if not frames:
        raise UsageError(f"--frames {format_value(text)}: these are no frames. {remedy}")
    if frames[0] < first or frames[-1] > last:
        wrong = frames[0] if frames[0] < first else frames[-1]
        raise UsageError(
            f"--frames {format_value(text)}: {wrong} is none of this walk's frames, {first} to {last}. {remedy}"
        )
    return frames
