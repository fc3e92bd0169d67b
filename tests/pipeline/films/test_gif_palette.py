# SPDX-License-Identifier: GPL-3.0-or-later
"""GIF palettes: flat colors are exact, others reach the target quality, with as few colors as that needs."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk_pipeline.films.gif_palette import PALETTE_SIZES, TARGET_PSNR, build_palette


def shades(seed: int, count: int) -> np.ndarray:
    """Return a picture with a flat upper half and `count` shades of gray in the lower one."""
    picture = np.full((64, 256, 3), [31, 99, 181], np.uint8)
    ramp = (np.arange(256) * count // 256) * (255 // count)
    picture[32:] = np.random.default_rng(seed).permutation(ramp)[None, :, None]
    return picture


def decibels(pictures, result) -> float:
    off = [result.colors[result.apply(picture)].astype(float) - picture for picture in pictures]
    return float(10 * np.log10(255**2 / np.mean(np.square(off))))


def test_few_colors_are_exact():
    picture = shades(0, 20)
    result = build_palette([picture])
    assert len(result.colors) == 21
    assert np.array_equal(result.colors[result.apply(picture)], picture)


def test_many_colors_reach_the_target_quality_with_a_small_palette():
    pictures = [shades(seed, 255) for seed in range(3)]
    result = build_palette(pictures)
    assert decibels(pictures, result) >= TARGET_PSNR
    assert PALETTE_SIZES[0] < len(result.colors) < PALETTE_SIZES[-1]


def test_noise_gets_the_largest_palette():
    picture = np.random.default_rng(0).integers(0, 256, (90, 160, 3), np.uint8)
    assert len(build_palette([picture]).colors) == PALETTE_SIZES[-1]


def test_a_small_flat_area_is_exact_among_ten_thousand_shades():
    picture = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
    picture[5:11, 5:11] = [227, 106, 12]
    result = build_palette([picture])
    assert result.colors[result.apply(picture)][10, 10].tolist() == [227, 106, 12]


def test_an_exact_color_is_kept_however_rare_and_left_out_if_unused():
    picture = np.random.default_rng(0).integers(0, 256, (90, 160, 3), np.uint8)
    picture[7, 7] = [32, 38, 46]
    result = build_palette([picture], [(32, 38, 46)])
    assert result.colors[result.apply(picture)][7, 7].tolist() == [32, 38, 46]
    assert build_palette([np.full((9, 9, 3), 7, np.uint8)], [(32, 38, 46)]).colors.tolist() == [[7, 7, 7]]


def test_the_same_pictures_get_the_same_palette():
    picture = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    assert np.array_equal(build_palette([picture]).colors, build_palette([picture]).colors)


@pytest.mark.parametrize("size", [(1, 1), (2, 300)])
def test_a_picture_of_one_color_has_a_palette_of_one(size):
    assert build_palette([np.full((*size, 3), 7, np.uint8)]).colors.tolist() == [[7, 7, 7]]
