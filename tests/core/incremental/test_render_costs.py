# SPDX-License-Identifier: GPL-3.0-or-later
"""Regions are merged, and pictures rendered whole, where that is cheaper: on a GPU, on 16 cores and on 2."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core import make_plan, spec_from_table
from kernelwalk.core.incremental.changed_regions import find_base_frame, hash_squares, make_base_frame
from kernelwalk.core.incremental.rectangle_cover import SquareMask, cover_squares
from kernelwalk.core.incremental.render_costs import (
    READING_SECONDS,
    CostMeter,
    RenderCosts,
    choose_regions,
    estimate_costs,
)

FULL_HD = (1920, 1080)


@pytest.fixture(scope="module")
def gliding_squares() -> SquareMask:
    """The squares in which a frame of 9x9 to 5x5, gliding, at 1920x1080, differs from the base frame."""
    plan = make_plan(
        spec_from_table({"layer": {"op": "conv", "input": 9, "kernel": 5}, "render": {"resolution": list(FULL_HD)}})
    )
    base = make_base_frame(plan, find_base_frame(plan))
    return hash_squares(plan, plan.spec.start_frame(12) + 9, base) != 0


def test_whole_pictures_cost_what_was_measured_on_16_cores_and_on_a_gpu() -> None:
    measured = {
        ("cpu", 16, 16, 1280 * 720): 1.17,
        ("cpu", 16, 128, 1280 * 720): 9.03,
        ("cpu", 16, 32, 1920 * 1080): 5.0,
        ("cpu", 2, 16, 1280 * 720): 7.2,
        ("gpu", 16, 16, 1280 * 720): 0.12,
        ("gpu", 16, 128, 1280 * 720): 0.32,
        ("gpu", 16, 32, 1920 * 1080): 0.3,
    }
    for case, seconds in measured.items():
        assert estimate_costs(*case).whole == pytest.approx(seconds, rel=0.35), case


@pytest.mark.parametrize(
    ("device", "threads", "fewest", "most"),
    [("cpu", 1, 80, 330), ("cpu", 2, 80, 260), ("cpu", 16, 40, 110), ("cpu", 64, 20, 60), ("gpu", 16, 2, 20)],
)
def test_the_faster_the_device_the_fewer_the_rectangles(
    gliding_squares: SquareMask, device: str, threads: int, fewest: int, most: int
) -> None:
    costs = estimate_costs(device, threads, 32, FULL_HD[0] * FULL_HD[1])
    regions = choose_regions(gliding_squares, FULL_HD, costs)
    assert regions is not None, "parts are cheaper than the whole"
    assert fewest <= len(regions) <= most
    assert costs.add_up(regions) <= costs.add_up(cover_squares(gliding_squares, FULL_HD, 300 / 32))


def test_merged_regions_make_parts_cheaper_than_whole_pictures_on_a_gpu(gliding_squares: SquareMask) -> None:
    """With a rectangle's price of two cores, a GPU took 0.48 s a picture by parts, 0.29 in whole."""
    costs = estimate_costs("gpu", 16, 32, FULL_HD[0] * FULL_HD[1])
    small = cover_squares(gliding_squares, FULL_HD, 300 / 32)
    assert costs.add_up(small) > costs.whole
    merged = choose_regions(gliding_squares, FULL_HD, costs)
    assert merged is not None
    assert costs.add_up(merged) < costs.whole / 2


def test_a_picture_most_of_which_changes_is_rendered_whole() -> None:
    costs = RenderCosts(region=1e-3, pixel=1e-6, whole=0.7 * 320 * 180 * 1e-6)
    squares = np.zeros((45, 80), np.bool_)
    squares[:, :50] = True
    assert choose_regions(squares, (320, 180), costs) == [(0, 0, 200, 180)]
    squares[:, :60] = True
    assert choose_regions(squares, (320, 180), costs) is None


@pytest.mark.parametrize("truth", [RenderCosts(2e-3, 3e-7, 1.0), RenderCosts(3e-3, 2e-5, 1.0)], ids=["fast", "slow"])
def test_the_cost_of_regions_and_pixels_is_found_from_the_frames(truth: RenderCosts) -> None:
    random = np.random.default_rng(1)
    meter = CostMeter(estimate_costs("cpu", 2, 16, 1280 * 720))
    for _ in range(8):
        regions = [(0, 0, 4, round(4 ** random.uniform(1, 7))) for _ in range(30)]
        pixels = np.array([width * height for _, _, width, height in regions])
        seconds = (truth.region + pixels * truth.pixel) * random.uniform(0.8, 1.3, 30)
        meter.add_regions(regions, (seconds - READING_SECONDS * pixels).tolist())
    assert meter.costs.region == pytest.approx(truth.region, rel=0.4)
    assert meter.costs.pixel == pytest.approx(truth.pixel, rel=0.4)
    meter.add_whole(3.5)
    assert meter.costs.whole == 3.5


def test_costs_stay_positive_and_near_the_measured_whatever_the_clock_says() -> None:
    estimate = estimate_costs("cpu", 2, 16, 1280 * 720)
    meter = CostMeter(estimate)
    meter.add_regions([], [])
    assert meter.costs == pytest.approx(estimate), "nothing was measured"
    meter.add_regions([(0, 0, 4, 4), (0, 0, 20, 20)], [5.0, 0.0])  # another process had the core meanwhile
    assert meter.costs.region > 0
    assert meter.costs.pixel > 0
    for _ in range(20):
        meter.add_regions([(0, 0, 40, 100)], [0.02])  # one size tells only the sum
    assert meter.costs.add_up([(0, 0, 40, 100)]) == pytest.approx(0.02, rel=0.3)


def test_a_measurement_beyond_ten_times_what_is_known_counts_as_ten_times() -> None:
    estimate = estimate_costs("cpu", 2, 16, 1280 * 720)
    regions = [(0, 0, 4, 4), (0, 0, 400, 400)]
    for factors in ((1e6, 100.0), (1e-6, 0.01)):
        meters = [CostMeter(estimate) for _ in factors]
        for meter, factor in zip(meters, factors, strict=True):
            meter.add_regions(regions, [factor * estimate.add_up([region]) for region in regions])
        assert meters[0].costs == meters[1].costs != estimate
        for cost, before in zip(meters[0].costs[:2], estimate[:2], strict=True):
            assert before / 10.01 <= cost <= 10.01 * before


def test_a_margin_makes_many_small_regions_cost_more(gliding_squares: SquareMask) -> None:
    bare, with_margin = (estimate_costs("cpu", 2, 32, FULL_HD[0] * FULL_HD[1], margin) for margin in (0, 4))
    assert with_margin.count_pixels((7, 7, 4, 8)) == 12 * 16
    apart, together = (choose_regions(gliding_squares, FULL_HD, costs) for costs in (bare, with_margin))
    assert apart is not None and together is not None
    assert len(together) < len(apart)
    assert with_margin.add_up(together) < with_margin.add_up(apart)
