# SPDX-License-Identifier: GPL-3.0-or-later
"""Qualities: render settings by what the pictures are for. Measured by tests/bench/quality.py."""

from __future__ import annotations

from typing import NamedTuple


class Quality(NamedTuple):
    """samples, noise: as in a spec; scale: factor on its resolution; description: a few words for the help."""

    samples: int
    noise: float
    scale: float
    description: str


QUALITIES = {
    "draft": Quality(1, 0.0, 0.5, "a quick look, at half the size"),
    "standard": Quality(48, 0.015, 1.0, "hardly visible noise"),
    "final": Quality(192, 0.003, 1.0, "no visible noise"),
}
