# SPDX-License-Identifier: GPL-3.0-or-later
"""Qualities: render settings by what the pictures are for. Measured by tests/bench/quality.py."""

from __future__ import annotations

from typing import NamedTuple


class Quality(NamedTuple):
    """samples: of each pixel; scale: factor on the spec's resolution; description: a few words for the help."""

    samples: int
    scale: float
    description: str


QUALITIES = {
    "draft": Quality(1, 0.5, "a quick look, at half the size"),
    "standard": Quality(32, 1.0, "hardly visible noise"),
    "final": Quality(128, 1.0, "no visible noise"),
}
