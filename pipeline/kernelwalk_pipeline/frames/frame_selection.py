# SPDX-License-Identifier: GPL-3.0-or-later
"""The frames that `--frames` selects."""

from __future__ import annotations

import re

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
    """Return the frames that a text names, ascending: "1-12,15", every second one of a range "1-20x2", or BASE.

    Raises UsageError.
    """
    first, last = plan.frames[0], plan.frames[-1]
    if text.strip() == BASE:
        return [find_base_frame(plan)]
    if text.strip() == FORMER_BASE:
        raise UsageError(f"--frames {FORMER_BASE}: this value was renamed. Use --frames {BASE}")
    remedy = f"Write for example {first}-{last}, or {first},{last}"
    try:
        frames = sorted({frame for part in text.replace(",", " ").split() for frame in _parse_part(part)})
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


def _parse_part(text: str) -> list[int]:
    """Return the frames of "12", "1-12" or "1-12x3", which is every third one. Raises ValueError.

    >>> _parse_part("1-7x3")
    [1, 4, 7]
    """
    every = re.fullmatch(r"([0-9]+-[0-9]+)x([1-9][0-9]{0,6})", text)
    return parse_ranges(every[1])[:: int(every[2])] if every else parse_ranges(text)
