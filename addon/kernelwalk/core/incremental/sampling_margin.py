# SPDX-License-Identifier: GPL-3.0-or-later
"""The margin with which a region is rendered, so that its pixels are those of the whole picture.

With adaptive sampling, Cycles decides after every 16 samples which pixels need more (intern/cycles/integrator/
adaptive_sampling.cpp). A pixel that needs more takes its eight neighbors along (kernel/film/adaptive_sampling.h), and
one of these may find after 16 more samples that it needs more itself, and take its own neighbors along. So what is cut
off at a region's edge may be missed one pixel further in after each decision.
"""

from __future__ import annotations

CHECK_INTERVAL = 16
"""Samples between two decisions of Cycles."""

MAX_MARGIN = 11
"""Most pixels of margin: enough for 192 samples, whatever the picture. With more samples a
pixel may differ in theory. Of 31,474 pixels at 192 samples and a noise of 0.005, 260 differed without a margin, 27 with
one pixel, 3 with two, and none with three."""


def find_margin(samples: int, noise: float) -> int:
    """Return the margin of a region, in pixels: the number of decisions, or MAX_MARGIN.

    >>> find_margin(32, 0.05), find_margin(16, 0.05), find_margin(512, 0.01), find_margin(512, 0)
    (1, 0, 11, 0)
    """
    return min((samples - 1) // CHECK_INTERVAL, MAX_MARGIN) if noise > 0 else 0
