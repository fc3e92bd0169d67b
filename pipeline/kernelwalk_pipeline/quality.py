# SPDX-License-Identifier: GPL-3.0-or-later
"""Qualities by intent: what of a spec's render settings each stands for. Measured by tests/bench/quality.py."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Quality:
    """samples: per pixel; scale: of the spec's resolution; told: in a few words what it is for."""

    samples: int
    scale: float
    description: str


QUALITIES = {
    "draft": Quality(1, 0.5, "a quick look, at half the size"),
    "standard": Quality(32, 1.0, "noise that is hardly seen"),
    "final": Quality(128, 1.0, "noise that is not seen"),
}
