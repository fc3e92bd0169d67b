# SPDX-License-Identifier: GPL-3.0-or-later
"""Costs of rendering regions and whole pictures: estimated from measurements elsewhere, and then measured.

Whoever renders a film learns from each frame what a region and a pixel cost, on its device, with its threads and its
look. So slow and fast devices, few and many samples all get the rectangles that pay. Costs decide what is rendered, not
what it looks like.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..arrays import Floats
from .rectangle_cover import Region, SquareMask, cover_squares

REGION_SECONDS = {"cpu": 4e-4, "gpu": 1.3e-3}
"""Seconds of one more region within a render, whatever its size. On two cores, lines through regions of many sizes gave
0.35 ms with one thread and 0.43 with two (`tests/bench/workers.py --prices` draws such lines, and needs a quiet
machine); 16 cores agree with 0.4. On an H200, a film of 235 regions a frame took 420 ms a frame, one of 28 regions 91
ms, and a render call with one region 57 ms."""

SAMPLE_SECONDS = {"cpu": 1.1e-6, "gpu": 1.9e-9}
"""Seconds of a sample of a pixel where tiles and lines are: of a core, or of the device. From the same lines; on an
H200, 384 more samples of 1920x1080 pixels took 1.49 s."""

READING_SECONDS = 2e-7
"""Seconds of a pixel to read it back and to apply the view transform."""

WHOLE_SAMPLE_SHARE = 0.8
"""Cost of a sample of a whole picture, of which much is background, compared with one of regions."""

WHOLE_WRITING_SECONDS = 7e-8
"""Seconds of a pixel by which a whole picture, which Blender writes, takes longer to write than a composed one."""

KEPT_SHARE = 0.8
"""Weight of all earlier frames' measurements when a frame is added."""

PRIOR_WEIGHT = 0.1
"""Weight of the estimate, in measured regions. It decides only what these leave open, as if all are of one size."""

MOST_CHANGE = 10.0
"""Factor by which a frame's measurements may change a cost."""


class RenderCosts(NamedTuple):
    """The seconds that renders take beyond what each of them takes.

    region: of one more region, whatever its size
    pixel:  of one more pixel in a region
    whole:  of the whole picture, in place of regions
    margin: pixels around each region that are rendered as well (see sampling_margin)
    """

    region: float
    pixel: float
    whole: float
    margin: int = 0

    def add_up(self, regions: Sequence[Region]) -> float:
        """Return the seconds of regions."""
        return len(regions) * self.region + sum(self.count_pixels(region) for region in regions) * self.pixel

    def count_pixels(self, region: Region) -> int:
        """Return the pixels of a region and its margin."""
        return (region[2] + 2 * self.margin) * (region[3] + 2 * self.margin)


def estimate_costs(device: str, threads: int, samples: float, picture_pixels: int, margin: int = 0) -> RenderCosts:
    """Return what renders cost as far as it is known without measuring.

    device:  "cpu" or "gpu"
    threads: of the CPU
    samples: of a pixel, in the mean
    margin:  as of RenderCosts
    """
    sample = SAMPLE_SECONDS[device] / (threads if device == "cpu" else 1)
    pixel_of_whole = samples * sample * WHOLE_SAMPLE_SHARE + WHOLE_WRITING_SECONDS
    pixel, whole = samples * sample + READING_SECONDS, picture_pixels * pixel_of_whole
    return RenderCosts(REGION_SECONDS[device], pixel, whole, margin)


def choose_regions(squares: SquareMask, resolution: tuple[int, int], costs: RenderCosts) -> list[Region] | None:
    """Return the regions that hold the marked squares and cost least; None if the whole picture costs less."""
    regions = cover_squares(squares, resolution, costs.region / costs.pixel, costs.margin)
    return regions if costs.add_up(regions) <= costs.whole else None


class CostMeter:
    """Measures what renders cost on the way, beginning with an estimate.

    The seconds of a region are taken as `region + pixels * pixel`, and fitted to the regions of the latest frames by
    least squares of relative errors, in which the estimate counts as PRIOR_WEIGHT regions.
    """

    def __init__(self, estimate: RenderCosts) -> None:
        self.costs = self.estimate = estimate
        self._terms = np.zeros((3, 3))

    def add_regions(self, regions: Sequence[Region], sampling_seconds: Sequence[float]) -> None:
        """Add the regions of a frame and the seconds in which each was sampled."""
        sizes = np.array([self.estimate.count_pixels(region) for region in regions], np.float64)
        seconds = np.array(sampling_seconds, np.float64) + READING_SECONDS * sizes
        known = self.costs.region + sizes * self.costs.pixel
        # a busy machine may say anything
        terms = _weigh(sizes, np.clip(seconds, known / MOST_CHANGE, known * MOST_CHANGE))
        self._terms = KEPT_SHARE * self._terms + terms.T @ terms
        # the estimate tells of a region without pixels, and of one whose pixels cost ten times as much as itself
        sizes = np.array([0.0, 10 * self.estimate.region / self.estimate.pixel])
        prior = _weigh(sizes, self.estimate.region + sizes * self.estimate.pixel)
        products = self._terms + PRIOR_WEIGHT / 2 * prior.T @ prior
        region, pixel = np.linalg.solve(products[:2, :2], products[:2, 2]).tolist()
        self.costs = self.costs._replace(
            region=max(region, self.costs.region / MOST_CHANGE), pixel=max(pixel, self.costs.pixel / MOST_CHANGE)
        )

    def add_whole(self, seconds: float) -> None:
        """Replace the cost of a whole picture by that of the latest one."""
        self.costs = self.costs._replace(whole=seconds)


def _weigh(pixels: Floats, seconds: Floats) -> Floats:
    """Return the terms of equations `region + pixels * pixel = seconds`, relative to the seconds, shape (n, 3)."""
    return np.column_stack([np.ones(len(pixels)), pixels, seconds]) / seconds[:, None]
